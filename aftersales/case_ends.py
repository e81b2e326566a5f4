"""How exchanges and repairs end, and what their return does then: it closes, or goes on with something else. The rows of the
return and of the case must be locked, the return's first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, exchanges, repairs, resolutions
from aftersales.cases import Step
from aftersales.exchange_wishes import ExchangeWish, told
from aftersales.exchanges import GOES_AGAIN, RETURN
from aftersales.repairs import Update
from aftersales.rules.exchanges import E
from aftersales.rules.repairs import E as RepairEvent
from db.case_enums import ExchangeStatus, LineLogistics, RefundTrigger, RepairStatus, Resolution, ReturnStatus
from db.enums import TrackingStatus
from db.models.exchanges import Exchange
from db.models.repairs import Repair
from db.models.returns import Return, ReturnLine
from db.models.shipments import Shipment

UNDECIDED = frozenset({ReturnStatus.REQUESTED, ReturnStatus.NEEDS_INFO, ReturnStatus.DECLINED, ReturnStatus.DISPUTED})
REACHED: Mapping[str, RefundTrigger] = {
    ReturnStatus.APPROVED: RefundTrigger.APPROVAL,
    ReturnStatus.SHIPPED_BACK: RefundTrigger.FIRST_SCAN,
    ReturnStatus.PARTIALLY_RECEIVED: RefundTrigger.FIRST_SCAN,
    ReturnStatus.RECEIVED: RefundTrigger.RECEIPT,
}
"""The last milestone that a return of a status has passed; an expired one has passed none."""


async def convert(session: AsyncSession, exchange: Exchange, step: Step) -> Exchange:
    """The buyer gets the money instead, when the return's own milestones make it due."""
    rma = await session.get_one(Return, exchange.parent_id)
    await exchanges.over(session, rma, exchange, E.CONVERT, step)
    await _instead(session, rma, Resolution.REFUND, step)
    return exchange


async def complete(session: AsyncSession, exchange: Exchange, step: Step) -> Exchange:
    """Done: the buyer has the new goods."""
    rma = await session.get_one(Return, exchange.parent_id)
    await cases.move(session, exchange, E.COMPLETE, replace(step, told=told(exchange)))
    await resolutions.close(session, rma, Step(RETURN, step.now))
    return exchange


async def undecided(session: AsyncSession, exchange: Exchange, step: Step) -> None:
    """Time is up for an exchange before its goods went out: it becomes a refund, but waits for a return that is not decided
    and goes with one that is over. An expired return may come to life again, and then it is about money."""
    rma = await session.get_one(Return, exchange.parent_id)
    if rma.is_terminal and rma.status != ReturnStatus.EXPIRED:
        await exchanges.over(session, rma, exchange, E.CANCEL, step)
    elif rma.status in UNDECIDED:
        await cases.wind(session, exchange, E.CONVERT, step.now, step)
    else:
        await convert(session, exchange, step)


async def not_shipped(session: AsyncSession, exchange: Exchange, step: Step) -> None:
    """A promise was not kept; but what a courier was to bring to a door is called off with a return that is over."""
    rma = await session.get_one(Return, exchange.parent_id)
    if exchange.is_at_door and exchange.status == ExchangeStatus.RELEASED and rma.is_terminal:
        await exchanges.over(session, rma, exchange, E.CANCEL, step)
    else:
        await cases.move(session, exchange, E.REMIND, step)


async def worked_on(
    session: AsyncSession, repair: Repair, wish: Update, instead: ExchangeWish | None, step: Step
) -> Repair:
    """What happened in the workshop. What cannot be repaired becomes the exchange of ``instead``, else a refund; what the
    buyer has back closes its return."""
    await repairs.update(session, repair, wish, step)
    rma = await session.get_one(Return, repair.parent_id)
    if wish.event is RepairEvent.GIVE_UP and instead is not None:
        rma.resolution = Resolution.EXCHANGE
        lines = await _lines(session, rma)
        await resolutions.prepare(session, rma, lines, {"exchange": instead}, step)
        await resolutions.at(session, (rma, lines), RefundTrigger.APPROVAL, step)
        await _instead(session, rma, Resolution.EXCHANGE, step)
    elif wish.event is RepairEvent.GIVE_UP:
        await _instead(session, rma, Resolution.REFUND, step)
    elif wish.event is RepairEvent.COMPLETE:
        await resolutions.close(session, rma, Step(RETURN, step.now))
    return repair


async def repair_travels(session: AsyncSession, repair: Repair, parcel: Shipment, step: Step) -> None:
    """News of the parcel back to the buyer: delivered, it is done; lost, the buyer gets their money."""
    if repair.status != RepairStatus.OUTBOUND or repair.tracking_number != parcel.tracking_number:
        return
    by = Step(RETURN, step.now)
    if parcel.status is TrackingStatus.DELIVERED:
        await worked_on(session, repair, Update(RepairEvent.COMPLETE), None, by)
    elif parcel.status in GOES_AGAIN - {TrackingStatus.RETURNED}:
        await worked_on(session, repair, Update(RepairEvent.GIVE_UP), None, by)


async def not_begun(session: AsyncSession, repair: Repair, step: Step) -> None:
    """Time is up for a repair whose goods did not come: it waits for its return, and ends with it. An expired return may come
    to life again, and then it is about money."""
    rma = await session.get_one(Return, repair.parent_id)
    event = RepairEvent.APPROVE if repair.status == RepairStatus.REQUESTED else RepairEvent.CANCEL
    if not rma.is_terminal:
        await cases.wind(session, repair, event, step.now, step)
        return
    declined = rma.status == ReturnStatus.DECLINED and event is RepairEvent.APPROVE
    await cases.move(session, repair, RepairEvent.DECLINE if declined else RepairEvent.CANCEL, step)
    if rma.status == ReturnStatus.EXPIRED:
        await _instead(session, rma, Resolution.REFUND, step)


async def _instead(session: AsyncSession, rma: Return, resolution: Resolution, step: Step) -> None:
    """The return goes on with another resolution, from the milestone that it has passed."""
    rma.resolution = resolution
    by = replace(step, by=RETURN, told={"resolution": resolution.name})
    await cases.changed(session, rma, by)
    lines = await _lines(session, rma)
    reached = REACHED.get(rma.status)
    if rma.status == ReturnStatus.RECEIVED and all(_is_judged(line) for line in lines):
        reached = RefundTrigger.INSPECTION
    if reached is not None:
        await resolutions.at(session, (rma, lines), reached, replace(by, told={}))
    await resolutions.close(session, rma, Step(RETURN, step.now))


def _is_judged(line: ReturnLine) -> bool:
    return line.disposition is not None or line.logistics in {LineLogistics.LOST, LineLogistics.KEPT}


async def _lines(session: AsyncSession, rma: Return) -> Sequence[Any]:
    rows = await session.scalars(select(ReturnLine).where(ReturnLine.return_id == rma.id).order_by(ReturnLine.position))
    return rows.all()
