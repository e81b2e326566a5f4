from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from api import carrier_push
from api.carrier_push import Door
from db.enums import InboxState, TrackingStatus
from db.models.partners import CarrierAccount, Merchant
from db.reach import EVERYTHING
from db.session import Store
from tests.worker import making
from tests.worker.making import NOON, push, route
from worker import inbox


@dataclass
class World:
    store: Store
    client: httpx2.AsyncClient
    owner: Merchant
    account: CarrierAccount
    token: str
    now: list[datetime] = field(default_factory=lambda: [NOON])
    woken: list[int] = field(default_factory=list)

    async def push(self, body: bytes, **more: Any) -> httpx2.Response:
        return await self.client.post(f"/carriers/sf/push/{self.token}", content=body, **more)


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    owner = await making.merchant(store)
    account, token = await making.account(store, owner)
    now, woken = [NOON], list[int]()
    door = Door(store, lambda: now[0], "https://gate.example", lambda: woken.append(1))
    app = Starlette(routes=carrier_push.routes(door))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://gate.example") as client:
        yield World(store, client, owner, account, token, now, woken)


async def test_a_push_is_written_down_and_thanked_for_in_the_carriers_words(world: World) -> None:
    answer = await world.push(push([route("SF1000000000001", "50", 0)]))
    assert answer.status_code == 200
    assert answer.json()["return_code"] == "0000"
    [kept] = await making.inbox_of(world.store, world.account.id)
    assert kept.state is InboxState.NEW
    assert b"SF1000000000001" not in bytes(kept.body)
    assert world.woken


async def test_a_repeated_push_is_one_message(world: World) -> None:
    body = push([route("SF1000000000002", "50", 0)])
    assert [(await world.push(body)).status_code for _ in range(3)] == [200, 200, 200]
    assert len(await making.inbox_of(world.store, world.account.id)) == 1


async def test_a_wrong_address_is_answered_like_one_that_never_was(world: World) -> None:
    answers = [
        await world.client.post(path, content=b"{}")
        for path in (
            "/carriers/sf/push/nobody",
            f"/carriers/zto/push/{world.token}",
            f"/carriers/nocarrier/push/{world.token}",
            "/carriers/sf/push/%00%ff%E4%BD%A0",
        )
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, b"")}
    assert await making.inbox_of(world.store, world.account.id) == []


async def test_a_body_over_the_limit_is_refused(world: World) -> None:
    assert (await world.push(b"x" * (carrier_push.MOST_BYTES + 1))).status_code == 413

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    answer = await world.client.post(f"/carriers/sf/push/{world.token}", content=drip())
    assert answer.status_code == 413
    assert await making.inbox_of(world.store, world.account.id) == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b'{"a":"\\u0000\\ud800"}', b"[" * 5000])
async def test_what_cannot_be_read_is_kept_and_thanked_for(world: World, body: bytes) -> None:
    assert (await world.push(body)).status_code == 200
    await inbox.take(world.store, NOON)
    [kept] = await making.inbox_of(world.store, world.account.id)
    assert kept.state is InboxState.UNREADABLE
    assert kept.problem


async def test_a_disabled_account_hears_nothing_after_a_few_seconds(world: World) -> None:
    assert (await world.push(push([route("SF1000000000003", "50", 0)]))).status_code == 200
    async with world.store.writing(EVERYTHING) as session:
        (await session.get_one(CarrierAccount, world.account.id)).disabled_at = NOON
    world.now[0] = NOON + timedelta(seconds=5)
    assert (await world.push(push([route("SF1000000000003", "80", 9)]))).status_code == 404


async def test_the_whole_way_from_push_to_status(world: World) -> None:
    order = await making.order(world.store, world.owner)
    parcel = await making.shipment(world.store, world.owner, "SF1000000000004", order_ids=(order.id,))
    await world.push(push([route("SF1000000000004", "80", 60), route("SF1000000000004", "50", 0)]))
    await inbox.take(world.store, NOON)
    now = await making.fresh(world.store, parcel.id)
    assert now.status is TrackingStatus.DELIVERED
    assert now.delivered_at == NOON + timedelta(minutes=60)
    assert (await making.fresh_order(world.store, order.id)).status.name == "DELIVERED"
