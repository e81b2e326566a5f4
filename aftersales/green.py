"""Points for packaging that is used again, granted once the warehouse has seen it."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.cases import Step
from db.models.green import Packaging, ReusePoints
from db.models.returns import Return

POINTS: Mapping[Packaging, int] = MappingProxyType(
    {Packaging.ORIGINAL: 10, Packaging.REUSED: 10, Packaging.REUSABLE: 20, Packaging.NONE: 20, Packaging.NEW: 0}
)
"""Ours to choose: a box that travels twice saves one, a bag that travels for years or no box at all saves more."""


async def granted(session: AsyncSession, rma: Return, step: Step) -> None:
    """A line of the ledger for the return's buyer, once; nothing for a new box. The return's row must be locked."""
    points = POINTS.get(rma.packaging, 0) if rma.packaging else 0
    if rma.customer_id is None or rma.packaging is None or points == 0:
        return
    if await session.scalar(select(ReusePoints.id).where(ReusePoints.return_id == rma.id)) is None:
        session.add(
            ReusePoints(
                merchant_id=rma.merchant_id,
                customer_id=rma.customer_id,
                return_id=rma.id,
                packaging=rma.packaging,
                points=points,
                granted_at=step.now,
            )
        )
