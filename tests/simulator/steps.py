"""What may happen in a world. A step is a coroutine function of the world that does one thing, keeps what the outside now
knows in ``world.known``, and tells in a few words what came of it (nothing that depends on more than the seed: no ids).

To add a kind of step: write the function, add a line with its weight to ``STEPS`` (and to ``TOGETHER``, if it may run beside
others). A keyed mutation is one line (``doings.call`` with a document of ``documents``): it is remembered before it is sent, since
the process may die between, repeated under its key, and must then be answered the same. What else the outside learns of
an answer goes to ``doings._learn_items`` or its neighbour, what must hold of it in the end to ``invariants``.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from carriers import magic
from carriers.registry import BY_CODE
from carriers.sandbox import playable
from carriers.scripts import LOST, RETURNED, UNKNOWN
from tests import make
from tests.simulator import documents, doings
from tests.simulator.ground import Shop
from tests.simulator.outside import MOODS
from tests.simulator.world import LONGEST, START, Violation, World

Step = Callable[[World], Coroutine[Any, Any, str]]
TOPICS = (["*"], ["*"], ["shipment.*"], ["order.*", "shipment.delivered"])
TIMES = (1, 5, 12, 40, 400, 2000, 3 * 3600, 9 * 3600, 26 * 3600)
BUSY = {"inbox": 4, "sealing": 4, "fanout": 4, "webhooks": 6, "subscribing": 2, "polling": 2}
UNANSWERED_FOR = timedelta(hours=1)


async def send_orders(world: World) -> str:
    """A merchant sends orders, new and known, some with their parcels."""
    shop = world.dice.choice(world.cast.shops)
    forms = [_order(world, shop) for _ in range(world.dice.choice((1, 1, 2)))]
    return await doings.call(world, shop.who, documents.ORDERS_SYNC, {"input": forms})


def _order(world: World, shop: Shop) -> dict[str, Any]:
    mine = [number for number, owner in world.known.orders.items() if owner is shop]
    number = world.dice.choice(mine) if mine and world.dice.random() < 0.3 else f"{shop.mark}-{world.known.next()}"
    parcels = [_parcel(world, shop) for _ in range(world.dice.choice((0, 1, 1)))]
    placed = (START - timedelta(hours=world.dice.randint(1, 90))).isoformat()
    form = make.order_form(number, placedAt=placed, shipments=parcels)
    form["customer"]["name"] = f"{shop.mark} 王"
    return form


def _parcel(world: World, shop: Shop) -> dict[str, Any]:
    """A parcel that the carrier knows: a new one, or one that another shop may have registered."""
    code = world.dice.choice(shop.carriers)
    if code == "sf" and world.dice.random() < 0.2:
        shared = sorted({number for _, carrier, number in world.known.parcels if carrier == code})
        if shared:
            return {"carrier": code, "trackingNumber": world.dice.choice(shared), "phone": "13800138000"}
    scripts = [each for each in playable(BY_CODE[code]) if each.steps or each is UNKNOWN]
    script = world.dice.choice([each for each in scripts if each not in {LOST, RETURNED}] + scripts)
    number = magic.number(code, script, world.known.next())
    return {"carrier": code, "trackingNumber": number, "phone": "13800138000"}


async def register_parcels(world: World) -> str:
    """A merchant registers parcels, some for an order of its own."""
    shop = world.dice.choice(world.cast.shops)
    mine = [number for number, owner in world.known.orders.items() if owner is shop]
    forms = [_parcel(world, shop) for _ in range(world.dice.choice((1, 1, 2)))]
    for form in forms:
        if mine and world.dice.random() < 0.5:
            form["orderNumbers"] = [world.dice.choice(mine)]
    return await doings.call(world, shop.who, documents.SHIPMENTS_REGISTER, {"input": forms})


async def stop_tracking(world: World) -> str:
    """A merchant has seen enough of a parcel."""
    shop = world.dice.choice(world.cast.shops)
    mine = [id_ for id_, owner in world.known.ids.items() if owner is shop]
    if not mine:
        return "nothing to stop"
    id_ = world.dice.choice(mine)
    world.known.stopped.add(id_)
    return await doings.call(world, shop.who, documents.STOP_TRACKING, {"input": {"id": id_}})


async def create_endpoint(world: World) -> str:
    """A partner wants to be told."""
    who = world.dice.choice([shop.who for shop in world.cast.shops] + [world.cast.platform])
    wish: dict[str, Any] = {
        "url": f"https://hook-{world.known.next()}.example.com/in",
        "topics": world.dice.choice(TOPICS),
        "selection": documents.SELECTION if world.dice.random() < 0.1 else None,
    }
    return await doings.call(world, who, documents.ENDPOINT_CREATE, {"input": wish})


async def change_endpoint(world: World) -> str:
    """A partner changes, stops, starts, tests or deletes an endpoint, or takes a new secret."""
    if not world.known.endpoints:
        return "no endpoint"
    one = world.dice.choice(world.known.endpoints)
    change = world.dice.choice(("topics", "off", "on", "on", "test", "test", "rotate", "rotate", "delete"))
    given: dict[str, Any] = {"id": one.id}
    document = documents.ENDPOINT_UPDATE
    match change:
        case "topics":
            given["topics"] = world.dice.choice(TOPICS)
        case "off" | "on":
            given["enabled"] = change == "on"
        case _:
            document = {
                "test": documents.ENDPOINT_TEST,
                "rotate": documents.ENDPOINT_ROTATE,
                "delete": documents.ENDPOINT_DELETE,
            }[change]
    if change in {"topics", "off", "delete"}:
        one.steady = False
    if change == "rotate":
        one.secrets = world.receivers.secrets.pop(one.host, set())  # nobody knows, until it is answered
    return f"{change}: {await doings.call(world, one.who, document, {'input': given})}"


async def call_again(world: World) -> str:
    """Somebody repeats a call under its key, now and then with another body."""
    if not world.known.calls:
        return "nothing to repeat"
    call = world.dice.choice(world.known.calls[-12:])
    is_other = call.document == documents.ENDPOINT_CREATE and call.answer is not None and world.dice.random() < 0.3
    if not is_other:
        return f"again: {await doings.answer(world, call)}"
    other = {"input": {**call.variables["input"], "description": "other"}}
    data = await world.ask(call.who, call.document, {**other, "key": call.key})
    codes = [no["code"] for no in data[documents.field(call.document)]["userErrors"]]
    if codes != ["KEY_REUSED"]:
        raise Violation(f"another body under one key: {codes}")
    return "other body: KEY_REUSED"


async def read_changes(world: World) -> str:
    """A consumer reads on from where it stopped; it may stop after any page."""
    consumer = world.dice.choice(world.known.consumers)
    if consumer.is_reading:
        return f"{consumer.name} is reading"
    return f"{consumer.name} read {await doings.read_on(world, consumer, world.dice.randint(1, 40), world.dice.randint(1, 3))}"


async def look_over_the_fence(world: World) -> str:
    """Somebody asks for what is another's, by its id."""
    shop = world.dice.choice(world.cast.shops)
    foreign = [id_ for id_, owner in world.known.ids.items() if owner is not shop]
    if not foreign:
        return "nothing over there"
    data = await world.ask(shop.who, documents.NODE, {"id": world.dice.choice(foreign)})
    if data != {"node": None}:
        raise Violation(f"{shop.mark} sees {data}")
    return "nothing seen"


async def carriers_push(world: World) -> str:
    """Carriers have news; what is on its way arrives late, twice, in any order, and again when it was not thanked for."""
    doings.gather_news(world)
    flying = world.known.flying
    told: Counter[str] = Counter()
    for one in world.dice.sample(flying, min(len(flying), world.dice.randint(1, 6))):
        told[await doings.deliver(world, one)] += 1
        if world.dice.random() < 0.8 and one in flying:  # others may be pushing, too
            flying.remove(one)
    return f"pushed {dict(sorted(told.items()))}, {len(flying)} on their way"


async def time_passes(world: World) -> str:
    """Seconds, hours or a day. Who is kept waiting for long loses patience first; calls are repeated before their keys
    are forgotten."""
    most = (LONGEST - (world.now - START)).total_seconds()
    seconds = min(world.dice.choice(TIMES), max(most, 1.0))
    if timedelta(seconds=seconds) >= UNANSWERED_FOR:
        await doings.settle(world)
    if seconds >= 15:
        world.receivers.let_go(answers=False)
        await world.worker.sender.idle()
    world.now += timedelta(seconds=seconds)
    return f"{seconds:g} s"


async def one_loop_passes(world: World) -> str:
    """One pass of one of the worker's loops; what it sends may still be on its way afterwards."""
    loops = world.worker.loops()
    [loop] = world.dice.choices(loops, [BUSY.get(each.name, 1) for each in loops])
    did = await loop.step()
    for _ in range(world.dice.choice((0, 0, 2, 12))):
        await asyncio.sleep(0)
    return f"{loop.name} {did}"


async def all_loops_pass(world: World) -> str:
    """One pass of every loop, in any order."""
    loops = world.dice.sample(world.worker.loops(), len(world.worker.loops()))
    did = {loop.name: await loop.step() for loop in loops}
    return ", ".join(f"{name} {count}" for name, count in did.items() if count)


async def a_mood_changes(world: World) -> str:
    """A receiver falls ill, or is well again; those that hold a message answer."""
    if world.dice.random() < 0.4:
        return f"{world.receivers.let_go(answers=world.dice.random() < 0.7)} let go"
    if not world.known.endpoints:
        return "no receiver"
    one = world.dice.choice(world.known.endpoints)
    world.receivers.moods[one.host] = world.dice.choice(MOODS)
    return f"{one.host.partition('.')[0]} is {world.receivers.moods[one.host]}"


async def many_at_once(world: World) -> str:
    """Some of it side by side: who goes first is drawn for every statement."""
    chosen = world.dice.choices(TOGETHER, k=world.dice.randint(2, 4))
    return " | ".join(await asyncio.gather(*(step(world) for step in chosen)))


async def restart(world: World) -> str:
    """The process dies between two steps."""
    world.doom.fallen.set()
    return "never told"


TOGETHER: tuple[Step, ...] = (
    send_orders,
    register_parcels,
    create_endpoint,
    call_again,
    read_changes,
    carriers_push,
    carriers_push,
    *(one_loop_passes,) * 6,
)
STEPS: tuple[tuple[int, Step], ...] = (
    (6, send_orders),
    (4, register_parcels),
    (1, stop_tracking),
    (4, create_endpoint),
    (4, change_endpoint),
    (5, call_again),
    (5, read_changes),
    (2, look_over_the_fence),
    (18, carriers_push),
    (14, time_passes),
    (30, one_loop_passes),
    (1, all_loops_pass),
    (5, a_mood_changes),
    (3, many_at_once),
    (1, restart),
)
