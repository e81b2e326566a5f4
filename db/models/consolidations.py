"""Goods that a hub sent on together."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from db.models.base import MerchantOwned


class Consolidation(MerchantOwned):
    """One parcel from a hub to another warehouse, with the lines of many returns in it (``ReturnLine.consolidation_id``).
    Its carrier, its number and its scans are the shipment's. ``export_reference`` is what the export declaration is known
    by."""

    __tablename__ = "consolidations"
    prefix = "cns"

    hub_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    shipment_id: Mapped[UUID]
    export_reference: Mapped[str | None]
    sent_at: Mapped[datetime]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """A parcel is sent once; a hub's are read with the latest first."""
        return (
            UniqueConstraint("merchant_id", "shipment_id"),
            Index(None, "merchant_id", "hub_id", "sent_at"),
            ForeignKeyConstraint(["merchant_id", "hub_id"], ["warehouses.merchant_id", "warehouses.id"]),
            ForeignKeyConstraint(["merchant_id", "warehouse_id"], ["warehouses.merchant_id", "warehouses.id"]),
            ForeignKeyConstraint(["merchant_id", "shipment_id"], ["shipments.merchant_id", "shipments.id"]),
        )
