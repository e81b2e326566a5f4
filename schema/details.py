"""The facts of a refusal, typed: what a client may act on without reading the sentence."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from aftersales.refusals import Amount, CarrierRejected, Quantity, Refusal, Transition, WindowClosed
from db.models.base import from_minor
from schema.fields import described
from schema.scalars import Money


@strawberry.type(description="Which version of which policy.")
class PolicyRef:
    code: str = described("The policy's code.")
    version: int = described("Its version; a version never changes.")


@strawberry.type(description="Of STATE: what it is in does not allow it.")
class StateTransitionDetail:
    from_: str = described("The state it is in.", name="from")
    to: str | None = described("The state that was wanted; null: no state of its own, or one of several.")
    allowed: list[str] = described("The states it may come to from there.", size=4)


@strawberry.type(description="Of QUANTITY and LIMIT: the numbers.")
class QuantityDetail:
    max: int | None = described("At most so many; null: as many as you like.")
    min: int = described("At least so many.")
    asked: int | None = described("So many were asked for; null: one more.")


@strawberry.type(description="Of POLICY: more money than may go.")
class AmountDetail:
    max: Money = described("At most so much.")
    asked: Money = described("So much was asked for.")


@strawberry.type(description="Of WINDOW_CLOSED: it is too late.")
class WindowClosedDetail:
    closed_at: datetime = described("When it closed (UTC).")
    policy: PolicyRef = described("The version that says so.")


@strawberry.type(description="Of what a carrier does not take: CARRIER_REJECTED, TOO_HEAVY, OUT_OF_HOURS and the like.")
class CarrierRejectedDetail:
    carrier: str = described("The carrier's code.")
    raw_code: str | None = described("Its own code for it; null: by the rules it publishes, without being asked.")
    retryable: bool = described("Whether it would take it at another time.")


ErrorDetail = Annotated[
    StateTransitionDetail | QuantityDetail | AmountDetail | WindowClosedDetail | CarrierRejectedDetail,
    strawberry.union("ErrorDetail", description="The facts of a refusal. There will be more kinds."),
]


def detail_of(refusal: Refusal) -> Any:
    """The facts of a refusal as partners see them; None where there are none."""
    match refusal.detail:
        case Transition(was, to, allowed):
            return StateTransitionDetail(
                from_=was.upper(), to=to and to.upper(), allowed=[word.upper() for word in allowed]
            )
        case Quantity(most, asked, least):
            return QuantityDetail(max=most, asked=asked, min=least)
        case Amount(most, asked, currency):
            limit, wish = (Money(**from_minor(each, currency)._asdict()) for each in (most, asked))
            return AmountDetail(max=limit, asked=wish)
        case WindowClosed(at, policy, version):
            return WindowClosedDetail(closed_at=at, policy=PolicyRef(code=policy, version=version))
        case CarrierRejected(carrier, raw_code, retryable):
            return CarrierRejectedDetail(carrier=carrier, raw_code=raw_code, retryable=retryable)
        case _:
            return None
