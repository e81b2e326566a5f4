"""The parcel that takes goods out to a buyer again: an exchange's new goods, a repaired device."""

from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import case_links, shipments
from aftersales.cases import Step
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.shipments import ShipmentWish
from db.enums import Direction
from db.models.cases import Case
from db.models.orders import Order
from db.models.returns import CaseShipment, Return
from db.models.shipments import Shipment, ShipmentOrder
from db.vault import Vault


async def parcel(session: AsyncSession, vault: Vault, case: Case, named: tuple[str, str], step: Step) -> Shipment:
    """Follows a carrier's number as the parcel of an exchange or a repair: its scans move the case, and the buyer sees it with
    the order, whose own delivery it leaves alone. Must come before the case's row is locked, since parcels are locked before
    cases. Refused (DUPLICATE) for a parcel that carries something else already."""
    rma = await session.get_one(Return, case.parent_id)
    order = await session.get(Order, case.order_id) if case.order_id else None
    carrier, number = named
    phone: dict[str, Any] = orjson.loads(rma.open(vault, "origin") or "{}")
    wish = ShipmentWish(
        case.merchant_id,
        carrier,
        number,
        direction=Direction.FORWARD,
        destination_country=order.country if order else None,
        zone=order.zone if order else None,
        phone_tail=phone.get("phone"),
    )
    row = await shipments.register(session, vault, wish, step.by, step.now)
    taken = await session.scalar(
        select(CaseShipment.shipment_id).where(CaseShipment.shipment_id == row.id).limit(1)
    ) or await session.scalar(select(ShipmentOrder.shipment_id).where(ShipmentOrder.shipment_id == row.id).limit(1))
    if taken is not None:
        no = "This number is another parcel's already."
        raise Refused(Refusal(RefusalCode.DUPLICATE, no, ("trackingNumber",)))
    await case_links.attach(session, case.id, row)
    if order is not None:
        session.add(ShipmentOrder(merchant_id=row.merchant_id, shipment_id=row.id, order_id=order.id))
    return row
