"""The end of the sealed log, read once a process for all who follow it."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from uuid import UUID

import structlog
from sqlalchemy import func, select

from aftersales import log
from api.live.hints import hinted
from api.live.paces import PACES, Paces
from db.cancelling import hear_cancellation
from db.models.log import Seal
from db.models.partners import MerchantLink
from db.reach import EVERYTHING, Reach
from db.session import Store
from resolvers.live import Entry, Watch, place_of, places_of

AT_ONCE = 500
QUEUED = 1_000
AFTER_FAILURE_SECONDS = 1.0
BREATH_SECONDS = 0.005  # what is sealed meanwhile is read in one look

_log = structlog.get_logger("live")


class SlowReader(Exception):
    """Entries came faster than they were taken; nothing is lost for one who resumes."""


class Follower:
    """One who follows: entries of ``watch`` after position ``since``, until they are taken; at most a thousand."""

    def __init__(self, place: Hashable, watch: Watch, since: int) -> None:
        self.place, self.watch, self.since = place, watch, since
        self._entries: asyncio.Queue[Entry] = asyncio.Queue(QUEUED)
        self._overrun = False

    def offer(self, entry: Entry) -> None:
        """Keeps the entry for them when they want it."""
        if not self._overrun and self.watch.shows(entry.event):
            try:
                self._entries.put_nowait(entry)
            except asyncio.QueueFull:
                self._overrun = True

    async def take(self) -> Entry:
        """The next entry, as soon as there is one. SlowReader when too many waited."""
        if self._overrun:
            raise SlowReader
        return await self._entries.get()


class Tail:
    """Reads new seals in the order of their positions while anybody follows, and hands each to those it reaches."""

    def __init__(self, store: Store, paces: Paces = PACES) -> None:
        self.store = store
        self.position = 0
        self._paces = paces
        self._followers: dict[Hashable, set[Follower]] = defaultdict(set)
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._bell = asyncio.Event()

    async def newest(self) -> int:
        """The last position sealed."""
        async with self.store.reading(EVERYTHING) as session:
            return await session.scalar(select(func.coalesce(func.max(Seal.position), 0))) or 0

    async def join(self, reach: Reach, watch: Watch) -> Follower:
        """Follows from here on; what comes after ``since`` is theirs, whatever comes before is to be read by page."""
        async with self._starting:
            if self._ended():
                self.position = await self.newest()
            follower = Follower(place_of(reach), watch, self.position)
            self._followers[follower.place].add(follower)
            if self._ended():
                self._reading = asyncio.create_task(self._read_on(), name="live.tail")
        return follower

    def leave(self, follower: Follower) -> None:
        """Follows no more; the last one out ends the reading."""
        others = self._followers.get(follower.place, set())
        others.discard(follower)
        if not others:
            self._followers.pop(follower.place, None)
        if not self._followers:
            self._bell.set()

    async def close(self) -> None:
        """Stops reading."""
        reading = self._reading
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])
            self._reading = None

    def _ended(self) -> bool:
        return self._reading is None or self._reading.done()

    async def _read_on(self) -> None:
        async with hinted(self.store, self._bell.set):
            while self._followers:
                self._bell.clear()
                try:
                    many = await self._step()
                except Exception as error:  # noqa: BLE001 whatever it is, nothing is lost: the next look begins where this did
                    hear_cancellation()
                    _log.error("live.tail_failed", error=type(error).__name__)
                    await asyncio.sleep(AFTER_FAILURE_SECONDS)
                    continue
                if many < AT_ONCE:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._bell.wait(), self._paces.poll)
                    await asyncio.sleep(BREATH_SECONDS)
            self._reading = None

    async def _step(self) -> int:
        """One look. Who joins while it is under way is among those it is handed to."""
        async with self.store.reading(EVERYTHING) as session:
            rows = await session.execute(log.after(self.position).limit(AT_ONCE))
            entries = [Entry(seal, event) for seal, event in rows]
            if not entries:
                return 0
            merchants = {entry.seal.merchant_id for entry in entries}
            links = await session.execute(
                select(MerchantLink.merchant_id, MerchantLink.partner_id).where(MerchantLink.merchant_id.in_(merchants))
            )
            platforms: dict[UUID, list[UUID]] = defaultdict(list)
            for merchant, platform in links:
                platforms[merchant].append(platform)
        await self._hand_out(entries, platforms)
        return len(entries)

    async def _hand_out(self, entries: Sequence[Entry], platforms: dict[UUID, list[UUID]]) -> None:
        """One after the other, making way for others in between; who joins meanwhile knows the place this has come to."""
        for entry in entries:
            acting: Iterable[UUID] = platforms.get(entry.seal.merchant_id, ())
            for place in places_of(entry.seal, acting):
                for follower in self._followers.get(place, ()):
                    follower.offer(entry)
            self.position = entry.seal.position
            await asyncio.sleep(0)
