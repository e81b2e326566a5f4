"""``trackingEventsPush``: a carrier partner's side, up to 250 items, one outcome each, safe to repeat."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import strawberry
from pydantic import ValidationError

from aftersales import forms, partner_scans
from aftersales.refusals import Refusal
from db.enums import Classifier, DeliveryMode, TrackingReason, TrackingStatus, TrackingStep
from resolvers.context import Info
from resolvers.inputs import at, each_read, optional, plain


@strawberry.input(description="Where a scan was made, as far as you say.")
class LocationInput:
    text: str | None = optional("The place in your words.")
    facility: str | None = optional("Hub, station or point.")
    city: str | None = optional("City.")
    region: str | None = optional("Province or state.")
    postal_code: str | None = optional("Postal code.")
    country: str | None = optional("ISO 3166-1 alpha-2.")
    latitude: float | None = optional("Degrees north.")
    longitude: float | None = optional("Degrees east.")


@strawberry.input(description="A scan, a promise, an estimate, or all three, of one of your parcels.")
class TrackingEventInput:
    tracking_number: str = strawberry.field(description="Your number on the parcel.")
    occurred_at: datetime | None = optional("When it happened, with an offset; goes with status.")
    status: TrackingStatus | None = optional("What it says of the parcel.")
    step: TrackingStep | None = optional("A finer word.")
    reason: TrackingReason | None = optional("Why, as party and cause.")
    delivery_mode: DeliveryMode | None = optional("Into whose hands it went.")
    action_required: bool | None = optional("Whether somebody must act.")
    classifier: Classifier | None = optional("ACTUAL unless given.")
    raw_code: str | None = optional("Your own code, kept as it is.")
    description: str | None = optional("Your own words; phones in it are masked.")
    location: LocationInput | None = optional("Where it happened.")
    event_id: str | None = optional("Your own id of the scan: a repeat of it is no second scan.")
    piece: str | None = optional("Which parcel of several.")
    signed_by: str | None = optional("Who signed; kept encrypted.")
    promised_on: date | None = optional("The promised day; kept until it ends in the recipient's zone.")
    promised_at: datetime | None = optional("The promised moment; instead of the day.")
    estimated_at: datetime | None = optional("Your estimate of the delivery.")


@dataclass(frozen=True, slots=True)
class PushedEvent:
    """One item's outcome."""

    index: int
    tracking_number: str
    outcome: partner_scans.Told
    refusals: tuple[Refusal, ...]


def _read(given: TrackingEventInput) -> partner_scans.Item:
    try:
        return partner_scans.Item(given.tracking_number, forms.ScanForm.model_validate(plain(given)))
    except ValidationError as wrong:
        return partner_scans.Item(given.tracking_number, refused=forms.refusals(wrong))


prepare = each_read(_read)


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
        PushedEvent(index, item.number, outcome, at(index, item.refused))
        for index, (item, outcome) in enumerate(zip(items, outcomes, strict=True))
    ]
