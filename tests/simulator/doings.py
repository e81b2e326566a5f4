"""What steps are made of: calls that are remembered, messages that are delivered, a log that is read on."""

from typing import Any

from sqlalchemy import func, select

from db.models.log import Seal
from db.reach import EVERYTHING
from tests import make
from tests.simulator import documents
from tests.simulator.documents import essence
from tests.simulator.ground import PUBLIC_URL
from tests.simulator.outside import Push
from tests.simulator.world import Call, Consumer, Endpoint, Violation, World


async def call(world: World, who: make.Someone, document: str, variables: dict[str, Any]) -> str:
    """A new call, remembered before it is sent. Gives what came of it in words."""
    call = Call(who, document, variables, f"key-{world.known.next()}", world.now)
    world.known.calls.append(call)
    return await answer(world, call)


async def answer(world: World, call: Call) -> str:
    """Sends a call, for the first time or again: what came of it is the same each time, but for a lost race."""
    data = await world.ask(call.who, call.document, {**call.variables, "key": call.key})
    told = data[documents.field(call.document)]
    if any(no["code"] == "CONFLICT" for no in told["userErrors"]):  # is not kept: the sender asks again
        if world.ground.store.is_sqlite:
            raise Violation("a conflict, where one writes at a time")
        return "CONFLICT"
    heard = essence(told)
    newest = await _newest(world) if call.document == documents.ENDPOINT_CREATE else 0
    if call.answer is None:
        call.answer = heard
        _learn_items(world, call, told.get("results") or [])
        _learn_endpoint(world, call, told, newest)
    elif heard != call.answer:
        raise Violation(f"a repeat differs: {call.answer} became {heard}")
    return documents.outcome(told)


async def _newest(world: World) -> int:
    """The newest position: what is sealed from now on is told to endpoints that are there now."""
    async with world.ground.store.reading(EVERYTHING) as session:
        return await session.scalar(select(func.max(Seal.position))) or 0


def _learn_items(world: World, call: Call, results: list[dict[str, Any]]) -> None:
    known, shop = world.known, next((each for each in world.cast.shops if each.who is call.who), None)
    for form, each in zip(call.variables["input"] if results else (), results, strict=True):
        assert shop
        parcels = [form] if each.get("shipment") else []
        if each.get("order"):
            known.orders[form["number"]] = shop
            parcels = form["shipments"]
        for parcel in parcels:
            known.parcels.add((shop.mark, parcel["carrier"], parcel["trackingNumber"]))
        if each.get("shipment"):
            known.ids[each["shipment"]["id"]] = shop


def _learn_endpoint(world: World, call: Call, told: dict[str, Any], newest: int) -> None:
    known, secrets, id_ = world.known, world.receivers.secrets, (told.get("webhookEndpoint") or {}).get("id")
    if id_ and call.document == documents.ENDPOINT_CREATE:
        wish = call.variables["input"]
        one = Endpoint(id_, wish["url"].split("/")[2], call.who, wish["topics"], newest)
        known.endpoints.append(one)
        secrets[one.host] = {told["secret"]} if told["secret"] else set()
    if id_ and call.document == documents.ENDPOINT_ROTATE:
        for one in known.endpoints:
            if one.id == id_ and one.secrets and told["secret"]:
                secrets[one.host] = one.secrets | {told["secret"]}
    if id_ and call.document == documents.ENDPOINT_DELETE:
        known.endpoints = [each for each in known.endpoints if each.id != id_]
        known.calls = [each for each in known.calls if id_ not in f"{each.variables}{each.answer}"]


async def settle(world: World) -> None:
    """Whoever got no answer asks again."""
    for call in [each for each in world.known.calls if each.answer is None]:
        await answer(world, call)


async def read_on(world: World, consumer: Consumer, first: int, pages: int) -> int:
    """Reads so many pages at most. Gives how many entries came."""
    count, consumer.is_reading = 0, True
    try:
        for _ in range(pages):
            asked = {"first": first, "after": consumer.after}
            page = (await world.ask(consumer.who, documents.CHANGES, asked))["changes"]
            count += len(page["nodes"])
            consumer.seen += [node["position"] for node in page["nodes"]]
            consumer.after = page["pageInfo"]["endCursor"] or consumer.after
            if not page["pageInfo"]["hasNextPage"]:
                break
    finally:
        consumer.is_reading = False
    return count


def gather_news(world: World) -> None:
    """What carriers have to say by now is on its way."""
    world.known.flying += world.stage.news(sorted({each.carrier for each in world.cast.consoles}))


async def deliver(world: World, one: Push) -> str:
    """One message at our door."""
    message = one.message
    query = "&".join(f"{name}={value}" for name, value in message.query.items())
    path = message.path.removeprefix(PUBLIC_URL)
    status, _ = await world.request(message.method, path, dict(message.headers), message.body, query)
    if status not in {200, 204}:
        raise Violation(f"a push of {one.carrier} was answered {status}")
    world.known.accepted.append(one)
    return one.carrier
