"""Asks an ocean carrier to be told of one container or booking."""

import base64
from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Finding, Parcel, Reply, Request, Subscribed
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


def search(parcels: Sequence[Parcel], access: Access) -> Request:
    """All our subscriptions: the standard makes a new one each time it is asked."""
    del parcels
    told = {**tracking.headers(access), "Accept": "application/json"}
    return Request("GET", f"{tracking.base(access)}/v2/event-subscriptions?limit=1000", told)


def found(reply: Reply, parcels: Sequence[Parcel], access: Access) -> Subscribed:
    """The numbers that are told to our address already; none from a carrier that lists no subscriptions."""
    if reply.status in wire.NO_SUCH_QUESTION:
        return Subscribed()
    if reply.status >= 400:
        return Subscribed(errors=tracking.read(reply).errors)
    ours = [
        each
        for each in wire.objects(wire.json_of(reply.body), "the list of subscriptions")
        if each.get("callbackUrl") == access.callback_url
    ]
    told = {wire.word(each.get(name)) for each in ours for name in ("equipmentReference", "carrierBookingReference")}
    return Subscribed(tuple(each.tracking_number for each in parcels if each.tracking_number in told))


FINDING = Finding(search, found)
