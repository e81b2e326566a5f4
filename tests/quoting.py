"""Sellers whose carriers answer in the sandbox, and what tests ask of prices and times."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from carriers.registry import BY_CODE
from db.enums import Environment
from db.models.partners import CarrierAccount
from db.models.quotes import CarrierQuote
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import make

QUOTES = """query ($input: QuoteInput!) { quotes(input: $input) {
  quotes { carrier { code } service price { amount currency } billedGrams days source listSource quotedAt }
  silent { carrier { code } code because } } }"""
PLAN = """query ($input: ReturnPlanInput!) { returnPlan(input: $input) {
  routes { method carrier { code } fee { amount currency } feeSource quotedAt because point { externalId } }
  excluded { carrier { code } code because nextStep } silent { carrier { code } code } } }"""
SLOTS = """query ($input: PickupSlotsInput!) { pickupSlots(input: $input) {
  windows { start end zone } code because nextStep askedAt silent { code } } }"""

SHENZHEN: Mapping[str, Any] = {
    "name": "王小明",
    "phone": "13800138000",
    "country": "CN",
    "region": "广东省",
    "city": "深圳市",
    "district": "南山区",
    "street": ["科技园路1号"],
    "postalCode": "518057",
}
SHANGHAI: Mapping[str, Any] = {
    "name": "仓库",
    "phone": "02161234567",
    "country": "CN",
    "region": "上海市",
    "city": "上海市",
    "district": "浦东新区",
    "street": ["张江路1号"],
    "postalCode": "201203",
}
WAY: Mapping[str, Any] = {
    "fromCountry": "CN",
    "toCountry": "CN",
    "fromAddress": SHENZHEN,
    "toAddress": SHANGHAI,
    "weightGrams": 900,
}
HOUSE = '{"name": "仓库", "phone": "02161234567", "country": "CN", "region": "上海市", "city": "上海市", "street": ["张江路1号"]}'


async def seller(store: Store, *carriers: str) -> make.Someone:
    """A merchant with a warehouse in Shanghai and an account in the sandbox of each carrier."""
    who = await make.merchant(store)
    for code in carriers:
        credentials = {name: f"sandbox-{name}" for name in BY_CODE[code].credentials}
        url = f"http://127.0.0.1:8600/{code}"
        wish: dict[str, Any] = {"credentials": credentials, "base_url": url, "environment": Environment.TEST}
        await make.account(store, who.merchant_id, code, **wish)
    await store.keys_of(who.merchant_id)
    async with store.writing(EVERYTHING) as session:
        row = Warehouse(merchant_id=who.merchant_id, code="SH", name="上海仓", country="CN", region="上海市")
        row.seal(store.vault, address=HOUSE)
        session.add(row)
    return who


async def kept(store: Store, who: make.Someone) -> list[CarrierQuote]:
    """The answers that are kept for a merchant."""
    async with store.reading(EVERYTHING) as session:
        wanted = select(CarrierQuote).where(CarrierQuote.merchant_id == who.merchant_id).order_by(CarrierQuote.id)
        return list(await session.scalars(wanted))


async def calls(store: Store, who: make.Someone) -> int:
    """How often a merchant's carriers were called."""
    async with store.reading(EVERYTHING) as session:
        wanted = select(CarrierAccount.calls_made).where(CarrierAccount.merchant_id == who.merchant_id)
        return sum(await session.scalars(wanted))
