"""Plans the way back: gathers what the routes are made of and ranks them. Deterministic for the same facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import planning_facts, policies
from aftersales.planning_facts import Place, Surroundings
from aftersales.points import Near
from aftersales.rules import addresses, pricing, slots
from aftersales.rules import goods as forbidden_goods
from aftersales.rules.addresses import Address
from aftersales.rules.clocks import Clocks
from aftersales.rules.geometry import Position
from aftersales.rules.goods import Goods
from aftersales.rules.planning import Facts, Record, Route, rank
from aftersales.rules.pricing import Lane, Mode, Parcel, Price
from aftersales.rules.tables.handling import ABILITIES, Handling
from carriers.booking import Bounds
from carriers.carrier import Carrier
from carriers.registry import BY_CODE
from db.case_enums import RefundTrigger, ReturnMethod
from db.models.orders import OrderLine
from db.models.partners import CarrierAccount
from db.models.returns import Return, ReturnLine
from db.vault import Vault

SLOTS = 2
"""Of one carrier that are ranked; all of them stand in ``pickupSlots``."""

WITHOUT_WEIGHT = 1000  # grams: what goods weigh of which nothing is known
DAY_HOURS = 24  # until the buyer has been at a point
ONLY_BY_AIR = frozenset({"LITHIUM_BATTERIES"})


@dataclass(frozen=True, slots=True)
class Item:
    """Some of one thing that comes back; grams are of one."""

    sku: str
    goods: Goods
    quantity: int = 1
    grams: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to come back, from where, and when money follows. ``zone`` is the door's; without a ``position`` no points
    are offered. ``warehouse_id`` where it is settled already."""

    merchant_id: UUID
    country: str
    region: str | None
    zone: str
    items: tuple[Item, ...]
    methods: frozenset[ReturnMethod] = frozenset(ReturnMethod)
    position: Position | None = None
    size_mm: tuple[int, int, int] | None = None
    trigger: RefundTrigger = RefundTrigger.INSPECTION
    clocks: Mapping[str, int] = field(default_factory=dict)
    warehouse_id: UUID | None = None

    @property
    def parcel(self) -> Parcel:
        """All of it as one parcel."""
        return Parcel(sum((i.grams or 0) * i.quantity for i in self.items) or WITHOUT_WEIGHT, self.size_mm)

    @property
    def needs(self) -> frozenset[Handling]:
        """What the goods need beside being carried."""
        told = {
            v.strip()
            for i in self.items
            for n, value in i.goods.attributes
            if n == "handling"
            for v in value.split(",")
        }
        return frozenset(each for each in Handling if each.value in told)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A carrier that is not offered, and why."""

    carrier: str
    because: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The routes, the best first, and who is not among them."""

    routes: list[Route]
    excluded: list[Excluded]


async def plan(
    session: AsyncSession, vault: Vault, goods: tuple[Return, Sequence[ReturnLine]], now: datetime
) -> list[Route]:
    """The routes of a return, the best first; the last is a way of the buyer's own, which always can be had. The merchant's
    key must be at hand."""
    rma, lines = goods
    origin: Mapping[str, Any] = orjson.loads(rma.open(vault, "origin") or "{}")
    return (await planned(session, await of_return(session, rma, lines, origin), now)).routes


async def of_return(session: AsyncSession, rma: Return, lines: Sequence[ReturnLine], origin: Mapping[str, Any]) -> Ask:
    """What a return asks for, from where its goods are (the fields of an address)."""
    ids = [line.order_line_id for line in lines if line.order_line_id]
    bought = {row.id: row for row in await session.scalars(select(OrderLine).where(OrderLine.id.in_(ids)))}
    at = addresses.standardise(Address(origin.get("country") or "", region=origin.get("region") or "")).address
    held = await policies.kept(session, rma.merchant_id, rma.policy) if rma.policy else None
    return Ask(
        merchant_id=rma.merchant_id,
        country=at.country,
        region=origin.get("regionCode") or at.region_code or None,
        zone=addresses.zone_of(at).zone.key,
        items=tuple(_item(line, bought.get(line.order_line_id) if line.order_line_id else None) for line in lines),
        methods=frozenset(held.methods) if held else frozenset(ReturnMethod),
        trigger=rma.trigger,
        clocks=(rma.policy or {}).get("clocks", {}),
        warehouse_id=rma.warehouse_id,
    )


def _item(line: ReturnLine, bought: OrderLine | None) -> Item:
    known = item_of(bought, line.quantity) if bought else Item(line.sku, Goods(line.title), line.quantity)
    return Item(line.sku, known.goods, line.quantity, line.weight_grams)


def item_of(line: OrderLine, quantity: int) -> Item:
    """Some of an order's line."""
    told = tuple((str(each["name"]).lower(), str(each["value"]).lower()) for each in line.attributes)
    return Item(line.sku, Goods(line.title, line.category or "", told), quantity, line.weight_grams)


async def planned(session: AsyncSession, ask: Ask, now: datetime) -> Plan:
    """The routes of every account that can book, and the carriers that cannot be had."""
    rows = await session.scalars(
        select(CarrierAccount)
        .where(CarrierAccount.merchant_id == ask.merchant_id, CarrierAccount.disabled_at.is_(None))
        .order_by(CarrierAccount.carrier_code, CarrierAccount.id)
    )
    accounts = [(each, BY_CODE[each.carrier_code]) for each in rows if each.carrier_code in BY_CODE]
    able = [(account, carrier) for account, carrier in accounts if carrier.booking is not None]
    excluded = {carrier.code: no for _, carrier in able if (no := _unable(carrier, ask))}
    offered = [(account, carrier) for account, carrier in able if carrier.code not in excluded]
    candidates: list[tuple[Route, Facts]] = []
    if offered:
        place = Place(ask.merchant_id, ask.country, ask.position, ask.warehouse_id)
        codes = frozenset(carrier.code for _, carrier in offered)
        around = await planning_facts.gather(session, place, codes, [item.sku for item in ask.items], now)
        for account, carrier in offered:
            candidates += _of_carrier(ask, around, (account, carrier), now)
    kept = [(route, facts) for route, facts in candidates if route.method in ask.methods]
    own = Route(ReturnMethod.SHIP_YOURSELF, zone=ask.zone, because=("The buyer sends it with a carrier of their own.",))
    return Plan([*rank(kept), own], [Excluded(code, no) for code, no in sorted(excluded.items())])


def _unable(carrier: Carrier, ask: Ask) -> str | None:
    """Why a carrier is not offered; None: it is."""
    assert carrier.booking
    bounds, parcel = carrier.booking.bounds, ask.parcel
    for item in ask.items:
        for found in forbidden_goods.forbidden(item.goods):
            if found.ground.code not in ONLY_BY_AIR:
                return f"{found.ground.sentence} ({found.word!r}: {found.ground.source}.)"
    if bounds.countries and ask.country not in bounds.countries:
        return f"It does not collect in {ask.country or 'an unknown country'}."
    if parcel.grams > bounds.most_grams:
        return f"It takes {bounds.most_grams} g at most; this is {parcel.grams} g."
    if ask.size_mm and (no := _too_large(bounds, ask.size_mm)):
        return no
    ability = ABILITIES.get(carrier.code)
    lacking = ask.needs - (ability.handling if ability else frozenset())
    return f"It cannot do {', '.join(sorted(each.name for each in lacking))}." if lacking else None


def _too_large(bounds: Bounds, size_mm: tuple[int, int, int]) -> str | None:
    longest, *others = sorted(size_mm, reverse=True)
    girth = longest + 2 * sum(others)
    if bounds.longest_mm and longest > bounds.longest_mm:
        return f"Its longest side may be {bounds.longest_mm} mm; this is {longest} mm."
    if bounds.girth_mm and girth > bounds.girth_mm:
        return f"Its girth may be {bounds.girth_mm} mm; this is {girth} mm."
    return None


def _of_carrier(
    ask: Ask, around: Surroundings, one: tuple[CarrierAccount, Carrier], now: datetime
) -> Iterator[tuple[Route, Facts]]:
    account, carrier = one
    assert carrier.booking
    for target in around.targets:
        lane = Lane(ask.country, target.country or ask.country, ask.region, target.region, target.km)
        for method, window, near in _ways(ask, around, carrier, now):
            at_door = method is ReturnMethod.DOOR_PICKUP
            price = _price(ask, around, (carrier.code, lane), at_door=at_door)
            mode = price.rate.mode if price else Mode.TRUCK
            km, assumed = pricing.way(lane)
            route = Route(
                method=method,
                carrier=carrier.code,
                account_id=str(account.id),
                service=None,
                window_start=window[0] if window else None,
                window_end=window[1] if window else None,
                zone=ask.zone,
                fee_minor=price.minor if price else None,
                currency=price.rate.currency if price else None,
                warehouse_id=str(target.id) if target.id else None,
                point_id=near.point.typeid if near else None,
                hours_to_refund=_hours(ask, price, window[1] if window else None, now),
                grams_co2e=pricing.grams_co2e(mode, ask.parcel, km, at_door=at_door),
            )
            because = (*_list(price), *(("Its distance is assumed, since a place is not known.",) if assumed else ()))
            record = around.records.get(carrier.code, Record())
            crosses = lane.to_country != lane.from_country
            yield route, Facts(record, near.meters if near else None, target.is_wanted, crosses, because)


def _list(price: Price | None) -> tuple[str, ...]:
    return (f"Price by list for {price.billed_grams} g: {price.rate.source}",) if price else ()


def _ways(
    ask: Ask, around: Surroundings, carrier: Carrier, now: datetime
) -> Iterator[tuple[ReturnMethod, slots.Slot | None, Near | None]]:
    assert carrier.booking
    if ReturnMethod.DOOR_PICKUP in carrier.booking.methods:
        for window in islice(slots.slots(carrier.booking.bounds, ZoneInfo(ask.zone), now), SLOTS):
            yield ReturnMethod.DOOR_PICKUP, window, None
    for method in (ReturnMethod.LABEL, ReturnMethod.BOX_FREE_QR):
        if method in carrier.booking.methods:
            yield method, None, None
    for method in (ReturnMethod.DROP_OFF_POINT, ReturnMethod.LOCKER):
        near = around.nearest(carrier.code, method)
        if near is not None:
            yield method, None, near


def _price(ask: Ask, around: Surroundings, lane: tuple[str, Lane], *, at_door: bool) -> Price | None:
    """The cheapest service; none by air for goods that may not fly."""
    code, way = lane
    grounded = any(found.ground.code in ONLY_BY_AIR for i in ask.items for found in forbidden_goods.forbidden(i.goods))
    rates = [
        rate
        for rate in around.rates
        if rate.carrier == code and not (grounded and rate.mode in {Mode.AIR_SHORT, Mode.AIR_LONG})
    ]
    return pricing.cheapest(rates, way, ask.parcel, at_door=at_door)


def _hours(ask: Ask, price: Price | None, collected: datetime | None, now: datetime) -> float | None:
    """Until the money is granted, by what makes it due."""
    wait = (collected - now) / timedelta(hours=1) if collected else float(DAY_HOURS)
    if ask.trigger is RefundTrigger.APPROVAL:
        return 0.0
    if ask.trigger is RefundTrigger.FIRST_SCAN:
        return round(wait, 1)
    if price is None:
        return None
    inspected = (Clocks(ask.clocks).end("inspect_within", now) - now) / timedelta(hours=1)
    last = inspected if ask.trigger is RefundTrigger.INSPECTION else 0
    return round(wait + price.rate.days * DAY_HOURS + last, 1)
