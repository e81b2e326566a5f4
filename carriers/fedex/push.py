"""FedEx's webhook (Advanced Integrated Visibility): the body is shaped like a tracking answer and signed."""

import base64
import hashlib
import hmac

from carriers import wire
from carriers.carrier import Access, Incoming, PushRejected, Reading, Reply
from carriers.fedex import tracking


def signature(security_token: str, body: bytes) -> bytes:
    """HMAC-SHA256 of the body as received, with the webhook project's security token."""
    return hmac.new(security_token.encode(), body, hashlib.sha256).digest()


def verify(incoming: Incoming, access: Access) -> None:
    """Header ``fdx-signature``: integrations see Base64, FedEx's own text speaks of hex; either is taken."""
    if not access.push_secret:
        raise PushRejected("the account has no security token to check with")
    given = incoming.headers.get("fdx-signature", "").strip()
    digest = signature(access.push_secret, incoming.body)
    as_base64 = wire.same(base64.b64encode(digest).decode(), given)
    as_hex = wire.same(digest.hex(), given.lower())
    if not (as_base64 or as_hex):
        raise PushRejected("fdx-signature is missing or wrong")


def read(incoming: Incoming) -> Reading:
    """What the push says."""
    return tracking.read_body(incoming.body, incoming.received_at)


def acknowledge(_: Incoming) -> Reply:
    """FedEx wants nothing but a 200."""
    return Reply(200)
