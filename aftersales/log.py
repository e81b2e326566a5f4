"""Appends to the log of facts, in the transaction that makes the fact true, and reads it in the order of its seals."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import sealing
from aftersales.kinds import Kind
from aftersales.rules import entries
from db import sqlite
from db.enums import Party
from db.models.cases import Case
from db.models.log import Event, Seal
from db.models.orders import Order
from db.models.shipments import Shipment
from db.session import at_the_end


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
    """What happened to one row. ``before`` and ``after`` hold ids, words, whole numbers and moments, never personal
    data, under the names that its kind lists. At most one fact of a row in one transaction."""

    kind: Kind
    row: Order | Shipment | Case
    occurred_at: datetime
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    order_id: UUID | None = None
    customer_id: UUID | None = None


async def announce(session: AsyncSession, facts: Sequence[Fact], by: By, *, now: datetime) -> None:
    """Tells facts. They are written together before the commit, in the order in which they were told, in a few statements
    however many; by then all rows are flushed, their locks are held and their versions taken. On SQLite they are sealed
    at once."""
    if any(not isinstance(fact.row, Case) for fact in facts):
        await session.flush()  # takes the version of what does not count its own
    at_the_end(session, _write, *(event_row(fact, by, now) for fact in facts))


async def _write(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    await session.flush()
    if session.get_bind().dialect.name == "sqlite":
        await sqlite.at_once(session, sealing.write_sealed, rows)
        return
    await session.execute(WRITE, {"facts": as_parameter(rows)}, execution_options={"reached": True})


def after(position: int) -> Select[Seal, Event]:
    """The log from a position on (exclusive), in its order: what feeds, webhooks and subscriptions read. Within the
    session's reach; to be limited by the reader."""
    return (
        select(Seal, Event)
        .join(Event, Event.id == Seal.event_id)
        .where(Seal.position > position)
        .order_by(Seal.position)
    )


def event_row(fact: Fact, by: By, now: datetime) -> dict[str, Any]:
    """The columns of a fact's event, with a fresh salt and what it commits to."""
    row = fact.row
    event: dict[str, Any] = {
        "merchant_id": row.merchant_id,
        "subject": fact.kind.subject,
        "subject_id": row.id,
        "version": row.version,
        "kind": fact.kind.name,
        "actor": {"party": by.party.name, "id": by.actor_id},
        "cause": {"kind": by.cause, "reference": by.reference},
        "payload": {"v": fact.kind.version, "before": fact.before, "after": fact.after},
        "carrier_code": None if isinstance(row, Order) else row.told_carrier,
        "customer_id": fact.customer_id if isinstance(row, Shipment) else row.customer_id,
        "order_id": row.id if isinstance(row, Order) else row.order_id if isinstance(row, Case) else fact.order_id,
        "occurred_at": fact.occurred_at,
        "recorded_at": now,
        "salt": os.urandom(entries.SALT_BYTES),
    }
    assert entries.is_exact(event["payload"]), "a fact holds no fractions"
    event["commitment"] = entries.commitment(event["salt"], entries.canonical(entries.content_of(event)))
    return event


def as_parameter(rows: Sequence[dict[str, Any]]) -> str:
    """Events as the one parameter of ``WRITE``."""
    return orjson.dumps(
        rows, default=lambda each: f"\\x{each.hex()}" if isinstance(each, bytes) else str(each)
    ).decode()


WRITE = text(
    """
    WITH event AS (
        INSERT INTO events (
            merchant_id, subject, subject_id, version, kind, actor, cause, payload,
            carrier_code, customer_id, order_id, occurred_at, recorded_at, salt, commitment
        )
        SELECT
            merchant_id, subject, subject_id, version, kind, actor, cause, payload,
            carrier_code, customer_id, order_id, occurred_at, recorded_at, salt, commitment
        FROM jsonb_populate_recordset(NULL::events, CAST(:facts AS jsonb))
        RETURNING id
    )
    INSERT INTO unsealed (event_id) SELECT id FROM event
    """
)
"""PostgreSQL: events, and that they wait for their seals, in one statement however many."""
