"""How a command reaches the store: opened from the settings, closed at the end, what goes wrong told in one line."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import typer
from sqlalchemy import select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from aftersales.refusals import Refused
from cli.console import Problem
from db import migrate
from db.models.partners import DataKey
from db.reach import EVERYTHING
from db.session import Store
from db.settings import BadSetting, database_file, database_settings, database_url, open_store
from db.vault import CannotOpen
from db.write_lock import WriterBusy

T = TypeVar("T")
_OUR_BUGS = (DataError, IntegrityError, ProgrammingError)


def environment(ctx: typer.Context) -> Mapping[str, str]:
    """The process's environment, with the database that ``--db`` named."""
    root = ctx.find_root()
    return root.obj if isinstance(root.obj, Mapping) else os.environ


def run(ctx: typer.Context, work: Callable[[Store], Awaitable[T]], *, fresh: bool = False, looking: bool = False) -> T:
    """Opens the store, does the work, closes it. Unless ``fresh``, the database must be there and migrated: a mistyped
    path makes no file. Who is only ``looking`` makes no key file either. Problem names what stood in the way."""
    environ = environment(ctx)
    with told_in_a_line():
        _demand_file(database_file(database_url(environ)), fresh=fresh)
        store = open_store(database_settings(environ, making=not looking))
        return asyncio.run(_opened(store, work, fresh=fresh))


@contextmanager
def told_in_a_line() -> Iterator[None]:
    """What may go wrong with settings, rules and the database becomes a Problem; a bug of ours stays one."""
    try:
        yield
    except BadSetting as bad:
        raise Problem(bad.name, bad.message) from None
    except Refused as no:
        raise Problem("", "\n".join(_sentence(each.field, each.message) for each in no.refusals)) from None
    except WriterBusy:
        raise Problem("database", "another process keeps the write lock; try again when it is done") from None
    except CannotOpen as bad:
        raise Problem("WAYBRIDGE_SECRET_KEY", str(bad)) from None
    except PoolTimeout:
        raise Problem("database", "no connection was free in time") from None
    except (OSError, DBAPIError, asyncpg.PostgresError) as bad:
        if isinstance(bad, _OUR_BUGS):
            raise
        raise Problem("database", f"cannot be used: {reason(bad)}") from None


def reason(bad: Exception) -> str:
    """The first line of what the database said, without the statement or a password."""
    said = str(bad.orig if isinstance(bad, DBAPIError) else bad)
    return said.strip().splitlines()[0] if said.strip() else type(bad).__name__


def _sentence(path: tuple[str, ...], message: str) -> str:
    return f"{'.'.join(path)}: {message}" if path else message


def _demand_file(file: Path | None, *, fresh: bool) -> None:
    if file is None:
        return
    if not file.parent.is_dir():
        raise Problem(str(file), "this folder does not exist")
    if not fresh and not file.is_file():
        raise Problem(str(file), "no database here; `waybridge migrate` makes one, --db names another")


async def ready(_store: Store) -> None:
    """No work: that the store opens was the question, it is there, migrated, and this is its secret key."""


async def _demand_key(store: Store) -> None:
    """CannotOpen with another secret key than this database was sealed with: what it sealed nobody could read."""
    async with store.reading(EVERYTHING) as session:
        newest = await session.scalar(select(DataKey).order_by(DataKey.id.desc()).limit(1))
    if newest is not None:
        store.vault.learn(newest.merchant_id, newest.id, newest.wrapped)


async def _opened(store: Store, work: Callable[[Store], Awaitable[T]], *, fresh: bool) -> T:
    try:
        if not fresh:
            current, head = await migrate.revision(store)
            if current != head:
                raise Problem("database", f"is at revision {current}, not {head}; run `waybridge migrate`")
            await _demand_key(store)
        return await work(store)
    finally:
        await store.close()
