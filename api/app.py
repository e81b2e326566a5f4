"""The application: routes, middleware, what lives as long as the process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import Route, WebSocketRoute

from aftersales import partners
from aftersales.calling import Caller
from aftersales.quoting import Live
from api import carrier_push, export_plans, exports, files, graphiql, health
from api.auth import HEADER, Credentials
from api.graphql import GraphQLEndpoint
from api.leaving import Parting, until
from api.live import door as live
from api.live import streams
from api.live.paces import PACES, Paces
from api.live.sockets import Sockets
from api.live.tail import Tail
from api.observability import Observed, metrics
from api.operations import Operations
from api.selections import Selections
from api.settings import Settings
from carriers.http import Outside, new_client
from carriers.names import Resolve, resolve
from db.enums import Locale
from db.reach import EVERYTHING
from db.session import Store
from db.settings import open_store
from resolvers.context import Context, Follow
from schema.root import SCHEMA

Clock = Callable[[], datetime]
Beside = Callable[[Store, Clock], AbstractAsyncContextManager[Callable[[], None]]]


def _nobody() -> None:
    """Without a worker beside, whoever works finds what was written down by itself."""


def utc_now() -> datetime:
    """The clock of a running gateway."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock = utc_now,
    beside: Beside | None = None,
    paces: Paces = PACES,
    look_up: Resolve = resolve,
    outward: httpx2.AsyncClient | None = None,
) -> Starlette:
    """The whole HTTP side. Without a ``store`` it opens and closes its own. ``beside`` runs as long as the application
    does (the worker) and gives how to wake it for what was written down. ``look_up`` resolves webhooks' names; ``outward``
    (closed at the end) is how carriers are asked for prices and times."""
    own = store is None
    opened = store or open_store(settings.database)
    asking = _asking(settings, opened, clock, outward)
    left = asyncio.Event()
    wake: Callable[[], None] = _nobody

    def wake_worker() -> None:
        wake()  # whichever there is by then

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        nonlocal wake
        async with AsyncExitStack() as stack:
            if own:
                stack.push_async_callback(opened.close)
            stack.push_async_callback(asking.caller.outside.client.aclose)
            async with opened.writing(EVERYTHING) as session:
                await partners.ensure_carriers(session, now=clock())
            if beside is not None:
                wake = await stack.enter_async_context(until(left, beside(opened, clock)))
            stack.push_async_callback(door.close)
            health.CONNECTIONS.set_function(opened.in_use)
            yield
            leave()

    def leave() -> None:
        """It is to stop: /readyz says so, those who follow live are shown out, and the worker ends its passes."""
        left.set()
        door.stop()

    endpoint, door = _graphql(settings, asking, paces, look_up)
    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", Sockets(door)),
            *carrier_push.routes(carrier_push.Door(opened, clock, settings.public_url, wake_worker)),
            *(each for kind in (exports.Shelf, files.Drawer) for each in kind(opened, clock, settings.files).routes()),
            *_plain(opened, left),
        ],
        middleware=[Middleware(Parting, left.is_set), *_middleware(settings)],
        exception_handlers=dict.fromkeys(health.PASSING, health.busy),
    )
    app.state.store = opened
    app.state.live = door
    app.state.leave = leave
    return app


def _asking(settings: Settings, store: Store, clock: Clock, outward: httpx2.AsyncClient | None) -> Live:
    """How carriers are asked while somebody waits for the answer."""
    outside = Outside(outward or new_client(settings.egress_proxy), clock)
    return Live(Caller(store, outside, clock, settings.public_url), settings.quote_seconds)


def _graphql(settings: Settings, asking: Live, paces: Paces, look_up: Resolve) -> tuple[GraphQLEndpoint, live.Door]:
    """Questions, and what is followed live."""
    tail = Tail(asking.caller.store, paces)
    contexts = _contexts(settings, asking, live.following(tail), look_up)
    endpoint = GraphQLEndpoint(SCHEMA, limits=settings.limits, open_context=contexts, dev=settings.dev)
    door = live.opened(endpoint, tail, paces)
    endpoint.stream = partial(streams.opened, door)
    return endpoint, door


def _plain(store: Store, left: asyncio.Event) -> list[Route]:
    """What needs no credential."""
    return [
        Route("/graphql/assets/{name}", graphiql.asset),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz(store, lambda: not left.is_set())),
        Route("/metrics", metrics),
    ]


def _middleware(settings: Settings) -> list[Middleware]:
    used = [Middleware(Observed)]
    if settings.cors_origins:
        used.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "accept-language", "idempotency-key", HEADER],
                expose_headers=["x-request-id", "retry-after"],
            ),
        )
    return used


def _contexts(
    settings: Settings, asking: Live, follow: Follow, look_up: Resolve
) -> Callable[[Request], Awaitable[Context]]:
    store, clock = asking.caller.store, asking.caller.clock
    credentials = Credentials(store, clock, time.monotonic)
    selections = Selections(settings.limits)
    export_root = partial(export_plans.check, Operations(SCHEMA, limits=settings.limits, dev=settings.dev))

    async def open_context(request: Request) -> Context:
        return Context(
            viewer=await credentials.viewer(request),
            store=store,
            clock=clock,
            request_id=request.state.request_id,
            locale=locale_of(request.headers.get("accept-language", "")),
            public_url=settings.public_url,
            idempotency_key=request.headers.get("idempotency-key"),
            live=asking,
            follow=follow,
            resume_after=request.headers.get("last-event-id"),
            dev=settings.dev,
            selection_fault=selections.fault,
            export_root=export_root,
            resolve=look_up,
        )

    return open_context


def locale_of(accept_language: str) -> Locale:
    """Chinese when it is asked for before English, else English."""
    for part in accept_language.lower().split(",")[:20]:
        language = part.strip().split(";")[0].split("-")[0]
        if language in {"zh", "en"}:
            return Locale(language)
    return Locale.EN
