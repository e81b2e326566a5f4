"""Asks SF to be told of a waybill's routes. Where they go is set in SF's console, not here."""

from collections.abc import Sequence

from carriers.carrier import Access, Parcel, Reply, Request, Subscribed, Subscribing
from carriers.sf import answers, signing

REGISTER = "EXP_RECE_REGISTER_ROUTE"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The subscription of one waybill (type 2)."""
    [parcel] = parcels
    message = {
        "attributeNo": parcel.tracking_number,
        "type": "2",
        "checkPhoneNo": parcel.phone_tail,
        "orderId": parcel.reference,
        "clientIp": access.credentials.get("client_ip", ""),
        "language": "zh-CN",
        "country": "CN",
    }
    return signing.signed(REGISTER, message, access)


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """Whether SF took the number."""
    _, errors = answers.opened(reply.body)
    return Subscribed(errors=errors) if errors else Subscribed(tuple(each.tracking_number for each in parcels))


SUBSCRIBING = Subscribing(request, read)
