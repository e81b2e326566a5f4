"""Asking ZTO to push a parcel's scans. The address is set in its console, not here."""

from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Parcel, Reply, Request, Subscribed, Unreadable
from carriers.zto import signing, tracking

API = "zto.merchant.waybill.track.subsrcibe"  # the spelling is theirs


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The subscription of one parcel; CannotAsk without its phone tail."""
    return signing.request(API, parcels[0], access)


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """Taken, or refused for the reason given."""
    answer = wire.object_of(reply.body)
    if "status" not in answer:
        raise Unreadable("status is missing")
    if answer["status"] not in (True, "true"):
        return Subscribed(errors=(tracking.refusal(answer),))
    return Subscribed(accepted=tuple(parcel.tracking_number for parcel in parcels))
