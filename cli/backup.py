"""``waybridge backup``: the whole database in one file, consistent, while everything runs."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import URL

from cli.console import Problem, tell
from cli.opening import environment, told_in_a_line
from db.settings import database_file, database_url

app = typer.Typer(add_completion=False)
_PAGES_A_STEP = 2000


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to: a file that does not exist yet, readable by you only.")],
) -> None:
    """Copy the database to FILE, consistent as of one moment, while the server runs.

    SQLite gives a database file that can be opened as it is; PostgreSQL an archive for pg_restore (needs pg_dump). The
    secret key is not in it: keep that elsewhere, what it sealed cannot be read without.
    """
    with told_in_a_line():
        url = database_url(environment(ctx))
    if file.exists():
        raise Problem(str(file), "exists already; a backup replaces nothing")
    aside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        source = database_file(url)
        if source is None:
            _dump(url, aside)
        else:
            _copy(source, aside)
        _keep(aside, file)
    except OSError as bad:
        raise Problem(str(file), bad.strerror or "cannot be written") from None
    except sqlite3.Error as bad:
        raise Problem(str(source), str(bad)) from None
    finally:
        for left in (aside, aside.with_name(aside.name + "-wal"), aside.with_name(aside.name + "-shm")):
            left.unlink(missing_ok=True)
    tell(f"{file}: {file.stat().st_size} bytes. The secret key is not in it; keep a copy of that elsewhere.")


def _copy(source: Path, target: Path) -> None:
    """Reads one snapshot from its first page to its last (the open transaction holds it), so writers neither wait nor
    make it start again. Opened read-only: closing it can then not checkpoint beside another process's commit."""
    if not source.is_file():
        raise Problem(str(source), "no database here; --db names another")
    address = f"file:{quote(str(source.absolute()))}?mode=ro"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=10)) as kept,
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy,
        Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress,
    ):
        kept.execute("BEGIN")
        kept.execute("SELECT count(*) FROM sqlite_master").fetchone()
        bar = progress.add_task("pages", total=None)

        def step(_status: int, remaining: int, total: int) -> None:
            progress.update(bar, completed=total - remaining, total=total)

        kept.backup(copy, pages=_PAGES_A_STEP, progress=step, sleep=0.05)
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise Problem(str(source), f"is damaged: {verdict}")


def _dump(url: URL, target: Path) -> None:
    """pg_dump's own archive; the password goes by the environment, where a list of processes does not show it."""
    program = shutil.which("pg_dump")
    if program is None:
        raise Problem("pg_dump", "is not installed here; it comes with PostgreSQL's client programs")
    query = {name: value for name, value in url.query.items() if name in ("host", "port", "sslmode")}
    if "ssl" in url.query:
        query["sslmode"] = url.query["ssl"]
    plain = url.set(drivername="postgresql", password=None, query=query).render_as_string()
    secret = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    told = subprocess.run(  # noqa: S603 the program that PATH names, with our own arguments
        [program, "--format=custom", "--no-owner", f"--file={target}", f"--dbname={plain}"],
        env={**os.environ, **secret},
        capture_output=True,
        check=False,
    )
    if told.returncode:
        lines = told.stderr.decode("utf-8", "replace").strip().splitlines()
        said = "; ".join(line.removeprefix("pg_dump: ") for line in lines)
        raise Problem("pg_dump", said or f"ended with {told.returncode}")


def _keep(aside: Path, file: Path) -> None:
    """On the disk before it has its name; the name is not taken from anyone who was faster."""
    with aside.open("rb") as written:
        os.fsync(written.fileno())
    os.link(aside, file)
