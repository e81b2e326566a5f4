"""A carrier on loopback that does what it is asked and then, now and then, loses its answer: it closes the connection, or
says nothing until the caller gives up. It keeps what it was asked, so that a test can count."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from carriers import wire
from carriers.carrier import Access, Carrier, Finding, Parcel, Reply, Request, Subscribed, Subscribing, Tracking
from tests.worker import tiny


@dataclass
class Forgetful:
    """Its books. ``by_number``: it has one subscription a number, however often it is asked; else one more each time.
    Of each ten answers it loses its ``share``, in random places: never so many in a row that a breaker opens."""

    by_number: bool
    share: float = 0.3
    random: Random = field(default_factory=lambda: Random(7))
    made: Counter[str] = field(default_factory=Counter)
    asked: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _deck: list[bool] = field(default_factory=list)

    def loses(self) -> bool:
        """Whether the next answer is lost."""
        if not self._deck:
            self._deck = [place < self.share * 10 for place in range(10)]
            self.random.shuffle(self._deck)
        return self._deck.pop()

    def heals(self) -> None:
        """From now on it loses nothing."""
        self.share, self._deck = 0.0, []

    def subscribe(self, told: Any) -> Any:
        """Takes a subscription with our reference."""
        self.asked[told["number"]].append(told["reference"])
        if not (self.by_number and self.made[told["number"]]):
            self.made[told["number"]] += 1
        return {"ok": True}

    def listed(self, _: Any) -> Any:
        """Every subscription there is."""
        return [{"number": number} for number in self.made.elements()]

    def track(self, numbers: Any) -> Any:
        """Tells only of parcels it was subscribed to."""
        return {number: {"scans": []} if self.made[number] else {"error": "404"} for number in numbers}


@asynccontextmanager
async def running(carrier: Forgetful) -> AsyncIterator[Forgetful]:
    """The carrier on loopback."""
    paths = {"/subscribe": carrier.subscribe, "/subscriptions": carrier.listed, "/track": carrier.track}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _exchange(carrier, paths, reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    carrier.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield carrier


async def _exchange(carrier: Forgetful, paths: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
    body = json.loads(await reader.readexactly(length) or b"null")
    answer = json.dumps(paths[head.split()[1]](body)).encode()
    carrier.arrived.set()
    if carrier.loses():
        carrier.lost += 1
        if carrier.random.random() < 0.2:
            await reader.read()  # says nothing until the caller hangs up
        return
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (len(answer), answer))
    await writer.drain()


def _subscribe(parcels: Sequence[Parcel], access: Access) -> Request:
    [parcel] = parcels
    told = {"number": parcel.tracking_number, "reference": parcel.reference}
    return wire.json_request("POST", f"{access.base_url}/subscribe", told)


def _taken(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    assert wire.object_of(reply.body)["ok"]
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels))


def _search(_: Sequence[Parcel], access: Access) -> Request:
    return Request("GET", f"{access.base_url}/subscriptions")


def _found(reply: Reply, parcels: Sequence[Parcel], _: Access) -> Subscribed:
    told = {each["number"] for each in wire.objects(wire.json_of(reply.body), "the list")}
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels if parcel.tracking_number in told))


KNOWS_BY_NUMBER = Subscribing(_subscribe, _taken)
LISTS = replace(KNOWS_BY_NUMBER, finding=Finding(_search, _found))
TELLS_ONLY_AFTER = replace(KNOWS_BY_NUMBER, before_query=True)


def carrier(subscribing: Subscribing) -> Carrier:
    """The carrier as we know it."""
    plain = tiny.carrier(subscribing=subscribing, pushing=False)
    assert plain.tracking
    return replace(plain, tracking=Tracking(plain.tracking.request, plain.tracking.read, at_most=1))
