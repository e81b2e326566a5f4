"""What a merchant may say of a parcel, and what must be known to write it down: read in a few statements."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import following, parking
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules.promises import end_of
from db.enums import Direction
from db.inserting import insert_into
from db.models.base import Money, to_minor
from db.models.orders import Order
from db.models.partners import CarrierAccount, CarrierRow
from db.models.shipments import Shipment, ShipmentOrder
from db.vault import Vault

LONGEST_NUMBER = 60


@dataclass(frozen=True, slots=True)
class ShipmentWish:
    """A parcel to follow; None leaves what is known as it is. A promised day is kept until it ends in the recipient's
    zone, a promised moment is exact. Destination and zone come from the order unless given. ``phone_tail``: any phone
    of shipper or recipient, of which the last four digits are kept."""

    merchant_id: UUID
    carrier: str
    tracking_number: str
    order_ids: tuple[UUID, ...] = ()
    external_id: str | None = None
    service: str | None = None
    direction: Direction | None = None
    promised_on: date | None = None
    promised_at: datetime | None = None
    declared_value: Money | None = None
    freight: Money | None = None
    weight_grams: int | None = None
    origin_country: str | None = None
    origin_region: str | None = None
    destination_country: str | None = None
    destination_region: str | None = None
    zone: str | None = None
    phone_tail: str | None = None


@dataclass(slots=True)
class Desk:
    """What the wishes of one call need to know, read in a few statements."""

    carriers: set[str]
    orders: dict[UUID, Order]
    shipments: dict[tuple[str, str], Shipment]
    linked: dict[UUID, set[UUID]]
    accounts: list[CarrierAccount]


def normalise(number: str) -> str:
    """A tracking number as it is stored: trimmed, without spaces inside, upper case. Refused when it cannot be one."""
    plain = re.sub(r" +", "", number.strip()).upper()
    if not 0 < len(plain) <= LONGEST_NUMBER or not plain.isprintable():
        message = f"A tracking number is 1 to {LONGEST_NUMBER} printable characters."
        raise Refused(Refusal(RefusalCode.INVALID, message, ("trackingNumber",)))
    return plain


def plain(number: str | None) -> str | None:
    """A number as shipments have it; None for what cannot be one."""
    try:
        return normalise(number or "")
    except Refused:
        return None


async def prepare(session: AsyncSession, merchant_id: UUID, wishes: Sequence[ShipmentWish]) -> Desk:
    """Reads what the wishes need, and holds the merchant's row: no other registration is between."""
    await parking.hold(session, [merchant_id])
    numbers = {number for wish in wishes if (number := plain(wish.tracking_number))}
    carriers = await session.scalars(select(CarrierRow.code).where(CarrierRow.code.in_({w.carrier for w in wishes})))
    orders = await session.scalars(
        select(Order).where(
            Order.merchant_id == merchant_id, Order.id.in_({id_ for wish in wishes for id_ in wish.order_ids})
        )
    )
    found = await session.scalars(
        select(Shipment)
        .where(Shipment.merchant_id == merchant_id, Shipment.tracking_number.in_(numbers))
        .order_by(Shipment.id)
        .with_for_update()
    )
    shipments = {(row.carrier_code, row.tracking_number): row for row in found}
    return Desk(
        carriers=set(carriers),
        orders={order.id: order for order in orders},
        shipments=shipments,
        linked=await _linked(session, [row.id for row in shipments.values()]),
        accounts=await following.accounts_of(session, merchant_id),
    )


async def _linked(session: AsyncSession, shipments: Collection[UUID]) -> dict[UUID, set[UUID]]:
    rows = await session.execute(
        select(ShipmentOrder.shipment_id, ShipmentOrder.order_id).where(ShipmentOrder.shipment_id.in_(shipments))
    )
    linked: dict[UUID, set[UUID]] = {}
    for shipment, order in rows:
        linked.setdefault(shipment, set()).add(order)
    return linked


def demand(desk: Desk, wish: ShipmentWish) -> None:
    """Refused for an unknown carrier, an order that is not the merchant's, or two currencies."""
    if wish.carrier not in desk.carriers:
        message = f"There is no carrier {wish.carrier!r}; the query carriers lists them."
        raise Refused(Refusal(RefusalCode.NOT_FOUND, message, ("carrier",)))
    if any(id_ not in desk.orders for id_ in wish.order_ids):
        raise Refused(Refusal(RefusalCode.NOT_FOUND, "No such order.", ("orderIds",)))
    currencies = {money.currency for money in (wish.declared_value, wish.freight) if money}
    if len(currencies) > 1:
        message = "Declared value and freight must be in one currency."
        raise Refused(Refusal(RefusalCode.INVALID, message, ("freight", "currency")))


def given(desk: Desk, wish: ShipmentWish) -> dict[str, Any]:
    """The columns the wish names, directly or by its first order."""
    order = desk.orders[wish.order_ids[0]] if wish.order_ids else None
    outward = order if order is not None and wish.direction is not Direction.REVERSE else None
    zone = wish.zone or (outward.zone if outward else None)
    promised = wish.promised_at or (end_of(wish.promised_on, ZoneInfo(zone or "UTC")) if wish.promised_on else None)
    currency = next((money.currency for money in (wish.declared_value, wish.freight) if money), None)
    named = {
        "external_id": wish.external_id,
        "service": wish.service,
        "direction": wish.direction,
        "promised_delivery_at": promised,
        "declared_minor": to_minor(*wish.declared_value) if wish.declared_value else None,
        "freight_minor": to_minor(*wish.freight) if wish.freight else None,
        "currency": currency,
        "weight_grams": wish.weight_grams,
        "origin_country": wish.origin_country,
        "origin_region": wish.origin_region,
        "destination_country": wish.destination_country or (outward.country if outward else None),
        "destination_region": wish.destination_region or (outward.region if outward else None),
        "zone": zone,
    }
    return {column: value for column, value in named.items() if value is not None}


def phone_tail(vault: Vault, desk: Desk, wish: ShipmentWish, shipment: Shipment) -> str:
    """The last four digits of the phone given, else, for a parcel without any, of the order's recipient: some carriers
    answer only with them."""
    phone = wish.phone_tail or ""
    if not phone and shipment.phone_tail is None and wish.order_ids:
        order = desk.orders[wish.order_ids[0]]
        phone = json.loads(order.open(vault, "shipping_address") or "{}").get("phone") or ""
    return re.sub(r"\D", "", phone)[-4:]


async def link(session: AsyncSession, desk: Desk, shipments: Sequence[Shipment]) -> None:
    """Stores which orders the shipments carry."""
    rows = [
        {"merchant_id": shipment.merchant_id, "shipment_id": shipment.id, "order_id": order}
        for shipment in shipments
        for order in desk.linked[shipment.id]
    ]
    if rows:
        await session.execute(insert_into(session, ShipmentOrder).on_conflict_do_nothing(), rows)
