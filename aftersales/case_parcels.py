"""Parcels that belong to cases: what is scanned of them moves the case."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import case_ends, cases, exchanges, pickups, return_goods
from aftersales.cases import Step
from aftersales.log import By
from db.case_enums import CaseKind
from db.enums import Party
from db.models.cases import Case
from db.models.returns import CaseShipment
from db.models.shipments import Shipment

FOLLOW: Mapping[CaseKind, Callable[[AsyncSession, Any, Shipment, Step], Awaitable[None]]] = {
    CaseKind.RETURN: return_goods.follow,
    CaseKind.PICKUP: pickups.follow,
    CaseKind.EXCHANGE: exchanges.follow,
    CaseKind.REPAIR: case_ends.repair_travels,
}
"""What follows for a case of each kind from news of its parcel."""


async def scanned(session: AsyncSession, shipments: Sequence[Shipment], by: By, now: datetime) -> None:
    """Moves the cases of these parcels (their rows locked), one after the other in the order of their ids. A scan is the
    carrier's word, whoever passed it on."""
    parcels = {each.id: each for each in shipments if each.is_of_case}
    if not parcels:
        return
    links: Any = await session.execute(
        select(CaseShipment.case_id, CaseShipment.shipment_id)
        .where(CaseShipment.shipment_id.in_(parcels))
        .order_by(CaseShipment.case_id)
    )
    step = Step(By(Party.CARRIER, by.cause, None, by.reference), now)
    for case_id, shipment_id in links.all():
        await cases.hold_parent(session, case_id)
        case = await session.scalar(
            select(Case).where(Case.id == case_id).with_for_update(of=Case),
            execution_options={"populate_existing": True},
        )
        if case is not None and case.kind in FOLLOW:
            await FOLLOW[case.kind](session, case, parcels[shipment_id], step)
