"""DHL's pushes of an account's parcels, proven by a header we chose, and the steps of activating a subscription."""

from urllib.parse import quote

from carriers import wire
from carriers.carrier import (
    Access,
    Handshake,
    Incoming,
    Reading,
    Reply,
    Request,
    Unreadable,
)
from carriers.dhl_unified import subscribing, tracking

SCOPES = {"subscription.validate", "subscription.ready", "subscription.push"}


def verify(incoming: Incoming, access: Access) -> None:
    """PushRejected unless the header we chose holds the token we chose."""
    wire.demand(access.push_secret, incoming.headers.get(subscribing.HEADER.lower()), "push token")


def read(incoming: Incoming) -> Reading:
    """Shipments, perhaps with a status only; steps of subscribing hold no news."""
    told = wire.object_of(incoming.body)
    if wire.word(told.get("scope")) not in SCOPES:
        raise Unreadable("scope is not one of a push")
    return Reading(shipments=tracking.shipments(told, incoming.received_at))


def acknowledge(_incoming: Incoming) -> Reply:
    """Any 200."""
    return Reply(200)


def handshake(incoming: Incoming, access: Access) -> Handshake | None:
    """Validation is answered, then confirmed by calling the subscription with its secret. Of ``self`` only the id is
    used, never the address: who pushes must not choose where we call."""
    told = wire.object_of(incoming.body)
    if told.get("scope") == "subscription.ready":
        return Handshake(Reply(200), activates=True)
    if told.get("scope") != "subscription.validate":
        return None
    identity = quote(wire.needed(told.get("self"), "self").rpartition("/")[2], safe="")
    headers = {
        "DHL-API-Key": access.credential("api_key"),
        "DHL-API-Hook-Secret": wire.needed(told.get("secret"), "secret"),
    }
    return Handshake(Reply(200), Request("POST", f"{access.base_url}{subscribing.SUBSCRIPTIONS}/{identity}", headers))


def recognise(body: bytes) -> str:
    """A push has a scope, a query's answer shipments, a problem a title or detail."""
    told = wire.object_of(body)
    if wire.word(told.get("scope")) in SCOPES:
        return "push"
    if "shipments" in told:
        return "track"
    if wire.word(told.get("title")) or wire.word(told.get("detail")):
        return "error"
    raise Unreadable("neither shipments nor a problem")
