"""What buyers want to know now, of one parcel and over all."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, or_, select, tuple_

from aftersales.delivery_changes import OTHERWISE
from aftersales.delivery_wishes import ACTIONS
from aftersales.rules import alerts as rules
from aftersales.rules import sentences
from db.enums import AlertKind, Locale, TrackingStatus
from db.models.deliveries import DeliveryWish
from db.models.shipments import Shipment
from resolvers.context import Info
from resolvers.deliveries import possible
from resolvers.errors import BadUserInput
from resolvers.pages import LARGEST, moment_and_id

S = TrackingStatus
TROUBLED = (S.LOST, S.EXCEPTION, S.CUSTOMS, S.ATTEMPT_FAILED, S.AVAILABLE_FOR_PICKUP, S.OUT_FOR_DELIVERY)
ENDED = (S.DELIVERED, S.RETURNED, S.CANCELED, S.DISPOSED)


@dataclass(frozen=True, slots=True)
class Told:
    """An alert and the parcel it is about."""

    alert: rules.Alert
    shipment: Shipment

    @property
    def cursor(self) -> str:
        """Its place: parcels by last change, kinds within a parcel."""
        parts = [self.shipment.updated_at.isoformat(), self.shipment.id.hex, self.alert.kind.value]
        return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def facts_of(row: Shipment) -> rules.ShipmentFacts:
    """What the rule needs of a parcel."""
    return rules.ShipmentFacts(
        status=row.status,
        since=row.status_since,
        reason=row.reason,
        action_required=row.action_required,
        last_event_at=row.last_event_at,
        promised_until=row.promised_delivery_at,
        estimated_at=row.estimated_delivery_at,
        stalls_at=row.stalls_at,
    )


def of_shipment(root: Shipment, info: Info) -> list[Told]:
    """One parcel's."""
    return [Told(alert, root) for alert in rules.alerts(facts_of(root), info.context.clock())]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of alerts."""

    told: Sequence[Told]
    has_next: bool


async def alerts(info: Info, first: int, after: str | None = None, kinds: list[AlertKind] | None = None) -> AlertPage:
    """Alerts over all parcels within reach, those of the most recently changed parcels first."""
    info.context.viewer.must("shipments:read")
    if not 1 <= first <= LARGEST:
        raise BadUserInput(f"first must be between 1 and {LARGEST}, not {first}.")
    now = info.context.clock()
    place = None if after is None else _place(after)
    found: list[Told] = []
    while len(found) <= first:
        rows = await _candidates(info, place, first + 1, now)
        found += [told for told in _tell(rows, place, now) if kinds is None or told.alert.kind in kinds]
        if len(rows) <= first:
            break
        place = (rows[-1].updated_at, rows[-1].id, list(AlertKind)[-1])
    return AlertPage(found[:first], has_next=len(found) > first)


Place = tuple[datetime, UUID, AlertKind]


def _place(cursor: str) -> Place:
    try:
        at, id_, kind = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(at).astimezone(UTC), UUID(hex=id_), AlertKind(kind)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise BadUserInput("after is not a cursor of this connection.") from None


async def _candidates(info: Info, place: Place | None, size: int, now: datetime) -> list[Shipment]:
    statement = select(Shipment).where(_may_be_told(now))
    if place is not None:
        statement = statement.where(tuple_(Shipment.updated_at, Shipment.id) <= moment_and_id(place[0], place[1]))
    statement = statement.order_by(Shipment.updated_at.desc(), Shipment.id.desc()).limit(size)
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return list(await session.scalars(statement))


def _may_be_told(now: datetime) -> ColumnElement[bool]:
    """A little more than the rule finds: the rule decides on each row."""
    estimate = or_(
        Shipment.carrier_delivery_at <= now + rules.SOON,
        Shipment.learnt_delivery_at <= now + rules.SOON,
        Shipment.carrier_delivery_at >= Shipment.promised_delivery_at,
        Shipment.learnt_delivery_at >= Shipment.promised_delivery_at,
    )
    return or_(
        Shipment.status.in_(TROUBLED),
        Shipment.status.not_in(ENDED)
        & or_(Shipment.stalls_at <= now, Shipment.promised_delivery_at <= now + rules.NOTICE, estimate),
    )


def _tell(rows: Sequence[Shipment], place: Place | None, now: datetime) -> Iterator[Told]:
    order = list(AlertKind)
    for row in rows:
        for alert in rules.alerts(facts_of(row), now):
            resumed = place is not None and (row.updated_at, row.id) == place[:2]
            if not (resumed and place is not None and order.index(alert.kind) <= order.index(place[2])):
                yield Told(alert, row)


def sentence(root: Told, info: Info, locale: Locale | None = None) -> str:
    """What it means for the recipient, in the asked language and their zone."""
    return sentences.alert_sentence(root.alert, locale or info.context.locale, ZoneInfo(root.shipment.zone))


async def actions(root: Told, info: Info) -> list[str]:
    """What can be done, best first. Of wishes for the delivery only those that the carrier takes now; who could be helped by
    one is offered the others too, or the carrier's phone."""
    wishes = set(ACTIONS.values())
    offered = root.alert.actions
    if wishes.isdisjoint(offered):
        return list(offered)
    able = [ACTIONS[kind] for kind in await possible(root.shipment, info) if kind is not DeliveryWish.RETURN]
    kept = [action for action in offered if action not in wishes or action in able]
    return [*kept, *(action for action in able if action not in kept)] or [OTHERWISE]


def delay_hours(root: Told) -> float | None:
    """How much later than promised."""
    delay = root.alert.expected_impact.delay
    return None if delay is None else round(delay.total_seconds() / 3600, 1)


def new_estimate(root: Told) -> Any:
    """When instead."""
    return root.alert.expected_impact.new_estimate
