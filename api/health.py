"""Alive, and ready; and what is answered while the database is busy or away."""

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.errors import Overloaded, cause, headers
from db.away import DatabaseAway
from db.session import Store
from db.write_lock import WriterBusy

CONNECTIONS = Gauge("waybridge_database_connections", "Connections to the database that are in use.")
PASSING = (DatabaseAway, DBAPIError, PendingRollbackError, PoolTimeout, WriterBusy)
"""What a database raises; some of it another try may not meet."""


async def healthz(_request: Request) -> Response:
    """Alive: the process answers."""
    return JSONResponse({"status": "ok"})


def readyz(store: Store, accepting: Callable[[], bool]) -> Callable[[Request], Awaitable[Response]]:
    """Ready: not stopping, and the database answers within a second."""

    async def answer(_request: Request) -> Response:
        problem = None if accepting() else "stopping"
        if problem is None:
            try:
                async with asyncio.timeout(1), store.reader.connect() as connection:
                    await connection.execute(text("SELECT 1"))
            except Exception:  # noqa: BLE001 whatever it is: not ready
                problem = "the database does not answer"
        if problem is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "unready", "problem": problem}, 503, headers={"retry-after": "1"})

    return answer


async def busy(_request: Request, error: Exception) -> Response:
    """503 with a wait where the database was busy or away; anything else is a mistake of ours, and raised."""
    found = cause(error)
    if not isinstance(found, Overloaded):
        raise error
    return JSONResponse({"error": {"code": found.code, "message": found.message}}, found.status, headers(found))
