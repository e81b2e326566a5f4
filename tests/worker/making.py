"""What these tests start from: a merchant with an account, its orders, and messages in SF's own form."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from aftersales import partners, shipments
from aftersales.log import By
from aftersales.partners import AccountWish, MerchantWish
from aftersales.shipments import ShipmentWish
from db.enums import OrderStatus, Party
from db.ids import uuid7
from db.models.messages import Inbox
from db.models.orders import Customer, Order
from db.models.partners import CarrierAccount, Merchant
from db.models.shipments import Shipment, TrackingEvent
from db.reach import EVERYTHING, Reach
from db.session import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BY = By(Party.MERCHANT, "mutation")


async def merchant(store: Store) -> Merchant:
    """A merchant, and the carriers' rows."""
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=NOON)
        return await partners.create_merchant(session, store.vault, MerchantWish(f"Shop {uuid7().hex}"), now=NOON)


async def account(store: Store, owner: Merchant, carrier: str = "sf", **wish: Any) -> tuple[CarrierAccount, str]:
    """An account, and the token of its push address."""
    async with store.writing(EVERYTHING) as session:
        made = await partners.create_account(
            session, store.vault, owner.id, AccountWish(carrier, uuid7().hex, **wish), now=NOON
        )
    return made, made.open(store.vault, "push_token") or ""


async def order(store: Store, owner: Merchant, status: OrderStatus = OrderStatus.PAID) -> Order:
    """An order to Hangzhou."""
    async with store.writing(EVERYTHING) as session:
        buyer = Customer(merchant_id=owner.id, created_at=NOON)
        session.add(buyer)
        await session.flush()
        made = Order(
            merchant_id=owner.id,
            number=uuid7().hex,
            status=status,
            customer_id=buyer.id,
            placed_at=NOON,
            total_minor=10000,
            currency="CNY",
            country="CN",
            region="ZJ",
            zone="Asia/Shanghai",
            flags=[],
            problems=[],
            goods_digest=b"g",
            content_digest=b"c",
        )
        made.seal(store.vault, shipping_address=json.dumps({"country": "CN", "phone": "+8613800001234"}))
        session.add(made)
    return made


async def shipment(store: Store, owner: Merchant, number: str, carrier: str = "sf", **wish: Any) -> Shipment:
    """A registered shipment."""
    async with store.writing(Reach(merchant_id=owner.id)) as session:
        return await shipments.register(session, store.vault, ShipmentWish(owner.id, carrier, number, **wish), BY, NOON)


def route(number: str, code: str, minutes: int, text: str = "", id_: str | None = None) -> dict[str, str]:
    """One of SF's routes: so many minutes after noon, Beijing time."""
    at = (NOON + timedelta(hours=8, minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")
    named = {"id": id_} if id_ else {}
    return {
        "mailno": number,
        "acceptAddress": "杭州市",
        "acceptTime": at,
        "opCode": code,
        "remark": text or f"scan {code} at {minutes}",
        "orderid": "",
        "reasonCode": "",
        "reasonName": "",
        **named,
    }


def push(routes: Sequence[dict[str, str]]) -> bytes:
    """SF's push of these routes."""
    return json.dumps({"Body": {"WaybillRoute": list(routes)}}, ensure_ascii=False).encode()


async def fresh(store: Store, id_: UUID) -> Shipment:
    """The shipment as it is stored now."""
    async with store.reading(EVERYTHING) as session:
        return await session.get_one(Shipment, id_)


async def fresh_order(store: Store, id_: UUID) -> Order:
    """The order as it is stored now."""
    async with store.reading(EVERYTHING) as session:
        return await session.get_one(Order, id_)


async def events_of(store: Store, shipment_id: UUID) -> list[TrackingEvent]:
    """Its events, oldest first."""
    async with store.reading(EVERYTHING) as session:
        wanted = select(TrackingEvent).where(TrackingEvent.shipment_id == shipment_id)
        return list(await session.scalars(wanted.order_by(TrackingEvent.occurred_at, TrackingEvent.id)))


async def inbox_of(store: Store, account_id: UUID) -> list[Inbox]:
    """Its account's messages, oldest first."""
    async with store.reading(EVERYTHING) as session:
        return list(await session.scalars(select(Inbox).where(Inbox.account_id == account_id).order_by(Inbox.id)))
