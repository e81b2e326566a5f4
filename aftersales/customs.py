"""The customs' side of a return: whether its way crosses a customs border, what is missing before anything is booked, and
what the carrier is told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.rules import customs as rules
from aftersales.rules.customs import CustomsReason, Goods
from aftersales.rules.returns import LIFE
from carriers import doors
from carriers.booking import Item, Order
from db.case_enums import ReturnStatus
from db.enums import Direction, Party
from db.models.base import from_minor
from db.models.orders import Order as Sale
from db.models.pickups import Pickup
from db.models.returns import Return, ReturnLine, ReturnOrder
from db.models.shipments import Shipment, ShipmentOrder

Border = tuple[str, str]
LONGEST_TITLE = 60  # letters; what the shortest customs line of our carriers takes


@dataclass(frozen=True, slots=True)
class Export:
    """A parcel in which the goods went out: what they are known by at the border they come back over."""

    carrier: str
    tracking_number: str
    delivered_at: datetime | None


def goods(line: ReturnLine) -> Goods:
    """A line as customs are told it."""
    value = line.paid_minor if line.customs_minor is None else line.customs_minor
    return Goods(line.sku, line.quantity, line.hs_code, line.country_of_origin, value, line.weight_grams)


def is_complete(lines: Sequence[ReturnLine]) -> bool:
    """Whether customs can be told everything of them."""
    return not any(rules.gaps(goods(line)) for line in lines)


def between(sender: Mapping[str, Any], recipient: Mapping[str, Any] | None) -> Border | None:
    """The customs border between two addresses, as orders keep them; None: there is none."""
    border = tuple(str((each or {}).get("country") or "").upper() for each in (sender, recipient))
    return (border[0], border[1]) if doors.is_border(*border) else None


def border_of(rma: Return) -> Border | None:
    """The border that its way crosses."""
    known = rma.customs or {}
    return (known["from"], known["to"]) if known.get("from") else None


def is_waiting(rma: Return) -> bool:
    """Whether its booking waits for what customs must be told."""
    return rma.status == ReturnStatus.APPROVED and bool((rma.customs or {}).get("waiting"))


def reason_of(rma: Return) -> CustomsReason:
    """Why the goods go over the border."""
    return rules.reason(rma.resolution, rma.reason)


def cross(rma: Return, lines: Sequence[ReturnLine], border: Border | None, *, is_booked: bool) -> bool:
    """Keeps with an approved return which border its way crosses; whether what is to be booked must wait. Then it is the
    merchant's move, else whose it is by its life."""
    was_waiting, kept = is_waiting(rma), rma.customs or {}
    told = {"exportReference": kept["exportReference"]} if kept.get("exportReference") else {}
    waits = border is not None and is_booked and not is_complete(lines)
    if border is not None:
        told |= {"from": border[0], "to": border[1], "waiting": waits}
    rma.customs = told or None
    if waits or was_waiting:
        rma.waiting_on = Party.MERCHANT if waits else LIFE.waiting.get(ReturnStatus(rma.status))
    return waits


def shown(rma: Return, lines: Sequence[ReturnLine]) -> dict[str, Any]:
    """What the log tells of it."""
    known = rma.customs or {}
    missing = {line.typeid: [gap.name for gap in rules.gaps(goods(line))] for line in lines}
    return {
        "from": known.get("from"),
        "to": known.get("to"),
        "isWaiting": is_waiting(rma),
        "missing": [{"line": line, "gaps": gaps} for line, gaps in missing.items() if gaps],
    }


async def exports(session: AsyncSession, returns: Collection[UUID]) -> dict[UUID, list[Export]]:
    """The parcels in which the goods of each return's orders went out, the oldest first, in one statement."""
    rows: Any = await session.execute(
        select(ReturnOrder.return_id, Shipment)
        .join(ShipmentOrder, ShipmentOrder.order_id == ReturnOrder.order_id)
        .join(Shipment, Shipment.id == ShipmentOrder.shipment_id)
        .where(
            ReturnOrder.return_id.in_(returns),
            Shipment.direction == Direction.FORWARD,
            Shipment.is_of_case.is_(False),
        )
        .order_by(Shipment.created_at, Shipment.id)
    )
    found: dict[UUID, dict[UUID, Export]] = {}
    for return_id, row in rows:
        told = Export(row.carrier_code, row.tracking_number, row.delivered_at)
        found.setdefault(return_id, {})[row.id] = told
    return {return_id: list(each.values()) for return_id, each in found.items()}


async def declared(session: AsyncSession, order: Order, rma: Return, lines: Sequence[ReturnLine]) -> Order:
    """What the carrier is asked for, with what customs must be told where a customs border lies between its doors."""
    if not doors.crosses_border(order):
        return order
    sold = await session.scalars(
        select(Sale.number)
        .join(ReturnOrder, ReturnOrder.order_id == Sale.id)
        .where(ReturnOrder.return_id == rma.id)
        .order_by(Sale.id)
    )
    parcels = (await exports(session, [rma.id])).get(rma.id, [])
    out = (rma.customs or {}).get("exportReference") or ", ".join(each.tracking_number for each in parcels)
    told = [goods(line) for line in lines]
    value = sum(each.value_minor * each.quantity for each in told)
    return replace(
        order,
        items=tuple(_item(line, each) for line, each in zip(lines, told, strict=True)),
        currency=rma.currency,
        declared=from_minor(value, rma.currency).amount,
        customs_reason=reason_of(rma).value,
        invoice=", ".join(sold) or rma.number,
        export_reference=out,
    )


async def of_pickup(session: AsyncSession, order: Order, pickup: Pickup) -> Order:
    """As ``declared``, for the courier who collects a return's goods."""
    if pickup.parent_id is None or not doors.crosses_border(order):
        return order
    rma = await session.get_one(Return, pickup.parent_id)
    lines = await session.scalars(
        select(ReturnLine).where(ReturnLine.return_id == rma.id).order_by(ReturnLine.position)
    )
    return await declared(session, order, rma, list(lines))


def _item(line: ReturnLine, told: Goods) -> Item:
    return Item(
        title=line.title[:LONGEST_TITLE],
        quantity=told.quantity,
        value=from_minor(told.value_minor, line.currency).amount,
        weight_grams=told.grams or 0,
        hs_code=told.hs_code or "",
        origin=told.country_of_origin or "",
        sku=told.sku,
    )
