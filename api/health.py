"""Alive, and ready."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from db.session import Store


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
