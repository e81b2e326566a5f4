"""Asking JD to push a parcel's scans. The address is set in its console, not here."""

from collections.abc import Sequence

from carriers.carrier import Access, Parcel, Reply, Request, Subscribed
from carriers.jd import signing, tracking

PATH = "/ecap/v1/orders/trace/subscribe"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The subscription of one parcel. A reference is sent only where it is JD's own order code ("EO..."): to JD
    ours would be a wrong one."""
    [parcel], customer = parcels[:1], access.credential("customer_code")
    told = {
        "waybillCode": parcel.tracking_number,
        "orderCode": parcel.reference if parcel.reference.startswith("EO") else "",
        "mobile": parcel.phone_tail,
        "orderOrigin": signing.ORIGIN,
        "customerCode": customer,
        "businessUnitCode": customer,
    }
    return signing.request(PATH, {name: value for name, value in told.items() if value}, access)


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """Taken, or refused for the reason given."""
    answer = tracking.answered(reply.body)
    if not tracking.succeeded(answer):
        return Subscribed(errors=(tracking.refusal(answer),))
    return Subscribed(accepted=tuple(parcel.tracking_number for parcel in parcels))
