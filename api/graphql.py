"""The door: GraphQL over HTTP. One request in, one answer out; every answer is JSON with a code and the request's id."""

import asyncio
import inspect
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, cast
from uuid import UUID

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLSchema, OperationDefinitionNode, OperationType, execute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.execution import optimized_is_awaitable

from api import graphiql
from api.analysis import Price
from api.attention import ClientGone, attended
from api.documents import Documents, Known
from api.errors import Failure, Invalid, Rejected, Timeout, headers, located, rendered
from api.limits import Limits
from api.negotiation import HTML, JSON, RESPONSE, media_type
from api.requests import Asked, asked_in_address, asked_in_body, check_content_type, read_body

OpenContext = Callable[[Request], Awaitable[Any]]
GONE = 499
AWAITABLE = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)
_EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request on its way to its answer."""

    request: Request
    request_id: str
    media: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request ready to run: within all limits, valid, and worth this much."""

    asked: Asked
    known: Known
    operation: OperationDefinitionNode
    price: Price


class GraphQLEndpoint:
    """An ASGI application for one address: `Route("/graphql", GraphQLEndpoint(...))`, without `methods`, so that a
    wrong method, too, is answered here and as JSON.

    `open_context(request)` says who calls, before the body is read; it raises Unauthenticated and the like. What it
    returns is the resolvers' `info.context`, and may offer any of:

    - `charge(requested: int) -> None`, called with the static cost before execution; raises RateLimited;
    - `settle(requested: int, actual: int) -> dict`, called after; what it returns joins `extensions.cost`;
    - `replayed: bool`, true when an idempotent mutation answered from its first run; joins the extensions;
    - `aclose()`, awaited when the answer is ready, or the request was given up.

    Extensions of the Strawberry schema as a whole (`Schema(extensions=...)`) do not run; those of fields do.
    With `dev` an INTERNAL error names the exception's class.
    """

    def __init__(self, schema: strawberry.Schema, *, limits: Limits, open_context: OpenContext, dev: bool) -> None:
        core: GraphQLSchema = schema._schema  # noqa: SLF001  # Strawberry has no public way to its graphql-core schema
        self.schema = core
        self.limits = limits
        self.open_context = open_context
        self.dev = dev
        self.documents = Documents(core, limits)
        self._executor = schema.execution_context_class

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        request_id = getattr(request.state, "request_id", None) or new_request_id()
        is_get = request.method == "GET"
        media = media_type(request.headers.get("accept"), html=is_get)
        if media == HTML:
            return graphiql.page()
        exchange = _Exchange(request, request_id, media or JSON)
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

    async def _with_context(self, exchange: _Exchange, context: Any) -> Response:
        request = exchange.request
        if request.method == "GET":
            asked = asked_in_address(request.scope["query_string"])
        else:
            asked = asked_in_body(await read_body(request, self.limits.body_bytes))
        try:
            prepared = self._prepared(asked, request.method)
            _offered(context, "charge", prepared.price.requested)
            result = await self._executed(exchange, context, prepared)
        except (Failure, Invalid) as error:
            return self._refused(exchange, error, understood=True)
        return self._result(exchange, context, prepared, result)

    def _prepared(self, asked: Asked, method: str) -> _Prepared:
        documents = self.documents
        known = documents.find(asked.query, asked.variables)
        operation = documents.operation(known, asked.operation)
        if operation.operation is OperationType.SUBSCRIPTION:
            raise Rejected(
                "BAD_USER_INPUT", "Subscriptions are served over WebSocket and server-sent events, not here."
            )
        if method == "GET" and operation.operation is not OperationType.QUERY:
            raise Rejected("BAD_USER_INPUT", "Only queries may be sent by GET; use POST.", 405)
        return _Prepared(asked, known, operation, documents.price(known, operation, asked.variables))

    async def _executed(self, exchange: _Exchange, context: Any, prepared: _Prepared) -> ExecutionResult:
        operation = prepared.operation
        result = execute(
            self.schema,
            prepared.known.document,
            context_value=context,
            variable_values=dict(prepared.asked.variables),
            operation_name=operation.name.value if operation.name else None,
            executor_class=self._executor,
            is_awaitable=AWAITABLE,
            hide_suggestions=True,
            operation_extensions=prepared.asked.extensions,
        )
        if not isinstance(result, ExecutionResult):
            result = await attended(result, exchange.request.receive)
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            raise Invalid(result.errors, "BAD_USER_INPUT")
        return result

    def _result(self, exchange: _Exchange, context: Any, prepared: _Prepared, result: ExecutionResult) -> Response:
        data = orjson.dumps(result.data)
        requested, surcharge = prepared.price
        # Each object of the answer is one brace. A brace inside a text counts too, so this is never less than what was
        # returned; and never more than what was charged.
        actual = min(requested, max(data.count(b"{") - 1, 0) + surcharge)
        cost = {"requested": requested, "actual": actual}
        cost.update(_offered(context, "settle", requested, actual) or _EMPTY)
        extensions: dict[str, object] = {"cost": cost, "requestId": exchange.request_id}
        if getattr(context, "replayed", False):
            extensions["replayed"] = True
        parts = [b'{"data":', data, b',"extensions":', orjson.dumps(extensions)]
        if result.errors:
            parts += [b',"errors":', orjson.dumps(located(result.errors, exchange.request_id, dev=self.dev))]
        return _response(b"".join((*parts, b"}")), 200, exchange.media)

    def _refused(self, exchange: _Exchange, error: Exception, *, understood: bool = False) -> Response:
        """An answer without data. Where the request itself was well formed, the older media type says 200 and leaves
        the rest to the body, as GraphQL over HTTP asks; a status that says more than "wrong" (401, 405, 429, 503, 504)
        stands for both.
        """
        status = getattr(error, "status", 400 if isinstance(error, Invalid) else 500)
        if understood and status == 400 and exchange.media == JSON:
            status = 200
        body = {
            "errors": rendered(error, exchange.request_id, dev=self.dev),
            "extensions": {"requestId": exchange.request_id},
        }
        response = _response(orjson.dumps(body), status, exchange.media)
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


def _offered(context: Any, name: str, *arguments: int) -> Any:
    """Calls what a context may offer, if it does."""
    offer = getattr(context, name, None)
    return offer(*arguments) if offer else None


async def _closed(context: Any) -> None:
    close = getattr(context, "aclose", None)
    if close:
        closing = close()
        if inspect.isawaitable(closing):
            await closing


def _response(body: bytes, status: int, media: str) -> Response:
    return Response(
        body,
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
