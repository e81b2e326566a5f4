"""What is asked of the database and of the receiver when the kills are over."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, text

from benchmarks.kills_clients import STORY, Ledger
from benchmarks.kills_receiver import Arrival
from db.enums import DeliveryStatus
from db.ids import parse_typeid, typeid
from db.models.log import Event, Seal
from db.models.messages import Replay
from db.models.shipments import Shipment
from db.models.webhooks import LogReader, WebhookDelivery
from db.reach import EVERYTHING
from db.session import Store

MOST_TWICE = 0.05
"""The share of deliveries that may come twice."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found; all but ``effects`` (of keys), ``entries`` and ``twice`` should be 0."""

    effects: int
    entries: int
    lost: int
    wrong_stories: int
    doubled_tests: int
    stuck_keys: int
    unspent_keys: int
    undelivered: int
    out_of_order: int
    twice: int

    def violations(self) -> list[str]:
        """What was lost, doubled or out of order, in words; empty when nothing was."""
        zero = ("lost", "wrong_stories", "doubled_tests", "stuck_keys", "unspent_keys", "undelivered", "out_of_order")
        return [f"{name}: {getattr(self, name)}" for name in zero if getattr(self, name)]

    def too_many_twice(self) -> list[str]:
        """More deliveries came twice than may, in words."""
        return [f"{self.twice} of {self.entries} twice"] if self.twice > MOST_TWICE * self.entries else []


async def until_empty(store: Store, at_most: float) -> float:
    """Seconds until everything that happened is sealed, queued and delivered. TimeoutError after so many."""
    started = time.perf_counter()
    while not await _is_empty(store):
        if time.perf_counter() - started > at_most:
            raise TimeoutError(f"deliveries still wait after {at_most} s")
        await asyncio.sleep(0.05)
    return time.perf_counter() - started


async def _is_empty(store: Store) -> bool:
    read = select(LogReader.position).where(LogReader.name == "webhooks").scalar_subquery()
    waits = select(exists().where(WebhookDelivery.status == DeliveryStatus.WAITING))
    behind = select(exists().where(Seal.position > func.coalesce(read, 0)))
    unsealed = text("SELECT EXISTS (SELECT 1 FROM unsealed)")
    async with store.reading(EVERYTHING) as session:
        return not any([await session.scalar(each) for each in (unsealed, behind, waits)])


async def judge(store: Store, ledger: Ledger, arrivals: list[Arrival], endpoint: UUID) -> Findings:
    """Compares what was acknowledged, what is stored and what arrived."""
    tests = (WebhookDelivery.endpoint_id == endpoint, WebhookDelivery.position.is_(None))
    async with store.reading(EVERYTHING) as session:
        parcels = set(await session.scalars(select(Shipment.id).where(Shipment.tracking_number.in_(ledger.parcels))))
        entries = [entry for entry in await session.execute(_ENTRIES) if entry.subject_id in parcels]
        made = set(await session.scalars(select(WebhookDelivery.id).where(*tests)))
        keys = {row.key: row.outcome for row in await session.execute(select(Replay.key, Replay.outcome))}
    stories: dict[UUID, list[str]] = defaultdict(list)
    for entry in entries:
        stories[entry.subject_id].append(entry.kind)
    told = {(typeid(Shipment.prefix, entry.subject_id), entry.version) for entry in entries}
    came = Counter((each.subject, each.version) for each in arrivals if each.is_taken and each.subject)
    acknowledged = {_uuid(id_) for id_ in ledger.parcels.values()}, {_uuid(id_) for id_ in ledger.tests.values()}
    return Findings(
        effects=len(entries) - len(parcels) + len(made),
        entries=len(entries),
        lost=len(acknowledged[0] - parcels) + len(acknowledged[1] - made),
        wrong_stories=sum(tuple(stories[id_]) != STORY for id_ in parcels),
        doubled_tests=len(made) - len(ledger.tests),
        stuck_keys=sum(not outcome for outcome in keys.values()),
        unspent_keys=len(ledger.answered.keys() - keys.keys()),
        undelivered=len(told - came.keys()),
        out_of_order=_out_of_order(arrivals) + _out_of_order(each for each in arrivals if each.is_taken),
        twice=sum(came.values()) - len(came),
    )


_ENTRIES: Any = (
    select(Event.subject_id, Event.version, Event.kind, Seal.number)
    .join(Seal, Seal.event_id == Event.id)
    .order_by(Seal.position)
)


def _uuid(id_: str) -> UUID | None:
    parsed = parse_typeid(id_)
    return parsed[1] if parsed else None


def _out_of_order(arrivals: Iterable[Arrival]) -> int:
    """How many entries came for the first time after a later one of their subject, by version or by number."""
    newest: dict[str, tuple[int, int]] = {}
    known: set[str] = set()
    found = 0
    for each in arrivals:
        if each.subject is None or each.id in known:
            continue
        known.add(each.id)
        before = newest.get(each.subject, (0, 0))
        found += each.version < before[0] or each.number < before[1]
        newest[each.subject] = max(before[0], each.version), max(before[1], each.number)
    return found
