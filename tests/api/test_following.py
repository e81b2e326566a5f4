"""Following the log: what is told live is what the feed tells, whoever reads, wherever they begin, whatever goes on."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from aftersales.credentials import DEFAULT_SCOPES
from api.live import hints
from api.live.following import Following
from api.live.paces import Paces
from api.live.tail import QUEUED, SlowReader, Tail
from db.enums import PartnerKind, Subject
from db.models.shipments import Shipment
from db.reach import Reach
from db.session import Store
from resolvers.context import Viewer
from resolvers.live import Watch
from tests import make
from tests.api.live import CHANGES, Gateway, parcels, scanned, serving, stir
from worker import sealing
from worker.sealing import Sealer

ALL = frozenset(Subject)
READS = frozenset({"orders:read", "shipments:read"})


@pytest.fixture
async def tail(store: Store) -> AsyncIterator[Tail]:
    opened = Tail(store)
    yield opened
    await opened.close()


@contextlib.asynccontextmanager
async def following(tail: Tail, reach: Reach, after: int | None = None) -> AsyncIterator[Following]:
    viewer = Viewer(reach, READS, UUID(int=0), PartnerKind.MERCHANT)
    stream = await Following(tail, viewer, Watch(ALL, None, after)).begin()
    try:
        yield stream
    finally:
        await stream.aclose()


async def taken(stream: Following, until: int) -> list[int]:
    """Positions, until one is reached or nothing comes any more."""
    positions: list[int] = []
    with contextlib.suppress(TimeoutError):
        while not positions or positions[-1] < until:
            async with asyncio.timeout(2):
                positions.append((await anext(stream)).seal.position)
    return positions


async def in_the_feed(store: Store, reach: Reach, after: int) -> list[int]:
    """Positions, as the feed's own statement reads them."""
    async with store.reading(reach) as session:
        return [seal.position for seal, _ in await session.execute(Watch(ALL, None, None).page(after, 10_000))]


async def world(store: Store) -> tuple[dict[str, Reach], Sequence[Shipment]]:
    """Partners of each kind over two merchants, and parcels of both."""
    mine, foreign = await make.merchant(store), await make.merchant(store)
    agent, nobody = await make.platform(store, mine, foreign), await make.platform(store)
    half = await make.platform(store, foreign)
    assert mine.merchant
    assert foreign.merchant
    order = await make.order(store, mine.merchant.id, "W-1")
    number = random.randrange(10**9)
    rows = [
        await make.shipment(store, mine.merchant.id, f"SF{number:013}", "sf", [order]),
        await make.shipment(store, mine.merchant.id, f"{4310000000000 + number}", "yunda"),
        await make.shipment(store, foreign.merchant.id, f"SF{number + 1:013}", "sf"),
    ]
    reaches = {
        "a merchant": Reach(merchant_id=mine.merchant.id, partner_id=mine.partner.id),
        "another merchant": Reach(merchant_id=foreign.merchant.id),
        "a platform": Reach(platform_id=agent.partner.id, partner_id=agent.partner.id),
        "a platform of the other": Reach(platform_id=half.partner.id),
        "a platform of nobody": Reach(platform_id=nobody.partner.id),
        "a platform for one": Reach(merchant_id=mine.merchant.id, partner_id=agent.partner.id),
        "a carrier": Reach(carrier_code="sf"),
        "another carrier": Reach(carrier_code="yunda"),
        "a buyer": Reach(merchant_id=mine.merchant.id, customer_id=order.customer_id),
        "the buyer at another merchant": Reach(merchant_id=foreign.merchant.id, customer_id=order.customer_id),
    }
    return reaches, rows


async def test_each_kind_of_viewer_follows_what_their_feed_tells(store: Store, tail: Tail) -> None:
    reaches, rows = await world(store)
    await stir(store, rows[0])
    start = await tail.newest()
    async with contextlib.AsyncExitStack() as stack:
        streams = {name: await stack.enter_async_context(following(tail, each)) for name, each in reaches.items()}
        for _ in range(10):
            await stir(store, random.choice(rows))
        assert rows[0].merchant_id
        await make.order(store, rows[0].merchant_id, "W-2")
        await stir(store, rows[2])
        end = await tail.newest()
        told = dict(zip(streams, await asyncio.gather(*(taken(each, end) for each in streams.values())), strict=True))

    assert told == {name: await in_the_feed(store, reach, start) for name, reach in reaches.items()}
    assert sum(bool(positions) for positions in told.values()) >= 6


async def test_nothing_is_missed_or_repeated_wherever_one_begins(store: Store, tail: Tail) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    numbers = [f"SF31{number:011}" for number in range(4)]
    rows = await parcels(store, seller, *numbers)
    reach, start = Reach(merchant_id=seller.merchant.id), await tail.newest()
    writing, sealer = asyncio.Event(), Sealer(store)

    async def write(parcel: Shipment) -> None:
        while not writing.is_set():
            await scanned(store, parcel)
            await asyncio.sleep(random.random() * 0.02)

    async def seal() -> None:
        while not writing.is_set():
            await asyncio.sleep(random.random() * 0.01)
            await sealer.step()

    async def read() -> tuple[int, list[int]]:
        """Comes late, resumes from somewhere, leaves, and comes back to where it was, until the end."""
        await asyncio.sleep(random.random() * 1.5)
        since = await tail.newest() - random.randrange(20)
        place, positions = max(since, start), list[int]()
        while not writing.is_set():
            async with following(tail, reach, place) as stream:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        for _ in range(random.randrange(1, 30)):
                            positions.append((await anext(stream)).seal.position)
            place = positions[-1] if positions else place
        return max(since, start), positions

    tasks = [asyncio.create_task(work) for work in (*map(write, rows), seal())]
    readers = [asyncio.create_task(read()) for _ in range(8)]
    await asyncio.sleep(3)
    writing.set()
    await asyncio.gather(*tasks)
    while await sealer.step():
        pass

    for since, positions in await asyncio.gather(*readers):
        assert positions == (await in_the_feed(store, reach, since))[: len(positions)]
        assert len(positions) > 20


async def test_a_long_backlog_is_told_before_what_happens_now(store: Store, tail: Tail) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    [parcel] = await parcels(store, seller, "SF3200000000001")
    start = await tail.newest()
    await stir(store, parcel, 230)
    reach = Reach(merchant_id=seller.merchant.id)
    async with following(tail, reach, start) as stream:
        first = [(await anext(stream)).seal.number for _ in range(3)]
        await stir(store, parcel, 3)
        rest = [(await anext(stream)).seal.number for _ in range(230)]

    assert first + rest == list(range(2, 235))


async def test_nothing_is_read_while_nobody_follows(store: Store, tail: Tail) -> None:
    assert tail._ended()
    async with following(tail, Reach(carrier_code="sf")):
        assert not tail._ended()
    await asyncio.sleep(0.2)
    assert tail._ended()


async def test_a_hint_comes_before_the_next_look(store: Store) -> None:
    """In this process on SQLite; from whichever process seals on PostgreSQL."""
    assert hints.CHANNEL == sealing.CHANNEL
    seller = await make.merchant(store)
    assert seller.merchant
    [parcel] = await parcels(store, seller, "SF3700000000001")
    patient = Tail(store, Paces(poll=60.0))
    async with following(patient, Reach(merchant_id=seller.merchant.id)) as stream:
        coming = asyncio.ensure_future(anext(stream))
        async with asyncio.timeout(5):
            while not coming.done():
                await stir(store, parcel)
                await asyncio.wait([coming], timeout=0.3)
        assert (await coming).event.subject_id == parcel.id
    await patient.close()


async def test_who_takes_nothing_is_dropped_and_the_others_go_on(store: Store, tail: Tail) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    [parcel] = await parcels(store, seller, "SF3300000000001")
    reach = Reach(merchant_id=seller.merchant.id)
    async with following(tail, reach) as slow, following(tail, reach) as quick:
        assert slow._follower
        await stir(store, parcel)
        entry = await anext(quick)
        for _ in range(QUEUED + 1):
            slow._follower.offer(entry)
        with pytest.raises(SlowReader):
            await anext(slow)
        await stir(store, parcel)
        assert (await anext(quick)).seal.number == entry.seal.number + 1


async def test_who_joins_while_entries_are_handed_out_gets_the_rest_of_them(store: Store, tail: Tail) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    [parcel] = await parcels(store, seller, "SF3800000000001")
    reach = Reach(merchant_id=seller.merchant.id)
    async with following(tail, reach) as early:
        await stir(store, parcel, 3)
        entries = [await anext(early) for _ in range(3)]
        start = entries[0].seal.position - 1
        tail.position = start
        handing = asyncio.create_task(tail._hand_out(entries, {}))
        await asyncio.sleep(0)
        late = await tail.join(reach, Watch(ALL, None, None))
        await handing
        missed = late.since - start
        assert missed == 1
        assert [await late.take() for _ in range(2)] == entries[1:]
        tail.leave(late)


async def test_alike_subscriptions_share_one_rendering(store: Store) -> None:
    seller = await make.merchant(store)
    other_key = await make.another_key(store, seller, *DEFAULT_SCOPES[PartnerKind.MERCHANT])
    less = await make.another_key(store, seller, "shipments:read")
    [parcel] = await parcels(store, seller, "SF3400000000001")
    async with serving(store) as gateway, contextlib.AsyncExitStack() as stack:
        talks = [await stack.enter_async_context(gateway.socket(who)) for who in (seller, seller, other_key, less)]
        for talk in talks:
            await talk.subscribe("1", CHANGES)
        await stir(store, parcel)
        ids = [(await talk.hear())["payload"]["extensions"]["requestId"] for talk in talks]

    assert len(set(ids[:3])) == 1
    assert ids[3] != ids[0]


async def test_every_server_over_one_database_tells(store: Store, database_url: str) -> None:
    seller = await make.merchant(store)
    [parcel] = await parcels(store, seller, "SF3500000000001")
    beside = Store(database_url, store.vault)
    async with serving(store) as one, serving(beside) as two, one.socket(seller) as here, two.socket(seller) as there:
        await here.subscribe("1")
        await there.subscribe("1")
        for _ in range(5):
            await stir(store, parcel)
        assert [(await here.next())["number"] for _ in range(5)] == [2, 3, 4, 5, 6]
        assert [(await there.next())["number"] for _ in range(5)] == [2, 3, 4, 5, 6]
    await beside.close()


async def test_a_reader_who_takes_nothing_is_cut(store: Store) -> None:
    seller = await make.merchant(store)
    [parcel] = await parcels(store, seller, "SF3600000000001")
    async with (
        serving(store, Paces(slow=1.0)) as gateway,
        small(gateway) as raw,
        gateway.socket(seller, sock=raw, max_queue=1) as slow,
        gateway.socket(seller) as quick,
    ):
        for number in range(20):
            await slow.subscribe(str(number))
        await quick.subscribe("1")
        slow.raw.transport.pause_reading()

        told = 0
        async with asyncio.timeout(10):
            while len(gateway.app.state.live.guests) > 1:
                await stir(store, parcel)
                told += 1
        await stir(store, parcel)
        assert [(await quick.next())["number"] for _ in range(told + 1)] == list(range(2, told + 3))
        slow.raw.transport.abort()


@contextlib.asynccontextmanager
async def small(gateway: Gateway) -> AsyncIterator[Any]:
    """A connection that holds little on its way."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    host, port = gateway.url.removeprefix("http://").split(":")
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    yield raw
