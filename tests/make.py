"""Rows with sensible defaults, one function a thing, through the front doors of the business."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from aftersales import credentials, orders, partners, shipments
from aftersales.forms import OrderForm
from aftersales.log import By
from aftersales.shipments import ShipmentWish
from db.enums import EventSource, PartnerKind, Party, TrackingStatus
from db.models.orders import Order
from db.models.partners import CarrierAccount, Merchant, Partner
from db.models.shipments import Shipment, TrackingEvent
from db.reach import EVERYTHING
from db.session import Store

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
BY = By(Party.MERCHANT, "test")


@dataclass(frozen=True, slots=True)
class Someone:
    """A partner with a key."""

    partner: Partner
    key: str
    merchant: Merchant | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What they send."""
        return {"authorization": f"Bearer {self.key}"}

    @property
    def merchant_id(self) -> UUID:
        """Whose goods a merchant's are."""
        assert self.merchant
        return self.merchant.id


async def merchant(store: Store, name: str = "", scopes: Sequence[str] | None = None) -> Someone:
    """A merchant with a key of the default scopes."""
    label = name or f"Merchant {uuid4().hex[:8]}"
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=NOW)
        row = await partners.create_merchant(session, store.vault, partners.MerchantWish(label), now=NOW)
        wish = partners.PartnerWish(label, PartnerKind.MERCHANT, merchant_id=row.id)
        caller = await partners.create_partner(session, wish, now=NOW)
        given = scopes if scopes is not None else credentials.DEFAULT_SCOPES[PartnerKind.MERCHANT]
        _, key = await credentials.create_key(session, caller, "test", given)
    return Someone(caller, key, row)


async def platform(store: Store, *merchants: Someone, scopes: Sequence[str] | None = None) -> Someone:
    """A platform that acts for these merchants."""
    async with store.writing(EVERYTHING) as session:
        caller = await partners.create_partner(
            session, partners.PartnerWish(f"Platform {uuid4().hex[:8]}", PartnerKind.PLATFORM), now=NOW
        )
        for each in merchants:
            assert each.merchant
            await partners.link_merchant(session, caller, each.merchant, now=NOW)
        given = scopes if scopes is not None else credentials.DEFAULT_SCOPES[PartnerKind.PLATFORM]
        _, key = await credentials.create_key(session, caller, "test", given)
    return Someone(caller, key)


async def carrier(store: Store, code: str = "sf", scopes: Sequence[str] | None = None) -> Someone:
    """A carrier partner."""
    async with store.writing(EVERYTHING) as session:
        wish = partners.PartnerWish(f"Carrier {uuid4().hex[:8]}", PartnerKind.CARRIER, carrier_code=code)
        caller = await partners.create_partner(session, wish, now=NOW)
        given = scopes if scopes is not None else credentials.DEFAULT_SCOPES[PartnerKind.CARRIER]
        _, key = await credentials.create_key(session, caller, "test", given)
    return Someone(caller, key)


async def another_key(store: Store, who: Someone, *scopes: str) -> Someone:
    """The same partner with a key of these scopes."""
    async with store.writing(EVERYTHING) as session:
        _, key = await credentials.create_key(session, who.partner, "another", scopes)
    return Someone(who.partner, key, who.merchant)


def buyer(store: Store, order: Order, scopes: Sequence[str] = ("orders:read", "shipments:read")) -> Someone:
    """The order's buyer with a token of an hour; they are no partner, so the partner here stands for nobody."""
    token, _ = credentials.mint_customer_token(
        store.vault, order.merchant_id, order.customer_id, timedelta(hours=1), NOW, scopes
    )
    return Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), token)


def order_form(number: str = "A-1001", **changes: Any) -> dict[str, Any]:
    """An order as a merchant would send it."""
    return {
        "number": number,
        "placedAt": "2026-05-20T08:00:00Z",
        "total": {"amount": "199.00", "currency": "CNY"},
        "customer": {"externalId": f"c-{number}", "name": "王小明", "phone": "13800138000"},
        "shippingAddress": {
            "name": "王小明",
            "phone": "13800138000",
            "country": "CN",
            "region": "广东省",
            "city": "深圳市",
            "district": "南山区",
            "street": ["科技园路1号3栋501室"],
            "postalCode": "518057",
        },
        "lines": [
            {
                "sku": "TEE-RED-M",
                "title": "T恤 红色",
                "quantity": 2,
                "unitPrice": {"amount": "99.50", "currency": "CNY"},
                "weightGrams": 180,
                "attributes": [{"name": "size", "value": "M"}],
            },
        ],
        **changes,
    }


async def order(store: Store, merchant_id: UUID, number: str = "A-1001", **changes: Any) -> Order:
    """An order in the store."""
    await store.keys_of(merchant_id)
    checked = orders.check(OrderForm.model_validate(order_form(number, **changes)))
    async with store.writing(EVERYTHING) as session:
        [(row, _)] = await orders.sync(session, store.vault, merchant_id, [checked], by=BY, now=NOW)
    return row


async def shipment(
    store: Store, merchant_id: UUID, number: str, carrier: str = "sf", orders: Sequence[Order] = (), **columns: Any
) -> Shipment:
    """A registered parcel with these columns set, as if the carrier had said so."""
    await store.keys_of(merchant_id)
    wish = ShipmentWish(merchant_id, carrier, number, tuple(each.id for each in orders))
    async with store.writing(EVERYTHING) as session:
        row = await shipments.register(session, store.vault, wish, BY, NOW)
        signed_by = columns.pop("signed_by", None)
        if signed_by is not None:
            row.seal(store.vault, signed_by=signed_by)
        for name, value in columns.items():
            setattr(row, name, value)
    return row


async def scan(
    store: Store, parcel: Shipment, status: TrackingStatus = TrackingStatus.IN_TRANSIT, **columns: Any
) -> Any:
    """A scan of the parcel, as stored; the parcel's own columns stay as they are."""
    values = {
        "identity": uuid4().bytes,
        "occurred_at": NOW,
        "status": status,
        "raw_code": "50",
        "carrier_words": "快件已揽收",
        "source": EventSource.PUSH,
        "recorded_at": NOW,
        **columns,
    }
    async with store.writing(EVERYTHING) as session:
        row = TrackingEvent(merchant_id=parcel.merchant_id, shipment_id=parcel.id, **values)
        session.add(row)
    return row


async def account(
    store: Store, merchant_id: UUID, carrier: str = "sf", name: str = "main", **wish: Any
) -> CarrierAccount:
    """A merchant's account with a carrier."""
    await store.keys_of(merchant_id)
    async with store.writing(EVERYTHING) as session:
        made = partners.AccountWish(carrier, name, **wish)
        return await partners.create_account(session, store.vault, merchant_id, made, now=NOW)
