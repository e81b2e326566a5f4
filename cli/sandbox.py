"""``waybridge carriers sandbox``: every carrier's side of the wire on loopback, in its own formats, with scripted parcels."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx2
import orjson
import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from carriers import mishaps, wordings
from carriers.carrier import Carrier, Incoming, Reply, SandboxSubscription
from carriers.registry import BY_CODE, CARRIERS
from carriers.sandbox import CONSOLE, Book, Due, World, numbers
from carriers.scripts import LOCKED_OUT, SLOW
from cli import hosting
from cli.console import print_rows, tell

PORT = 8600
SLOWNESS = 5.0  # seconds
LOOKS_EVERY = 0.2
PUSH_SECONDS = 5.0
AT_ONCE = 16
MOST_BYTES = 1024 * 1024
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]

log = structlog.get_logger("sandbox")


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(book: Book, clock: Callable[[], datetime] = _now) -> Starlette:
    """The sandbox as an application; while it lives it pushes what is new to who subscribed. ``clock`` is what its carriers
    go by."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with httpx2.AsyncClient(timeout=PUSH_SECONDS, trust_env=False) as http:
            pushing = asyncio.create_task(_keep_pushing(book, http))
            yield
            pushing.cancel()
            with suppress(asyncio.CancelledError):
                await pushing

    async def overview(_request: Request) -> Response:
        return JSONResponse(_overview(book))

    async def advance(request: Request) -> Response:
        hours = (await _object(request)).get("hours")
        if not isinstance(hours, int | float) or not 0 < hours < 1e6:
            return JSONResponse({"error": 'a body like {"hours": 24} is expected'}, 400)
        book.advance(hours)
        return JSONResponse(_overview(book))

    async def call_back(request: Request) -> Response:
        told = await _object(request)
        carrier, url, secret = (told.get(name, "") for name in ("carrier", "url", "secret"))
        if carrier not in BY_CODE or not isinstance(url, str) or not isinstance(secret, str) or not url:
            return JSONResponse({"error": 'a body like {"carrier": "sf", "url": "http://..."} is expected'}, 400)
        book.call_back(carrier, CONSOLE, SandboxSubscription(url, secret))
        return JSONResponse(_overview(book))

    async def play(request: Request) -> Response:
        carrier = BY_CODE.get(request.path_params["code"])
        body = await _body(request)
        if carrier is None or carrier.sandbox is None or body is None:
            return JSONResponse({"error": "no such carrier here, or too much said"}, 404)
        incoming = Incoming(
            body=body,
            received_at=clock(),
            headers={name.lower(): value for name, value in request.headers.items()},
            query=dict(request.query_params),
            method=request.method,
            path="/" + request.path_params["rest"],
        )
        return _response(await _answer(carrier, incoming, book))

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", overview),
            Route("/_control/advance", advance, methods=["POST"]),
            Route("/_control/callback", call_back, methods=["POST"]),
            Route("/{code}/{rest:path}", play, methods=METHODS),
        ],
    )


async def _body(request: Request) -> bytes | None:
    """The body; None for one that is too large or breaks off."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return None
    except ClientDisconnect:
        return None
    return body


async def _object(request: Request) -> Mapping[str, Any]:
    try:
        told = orjson.loads(await _body(request) or b"")
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


async def _answer(carrier: Carrier, incoming: Incoming, book: Book) -> Reply:
    assert carrier.sandbox
    mishap = mishaps.of(carrier, incoming)
    if mishap and mishap.code in mishaps.REPLIES:
        return mishaps.REPLIES[mishap.code]
    if mishap is SLOW:
        await asyncio.sleep(SLOWNESS)
    heard = mishaps.unproven(incoming) if mishap is LOCKED_OUT else incoming
    return carrier.sandbox.answer(heard, World(incoming.received_at, carrier, book))


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, dict(reply.headers))


async def _keep_pushing(book: Book, http: httpx2.AsyncClient) -> None:
    while True:
        try:
            await _push_news(book, http)
        except Exception as bad:  # noqa: BLE001 whatever one push does to an adapter, the others go on
            log.warning("push.failed", error=type(bad).__name__)
        await asyncio.sleep(LOOKS_EVERY)


async def _push_news(book: Book, http: httpx2.AsyncClient) -> None:
    now = datetime.now(UTC)
    news = [(carrier, due) for carrier in CARRIERS if _pushes(carrier) for due in World(now, carrier, book).news()]
    for first in range(0, len(news), AT_ONCE):
        await asyncio.gather(*(_push(carrier, due, http) for carrier, due in news[first : first + AT_ONCE]))


def _pushes(carrier: Carrier) -> bool:
    return carrier.sandbox is not None and carrier.sandbox.push is not None


async def _push(carrier: Carrier, due: Due, http: httpx2.AsyncClient) -> None:
    """One scan to one address. Thanked for in the carrier's own words, or tried again."""
    assert carrier.sandbox
    assert carrier.pushing
    request = due.request(carrier.sandbox)
    expected = carrier.pushing.acknowledge(wordings.incoming(request, datetime.now(UTC)))
    try:
        answer = await http.request(request.method, request.url, headers=request.headers, content=request.body)
        if answer.is_success and answer.content == expected.body:
            due.done()
            return
        outcome = str(answer.status_code)
    except (httpx2.HTTPError, httpx2.InvalidURL) as bad:
        outcome = type(bad).__name__
    log.info("push.not_acknowledged", carrier=carrier.code, outcome=outcome, tried=due.told.failures + 1)
    due.failed(datetime.now(UTC))


def _overview(book: Book) -> dict[str, Any]:
    now = datetime.now(UTC)
    played = [
        {
            "carrier": code,
            "trackingNumber": number,
            "script": journey.script.name,
            "hour": round(journey.hours(now), 1),
            "of": journey.script.lasts,
        }
        for (code, number), journey in list(book.journeys.items())[-200:]
    ]
    speaks = [carrier.code for carrier in CARRIERS if carrier.sandbox]
    return {"now": now.isoformat(), "speed": book.speed, "carriers": speaks, "journeys": played}


def show_numbers(*, as_json: bool) -> None:
    """Every magic number, on stdout."""
    rows = [
        {"number": number, "carrier": carrier.code, "script": script.name, "plays": script.summary}
        for number, carrier, script in numbers()
    ]
    print_rows(rows, as_json=as_json)


def serve(port: int, speed: float) -> None:
    """Serves until it is told to stop. Problem when the port is taken."""
    listener = hosting.bound(port)
    url = hosting.address(listener)

    async def announce() -> None:
        tell(
            f"the carrier sandbox listens on {url}; an account's base url is {url}/CARRIER, its credentials sandbox-NAME"
        )
        await asyncio.Event().wait()

    hosting.run(hosting.host([hosting.Hosted(create_app(Book(speed)), listener)], announce))
