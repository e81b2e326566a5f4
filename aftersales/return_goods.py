"""What happens to a return's goods: scanned on their way, arrived, lost, received line by line, inspected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, green, pickups, resolutions, returns
from aftersales.cases import Step
from aftersales.log import By
from aftersales.refusals import Quantity, Refusal, RefusalCode, Refused
from aftersales.rules.returns import E
from db.case_enums import Condition, Disposition, LineLogistics, RefundTrigger, ReturnStatus
from db.enums import Party, TrackingStatus
from db.ids import typeid
from db.models.returns import Return, ReturnLine
from db.models.shipments import Shipment

CLOCK = By(Party.WAYBRIDGE, "clock")
HAS_LEFT = frozenset(
    {
        TrackingStatus.PICKED_UP,
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.CUSTOMS,
        TrackingStatus.OUT_FOR_DELIVERY,
        TrackingStatus.AVAILABLE_FOR_PICKUP,
        TrackingStatus.ATTEMPT_FAILED,
        TrackingStatus.EXCEPTION,
        TrackingStatus.DELIVERED,
    }
)
"""A parcel in one of these was scanned by its carrier; a label alone is no scan."""


@dataclass(frozen=True, slots=True)
class Received:
    """What the warehouse found of one line: so many in order, damaged, wrong, and what it says is missing for good."""

    line_id: UUID
    received: int = 0
    damaged: int = 0
    wrong: int = 0
    missing: int = 0

    @property
    def all(self) -> int:
        """How many of the line it speaks of."""
        return self.received + self.damaged + self.wrong + self.missing


@dataclass(frozen=True, slots=True)
class Inspected:
    """What becomes of one line's goods, and how they are."""

    line_id: UUID
    disposition: Disposition
    condition: Condition | None = None
    note: Mapping[str, Any] | None = None


async def follow(session: AsyncSession, rma: Return, parcel: Shipment, step: Step) -> None:
    """News of the parcel on its way back: the first scan ships the return back, a delivery starts the clock of receiving, a
    loss lets the money follow its policy. Both rows are locked."""
    lines = await returns.lines_of(session, rma)
    told = replace(step, told={"carrier": parcel.carrier_code, "trackingNumber": parcel.tracking_number})
    if parcel.status in HAS_LEFT:
        await collected(session, rma, told)
    if rma.status != ReturnStatus.SHIPPED_BACK:
        return
    if parcel.status is TrackingStatus.DELIVERED and not rma.is_arrived:
        rma.is_arrived = True
        _set(lines, LineLogistics.DELIVERED)
        await cases.wind(session, rma, E.RECEIVE, parcel.delivered_at or step.now, told)
    elif parcel.status in {TrackingStatus.LOST, TrackingStatus.DISPOSED}:
        await lose(session, rma, told)


async def collected(session: AsyncSession, rma: Return, step: Step) -> None:
    """The carrier has the goods, by a scan or its courier's word: what waited for that begins. Moves nothing where they had
    left already. The row must be locked."""
    if rma.status not in {ReturnStatus.APPROVED, ReturnStatus.EXPIRED}:
        return
    lines = await returns.lines_of(session, rma)
    _set(lines, LineLogistics.IN_TRANSIT)
    await cases.move(session, rma, E.SHIP_BACK if rma.status == ReturnStatus.APPROVED else E.REVIVE, step)
    await resolutions.at(session, (rma, lines), RefundTrigger.FIRST_SCAN, replace(step, told={}))


async def lose(session: AsyncSession, rma: Return, step: Step) -> Return:
    """What did not arrive is missing, through no fault of the buyer: the money follows. The row must be locked."""
    lines = await returns.lines_of(session, rma)
    for line in lines:
        line.logistics, line.condition = LineLogistics.LOST, Condition.MISSING
        line.missing = line.quantity - line.received - line.damaged - line.wrong
    await cases.move(session, rma, E.LOSE, step)
    await _inspected(session, rma, lines, step)
    return rma


async def receive(session: AsyncSession, rma: Return, counted: Sequence[Received], step: Step) -> Return:
    """What the warehouse counted, laid over what it counted before; complete once every piece is accounted for. Refused
    where more came than was asked for. The row must be locked."""
    lines = {line.id: line for line in await returns.lines_of(session, rma)}
    refusals = [no for index, each in enumerate(counted) for no in _wrong(index, each, lines.get(each.line_id))]
    if refusals or not counted:
        raise Refused(*(refusals or [Refusal(RefusalCode.INVALID, "Name what was received.", ("lines",))]))
    for each in counted:
        line = lines[each.line_id]
        line.received, line.damaged = line.received + each.received, line.damaged + each.damaged
        line.wrong, line.missing = line.wrong + each.wrong, line.missing + each.missing
        line.condition = _condition(line)
        line.logistics = LineLogistics.RECEIVED if line.received + line.damaged + line.wrong else line.logistics
    told = replace(step, told={"lines": [shown(lines[each.line_id]) for each in counted]})
    complete = all(_left(line) == 0 for line in lines.values())
    await cases.move(session, rma, E.RECEIVE if complete else E.RECEIVE_PART, told)
    if complete:
        await green.granted(session, rma, step)
        await pickups.not_needed(session, rma, replace(step, why="The goods are here."))
    await resolutions.at(session, (rma, list(lines.values())), RefundTrigger.RECEIPT, step)
    return rma


async def inspect(session: AsyncSession, rma: Return, judged: Sequence[Inspected], step: Step) -> Return:
    """What becomes of the goods, line by line; once all are judged, the money due by inspection begins and the return
    closes when nothing under it is open. The row must be locked."""
    lines = {line.id: line for line in await returns.lines_of(session, rma)}
    for index, each in enumerate(judged):
        line = lines.get(each.line_id)
        if line is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "No such line of this return.", ("lines", str(index), "id")))
        line.disposition = each.disposition
        line.condition = each.condition or line.condition
        line.inspection = dict(each.note) if each.note else line.inspection
    told = replace(step, told={"lines": [shown(lines[each.line_id]) for each in judged]})
    await cases.move(session, rma, E.INSPECT, told)
    await _inspected(session, rma, list(lines.values()), step)
    return rma


async def receive_by_clock(session: AsyncSession, rma: Return, step: Step) -> Return:
    """Time is up: what was delivered counts as received in order, what never came of a part as missing."""
    lines = await returns.lines_of(session, rma)
    for line in lines:
        if rma.status == ReturnStatus.PARTIALLY_RECEIVED:
            line.missing += _left(line)
        else:
            line.received += _left(line)
            line.logistics = LineLogistics.RECEIVED
        line.condition = _condition(line)
    await cases.move(session, rma, E.RECEIVE, replace(step, told={"lines": [shown(line) for line in lines]}))
    await resolutions.at(session, (rma, lines), RefundTrigger.RECEIPT, step)
    return rma


async def inspect_by_clock(session: AsyncSession, rma: Return, step: Step) -> Return:
    """Time is up: what nobody judged is as described and goes back on the shelf, what came damaged is refurbished."""
    lines = await returns.lines_of(session, rma)
    for line in lines:
        if line.disposition is None and line.logistics not in {LineLogistics.LOST, LineLogistics.KEPT}:
            line.condition = Condition.AS_DESCRIBED if line.condition is Condition.PENDING else line.condition
            fine = line.condition is Condition.AS_DESCRIBED
            line.disposition = Disposition.RESTOCK if fine else Disposition.REFURBISH
    await cases.move(session, rma, E.INSPECT, replace(step, told={"lines": [shown(line) for line in lines]}))
    await _inspected(session, rma, lines, step)
    return rma


async def _inspected(session: AsyncSession, rma: Return, lines: list[ReturnLine], step: Step) -> None:
    """The money of what is judged; once every line is, the end, or the wait for the rest."""
    await resolutions.at(session, (rma, lines), RefundTrigger.INSPECTION, step)
    judged = all(line.disposition is not None or line.logistics in _GONE for line in lines)
    if not judged:
        return
    if not await resolutions.close(session, rma, replace(step, by=CLOCK)):
        await cases.wind(session, rma, E.REMIND, step.now, step)


def shown(line: ReturnLine) -> dict[str, Any]:
    """What the log tells of a line."""
    return {
        "id": typeid(ReturnLine.prefix, line.id),
        "quantity": line.quantity,
        "received": line.received,
        "damaged": line.damaged,
        "wrong": line.wrong,
        "missing": line.missing,
        "condition": line.condition.name,
        "disposition": line.disposition.name if line.disposition else None,
    }


def _wrong(index: int, each: Received, line: ReturnLine | None) -> Iterable[Refusal]:
    if line is None:
        yield Refusal(RefusalCode.NOT_FOUND, "No such line of this return.", ("lines", str(index), "id"))
    elif min(each.received, each.damaged, each.wrong, each.missing) < 0 or each.all == 0:
        yield Refusal(RefusalCode.INVALID, "Counts are whole numbers of which one is not 0.", ("lines", str(index)))
    elif each.all > _left(line):
        sentence = f"{_left(line)} of this line are still awaited; {each.all} were counted."
        yield Refusal(RefusalCode.QUANTITY, sentence, ("lines", str(index)), Quantity(_left(line), each.all))


def _left(line: ReturnLine) -> int:
    return line.quantity - line.received - line.damaged - line.wrong - line.missing


def _condition(line: ReturnLine) -> Condition:
    """The worst of what came."""
    if line.damaged:
        return Condition.DAMAGED
    if line.wrong:
        return Condition.WRONG_ITEM
    if line.missing:
        return Condition.MISSING
    return line.condition


def _set(lines: Iterable[ReturnLine], logistics: LineLogistics) -> None:
    for line in lines:
        line.logistics = logistics


_GONE = frozenset({LineLogistics.LOST, LineLogistics.KEPT})
