"""Parcels registered, stopped, corrected; a carrier partner's scans."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry
from pydantic import ValidationError
from sqlalchemy import select

from aftersales import entering, forms, shipments
from aftersales.refusals import Refusal, RefusalCode, inside
from db.ids import parse_typeid
from db.models.orders import Order
from db.models.shipments import Shipment
from resolvers.context import Context, Info
from resolvers.inputs import at, each_read, locked, optional, plain
from resolvers.order_sync import OrderShipmentInput


@strawberry.input(description="A parcel to follow, with the orders it carries.")
class ShipmentInput(OrderShipmentInput):
    order_ids: list[strawberry.ID] | None = optional("The orders it carries, by id.")
    order_numbers: list[str] | None = optional("The orders it carries, by number.")


@dataclass(frozen=True, slots=True)
class RegisteredShipment:
    """One item's outcome."""

    index: int
    tracking_number: str
    outcome: shipments.Outcome
    shipment: Shipment | None
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """One item as read: its form and orders, or why not."""

    number: str
    form: forms.ShipmentForm | None
    order_ids: tuple[UUID, ...] = ()
    order_numbers: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


def _read(given: ShipmentInput) -> _Item:
    values = plain(given)
    ids = [parse_typeid(each) for each in values.pop("order_ids", [])]
    numbers = tuple(values.pop("order_numbers", []))
    if any(each is None or each[0] != Order.prefix for each in ids):
        return _Item(given.tracking_number, None, refused=(_no_order("orderIds"),))
    try:
        form = forms.ShipmentForm.model_validate(values)
    except ValidationError as wrong:
        return _Item(given.tracking_number, None, refused=forms.refusals(wrong))
    return _Item(given.tracking_number, form, tuple(each[1] for each in ids if each), numbers)


prepare = each_read(_read)


def _no_order(field: str) -> Refusal:
    return Refusal(RefusalCode.NOT_FOUND, "No such order; send it with ordersSync first.", (field,))


async def register(info: Info, input: list[ShipmentInput]) -> list[RegisteredShipment]:
    """Writes what was read; ``prepare`` has put it in the place of the input."""
    items: Any = input
    context = info.context
    assert context.session
    merchant = context.viewer.merchant()
    by_number = await _orders(context, merchant, {n for item in items for n in item.order_numbers})
    ready: dict[int, shipments.ShipmentWish] = {}
    refused: dict[int, tuple[Refusal, ...]] = {}
    for index, item in enumerate(items):
        missing = [number for number in item.order_numbers if number not in by_number]
        if item.form is None or missing:
            refused[index] = item.refused or (_no_order("orderNumbers"),)
            continue
        orders = (*item.order_ids, *(by_number[number] for number in item.order_numbers))
        promised = (item.form.promised_on, item.form.promised_at)
        ready[index] = entering.shipment_wish(merchant, item.form, orders, None, promised=promised)
    done = await shipments.register_many(
        context.session,
        context.store.vault,
        list(ready.values()),
        context.by("shipmentsRegister"),
        context.clock(),
    )
    outcomes = dict(zip(ready, done, strict=True))
    return [
        _outcome(
            index, item, outcomes.get(index) or shipments.Registered(shipments.Outcome.REFUSED, None, refused[index])
        )
        for index, item in enumerate(items)
    ]


def _outcome(index: int, item: _Item, done: shipments.Registered) -> RegisteredShipment:
    return RegisteredShipment(index, item.number, done.outcome, done.shipment, at(index, done.refusals))


async def _orders(context: Context, merchant: UUID, numbers: set[str]) -> dict[str, UUID]:
    assert context.session
    if not numbers:
        return {}
    rows = await context.session.execute(
        select(Order.number, Order.id).where(Order.merchant_id == merchant, Order.number.in_(numbers)),
    )
    return {row.number: row.id for row in rows}


@strawberry.input(description="Which parcel to stop following.")
class ShipmentStopTrackingInput:
    id: strawberry.ID = strawberry.field(description="The shipment's id.")


@strawberry.input(description="Which parcel is another carrier's.")
class ShipmentCorrectCarrierInput:
    id: strawberry.ID = strawberry.field(description="The shipment's id.")
    carrier: str = strawberry.field(description="The right carrier's code.")


async def stop_tracking(info: Info, input: ShipmentStopTrackingInput) -> Shipment:
    """From now on the parcel is not followed; a second time changes nothing."""
    context = info.context
    assert context.session
    row = await locked(context, Shipment, input.id, "shipment")
    return await shipments.stop_tracking(context.session, row, context.by("shipmentStopTracking"), context.clock())


async def correct_carrier(info: Info, input: ShipmentCorrectCarrierInput) -> Shipment:
    """The parcel is the other carrier's from now on, with the events it has."""
    context = info.context
    assert context.session
    row = await locked(context, Shipment, input.id, "shipment")
    carrier = input.carrier.strip().lower()
    by = context.by("shipmentCorrectCarrier")
    with inside("input"):
        return await shipments.correct_carrier(context.session, row, carrier, by, context.clock())
