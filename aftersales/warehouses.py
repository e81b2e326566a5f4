"""Where a merchant's goods come back to."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models.warehouses import Warehouse
from db.vault import Vault


async def address(
    session: AsyncSession, vault: Vault, merchant_id: UUID, warehouse_id: UUID | None
) -> dict[str, Any] | None:
    """The address of a warehouse, or of the one that takes goods back by default; None: the merchant named none. The
    merchant's key must be at hand."""
    row = (
        await taking_back(session, merchant_id) if warehouse_id is None else await session.get(Warehouse, warehouse_id)
    )
    return None if row is None else orjson.loads(row.open(vault, "address") or "{}")


async def taking_back(session: AsyncSession, merchant_id: UUID) -> Warehouse | None:
    """The warehouse to which goods go where nothing else says so."""
    mine = select(Warehouse).where(Warehouse.merchant_id == merchant_id, Warehouse.returns.is_(True))
    row: Warehouse | None = await session.scalar(mine.order_by(Warehouse.is_default.desc(), Warehouse.id).limit(1))
    return row
