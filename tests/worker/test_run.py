import asyncio
from datetime import timedelta

import httpx2
import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from starlette.applications import Starlette

from aftersales import lanes
from api import carrier_oauth, carrier_push
from api.carrier_push import Door
from carriers import http
from carriers.ups import CARRIER as UPS
from db.enums import JobState, TrackingStatus
from db.models.messages import Job
from db.models.partners import CarrierAccount
from db.models.shipments import LanePast, Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests.worker import making, tiny
from tests.worker.making import NOON, push, route
from worker.run import Loop, Worker
from worker.settings import Settings


async def test_a_push_wakes_the_worker_and_a_failing_loop_stops_nobody(store: Store) -> None:
    owner = await making.merchant(store)
    _, token = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF5000000000001")
    async with store.writing(EVERYTHING) as session:
        (await session.get_one(Shipment, parcel.id)).next_poll_at = None
        (await session.get_one(Shipment, parcel.id)).next_subscribe_at = None
    failures: list[int] = []

    async def broken() -> int:
        failures.append(1)
        raise RuntimeError("always")

    async with http.new_client() as outward:
        worker = Worker(store, lambda: NOON, outward, Settings(), more=[Loop("broken", broken, 0.01)])
        running = asyncio.create_task(worker.run())
        app = Starlette(routes=carrier_push.routes(Door(store, lambda: NOON, wake=worker.wake)))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://gate.example") as client:
            body = push([route("SF5000000000001", "80", 0)])
            assert (await client.post(f"/carriers/sf/push/{token}", content=body)).status_code == 200
        for _ in range(500):
            if (await making.fresh(store, parcel.id)).status is TrackingStatus.DELIVERED:
                break
            await asyncio.sleep(0.01)
        worker.stop()
        await asyncio.wait_for(running, 5)
    assert (await making.fresh(store, parcel.id)).status is TrackingStatus.DELIVERED
    assert failures


async def test_a_cancellation_is_heard_though_a_rollback_fails_in_it(store: Store) -> None:
    passes: list[int] = []
    under_way = asyncio.Event()

    async def broken() -> int:
        passes.append(1)
        under_way.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectionError("the rollback failed") from None
        return 0

    async with http.new_client() as outward:
        worker = Worker(store, lambda: NOON, outward, Settings(), more=[Loop("broken", broken, 0.01)])
        running = asyncio.create_task(worker.run())
        await under_way.wait()
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=3)
        worker.stop()
    assert done == {running}
    assert running.cancelled()
    assert passes == [1]


async def test_a_handshake_is_answered_and_its_callback_made_by_the_worker(
    store: Store, httpserver: HTTPServer
) -> None:
    owner = await making.merchant(store)
    account = await tiny.account(store, owner, httpserver.url_for("").rstrip("/"))
    carriers = {"tiny": tiny.carrier()}
    httpserver.expect_ordered_request("/confirm").respond_with_data("", 500)
    httpserver.expect_ordered_request("/confirm").respond_with_data("fine")
    now = [NOON]
    app = Starlette(routes=carrier_push.routes(Door(store, lambda: now[0], carriers=carriers)))
    path = f"/carriers/tiny/push/tiny-{account.id.hex}"
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://gate.example") as client:
        assert (await client.get(f"{path}?hello=you", headers={"x-secret": "wrong"})).status_code == 401
        answer = await client.get(f"{path}?hello=you", headers={"x-secret": "let me in"})
        assert (answer.status_code, answer.content) == (200, b"you")
        assert (await client.get(path, headers={"x-secret": "let me in"})).status_code == 405
        thanks = await client.put(f"{path}/events", content=b"{}", headers={"x-secret": "let me in"})
        assert (thanks.status_code, thanks.content) == (200, b"thanks")
    assert len(await making.inbox_of(store, account.id)) == 1
    async with http.new_client() as outward:
        worker = Worker(store, lambda: now[0], outward, Settings(), carriers)
        await worker.tick()
        now[0] += timedelta(minutes=1)
        await worker.tick()
    async with store.reading(EVERYTHING) as session:
        [job] = await session.scalars(select(Job).where(Job.merchant_id == owner.id))
        assert (job.state, job.attempts) == (JobState.DONE, 2)
        assert httpserver.url_for("") not in str(job.arguments)
        assert (await session.get_one(CarrierAccount, account.id)).subscribed_at == now[0]


@pytest.mark.parametrize("by", ["basic", "form"])
async def test_ups_fetches_a_token_of_ours_and_pushes_with_it(store: Store, by: str) -> None:
    owner = await making.merchant(store)
    account, token = await making.account(store, owner, "ups", push_secret="one two three")
    other, _ = await making.account(store, owner, "ups", push_secret="one two three")
    now = [NOON]
    app = Starlette(routes=carrier_push.routes(Door(store, lambda: now[0])))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://gate.example") as client:

        async def ask(id_: str, secret: str) -> httpx2.Response:
            grant = {"grant_type": "client_credentials"}
            if by == "basic":
                return await client.post("/oauth/token", data=grant, auth=(id_, secret))
            return await client.post("/oauth/token", data={**grant, "client_id": id_, "client_secret": secret})

        async def pushes(bearer: str) -> int:
            headers = {"authorization": f"Bearer {bearer}"}
            return (await client.post(f"/carriers/ups/push/{token}", content=b"{}", headers=headers)).status_code

        assert (await ask(account.typeid, "wrong")).status_code == 401
        assert (await ask("acc_nobody", "one two three")).status_code == 401
        assert (await client.post("/oauth/token", content=b"\xff")).status_code == 400
        granted = await ask(account.typeid, "one two three")
        assert granted.json()["expires_in"] == 3600
        bearer = granted.json()["access_token"]
        assert await pushes(bearer) == 200
        assert await pushes((await ask(other.typeid, "one two three")).json()["access_token"]) == 401
        assert await pushes("nonsense") == 401
        now[0] += carrier_oauth.LASTS
        assert await pushes(bearer) == 401
    assert UPS.pushing is not None
    [kept] = await making.inbox_of(store, account.id)
    assert bearer not in (kept.open(store.vault, "headers") or "")


async def test_lanes_are_learnt_from_delivered_parcels(store: Store) -> None:
    owner = await making.merchant(store)
    async with store.writing(EVERYTHING) as session:
        for days in range(1, 12):
            session.add(
                Shipment(
                    merchant_id=owner.id,
                    carrier_code="sf",
                    tracking_number=f"LANE{days}",
                    told=[],
                    origin_country="CN",
                    destination_country="BE",
                    picked_up_at=NOON - timedelta(days=days),
                    delivered_at=NOON,
                )
            )
    await lanes.learn_all(store, NOON)
    async with store.reading(EVERYTHING) as session:
        past = await session.get_one(LanePast, "CN||BE||sf|")
    assert (past.sample, past.median_hours) == (11, 144.0)
    assert past.p90_hours == pytest.approx(240.0)
