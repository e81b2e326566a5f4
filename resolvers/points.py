"""Drop-off points near a place."""

from dataclasses import dataclass

import strawberry

from aftersales import points
from aftersales.points import FARTHEST_METERS, Near, Wanted
from aftersales.rules import hours
from aftersales.rules.geometry import Position
from db.case_enums import ReturnMethod
from db.models.points import DropOffPoint
from resolvers.context import Info
from resolvers.errors import BadUserInput, LimitExceeded

MOST = 100


@strawberry.input(description="A place on the globe (WGS 84).")
class GeoInput:
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of one day."""

    day: int
    opens: str
    closes: str


def position(near: GeoInput) -> Position:
    """The place. BadUserInput for one that is not on the globe."""
    if not (-90 <= near.latitude <= 90 and -180 <= near.longitude <= 180):
        raise BadUserInput("A latitude is -90 to 90, a longitude -180 to 180.")
    return Position(near.latitude, near.longitude)


async def drop_off_points(
    info: Info,
    near: GeoInput,
    radius_meters: int = 3000,
    first: int = 20,
    carrier: str | None = None,
    method: ReturnMethod | None = None,
) -> list[Near]:
    """The nearest first."""
    if not 1 <= radius_meters <= FARTHEST_METERS:
        raise LimitExceeded("radiusMeters", FARTHEST_METERS, radius_meters)
    if not 1 <= first <= MOST:
        raise LimitExceeded("first", MOST, first)
    carriers = None if carrier is None else frozenset({carrier.lower()})
    wanted = Wanted(position(near), radius_meters, first, carriers, method)
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return await points.near(session, wanted)


def opening_hours(root: DropOffPoint) -> list[Opening] | None:
    """The week, day by day."""
    if root.hours is None:
        return None
    return [
        Opening(day, hours.clock(start), hours.clock(end))
        for day, openings in enumerate(root.hours, 1)
        for start, end in openings
    ]


def is_open(root: DropOffPoint, info: Info) -> bool | None:
    """Now, by its own clock."""
    return None if root.hours is None else hours.is_open(root.hours, root.zone, info.context.clock())


def accepts(root: DropOffPoint) -> list[ReturnMethod]:
    """What it serves."""
    return [ReturnMethod[each] for each in root.accepts]
