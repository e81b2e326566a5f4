"""What a carrier makes of a wish for a parcel: taken, refused, carried out, given up; and what the parcel's way says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import delivery_changes, delivery_wishes
from aftersales.cases import Step
from carriers.intercepting import Outcome, Standing
from db.enums import TrackingStatus as S
from db.models.deliveries import ChangeState, DeliveryChange, DeliveryWish
from db.models.shipments import Shipment

C = ChangeState

TELL_WITHIN = timedelta(hours=6)
"""A wish that could not be told for so long is told no more: the parcel is elsewhere by then."""
MOVES: Mapping[ChangeState, frozenset[ChangeState]] = {
    C.REQUESTED: frozenset({C.ACCEPTED, C.REFUSED, C.UNCONFIRMED, C.DONE, C.FAILED, C.EXPIRED}),
    C.UNCONFIRMED: frozenset({C.ACCEPTED, C.REFUSED, C.DONE, C.FAILED, C.EXPIRED}),
    C.ACCEPTED: frozenset({C.DONE, C.FAILED}),
    C.REFUSED: frozenset(),
    C.DONE: frozenset(),
    C.FAILED: frozenset(),
    C.EXPIRED: frozenset(),
}
LOST_ANSWER = "The carrier's answer was lost, and it cannot be asked whether it took the wish."
OPEN = frozenset({C.REQUESTED, C.UNCONFIRMED, C.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Turn:
    """What a wish comes to, and why."""

    state: ChangeState
    why: str | None = None


NOT_RECEIVED: Mapping[S, Turn] = {
    status: Turn(C.FAILED, "The parcel did not reach its recipient.")
    for status in (S.RETURNING, S.RETURNED, S.LOST, S.DISPOSED, S.CANCELED)
}
SCANS: Mapping[DeliveryWish, Mapping[S, Turn]] = {
    DeliveryWish.HOLD: {**NOT_RECEIVED, S.AVAILABLE_FOR_PICKUP: Turn(C.DONE)},
    DeliveryWish.RETURN: {
        **NOT_RECEIVED,
        S.RETURNING: Turn(C.DONE),
        S.RETURNED: Turn(C.DONE),
        S.DELIVERED: Turn(C.FAILED, "The parcel was delivered all the same."),
    },
}
"""What a status makes of a wish that was told. Whether another door or day was kept to, no scan tells."""


async def turned(session: AsyncSession, id_: UUID, turn: Turn, step: Step) -> DeliveryChange | None:
    """Moves a wish and tells it; nothing where its state allows no such move (it was answered before)."""
    change = await session.get(DeliveryChange, id_)
    assert change is not None, "wishes are not deleted"
    shipment = await session.get(Shipment, change.shipment_id, with_for_update=True)
    change = await session.get(DeliveryChange, id_, with_for_update=True, populate_existing=True)
    assert shipment is not None
    assert change is not None
    if turn.state not in MOVES[change.state]:
        return None
    change.updated_at = step.now
    change.state, change.reason = turn.state, turn.why
    change.next_step = delivery_changes.OTHERWISE if turn.state in {C.REFUSED, C.UNCONFIRMED, C.FAILED} else None
    await delivery_changes.tell(session, shipment, change, step)
    return change


def of(standing: Standing) -> Turn | None:
    """What a carrier's word comes to; None: that it does not say."""
    if standing.outcome is Outcome.TAKEN:
        return Turn(C.ACCEPTED)
    if standing.outcome is Outcome.DONE:
        return Turn(C.DONE)
    return Turn(C.FAILED, standing.why or None) if standing.outcome is Outcome.FAILED else None


def overtaken(change: DeliveryChange, shipment: Shipment, now: datetime) -> Turn | None:
    """Why a wish that was not told yet is told no more."""
    if not delivery_wishes.is_on_its_way(shipment):
        return Turn(C.EXPIRED, "The parcel's way had ended before the carrier could be told.")
    if change.window_start is not None and change.window_start <= now:
        return Turn(C.EXPIRED, "The time wished for had come before the carrier could be told.")
    return Turn(C.EXPIRED, "The carrier could not be told in time.") if is_too_late(change, now) else None


def is_too_late(change: DeliveryChange, now: datetime) -> bool:
    """Whether the carrier was to be told or asked for so long that it is no more."""
    return now - change.created_at > TELL_WITHIN


def by_its_way(change: DeliveryChange, shipment: Shipment) -> Turn | None:
    """What the parcel's own scans say of a wish that was told; None: nothing yet."""
    if change.state is C.REQUESTED:  # whoever was to tell it, or to ask, has given up
        return Turn(C.UNCONFIRMED, LOST_ANSWER)
    if change.state is C.UNCONFIRMED and shipment.status is S.DELIVERED and change.kind is not DeliveryWish.RETURN:
        return Turn(C.EXPIRED, "The parcel was delivered before the carrier's answer was known.")
    return SCANS.get(change.kind, NOT_RECEIVED).get(shipment.status)
