"""EasyPost's events, each signed over the bytes as sent."""

import hashlib
import hmac
import unicodedata

from carriers import wire
from carriers.carrier import Access, Incoming, PushRejected, Reading, Reply, Unreadable
from carriers.easypost import tracking

PREFIX = "hmac-sha256-hex="


def signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 in hex; the secret is normalised to NFKD, the body is not touched."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return PREFIX + hmac.new(key, body, hashlib.sha256).hexdigest()


def verify(incoming: Incoming, access: Access) -> None:
    """Header ``X-Hmac-Signature``. The second version, with a timestamp, is not confirmed and not relied on."""
    if not access.push_secret:
        raise PushRejected("the account has no webhook secret to check with")
    expected = signature(access.push_secret, incoming.body)
    wire.demand(expected, incoming.headers.get("x-hmac-signature"), "x-hmac-signature")


def read(incoming: Incoming) -> Reading:
    """A tracker's event; events of other objects (batches, claims) are no news for us and read as nothing."""
    message = wire.object_of(incoming.body)
    if message.get("object") != "Event":
        raise Unreadable("not an event")
    result = message.get("result")
    if not isinstance(result, dict):
        raise Unreadable("result is not an object")
    is_tracker = result.get("object") == "Tracker"
    return tracking.of_trackers([result], incoming.received_at) if is_tracker else Reading()


def acknowledge(_: Incoming) -> Reply:
    """A 200 within seven seconds; anything else is sent again about six times."""
    return Reply(200)
