"""Prices side by side, and when a courier can come: of the carriers themselves where they tell, of lists and bounds where
not."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry
from sqlalchemy import select

from aftersales import calendars, kept_quotes, live_slots, plan_quotes, quoting, tariffs
from aftersales.contacts import contact
from aftersales.live_slots import Door, Offered
from aftersales.planning_facts import region
from aftersales.quoting import Silent
from aftersales.refusals import RefusalCode
from aftersales.rules import addresses, hindrances, pricing, slots
from aftersales.rules.addresses import Address
from aftersales.rules.goods import Goods
from aftersales.rules.hindrances import Hindrance, Load
from aftersales.rules.pricing import Lane, Parcel, Price, PriceSource
from carriers.booking import Item, Order
from carriers.carrier import Carrier
from carriers.registry import BY_CODE
from db.models.base import Money, from_minor
from db.models.partners import CarrierRow
from db.models.quotes import CarrierQuote
from db.reach import Reach
from resolvers.context import Context, Info
from resolvers.errors import BadUserInput, LimitExceeded
from resolvers.inputs import SizeInput, address_of, optional, size_of
from resolvers.order_sync import AddressInput

HEAVIEST = 1_000_000
CURRENCIES = {"CN": "CNY"}
NO_DOORS = "Carriers quote between two doors: give fromAddress and toAddress."


@strawberry.input(description="A parcel and its way.")
class QuoteInput:
    from_country: str = strawberry.field(description="From this country (ISO 3166-1 alpha-2).")
    to_country: str = strawberry.field(description="To this country.")
    from_region: str | None = optional("From this region, by name or code.")
    to_region: str | None = optional("To this region.")
    from_address: AddressInput | None = optional("From this door; carriers that quote need both.")
    to_address: AddressInput | None = optional("To this door.")
    weight_grams: int = strawberry.field(description="The weight in grams, 1 to 1,000,000.")
    size: SizeInput | None = optional("The size, for volumetric weight.")
    goods: str | None = optional("What is in it, in a few words.")
    currency: str | None = optional("The currency to be quoted in, by carriers that convert (ISO 4217).")
    door_pickup: bool = strawberry.field(default=False, description="Whether a courier collects it at the door.")


@strawberry.input(description="Whose courier, where, and for what.")
class PickupSlotsInput:
    carrier: str = strawberry.field(description="The carrier's code.")
    country: str = strawberry.field(description="The door's country (ISO 3166-1 alpha-2).")
    zone: str | None = optional("The door's IANA zone; that of its address, else the carrier's own, unless given.")
    address: AddressInput | None = optional("The door; with it a carrier that tells its times is asked.")
    weight_grams: int | None = optional("All of it, in grams.")
    parcels: int = strawberry.field(default=1, description="How many parcels.")
    size: SizeInput | None = optional("The size of one.")
    goods: str | None = optional("What is in it, in a few words.")


@dataclass(frozen=True, slots=True)
class Quote:
    """One carrier's price."""

    carrier: CarrierRow
    service: str
    price: Money
    billed_grams: int | None
    days: int | None
    source: PriceSource
    list_source: str | None = None
    quoted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quotes:
    """The prices, and who was asked in vain."""

    quotes: list[Quote]
    silent: tuple[Silent, ...] = ()


@dataclass(frozen=True, slots=True)
class SlotWindow:
    """A window, in UTC."""

    start: datetime
    end: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Slots:
    """When a carrier can come, or why it cannot."""

    windows: list[SlotWindow]
    because: str | None = None
    code: RefusalCode | None = None
    next_step: str | None = None
    asked_at: datetime | None = None
    silent: list[Silent] = field(default_factory=list)
    days_off: list["DayOff"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day of the door's on which no courier comes."""

    day: date
    because: str


async def quotes(info: Info, input: QuoteInput) -> Quotes:
    """Every carrier's cheapest price, the cheapest first: its own word for the merchant's account, else by list."""
    context = info.context
    context.viewer.must("shipments:read")
    if not 1 <= input.weight_grams <= HEAVIEST:
        raise LimitExceeded("input.weightGrams", HEAVIEST, input.weight_grams)
    parcel = Parcel(input.weight_grams, size_of(input.size))
    answers, silent = await _of_carriers(context, input, parcel)
    start, end = input.from_country.upper(), input.to_country.upper()
    lane = Lane(start, end, region(start, input.from_region), region(end, input.to_region))
    async with context.store.reading(context.viewer.reach) as session:
        rates = await tariffs.rates(session, lane.from_country, context.clock().date())
        rows = {row.code: row for row in await session.scalars(select(CarrierRow))}
    found = [_told(rows[code], answer) for code, answer in answers.items()]
    for code in sorted(({rate.carrier for rate in rates} & set(rows)) - set(answers)):
        mine = [rate for rate in rates if rate.carrier == code]
        price = pricing.cheapest(mine, lane, parcel, at_door=input.door_pickup)
        found += [_listed(rows[code], price)] if price else []
    return Quotes(sorted(found, key=lambda e: (e.price.currency, e.price.amount, e.carrier.code)), silent)


async def _of_carriers(
    context: Context, input: QuoteInput, parcel: Parcel
) -> tuple[dict[str, CarrierQuote], tuple[Silent, ...]]:
    """What the merchant's carriers themselves say, by carrier, and who said nothing. Nobody is asked for a buyer: what a
    merchant agreed with its carriers is theirs, and so are an account's calls of a day."""
    merchant = _merchant(context)
    if merchant is None or context.live is None or context.viewer.customer_id is not None:
        return {}, ()
    async with context.store.reading(Reach(merchant_id=merchant)) as session:
        able = [each for each in await plan_quotes.accounts(session, merchant) if quoting.can_quote(each[1])]
    if input.from_address is None or input.to_address is None:
        return {}, tuple(Silent(carrier.code, "CANNOT_ASK", NO_DOORS) for _, carrier in able)
    order = Order(
        reference="",
        sender=contact(address_of(input.from_address)),
        recipient=contact(address_of(input.to_address)),
        weight_grams=kept_quotes.class_of(parcel),
        size_mm=parcel.size_mm,
        items=(Item(input.goods or "goods", 1, weight_grams=parcel.grams),),
        currency=(input.currency or CURRENCIES.get(input.from_country.upper(), "USD")).upper(),
    )
    load, country = Load(parcel.grams, parcel.size_mm), order.sender.country
    barred = {carrier.code: no for _, carrier in able if (no := _barred(carrier, input.goods, country, load))}
    asked = plan_quotes.of_parcel(
        [each for each in able if each[1].code not in barred], order, at_door=input.door_pickup
    )
    rows, told = await plan_quotes.heard(context.store, context.live, asked, context.clock())
    codes, best = {each.account.id: each.account.carrier_code for each in asked}, {}
    for row in sorted(rows, key=lambda each: (each.price_minor, each.id), reverse=True):
        if row.at_door is input.door_pickup:
            best[codes[row.account_id]] = row
    refused = (Silent(code, no.code.name, f"{no.because} {no.next_step}") for code, no in sorted(barred.items()))
    return best, (*refused, *told.silent)


def _merchant(context: Context) -> UUID | None:
    viewer = context.viewer
    return viewer.acting_for or (viewer.reach.merchant_id if viewer.customer_id else None)


def _told(row: CarrierRow, quote: CarrierQuote) -> Quote:
    price = from_minor(quote.price_minor, quote.currency)
    source, at = PriceSource.CARRIER, quote.asked_at
    return Quote(row, quote.service, price, quote.billed_grams, quote.days, source, quoted_at=at)


def _listed(row: CarrierRow, price: Price) -> Quote:
    rate = price.rate
    money = from_minor(price.minor, rate.currency)
    return Quote(row, rate.service, money, price.billed_grams, rate.days, PriceSource.TARIFF, rate.source)


async def pickup_slots(info: Info, input: PickupSlotsInput) -> Slots:
    """The windows by the carrier's bounds, and by its own word where it tells its times and the door is named."""
    context = info.context
    context.viewer.must("returns:read")
    carrier = BY_CODE.get(input.carrier.lower())
    if carrier is None or carrier.booking is None:
        return Slots([], "We cannot book this carrier; see Carrier.capabilities.", RefusalCode.NOT_FOUND)
    load = Load(input.weight_grams or 0, size_of(input.size), input.parcels)
    no = _barred(carrier, input.goods, input.country.upper(), load)
    if no is not None:
        return Slots([], no.because, no.code, no.next_step)
    zone = _zone(carrier, input)
    async with context.store.reading(context.viewer.reach) as session:
        calendar = await calendars.of_place(session, input.country.upper(), zone.key)
    door = Door(contact(address_of(input.address) if input.address else {}), calendar, context.clock())
    told = await _times(context, carrier, door) if input.address else None
    windows = told.windows if told else list(slots.slots(carrier.booking.bounds, calendar, door.now))
    return Slots(
        [SlotWindow(start, end, zone.key) for start, end in windows],
        None if windows else "The carrier has no free time in the next days.",
        None if windows else RefusalCode.OUT_OF_HOURS,
        None if windows else "Ask again tomorrow, or take another carrier of returnPlan.",
        told.asked_at if told else None,
        [told.silent] if told and told.silent else [],
        [DayOff(*each) for each in slots.days_off(carrier.booking.bounds, calendar, door.now)],
    )


def _barred(carrier: Carrier, goods: str | None, country: str, load: Load) -> Hindrance | None:
    """Forbidden goods, then zone, then size: before any carrier is asked anything."""
    assert carrier.booking
    bounds = carrier.booking.bounds
    named = [Goods(goods)] if goods else []
    return hindrances.of_goods(named) or hindrances.of_door(bounds, country) or hindrances.of_load(bounds, load)


def _zone(carrier: Carrier, input: PickupSlotsInput) -> ZoneInfo:
    if input.zone is None and input.address is not None:
        return addresses.zone_of(Address(input.address.country, region=input.address.region or "")).zone
    try:
        return ZoneInfo(input.zone or carrier.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadUserInput("zone must be an IANA zone, as Asia/Shanghai.") from None


async def _times(context: Context, carrier: Carrier, door: Door) -> Offered | None:
    """What the carrier says of its times; None where it tells none, the merchant has no account with it, or a buyer asks,
    who shall not spend what the carrier lets the merchant ask in a day."""
    merchant, live = _merchant(context), context.live
    if merchant is None or live is None or carrier.booking is None or carrier.booking.timing is None:
        return None
    if context.viewer.customer_id is not None:
        return None
    async with context.store.reading(Reach(merchant_id=merchant)) as session:
        able = await plan_quotes.accounts(session, merchant)
    ids = [account.id for account, each in able if each.code == carrier.code][:1]
    opened = await live.caller.accounts(ids)
    return await live_slots.offered(live, carrier, opened[ids[0]], door) if opened else None
