"""Exchanges and resends: proposed with the request, begun when the return's milestones allow, shipped, delivered.

What turns an exchange into a refund or ends it stands in ``case_ends``. Rows are locked in one order: the return, the
exchange, the orders' money, the stock."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, money_back, refunds, stock
from aftersales.cases import Step
from aftersales.exchange_wishes import prepare, reserve, told
from aftersales.log import By
from aftersales.refunds import MILESTONES, Grant
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules import money
from aftersales.rules.exchanges import LIFE, E
from db.case_enums import ExchangeStatus as S
from db.case_enums import LineLogistics, RefundPurpose, RefundStep, RefundTrigger
from db.enums import Party, TrackingStatus
from db.models.cases import Case
from db.models.exchanges import Exchange, ExchangeItem
from db.models.orders import Order
from db.models.returns import Return, ReturnLine
from db.models.shipments import Shipment

__all__ = ["at", "follow", "items_of", "of_return", "over", "owe", "prepare", "release", "ship", "undone"]

Goods = tuple[Return, Sequence[ReturnLine]]
RETURN = By(Party.WAYBRIDGE, "return")  # in whose name a return moves what is under it
GOES_AGAIN = frozenset({TrackingStatus.LOST, TrackingStatus.DISPOSED, TrackingStatus.RETURNED})
GONE = frozenset({LineLogistics.LOST, LineLogistics.KEPT})


async def at(session: AsyncSession, goods: Goods, trigger: RefundTrigger, step: Step) -> None:
    """A milestone of the return: approved, what needs no goods goes out and the rest waits for them; once they are back, what
    is paid for goes out. The return's row must be locked."""
    rma, lines = goods
    exchange = await of_return(session, rma)
    if exchange is None:
        return
    by = replace(step, by=RETURN, why=None, told=told(exchange))
    if trigger is RefundTrigger.APPROVAL and exchange.status == S.PROPOSED:
        if exchange.is_resend or exchange.is_advance or exchange.is_at_door:
            await _go(session, exchange, E.ADVANCE, by)
        else:
            await cases.move(session, exchange, E.AWAIT, by)
    if exchange.is_at_door and exchange.status == S.RELEASED and trigger is not RefundTrigger.APPROVAL:
        await ship(session, exchange, by)  # the courier who has the old goods gave the new ones
        await _deliver(session, rma, exchange, by)
    elif exchange.is_at_door and exchange.status == S.AWAITING_PAYMENT and trigger is not RefundTrigger.APPROVAL:
        exchange.is_at_door = False  # nothing was handed over, since nothing was paid: it is sent by itself
    elif _are_back(rma, lines, trigger):
        await _goods_back(session, rma, exchange, by)


async def undone(session: AsyncSession, rma: Return, step: Step) -> None:
    """The return is called off: so is its exchange. Refused where the new goods are gone already."""
    exchange = await of_return(session, rma)
    if exchange is None or exchange.is_terminal:
        return
    if exchange.status in {S.SHIPPED, S.DELIVERED}:
        no = "The new goods are on their way; the old ones are to come back or are owed for."
        raise Refused(Refusal(RefusalCode.STATE, no, ("id",), LIFE.standing(exchange.status, S.CANCELED.value)))
    await over(session, rma, exchange, E.CANCEL, replace(step, by=RETURN))


async def release(session: AsyncSession, exchange: Exchange, reference: str | None, step: Step) -> Exchange:
    """The merchant lets the new goods go: the buyer has paid what they owe (``reference`` names the payment), or the old goods
    are not waited for. Refused where money is owed and no payment is named. The row must be locked."""
    LIFE.after(S(exchange.status), E.RELEASE)
    if exchange.owed_minor and not reference:
        no = "The buyer owes the difference; name the payment that covers it."
        raise Refused(Refusal(RefusalCode.INVALID, no, ("paymentReference",)))
    if exchange.status == S.AWAITING_RETURN:
        exchange.is_advance = True
    if exchange.owed_minor:
        await _paid(session, exchange, reference)
    exchange.released_at = step.now
    await cases.move(session, exchange, E.RELEASE, replace(step, told=told(exchange)))
    return exchange


async def ship(session: AsyncSession, exchange: Exchange, step: Step) -> None:
    """The new goods have left their warehouse. The row must be locked."""
    await cases.move(session, exchange, E.SHIP, replace(step, told=told(exchange)))
    for item in await items_of(session, exchange):
        if item.is_reserved and item.warehouse_id:
            await stock.take(session, item.merchant_id, item.warehouse_id, item.sku, item.quantity)
        item.is_reserved = False


async def follow(session: AsyncSession, exchange: Exchange, parcel: Shipment, step: Step) -> None:
    """News of the new goods' parcel: a delivery delivers the exchange; what is lost or came back is to be sent again. Rows
    of return, exchange and parcel are locked."""
    if exchange.status != S.SHIPPED or exchange.tracking_number != parcel.tracking_number:
        return
    if parcel.status is TrackingStatus.DELIVERED:
        rma = await session.get_one(Return, exchange.parent_id)
        await _deliver(session, rma, exchange, step)
    elif parcel.status in GOES_AGAIN:
        exchange.tracking_number = exchange.carrier_code = None
        await cases.move(session, exchange, E.LOSE, replace(step, told=told(exchange)))
        for item in await items_of(session, exchange):
            await _reserve_if_there(session, item)


async def owe(session: AsyncSession, exchange: Exchange, step: Step) -> None:
    """The old goods never came: the buyer owes for what they have twice. Rows of return and exchange are locked."""
    exchange.receivable_minor = min(exchange.worth_minor, exchange.price_minor)
    await cases.move(session, exchange, E.OWE, replace(step, told=told(exchange)))


async def over(session: AsyncSession, rma: Return, exchange: Exchange, event: E, step: Step) -> None:
    """Ends it before the goods arrived (CONVERT, CANCEL): what was kept is free, what the buyer paid goes back. Both rows
    must be locked."""
    await cases.move(session, exchange, event, replace(step, told=told(exchange)))
    for item in await items_of(session, exchange):
        if item.is_reserved and item.warehouse_id:
            await stock.release(session, item.merchant_id, item.warehouse_id, item.sku, item.quantity)
        item.is_reserved = False
    if exchange.paid_minor:
        await _grant(session, rma, exchange, exchange.paid_minor, step)


async def of_return(session: AsyncSession, rma: Return) -> Exchange | None:
    """A return's latest exchange, locked. The return's row must be locked."""
    found: Exchange | None = await session.scalar(
        select(Exchange)
        .where(Exchange.parent_id == rma.id)
        .order_by(Exchange.id.desc())
        .limit(1)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    )
    return found


async def items_of(session: AsyncSession, exchange: Exchange) -> list[ExchangeItem]:
    """What goes out, in sequence."""
    rows = await session.scalars(
        select(ExchangeItem).where(ExchangeItem.exchange_id == exchange.id).order_by(ExchangeItem.position)
    )
    return list(rows)


async def _go(session: AsyncSession, exchange: Exchange, event: E, step: Step) -> None:
    """Out with it, or first the money for it."""
    if exchange.owed_minor:
        await cases.move(session, exchange, E.CHARGE, step)
        return
    exchange.released_at = step.now
    await cases.move(session, exchange, event, step)


async def _goods_back(session: AsyncSession, rma: Return, exchange: Exchange, step: Step) -> None:
    if exchange.status == S.AWAITING_RETURN:
        await _go(session, exchange, E.RELEASE, step)
    elif exchange.receivable_minor:
        exchange.receivable_minor = 0
        await cases.changed(session, exchange, replace(step, told=told(exchange)))
    if exchange.status in {S.DELIVERED, S.COMPLETED}:
        await _give_difference(session, rma, exchange, step)
    if exchange.status == S.DELIVERED and exchange.on_deadline == E.OWE:
        await cases.wind(session, exchange, E.COMPLETE, step.now, step)


async def _deliver(session: AsyncSession, rma: Return, exchange: Exchange, step: Step) -> None:
    await cases.move(session, exchange, E.DELIVER, replace(step, told=told(exchange)))
    lines = (await session.scalars(select(ReturnLine).where(ReturnLine.return_id == rma.id))).all()
    if exchange.is_advance and not _have_come(lines):
        await cases.wind(session, exchange, E.OWE, exchange.released_at or step.now, step)
    else:
        await _give_difference(session, rma, exchange, step)


async def _give_difference(session: AsyncSession, rma: Return, exchange: Exchange, step: Step) -> None:
    """The new goods were cheaper: the buyer has them, the merchant the old ones, and the rest goes back, once."""
    if exchange.difference_minor < 0 and not exchange.is_settled:
        exchange.is_settled = True
        await _grant(session, rma, exchange, -exchange.difference_minor, step)


async def _paid(session: AsyncSession, exchange: Exchange, reference: str | None) -> None:
    exchange.payment_reference, owed = reference, exchange.owed_minor
    exchange.paid_minor += owed
    order = await session.get(Order, exchange.order_id) if exchange.order_id else None
    if order is not None:
        await money_back.added(session, order, owed)


async def _grant(session: AsyncSession, rma: Return, exchange: Exchange, minor: int, step: Step) -> None:
    order = await session.get(Order, exchange.order_id) if exchange.order_id else None
    wish = Grant(
        merchant_id=exchange.merchant_id,
        purpose=RefundPurpose.EXCHANGE,
        currency=exchange.currency,
        steps=[money.Step(RefundStep.DIFFERENCE, f"The difference of exchange {exchange.number}", minor)],
        order=order,
        rma=rma,
        customer_id=exchange.customer_id,
        policy=exchange.policy,
    )
    await refunds.grant(session, wish, replace(step, by=RETURN, told={}))


def _are_back(rma: Return, lines: Sequence[ReturnLine], trigger: RefundTrigger) -> bool:
    """Whether the new goods need wait no longer: the milestone of the policy is reached, at the earliest the first scan, and
    what came is what was to come. What the carrier lost or the buyer may keep is not waited for."""
    due = RefundTrigger.FIRST_SCAN if rma.trigger is RefundTrigger.APPROVAL else rma.trigger
    return MILESTONES.index(trigger) >= MILESTONES.index(due) and _are_fine(lines)


def _have_come(lines: Sequence[ReturnLine]) -> bool:
    return _are_fine(lines) and all(line.received or line.damaged or line.logistics in GONE for line in lines)


def _are_fine(lines: Sequence[ReturnLine]) -> bool:
    return not any((line.wrong or line.missing) and line.logistics not in GONE for line in lines)


async def _reserve_if_there(session: AsyncSession, item: ExchangeItem) -> None:
    try:
        await reserve(session, [item])
    except Refused:
        item.warehouse_id, item.is_reserved = None, False  # the merchant sees it is to be sent; none is kept for it
