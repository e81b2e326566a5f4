"""Whether a carrier's push is lost or counted twice when the gateway is killed every two seconds:
``python -m benchmarks.killed_pushes --database URL [--parcels 500] [--seed 1]``.

Ten scans a parcel, each a push of its own in SF's form, sent one to five times, shuffled, by eight connections at once to
a real ``waybridge serve``, again until it is answered with 200, while that is killed as in ``benchmarks.kills``. Afterwards
every push is one message and one scan, and every parcel stands where the scans in their order would have brought it. The
database is made by the command and must be empty or absent.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from aftersales import partners
from aftersales.log import By
from aftersales.partners import AccountWish, MerchantWish
from aftersales.rules.shipments import Folded, fold
from aftersales.scans import seen
from aftersales.shipments import ShipmentWish, register_many
from benchmarks.kills import now
from benchmarks.kills_wire import Wire, percentile
from benchmarks.serving import SECRET_KEY, Pace, killing, serving
from carriers.carrier import Incoming
from carriers.sf import CARRIER
from db import migrate
from db.enums import InboxState, Party
from db.ids import uuid7
from db.models.messages import Inbox
from db.models.shipments import Shipment, TrackingEvent
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

SCANS, CONNECTIONS, MOST_TIMES = 10, 8, 5
CODES = ("50", "30", "31", "36", "30", "31", "44", "70", "44", "80", "648", "99")
MOST_P99 = 0.050
PATIENCE = 90.0
BY = By(Party.MERCHANT, "benchmark")

Stories = Mapping[str, list[bytes]]
"""By tracking number, its pushes in the order in which the scans happened."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What is pushed where: everything that ``told`` holds, some of it repeated, in the order in which it is sent."""

    told: Stories
    path: str
    sent: list[bytes]
    wires: list[Wire]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many distinct pushes there were, and what was found of them. Times in seconds."""

    pushes: int
    messages: Counter[InboxState]
    scans: int
    misplaced: int
    lost_answers: int
    took: list[float]

    def violations(self) -> list[str]:
        """What was lost, doubled or misplaced, in words."""
        found = [f"{self.misplaced} parcels stand elsewhere"] if self.misplaced else []
        if self.messages != {InboxState.DONE: self.pushes}:
            found.append(f"{self.pushes} pushes became {dict(self.messages)}")
        return found + ([] if self.scans == self.pushes else [f"{self.pushes} pushes became {self.scans} scans"])


def stories(dice: random.Random, parcels: int) -> Stories:
    """What happens to each parcel: codes in any order, minutes apart, sometimes in one minute."""
    start = now().replace(second=0) - timedelta(days=4)
    told = {}
    for parcel in range(parcels):
        number = f"SF88{parcel:011}"
        minutes = sorted(dice.choices(range(4000), k=SCANS))
        told[number] = [
            _push(number, dice.choice(CODES), (start + timedelta(minutes=minute, hours=8)).strftime("%F %T"), place)
            for place, minute in enumerate(minutes)
        ]
    return told


def _push(number: str, code: str, at: str, place: int) -> bytes:
    route = {"mailno": number, "acceptAddress": "杭州市", "acceptTime": at, "opCode": code, "remark": f"scan {place}"}
    told = route | {"id": f"{number}-{place}", "orderid": "", "reasonCode": "", "reasonName": ""}
    return json.dumps({"Body": {"WaybillRoute": [told]}}, ensure_ascii=False).encode()


async def prepare(store: Store, port: int, parcels: int, seed: int) -> Stream:
    """A merchant with parcels and an SF account, and what is pushed to it."""
    dice = random.Random(seed)
    told = stories(dice, parcels)
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now())
        owner = await partners.create_merchant(session, store.vault, MerchantWish(uuid7().hex), now=now())
        account = await partners.create_account(session, store.vault, owner.id, AccountWish("sf"), now=now())
        token = account.open(store.vault, "push_token")
    async with store.writing(EVERYTHING) as session:
        await register_many(session, store.vault, [ShipmentWish(owner.id, "sf", each) for each in told], BY, now())
    sent = [body for each in told.values() for body in each for _ in range(dice.randint(1, MOST_TIMES))]
    dice.shuffle(sent)
    return Stream(told, f"/carriers/sf/push/{token}", sent, [Wire(port) for _ in range(CONNECTIONS)])


async def send(stream: Stream) -> None:
    """All of it, each push again until it is acknowledged."""
    waiting = iter(stream.sent)

    async def one(wire: Wire) -> None:
        for body in waiting:
            await wire.until_answered(stream.path, {}, body)
        wire.close()

    await asyncio.gather(*(one(wire) for wire in stream.wires))


async def judged(store: Store, stream: Stream) -> Outcome:
    """Waits until the worker has read everything, and compares."""
    await _until_read(store)
    told = stream.told
    mine = Shipment.tracking_number.in_(told)
    here = TrackingEvent.shipment_id.in_(select(Shipment.id).where(mine))
    async with store.reading(EVERYTHING) as session:
        messages = list(await session.scalars(select(Inbox.state)))
        rows = list(await session.scalars(select(Shipment).where(mine)))
        scans = await session.scalar(select(func.count()).select_from(TrackingEvent).where(here))
    return Outcome(
        pushes=sum(map(len, told.values())),
        messages=Counter(messages),
        scans=scans or 0,
        misplaced=sum(not _stands(row, told[row.tracking_number]) for row in rows) + len(told) - len(rows),
        lost_answers=sum(wire.lost for wire in stream.wires),
        took=[each for wire in stream.wires for each in wire.took],
    )


async def _until_read(store: Store) -> None:
    """Waits until the worker has read every message."""
    unread = select(func.count()).select_from(Inbox).where(Inbox.state == InboxState.NEW)
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE:
        async with store.reading(EVERYTHING) as session:
            if not await session.scalar(unread):
                return
        await asyncio.sleep(0.1)


def _stands(row: Shipment, pushes: list[bytes]) -> bool:
    """Whether the parcel stands where its scans, read and folded in their order, bring it."""
    assert CARRIER.pushing
    read = [CARRIER.pushing.read(Incoming(body, now())).shipments[0].scans for body in pushes]
    expected: Folded = fold(seen(scan) for scans in read for scan in scans)
    stood = (row.status, row.reason, row.status_since, row.picked_up_at, row.delivered_at, row.last_event_at)
    told = (expected.status, expected.reason, expected.since, expected.picked_up_at, expected.delivered_at)
    return stood == (*told, expected.last_event_at)


async def measure(url: str, parcels: int, seed: int, stretch: float) -> list[str]:
    """Makes the database, runs, prints. Gives what broke a promise."""
    store, pace = Store(url, Vault(SECRET_KEY)), Pace(random.Random(seed), stretch=stretch)
    await migrate.to_head(store)
    try:
        async with serving(url) as served:
            stream = await prepare(store, served.port, parcels, seed)
            started = time.perf_counter()
            async with killing(served, pace):
                await send(stream)
            found = await judged(store, stream)
            seconds = time.perf_counter() - started
    finally:
        await store.close()
    p50, p99 = percentile(found.took, 0.5), percentile(found.took, 0.99)
    print(f"{found.pushes} pushes sent {len(stream.sent)} times, {found.lost_answers} tries without an answer")
    print(f"messages {dict(found.messages)}, scans {found.scans}")
    print(f"{found.misplaced} parcels not where the ordered stream brings them")
    print(f"acknowledged: p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")
    print(f"{pace.kills} kills, {seconds:.0f} s in all; load {os.getloadavg()[0]:.1f}")
    return found.violations() + ([] if p99 < MOST_P99 else [f"p99 of {p99 * 1000:.0f} ms"])


def main() -> None:
    """Reads the command line and runs; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Kills the gateway while a carrier pushes, and looks what is left.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--parcels", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stretch", type=float, default=1.0, help="lets the server live so many times as long")
    given = parser.parse_args()
    found = asyncio.run(measure(given.database, given.parcels, given.seed, given.stretch))
    print("\n".join(found) or "every promise held")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
