"""Shipments: one by id or number, pages with filters, and what is derived for the reader."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, Select, or_, select

from aftersales.rules import masks, sentences
from aftersales.rules import numbers as rules_of_numbers
from aftersales.rules.shipments import FINAL
from db.enums import (
    Classifier,
    DeliveryMode,
    Direction,
    Locale,
    TrackingMethod,
    TrackingStatus,
    TrackingStep,
)
from db.ids import parse_typeid
from db.models.shipments import Shipment, TrackingEvent
from resolvers import edges
from resolvers.context import Info
from resolvers.errors import BadUserInput, aware
from resolvers.orders import late, needle, only
from resolvers.pages import Asked, Page, Sort, page

SORTS = {
    "UPDATED_AT_DESC": Sort("UPDATED_AT_DESC", Shipment.updated_at, Shipment.id),
    "UPDATED_AT_ASC": Sort("UPDATED_AT_ASC", Shipment.updated_at, Shipment.id, descending=False),
    "CREATED_AT_DESC": Sort("CREATED_AT_DESC", Shipment.created_at, Shipment.id),
    "CREATED_AT_ASC": Sort("CREATED_AT_ASC", Shipment.created_at, Shipment.id, descending=False),
}


@strawberry.input(description="Which shipments. Conditions given together must all hold.")
class ShipmentFilter:
    status: list[TrackingStatus] | None = strawberry.field(default=None, description="One of these statuses.")
    carrier: str | None = strawberry.field(default=None, description="This carrier's, by code.")
    direction: Direction | None = strawberry.field(default=None, description="Going out or coming back.")
    updated_since: datetime | None = strawberry.field(default=None, description="Changed at this moment or later.")
    delayed: bool | None = strawberry.field(default=None, description="Past its promise, also if delivered late.")
    stalled: bool | None = strawberry.field(
        default=None,
        description="Under way and without a scan for longer than its lane's usual time.",
    )
    needs_action: bool | None = strawberry.field(default=None, description="Whether somebody must act.")
    search: str | None = strawberry.field(
        default=None,
        description="Beginning of a tracking number or external id; 2 to 60 characters.",
    )


async def shipment(
    info: Info,
    id: strawberry.ID | None = None,
    tracking_number: str | None = None,
    carrier: str | None = None,
) -> Shipment | None:
    """By id, or by tracking number (and carrier, when several carriers use the number)."""
    info.context.viewer.must("shipments:read")
    if (id is None) == (tracking_number is None):
        raise BadUserInput("Give either id or trackingNumber.")
    if id is not None:
        parsed = parse_typeid(id)
        found: Shipment | None = None
        if parsed is not None and parsed[0] == Shipment.prefix:
            found = await info.context.load(edges.BY_PREFIX[Shipment.prefix], parsed[1])
        return found
    assert tracking_number is not None
    statement = select(Shipment).where(Shipment.tracking_number == "".join(tracking_number.split()).upper())
    if carrier is not None:
        statement = statement.where(Shipment.carrier_code == carrier.lower())
    async with info.context.store.reading(info.context.viewer.reach) as session:
        rows = list(await session.scalars(statement.order_by(Shipment.created_at.desc()).limit(50)))
    if len({row.carrier_code for row in rows}) > 1:
        raise BadUserInput("Several carriers use this tracking number; name one with carrier.")
    if rows and (len({row.merchant_id for row in rows}) == 1 or info.context.viewer.reach.carrier_code):
        return rows[0]  # a carrier reused its number, or two merchants registered its parcel: the newest of them
    newest: Shipment | None = only(rows, "tracking number")
    return newest


async def shipments(info: Info, asked: Asked, filter: ShipmentFilter | None, sort: str) -> Page:
    """A page of shipments."""
    info.context.viewer.must("shipments:read")
    statement = select(Shipment)
    if filter is not None:
        statement = _filtered(statement, filter, info.context.clock())
    return await page(info.context.store, info.context.viewer.reach, statement, SORTS[sort], asked)


def _filtered(statement: Select[Any], wish: ShipmentFilter, now: datetime) -> Select[Any]:
    rules: list[ColumnElement[bool] | None] = [
        Shipment.status.in_(wish.status) if wish.status else None,
        Shipment.carrier_code == wish.carrier.lower() if wish.carrier else None,
        Shipment.direction == wish.direction if wish.direction else None,
        Shipment.updated_at >= aware(wish.updated_since, "updatedSince") if wish.updated_since else None,
        Shipment.action_required.is_(wish.needs_action) if wish.needs_action is not None else None,
        _search(wish.search) if wish.search is not None else None,
    ]
    for wanted, rule in ((wish.delayed, late(now)), (wish.stalled, stalled(now))):
        if wanted is not None:
            rules.append(rule if wanted else or_(~rule, rule.is_(None)))
    return statement.where(*(rule for rule in rules if rule is not None))


def stalled(now: datetime) -> ColumnElement[bool]:
    """Under way, and silent for longer than its lane's usual time."""
    return (Shipment.stalls_at <= now) & Shipment.status.not_in([*FINAL, TrackingStatus.LOST])


def _search(text: str) -> ColumnElement[bool]:
    term = needle(text)
    return or_(
        Shipment.tracking_number.startswith(term.upper(), autoescape=True),
        Shipment.external_id.startswith(term, autoescape=True),
    )


def is_delayed(root: Shipment, info: Info) -> bool:
    """The same rule as the filter's, on one row."""
    until = root.promised_delivery_at
    if until is None or root.status is TrackingStatus.CANCELED:
        return False
    return until <= (root.delivered_at or info.context.clock())


def is_stalled(root: Shipment, info: Info) -> bool:
    """The same rule as the filter's, on one row."""
    if root.stalls_at is None or root.status in FINAL or root.status is TrackingStatus.LOST:
        return False
    return root.stalls_at <= info.context.clock()


async def events(
    root: Shipment,
    info: Info,
    last: int | None = None,
    classifier: Classifier | None = None,
) -> list[TrackingEvent]:
    """The scans, oldest first; the last so many of one classifier."""
    if last is not None and not 1 <= last <= 100:
        raise BadUserInput(f"last must be between 1 and 100, not {last}.")
    found: list[TrackingEvent] = await info.context.load(edges.events_of_shipment, root.id)
    if classifier is not None:
        found = [event for event in found if event.classifier is classifier]
    return found if last is None else found[-last:]


async def latest_event(root: Shipment, info: Info) -> TrackingEvent | None:
    """The newest scan that happened."""
    happened = await events(root, info, classifier=Classifier.ACTUAL)
    return happened[-1] if happened else None


async def description(root: TrackingEvent, info: Info, locale: Locale | None = None) -> str:
    """Our sentence for status, step, reason and mode, in the reader's language."""
    spoken = locale or info.context.locale
    return sentences.describe(root.status, root.step, root.reason, root.delivery_mode, spoken)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery, proven as far as the carrier says."""

    delivered_at: datetime
    delivery_mode: DeliveryMode | None
    signed_by: str | None
    event: TrackingEvent | None


async def proof_of_delivery(root: Shipment, info: Info) -> Delivery | None:
    """Who signed, how, when, where; null until delivered. The name is masked unless the viewer may see it."""
    if root.delivered_at is None:
        return None
    scans = await events(root, info, classifier=Classifier.ACTUAL)
    signed = next((scan for scan in reversed(scans) if scan.status is TrackingStatus.DELIVERED), None)
    name = await info.context.reveal(root, "signed_by")
    if name is not None and not info.context.viewer.sees_personal:
        name = masks.mask_name(name)
    mode = signed.delivery_mode if signed else root.delivery_mode
    return Delivery(root.delivered_at, mode, name, signed)


@strawberry.enum(description="Who says when a parcel will arrive.")
class EstimateSource(StrEnum):
    """Who says when it will arrive."""

    CARRIER = auto()
    LANE = auto()


@dataclass(frozen=True, slots=True)
class Estimate:
    """When it will arrive, and on what that rests."""

    at: datetime
    latest_at: datetime | None
    source: EstimateSource
    sample: int | None
    basis: str | None


def estimate(root: Shipment) -> Estimate | None:
    """The carrier's own, else the lane's past; null when neither says anything."""
    if root.carrier_delivery_at is not None:
        return Estimate(root.carrier_delivery_at, None, EstimateSource.CARRIER, None, None)
    if root.learnt_delivery_at is None:
        return None
    return Estimate(
        root.learnt_delivery_at,
        root.learnt_latest_at,
        EstimateSource.LANE,
        root.learnt_sample,
        root.learnt_basis,
    )


@strawberry.enum(name="JourneyStage", description="The stages of a parcel's journey, in their order.")
class Stage(StrEnum):
    """The stages of a parcel's journey, in their order."""

    PREPARED = auto()
    PICKED_UP = auto()
    LINE_HAUL = auto()
    SORTING = auto()
    CUSTOMS = auto()
    DELIVERY = auto()
    SIGNED = auto()


@dataclass(frozen=True, slots=True)
class StageReached:
    """A stage and when it was first reached; null while it is not."""

    stage: Stage
    reached_at: datetime | None


_STEPS = {TrackingStep.ARRIVED_AT_HUB: Stage.SORTING, TrackingStep.PROCESSING: Stage.SORTING}
_STAGES = {
    TrackingStatus.INFO_RECEIVED: Stage.PREPARED,
    TrackingStatus.PICKED_UP: Stage.PICKED_UP,
    TrackingStatus.IN_TRANSIT: Stage.LINE_HAUL,
    TrackingStatus.CUSTOMS: Stage.CUSTOMS,
    TrackingStatus.OUT_FOR_DELIVERY: Stage.DELIVERY,
    TrackingStatus.AVAILABLE_FOR_PICKUP: Stage.DELIVERY,
    TrackingStatus.ATTEMPT_FAILED: Stage.DELIVERY,
    TrackingStatus.DELIVERED: Stage.SIGNED,
}


async def stages(root: Shipment, info: Info) -> list[StageReached]:
    """The whole journey in stages; CUSTOMS only where the parcel met it."""
    reached: dict[Stage, datetime] = {}
    for scan in await events(root, info, classifier=Classifier.ACTUAL):
        stage = _STAGES.get(scan.status)
        if scan.status is TrackingStatus.IN_TRANSIT and scan.step is not None:
            stage = _STEPS.get(scan.step, stage)
        if stage is not None:
            reached.setdefault(stage, scan.occurred_at)
    return [StageReached(each, reached.get(each)) for each in Stage if each is not Stage.CUSTOMS or each in reached]


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed last while following a parcel."""

    code: str
    message: str
    at: datetime


def last_failure(root: Shipment) -> Failure | None:
    """As stored by the worker; null when the last attempt went well."""
    told = root.last_failure
    return Failure(told["code"], told["message"], datetime.fromisoformat(told["at"])) if told else None


def method(root: Shipment) -> TrackingMethod:
    """How the parcel is followed now."""
    return TrackingMethod.NONE if root.tracking_stopped_at else root.tracking_method


async def identify(tracking_number: str) -> Any:
    """Which carriers can own this number, the likeliest first; never a certainty."""
    if len(tracking_number) > 60:
        raise BadUserInput("trackingNumber has at most 60 characters.")
    return list(rules_of_numbers.identify(tracking_number))


def check_passed(root: rules_of_numbers.Candidate) -> bool | None:
    """True when the check digit was recomputed; a number whose digit is wrong is no candidate at all."""
    return True if root.check is rules_of_numbers.Check.PASSED else None
