"""Ways back, prices and pickup slots as partners see them, before anything is booked."""

from datetime import datetime
from typing import Any

import strawberry

from db.case_enums import ReturnMethod
from resolvers import edges
from resolvers import plans as answers
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
    fee: Money | None = resolved(by=answers.fee, description="What the carrier charges by list; null: no list has it.")
    hours_to_refund: float | None = described("Until money is due, by what the policy waits for; null: not known.")
    grams_co2e: int | None = described("Grams of CO2 equivalent, by the factors of emissionFactors.")
    score: float = described("Of a hundred; higher is better.")
    parts: list[RoutePart] = resolved(by=answers.parts, description="What the score is the sum of.", size=8)
    because: list[str] = described("Why it stands where it does.", size=4)


@strawberry.type(description="A carrier that is not offered.")
class ExcludedCarrier:
    carrier: Carrier | None = resolved(by=_carrier, description="Which one.")
    because: str = described("Why.")


@strawberry.type(description="The ways back, the best first. The same facts give the same plan.")
class ReturnPlan:
    routes: list[ReturnRoute] = described("The routes; the last, a way of the buyer's own, can always be had.", size=10)
    excluded: list[ExcludedCarrier] = described("Carriers with an account that are not offered.", size=3)


@strawberry.type(description="What a carrier charges for a parcel.")
class Quote:
    carrier: Carrier = described("Who.")
    service: str = described("Which of its services.")
    price: Money = described("The price.")
    billed_grams: int = described("What was charged for: the greater of true and volumetric weight.")
    days: int = described("How many days it usually takes.")
    source: str = described("TARIFF: a price list. LIVE: the carrier itself.")
    list_source: str = described("Whose list it is, and of when.")


@strawberry.type(description="When a courier can come, by what the carrier takes.")
class PickupSlots:
    windows: list[TimeWindow] = described("The windows, the next first.", size=30)
    because: str | None = described("Why there are none.")


@strawberry.type
class PlanQueries:
    return_plan: ReturnPlan = resolved(
        by=answers.plan, description="Plans a way back and books nothing. Needs the scope returns:read."
    )
    quotes: list[Quote] = resolved(
        by=answers.quotes,
        description="What carriers charge for a parcel, side by side, the cheapest first. Needs the scope shipments:read.",
        size=10,
    )
    pickup_slots: PickupSlots = resolved(
        by=answers.pickup_slots,
        description="When a carrier's courier can come to a door. Needs the scope returns:read.",
    )
