"""Appends to the log of facts, in the transaction that makes the fact true; does nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.events import Kind
from db.enums import Party
from db.models.log import Event, Unsealed
from db.models.orders import Order
from db.models.shipments import Shipment


@dataclass(frozen=True, slots=True)
class By:
    """Who did it and what made them: ``cause`` is a mutation, push, poll, clock or import; ``reference`` names it
    (a request id, an inbox row, a file and line)."""

    party: Party
    cause: str
    actor_id: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened to one row. ``before`` and ``after`` hold ids, words and moments, never personal data. At most one
    fact of a row in one transaction."""

    kind: Kind
    row: Order | Shipment
    occurred_at: datetime
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    order_id: UUID | None = None
    customer_id: UUID | None = None


async def announce(session: AsyncSession, facts: Sequence[Fact], by: By, *, now: datetime) -> None:
    """Appends the facts. The rows are flushed first: their locks are held and their versions taken."""
    await session.flush()
    events = [_event(fact, by, now) for fact in facts]
    session.add_all(events)
    await session.flush()
    session.add_all(Unsealed(event_id=event.id) for event in events)


def _event(fact: Fact, by: By, now: datetime) -> Event:
    row = fact.row
    return Event(
        merchant_id=row.merchant_id,
        subject=fact.kind.subject,
        subject_id=row.id,
        version=row.version,
        kind=fact.kind.name,
        actor={"party": by.party.name, "id": by.actor_id},
        cause={"kind": by.cause, "reference": by.reference},
        payload={"v": fact.kind.version, "before": fact.before, "after": fact.after},
        carrier_code=row.carrier_code if isinstance(row, Shipment) else None,
        customer_id=row.customer_id if isinstance(row, Order) else fact.customer_id,
        order_id=row.id if isinstance(row, Order) else fact.order_id,
        occurred_at=fact.occurred_at,
        recorded_at=now,
    )
