"""Goods that a hub gathers and sends on together: what waits there, and the parcel that it goes out in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, customs, shipments
from aftersales.cases import Step
from aftersales.refusals import Refusal, RefusalCode, Refused, Transition
from aftersales.rules import consolidations as rules
from aftersales.rules import customs as papers
from aftersales.rules.customs import Goods
from aftersales.shipments import ShipmentWish
from carriers import doors
from db.enums import Direction
from db.models.cases import Case
from db.models.consolidations import Consolidation
from db.models.returns import Return, ReturnLine
from db.models.shipments import Shipment
from db.models.warehouses import Warehouse
from db.vault import Vault

MOST = 250
"""Lines of one parcel."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A parcel that leaves a hub. Without ``line_ids`` all that waits there goes, at most 250 lines."""

    hub: Warehouse
    to: Warehouse
    carrier: str
    tracking_number: str
    line_ids: Collection[UUID] | None = None
    export_reference: str | None = None


def goods(line: ReturnLine) -> Goods:
    """What of a line came to the hub, as customs are told it."""
    return replace(customs.goods(line), quantity=line.received + line.damaged + line.wrong)


async def waiting(session: AsyncSession, hub_id: UUID, among: Collection[UUID] | None = None) -> list[ReturnLine]:
    """The lines that wait at a hub to be sent on, the longest waiting first, at most 250; ``among``: only of these."""
    there = select(ReturnLine).join(Return, Return.id == ReturnLine.return_id)
    if among is not None:
        there = there.where(ReturnLine.id.in_(among))
    rows = await session.scalars(
        there.where(
            Return.warehouse_id == hub_id,
            ReturnLine.consolidation_id.is_(None),
            ReturnLine.received + ReturnLine.damaged + ReturnLine.wrong > 0,
            ReturnLine.disposition.is_not(None),
            ReturnLine.disposition.not_in(sorted(rules.STAYS)),
        )
        .order_by(ReturnLine.id)
        .limit(MOST)
    )
    return list(rows)


def destination(hub: Warehouse, all_: Sequence[Warehouse]) -> Warehouse | None:
    """Where a hub's goods go, of a merchant's warehouses: to the default one, else to the first that is no hub. None: there
    is no other."""
    others = [each for each in all_ if each.id != hub.id and each.returns]
    return min(others, key=lambda each: (not each.is_default, each.is_hub, each.code), default=None)


async def send(session: AsyncSession, vault: Vault, sending: Sending, step: Step) -> Consolidation:
    """The parcel, followed by its scans from now on, with the lines in it; each return tells that its goods went on. Refused
    where nothing waits, a line does not, the papers of a border are not complete, or the number is another parcel's.
    The merchant's key must be at hand."""
    parcel = await _parcel(session, vault, sending, step)
    returns, lines = await _taken(session, sending)
    _demand_papers(sending, lines)
    sent = Consolidation(
        merchant_id=sending.hub.merchant_id,
        hub_id=sending.hub.id,
        warehouse_id=sending.to.id,
        shipment_id=parcel.id,
        export_reference=sending.export_reference,
        sent_at=step.now,
    )
    session.add(sent)
    told = {"carrier": parcel.carrier_code, "trackingNumber": parcel.tracking_number, "to": sending.to.code}
    for line in lines:
        line.consolidation_id = sent.id
    for rma in returns:
        await cases.changed(session, rma, replace(step, told={"consolidation": told}))
    return sent


async def _parcel(session: AsyncSession, vault: Vault, sending: Sending, step: Step) -> Shipment:
    """Parcels are locked before cases, everywhere."""
    wish = ShipmentWish(
        sending.hub.merchant_id,
        sending.carrier,
        sending.tracking_number,
        direction=Direction.REVERSE,
        origin_country=sending.hub.country,
        destination_country=sending.to.country,
        zone=sending.to.zone,
    )
    parcel = await shipments.register(session, vault, wish, step.by, step.now)
    taken = select(Consolidation.id).where(Consolidation.shipment_id == parcel.id)
    if await session.scalar(taken.limit(1)) is not None:
        no = "This number is another consolidated parcel's already."
        raise Refused(Refusal(RefusalCode.DUPLICATE, no, ("trackingNumber",)))
    return parcel


async def _taken(session: AsyncSession, sending: Sending) -> tuple[list[Return], list[ReturnLine]]:
    """The lines that go, with their returns, both locked: two parcels never take the same."""
    found = await waiting(session, sending.hub.id, sending.line_ids)
    if sending.line_ids is not None and len(found) < len(set(sending.line_ids)):
        no = "Not every line named waits at this hub; Warehouse.consolidation lists those that do."
        raise Refused(Refusal(RefusalCode.STATE, no, ("lineIds",), Transition("not_waiting", "sent", ("waiting",))))
    if not found:
        no = "Nothing waits at this hub: goods are sent on once they were received and judged."
        raise Refused(Refusal(RefusalCode.STATE, no, ("hub",), Transition("empty", "sent", ("waiting",))))
    rows: Any = await session.scalars(
        select(Return)
        .where(Return.id.in_({line.return_id for line in found}))
        .order_by(Return.id)
        .with_for_update(of=Case),
        execution_options={"populate_existing": True},
    )
    returns = list(rows)
    lines = await waiting(session, sending.hub.id, [line.id for line in found])
    if len(lines) < len(found):
        raise Refused(Refusal(RefusalCode.CONFLICT, "Some of it went out just now; look again and decide anew.", ()))
    return returns, lines


def _demand_papers(sending: Sending, lines: Sequence[ReturnLine]) -> None:
    if doors.is_border(sending.hub.country, sending.to.country) and not customs.is_complete(lines):
        no = papers.waiting([goods(line) for line in lines])
        raise Refused(Refusal(RefusalCode.POLICY, no, ("lineIds",)))
