"""Orders with their parcels enter: read and checked before the transaction, then written in a few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import orders, shipments
from aftersales.forms import OrderForm, ShipmentForm, refusals
from aftersales.log import By
from aftersales.refusals import Refusal, RefusalCode
from db.models.base import Money
from db.models.orders import Order
from db.vault import Vault


class EntryOutcome(StrEnum):
    """What became of one order."""

    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Read:
    """One item after the checks that need no database: ready, or refused with the reasons."""

    number: str | None
    checked: orders.Checked | None = None
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Entered:
    """One item's outcome. An order may have entered while one of its parcels was refused: ``refused`` names it."""

    number: str | None
    outcome: EntryOutcome
    order: Order | None = None
    refused: tuple[Refusal, ...] = ()


def read(items: Sequence[Mapping[str, Any]]) -> list[Read]:
    """Reads and checks every item; of two with one number in a call only the first is taken."""
    seen: set[str] = set()
    result: list[Read] = []
    for item in items:
        told = item.get("number")
        number = told if isinstance(told, str) else None
        try:
            form = OrderForm.model_validate(item)
        except ValidationError as wrong:
            result.append(Read(number, refused=refusals(wrong)))
            continue
        if form.number in seen:
            twice = Refusal(RefusalCode.DUPLICATE, f"Order {form.number} stands twice in this call.", ("number",))
            result.append(Read(number, refused=(twice,)))
            continue
        seen.add(form.number)
        result.append(Read(form.number, orders.check(form)))
    return result


async def enter(
    session: AsyncSession,
    vault: Vault,
    merchant_id: UUID,
    items: Sequence[Read],
    *,
    by: By,
    now: datetime,
) -> list[Entered]:
    """Writes what was read: one outcome an item, in their order; safe to repeat."""
    ready = [item.checked for item in items if item.checked is not None]
    done = await orders.sync(session, vault, merchant_id, ready, by=by, now=now) if ready else []
    rows = {order.number: (order, outcome) for order, outcome in done}
    wishes = [
        (item.form.number, position, _wish(rows[item.form.number][0], item, parcel))
        for item in ready
        for position, parcel in enumerate(item.form.shipments)
    ]
    registered = await shipments.register_many(session, vault, [wish for _, _, wish in wishes], by, now)
    refused: dict[str, list[Refusal]] = {}
    changed: set[str] = set()
    for (number, position, _), outcome in zip(wishes, registered, strict=True):
        refused.setdefault(number, []).extend(
            replace(no, field=("shipments", str(position), *no.field)) for no in outcome.refusals
        )
        if outcome.outcome in {shipments.Outcome.REGISTERED, shipments.Outcome.CHANGED}:
            changed.add(number)
    return [_entered(item, rows, refused, changed) for item in items]


def _entered(
    item: Read,
    rows: Mapping[str, tuple[Order, orders.Synced]],
    refused: Mapping[str, list[Refusal]],
    changed: set[str],
) -> Entered:
    if item.checked is None or item.number is None:
        return Entered(item.number, EntryOutcome.REFUSED, refused=item.refused)
    order, synced = rows[item.number]
    outcome = EntryOutcome(synced.value)
    if outcome is EntryOutcome.UNCHANGED and item.number in changed:
        outcome = EntryOutcome.UPDATED
    return Entered(item.number, outcome, order, tuple(refused.get(item.number, ())))


def _wish(order: Order, checked: orders.Checked, parcel: ShipmentForm) -> shipments.ShipmentWish:
    """The parcel as the order says; what the order promised holds for a parcel that promises nothing itself."""
    promised_at, promised_on = parcel.promised_at, parcel.promised_on
    if promised_at is None and promised_on is None:
        promised_at, promised_on = checked.form.promised_at, checked.form.promised_on
    return shipment_wish(order.merchant_id, parcel, (order.id,), checked.phone, promised=(promised_on, promised_at))


def shipment_wish(
    merchant_id: UUID,
    parcel: ShipmentForm,
    order_ids: tuple[UUID, ...],
    phone: str | None,
    *,
    promised: tuple[Any, Any],
) -> shipments.ShipmentWish:
    """A form as the business wants it."""
    return shipments.ShipmentWish(
        merchant_id=merchant_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        order_ids=order_ids,
        external_id=parcel.external_id,
        service=parcel.service,
        direction=parcel.direction,
        promised_on=promised[0],
        promised_at=promised[1],
        declared_value=Money(parcel.declared_value.amount, parcel.declared_value.currency)
        if parcel.declared_value
        else None,
        freight=Money(parcel.freight.amount, parcel.freight.currency) if parcel.freight else None,
        weight_grams=parcel.weight_grams,
        origin_country=parcel.origin_country,
        origin_region=parcel.origin_region,
        phone_tail=parcel.phone or phone,
    )
