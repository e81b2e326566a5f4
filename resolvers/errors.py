"""What a resolver may raise to end a field or a request; the words partners read are put together at the door, in api/errors."""

from datetime import UTC, datetime, timedelta


class Failure(Exception):
    """An expected end of a request: a code of the contract, an HTTP status, a sentence without internals, and details."""

    code = "INTERNAL"
    status = 500

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Unauthenticated(Failure):
    """No credential, or one we do not know."""

    code = "UNAUTHENTICATED"
    status = 401

    def __init__(self, message: str = "A valid API key or customer token is needed.") -> None:
        super().__init__(message)


class Forbidden(Failure):
    """The credential is known and lacks a scope, or the audience may not see this."""

    code = "FORBIDDEN"
    status = 403

    def __init__(self, message: str = "This credential may not do that.") -> None:
        super().__init__(message)


class BadUserInput(Failure):
    """An argument, variable or body that cannot be meant; the sentence says what to change."""

    code = "BAD_USER_INPUT"
    status = 400


FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)  # what lies between has a day in every zone


def aware(moment: datetime | None, argument: str) -> datetime | None:
    """A moment an argument names, in UTC. BAD_USER_INPUT without an offset, or at an end of time where none fits."""
    if moment is None:
        return None
    try:
        if moment.tzinfo is not None and FIRST <= (told := moment.astimezone(UTC)) <= LAST:
            return told
    except OverflowError:
        pass
    raise BadUserInput(f"{argument} needs a moment with its offset, as in 2026-05-20T08:00:00Z.")


class LimitExceeded(Failure):
    """More than a limit allows; names the limit, its maximum and the count that was met (or the first one too many)."""

    code = "LIMIT_EXCEEDED"
    status = 400

    def __init__(self, limit: str, maximum: int, count: int) -> None:
        super().__init__(
            f"The limit of {maximum} for {limit} is exceeded with {count}.", limit=limit, maximum=maximum, count=count
        )


class CostExceeded(Failure):
    """A query whose static cost is above what one request may ask for."""

    code = "COST_EXCEEDED"
    status = 400

    def __init__(self, requested: int, maximum: int) -> None:
        requested = min(requested, 10**15)
        super().__init__(
            f"The query costs {requested}, at most {maximum} is allowed: ask for smaller pages or fewer edges.",
            requested=requested,
            maximum=maximum,
        )


class RateLimited(Failure):
    """The credential's bucket is empty; `retry_after_ms` says when it holds enough again."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("Too many requests; wait before trying again.", retryAfterMs=retry_after_ms)
        self.retry_after_ms = retry_after_ms


class Overloaded(Failure):
    """We shed load; `retry_after_ms` is a fair time to try again."""

    code = "OVERLOADED"
    status = 503

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("The gateway is busy; try again shortly.", retryAfterMs=retry_after_ms)
        self.retry_after_ms = retry_after_ms


class CarrierUnavailable(Failure):
    """A carrier is down or answers nonsense; never the carrier's own text."""

    code = "CARRIER_UNAVAILABLE"
    status = 502

    def __init__(self, message: str = "The carrier cannot be reached at the moment.") -> None:
        super().__init__(message)


class Timeout(Failure):
    """The request took longer than its deadline; what it was doing was cancelled."""

    code = "TIMEOUT"
    status = 504

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request took longer than {seconds:g} seconds and was stopped.")
