"""What Cainiao says of a pickup: the answer to its creation, and its detail afterwards."""

from typing import Any, TypeGuard

from carriers import wire
from carriers.cainiao import statuses
from carriers.carrier import Courier, Reading, ReadPickup, Unreadable
from db.enums import PickupStatus


def is_pickup(detail: Any) -> TypeGuard[dict[str, Any]]:
    """Whether the inner object names a pickup order; its key differs between creation and detail."""
    return bool(_order(detail))


def read(body: bytes) -> Reading:
    """One pickup."""
    detail = wire.object_of(body).get("data")
    if not is_pickup(detail):
        raise Unreadable("the answer has no pickup order")
    return Reading(pickups=(of(detail),))


def of(detail: dict[str, Any]) -> ReadPickup:
    """A pickup by Cainiao's own number. A creation carries no status: it is REQUESTED. The waybill belongs to the carrier that Cainiao chose. Weight and price (``payInfo``)
    are left alone: in which units they are was never seen."""
    code = wire.word(detail.get("status")) or wire.word(detail.get("orderStatusCode"))
    shown = wire.word(detail.get("gotCode"))
    order = _order(detail) or None
    return ReadPickup(
        reference=order,
        status=PickupStatus.REQUESTED if shown and not code else statuses.of_pickup(code),
        raw_code=code,
        tracking_number=part(detail, "mailNo") or None,
        confirmation=order,
        courier=_courier(detail.get("courierInfo")),
        pickup_code=shown or None,
    )


def part(detail: Any, name: str) -> str:
    """A word of the parcel's, which stands beside the order or in its ``packageInfo``."""
    return wire.word(wire.dig(detail, name)) or wire.word(wire.dig(detail, "packageInfo", name))


def _order(detail: Any) -> str:
    return wire.word(wire.dig(detail, "logisticsOrderCode")) or wire.word(wire.dig(detail, "orderId"))


def _courier(told: Any) -> Courier | None:
    name, phone = wire.word(wire.dig(told, "name")), wire.word(wire.dig(told, "mobile"))
    return Courier(name or None, phone or None) if name or phone else None
