"""A request id, one structured line a request, metrics. Secrets, bodies and personal data are never logged."""

import logging
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.graphql import new_request_id
from carriers.registry import BY_CODE

REQUESTS = Counter("waybridge_http_requests", "Requests answered.", ["route", "method", "status"])
SECONDS = Histogram(
    "waybridge_http_seconds",
    "Time to answer.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_PUSH = re.compile(r"^/carriers/([^/]{1,40})/push/")
_log = structlog.get_logger("http")


def set_up_logging(level: str) -> None:
    """JSON lines on standard error, from this level on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class Observed:
    """Pure ASGI middleware. A caller's own ``X-Request-Id`` is kept when it is well formed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and writes down how it ended."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ID.fullmatch(given) else new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        finally:
            _write_down(scope, request_id, status, time.perf_counter() - started)


def _write_down(scope: MutableMapping[str, Any], request_id: str, status: int, seconds: float) -> None:
    path = route_of(scope["path"])
    method = scope["method"] if scope["method"] in {"GET", "POST", "PUT", "OPTIONS", "HEAD", "DELETE"} else "OTHER"
    REQUESTS.labels(path, method, str(status)).inc()
    SECONDS.labels(path).observe(seconds)
    _log.info("answered", request_id=request_id, method=method, path=path, status=status, ms=round(seconds * 1000, 1))


def route_of(path: str) -> str:
    """The path without what is secret or unbounded in it (a push token is a credential)."""
    push = _PUSH.match(path)
    if push:
        return f"/carriers/{push[1]}/push" if push[1] in BY_CODE else "other"
    known = ("/graphql", "/healthz", "/readyz", "/metrics", "/oauth/token", "/exports", "/files")
    return next((each for each in known if path == each or path.startswith(each + "/")), "other")


async def metrics(_request: Request) -> Response:
    """Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
