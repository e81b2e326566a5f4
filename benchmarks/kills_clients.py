"""Partners' clients in the experiment with kills. Each registers parcels (many in a call in real life, so without a key)
and tells their stories, one keyed mutation after the other: eight times another carrier's, a test of the endpoint,
followed no more. Ten keys, ten effects that a second run would double and a lost one leave out. It asks until it is
answered, and now and then asks again what was answered long ago."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.kills_wire import Wire

CLIENTS = 6
RESENT = 0.1
CARRIERS = ("sf", "zto", "yto", "sto", "jd", "yunda", "ups", "fedex", "usps")
REGISTER = """mutation($carrier: String!, $number: String!) {
  done: shipmentsRegister(input: [{carrier: $carrier, trackingNumber: $number}]) {
    results { shipment { id } userErrors { code } } userErrors { code } } }"""
CORRECT = """mutation($id: ID!, $carrier: String!) {
  done: shipmentCorrectCarrier(input: {id: $id, carrier: $carrier}) { node: shipment { id } userErrors { code } } }"""
STOP = (
    "mutation($id: ID!) { done: shipmentStopTracking(input: {id: $id}) { node: shipment { id } userErrors { code } } }"
)
TEST = "mutation($id: ID!) { done: webhookEndpointTest(input: {id: $id}) { node: webhookDelivery { id } userErrors { code } } }"
STORY = ("shipment.registered", *["shipment.carrier_corrected"] * (len(CARRIERS) - 1), "shipment.tracking_stopped")
"""What the log tells of a parcel, in its order."""

KEYS = len(STORY)
"""Keys a story: one for each entry but the first, and one for the test."""


@dataclass(frozen=True, slots=True)
class Call:
    """One mutation; without a key, the one that is safe to repeat by itself."""

    key: str
    document: str
    variables: dict[str, str]

    def body(self) -> bytes:
        """As it is sent."""
        return orjson.dumps({"query": self.document, "variables": self.variables})


@dataclass
class Ledger:
    """What the clients know: by key, the id that was acknowledged; and what was wrong."""

    parcels: dict[str, str] = field(default_factory=dict)
    tests: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    resent: int = 0
    differing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass
class Client:
    """One of them, with a connection of its own. ``endpoint`` is tested once a story."""

    wire: Wire
    key: str
    endpoint: str
    ledger: Ledger
    dice: random.Random
    done: list[Call] = field(default_factory=list)

    async def tell(self, number: str) -> None:
        """One parcel's story."""
        parcel, _ = await self._ask(Call("", REGISTER, {"carrier": CARRIERS[0], "number": number}))
        self.ledger.parcels[number] = parcel
        for call in self._story(number, parcel):
            answered = await self._once(call)
            if call.document is TEST:
                self.ledger.tests[call.key] = answered

    def _story(self, number: str, parcel: str) -> Iterator[Call]:
        for carrier in CARRIERS[1:]:
            yield Call(f"{number}-{carrier}", CORRECT, {"id": parcel, "carrier": carrier})
        yield Call(f"{number}-test", TEST, {"id": self.endpoint})
        yield Call(f"{number}-stop", STOP, {"id": parcel})

    async def _once(self, call: Call) -> str:
        answered, _ = await self._ask(call)
        self.ledger.answered[call.key] = answered
        self.done.append(call)
        if self.dice.random() < RESENT:
            await self._again(self.dice.choice(self.done))
        return answered

    async def _again(self, call: Call) -> None:
        """Asks what was answered: the answer is the same, and says that it is a repeat."""
        answered, is_replay = await self._ask(call)
        self.ledger.resent += 1
        if not is_replay or answered != self.ledger.answered[call.key]:
            self.ledger.differing.append(call.key)

    async def _ask(self, call: Call) -> tuple[str, bool]:
        headers = {"authorization": f"Bearer {self.key}", **({"idempotency-key": call.key} if call.key else {})}
        while True:
            told = orjson.loads(await self.wire.until_answered("/graphql", headers, call.body()))
            id_ = _id_in(told)
            if id_ is not None:
                return id_, bool(told.get("extensions", {}).get("replayed"))
            if "errors" not in told and "CONFLICT" not in str(told):
                self.ledger.refused.append(f"{call.key}: {told}")
                return "", False
            await asyncio.sleep(0.05)


def _id_in(told: dict[str, Any]) -> str | None:
    done = (told.get("data") or {}).get("done") or {}
    node = done["results"][0]["shipment"] if done.get("results") else done.get("node")
    return None if node is None else str(node["id"])


async def tell_all(clients: list[Client], numbers: list[str]) -> None:
    """The clients tell the stories of these parcels, each its own ones after another."""
    waiting = iter(numbers)

    async def one(client: Client) -> None:
        for number in waiting:
            await client.tell(number)
        client.wire.close()

    await asyncio.gather(*(one(client) for client in clients))
