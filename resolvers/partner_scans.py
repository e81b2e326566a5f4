"""``trackingEventsPush``: a carrier partner's side, up to 250 items, one outcome each, safe to repeat."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import strawberry
from pydantic import ValidationError

from aftersales import forms, partner_scans
from aftersales.refusals import Refusal
from db.enums import Classifier, DeliveryMode, TrackingReason, TrackingStatus, TrackingStep
from resolvers.context import Context, Info
from resolvers.errors import LimitExceeded
from resolvers.order_sync import MOST, plain


def _given(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="Where a scan was made, as far as you say.")
class LocationInput:
    text: str | None = _given("The place in your words.")
    facility: str | None = _given("Hub, station or point.")
    city: str | None = _given("City.")
    region: str | None = _given("Province or state.")
    postal_code: str | None = _given("Postal code.")
    country: str | None = _given("ISO 3166-1 alpha-2.")
    latitude: float | None = _given("Degrees north.")
    longitude: float | None = _given("Degrees east.")


@strawberry.input(description="A scan, a promise, an estimate, or all three, of one of your parcels.")
class TrackingEventInput:
    tracking_number: str = strawberry.field(description="Your number on the parcel.")
    occurred_at: datetime | None = _given("When it happened, with an offset; goes with status.")
    status: TrackingStatus | None = _given("What it says of the parcel.")
    step: TrackingStep | None = _given("A finer word.")
    reason: TrackingReason | None = _given("Why, as party and cause.")
    delivery_mode: DeliveryMode | None = _given("Into whose hands it went.")
    action_required: bool | None = _given("Whether somebody must act.")
    classifier: Classifier | None = _given("ACTUAL unless given.")
    raw_code: str | None = _given("Your own code, kept as it is.")
    description: str | None = _given("Your own words; phones in it are masked.")
    location: LocationInput | None = _given("Where it happened.")
    event_id: str | None = _given("Your own id of the scan: a repeat of it is no second scan.")
    piece: str | None = _given("Which parcel of several.")
    signed_by: str | None = _given("Who signed; kept encrypted.")
    promised_on: date | None = _given("The promised day; kept until it ends in the recipient's zone.")
    promised_at: datetime | None = _given("The promised moment; instead of the day.")
    estimated_at: datetime | None = _given("Your estimate of the delivery.")


@dataclass(frozen=True, slots=True)
class PushedEvent:
    """One item's outcome."""

    index: int
    tracking_number: str
    outcome: partner_scans.Told
    refusals: tuple[Refusal, ...]


def prepare(_context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Reads every item, before any transaction."""
    if len(arguments["input"]) > MOST:
        raise LimitExceeded("input", MOST, len(arguments["input"]))
    return {"input": [_read(each) for each in arguments["input"]]}


def _read(given: TrackingEventInput) -> partner_scans.Item:
    try:
        return partner_scans.Item(given.tracking_number, forms.ScanForm.model_validate(plain(given)))
    except ValidationError as wrong:
        return partner_scans.Item(given.tracking_number, refused=forms.refusals(wrong))


async def push(info: Info, input: list[TrackingEventInput]) -> list[PushedEvent]:
    """Records what was read; ``prepare`` has put it in the place of the input."""
    items: Any = input
    context = info.context
    carrier = context.viewer.reach.carrier_code
    assert context.session
    assert carrier
    by, now = context.by("trackingEventsPush"), context.clock()
    outcomes = await partner_scans.record(context.session, context.store, carrier, items, by=by, now=now)
    return [
        PushedEvent(
            index,
            item.number,
            outcome,
            tuple(Refusal(no.code, no.message, ("input", str(index), *no.field)) for no in item.refused),
        )
        for index, (item, outcome) in enumerate(zip(items, outcomes, strict=True))
    ]
