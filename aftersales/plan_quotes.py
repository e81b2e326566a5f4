"""What to ask the carriers before a way back is planned, and before prices are laid side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import kept_quotes, plan_asks, planning, planning_facts, quoting
from aftersales.contacts import contact
from aftersales.plan_asks import Ask
from aftersales.planning_facts import Place
from aftersales.quoting import Question, Told, Way
from aftersales.rules import hindrances
from carriers.booking import Contact, Item, Order
from carriers.carrier import Carrier
from db.case_enums import ReturnMethod
from db.models.partners import CarrierAccount
from db.models.quotes import CarrierQuote
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

NOWHERE = Contact("", "", "")
LONGEST_TITLE = 60  # letters; what the shortest line of our carriers takes


async def of_plan(session: AsyncSession, vault: Vault, ask: Ask, origin: Mapping[str, Any]) -> list[Question]:
    """What the accounts are asked that may get these goods: one question a carrier and warehouse. The merchant's key must
    be at hand."""
    able = await accounts(session, ask.merchant_id)
    banned = hindrances.of_goods(item.goods for item in ask.items)
    able = [each for each in able if quoting.can_quote(each[1]) and not (banned or plan_asks.hindrance(each[1], ask))]
    if not able:
        return []
    place = Place(ask.merchant_id, ask.country, ask.position, ask.warehouse_id)
    found = [each.id for each in await planning_facts.targets(session, place, [item.sku for item in ask.items])]
    houses = await session.scalars(select(Warehouse).where(Warehouse.id.in_([each for each in found if each])))
    order = _order(ask, contact(origin))
    start = kept_quotes.end(ask.country, ask.region, ask.postal_code)
    ways = [
        Way(start, kept_quotes.end(house.country, house.region), replace(order, recipient=_door(vault, house)))
        for house in houses
    ]
    return [
        question
        for account, carrier in able
        for way in ways
        for question in quoting.questions(account, carrier, way, _ways(carrier, ask))
    ]


async def accounts(session: AsyncSession, merchant_id: UUID) -> list[tuple[CarrierAccount, Carrier]]:
    """A merchant's accounts that can book."""
    rows = await session.scalars(
        select(CarrierAccount)
        .where(CarrierAccount.merchant_id == merchant_id, CarrierAccount.disabled_at.is_(None))
        .order_by(CarrierAccount.carrier_code, CarrierAccount.id)
    )
    return planning.bookable(rows)


async def heard(
    store: Store, live: quoting.Live, asked: Sequence[Question], now: datetime
) -> tuple[list[CarrierQuote], Told]:
    """Asks what nobody answered of late, outside any transaction, and keeps the answers. Gives every answer there is,
    the earlier ones among them, and who was silent."""
    async with store.reading(EVERYTHING) as session:
        known = await kept_quotes.fresh(session, {each.lane for each in asked}, now)
    told = await quoting.ask(live, asked, known)
    if told.rows:
        async with store.writing(EVERYTHING) as session:
            await kept_quotes.keep(session, told.rows)
    return [*known, *told.rows], told


def of_parcel(able: Iterable[tuple[CarrierAccount, Carrier]], order: Order, *, at_door: bool) -> list[Question]:
    """What accounts are asked of a parcel between two doors."""
    way = Way(kept_quotes.end_of(order.sender), kept_quotes.end_of(order.recipient), order)
    return [each for account, carrier in able for each in quoting.questions(account, carrier, way, [at_door])]


def _ways(carrier: Carrier, ask: Ask) -> set[bool]:
    assert carrier.booking
    return {each is ReturnMethod.DOOR_PICKUP for each in carrier.booking.methods & ask.methods}


def _order(ask: Ask, sender: Contact) -> Order:
    parcel = ask.parcel
    items = (Item(each.goods.title[:LONGEST_TITLE], each.quantity, weight_grams=each.grams or 0) for each in ask.items)
    return Order(
        reference="",
        sender=sender,
        recipient=NOWHERE,
        weight_grams=kept_quotes.class_of(parcel),
        size_mm=parcel.size_mm,
        items=tuple(items),
        currency=ask.currency or "CNY",
    )


def _door(vault: Vault, house: Warehouse) -> Contact:
    return contact(orjson.loads(house.open(vault, "address") or "{}"))
