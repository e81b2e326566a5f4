"""Ways back, prices and pickup slots as partners see them, before anything is booked."""

from datetime import date, datetime
from typing import Any

import strawberry

from aftersales.refusals import RefusalCode
from aftersales.rules.pricing import PriceSource
from db.case_enums import ReturnMethod
from resolvers import edges
from resolvers import plans as answers
from resolvers import quotes as prices
from resolvers.context import Info
from schema.carriers import Carrier
from schema.fields import described, resolved
from schema.pickups import TimeWindow
from schema.points import DropOffPoint
from schema.scalars import Money


async def _carrier(root: Any, info: Info) -> Any:
    return await info.context.load(edges.carrier_of_row, root.carrier)


async def _point(root: Any, info: Info) -> Any:
    return await info.context.load(edges.BY_PREFIX["pnt"], answers.point_key(root))


@strawberry.type(description="What one consideration brought to a route's score.")
class RoutePart:
    name: str = described("price, refund (time until it), effort, record, emissions, warehouse, distance or customs.")
    points: float = described("What it brought.")
    of: int = described("What it could bring.")


@strawberry.type(description="One way back: a carrier, a method and a time, with what it is worth and why.")
class ReturnRoute:
    method: ReturnMethod = described("How the goods begin their way.")
    carrier: Carrier | None = resolved(by=_carrier, description="Who takes them; null: a carrier of the buyer's own.")
    window_start: datetime | None = described("From when the courier can come (UTC); null without one.")
    window_end: datetime | None = described("Until when (UTC).")
    zone: str = described("The IANA zone of the door.")
    point: DropOffPoint | None = resolved(by=_point, description="Where they are handed in.")
    warehouse_id: strawberry.ID | None = resolved(
        by=answers.warehouse_id, description="Where they go (whs_...); null: the merchant named no warehouse."
    )
    fee: Money | None = resolved(by=answers.fee, description="What the carrier charges; null: not known.")
    fee_source: PriceSource | None = resolved(by=answers.fee_source, description="Who says so; null: nobody does.")
    quoted_at: datetime | None = described("When the carrier told its price (UTC); null: a list's, or none.")
    hours_to_refund: float | None = described("Until money is due, by what the policy waits for; null: not known.")
    grams_co2e: int | None = described("Grams of CO2 equivalent, by the factors of emissionFactors.")
    score: float = described("Of a hundred; higher is better.")
    parts: list[RoutePart] = resolved(by=answers.parts, description="What the score is the sum of.", size=8)
    because: list[str] = described("Why it stands where it does.", size=4)


@strawberry.type(description="A carrier that is not offered.")
class ExcludedCarrier:
    carrier: Carrier | None = resolved(by=_carrier, description="Which one.")
    code: RefusalCode = resolved(by=lambda root: root.hindrance.code, description="Why; a client acts on it.")
    because: str = resolved(by=lambda root: root.hindrance.because, description="Why, for people.")
    next_step: str = resolved(by=lambda root: root.hindrance.next_step, description="What to do instead.")


@strawberry.type(
    description="A carrier that was asked and told nothing that can be used. The answer stands without it."
)
class SilentCarrier:
    carrier: Carrier | None = resolved(by=_carrier, description="Which one.")
    code: str = described(
        "CARRIER_TIMEOUT, CARRIER_REFUSED, CARRIER_STATUS, CARRIER_TOO_LARGE, CARRIER_OPEN (not asked for a moment), NO_PRICE, "
        "CANNOT_ASK, QUOTA, UNREADABLE, or why it was not asked: FORBIDDEN_GOODS, TOO_HEAVY, TOO_LARGE, OUT_OF_ZONE."
    )
    because: str = described("Why, for people.")


@strawberry.type(description="The ways back, the best first. The same facts give the same plan.")
class ReturnPlan:
    routes: list[ReturnRoute] = described(
        "The routes; the last, a way of the buyer's own, can always be had. None for goods that nobody may carry.",
        size=10,
    )
    excluded: list[ExcludedCarrier] = described("Carriers with an account that are not offered.", size=3)
    silent: list[SilentCarrier] = described(
        "Carriers that were asked for their price and told none in time; lists stand in for them.", size=2
    )


@strawberry.type(description="What a carrier charges for a parcel.")
class Quote:
    carrier: Carrier = described("Who.")
    service: str = described("Which of its services.")
    price: Money = described("The price.")
    billed_grams: int | None = described(
        "What was charged for: the greater of true and volumetric weight; null: the carrier does not say."
    )
    days: int | None = described("How many days it usually takes; null: the carrier does not say.")
    source: PriceSource = described("Who says so.")
    list_source: str | None = described("Whose list it is, and of when; null where the carrier itself says so.")
    quoted_at: datetime | None = described("When the carrier said so (UTC); null for a list's.")


@strawberry.type(description="Prices side by side.")
class Quotes:
    quotes: list[Quote] = described("One a carrier, the cheapest first.", size=10)
    silent: list[SilentCarrier] = described(
        "Carriers with an account that quote, and did not; lists stand in for them.", size=2
    )


@strawberry.type(description="A day on which no courier of a carrier comes to a door.")
class DayOff:
    day: date = described("The day, by the door's calendar.")
    because: str = described("Why: a day of the week, or a holiday.")


@strawberry.type(
    description="When a courier can come: what we know of the carrier, and its own word where it was asked."
)
class PickupSlots:
    windows: list[TimeWindow] = described("The windows, the next first.", size=30)
    code: RefusalCode | None = described("Why there are none; a client acts on it.")
    because: str | None = described("Why there are none, for people.")
    next_step: str | None = described("What to do instead.")
    asked_at: datetime | None = described(
        "When the carrier said so itself (UTC), for the next three days; null: by what we know of it."
    )
    silent: list[SilentCarrier] = described("The carrier, where it was asked and told no times.", size=1)
    days_off: list[DayOff] = described("Of the next two weeks the days on which no courier comes.", size=4)


@strawberry.type
class PlanQueries:
    return_plan: ReturnPlan = resolved(
        by=answers.plan, description="Plans a way back and books nothing. Needs the scope returns:read."
    )
    quotes: Quotes = resolved(
        by=prices.quotes,
        description="What carriers charge for a parcel, side by side: asked of the merchant's accounts at once, each with a "
        "limit of time, by list where they do not tell, and to buyers. Needs the scope shipments:read.",
    )
    pickup_slots: PickupSlots = resolved(
        by=prices.pickup_slots,
        description="When a carrier's courier can come to a door: the carrier's own times where an address is given (but not "
        "to buyers, who shall not spend what the carrier lets a merchant ask), else by what it says of its days and hours. "
        "Needs the scope returns:read.",
    )
