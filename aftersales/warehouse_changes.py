"""A merchant's warehouses and what lies in them, as the merchant tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.refusals import Quantity, Refusal, RefusalCode
from aftersales.rules import addresses
from aftersales.rules.addresses import Address
from aftersales.rules.geometry import Position
from db.models.warehouses import Stock, Warehouse
from db.vault import Vault


@dataclass(frozen=True, slots=True)
class WarehouseWish:
    """A warehouse, known by its code. ``address`` has the fields of an address."""

    code: str
    name: str
    address: dict[str, Any]
    position: Position | None = None
    returns: bool = True
    is_hub: bool = False
    is_default: bool = False


async def save(session: AsyncSession, vault: Vault, merchant_id: UUID, wish: WarehouseWish) -> Warehouse:
    """Made, or changed to what is told. One is the default at most: the last that was saved so. The merchant's key must be
    at hand."""
    mine = (Warehouse.merchant_id == merchant_id, Warehouse.code == wish.code)
    row = await session.scalar(select(Warehouse).where(*mine).with_for_update())
    if row is None:
        row = Warehouse(merchant_id=merchant_id, code=wish.code)
        session.add(row)
    told = Address(wish.address["country"], region=wish.address.get("region") or "")
    at = addresses.standardise(told).address
    row.name, row.country, row.region = wish.name, at.country, at.region_code or at.region or None
    row.zone = addresses.zone_of(at).zone.key
    row.latitude, row.longitude = (wish.position.latitude, wish.position.longitude) if wish.position else (None, None)
    row.returns, row.is_hub, row.is_default = wish.returns, wish.is_hub, wish.is_default
    row.seal(vault, address=orjson.dumps(wish.address).decode())
    await session.flush()
    if wish.is_default:
        others = (Warehouse.merchant_id == merchant_id, Warehouse.id != row.id, Warehouse.is_default.is_(True))
        await session.execute(update(Warehouse).where(*others).values(is_default=False))
    return row


@dataclass(frozen=True, slots=True)
class StockWish:
    """How many of one thing lie there, and how many more the warehouse would like to have."""

    sku: str
    on_hand: int
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class StockOutcome:
    """What became of one item."""

    index: int
    sku: str
    outcome: str
    stock: Stock | None
    refusals: tuple[Refusal, ...] = ()


async def sync(
    session: AsyncSession, warehouse: Warehouse, wishes: Sequence[StockWish], now: datetime
) -> list[StockOutcome]:
    """Takes counts over, in their order: what is kept for exchanges stays kept, so fewer than that cannot lie there."""
    mine = (Stock.merchant_id == warehouse.merchant_id, Stock.warehouse_id == warehouse.id)
    rows = await session.scalars(
        select(Stock).where(*mine, Stock.sku.in_({wish.sku for wish in wishes})).order_by(Stock.id).with_for_update()
    )
    known = {row.sku: row for row in rows}
    return [_taken(session, warehouse, known, (index, wish, now)) for index, wish in enumerate(wishes)]


def _taken(
    session: AsyncSession, warehouse: Warehouse, known: dict[str, Stock], item: tuple[int, StockWish, datetime]
) -> StockOutcome:
    index, wish, now = item
    row = known.get(wish.sku)
    if min(wish.on_hand, wish.wanted) < 0 or (row is not None and wish.on_hand < row.reserved):
        least = row.reserved if row else 0
        sentence = f"{least} of it are kept for exchanges; no fewer can lie there. Counts are not negative."
        no = Refusal(RefusalCode.QUANTITY, sentence, ("onHand",), Quantity(None, wish.on_hand, min=least))
        return StockOutcome(index, wish.sku, "REFUSED", None, (no,))
    if row is None:
        known[wish.sku] = row = Stock(
            merchant_id=warehouse.merchant_id,
            warehouse_id=warehouse.id,
            sku=wish.sku,
            on_hand=wish.on_hand,
            reserved=0,
            wanted=wish.wanted,
            updated_at=now,
        )
        session.add(row)
        return StockOutcome(index, wish.sku, "CREATED", row)
    if (row.on_hand, row.wanted) == (wish.on_hand, wish.wanted):
        return StockOutcome(index, wish.sku, "UNCHANGED", row)
    row.on_hand, row.wanted, row.updated_at = wish.on_hand, wish.wanted, now
    return StockOutcome(index, wish.sku, "UPDATED", row)
