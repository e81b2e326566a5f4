"""The application: routes, middleware, what lives as long as the process."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import Route, WebSocketRoute

from aftersales import partners
from api import carrier_push, export_plans, exports, graphiql, health
from api.auth import HEADER, Credentials
from api.graphql import GraphQLEndpoint
from api.live import door as live
from api.live import streams
from api.live.paces import PACES, Paces
from api.live.sockets import Sockets
from api.live.tail import Tail
from api.observability import Observed, metrics
from api.operations import Operations
from api.selections import Selections
from api.settings import Settings
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
) -> Starlette:
    """The whole HTTP side. Without a ``store`` it opens and closes its own. ``beside`` runs as long as the application
    does (the worker) and gives how to wake it when something was written down."""
    own = store is None
    opened = store or open_store(settings.database)
    accepting = True
    wake: Callable[[], None] = _nobody

    def wake_worker() -> None:
        wake()  # whichever there is by then

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        nonlocal accepting, wake
        async with AsyncExitStack() as stack:
            if own:
                stack.push_async_callback(opened.close)
            async with opened.writing(EVERYTHING) as session:
                await partners.ensure_carriers(session, now=clock())
            if beside is not None:
                wake = await stack.enter_async_context(beside(opened, clock))
            stack.push_async_callback(door.close)
            yield
            accepting = False

    tail = Tail(opened, paces)
    endpoint = GraphQLEndpoint(
        SCHEMA,
        limits=settings.limits,
        open_context=_contexts(settings, opened, clock, live.following(tail)),
        dev=settings.dev,
    )
    door = live.opened(endpoint, tail, paces)
    endpoint.stream = partial(streams.opened, door)
    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", Sockets(door)),
            Route("/graphql/assets/{name}", graphiql.asset),
            *carrier_push.routes(carrier_push.Door(opened, clock, settings.public_url, wake_worker)),
            *exports.Shelf(opened, clock, settings.files).routes(),
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz(opened, lambda: accepting)),
            Route("/metrics", metrics),
        ],
        middleware=_middleware(settings),
    )
    app.state.store = opened
    app.state.live = door
    return app


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
    settings: Settings, store: Store, clock: Clock, follow: Follow
) -> Callable[[Request], Awaitable[Context]]:
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
            follow=follow,
            resume_after=request.headers.get("last-event-id"),
            dev=settings.dev,
            selection_fault=selections.fault,
            export_root=export_root,
        )

    return open_context


def locale_of(accept_language: str) -> Locale:
    """Chinese when it is asked for before English, else English."""
    for part in accept_language.lower().split(",")[:20]:
        language = part.strip().split(";")[0].split("-")[0]
        if language in {"zh", "en"}:
            return Locale(language)
    return Locale.EN
