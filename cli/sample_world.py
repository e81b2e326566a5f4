"""The sample world, loaded once into an empty database, in one transaction, and found again at every later start."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import credentials, entering, partners
from aftersales.log import By
from carriers import magic, wordings
from carriers.registry import BY_CODE
from carriers.sandbox import Book
from cli.console import Problem
from cli.sample_orders import BUYERS, GOODS, SHOPS, TIDE, WAREHOUSES, Parcel, Purchase, Shop
from db.enums import PartnerKind, Party
from db.models.orders import Order
from db.models.partners import CarrierAccount, Merchant, Partner
from db.models.shipments import Shipment
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store

PLATFORM, CARRIER = "Waybridge demo platform", "Waybridge demo carrier (SF)"
KEY_LASTS = timedelta(days=30)
TOKEN_LASTS = timedelta(hours=24)
BY = By(Party.MERCHANT, "demo")


@dataclass(frozen=True, slots=True)
class Keys:
    """One credential a role. The merchant's is the shop in China, the customer one of its buyers."""

    merchant: str
    platform: str
    carrier: str
    customer: str


async def load(store: Store, sandbox: str, now: datetime) -> datetime:
    """Makes the world unless it is there. Gives when it began. Accounts are pointed at the sandbox's present address,
    which has forgotten who subscribed. Problem for a database that holds anything else."""
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now)
        platform = await session.scalar(select(Partner).where(Partner.name == PLATFORM))
        if platform is None:
            if await session.scalar(select(Merchant.id).limit(1)) is not None:
                raise Problem("--db", "this database holds other data; the demo wants a file of its own")
            platform = await _make(session, store, now)
        for code in {code for shop in SHOPS for code in shop.accounts}:
            ours = CarrierAccount.carrier_code == code
            fresh = {"base_url": f"{sandbox}/{code}", "subscribed_at": None, "subscription_ends_at": None}
            await session.execute(update(CarrierAccount).where(ours).values(fresh))
        listening = Shipment.subscribed_at.is_not(None)
        again = {"subscribed_at": None, "subscribed_until": None, "next_subscribe_at": now}
        await session.execute(update(Shipment).where(listening).values(again))
    return platform.created_at


def begin(book: Book, began_at: datetime) -> None:
    """Tells the sandbox since when each parcel is on its way: the same at every start, so that its scans are, too."""
    for shop in SHOPS:
        for _, number, parcel in _parcels(shop):
            passed = timedelta(hours=parcel.passed / parcel.speed)
            book.begin(asked_carrier(shop, parcel), number, began_at - passed, parcel.speed)


async def keys(store: Store, now: datetime) -> Keys:
    """Fresh credentials."""
    async with store.reading(EVERYTHING) as session:
        named = (PLATFORM, CARRIER, TIDE.name)
        callers = {row.name: row for row in await session.scalars(select(Partner).where(Partner.name.in_(named)))}
        buyer = await session.scalar(select(Order).where(Order.number == TIDE.purchases[0].number))
    assert buyer is not None
    async with store.writing(EVERYTHING) as session:
        made = {}
        for name, caller in callers.items():
            scopes = credentials.DEFAULT_SCOPES[caller.kind]
            _, made[name] = await credentials.create_key(session, caller, "demo", scopes, now + KEY_LASTS)
    token, _ = credentials.mint_customer_token(
        store.vault, buyer.merchant_id, buyer.customer_id, TOKEN_LASTS, now, credentials.CUSTOMER_SCOPES
    )
    return Keys(made[TIDE.name], made[PLATFORM], made[CARRIER], token)


def asked_carrier(shop: Shop, parcel: Parcel) -> str:
    """Whose API tells of a parcel: its own carrier's, else the aggregator's the shop has an account with."""
    aggregators = [code for code in shop.accounts if BY_CODE[code].is_aggregator]
    return parcel.carrier if parcel.carrier in shop.accounts else aggregators[0]


async def _make(session: AsyncSession, store: Store, now: datetime) -> Partner:
    platform = await partners.create_partner(session, partners.PartnerWish(PLATFORM, PartnerKind.PLATFORM), now=now)
    carrier = partners.PartnerWish(CARRIER, PartnerKind.CARRIER, carrier_code="sf")
    await partners.create_partner(session, carrier, now=now)
    for shop in SHOPS:
        merchant = await _shop(session, store, shop, now)
        if shop.is_linked:
            await partners.link_merchant(session, platform, merchant, now=now)
    return platform


async def _shop(session: AsyncSession, store: Store, shop: Shop, now: datetime) -> Merchant:
    wish = partners.MerchantWish(shop.name, shop.country, shop.zone, shop.external_id)
    merchant = await partners.create_merchant(session, store.vault, wish, now=now)
    own = partners.PartnerWish(shop.name, PartnerKind.MERCHANT, merchant_id=merchant.id)
    await partners.create_partner(session, own, now=now)
    for code in shop.accounts:
        account = partners.AccountWish(code, "sandbox", credentials=wordings.credentials_of(BY_CODE[code]))
        await partners.create_account(session, store.vault, merchant.id, account, now=now)
    place = WAREHOUSES[shop.country]
    house = Warehouse(merchant_id=merchant.id, code="MAIN", name=str(place["name"]), zone=shop.zone, is_default=True)
    house.country, house.region = shop.country, str(place.get("region") or "") or None
    house.seal(store.vault, address=orjson.dumps(place).decode())
    session.add(house)
    items = entering.read([_order(shop, purchase, now) for purchase in shop.purchases])
    entered = await entering.enter(session, store.vault, merchant.id, items, by=BY, now=now)
    refused = [f"{each.number}: {no.message}" for each in entered for no in each.refused]
    assert not refused, refused
    return merchant


def _parcels(shop: Shop) -> Iterator[tuple[Purchase, str, Parcel]]:
    """Every parcel with its number: a magic one, different for each."""
    serial = SHOPS.index(shop) * 100
    for purchase in shop.purchases:
        for parcel in purchase.parcels:
            serial += 1
            yield purchase, magic.number(parcel.carrier, parcel.script, serial * 7919 % 100_000), parcel


def _order(shop: Shop, purchase: Purchase, now: datetime) -> dict[str, Any]:
    address = BUYERS[purchase.buyer]
    prices = [Decimal(GOODS[key][2]) * quantity for key, quantity in purchase.goods]
    longest = max(parcel.script.lasts for parcel in purchase.parcels)
    return {
        "number": purchase.number,
        "externalId": f"demo-{purchase.number.lower()}",
        "status": "SHIPPED",
        "placedAt": (now - timedelta(hours=longest + 12)).isoformat(),
        "promisedOn": (now + timedelta(days=purchase.promised_in_days)).date().isoformat(),
        "total": {"amount": str(sum(prices)), "currency": shop.currency},
        "customer": {"externalId": f"buyer-{purchase.buyer}", "name": address["name"], "phone": address["phone"]},
        "shippingAddress": dict(address),
        "lines": [_line(shop, key, quantity) for key, quantity in purchase.goods],
        "shipments": [
            {"carrier": parcel.carrier, "trackingNumber": number, "originCountry": shop.country}
            for of, number, parcel in _parcels(shop)
            if of is purchase
        ],
    }


def _line(shop: Shop, key: str, quantity: int) -> dict[str, Any]:
    sku, title, price, grams = GOODS[key]
    return {
        "sku": sku,
        "title": title,
        "quantity": quantity,
        "unitPrice": {"amount": price, "currency": shop.currency},
        **({"weightGrams": grams} if grams else {}),
    }
