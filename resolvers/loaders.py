"""The same edges, one aiodataloader each, made per request inside its loop."""

import asyncio
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader

from db.reach import Reach
from db.session import Store
from resolvers.edges import Edge

BATCH_SECONDS = 8
LARGEST_BATCH = 1000  # keys a statement: below every driver's limit on parameters


class EdgeLoader(DataLoader[Any, Any]):
    """Gathers one edge's keys. Each batch borrows a connection for one SELECT and is bounded in time.

    aiodataloader keeps the future of a cancelled load and would hand it to the next who asks: it is dropped here.
    """

    max_batch_size = LARGEST_BATCH

    def __init__(self, edge: Edge, store: Store, reach: Reach, seats: asyncio.Semaphore) -> None:
        super().__init__()
        self._edge, self._store, self._reach, self._seats = edge, store, reach, seats

    async def batch_load_fn(self, keys: list[Any]) -> list[Any]:
        """One statement in a short session of its own."""
        try:
            async with asyncio.timeout(BATCH_SECONDS), self._seats, self._store.reading(self._reach) as session:
                return await self._edge.batch(session, keys)
        except asyncio.CancelledError as cancelled:  # aiodataloader would leave its waiters hanging
            raise RuntimeError("the batch was cancelled") from cancelled

    def load(self, key: Any = None) -> asyncio.Future[Any]:
        """As aiodataloader's, past a cancelled predecessor."""
        waiting = self._cache.get(self.get_cache_key(key)) if self._cache else None
        if waiting is not None and waiting.cancelled():
            self.clear(key)
        return super().load(key)


class Loaders:
    """One loader an edge, made on first use."""

    def __init__(self, store: Store, reach: Reach, seats: asyncio.Semaphore) -> None:
        self._of = (store, reach, seats)
        self._made: dict[Edge, EdgeLoader] = {}
        self._keys: DataLoader[UUID, None] = DataLoader(self._fetch_keys, max_batch_size=LARGEST_BATCH)

    def __getitem__(self, edge: Edge) -> EdgeLoader:
        """The edge's loader."""
        if edge not in self._made:
            self._made[edge] = EdgeLoader(edge, *self._of)
        return self._made[edge]

    async def key_of(self, merchant_id: UUID) -> None:
        """Brings a merchant's data key to hand; the keys that siblings need come in the same statement."""
        store, _, _ = self._of
        if not store.vault.knows(merchant_id):
            await self._keys.load(merchant_id)

    async def _fetch_keys(self, merchants: list[UUID]) -> list[None]:
        store, _, seats = self._of
        try:
            async with asyncio.timeout(BATCH_SECONDS), seats:
                await store.keys_of(*merchants)
        except asyncio.CancelledError as cancelled:  # as above
            raise RuntimeError("the batch was cancelled") from cancelled
        return [None] * len(merchants)
