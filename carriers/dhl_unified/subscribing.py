"""Asks DHL to be told of an account's parcels. DHL signs nothing: it sends a header we choose."""

from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Parcel, Reply, Request, Subscribed

HEADER = "X-Waybridge-Token"
EVENTS = ["pre-transit", "transit", "delivered", "failure", "unknown"]
SUBSCRIPTIONS = "/tracking/push/v1/subscription"


def request(_parcels: Sequence[Parcel], access: Access) -> Request:
    """One subscription for all parcels of an account of one DHL service."""
    return wire.json_request(
        "POST",
        access.base_url + SUBSCRIPTIONS,
        {
            "format": "Default",
            "service": access.credential("service"),
            "hook": {
                "uri": access.callback_url,
                "authentication": {"type": "ApiKeyAuthentication", "header": HEADER, "token": access.push_secret},
            },
            "events": EVENTS,
            "type": "Account",
            "accountID": access.credential("account_id"),
        },
        {"DHL-API-Key": access.credential("api_key")},
    )


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """The subscription's id; it lives only after the validation that DHL sends next."""
    if reply.status >= 400:
        return Subscribed(errors=(wire.refused(reply),))
    told = wire.object_of(reply.body)
    named = next((name for name in ("subscriptionId", "id", "self") if wire.word(told.get(name))), "id")
    identity = wire.needed(told.get(named), "the subscription's id").rpartition("/")[2]
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels), subscription_id=identity)
