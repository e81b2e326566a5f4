"""What lies in warehouses, kept for those who will get it: each change is one UPDATE that says its own condition, so that two
who want the last piece cannot both have it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.refusals import Quantity, Refusal, RefusalCode, Refused
from db.models.warehouses import Stock, Warehouse

FREE = Stock.on_hand - Stock.reserved


async def reserve(
    session: AsyncSession, merchant_id: UUID, sku: str, quantity: int, warehouse: str | None = None
) -> UUID | None:
    """Keeps so many where there are most of them, or in the warehouse of this code. Gives the warehouse; None: the merchant
    keeps no stock of it here. Refused (QUANTITY, with how many there are) where no warehouse has enough."""
    code = None
    if warehouse is not None:
        code = await session.scalar(
            select(Warehouse.id).where(Warehouse.merchant_id == merchant_id, Warehouse.code == warehouse)
        )
        if code is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "The merchant has no warehouse of this code.", ("warehouse",)))
    mine = [Stock.merchant_id == merchant_id, Stock.sku == sku, *([Stock.warehouse_id == code] if code else [])]
    places = await session.scalars(select(Stock.warehouse_id).where(*mine).order_by(FREE.desc(), Stock.warehouse_id))
    known = list(places)
    for place in known:
        if await _change(session, (merchant_id, place, sku), quantity <= FREE, reserved=quantity):
            return place
    if not known and code is None:
        return None
    most = max(await session.scalar(select(func.max(FREE)).where(*mine)) or 0, 0)
    sentence = f"Of {sku} there are {most} left; {quantity} are wished for."
    raise Refused(Refusal(RefusalCode.QUANTITY, sentence, ("quantity",), Quantity(most, quantity)))


async def release(session: AsyncSession, merchant_id: UUID, place: UUID, sku: str, quantity: int) -> None:
    """What was kept is free again."""
    await _change(session, (merchant_id, place, sku), Stock.reserved >= quantity, reserved=-quantity)


async def take(session: AsyncSession, merchant_id: UUID, place: UUID, sku: str, quantity: int) -> None:
    """What was kept has left the warehouse."""
    await _change(session, (merchant_id, place, sku), Stock.reserved >= quantity, reserved=-quantity, on_hand=-quantity)


async def _change(
    session: AsyncSession, where: tuple[UUID, UUID, str], condition: ColumnElement[bool], **by: int
) -> bool:
    merchant_id, place, sku = where
    changes: Mapping[str, ColumnElement[int]] = {name: getattr(Stock, name) + many for name, many in by.items()}
    done = await session.scalar(
        update(Stock)
        .where(Stock.merchant_id == merchant_id, Stock.warehouse_id == place, Stock.sku == sku, condition)
        .values(**changes)
        .returning(Stock.id),
        execution_options={"synchronize_session": False},
    )
    return done is not None
