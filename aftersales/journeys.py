"""What a shipment's events and messages make of its row: values only, nothing is written here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aftersales.rules import lanes
from aftersales.rules.shipments import FINAL, Seen, fold
from carriers.carrier import ReadShipment
from db.enums import Classifier
from db.models.shipments import LanePast, Shipment

STATE = (
    "status",
    "reason",
    "delivery_mode",
    "action_required",
    "status_since",
    "picked_up_at",
    "last_event_at",
    "delivered_at",
    "carrier_delivery_at",
    "carrier_told_at",
    "learnt_delivery_at",
    "learnt_latest_at",
    "learnt_sample",
    "learnt_basis",
    "stalls_at",
    "pieces",
    "weight_grams",
    "carrier_unique_id",
)
"""The columns a message may change, besides the sealed name of who signed."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of lanes: journeys by lane key, and the usual hours between two scans."""

    learnt: Mapping[str, lanes.Learnt]
    gaps: Mapping[str, float | None]

    @staticmethod
    def of(rows: Iterable[LanePast]) -> "Past":
        """The stored rows as the rules want them."""
        kept = list(rows)
        return Past(
            {row.key: lanes.Learnt(row.sample, row.median_hours, row.p90_hours) for row in kept},
            {row.key: row.gap_hours for row in kept},
        )


def lane_of(shipment: Shipment) -> lanes.Lane:
    """The shipment's own lane; what is not known is any."""
    return lanes.Lane(
        origin_country=shipment.origin_country or "",
        origin_region=shipment.origin_region or "",
        destination_country=shipment.destination_country or "",
        destination_region=shipment.destination_region or "",
        carrier=shipment.carrier_code,
        service=shipment.service or "",
    )


def after_events(shipment: Shipment, events: Iterable[Seen], past: Past) -> dict[str, Any]:
    """The columns that follow from all events: the folded state, the learnt estimate, when silence becomes a stall."""
    folded = fold(events)
    return {
        "status": folded.status,
        "reason": folded.reason,
        "delivery_mode": folded.delivery_mode,
        "action_required": folded.action_required,
        "status_since": folded.since,
        "picked_up_at": folded.picked_up_at,
        "last_event_at": folded.last_event_at,
        "delivered_at": folded.delivered_at,
        **_expected(shipment, folded.picked_up_at, past),
        "stalls_at": None
        if folded.status in FINAL or folded.last_event_at is None
        else lanes.stalled_after(folded.last_event_at, _gap(shipment, past)),
    }


def _expected(shipment: Shipment, picked_up_at: datetime | None, past: Past) -> dict[str, Any]:
    stats = lanes.known(lane_of(shipment), past.learnt)
    found = lanes.estimate(picked_up_at, stats) if picked_up_at else None
    return {
        "learnt_delivery_at": found and found.at,
        "learnt_latest_at": found and found.latest,
        "learnt_sample": found and found.sample,
        "learnt_basis": found and found.basis,
    }


def _gap(shipment: Shipment, past: Past) -> float | None:
    keys = (lane.key for lane in lane_of(shipment).chain())
    return next((gap for key in keys if (gap := past.gaps.get(key)) is not None), None)


def as_of(read: ReadShipment, now: datetime) -> datetime:
    """How fresh a message is: its newest scan that happened; now, when it has none."""
    return max((s.occurred_at for s in read.scans if s.classifier is Classifier.ACTUAL), default=now)


def after_messages(shipment: Shipment, reads: Sequence[ReadShipment], now: datetime) -> dict[str, Any]:
    """The columns messages say outright. An older message never replaces what a newer one said, in whatever order
    they come."""
    told: dict[str, Any] = {}
    told_at, heard_at = shipment.carrier_told_at, shipment.last_event_at
    for read in reads:
        fresh = as_of(read, now)
        if read.estimated_delivery_at and (told_at is None or fresh >= told_at):
            told_at = fresh
            told |= {"carrier_delivery_at": read.estimated_delivery_at, "carrier_told_at": fresh}
        newest = heard_at is None or fresh >= heard_at
        for column in ("pieces", "weight_grams"):
            given, present = getattr(read, column), told.get(column, getattr(shipment, column))
            if given and (newest or present is None):
                told[column] = given
        if read.unique_id and not shipment.carrier_unique_id:
            told["carrier_unique_id"] = read.unique_id
    return told


def signer(shipment: Shipment, reads: Sequence[ReadShipment], now: datetime) -> str | None:
    """Who signed, as the newest message that says so has it; None when no message may say it."""
    heard_at = shipment.last_event_at
    names = [
        (as_of(read, now), read.signed_by)
        for read in reads
        if read.signed_by and (shipment.signed_by is None or heard_at is None or as_of(read, now) >= heard_at)
    ]
    return max(names)[1] if names else None
