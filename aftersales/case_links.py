"""Which parcels belong to a case."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models.returns import CaseShipment
from db.models.shipments import Shipment


async def attach(session: AsyncSession, case_id: UUID, shipment: Shipment) -> None:
    """From now on the parcel's scans move the case (``case_parcels``), and it is no part of its order's own delivery."""
    shipment.is_of_case = True
    key = {"merchant_id": shipment.merchant_id, "case_id": case_id, "shipment_id": shipment.id}
    if await session.get(CaseShipment, tuple(key.values())) is None:
        session.add(CaseShipment(**key))
