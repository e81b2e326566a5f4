"""What can happen to a return before its goods travel: asked for, approved, declined, asked about, answered, appealed,
cancelled. What its goods and its money do stands in ``return_goods`` and ``resolutions``."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, eligibility, handing_in, refunds, resolutions, ways
from aftersales.cases import Step
from aftersales.eligibility import Assessed, LineWish
from aftersales.log import By
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules.eligibility import at_line
from aftersales.rules.geometry import Position
from aftersales.rules.policies import FAULTS
from aftersales.rules.returns import E
from db.case_enums import RefundTrigger, Resolution, ReturnMethod, ReturnStatus, Verdict
from db.enums import Party
from db.ids import typeid
from db.models.green import Packaging
from db.models.orders import Order
from db.models.returns import Return, ReturnLine, ReturnOrder
from db.vault import Vault

RULES = By(Party.WAYBRIDGE, "policy")


@dataclass(frozen=True, slots=True)
class ReturnWish:
    """What a buyer asks for, or their merchant for them. ``origin`` is where the goods are, when it is not where the order
    went (the fields of an address). ``channel`` is how it was asked for. ``method`` None: what the plan ranks first. ``position`` is where the buyer is, so
    that a point can be chosen near by; ``point_id`` the one they chose."""

    lines: tuple[LineWish, ...]
    resolution: Resolution = Resolution.REFUND
    method: ReturnMethod | None = None
    note: str | None = None
    channel: str | None = None
    origin: dict[str, Any] | None = None
    is_express: bool = False
    packaging: Packaging | None = None
    position: Position | None = None
    point_id: UUID | None = None
    size_mm: tuple[int, int, int] | None = None
    buyer_id: UUID | None = None  # a buyer asks: their own orders only
    extras: dict[str, Any] = field(
        default_factory=dict
    )  # what the wished resolution needs: the new goods of an exchange


async def request(session: AsyncSession, vault: Vault, wish: ReturnWish, step: Step) -> Return:
    """The return, decided at once where the policy needs no person. Refused with everything that stands in its way. The
    merchant's key must be at hand."""
    assessed = await _assessed(session, wish, step)
    first = assessed[0]
    allowed = {method for each in assessed for method in each.answer.methods}
    wished = (wish.method, wish.point_id)
    wish = replace(wish, method=await handing_in.method(session, wished, allowed, has_place=wish.position is not None))
    orders = {each.order.id: each.order for each in assessed}
    rma = Return(
        merchant_id=first.order.merchant_id,
        number="",
        customer_id=first.order.customer_id,
        order_id=first.order.id if len(orders) == 1 else None,
        reason=max((each.wish.reason for each in assessed), key=lambda reason: (reason in FAULTS, reason)),
        resolution=wish.resolution,
        method=wish.method,
        trigger=resolutions.trigger_of(first.policy.trigger, is_express=wish.is_express),
        policy=first.policy.ref(),
        currency=first.line.currency,
        value_minor=sum(each.line.unit_price_minor * each.wish.quantity for each in assessed),
        channel=wish.channel,
        is_express=wish.is_express,
        packaging=wish.packaging,
        point_id=wish.point_id,
        size_mm=[*wish.size_mm] if wish.size_mm else None,
    )
    if resolutions.needs_goods(rma) and rma.method is not ReturnMethod.KEEP_ITEM:
        handing_in.may_travel(assessed)
    origin = wish.origin or orjson.loads(first.order.open(vault, "shipping_address") or "{}")
    if wish.position is not None:
        origin = {**origin, "position": [wish.position.latitude, wish.position.longitude]}
    rma.seal(vault, origin=orjson.dumps(origin).decode(), note=wish.note)
    lines = [_line(rma, position, each) for position, each in enumerate(assessed)]
    told: dict[str, Any] = {
        "resolution": wish.resolution.name,
        "reason": rma.reason.name,
        "lines": [_told(each) for each in lines],
    }
    told |= {"policy": {"code": first.policy.code, "version": first.policy.version}}
    await cases.opened(session, rma, replace(step, told=told, why=None))
    session.add_all(
        [*lines, *(ReturnOrder(merchant_id=rma.merchant_id, return_id=rma.id, order_id=id_) for id_ in orders)]
    )
    await resolutions.prepare(session, rma, lines, wish.extras, step)
    if all(each.answer.verdict is Verdict.AUTO_APPROVE for each in assessed):
        because = [{"rule": rule, "holds": holds} for rule, holds in first.answer.because]
        await _approved(session, vault, (rma, lines), because, replace(step, by=RULES))
    if wish.method is not None:
        await handing_in.possible(session, vault, (rma, lines))
    return rma


async def _assessed(session: AsyncSession, wish: ReturnWish, step: Step) -> list[Assessed]:
    """The lines with their answers; Refused unless every one of them may come back."""
    if not wish.lines:
        raise Refused(Refusal(RefusalCode.INVALID, "Name at least one line.", ("lines",)))
    answers = await eligibility.assess(session, wish.lines, wish.resolution, step.now, lock=True)
    refusals: list[Refusal] = []
    for index, each in enumerate(answers):
        path = ("lines", str(index))
        if each is None or (wish.buyer_id is not None and each.order.customer_id != wish.buyer_id):
            no = Refusal(RefusalCode.NOT_FOUND, "No such line of an order; see Order.lines.", ("orderLineId",))
            refusals.append(replace(no, field=(*path, *no.field)))
        else:
            told = [at_line(no, index) for no in each.answer.refusals]
            refusals += [no for no in told if no not in refusals]
    found = [each for each in answers if each is not None]
    if len({each.order.customer_id for each in found}) > 1:
        refusals.append(Refusal(RefusalCode.INVALID, "One return is of one buyer; make one for each.", ("lines",)))
    if len({each.line.currency for each in found}) > 1:
        refusals.append(Refusal(RefusalCode.INVALID, "One return is in one currency; make one for each.", ("lines",)))
    if wish.method is not None and any(wish.method not in each.answer.methods for each in found):
        refusals.append(Refusal(RefusalCode.POLICY, "That way back is not offered for these goods.", ("method",)))
    if refusals:
        raise Refused(*refusals)
    return found


async def approve(session: AsyncSession, vault: Vault, rma: Return, step: Step) -> Return:
    """The goods may come back: the way begins. The row must be locked."""
    lines = await lines_of(session, rma)
    await _approved(session, vault, (rma, lines), [{"rule": "the merchant approved", "holds": True}], step)
    return rma


async def _approved(
    session: AsyncSession, vault: Vault, goods: tuple[Return, Sequence[ReturnLine]], because: list[Any], step: Step
) -> None:
    rma, lines = goods
    rma.decision = _decision("APPROVED", because, step)
    await cases.move(session, rma, E.APPROVE, replace(step, told={"decision": "APPROVED", **step.told}))
    await resolutions.at(session, (rma, lines), RefundTrigger.APPROVAL, step)
    if not resolutions.needs_goods(rma) or rma.method is ReturnMethod.KEEP_ITEM:
        await resolutions.kept(session, (rma, lines), replace(step, by=RULES))
    else:
        await ways.begin(session, vault, (rma, lines), replace(step, by=RULES))


async def decline(session: AsyncSession, rma: Return, reason: str, step: Step) -> Return:
    """Not taken back, for a reason; the buyer may appeal until the deadline. The row must be locked."""
    if not reason.strip():
        raise Refused(Refusal(RefusalCode.INVALID, "Say why it is declined; the buyer reads it.", ("reason",)))
    rma.decision = _decision("DECLINED", [{"rule": reason, "holds": False}], step)
    await cases.move(session, rma, E.DECLINE, replace(step, why=reason, told={"decision": "DECLINED"}))
    rma.decision = {**rma.decision, "appealUntil": rma.deadline_at.isoformat() if rma.deadline_at else None}
    return rma


async def ask(session: AsyncSession, vault: Vault, rma: Return, question: str, step: Step) -> Return:
    """The merchant needs to know something; its own clock waits. The row must be locked."""
    if not question.strip():
        raise Refused(Refusal(RefusalCode.INVALID, "Ask something.", ("question",)))
    rma.seal(vault, question=question)
    return await cases.move(session, rma, E.ASK, step)


async def answer(session: AsyncSession, vault: Vault, rma: Return, text: str, step: Step) -> Return:
    """The buyer answers, and the merchant's clock begins anew. The row must be locked."""
    if not text.strip():
        raise Refused(Refusal(RefusalCode.INVALID, "An answer has words.", ("answer",)))
    rma.seal(vault, answer=text)
    return await cases.move(session, rma, E.ANSWER, step)


async def cancel(session: AsyncSession, rma: Return, step: Step) -> Return:
    """Called off before any scan, with its pickups, its labels and what was kept for it. The row must be locked."""
    await cases.move(session, rma, E.CANCEL, step)
    await refunds.demand_unmoved(session, rma)
    await resolutions.undone(session, rma, step)
    await ways.undo(session, rma, step)
    return rma


async def dispute(session: AsyncSession, rma: Return, reason: str, step: Step) -> Return:
    """A side appeals, once. The row must be locked."""
    if rma.disputes:
        sentence = (
            "It was appealed once, and there is no second appeal; turn to the platform or the consumer authority."
        )
        raise Refused(Refusal(RefusalCode.POLICY, sentence, ("id",)))
    rma.disputes += 1
    return await cases.move(session, rma, E.DISPUTE, replace(step, why=reason))


RULINGS = {"APPROVE": E.UPHOLD, "COMPLETE": E.SETTLE, "DECLINE": E.REJECT}


async def rule(session: AsyncSession, vault: Vault, rma: Return, ruling: str, step: Step) -> Return:
    """The platform decides a dispute for good. The row must be locked."""
    event = RULINGS[ruling]
    rma.decision = _decision(ruling, [{"rule": step.why or "the platform's ruling", "holds": True}], step)
    await cases.move(session, rma, event, replace(step, told={"decision": ruling}))
    if event is E.REJECT:
        await refunds.withdraw(session, rma, step)
    if rma.status == ReturnStatus.APPROVED:
        lines = await lines_of(session, rma)
        if any(line.received + line.damaged + line.wrong + line.missing for line in lines):
            await resolutions.upheld(session, (rma, lines), replace(step, by=RULES))
            return rma
        await resolutions.at(session, (rma, lines), RefundTrigger.APPROVAL, step)
        if resolutions.needs_goods(rma):
            await ways.begin(session, vault, (rma, lines), replace(step, by=RULES))
    return rma


async def lines_of(session: AsyncSession, rma: Return) -> list[ReturnLine]:
    """Its lines, in sequence."""
    rows = await session.scalars(select(ReturnLine).where(ReturnLine.return_id == rma.id).order_by(ReturnLine.position))
    return list(rows)


async def orders_of(session: AsyncSession, rma: Return) -> list[Order]:
    """The orders whose goods come back."""
    rows = await session.scalars(
        select(Order)
        .join(ReturnOrder, ReturnOrder.order_id == Order.id)
        .where(ReturnOrder.return_id == rma.id)
        .order_by(Order.id)
    )
    return list(rows)


def _line(rma: Return, position: int, each: Assessed) -> ReturnLine:
    return ReturnLine(
        merchant_id=rma.merchant_id,
        return_id=rma.id,
        position=position,
        order_id=each.order.id,
        order_line_id=each.line.id,
        sku=each.line.sku,
        title=each.line.title,
        quantity=each.wish.quantity,
        reason=each.wish.reason,
        paid_minor=each.line.unit_price_minor,
        currency=each.line.currency,
        weight_grams=each.line.weight_grams,
        hs_code=each.line.hs_code,
        country_of_origin=each.line.country_of_origin,
    )


def _told(line: ReturnLine) -> dict[str, Any]:
    return {"id": typeid(ReturnLine.prefix, line.id), "quantity": line.quantity, "reason": line.reason.name}


def _decision(outcome: str, because: list[Any], step: Step) -> dict[str, Any]:
    return {"outcome": outcome, "because": because, "decidedBy": step.by.party.name, "at": step.now.isoformat()}
