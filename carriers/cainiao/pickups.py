"""What Cainiao says of a pickup: the answer to its creation, and its detail afterwards."""

from typing import Any

from carriers import wire
from carriers.cainiao import statuses
from carriers.carrier import Courier, Reading, ReadPickup, Unreadable
from db.enums import PickupStatus


def is_pickup(detail: Any) -> bool:
    """Whether the inner object names a pickup order; its key differs between creation and detail."""
    return bool(_order(detail))


def read(body: bytes) -> Reading:
    """One pickup. ``confirmation`` is the code the courier must be shown. A creation carries no status: it is
    REQUESTED. The waybill belongs to the carrier that Cainiao chose."""
    detail = wire.object_of(body).get("data")
    if not is_pickup(detail):
        raise Unreadable("the answer has no pickup order")
    code = wire.word(wire.dig(detail, "status")) or wire.word(wire.dig(detail, "orderStatusCode"))
    created = not code and bool(wire.dig(detail, "gotCode"))
    return Reading(
        pickups=(
            ReadPickup(
                reference=_order(detail),
                status=PickupStatus.REQUESTED if created else statuses.of_pickup(code),
                raw_code=code,
                tracking_number=wire.word(wire.dig(detail, "mailNo")) or None,
                confirmation=wire.word(wire.dig(detail, "gotCode")) or None,
                courier=_courier(wire.dig(detail, "courierInfo")),
            ),
        )
    )


def _order(detail: Any) -> str:
    return wire.word(wire.dig(detail, "logisticsOrderCode")) or wire.word(wire.dig(detail, "orderId"))


def _courier(told: Any) -> Courier | None:
    name, phone = wire.word(wire.dig(told, "name")), wire.word(wire.dig(told, "mobile"))
    return Courier(name or None, phone or None) if name or phone else None
