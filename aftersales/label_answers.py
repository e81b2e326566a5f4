"""What a carrier is told of a label, and what its answers make of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, customs, labels, returns, warehouses, ways
from aftersales.cases import Step
from aftersales.contacts import contact
from aftersales.log import By
from aftersales.rules.labels import Printed
from carriers.booking import Booked, Item, Order, Ref
from db.case_enums import LineLogistics, ReturnMethod, ReturnStatus
from db.enums import Party
from db.models.labels import LabelState, ReturnLabel
from db.models.points import DropOffPoint
from db.models.returns import Return
from db.models.warehouses import Warehouse
from db.vault import Vault

TYPICAL_GRAMS = 1000  # where no line has a weight


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was written down for a label."""

    file_name: str
    media_type: str


async def order_of(session: AsyncSession, vault: Vault, label: ReturnLabel) -> Order:
    """What the carrier is asked for. The merchant's key must be at hand."""
    rma = await session.get_one(Return, label.return_id)
    lines = await returns.lines_of(session, rma)
    destination = await warehouses.address(session, vault, rma.merchant_id, rma.warehouse_id)
    grams = [(line.weight_grams or 0) * line.quantity for line in lines]
    order = Order(
        reference=label.reference,
        sender=contact(orjson.loads(rma.open(vault, "origin") or "{}")),
        recipient=contact(destination or {}),
        method=label.method,
        weight_grams=sum(grams) or TYPICAL_GRAMS,
        size_mm=(rma.size_mm[0], rma.size_mm[1], rma.size_mm[2]) if rma.size_mm else None,
        items=tuple(
            Item(
                line.title[: customs.LONGEST_TITLE],
                line.quantity,
                line.paid.amount,
                line.weight_grams or 0,
                sku=line.sku,
            )
            for line in lines
        ),
        currency=rma.currency,
        declared=rma.value.amount or Decimal(0),
        service=label.service or "",
        remark=rma.number,
    )
    return await customs.declared(session, order, rma, lines)


def ref_of(label: ReturnLabel) -> Ref:
    """The label as its carrier knows it."""
    return Ref(
        reference=label.reference,
        confirmation=label.confirmation or "",
        number=label.tracking_number or "",
        booked_at=label.asked_at,
        extras=label.extras or {},
        carrier=label.carrier_code or "",
    )


def made_as(label: ReturnLabel, methods: Collection[ReturnMethod]) -> ReturnMethod | None:
    """How a carrier that makes these is asked for it: at a point its common label is handed in. None: it is ours to draw."""
    if label.method in methods:
        return label.method
    is_handed_in = label.method in {ReturnMethod.DROP_OFF_POINT, ReturnMethod.LOCKER}
    return ReturnMethod.LABEL if is_handed_in and ReturnMethod.LABEL in methods else None


async def printed(session: AsyncSession, label: ReturnLabel) -> Printed:
    """What stands on a label of our own."""
    rma = await session.get_one(Return, label.return_id)
    house = await session.get(Warehouse, rma.warehouse_id) if rma.warehouse_id else None
    point = await session.get(DropOffPoint, rma.point_id) if rma.point_id else None
    number = label.tracking_number or ""
    return Printed(
        number or rma.number, rma.number, label.carrier_code or "", number, house.code if house else "", _place(point)
    )


def _place(point: DropOffPoint | None) -> str:
    """A point as a label names it: by its carrier's own name for it where the printed font has not its letters."""
    if point is None:
        return ""
    return f"{point.name}, {point.address}" if point.name.isascii() else point.external_id


async def taken(session: AsyncSession, vault: Vault, id_: UUID, booked: Booked, now: datetime) -> None:
    """The carrier made a label: what it calls it is kept at once, and its parcel followed, before any file is. The
    merchant's key must be at hand."""
    step = Step(By(Party.CARRIER, "label"), now)
    label = await session.get_one(ReturnLabel, id_)
    rma = await session.get_one(Return, label.return_id)
    if booked.number and label.state in labels.GOOD and rma.carrier_code == label.carrier_code:
        await ways.number_known(session, vault, rma, booked.number, step)
    _, label = await _locked(session, id_)
    label.asked_at, label.updated_at, label.doubtful = now, now, False
    label.confirmation = booked.confirmation or label.confirmation
    label.tracking_number = booked.number or label.tracking_number
    label.extras = {**(label.extras or {}), **booked.extras} or None


async def ready(session: AsyncSession, id_: UUID, made: Made, now: datetime) -> None:
    """Its file was written down. Of a label that was taken back meanwhile only the file is known, so that it can go."""
    rma, label = await _locked(session, id_)
    label.file_name, label.media_type, label.updated_at = made.file_name, made.media_type, now
    if label.state is not LabelState.PENDING:
        return
    label.state, label.expires_at = LabelState.READY, rma.deadline_at
    step = Step(By(Party.CARRIER if label.confirmation or label.tracking_number else Party.WAYBRIDGE, "label"), now)
    await cases.changed(session, rma, replace(step, told=_told(label)))


async def refused(session: AsyncSession, vault: Vault, id_: UUID, why: str, now: datetime) -> None:
    """There will be no such label: the plan's next way is taken, as long as the goods have not left."""
    rma, label = await _locked(session, id_)
    label.updated_at, label.reason, label.doubtful = now, why, False
    if label.state is not LabelState.PENDING:
        return
    label.state = LabelState.FAILED
    if label.tracking_number or label.confirmation:  # made, but of no use
        session.add(labels.job(label, labels.VOID, now))
    step = Step(By(Party.WAYBRIDGE, "failover"), now, why)
    if rma.status != ReturnStatus.APPROVED or rma.carrier_code != label.carrier_code:
        await cases.changed(session, rma, replace(step, told=_told(label)))
        return
    lines = await returns.lines_of(session, rma)
    for line in lines:
        if line.logistics is LineLogistics.LABELED:
            line.logistics = LineLogistics.NONE
    await ways.pass_on(session, vault, (rma, lines), label.carrier_code, step)


async def doubted(session: AsyncSession, id_: UUID, now: datetime) -> None:
    """An order is out whose answer nobody knows: visible, and sent no second time by itself."""
    _, label = await _locked(session, id_)
    if label.state is LabelState.PENDING:
        label.doubtful, label.asked_at, label.updated_at = True, now, now


def prefers_code(label: ReturnLabel) -> bool:
    """Whether the buyer shows a code, and the counter prints."""
    return label.method is ReturnMethod.BOX_FREE_QR


def _told(label: ReturnLabel) -> dict[str, object]:
    return {
        "label": {"id": label.typeid, "state": label.state.name, "carrier": label.carrier_code},
        "trackingNumber": label.tracking_number,
    }


async def _locked(session: AsyncSession, id_: UUID) -> tuple[Return, ReturnLabel]:
    """The return, then the label: the order in which everybody locks them."""
    parent = await session.scalar(select(ReturnLabel.return_id).where(ReturnLabel.id == id_))
    assert parent is not None
    rma = await cases.locked(session, Return, parent)
    label = await session.scalar(
        select(ReturnLabel).where(ReturnLabel.id == id_).with_for_update(),
        execution_options={"populate_existing": True},
    )
    assert label is not None
    return rma, label
