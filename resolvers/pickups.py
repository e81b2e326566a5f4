"""Pickups: their parts that are not plain columns, and what partners do with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import strawberry
from sqlalchemy import select

from aftersales import calendars, pickups, returns, visits, ways
from aftersales.pickups import PickupWish
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.rules import addresses, hindrances, masks
from aftersales.rules.addresses import Address
from aftersales.rules.goods import Goods
from aftersales.rules.hindrances import Load
from aftersales.rules.planning import Route
from aftersales.rules.returns import LIFE
from carriers.registry import BY_CODE
from db.case_enums import ReturnMethod, ReturnStatus
from db.models.partners import CarrierAccount
from db.models.pickups import Pickup
from db.models.returns import Return, ReturnLine
from resolvers.cases import changing, found, own, step
from resolvers.context import Context, Info
from resolvers.errors import aware
from resolvers.inputs import SizeInput, address_of, door_of, short, size_of
from resolvers.order_sync import AddressInput
from resolvers.orders import PostalAddress, postal_address

PLACES = {RefusalCode.TOO_LARGE: "size"}
"""Where in the input a refusal is told, if not where its question is."""


@strawberry.input(description="A stretch of time.")
class TimeWindowInput:
    start: datetime = strawberry.field(description="From (with offset).")
    end: datetime = strawberry.field(description="Until (with offset).")


@strawberry.input(description="A collection at a door.")
class PickupBookInput:
    carrier: str = strawberry.field(description="The carrier's code; the merchant needs an account that can book.")
    window: TimeWindowInput = strawberry.field(description="When the courier may come.")
    return_id: strawberry.ID | None = strawberry.field(
        default=None, description="The approved return whose goods are collected; its open pickups are superseded."
    )
    address: AddressInput | None = strawberry.field(
        default=None, description="Where the goods are; the return's own place unless given."
    )
    destination: AddressInput | None = strawberry.field(
        default=None, description="Where they go; the default warehouse unless given."
    )
    parcels: int = strawberry.field(default=1, description="How many parcels, 1 to 99.")
    weight_grams: int | None = strawberry.field(default=None, description="All of it, in grams.")
    size: SizeInput | None = strawberry.field(default=None, description="The size of one parcel, where it is known.")
    goods: str | None = strawberry.field(default=None, description="What is in it, in a few words.")


@strawberry.input(description="Another time for a pickup.")
class PickupRescheduleInput:
    id: strawberry.ID = strawberry.field(description="The pickup's id (pck_...).")
    window: TimeWindowInput = strawberry.field(description="When the courier may come instead.")
    expected_version: int | None = strawberry.field(default=None, description="CONFLICT when it is at another by now.")


@strawberry.input(description="Which pickup is called off.")
class PickupCancelInput:
    id: strawberry.ID = strawberry.field(description="The pickup's id (pck_...).")
    reason: str | None = strawberry.field(default=None, description="Why.")
    expected_version: int | None = strawberry.field(default=None, description="CONFLICT when it is at another by now.")


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A stretch of time, in UTC, with the zone of the door."""

    start: datetime
    end: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Courier:
    """Who comes."""

    name: str | None
    phone: str | None
    pickup_code: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the last visit came to nothing, in the carrier's words."""

    raw_code: str | None
    message: str | None
    at: datetime


async def pickup(info: Info, id: strawberry.ID) -> Pickup | None:
    """One pickup."""
    return await found(info, Pickup, id)


def window(root: Pickup) -> TimeWindow:
    """When the courier may come."""
    return TimeWindow(root.window_start, root.window_end, root.zone)


async def courier(root: Pickup, info: Info) -> Courier | None:
    """Who comes; the phone is masked unless the viewer may see it."""
    name, phone, code = [
        await info.context.reveal(root, column) for column in ("courier_name", "courier_phone", "pickup_code")
    ]
    if name is None and phone is None and code is None:
        return None
    clear = info.context.viewer.sees_personal
    return Courier(name, phone if clear or phone is None else masks.mask_phone(phone), code)


async def address(root: Pickup, info: Info) -> PostalAddress:
    """Where the goods are; masked unless the viewer may see it."""
    return postal_address(
        orjson.loads(await info.context.reveal(root, "address") or "{}"), clear=info.context.viewer.sees_personal
    )


def failure(root: Pickup) -> Failure | None:
    """Why the last visit came to nothing."""
    kept = root.failure
    return None if not kept else Failure(kept.get("code"), kept.get("message"), datetime.fromisoformat(kept["at"]))


async def book(info: Info, input: PickupBookInput) -> Pickup:
    """Books a collection. Goods, size, zone and time are looked at before anybody is asked to come."""
    context = info.context
    assert context.session
    by = step(context, "pickupBook")
    with inside("input"):
        route = await _route(context, input)
        if not 1 <= input.parcels <= 99:
            raise Refused(Refusal(RefusalCode.INVALID, "1 to 99 parcels.", ("parcels",)))
        if input.return_id is not None:
            rma = await own(context, Return, input.return_id, field="returnId")
            if rma.status != ReturnStatus.APPROVED:
                no = "Goods are collected for an approved return whose goods have not left yet."
                raise Refused(Refusal(RefusalCode.STATE, no, ("returnId",), LIFE.standing(rma.status)))
            lines = await returns.lines_of(context.session, rma)
            place = orjson.loads(rma.open(context.store.vault, "origin") or "{}")
            route = await _checked(context, input, route, (place, [Goods(line.title) for line in lines], _grams(lines)))
            size = size_of(input.size)
            rma.size_mm = [*size] if size else rma.size_mm
            return await ways.take_over(context.session, context.store.vault, (rma, lines), route, by)
        if input.address is None:
            raise Refused(Refusal(RefusalCode.INVALID, "Say where the goods are, or for which return.", ("address",)))
        given = door_of(input.address, "address", "phone")
        wish = PickupWish(
            merchant_id=context.viewer.whose(),
            route=await _checked(context, input, route, (given, [Goods(input.goods or "")], 0)),
            address=given,
            destination=address_of(input.destination) if input.destination else None,
            parcels=input.parcels,
            weight_grams=input.weight_grams,
            size_mm=size_of(input.size),
            goods=input.goods,
            customer_id=context.viewer.customer_id,
        )
        return await pickups.book(context.session, context.store.vault, wish, by)


def _grams(lines: Sequence[ReturnLine]) -> int:
    return sum((line.weight_grams or 0) * line.quantity for line in lines)


async def _checked(
    context: Context, wish: PickupBookInput, route: Route, what: tuple[Mapping[str, Any], Sequence[Goods], int]
) -> Route:
    """The route by the clock of its door. Refused with everything that keeps the carrier from coming: forbidden goods, a
    parcel too heavy or too large, a door out of its zone, a time at which it does not come."""
    assert context.session
    assert route.window_start
    assert route.window_end
    place, goods, grams = what
    booking = BY_CODE[route.carrier or ""].booking
    assert booking
    country = str(place.get("country") or "").upper()
    zone = addresses.zone_of(Address(country, region=str(place.get("region") or ""))).zone
    calendar = await calendars.of_place(context.session, country, zone.key)
    load = Load(wish.weight_grams or grams, size_of(wish.size), wish.parcels)
    window = (route.window_start, route.window_end)
    found = {
        "goods": hindrances.of_goods(goods),
        "address": hindrances.of_door(booking.bounds, country),
        "weightGrams": hindrances.of_load(booking.bounds, load),
        "window": hindrances.of_window(booking.bounds, window, calendar, context.clock()),
    }
    refusals = [no.refusal(PLACES.get(no.code, field), carrier=route.carrier) for field, no in found.items() if no]
    if refusals:
        raise Refused(*refusals)
    return replace(route, zone=zone.key)


async def reschedule(info: Info, input: PickupRescheduleInput) -> Pickup:
    """Another time."""
    context = info.context
    async with changing(info, Pickup, input, "pickupReschedule") as it:
        window = _ahead(context, input.window)
        no = await visits.hindrance(it.session, context.store.vault, it.row, window, context.clock())
        if no is not None:
            raise Refused(no.refusal("window", carrier=it.row.carrier_code))
        return await pickups.reschedule(it.session, it.row, *window, it.step)


async def cancel(info: Info, input: PickupCancelInput) -> Pickup:
    """Called off."""
    async with changing(info, Pickup, input, "pickupCancel", input.reason) as it:
        short(input.reason, "reason")
        return await pickups.cancel(it.session, it.row, it.step)


async def _route(context: Context, wish: PickupBookInput) -> Route:
    """The wish as a route. Refused without an account that can book, and for a window that has begun."""
    assert context.session
    code = wish.carrier.strip().lower()
    carrier = BY_CODE.get(code)
    if carrier is None or carrier.booking is None:
        no = "This carrier cannot be booked here; carriers { capabilities } says which can."
        raise Refused(Refusal(RefusalCode.NOT_FOUND, no, ("carrier",)))
    account = await context.session.scalar(
        select(CarrierAccount)
        .where(CarrierAccount.carrier_code == code, CarrierAccount.disabled_at.is_(None))
        .order_by(CarrierAccount.id)
        .limit(1)
    )
    if account is None:
        no = "The merchant has no account with this carrier; make one with carrierAccountCreate."
        raise Refused(Refusal(RefusalCode.NOT_FOUND, no, ("carrier",)))
    start, end = _ahead(context, wish.window)
    return Route(ReturnMethod.DOOR_PICKUP, code, str(account.id), None, start, end, carrier.zone)


def _ahead(context: Context, window: TimeWindowInput) -> tuple[datetime, datetime]:
    """The window in UTC. Refused unless it lies ahead and ends after it begins."""
    start, end = aware(window.start, "window.start"), aware(window.end, "window.end")
    if start is None or end is None or not context.clock() < start < end:
        no = "The window must lie ahead, and end after it begins."
        raise Refused(Refusal(RefusalCode.INVALID, no, ("window",)))
    return start, end
