"""SF answers have three layers: the gateway's verdict, a JSON text inside it with the service's verdict, the message."""

from typing import Any

from carriers import wire
from carriers.carrier import ReadError, Reading, Unreadable

GATEWAY_OK, SERVICE_OK = "A1000", "S0000"

# Token expired, too many calls, gateway trouble: the same call may succeed later.
RETRYABLE = {"A1002", "A1005", "A1099"}
# Order not found; no such order.
NOT_FOUND = {"8024", "6150"}


def opened(body: bytes) -> tuple[Any, tuple[ReadError, ...]]:
    """The innermost ``msgData``, or what was refused. The outer layer may be missing (logs keep only the inner)."""
    answer = wire.object_of(body)
    if "apiResultCode" in answer:
        code = wire.word(answer["apiResultCode"])
        if code != GATEWAY_OK:
            return None, (_error(code, answer.get("apiErrorMsg")),)
        answer = _inner(answer.get("apiResultData"))
    if "success" not in answer:
        raise Unreadable("the answer has no success")
    code = wire.word(answer.get("errorCode"))
    # True, or the text "true": both are sent.
    if str(answer["success"]).lower() != "true" or code not in {SERVICE_OK, ""}:
        return None, (_error(code, answer.get("errorMsg")),)
    return answer.get("msgData"), ()


def read_error(body: bytes) -> Reading:
    """What SF refused. Unreadable when it refused nothing."""
    return wire.only_errors(Reading(errors=opened(body)[1]))


def _inner(text: Any) -> dict[str, Any]:
    if isinstance(text, dict):
        return text
    if not isinstance(text, str):
        raise Unreadable("apiResultData is not a JSON text")
    return wire.object_of(text)


def _error(code: str, message: Any) -> ReadError:
    return ReadError(code, wire.word(message), not_found=code in NOT_FOUND, retryable=code in RETRYABLE)
