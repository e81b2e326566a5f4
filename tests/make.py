"""Rows with sensible defaults, one function a thing, through the front doors of the business."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from aftersales import credentials, orders, partners
from aftersales.forms import OrderForm
from aftersales.log import By
from db.enums import PartnerKind, Party
from db.models.orders import Order
from db.models.partners import Merchant, Partner
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


async def platform(store: Store, *merchants: Someone) -> Someone:
    """A platform that acts for these merchants."""
    async with store.writing(EVERYTHING) as session:
        caller = await partners.create_partner(
            session, partners.PartnerWish(f"Platform {uuid4().hex[:8]}", PartnerKind.PLATFORM), now=NOW
        )
        for each in merchants:
            assert each.merchant
            await partners.link_merchant(session, caller, each.merchant, now=NOW)
        _, key = await credentials.create_key(session, caller, "test", credentials.DEFAULT_SCOPES[PartnerKind.PLATFORM])
    return Someone(caller, key)


async def carrier(store: Store, code: str = "sf") -> Someone:
    """A carrier partner."""
    async with store.writing(EVERYTHING) as session:
        wish = partners.PartnerWish(f"Carrier {uuid4().hex[:8]}", PartnerKind.CARRIER, carrier_code=code)
        caller = await partners.create_partner(session, wish, now=NOW)
        _, key = await credentials.create_key(session, caller, "test", credentials.DEFAULT_SCOPES[PartnerKind.CARRIER])
    return Someone(caller, key)


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
