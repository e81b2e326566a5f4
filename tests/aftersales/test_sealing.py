"""Every committed fact once, in an order that no reader can see change."""

import asyncio
from collections import defaultdict
from uuid import UUID

from sqlalchemy import func, select

from aftersales.log import after
from aftersales.rules import merkle
from aftersales.sealing import Grown
from db.models.log import Event, Seal, Tree, Unsealed
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.aftersales.storm import Storm
from worker import sealing


async def brew(store: Store, parcels: int = 12) -> Storm:
    seller = await make.merchant(store)
    assert seller.merchant
    made = [await make.shipment(store, seller.merchant.id, f"SF{number:013}") for number in range(parcels)]
    await sealing.drain(store)
    storm = Storm(store, made)
    storm.committed = {(each.typeid, each.version) for each in made}
    return storm


class Reader:
    """Someone who reads on from where they stopped, and stops anywhere."""

    def __init__(self, store: Store, storm: Storm) -> None:
        self.store, self.storm = store, storm
        self.seen: list[tuple[int, int, UUID, int]] = []

    async def read(self) -> int:
        """One page; keeps the beginning of it."""
        merchant = self.storm.parcels[0].merchant_id
        position = self.seen[-1][0] if self.seen else 0
        wanted = after(position).where(Seal.merchant_id == merchant).limit(self.storm.chance.randint(1, 60))
        async with self.store.reading(EVERYTHING) as session:
            rows = (await session.execute(wanted)).all()
        kept = rows[: self.storm.chance.randint(1, max(1, len(rows)))]
        for seal, event in kept:
            self.seen.append((seal.position, seal.number, event.subject_id, event.version))
        return len(kept)

    async def keep_reading(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(self.storm.chance.random() * 0.01)


async def test_slow_and_failing_writers_and_killed_sealers_lose_and_repeat_nothing(store: Store) -> None:
    storm = await brew(store)
    readers = [Reader(store, storm) for _ in range(3)]
    async with storm.sealing():
        reading = [asyncio.create_task(reader.keep_reading()) for reader in readers]
        await asyncio.gather(*(storm.write(25) for _ in range(8)))
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    await sealing.drain(store)

    for reader in readers:
        while await reader.read():
            pass
        assert [number for _, number, _, _ in reader.seen] == list(range(1, len(reader.seen) + 1))
        ids = {each.id: each.typeid for each in storm.parcels}
        told = [(ids[subject], version) for _, _, subject, version in reader.seen]
        assert len(told) == len(set(told)) == len(storm.committed)
        assert set(told) == storm.committed
        versions: dict[str, list[int]] = defaultdict(list)
        for subject, version in told:
            versions[subject].append(version)
        assert all(each == sorted(each) for each in versions.values())
    if not store.is_sqlite:
        assert storm.kills >= 10


async def test_positions_have_no_gaps_and_nothing_waits_when_all_is_done(store: Store) -> None:
    storm = await brew(store)
    async with storm.sealing():
        await asyncio.gather(*(storm.write(5) for _ in range(4)))
    await sealing.drain(store)

    async with store.reading(EVERYTHING) as session:
        seals, last, events, waiting = [
            await session.scalar(select(each))
            for each in (
                func.count(Seal.position),
                func.max(Seal.position),
                func.count(Event.id),
                func.count(Unsealed.event_id),
            )
        ]
    assert seals == last == events
    assert waiting == 0


async def test_a_tree_is_the_tree_of_its_leaves(store: Store) -> None:
    storm = await brew(store)
    await storm.write(20)
    await sealing.drain(store)
    owner = storm.parcels[0].merchant_id

    async with store.reading(EVERYTHING) as session:
        tree = await session.get_one(Tree, owner)
        leaves = (await session.scalars(select(Seal.leaf).where(Seal.merchant_id == owner).order_by(Seal.number))).all()

    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        merkle.append(peaks, size, leaf)
    assert Grown.of(tree.size, tree.peaks) == Grown(len(leaves), peaks)


async def test_of_two_sealers_one_seals(store: Store) -> None:
    if store.is_sqlite:
        return
    storm = await brew(store)
    await storm.write(10)
    other = Store(store.url.render_as_string(hide_password=False), store.vault)
    try:
        sealed = await asyncio.gather(*(sealing.Sealer(each).step() for each in (store, other, store, other)))
    finally:
        await other.close()

    assert sum(each > 0 for each in sealed) == 1


async def test_the_low_water_rises_once_everything_older_has_ended(store: Store) -> None:
    if store.is_sqlite:
        return
    storm = await brew(store)
    sealer = sealing.Sealer(store)
    old = store.reading(EVERYTHING)
    async with old:
        await old.execute(select(func.pg_current_xact_id()))
        for _ in range(3):
            await storm.write(2)
            sealer.water._looked = 0
            await sealer.step()
        assert sealer.water.low == 0

    for _ in range(3):
        await storm.write(2)
        sealer.water._looked = 0
        assert await sealer.step() > 0
    assert 0 < sealer.water.low <= sealer.water.seen


async def test_a_late_commit_gets_a_later_position(store: Store) -> None:
    if store.is_sqlite:
        return
    storm = await brew(store)
    late, soon = storm.parcels[:2]
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(type(late), late.id, with_for_update=True)
        await storm._announce(session, [row])
        async with store.writing(EVERYTHING) as other:
            await storm._announce(other, [await other.get_one(type(soon), soon.id, with_for_update=True)])
        assert await sealing.drain(store) == 1
    assert await sealing.drain(store) == 1

    async with store.reading(EVERYTHING) as session:
        rows = await session.scalars(
            select(Event.subject_id).join(Seal, Seal.event_id == Event.id).order_by(Seal.position.desc()).limit(2)
        )
        assert rows.all() == [late.id, soon.id]
