"""One subscriber's entries in the order of their positions: first those they missed, then those that come."""

from collections.abc import AsyncGenerator, AsyncIterator

from api.live.tail import Follower, Tail
from db.models.log import Seal
from resolvers.context import Viewer
from resolvers.live import Entry, Watch

PAGE = 100


class Following:
    """An async iterator of entries, each once and none left out; raises SlowReader. To be closed with ``aclose``.

    What was missed is read by page, within the viewer's reach, until little is left; then the log's end is followed, and
    what lies between is read by page once more. The tail tells from which position on it hands entries out, so the two
    meet exactly.
    """

    def __init__(self, tail: Tail, viewer: Viewer, watch: Watch) -> None:
        self._tail, self._viewer, self._watch = tail, viewer, watch
        self._follower: Follower | None = None
        self._place = 0
        self._entries = self._all()

    async def begin(self) -> "Following":
        """From now on, unless the watch says since when."""
        if self._watch.after is None:
            self._follower = await self._tail.join(self._viewer.reach, self._watch)
            self._place = self._follower.since
            try:
                self._place = max(self._place, await self._tail.newest())
            except BaseException:
                self._tail.leave(self._follower)
                raise
        else:
            self._place = self._watch.after
        return self

    def __aiter__(self) -> AsyncIterator[Entry]:
        return self

    async def __anext__(self) -> Entry:
        return await anext(self._entries)

    def leave(self) -> None:
        """Follows no more, at once."""
        if self._follower is not None:
            self._tail.leave(self._follower)

    async def aclose(self) -> None:
        """Follows no more, and ends what was being read."""
        self.leave()
        await self._entries.aclose()

    async def _all(self) -> AsyncGenerator[Entry, None]:
        if self._follower is None:
            async for entry in self._missed(None):
                yield entry
            self._follower = await self._tail.join(self._viewer.reach, self._watch)
            async for entry in self._missed(self._follower.since):
                yield entry
        while True:
            entry = await self._follower.take()
            if entry.seal.position > self._place:
                self._place = entry.seal.position
                yield entry

    async def _missed(self, until: int | None) -> AsyncGenerator[Entry, None]:
        """What was sealed after the present place, up to a position, else until a page is not full."""
        while until is None or self._place < until:
            statement = self._watch.page(self._place, PAGE)
            if until is not None:
                statement = statement.where(Seal.position <= until)
            async with self._tail.store.reading(self._viewer.reach) as session:
                page = [Entry(seal, event) for seal, event in await session.execute(statement)]
            for entry in page:
                self._place = entry.seal.position
                yield entry
            if len(page) < PAGE:
                return
