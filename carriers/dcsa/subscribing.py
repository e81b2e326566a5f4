"""Asks an ocean carrier to be told of one container or booking."""

import base64
from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Parcel, Reply, Request, Subscribed
from carriers.dcsa import tracking


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """One subscription a number; the secret travels as Base64."""
    [parcel] = parcels
    body = {
        "callbackUrl": access.callback_url,
        "secret": base64.b64encode(access.push_secret.encode()).decode(),
        tracking.key_of(parcel.tracking_number): parcel.tracking_number,
    }
    return wire.json_request("POST", f"{tracking.base(access)}/v2/event-subscriptions", body, tracking.headers(access))


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """The subscription's id, or why not."""
    if reply.status >= 400:
        return Subscribed(errors=tracking.read(reply).errors)
    told = wire.object_of(reply.body)
    identity = wire.needed(told.get("subscriptionID"), "subscriptionID")
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels), subscription_id=identity)
