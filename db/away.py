"""Whether the database is away: stopped, starting, out of connections, or gone in the middle of a statement. Nobody's
mistake, and over when it is back."""

from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy.exc import DBAPIError, InterfaceError, PendingRollbackError

CONNECT_SECONDS = 2.0
_STOPPING = {"57P01", "57P02", "57P03"}  # told to stop, crashed beside us, starting
_FULL = "53300"


class DatabaseAway(ConnectionError):
    """No connection could be made; the text is the driver's, for a log or an operator."""


async def connect(*arguments: Any, **settings: Any) -> Any:
    """As asyncpg's. DatabaseAway where another try may succeed; a wrong password or name stays what it is."""
    try:
        return await asyncpg.connect(*arguments, **{"timeout": CONNECT_SECONDS, **settings})
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if isinstance(error, asyncpg.PostgresError) and not _is_passing(error):
            raise
        raise DatabaseAway(str(error) or type(error).__name__) from error


def is_away(error: BaseException | None) -> bool:
    """Whether this, raised by SQLAlchemy or by the driver itself, came of a database that is away."""
    if isinstance(error, PendingRollbackError):  # the session went on after its connection was lost
        return is_away(error.__context__)
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_passing(error.orig) or _is_closed(error, InterfaceError)
    return isinstance(error, DatabaseAway) or _is_passing(error) or _is_closed(error, asyncpg.InterfaceError)


def _is_passing(error: BaseException | None) -> bool:
    sqlstate = getattr(error, "sqlstate", None) or ""
    return sqlstate in _STOPPING or sqlstate == _FULL or sqlstate.startswith("08")


def _is_closed(error: BaseException | None, kind: type[BaseException]) -> bool:
    return isinstance(error, kind) and "closed" in str(error)
