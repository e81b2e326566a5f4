"""Whatever is sent over a socket ends that socket at most; the others and the server go on."""

import asyncio
import json
import random
from collections.abc import AsyncIterator

import pytest

from api.live.paces import Paces
from db.session import Store
from tests import make
from tests.api.live import CHANGES, Gateway, Talk, parcels, serving, stir, until
from tests.hostile.documents import DOCUMENTS
from tests.hostile.messages import MESSAGES


@pytest.fixture(scope="module")
async def gateway(store: Store) -> AsyncIterator[Gateway]:
    async with serving(store, Paces(acknowledge=5.0, slow=2.0)) as running:
        yield running


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


@pytest.fixture(scope="module")
async def canary(gateway: Gateway, seller: make.Someone) -> AsyncIterator[Talk]:
    """A socket that means well, open all the while."""
    async with gateway.socket(seller) as talk:
        yield talk


async def alive(canary: Talk) -> None:
    await canary.say(type="ping", payload={"n": 1})
    assert await canary.hear() == {"type": "pong", "payload": {"n": 1}}


LONGEST_MESSAGE = 256 * 1024


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("greeted", [True, False])
async def test_garbage_ends_its_socket_only(
    gateway: Gateway, seller: make.Someone, canary: Talk, name: str, greeted: bool
) -> None:
    async with gateway.socket(seller if greeted else None) as talk:
        await talk.raw.send(MESSAGES[name])
        code, reason = await talk.closed()

    before_hello = {4401} if "subscribe" in str(MESSAGES[name]) and not greeted else set()
    assert code in ({1009} if name == "too long" else {4400} | before_hello)
    assert "Traceback" not in reason
    await alive(canary)


def subscribe(name: str) -> str:
    return json.dumps({"type": "subscribe", "id": "1", "payload": {"query": DOCUMENTS[name] or " "}})


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if len(subscribe(name)) <= LONGEST_MESSAGE])
async def test_a_hostile_document_is_told_soon_and_the_socket_goes_on(
    gateway: Gateway, seller: make.Someone, name: str
) -> None:
    async with gateway.socket(seller) as talk:
        await talk.raw.send(subscribe(name))
        answer = await talk.hear(1.0)
        assert answer["type"] in {"error", "next"}
        assert "INTERNAL" not in json.dumps(answer)
        assert len(json.dumps(answer)) < 16 * 1024
        if answer["type"] == "next":
            await talk.hear()
        await alive(talk)


async def test_a_thousand_random_messages_never_fail_the_server(
    gateway: Gateway, seller: make.Someone, canary: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(1)
    valid = json.dumps({"type": "subscribe", "id": "1", "payload": {"query": CHANGES, "variables": {"after": None}}})
    codes = set()
    for _ in range(60):
        async with gateway.socket(seller) as talk:
            for _ in range(20):
                text = list(valid)
                for _ in range(chance.randrange(1, 4)):
                    text[chance.randrange(len(text))] = chance.choice('{}[]":,\\0azé☃\x00')
                await talk.raw.send("".join(text))
            await talk.raw.send("nonsense")
            codes.add((await talk.closed())[0])
    assert codes <= {4400, 4409}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    await alive(canary)


async def test_a_flood_of_subscriptions_and_leavings_leaves_nothing_behind(
    gateway: Gateway, store: Store, seller: make.Someone, canary: Talk
) -> None:
    [parcel] = await parcels(store, seller, "SF6000000000001")
    live = gateway.app.state.live
    tasks = len(asyncio.all_tasks())

    async def guest(number: int) -> None:
        async with gateway.socket(seller, close_timeout=0.5) as talk:
            for each in range(25):
                await talk.say(type="subscribe", id=str(each), payload={"query": CHANGES})
            await talk.say(type="ping")
            if number % 2:
                talk.raw.transport.abort()

    await asyncio.gather(*(guest(number) for number in range(20)), stir(store, parcel, 5))
    await until(lambda: len(live.guests) == 1 and not live.tail._followers)
    await until(lambda: len(asyncio.all_tasks()) <= tasks + 2)
    await alive(canary)
