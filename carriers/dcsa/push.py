"""Subscribes to the events of one container or booking, and hears them."""

import base64
from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Incoming, Parcel, Reading, Reply, Request, Subscribed
from carriers.dcsa import tracking


def subscribe(parcels: Sequence[Parcel], access: Access) -> Request:
    """One subscription a number; the secret travels as Base64."""
    [parcel] = parcels
    body = {
        "callbackUrl": access.callback_url,
        "secret": base64.b64encode(access.push_secret.encode()).decode(),
        tracking.key_of(parcel.tracking_number): parcel.tracking_number,
    }
    return wire.json_request("POST", f"{tracking.base(access)}/v2/event-subscriptions", body, tracking.headers(access))


def subscribed(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """The subscription's id, or why not."""
    if reply.status >= 400:
        return Subscribed(errors=tracking.read(reply).errors)
    told = wire.object_of(reply.body)
    identity = wire.needed(told.get("subscriptionID"), "subscriptionID")
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels), subscription_id=identity)


def read(incoming: Incoming) -> Reading:
    """The events of a notification, of either version."""
    return tracking.read_events(incoming.body)


def acknowledge(_incoming: Incoming) -> Reply:
    """204, as the standard asks."""
    return Reply(204)


def recognise(body: bytes) -> str:
    """Answers and notifications have one form; both are called a track. Unreadable for anything else."""
    tracking.read_events(body)
    return "track"
