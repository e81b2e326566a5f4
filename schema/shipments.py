"""Parcels and their scans as partners see them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry

from db.enums import (
    Classifier,
    DeliveryMode,
    Direction,
    EventSource,
    TrackingMethod,
    TrackingReason,
    TrackingStatus,
    TrackingStep,
)
from resolvers import alerts as by_alerts
from resolvers import deliveries as by_deliveries
from resolvers import edges, emissions, timelines
from resolvers import shipments as answers
from resolvers.context import Info
from resolvers.pages import Asked
from schema.alerts import Alert
from schema.carriers import Carrier, CarrierAccount
from schema.connections import Connection
from schema.emissions import Emissions
from schema.feed import Change
from schema.fields import described, related, resolved
from schema.links import CaseLink, DeliveryChangeLink, OrderLink
from schema.node import Node
from schema.scalars import CountryCode, Money
from schema.viewer import Merchant
from schema.words import tell


@strawberry.enum(description="How shipments are sorted. A cursor belongs to the sort it was made by.")
class ShipmentSort(StrEnum):
    UPDATED_AT_DESC = "UPDATED_AT_DESC"
    UPDATED_AT_ASC = "UPDATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"


for _word in (ShipmentSort, answers.EstimateSource, answers.Stage):
    tell(_word)


@strawberry.type(description="A place, as far as the carrier says.")
class Location:
    text: str | None = described("The place in the carrier's words.")
    facility: str | None = described("Hub, station or point.")
    city: str | None = described("City.")
    region: str | None = described("Province or state.")
    postal_code: str | None = described("Postal code.")
    country: CountryCode | None = described("Country.")
    latitude: float | None = described("Degrees north.")
    longitude: float | None = described("Degrees east.")


def _location(root: Any) -> Location | None:
    stored = root.location
    if not stored:
        return None
    return Location(
        text=stored.get("text"),
        facility=stored.get("facility"),
        city=stored.get("city"),
        region=stored.get("region"),
        postal_code=stored.get("postal_code"),
        country=stored.get("country"),
        latitude=stored.get("latitude"),
        longitude=stored.get("longitude"),
    )


@strawberry.type(description="One scan in our words, the carrier's code and words beside them.")
class TrackingEvent(Node):
    occurred_at: datetime = described("When it happened (UTC).")
    local_time: str | None = described("The carrier's own clock with its offset, e.g. 2026-05-26T09:56:14+08:00.")
    recorded_at: datetime = described("When we heard of it (UTC).")
    status: TrackingStatus = described("What it says of the parcel; UNKNOWN for a scan without a status of its own.")
    step: TrackingStep | None = described("A finer word within the status.")
    reason: TrackingReason | None = described("Why, as party and cause.")
    delivery_mode: DeliveryMode | None = described("Into whose hands it went.")
    classifier: Classifier = described("Whether it happened, is estimated, or is planned.")
    description: str = resolved(by=answers.description, description="Our sentence for it, in the asked language.")
    carrier_words: str = described("The carrier's own words, phones masked.")
    raw_code: str = described("The carrier's own code, kept as it came.")
    location: Location | None = resolved(by=_location, description="Where it happened.")
    piece: str | None = described("Which parcel of several, by the carrier's own piece number.")
    source: EventSource = described("Who told us.")


@strawberry.type(description="A delivery, proven as far as the carrier says.")
class ProofOfDelivery:
    delivered_at: datetime = described("When (UTC).")
    delivery_mode: DeliveryMode | None = described("Into whose hands.")
    signed_by: str | None = described("Who signed; masked unless the viewer may see it.")
    event: TrackingEvent | None = described("The scan that says so.")


@strawberry.type(description="When a parcel will arrive, and on what that rests.")
class DeliveryEstimate:
    at: datetime = described("The likely moment (UTC).")
    latest_at: datetime | None = described("The moment by which nine in ten of the lane's parcels had arrived (UTC).")
    source: answers.EstimateSource = described("The carrier, or the lane's past.")
    sample: int | None = described("How many past journeys stand behind it; null when the carrier says it.")
    basis: str | None = described("Which lane they were on: origin, destination, carrier, service.")


@strawberry.type(description="What failed last while following a parcel.")
class TrackingFailure:
    code: str = described("The carrier's code, or ours for a failure of the wire.")
    message: str = described("What it means.")
    at: datetime = described("When (UTC).")


@strawberry.type(description="How and when a parcel is followed, and what failed last.")
class TrackingState:
    method: TrackingMethod = resolved(by=answers.method, description="How it is followed now.")
    account: CarrierAccount | None = related(
        by=edges.account_of_shipment, description="The carrier account it is followed by."
    )
    next_poll_at: datetime | None = described("When we ask next (UTC).")
    last_polled_at: datetime | None = described("When we last asked (UTC).")
    last_heard_at: datetime | None = described("When the carrier last told us anything (UTC).")
    subscribed_at: datetime | None = described("Since when the carrier tells us by itself (UTC).")
    subscribed_until: datetime | None = described("Until when it does (UTC); renewed before.")
    stopped_at: datetime | None = resolved(
        by=lambda root: root.tracking_stopped_at, description="When tracking was stopped (UTC)."
    )
    failures: int = described("How often in a row asking failed.")
    last_failure: TrackingFailure | None = resolved(
        by=answers.last_failure,
        description="What failed last; null when the last attempt went well.",
    )


@strawberry.type(description="A stage of the journey.")
class StageReached:
    stage: answers.Stage = described("Which stage.")
    reached_at: datetime | None = described("When it was first reached (UTC); null while it is not.")


def _itself(root: Any) -> Any:
    return root


@strawberry.type(description="One carrier's movement of a parcel, known by its tracking number.")
class Shipment(Node):
    merchant: Merchant | None = related(
        by=edges.merchant_of_row, description="Whose goods they are; hidden from carriers."
    )
    carrier: Carrier = related(by=edges.carrier_of_row, description="Who moves it.")
    cases: list[CaseLink] = related(
        by=edges.cases_of_shipment, description="What it belongs to: a return, a pickup.", size=1, scope="returns:read"
    )
    tracking_number: str = described("The carrier's number on it.")
    external_id: str | None = described("The partner's own id of it.")
    service: str | None = described("The carrier's service.")
    emissions: Emissions | None = resolved(
        by=emissions.of_shipment, description="CO2e of its way; null while its weight or an end is not known."
    )
    direction: Direction = described("Going out or coming back.")
    status: TrackingStatus = described("Where it is, folded from all scans whatever their order of arrival.")
    reason: TrackingReason | None = described("Why the status is as it is.")
    delivery_mode: DeliveryMode | None = described("Into whose hands it went or shall go.")
    action_required: bool = described("Whether somebody must act.")
    status_since: datetime | None = described("Since when the status holds (UTC).")
    is_delayed: bool = resolved(
        by=answers.is_delayed,
        description="Past its promise, also if delivered late. A promised day is kept until its end.",
    )
    is_stalled: bool = resolved(by=answers.is_stalled, description="Silent for longer than its lane's usual time.")
    picked_up_at: datetime | None = described("When the carrier took it (UTC).")
    last_event_at: datetime | None = described("When it was last scanned (UTC).")
    promised_delivery_at: datetime | None = described("When the promise ends (UTC, exclusive).")
    estimated_delivery_at: datetime | None = described("When it will likely arrive (UTC); see estimate for its ground.")
    estimate: DeliveryEstimate | None = resolved(
        by=answers.estimate, description="When it will arrive, with its ground."
    )
    delivered_at: datetime | None = described("When it was delivered (UTC).")
    updated_at: datetime = described("When anything of it last changed (UTC).")
    events: list[TrackingEvent] = resolved(by=answers.events, description="Its scans, oldest first.", size=6)
    latest_event: TrackingEvent | None = resolved(by=answers.latest_event, description="The newest scan that happened.")
    stages: list[StageReached] = resolved(by=answers.stages, description="The whole journey in stages.", size=7)
    proof_of_delivery: ProofOfDelivery | None = resolved(
        by=answers.proof_of_delivery,
        description="Who signed, how, when; null until delivered.",
    )
    alerts: list[Alert] = resolved(by=by_alerts.of_shipment, description="What the buyer wants to know now.", size=1)
    delivery_changes: list[DeliveryChangeLink] = related(
        by=edges.changes_of_shipment, description="What was wished of its delivery, the oldest first.", size=1
    )
    allowed_actions: list[str] = resolved(
        by=by_deliveries.allowed_actions,
        description="The mutations that this viewer may call on it now: those whose wish its carrier takes from the "
        "merchant, none while it has not answered to one.",
        size=2,
    )
    timeline: Connection[Change] = resolved(
        by=timelines.timeline, description="What happened to it, oldest first, 1 to 100 at a time."
    )
    orders: list[OrderLink] = related(
        by=edges.orders_of_shipment, description="The orders it carries.", size=1, scope="orders:read"
    )
    tracking: TrackingState = resolved(by=_itself, description="How and when it is followed, and what failed last.")
    pieces: int | None = described("How many pieces, as the carrier counts.")
    weight_grams: int | None = described("Weight in grams.")
    declared_value: Money | None = described("What the shipper said it is worth.")
    freight: Money | None = described("What carrying it cost.")


async def _shipments(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: answers.ShipmentFilter | None = None,
    sort: ShipmentSort = ShipmentSort.UPDATED_AT_DESC,
) -> Any:
    return await answers.shipments(info, Asked(first, after, last, before), filter, sort.value)


@strawberry.type(description="A carrier that can own a tracking number.")
class CarrierCandidate:
    carrier_code: str = described("The carrier's code; see carrier(code:).")
    name: str = described("The carrier's name.")
    service: str | None = described("The service the number belongs to, where its form tells.")
    check_digit_passed: bool | None = resolved(
        by=answers.check_passed,
        description="Whether the number's check digit is right; null when its form has none.",
    )


@strawberry.type
class ShipmentQueries:
    shipment: Shipment | None = resolved(
        by=answers.shipment,
        description="One parcel, by id or by tracking number (and carrier, where several use the number). "
        "Needs the scope shipments:read.",
    )
    shipments: Connection[Shipment] = resolved(
        by=_shipments, description="Parcels in pages of 1 to 100; give first or last. Needs the scope shipments:read."
    )
    identify: list[CarrierCandidate] = resolved(
        by=answers.identify,
        description="Which carriers can own a tracking number, by pattern and check digit, the likeliest first.",
        size=5,
    )
