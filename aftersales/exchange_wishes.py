"""What is wished for instead of goods that come back: checked, priced, kept in a warehouse, proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, stock
from aftersales.cases import Step
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.rules.money import Account, Sold
from db.case_enums import Resolution, ReturnMethod, ReturnReason
from db.ids import typeid
from db.models.exchanges import Exchange, ExchangeItem
from db.models.orders import Order, OrderLine
from db.models.returns import Return, ReturnLine


@dataclass(frozen=True, slots=True)
class ExchangeWish:
    """The new goods. ``unit_minor`` is the price of one in the currency of the return; ``warehouse`` the code of the one to
    take it from. ``of_buyer``: the buyer asks, so the price must be one that the merchant took for it before."""

    sku: str
    quantity: int
    unit_minor: int
    currency: str
    title: str | None = None
    warehouse: str | None = None
    is_advance: bool = False
    is_at_door: bool = False
    of_buyer: bool = False


async def prepare(
    session: AsyncSession, rma: Return, lines: Sequence[ReturnLine], extras: Mapping[str, Any], step: Step
) -> None:
    """The exchange, PROPOSED, its goods kept in a warehouse. Refused without a wish, for a price that cannot be, and where
    there are not enough of it."""
    wish: ExchangeWish | None = extras.get("exchange")
    is_resend = rma.resolution is Resolution.RESEND
    if is_resend is (wish is not None):
        sentence = "Name the new goods." if wish is None else "A resend is of the same goods; leave this out."
        raise Refused(Refusal(RefusalCode.INVALID, sentence, ("exchange",)))
    worth = await _worth(session, lines)
    exchange = Exchange(
        merchant_id=rma.merchant_id,
        number="",
        parent_id=rma.id,
        order_id=rma.order_id,
        customer_id=rma.customer_id,
        policy=rma.policy,
        is_resend=is_resend,
        is_advance=wish is not None and wish.is_advance,
        is_at_door=wish is not None and wish.is_at_door,
        is_careful=await _was_damaged(session, rma, lines),
        currency=rma.currency,
        worth_minor=worth,
        price_minor=worth if wish is None else wish.unit_minor * wish.quantity,
    )
    items = [_item(exchange, position, line) for position, line in enumerate(lines)]
    if wish is not None:
        with inside("exchange"):
            await _check(session, rma, wish)
            items = [_wished(exchange, wish)]
            await reserve(session, items, wish.warehouse)
    else:
        await reserve(session, items)
    shown = told(exchange) | {"sku": ", ".join(item.sku for item in items)}
    await cases.opened(session, exchange, replace(step, why=None, told=shown))
    session.add_all(items)


async def reserve(session: AsyncSession, items: Sequence[ExchangeItem], warehouse: str | None = None) -> None:
    """Keeps each where the merchant has enough of it. Refused (QUANTITY) where there is not."""
    for item in sorted(items, key=lambda each: each.sku):
        item.warehouse_id = await stock.reserve(session, item.merchant_id, item.sku, item.quantity, warehouse)
        item.is_reserved = item.warehouse_id is not None


def told(exchange: Exchange) -> dict[str, Any]:
    """What the log tells of an exchange."""
    return {
        "return": typeid(Return.prefix, exchange.parent_id) if exchange.parent_id else None,
        "differenceMinor": exchange.difference_minor,
        "currency": exchange.currency,
        "paidMinor": exchange.paid_minor,
        "receivableMinor": exchange.receivable_minor,
        "trackingNumber": exchange.tracking_number,
    }


async def _check(session: AsyncSession, rma: Return, wish: ExchangeWish) -> None:
    no = None
    if not wish.sku.strip():
        no = Refusal(RefusalCode.INVALID, "Name what is wished for.", ("sku",))
    elif not 1 <= wish.quantity <= 999:
        no = Refusal(RefusalCode.INVALID, "1 to 999 pieces.", ("quantity",))
    elif wish.currency != rma.currency or wish.unit_minor < 0:
        no = Refusal(RefusalCode.INVALID, f"The price is in {rma.currency}, and not below 0.", ("unitPrice",))
    elif wish.of_buyer and wish.is_advance:
        no = Refusal(RefusalCode.POLICY, "Only the merchant sends goods in advance.", ("advance",))
    elif wish.is_at_door and rma.method not in {None, ReturnMethod.DOOR_PICKUP}:
        no = Refusal(RefusalCode.INVALID, "At the door goes with a pickup at the door.", ("atDoor",))
    elif wish.of_buyer:
        no = await _is_no_price(session, rma, wish)
    if no is not None:
        raise Refused(no)
    if wish.is_at_door:
        rma.method = ReturnMethod.DOOR_PICKUP


async def _is_no_price(session: AsyncSession, rma: Return, wish: ExchangeWish) -> Refusal | None:
    """A buyer does not set prices: it must be what the merchant last took for it."""
    known = await session.scalar(
        select(OrderLine.unit_price_minor)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.merchant_id == rma.merchant_id, OrderLine.sku == wish.sku, OrderLine.currency == wish.currency)
        .order_by(Order.placed_at.desc())
        .limit(1)
    )
    if known == wish.unit_minor:
        return None
    return Refusal(RefusalCode.POLICY, "The merchant does not sell it at this price; ask them.", ("unitPrice",))


async def _worth(session: AsyncSession, lines: Sequence[ReturnLine]) -> int:
    """What was paid for these pieces, their share of the order's discount taken off."""
    ids = {line.order_id for line in lines if line.order_id}
    orders = {row.id: row for row in await session.scalars(select(Order).where(Order.id.in_(ids)))}
    sold = list(await session.scalars(select(OrderLine).where(OrderLine.order_id.in_(ids))))
    bought = {row.id: row.quantity for row in sold}
    paid: dict[UUID, int] = {}
    for order in orders.values():
        mine = [Sold(row.id, row.quantity, row.unit_price_minor) for row in sold if row.order_id == order.id]
        paid |= Account(total_minor=order.total_minor, sold=mine).paid()
    shares = (
        paid[line.order_line_id] * line.quantity // bought[line.order_line_id]
        if line.order_line_id is not None and line.order_line_id in paid
        else line.paid_minor * line.quantity
        for line in lines
    )
    return sum(shares)


async def _was_damaged(session: AsyncSession, rma: Return, lines: Sequence[ReturnLine]) -> bool:
    """Whether the buyer complained of damage, now or, if it is known who they are, before."""
    if any(line.reason is ReturnReason.DAMAGED_IN_TRANSIT for line in lines):
        return True
    if rma.customer_id is None:
        return False
    before = (
        select(Return.id)
        .where(Return.customer_id == rma.customer_id, Return.reason == ReturnReason.DAMAGED_IN_TRANSIT)
        .limit(1)
    )
    return await session.scalar(before) is not None


def _item(exchange: Exchange, position: int, line: ReturnLine) -> ExchangeItem:
    return ExchangeItem(
        merchant_id=exchange.merchant_id,
        exchange_id=exchange.id,
        position=position,
        sku=line.sku,
        title=line.title,
        quantity=line.quantity,
        unit_minor=line.paid_minor,
        currency=line.currency,
    )


def _wished(exchange: Exchange, wish: ExchangeWish) -> ExchangeItem:
    return ExchangeItem(
        merchant_id=exchange.merchant_id,
        exchange_id=exchange.id,
        position=0,
        sku=wish.sku,
        title=wish.title or wish.sku,
        quantity=wish.quantity,
        unit_minor=wish.unit_minor,
        currency=wish.currency,
    )
