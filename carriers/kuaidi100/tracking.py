"""Asks Kuaidi100 where a parcel is. Its query needs to be told whose parcel it is."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from carriers import wire
from carriers.carrier import Access, CannotAsk, Parcel, Reading, Reply, Request, Tracking, Unreadable
from carriers.kuaidi100 import companies, results


def sign(*parts: str) -> str:
    """Upper-case hex MD5 of the parts joined: param+key+customer for queries, param+salt for pushes."""
    return wire.md5_hex("".join(parts)).upper()


def param(value: Any) -> str:
    """The text of the ``param`` field; what is signed is what is sent."""
    return json.dumps(value, ensure_ascii=False)


def company(parcel: Parcel) -> str:
    """Their code of the parcel's carrier, or CannotAsk."""
    com = companies.COMS.get(parcel.carrier)
    if com is None:
        raise CannotAsk("kuaidi100 must be told the parcel's carrier, and has no code for this one")
    return com


def detail(access: Access) -> str:
    """``resultv2``: 4 gives fine codes, but only to accounts it was activated for; 1 gives names of states."""
    return "4" if access.credentials.get("fine_statuses") else "1"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """A query of one number; SF and ZTO want digits of a phone."""
    [parcel] = parcels
    asked = param(
        {
            "com": company(parcel),
            "num": parcel.tracking_number,
            "phone": parcel.phone_tail,
            "from": "",
            "to": "",
            "resultv2": detail(access),
            "show": "0",
            "order": "desc",
        }
    )
    customer, key = access.credential("customer"), access.credential("key")
    fields = {"customer": customer, "param": asked, "sign": sign(asked, key, customer)}
    return wire.form_request(f"{access.base_url}/poll/query.do", fields)


def read(reply: Reply) -> Reading:
    """The result of one number. "No record" (201) looks like a result without events; it is a ``not_found`` error."""
    answer = wire.object_of(reply.body)
    if (refusal := results.refusal_of(answer)) is not None:
        return Reading(errors=(refusal,))
    if "status" not in answer or "lastResult" in answer:
        raise Unreadable("the answer has no result")
    return results.reading_of(answer, "", reply.received_at)


def read_error(body: bytes) -> Reading:
    """What Kuaidi100 refused. Unreadable when it refused nothing."""
    return wire.only_errors(read(Reply(body=body)))


TRACKING = Tracking(request, read, at_most=1, no_oftener=timedelta(minutes=30))
