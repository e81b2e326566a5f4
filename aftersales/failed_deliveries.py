"""A delivery that failed: a day later somebody must have acted or been asked, else the policy's compensation is owed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import refunds
from aftersales.cases import Step
from db.enums import Direction, TrackingReason, TrackingStatus
from db.models.deliveries import DeliveryChange
from db.models.messages import Job
from db.models.orders import Order
from db.models.shipments import Shipment, ShipmentOrder

LOOK = "delivery.failed"
CONTACT_WITHIN = timedelta(hours=24)
"""In that time the carrier comes again, or somebody has asked how to go on."""
OLD_NEWS = timedelta(days=7)  # a failure heard of later than this is history, not a promise to keep
WITH_THE_RECIPIENT = frozenset({TrackingReason.RECIPIENT_REFUSED, TrackingReason.RECIPIENT_REQUESTED})
"""Then the courier spoke to them."""


def looks(shipments: Iterable[Shipment], now: datetime) -> list[Job]:
    """The jobs that look again at deliveries that have failed just now."""
    return [
        Job(
            merchant_id=shipment.merchant_id,
            kind=LOOK,
            resource=shipment.typeid,
            arguments={"shipment": shipment.id.hex, "since": shipment.status_since.astimezone(UTC).isoformat()},
            reference=shipment.typeid,
            run_at=shipment.status_since + CONTACT_WITHIN,
            created_at=now,
        )
        for shipment in shipments
        if _counts(shipment) and shipment.status_since is not None and now - shipment.status_since < OLD_NEWS
    ]


async def look(session: AsyncSession, id_: UUID, since: str, step: Step) -> None:
    """Compensates the parcel's orders where it still is as it was and nobody wished anything of it since."""
    shipment = await session.get(Shipment, id_, with_for_update=True)
    if shipment is None or not _counts(shipment) or shipment.status_since is None:
        return
    wished = select(DeliveryChange.id).where(
        DeliveryChange.shipment_id == id_, DeliveryChange.created_at >= shipment.status_since
    )
    if shipment.status_since != datetime.fromisoformat(since) or await session.scalar(wished.limit(1)) is not None:
        return
    orders = await session.scalars(
        select(Order)
        .join(ShipmentOrder, ShipmentOrder.order_id == Order.id)
        .where(ShipmentOrder.shipment_id == id_)
        .order_by(Order.id)
        .with_for_update(of=Order)
        .execution_options(populate_existing=True)
    )
    for order in list(orders):
        await refunds.compensate(session, order, step)


def _counts(shipment: Shipment) -> bool:
    is_failed = shipment.status is TrackingStatus.ATTEMPT_FAILED and shipment.direction is Direction.FORWARD
    return is_failed and shipment.reason not in WITH_THE_RECIPIENT
