"""``waybridge check``: what the settings, the database and the clock must be for our promises to hold, looked at."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import typer
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.limits import Limits
from api.settings import Settings as ApiSettings
from cli.console import Json, Problem, print_json
from cli.opening import environment, run
from db import migrate
from db.models.log import Event
from db.models.partners import DataKey, Merchant
from db.reach import EVERYTHING
from db.session import Store
from db.settings import BadSetting, database_file, database_url, key_file
from db.vault import CannotOpen
from worker.settings import Settings as WorkerSettings

app = typer.Typer(add_completion=False)
CLOCK_MAY_DIFFER = timedelta(seconds=2)
OPENING = frozenset({"WAYBRIDGE_DATABASE_URL", "WAYBRIDGE_SECRET_KEY"})
"""What opening the store judges."""

VARIABLES = OPENING | {
    f"WAYBRIDGE_{name}"
    for name in ("PUBLIC_URL", "FILES", "LOG_LEVEL", "DEV", "CORS_ORIGINS", "EGRESS_PROXY", "QUOTE_SECONDS")
}
VARIABLES |= {f"WAYBRIDGE_LIMIT_{each.name.upper()}" for each in fields(Limits)}
_ANY_STORE = {"WAYBRIDGE_DATABASE_URL": "postgresql:///any", "WAYBRIDGE_SECRET_KEY": b64encode(bytes(32)).decode()}
_RACE = (3, 7, 0), (3, 51, 2)
_FIXED_IN = {(3, 44): 6, (3, 50): 7}  # releases of older lines that carry the fix


class Level(StrEnum):
    """How a finding stands: as it must be, worth knowing, or in the way."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    level: Level
    message: str


@app.command()
def check(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Check the settings, the database's durability, the clock, the secret key and the migrations.

    Names every problem. Exit code 1 when there is one; notes do not count.
    """
    found = _settings(ctx)
    try:
        found += run(ctx, _look, fresh=_is_there(ctx), looking=True)
    except Problem as problem:
        found.append(Finding(problem.place, Level.PROBLEM, problem.message))
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            colour = {Level.OK: "green", Level.NOTE: "yellow", Level.PROBLEM: "red"}[finding.level]
            typer.echo(f"{typer.style(f'{finding.level.value:<7}', fg=colour)}  {finding.name}: {finding.message}")
    if any(finding.level is Level.PROBLEM for finding in found):
        raise typer.Exit(1)


def _is_there(ctx: typer.Context) -> bool:
    """A database that is there is looked at whatever its revision; one that is not must not be made by looking."""
    try:
        file = database_file(database_url(environment(ctx)))
    except BadSetting:
        return False
    return file is None or file.is_file()


def _settings(ctx: typer.Context) -> list[Finding]:
    environ = environment(ctx)
    found = list(_variables(environ))
    try:
        url = database_url(environ)
    except BadSetting:
        return found  # opening the store says so
    found.append(Finding("settings", Level.OK, f"database {url.render_as_string(hide_password=True)}"))
    file = database_file(url)
    key = None if file is None or environ.get("WAYBRIDGE_SECRET_KEY") else key_file(file)
    if key is not None and key.exists() and key.stat().st_mode & 0o077:
        found.append(Finding("settings", Level.PROBLEM, f"{key} can be read by others; run chmod 600 {key}"))
    if key is not None and not key.exists():
        found.append(
            Finding("settings", Level.NOTE, f"there is no {key} yet; the first command that needs it makes it")
        )
    if not environ.get("WAYBRIDGE_PUBLIC_URL"):
        found.append(Finding("settings", Level.NOTE, "WAYBRIDGE_PUBLIC_URL is not set; carriers cannot push to us"))
    return found


def _variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Every variable of both entrances by itself, so that one that is wrong hides no other."""
    for name in sorted(name for name in environ if name.startswith("WAYBRIDGE_")):
        if name not in VARIABLES:
            yield Finding("settings", Level.NOTE, f"{name} is no setting of this release; it is passed over")
        elif name not in OPENING:
            for read in (ApiSettings.from_environ, WorkerSettings.from_environ):
                try:
                    read({**_ANY_STORE, name: environ[name]})
                except BadSetting as bad:
                    yield Finding("settings", Level.PROBLEM, f"{bad.name} {bad.message}")
                    break


async def _look(store: Store) -> list[Finding]:
    current, head = await migrate.revision(store)
    if current != head:
        return [_found("migrations", None, f"at revision {current}, not {head}; run `waybridge migrate`")]
    found = [_found("migrations", f"at revision {head}", None)]
    found += await (_sqlite(store) if store.is_sqlite else _postgresql(store))
    return [*found, await _secret_key(store), await _newest_event(store)]


def _found(name: str, fine: str | None, problem: str | None) -> Finding:
    return Finding(name, Level.PROBLEM, problem) if problem else Finding(name, Level.OK, fine or "as it must be")


async def _sqlite(store: Store) -> list[Finding]:
    assert store.lock is not None, "a SQLite store has a write lock"
    async with store.lock.hold(patient=True), store.writer.connect() as connection:
        found = [await _pragma(connection, *row) for row in _PRAGMAS]
        version = (await connection.exec_driver_sql("SELECT sqlite_version()")).scalar_one()
    return [*found, race(str(version))]


_PRAGMAS = (
    ("journal_mode", "wal", "readers and the writer would wait for each other"),
    ("synchronous", "2", "a commit could be lost when power fails (it must be FULL)"),
    ("foreign_keys", "1", "rows could point nowhere"),
)


async def _pragma(connection: AsyncConnection, name: str, wanted: str, otherwise: str) -> Finding:
    value = str((await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one())
    return _found("durability", f"{name} is {value}", None if value == wanted else f"{name} is {value}: {otherwise}")


def race(version: str) -> Finding:
    """Releases 3.7.0 to 3.51.2 can damage a WAL database when one connection resets the log while another commits."""
    release = tuple(int(part) for part in version.split("."))
    patched = release[2] >= _FIXED_IN.get((release[0], release[1]), 1 << 30)
    if patched or not _RACE[0] <= release <= _RACE[1]:
        return Finding("SQLite", Level.OK, f"{version}, outside the range of the WAL-reset race")
    return Finding(
        "SQLite",
        Level.NOTE,
        f"{version} is in the range of the WAL-reset race (3.7.0 to 3.51.2). Our lock file keeps commits and checkpoints "
        "apart; so run one `serve` with its worker inside, and let no other program write to this file. 3.51.3 has the fix",
    )


async def _postgresql(store: Store) -> list[Finding]:
    async with store.reader.connect() as connection:
        found = [await _parameter(connection, *row) for row in _PARAMETERS]
        asked = datetime.now(UTC)
        theirs = (await connection.exec_driver_sql("SELECT clock_timestamp()")).scalar_one()
        between = asked + (datetime.now(UTC) - asked) / 2
    apart = abs(theirs - between)
    wrong = f"ours and the database's are {apart.total_seconds():.1f} s apart; keep both by NTP"
    return [*found, _found("clock", "agrees with the database's", wrong if apart > CLOCK_MAY_DIFFER else None)]


_PARAMETERS = (
    ("fsync", ("on",), "the database could be lost when power fails"),
    ("full_page_writes", ("on",), "pages could be torn when power fails"),
    ("synchronous_commit", ("on", "remote_write", "remote_apply", "local"), "a commit could be lost when power fails"),
)


async def _parameter(connection: AsyncConnection, name: str, wanted: Iterable[str], otherwise: str) -> Finding:
    value = str((await connection.exec_driver_sql(f"SHOW {name}")).scalar_one())
    return _found("durability", f"{name} is {value}", None if value in wanted else f"{name} is {value}: {otherwise}")


async def _secret_key(store: Store) -> Finding:
    async with store.reading(EVERYTHING) as session:
        merchants = await session.scalar(select(func.count()).select_from(Merchant)) or 0
        kept = (await session.execute(select(DataKey.merchant_id, DataKey.id, DataKey.wrapped))).all()
    closed = 0
    for merchant, key, wrapped in kept:
        try:
            store.vault.learn(merchant, key, wrapped)
        except CannotOpen:
            closed += 1
    wrong = f"does not open {closed} of {len(kept)} data keys: it is not the key this database was sealed with"
    return _found("secret key", f"opens the data keys of {merchants} merchants", wrong if closed else None)


async def _newest_event(store: Store) -> Finding:
    """A clock that went back would put new facts before old ones."""
    async with store.reading(EVERYTHING) as session:
        newest = await session.scalar(select(Event.recorded_at).order_by(Event.id.desc()).limit(1))
    ahead = newest is not None and newest > datetime.now(UTC) + CLOCK_MAY_DIFFER
    return _found(
        "clock", "not behind what was written last", "behind what was written last; it was set back" if ahead else None
    )
