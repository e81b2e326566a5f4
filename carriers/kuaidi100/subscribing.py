"""Asks Kuaidi100 to be told of a number, with a salt that its pushes will be signed with."""

from collections.abc import Sequence
from urllib.parse import urlencode

from carriers import wire
from carriers.carrier import Access, Parcel, ReadError, Reply, Request, Subscribed, Subscribing, Unreadable
from carriers.kuaidi100 import tracking

REPEATED = "501"  # the number is subscribed already


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """A subscription of one number. Always with a salt: without one their pushes carry no sign at all. The callback
    repeats the number, since an aborted push may leave it out."""
    [parcel] = parcels
    join = "&" if "?" in access.callback_url else "?"
    parameters = {
        "callbackurl": access.callback_url + join + urlencode({"number": parcel.tracking_number}),
        "salt": access.push_secret,
        "resultv2": tracking.detail(access),
        "autoCom": "0",
        "interCom": "0",
        "departureCountry": "",
        "departureCom": "",
        "destinationCountry": "",
        "destinationCom": "",
        "phone": parcel.phone_tail,
    }
    asked = {
        "company": tracking.company(parcel),
        "number": parcel.tracking_number,
        "from": "",
        "to": "",
        "key": access.credential("key"),
        "parameters": parameters,
    }
    return wire.form_request(f"{access.base_url}/poll", {"schema": "json", "param": tracking.param(asked)})


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """Whether the number was taken; one that already was is as good."""
    answer = wire.object_of(reply.body)
    [parcel] = parcels
    code = wire.word(answer.get("returnCode"))
    if answer.get("result") is True or code == REPEATED:
        return Subscribed((parcel.tracking_number,))
    if "result" not in answer:
        raise Unreadable("the answer has no result")
    retryable = code == "500"
    return Subscribed(
        errors=(ReadError(code, wire.word(answer.get("message")), parcel.tracking_number, retryable=retryable),)
    )


SUBSCRIBING = Subscribing(request, read)
