"""Asking Yunda to follow a parcel: its queries answer only after this."""

from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Parcel, Reply, Request, Subscribed
from carriers.yunda import signing, tracking

PATH = "/openapi/outer/logictis/subscribe"  # the spelling is theirs


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The subscription of parcels; our reference stands as the order's id, the number itself where there is none."""
    orders = [{"orderid": each.reference or each.tracking_number, "mailno": each.tracking_number} for each in parcels]
    return signing.request(PATH, {"orders": orders}, access)


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """Taken, or refused for the reason given."""
    answer = wire.object_of(reply.body)
    if not tracking.succeeded(answer):
        return Subscribed(errors=(tracking.refusal(answer),))
    return Subscribed(accepted=tuple(parcel.tracking_number for parcel in parcels))
