"""Asking STO to push parcels' scans. The address is set in its console, not here."""

from collections.abc import Sequence

from carriers.carrier import Access, Parcel, Reply, Request, Subscribed
from carriers.sto import signing, tracking

API = "STO_TRACE_PLATFORM_SUBSCRIBE"
SERVICE = "sto_trace_platform"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The subscription of several parcels."""
    content = {"subscribeInfoList": [{"waybillNo": parcel.tracking_number} for parcel in parcels]}
    return signing.request(API, SERVICE, content, access)


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """Taken, or refused for the reason given."""
    answer = tracking.answered(reply.body)
    if not tracking.succeeded(answer):
        return Subscribed(errors=(tracking.refusal(answer),))
    return Subscribed(accepted=tuple(parcel.tracking_number for parcel in parcels))
