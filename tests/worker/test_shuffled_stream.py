"""Five thousand pushes, each sent one to three times, shuffled, eight at a time, while the worker reads: every event is
kept once, nothing acknowledged is lost, and every parcel ends where the ordered stream would have brought it."""

import asyncio
import random
from datetime import timedelta

import httpx2
from sqlalchemy import func, select
from starlette.applications import Starlette

from aftersales.rules.shipments import fold
from aftersales.scans import seen
from aftersales.shipments import ShipmentWish, register_many
from api import carrier_push
from api.carrier_push import Door
from carriers.carrier import Incoming
from carriers.sf import CARRIER
from db.enums import InboxState
from db.models.log import Event
from db.models.messages import Inbox
from db.models.shipments import Shipment, TrackingEvent
from db.reach import EVERYTHING, Reach
from db.session import Store
from tests.worker import making
from tests.worker.making import BY, NOON, push, route
from worker import inbox

PARCELS, SCANS, AT_ONCE = 500, 10, 8
CODES = ("50", "30", "31", "36", "30", "31", "44", "70", "44", "80", "648", "99")


def stories(dice: random.Random) -> dict[str, list[dict[str, str]]]:
    """What happens to each parcel: codes in any order, minutes apart, sometimes in one minute."""
    told = {}
    for parcel in range(PARCELS):
        number = f"SF77{parcel:011}"
        minutes = sorted(dice.choices(range(4000), k=SCANS))
        told[number] = [
            route(number, dice.choice(CODES), minute, f"scan {place}", f"{parcel}-{place}")
            for place, minute in enumerate(minutes)
        ]
    return told


async def test_a_shuffled_repeated_stream_ends_like_the_ordered_one(store: Store) -> None:
    dice = random.Random(7)
    owner = await making.merchant(store)
    _, token = await making.account(store, owner)
    told = stories(dice)
    async with store.writing(Reach(merchant_id=owner.id)) as session:
        wishes = [ShipmentWish(owner.id, "sf", number) for number in told]
        await register_many(session, store.vault, wishes, BY, NOON)
    bodies = [push([scan]) for scans in told.values() for scan in scans]
    sent = [body for body in bodies for _ in range(dice.randint(1, 3))]
    dice.shuffle(sent)
    await _send_all(store, sent, token)
    async with store.reading(EVERYTHING) as session:
        counted = await session.execute(select(Inbox.state, func.count()).group_by(Inbox.state))
        states = {row[0]: row[1] for row in counted}
        kept = {row.tracking_number: row for row in await session.scalars(select(Shipment))}
        events = await session.scalar(select(func.count()).select_from(TrackingEvent))
        facts = (await session.execute(select(Event.subject_id, Event.version).order_by(Event.id))).all()
    assert states == {InboxState.DONE: len(bodies)}
    assert events == len(bodies)
    for number, scans in told.items():
        [read] = CARRIER.pushing.read(Incoming(push(scans), NOON)).shipments if CARRIER.pushing else []
        expected = fold(seen(scan) for scan in read.scans)
        row = kept[number]
        assert (row.status, row.reason, row.status_since, row.picked_up_at, row.delivered_at, row.last_event_at) == (
            expected.status,
            expected.reason,
            expected.since,
            expected.picked_up_at,
            expected.delivered_at,
            expected.last_event_at,
        )
        versions = [version for subject, version in facts if subject == row.id]
        assert versions == list(range(1, row.version + 1))


async def _send_all(store: Store, bodies: list[bytes], token: str) -> None:
    """Sends with eight at a time; the worker's inbox reads meanwhile, and to the end."""
    door = Door(store, lambda: NOON)
    app = Starlette(routes=carrier_push.routes(door))
    waiting = iter(bodies)
    sent = asyncio.Event()

    async def send(client: httpx2.AsyncClient) -> None:
        for body in waiting:
            answer = await client.post(f"/carriers/sf/push/{token}", content=body)
            assert answer.status_code == 200

    async def read() -> None:
        is_over = False
        while not is_over:  # one more pass after the last was sent
            is_over = sent.is_set()
            while await inbox.take(store, NOON + timedelta(minutes=1)):  # noqa: ASYNC110 it takes while it waits
                await asyncio.sleep(0.02)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://gate.example") as client:
        reader = asyncio.create_task(read())
        await asyncio.gather(*(send(client) for _ in range(AT_ONCE)))
        sent.set()
        await reader
