"""What Kuaidi100 says of a pickup: the answer to its order, and the states it sends to the order's own address."""

from dataclasses import replace
from typing import Any

from carriers import wire
from carriers.carrier import Courier, Incoming, Reading, ReadPickup, Unreadable
from carriers.kuaidi100 import statuses
from carriers.kuaidi100.results import fields_of
from db.enums import PickupStatus

REFERENCE = "booking"  # in the query of the address that we give with an order
SETTLED = {"15", "155"}  # weighed and charged; weighed and charged anew


def is_state(message: dict[str, Any]) -> bool:
    """Whether a push tells of an order, not of a parcel's way."""
    return "lastResult" not in message and bool(wire.word(wire.dig(message, "data", "status")))


def read(body: bytes) -> Reading:
    """Either message; a state also without its form, and as the answer to a question. ``confirmation`` is the taskId that changes and cancellations must repeat."""
    fields = fields_of(body)
    if "param" in fields:
        return Reading(pickups=(state(wire.object_of(fields["param"])),))
    answer = wire.object_of(body)
    if answer.get("result") is not False and is_state(answer):
        return Reading(pickups=(state(answer),))
    order = wire.word(wire.dig(answer, "data", "orderId"))
    if answer.get("result") is not True or not order:
        raise Unreadable("the answer has no pickup order")
    return Reading(
        pickups=(
            ReadPickup(
                reference=order,
                status=PickupStatus.REQUESTED,
                raw_code=wire.word(answer.get("returnCode")),
                tracking_number=number(answer["data"]) or None,
                confirmation=wire.word(wire.dig(answer, "data", "taskId")) or None,
            ),
        )
    )


def pushed(incoming: Incoming, message: dict[str, Any]) -> Reading:
    """A state, by our own reference, which the address repeats."""
    told = state(message)
    return Reading(pickups=(replace(told, reference=wire.word(incoming.query.get(REFERENCE)) or told.reference),))


def state(message: dict[str, Any]) -> ReadPickup:
    """One state of an order. Weight and fee count once they are charged; before, they are what was told."""
    if not is_state(message):
        raise Unreadable("the push has no state of an order")
    data = message["data"]
    code = wire.word(data.get("status"))
    status = statuses.PICKUPS.get(code, PickupStatus.UNKNOWN)
    charged = wire.amount(data.get("freight")) if code in SETTLED else None
    return ReadPickup(
        reference=wire.word(data.get("thirdOrderId")) or wire.word(data.get("orderId")) or None,
        status=status,
        raw_code=code,
        tracking_number=number(message) or number(data) or None,
        confirmation=wire.word(message.get("taskId")) or wire.word(data.get("taskId")) or None,
        courier=courier(data),
        pickup_code=wire.word(data.get("pickupCode")) or None,
        weight_grams=wire.grams(data.get("weight"), 1000) if code in SETTLED else None,
        fee=None if charged is None else (charged, "CNY"),
        reason=wire.word(message.get("message")),
    )


def number(told: dict[str, Any]) -> str:
    """The waybill's number, which they spell in two ways."""
    return wire.word(told.get("kuaidinum")) or wire.word(told.get("kuaidiNum"))


def courier(data: dict[str, Any]) -> Courier | None:
    """Who comes."""
    name, phone = wire.word(data.get("courierName")), wire.word(data.get("courierMobile"))
    return Courier(name or None, phone or None) if name or phone else None
