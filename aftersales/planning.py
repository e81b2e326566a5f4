"""Plans the way back: gathers what the routes are made of and ranks them. Deterministic for the same facts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import kept_quotes, plan_asks, planning_facts
from aftersales.kept_quotes import Kept
from aftersales.plan_asks import Ask
from aftersales.planning_facts import Place, Surroundings, Target
from aftersales.points import Near
from aftersales.quoting import Silent
from aftersales.rules import goods as forbidden_goods
from aftersales.rules import hindrances, pricing, slots
from aftersales.rules.calendars import Calendar
from aftersales.rules.clocks import Clocks
from aftersales.rules.hindrances import ONLY_BY_AIR, Hindrance
from aftersales.rules.planning import Facts, Record, Route, rank
from aftersales.rules.pricing import Lane, Mode, Price
from carriers import doors
from carriers.carrier import Carrier
from carriers.registry import BY_CODE
from db.case_enums import RefundTrigger, ReturnMethod
from db.models.partners import CarrierAccount
from db.models.quotes import CarrierQuote
from db.models.returns import Return, ReturnLine
from db.session import standing
from db.vault import Vault

SLOTS = 2
"""Of one carrier that are ranked; all of them stand in ``pickupSlots``."""

DAY_HOURS = 24  # until the buyer has been at a point


@dataclass(frozen=True, slots=True)
class Excluded:
    """A carrier that is not offered, why, and what to do instead."""

    carrier: str
    hindrance: Hindrance


@dataclass(frozen=True, slots=True)
class Plan:
    """The routes, the best first, who is not among them, and who was asked for a price and said nothing in time."""

    routes: list[Route]
    excluded: list[Excluded]
    silent: tuple[Silent, ...] = ()
    targets: Sequence[Target] = ()  # with their rows, which whoever takes a route needs next


async def plan(session: AsyncSession, vault: Vault, goods: tuple[Return, Sequence[ReturnLine]], now: datetime) -> Plan:
    """The routes of a return, the best first; the last is a way of the buyer's own, which always can be had. The merchant's
    key must be at hand."""
    rma, lines = goods
    origin: Mapping[str, Any] = orjson.loads(rma.open(vault, "origin") or "{}")
    return await planned(session, await plan_asks.of_return(session, rma, lines, origin), now)


_ACCOUNTS = standing(
    select(CarrierAccount, CarrierQuote)
    .outerjoin(CarrierQuote, kept_quotes.of(CarrierAccount.id))
    .where(CarrierAccount.merchant_id == bindparam("merchant"), CarrierAccount.disabled_at.is_(None))
    .order_by(CarrierAccount.carrier_code, CarrierAccount.id)
)


async def planned(session: AsyncSession, ask: Ask, now: datetime) -> Plan:
    """The routes of every account that can book, and the carriers that cannot be had. Nobody is asked for a price here:
    kept answers come with the accounts."""
    start = kept_quotes.end(ask.country, ask.region, ask.postal_code)
    door = kept_quotes.door(start, kept_quotes.class_of(ask.parcel), now)
    rows = await session.execute(_ACCOUNTS, {"merchant": ask.merchant_id, **door})
    found = [(account, quote) for account, quote in rows]
    able, kept = bookable(account for account, _ in found), Kept.among(quote for _, quote in found)
    banned = hindrances.of_goods(item.goods for item in ask.items)
    excluded = {carrier.code: no for _, carrier in able if (no := banned or plan_asks.hindrance(carrier, ask))}
    offered = [(account, carrier) for account, carrier in able if carrier.code not in excluded]
    candidates: list[tuple[Route, Facts]] = []
    around: Surroundings | None = None
    if offered:
        place = Place(ask.merchant_id, ask.country, ask.position, ask.warehouse_id, ask.point_id)
        codes = frozenset(carrier.code for _, carrier in offered)
        around = await planning_facts.gather(session, place, codes, [item.sku for item in ask.items], now)
        around = replace(around, quotes=kept)
        for account, carrier in offered:
            candidates += _of_carrier(ask, around, (account, carrier), now)
    ranked = rank([(route, facts) for route, facts in candidates if route.method in ask.methods])
    ranked.sort(key=lambda route: route.border is not None)  # what spares the border, by a hub at home, comes first
    own = Route(ReturnMethod.SHIP_YOURSELF, zone=ask.zone, because=("The buyer sends it with a carrier of their own.",))
    return Plan(
        [] if banned else [*ranked, own],
        [Excluded(code, no) for code, no in sorted(excluded.items())],
        targets=around.targets if around else (),
    )


def bookable(accounts: Iterable[CarrierAccount]) -> list[tuple[CarrierAccount, Carrier]]:
    """Of these accounts, each once, those that we can book with."""
    known = [(each, BY_CODE[each.carrier_code]) for each in dict.fromkeys(accounts) if each.carrier_code in BY_CODE]
    return [(account, carrier) for account, carrier in known if carrier.booking is not None]


def _of_carrier(
    ask: Ask, around: Surroundings, one: tuple[CarrierAccount, Carrier], now: datetime
) -> Iterator[tuple[Route, Facts]]:
    account, carrier = one
    assert carrier.booking
    for target in around.targets:
        lane = Lane(ask.country, target.country or ask.country, ask.region, target.region, target.km)
        border = (lane.from_country, lane.to_country)
        crosses = doors.is_border(*border)
        for method, window, near in _ways(ask, around, carrier, now):
            if crosses and method not in carrier.booking.over_borders:
                continue
            at_door = method is ReturnMethod.DOOR_PICKUP
            price = _price(ask, around, (carrier.code, lane), at_door=at_door)
            quote = around.quotes.best(account.id, lane.to_country, lane.to_region, at_door=at_door)
            days = quote.days if quote and quote.days is not None else price.rate.days if price else None
            mode = price.rate.mode if price else Mode.TRUCK
            km, assumed = pricing.way(lane)
            route = Route(
                method=method,
                carrier=carrier.code,
                account_id=str(account.id),
                service=quote.service if quote and quote.service in carrier.booking.services else None,
                window_start=window[0] if window else None,
                window_end=window[1] if window else None,
                zone=ask.zone,
                fee_minor=quote.price_minor if quote else price.minor if price else None,
                currency=quote.currency if quote else price.rate.currency if price else None,
                quoted_at=quote.asked_at if quote else None,
                warehouse_id=str(target.id) if target.id else None,
                point_id=near.point.typeid if near else None,
                border=border if crosses else None,
                hours_to_refund=_hours(ask, days, window[1] if window else None, now),
                grams_co2e=pricing.grams_co2e(mode, ask.parcel, km, at_door=at_door),
            )
            told = (_quoted(quote),) if quote else _list(price)
            because = (*told, *(("Its distance is assumed, since a place is not known.",) if assumed else ()))
            record = around.records.get(carrier.code, Record())
            yield route, Facts(record, near.meters if near else None, target.is_wanted, crosses, because)


def _quoted(quote: CarrierQuote) -> str:
    return f"Price by the carrier itself for up to {quote.grams} g, asked {quote.asked_at:%Y-%m-%d %H:%M} UTC."


def _list(price: Price | None) -> tuple[str, ...]:
    return (f"Price by list for {price.billed_grams} g: {price.rate.source}",) if price else ()


def _ways(
    ask: Ask, around: Surroundings, carrier: Carrier, now: datetime
) -> Iterator[tuple[ReturnMethod, slots.Slot | None, Near | None]]:
    assert carrier.booking
    if ReturnMethod.DOOR_PICKUP in carrier.booking.methods:
        calendar = Calendar(ZoneInfo(ask.zone), ask.country, told=around.told)
        for window in islice(slots.slots(carrier.booking.bounds, calendar, now), SLOTS):
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


def _hours(ask: Ask, days: int | None, collected: datetime | None, now: datetime) -> float | None:
    """Until the money is granted, by what makes it due."""
    wait = (collected - now) / timedelta(hours=1) if collected else float(DAY_HOURS)
    if ask.trigger is RefundTrigger.APPROVAL:
        return 0.0
    if ask.trigger is RefundTrigger.FIRST_SCAN:
        return round(wait, 1)
    if days is None:
        return None
    inspected = (
        Clocks(ask.clocks).end("inspect_within", now, Calendar(ZoneInfo(ask.zone), ask.country)) - now
    ) / timedelta(hours=1)
    last = inspected if ask.trigger is RefundTrigger.INSPECTION else 0
    return round(wait + days * DAY_HOURS + last, 1)
