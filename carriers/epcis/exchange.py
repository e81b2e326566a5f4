"""Asks a partner's EPCIS repository, subscribes to a query it agreed to, and checks what it delivers."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from carriers import wire
from carriers.carrier import Access, Incoming, Parcel, Reading, Reply, Request, Subscribed
from carriers.epcis import events, identifiers

VERSIONS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}


def base(access: Access) -> str:
    """The partner's own address: the account's, unless the environment has one."""
    return access.base_url or access.credential("base_url")


def headers(access: Access) -> dict[str, str]:
    """The partner's bearer and the versions we speak."""
    return {"Authorization": f"Bearer {access.credential('access_token')}", "Accept": "application/json", **VERSIONS}


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """Every event that names one of the numbers, as object, whole or part."""
    epcs = "|".join(identifiers.epc(parcel.tracking_number) for parcel in parcels)
    return Request("GET", f"{base(access)}/events?{urlencode({'MATCH_anyEPC': epcs})}", headers(access))


def read(reply: Reply) -> Reading:
    """An answer: events, or a problem document. That nothing is known of a number is an empty answer here."""
    if reply.status >= 400:
        return Reading(errors=(wire.refused(reply),))
    return events.read(reply.body)


def subscribe(_parcels: Sequence[Parcel], access: Access) -> Request:
    """One subscription to the named query agreed with the partner, delivered as events come."""
    name = quote(access.credential("query_name"), safe="")
    body = {"dest": access.callback_url, "signatureToken": access.push_secret, "stream": True}
    return wire.json_request("POST", f"{base(access)}/queries/{name}/subscriptions", body, headers(access))


def subscribed(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """The subscription's id, from its address in the Location header or from the body."""
    if reply.status >= 400:
        return Subscribed(errors=(wire.refused(reply),))
    location = {name.lower(): value for name, value in reply.headers.items()}.get("location", "")
    identity = location.rstrip("/").rpartition("/")[2] or wire.needed(
        wire.object_of(reply.body).get("subscriptionID"), "subscriptionID"
    )
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels), subscription_id=identity)


def signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 of the raw body, hex: our default where a partner agrees nothing else."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(incoming: Incoming, access: Access) -> None:
    """PushRejected unless GS1-Signature is our default, in hex or in Base64, with or without "sha256=" before it."""
    given = incoming.headers.get("gs1-signature", "").removeprefix("sha256=")
    expected = signature(access.push_secret, incoming.body)
    if len(given) != len(expected):
        expected = base64.b64encode(bytes.fromhex(expected)).decode()
    wire.demand(access.push_secret and expected, given, "signature")


def read_push(incoming: Incoming) -> Reading:
    """The events of a delivery."""
    return events.read(incoming.body)


def acknowledge(_incoming: Incoming) -> Reply:
    """Any 2xx; we have nothing to say."""
    return Reply(204)


def recognise(body: bytes) -> str:
    """A query document is an answer (deliveries have the same form), any other document is captured with us."""
    events.read(body)
    return "track" if wire.object_of(body).get("type") == "EPCISQueryDocument" else "push"
