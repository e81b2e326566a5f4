"""SF's pushes: routes, and the life of a pickup. They carry no signature: the address is the only secret."""

from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Courier, Incoming, Pushing, Reading, ReadPickup, Reply, Unreadable
from carriers.sf import routes, statuses
from db.enums import PickupStatus, PushAuthenticity


def verify(_incoming: Incoming, _access: Access) -> None:
    """SF proves nothing, so there is nothing to check; a repeat is known by the route's ``id``."""


def read(incoming: Incoming) -> Reading:
    """Up to ten routes, or the states of an order's pickup."""
    message = wire.object_of(incoming.body)
    if "orderState" in message:
        return _pickups(message)
    pushed = wire.dig(message, "Body", "WaybillRoute")
    if not isinstance(pushed, list):
        raise Unreadable("the push has neither Body.WaybillRoute nor orderState")
    found = enumerate(wire.objects(pushed, "WaybillRoute"))
    scans = [(each.get("mailno"), each.get("orderid"), routes.scan_of(each, f"WaybillRoute[{n}]")) for n, each in found]
    return Reading(shipments=routes.shipments_of(scans))


def read_pickup(body: bytes) -> Reading:
    """An order state push: who comes for the parcel, and whether it was collected."""
    message = wire.object_of(body)
    if "orderState" not in message:
        raise Unreadable("the message has no orderState")
    return _pickups(message)


def acknowledge(_incoming: Incoming) -> Reply:
    """SF's "thank you"; anything else is sent again."""
    return wire.json_reply({"return_code": "0000", "return_msg": "成功"})


def _pickups(message: dict[str, Any]) -> Reading:
    return Reading(pickups=tuple(_pickup(state) for state in wire.objects(message["orderState"], "orderState")))


def _pickup(state: dict[str, Any]) -> ReadPickup:
    code, phone = wire.word(state.get("orderStateCode")), wire.word(state.get("empPhone"))
    return ReadPickup(
        reference=wire.word(state.get("orderNo")) or None,
        status=statuses.PICKUPS.get(code, PickupStatus.UNKNOWN),
        raw_code=code,
        tracking_number=wire.word(state.get("waybillNo")) or None,
        courier=Courier(phone=phone) if phone else None,
        reason=wire.word(state.get("orderStateDesc")),
        occurred_at=times.local(said, times.BEIJING, "createTm") if (said := state.get("createTm")) else None,
    )


PUSHING = Pushing(PushAuthenticity.ADDRESS_ONLY, verify, read, acknowledge)
