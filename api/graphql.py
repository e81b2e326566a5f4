"""The door: GraphQL over HTTP. One request in, one answer out; every answer is JSON with a code and the request's id."""

import asyncio
import inspect
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import strawberry
from graphql import ExecutionResult, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import graphiql
from api.attention import ClientGone, attended
from api.documents import Documents
from api.errors import Failure, Invalid, Rejected, Timeout, cause, headers, overload, rendered
from api.limits import Limits
from api.negotiation import HTML, JSON, RESPONSE, STREAM, media_type, one_event, takes_stream
from api.operations import Operations, Prepared, checked, offered
from api.requests import asked_in_address, asked_in_body, check_content_type, read_body

OpenContext = Callable[[Request], Awaitable[Any]]
OpenStream = Callable[["Exchange", Any, Prepared], Awaitable[ASGIApp]]
GONE = 499


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way to its answer. ``media`` is what it is answered in."""

    request: Request
    request_id: str
    media: str


class GraphQLEndpoint:
    """An ASGI application for one address: `Route("/graphql", GraphQLEndpoint(...))`, without `methods`, so that a
    wrong method, too, is answered here and as JSON.

    `open_context(request)` says who calls, before the body is read; it raises Unauthenticated and the like. What it
    returns is the resolvers' `info.context`, and may offer any of:

    - `charge(requested: int) -> None`, called with the static cost before execution; raises RateLimited;
    - `settle(requested: int, actual: int) -> dict`, called after; what it returns joins `extensions.cost`;
    - `replayed: bool`, true when an idempotent mutation answered from its first run; joins the extensions;
    - `aclose()`, awaited when the answer is ready, or the request was given up.

    `stream` answers subscriptions, where they are served.
    """

    def __init__(self, schema: strawberry.Schema, *, limits: Limits, open_context: OpenContext, dev: bool) -> None:
        self.operations = Operations(schema, limits=limits, dev=dev)
        self.limits = limits
        self.open_context = open_context
        self.dev = dev
        self.stream: OpenStream | None = None

    @property
    def documents(self) -> Documents:
        """Every document seen lately."""
        return self.operations.documents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        request_id = getattr(request.state, "request_id", None) or new_request_id()
        is_get = request.method == "GET"
        accept = request.headers.get("accept")
        media = media_type(accept, html=is_get) or (STREAM if self.stream and takes_stream(accept) else None)
        if media == HTML:
            return graphiql.page()
        exchange = Exchange(request, request_id, media or JSON)
        try:
            _check_head(request, media)
            async with asyncio.timeout(self.limits.seconds):
                context = await self.open_context(request)
                try:
                    return await self._with_context(exchange, context)
                finally:
                    await _closed(context)
        except (ClientGone, ClientDisconnect):
            return Response(status_code=GONE)
        except TimeoutError:
            return self._refused(exchange, Timeout(self.limits.seconds))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is answered here, masked, and logged whole
            return self._refused(exchange, error)

    async def _with_context(self, exchange: Exchange, context: Any) -> ASGIApp:
        request = exchange.request
        if request.method == "GET":
            asked = asked_in_address(request.scope["query_string"])
        else:
            asked = asked_in_body(await read_body(request, self.limits.body_bytes))
        try:
            prepared = self.operations.prepared(asked)
            _check_operation(prepared.kind, request)
            if prepared.kind is OperationType.SUBSCRIPTION:
                return await self._streamed(exchange, context, prepared)
            offered(context, "charge", prepared.price.requested)
            result = await self._executed(exchange, context, prepared)
        except (Failure, Invalid) as error:
            return self._refused(exchange, error, understood=True)
        return self._result(exchange, context, prepared, result)

    async def _streamed(self, exchange: Exchange, context: Any, prepared: Prepared) -> ASGIApp:
        if self.stream is None or not takes_stream(exchange.request.headers.get("accept")):
            raise Rejected(
                "BAD_USER_INPUT", "Subscriptions are served over WebSocket and server-sent events, not here."
            )
        offered(context, "charge", prepared.price.requested)
        return await self.stream(exchange, context, prepared)

    async def _executed(self, exchange: Exchange, context: Any, prepared: Prepared) -> ExecutionResult:
        result = self.operations.executed(context, prepared)
        if not isinstance(result, ExecutionResult):
            result = await attended(result, exchange.request.receive)
        return checked(result)

    def _result(self, exchange: Exchange, context: Any, prepared: Prepared, result: ExecutionResult) -> Response:
        body = self.operations.told(context, prepared, result, exchange.request_id)
        told_to_wait = None if any((result.data or {}).values()) else overload(result.errors or ())
        response = _response(body, getattr(told_to_wait, "status", 200), exchange.media)
        if told_to_wait is not None:  # nothing came of it, and a client that reads no body must know
            response.headers.update(headers(told_to_wait))
        return response

    def _refused(self, exchange: Exchange, error: Exception, *, understood: bool = False) -> Response:
        """An answer without data. Where the request itself was well formed, the older media type says 200 and leaves
        the rest to the body, as GraphQL over HTTP asks; a status that says more than "wrong" (401, 405, 429, 503, 504)
        stands for both.
        """
        error = cause(error)
        status, media = getattr(error, "status", 400 if isinstance(error, Invalid) else 500), exchange.media
        if media == STREAM:
            media = STREAM if understood and status in {400, 403} else JSON
            status = 200 if media == STREAM else status
        if understood and status == 400 and media == JSON:
            status = 200
        body = {
            "errors": rendered(error, exchange.request_id, dev=self.dev),
            "extensions": {"requestId": exchange.request_id},
        }
        response = _response(orjson.dumps(body), status, media)
        response.headers.update(headers(error))
        if status == 405:
            response.headers["allow"] = "POST" if exchange.request.method == "GET" else "GET, POST"
        return response


def _check_head(request: Request, media: str | None) -> None:
    if request.method not in {"GET", "POST"}:
        raise Rejected("BAD_USER_INPUT", "Use POST, or GET for a query.", 405)
    if media is None:
        raise Rejected("BAD_USER_INPUT", f"Accept {JSON} or {RESPONSE}.", 406)
    if request.method == "POST":
        check_content_type(request)


def _check_operation(kind: OperationType, request: Request) -> None:
    if kind is OperationType.MUTATION and request.method == "GET":
        raise Rejected("BAD_USER_INPUT", "Only queries may be sent by GET; use POST.", 405)


async def _closed(context: Any) -> None:
    close = getattr(context, "aclose", None)
    if close:
        closing = close()
        if inspect.isawaitable(closing):
            await closing


def _response(body: bytes, status: int, media: str) -> Response:
    return Response(
        one_event(body) if media == STREAM else body,
        status,
        {
            "content-type": f"{media}; charset=utf-8",
            "cache-control": "no-store",
            "vary": "accept",
            "x-content-type-options": "nosniff",
        },
    )


def new_request_id() -> str:
    """A UUIDv7 as text: requests sort by time in the log."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return str(UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))
