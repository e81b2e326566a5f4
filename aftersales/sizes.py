"""Size advice from the past: exchanges of the same thing for the same complaint, what those who complained kept instead, and
what this buyer keeps."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.rules import sizes as rules
from aftersales.rules.sizes import Advice
from db.case_enums import ExchangeStatus, ReturnReason
from db.models.cases import Case
from db.models.exchanges import Exchange, ExchangeItem
from db.models.orders import Order, OrderLine
from db.models.returns import ReturnLine

MOST = 500  # of each kind of evidence, the newest
KEPT = (ExchangeStatus.DELIVERED.value, ExchangeStatus.COMPLETED.value)


async def advice(session: AsyncSession, line: OrderLine, reason: ReturnReason) -> Advice | None:
    """Which size instead of this line's; None where its size or an answer is not known. Reads of the whole merchant."""
    size = size_of(line)
    if size is None or reason not in rules.DIRECTION:
        return None
    stem = rules.stem(line.sku, size)
    buyer = await session.scalar(select(Order.customer_id).where(Order.id == line.order_id))
    others = await _complained(session, line, reason)
    taken = await _exchanged_for(session, line, reason, stem)
    for owner, sku, kept in await _kept(session, {*others, *([buyer] if buyer else [])}):
        if owner == buyer or rules.size_in(sku, stem) is not None:
            taken.append(kept)
    return rules.advise(size, reason, taken)


def size_of(line: Any) -> str | None:
    """The size that an order's line names among its attributes."""
    return _size(line.attributes)


def _size(attributes: list[Mapping[str, Any]]) -> str | None:
    named = (str(each["value"]) for each in attributes if str(each["name"]).strip().lower() in {"size", "尺码", "尺寸"})
    return next(named, None)


async def _complained(session: AsyncSession, line: OrderLine, reason: ReturnReason) -> set[UUID]:
    rows = await session.scalars(
        select(Case.customer_id)
        .join(ReturnLine, ReturnLine.return_id == Case.id)
        .where(
            ReturnLine.merchant_id == line.merchant_id,
            ReturnLine.sku == line.sku,
            ReturnLine.reason == reason,
            Case.customer_id.is_not(None),
        )
        .order_by(ReturnLine.id.desc())
        .limit(MOST)
    )
    return {row for row in rows if row is not None}


async def _exchanged_for(session: AsyncSession, line: OrderLine, reason: ReturnReason, stem: str) -> list[str]:
    rows = await session.scalars(
        select(ExchangeItem.sku)
        .join(Exchange, Exchange.id == ExchangeItem.exchange_id)
        .join(ReturnLine, ReturnLine.return_id == Exchange.parent_id)
        .where(
            ReturnLine.merchant_id == line.merchant_id,
            ReturnLine.sku == line.sku,
            ReturnLine.reason == reason,
            Exchange.status.in_(KEPT),
        )
        .order_by(ReturnLine.id.desc())
        .limit(MOST)
    )
    return [size for sku in rows if (size := rules.size_in(sku, stem)) is not None]


async def _kept(session: AsyncSession, customers: set[UUID]) -> list[tuple[UUID, str, str]]:
    """What these buyers had delivered and did not send back: buyer, stock number, size."""
    came_back = exists().where(ReturnLine.order_line_id == OrderLine.id)
    rows = await session.execute(
        select(Order.customer_id, OrderLine.sku, OrderLine.attributes)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.customer_id.in_(customers), Order.delivered_at.is_not(None), ~came_back)
        .order_by(Order.placed_at.desc())
        .limit(MOST)
    )
    return [(owner, sku, size) for owner, sku, named in rows if (size := _size(named)) is not None]
