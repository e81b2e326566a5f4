"""The one place where exceptions become what partners read: a message, a code of the contract, the request's id.

Anything not expected is masked and goes to the log whole, once.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.away import is_away
from db.write_lock import WriterBusy
from resolvers.errors import (
    BadUserInput,
    CarrierUnavailable,
    CostExceeded,
    Failure,
    Forbidden,
    LimitExceeded,
    Overloaded,
    RateLimited,
    Timeout,
    Unauthenticated,
)

__all__ = [
    "BadUserInput",
    "CarrierUnavailable",
    "CostExceeded",
    "Failure",
    "Forbidden",
    "Invalid",
    "LimitExceeded",
    "Overloaded",
    "RateLimited",
    "Rejected",
    "Timeout",
    "Unauthenticated",
    "cause",
    "headers",
    "located",
    "of_syntax",
    "overload",
    "rendered",
]

MASKED = "Something went wrong on our side"
MESSAGE_CHARACTERS = 300
ERRORS_SHOWN = 5
BUSY_MS = 1_000  # a pool or the write lock is free again within a second, unless the load stays
_SUGGESTION = re.compile(r"\s*Did you mean\b[^?]*(\?|$)")
_TOO_LONG = re.compile(r"Syntax Error: (?:Document|Source) contains more than (\d+) ([a-z ]+)\.")
_log = structlog.get_logger("api")


class Rejected(Failure):
    """A request the door itself turns away, with a code and a status of its own."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Invalid(Exception):
    """A document or its variables that GraphQL itself found wrong; all its complaints share one code."""

    def __init__(self, errors: Sequence[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


def of_syntax(error: GraphQLSyntaxError) -> Failure | Invalid:
    """A document that does not parse; one that is merely too long exceeds a limit and is no mistake in grammar."""
    too_long = _TOO_LONG.match(error.message)
    if too_long:
        maximum = int(too_long[1])
        return LimitExceeded(too_long[2], maximum, maximum + 1)
    return Invalid([error], "GRAPHQL_PARSE_FAILED")


def headers(failure: BaseException) -> dict[str, str]:
    """What HTTP itself should be told: how long to wait, or how to sign in."""
    if isinstance(failure, RateLimited | Overloaded):
        return {"retry-after": str(max(1, math.ceil(failure.retry_after_ms / 1000)))}
    return {"www-authenticate": "Bearer"} if isinstance(failure, Unauthenticated) else {}


def rendered(error: Exception, request_id: str, *, dev: bool) -> list[dict[str, Any]]:
    """The errors of a request that ends without a result; `dev` names the class of what is masked."""
    if isinstance(error, Invalid):
        complaints = error.errors[:ERRORS_SHOWN]
        return [_complaint(one, error.code, request_id) for one in complaints]
    return [_one(cause(error), {}, request_id, dev)]


def located(errors: Sequence[GraphQLError], request_id: str, *, dev: bool) -> list[dict[str, Any]]:
    """The errors of fields, beside the data of the others; at most five are shown, every unexpected one is logged."""
    return [_one(cause(error), _where(error), request_id, dev) for error in errors][:ERRORS_SHOWN]


def _complaint(error: GraphQLError, code: str, request_id: str) -> dict[str, Any]:
    beneath, where = cause(error), _where(error)
    if isinstance(beneath, Failure):
        return _shown(beneath.message, where, **{**beneath.details, "code": beneath.code, "requestId": request_id})
    # A scalar's parser may have raised anything: its words stay with us.
    message = (
        error.message if isinstance(beneath, GraphQLError) else error.message.replace(str(beneath), "").rstrip(" ;:")
    )
    return _shown(message, where, code=code, requestId=request_id)


def _one(error: Exception, where: Mapping[str, Any], request_id: str, dev: bool) -> dict[str, Any]:  # noqa: FBT001  # private, and passed on as it came
    if isinstance(error, Failure):
        return _shown(error.message, where, **{**error.details, "code": error.code, "requestId": request_id})
    if isinstance(error, GraphQLError) and error.message.startswith("Argument "):
        return _shown(error.message, where, code="BAD_USER_INPUT", requestId=request_id)
    _log.error("unexpected", request_id=request_id, path=where.get("path"), exc_info=error)
    named = {"exception": type(error).__name__} if dev else {}
    return _shown(MASKED, where, code="INTERNAL", requestId=request_id, **named)


def cause(error: Exception) -> Exception:
    """The exception beneath GraphQL's wrappings; the wrapping itself when GraphQL is what complains. A database that is
    away, or has no connection or no turn to write for us, is a busy gateway, not a mistake."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return Overloaded(BUSY_MS) if isinstance(error, WriterBusy | PoolTimeout) or is_away(error) else error


def overload(errors: Sequence[GraphQLError]) -> Overloaded | None:
    """The first of the errors that says to try again shortly."""
    return next((found for error in errors if isinstance(found := cause(error), Overloaded)), None)


def _where(error: GraphQLError) -> dict[str, Any]:
    where: dict[str, Any] = {}
    if error.locations:
        where["locations"] = [{"line": place.line, "column": place.column} for place in error.locations[:ERRORS_SHOWN]]
    if error.path:
        where["path"] = list(error.path)
    return where


def _shown(message: str, where: Mapping[str, Any], /, **extensions: object) -> dict[str, Any]:
    return {
        "message": _SUGGESTION.sub("", message)[:MESSAGE_CHARACTERS] or MASKED,
        **where,
        "extensions": extensions,
    }
