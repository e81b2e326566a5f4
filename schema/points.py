"""Drop-off points as partners see them."""

import strawberry

from db.case_enums import ReturnMethod
from resolvers import edges
from resolvers import points as answers
from schema.carriers import Carrier
from schema.fields import described, related, resolved
from schema.node import Node
from schema.scalars import CountryCode


@strawberry.type(description="An opening of one day, by the clock of the place.")
class OpeningHours:
    day: int = described("The day of the week: 1 is Monday, 7 is Sunday (ISO 8601).")
    opens: str = described("From, as 09:00.")
    closes: str = described("Until, as 18:00; one that is not after opens is of the next day.")


@strawberry.type(description="A place of a carrier where goods may be handed in.")
class DropOffPoint(Node):
    carrier: Carrier = related(by=edges.carrier_of_row, description="Whose it is.")
    external_id: str = described("The carrier's own name for it.")
    name: str = described("Its name.")
    address: str = described("Where it is, in one line.")
    city: str | None = described("The city.")
    postal_code: str | None = described("The postal code.")
    country: CountryCode = described("The country.")
    latitude: float = described("Degrees north (WGS 84).")
    longitude: float = described("Degrees east (WGS 84).")
    zone: str = described("The IANA zone of its clock.")
    opening_hours: list[OpeningHours] | None = resolved(
        by=answers.opening_hours, description="When it is open; null: not known.", size=7
    )
    is_open: bool | None = resolved(by=answers.is_open, description="Whether it is open now; null: not known.")
    accepts: list[ReturnMethod] = resolved(by=answers.accepts, description="What it serves.", size=3)
    capacity: int | None = described("How many parcels it can hold; null: not known.")
    load: int | None = described("How many it holds, as last told; null: not known.")
    is_full: bool = described("Whether it takes nothing more, as far as is known.")


@strawberry.type(description="A point and how far it is.")
class NearPoint:
    point: DropOffPoint = described("The point.")
    meters: int = described("How far it is as a bird flies.")


@strawberry.type
class PointQueries:
    drop_off_points: list[NearPoint] = resolved(
        by=answers.drop_off_points,
        description="Points near a place, the nearest first; full and shut ones are told as such.",
        size=20,
    )
