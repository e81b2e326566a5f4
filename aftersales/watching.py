"""What time alone makes worth telling: alerts, each kind once a shipment."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import events
from aftersales.log import By, Fact, announce
from aftersales.rules.alerts import NOTICE, SOON, Alert, ShipmentFacts, alerts
from db.enums import Party, TrackingStatus, TrackingStep
from db.models.orders import Order
from db.models.shipments import Shipment, ShipmentOrder, TrackingEvent

BY = By(Party.WAYBRIDGE, "clock")


async def look(session: AsyncSession, now: datetime, at_most: int = 100) -> int:
    """Announces what is new of the shipments whose moment to look has come, one fact each, and sets the next moment.
    Gives how many were looked at."""
    due = select(Shipment).where(Shipment.watch_at <= now).order_by(Shipment.id).limit(at_most)
    shipments = list(await session.scalars(due.with_for_update(skip_locked=True)))
    steps = await _steps(session, [each.id for each in shipments if each.status is TrackingStatus.CUSTOMS])
    buyers = await _buyers(session, [each.id for each in shipments])
    facts = []
    for shipment in shipments:
        found = alerts(facts_of(shipment, steps.get(shipment.id)), now)
        news = [alert for alert in found if alert.kind.value not in shipment.told]
        shipment.watch_at = _next_look(shipment, now)
        if news:
            shipment.told = [*shipment.told, *(alert.kind.value for alert in news)]
            shipment.updated_at = now
            order, customer = buyers.get(shipment.id, (None, None))
            after = {"alerts": [_shown(alert) for alert in news], "status": shipment.status.name}
            since = max(alert.since for alert in news)
            facts.append(Fact(events.SHIPMENT_ALERTED, shipment, since, None, after, order, customer))
    await announce(session, facts, BY, now=now)
    return len(shipments)


def facts_of(shipment: Shipment, step: TrackingStep | None) -> ShipmentFacts:
    """The shipment as the rules see it; ``step`` is its latest event's."""
    return ShipmentFacts(
        status=shipment.status,
        since=shipment.status_since,
        reason=shipment.reason,
        step=step,
        action_required=shipment.action_required,
        last_event_at=shipment.last_event_at,
        promised_until=shipment.promised_delivery_at,
        estimated_at=shipment.estimated_delivery_at,
        stalls_at=shipment.stalls_at,
    )


def _next_look(shipment: Shipment, now: datetime) -> datetime | None:
    """The next moment at which time alone may make an alert of the shipment as it is."""
    promise, estimate = shipment.promised_delivery_at, shipment.estimated_delivery_at
    moments = [shipment.stalls_at, promise, promise and promise - NOTICE, estimate and estimate - SOON]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _shown(alert: Alert) -> dict[str, Any]:
    estimate = alert.expected_impact.new_estimate
    return {
        "kind": alert.kind.name,
        "since": alert.since.isoformat(),
        "newEstimate": estimate.isoformat() if estimate else None,
        "actions": list(alert.actions),
    }


async def _steps(session: AsyncSession, shipments: Sequence[UUID]) -> dict[UUID, TrackingStep | None]:
    if not shipments:
        return {}
    rows = await session.execute(
        select(TrackingEvent.shipment_id, TrackingEvent.step)
        .where(TrackingEvent.shipment_id.in_(shipments))
        .order_by(TrackingEvent.occurred_at)
    )
    return {row[0]: row[1] for row in rows}  # the last of each wins


async def _buyers(session: AsyncSession, shipments: Collection[UUID]) -> dict[UUID, tuple[UUID, UUID]]:
    if not shipments:
        return {}
    rows = await session.execute(
        select(ShipmentOrder.shipment_id, Order.id, Order.customer_id)
        .join(Order, Order.id == ShipmentOrder.order_id)
        .where(ShipmentOrder.shipment_id.in_(shipments))
        .order_by(Order.id.desc())
    )
    return {shipment: (order, customer) for shipment, order, customer in rows}


async def is_due(session: AsyncSession, now: datetime) -> bool:
    """Whether there is anything to look at."""
    return await session.scalar(select(Shipment.id).where(Shipment.watch_at <= now).limit(1)) is not None
