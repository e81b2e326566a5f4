"""A whole world for a story: the gateway over HTTP, its worker, and the carrier sandbox over HTTP, on one clock."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from aftersales import access, planning
from aftersales.credentials import mint_customer_token
from aftersales.planning import Plan
from aftersales.rules.planning import Route
from carriers.carrier import Carrier, SandboxSubscription
from carriers.registry import BY_CODE, CARRIERS
from carriers.sandbox import CONSOLE, Book, World
from carriers.wordings import incoming
from cli import sandbox
from db.case_enums import ReturnMethod
from db.enums import Environment, PartnerKind
from db.models.partners import CarrierAccount, Partner
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import Bought, bought
from worker.run import Worker
from worker.settings import Settings

SPEED = 1.0


TUESDAY = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai


@dataclass
class Wire(httpx2.AsyncBaseTransport):
    """The way to the carriers' sandbox. The answers to the next ``cut`` calls whose path holds ``only`` are lost: the carrier
    did what it was asked, and the connection broke off."""

    inside: httpx2.AsyncBaseTransport
    only: str = ""
    cut: int = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The carrier's answer, if it arrives."""
        answer = await self.inside.handle_async_request(request)
        if self.cut and self.only in request.url.path:
            self.cut -= 1
            raise httpx2.ReadError("the connection broke off", request=request)
        return answer


@dataclass
class Stage:
    """The world, and what a story does in it."""

    store: Store
    api: Api
    worker: Worker
    book: Book
    wire: Wire

    async def seller(self, *carriers: str) -> make.Someone:
        """A merchant with a warehouse and an account at each carrier's sandbox."""
        who = await make.merchant(self.store)
        for code in carriers:
            carrier: Carrier = BY_CODE[code]
            credentials = {name: f"sandbox-{name}" for name in carrier.credentials}
            wish: dict[str, Any] = {
                "credentials": credentials,
                "base_url": f"http://127.0.0.1:8600/{code}",
                "environment": Environment.TEST,
            }
            account = await make.account(self.store, who.merchant_id, code, **wish)
            opened = access.opened(self.store.vault, account)
            url = access.push_url("http://waybridge.test", opened)
            self.book.call_back(code, CONSOLE, SandboxSubscription(url, opened.push_secret))
        await self.store.keys_of(who.merchant_id)
        async with self.store.writing(EVERYTHING) as session:
            row = Warehouse(merchant_id=who.merchant_id, code="SH", name="上海仓", country="CN", is_default=True)
            address = '{"name": "仓库", "phone": "02161234567", "country": "CN", "region": "上海市", "city": "上海市", '
            address += '"district": "浦东新区", "street": ["张江路1号"], "postalCode": "201203"}'
            row.seal(self.store.vault, address=address)
            session.add(row)
        return who

    async def order(self, who: make.Someone, phone: str = "13800138000", **given: Any) -> Bought:
        """An order that arrived yesterday. The last four digits of the phone choose what becomes of a pickup."""
        address = {**make.order_form()["shippingAddress"], "phone": phone}
        given.setdefault("customer", {"externalId": f"c{phone}", "name": "王小明", "phone": phone})
        yesterday = self.api.clock.now - timedelta(days=1)
        return await bought(self.store, who, delivered_at=yesterday, shippingAddress=address, **given)

    def buyer(self, order: Bought) -> make.Someone:
        """The order's buyer, with a token that is good now."""
        row, now = order.order, self.api.clock.now
        lasts, scopes = timedelta(hours=1), ("orders:read", "shipments:read", "returns:read", "returns:write")
        token, _ = mint_customer_token(self.store.vault, row.merchant_id, row.customer_id, lasts, now, scopes)
        return make.Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), token)

    async def work(self, passes: int = 3) -> None:
        """Lets the worker do what is to be done now."""
        for _ in range(passes):
            await self._push_news()
            await self.worker.tick()

    async def _push_news(self) -> None:
        """The carriers tell what is new, in their own words, and are thanked for it."""
        for carrier in CARRIERS:
            if carrier.sandbox is None or carrier.pushing is None:
                continue
            for due in list(World(self.api.clock.now, carrier, self.book).news()):
                request = due.request(carrier.sandbox)
                answer = await self.api.http.request(
                    request.method, request.url, headers=dict(request.headers), content=request.body
                )
                thanks = carrier.pushing.acknowledge(incoming(request, self.api.clock.now))
                assert (answer.status_code, answer.content) == (thanks.status, thanks.body)
                due.done()

    async def pass_time(self, hours: float, step: float = 1) -> None:
        """Lets time pass for everybody, the worker at it all along."""
        while hours > 0:
            part = min(step, hours)
            self.api.clock.now += timedelta(hours=part)
            await self.work(2)
            hours -= part


@pytest.fixture
async def stage(store: Store, api: Api, tmp_path: Path) -> AsyncIterator[Stage]:
    book = Book(SPEED)
    api.clock.now = TUESDAY
    wire = Wire(httpx2.ASGITransport(app=sandbox.create_app(book, api.clock)))
    async with httpx2.AsyncClient(transport=wire, base_url="http://127.0.0.1:8600") as client:
        worker = Worker(store, api.clock, client, Settings(dev=True, files=tmp_path))
        yield Stage(store, api, worker, book, wire)
        await worker.sender.close()


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says which ways the plan ranks: (method, carrier) each."""

    def plan(*routes: tuple[ReturnMethod, str]) -> None:
        async def planned(session: Any, _vault: Any, goods: Any, _now: Any) -> Plan:
            rows = await session.scalars(
                select(CarrierAccount).where(CarrierAccount.merchant_id == goods[0].merchant_id)
            )
            accounts = {row.carrier_code: str(row.id) for row in rows}
            return Plan([Route(method, carrier, accounts.get(carrier)) for method, carrier in routes], [])

        monkeypatch.setattr(planning, "plan", planned)

    return plan
