"""Drop-off points: taken from an operator's list, and found by where they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.forms import Country, Form, Name, Reference, Sentence, Text
from aftersales.rules import geometry, hours
from aftersales.rules.geometry import Position
from db.case_enums import ReturnMethod
from db.models.points import DropOffPoint

POINT_METHODS = (ReturnMethod.DROP_OFF_POINT, ReturnMethod.LOCKER, ReturnMethod.BOX_FREE_QR, ReturnMethod.LABEL)
FARTHEST_METERS = 50_000
_RINGS = (1_200, 3_000, 12_000)
"""Looked at one after the other, so that a dense town is not read whole for its nearest twenty."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no IANA zone") from None
    return name


def _words(value: Any) -> Any:
    parts = value.replace("|", ",").split(",") if isinstance(value, str) else value
    return [each.strip().lower() if isinstance(each, str) else each for each in parts]


def _week(text: str) -> str:
    hours.read(text)
    return text


class PointForm(Form):
    """A point as its carrier lists it."""

    carrier: Annotated[str, BeforeValidator(lambda v: v.strip().lower()), Field(pattern="^[a-z0-9_]{2,40}$")]
    external_id: Reference
    name: Name
    address: Sentence
    city: Sentence | None = None
    postal_code: Annotated[Text, Field(max_length=20)] | None = None
    country: Country
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    zone: Annotated[str, AfterValidator(_zone)]
    hours: Annotated[Text, Field(max_length=500), AfterValidator(_week)] | None = None
    accepts: Annotated[list[ReturnMethod], BeforeValidator(_words), Field(min_length=1, max_length=len(POINT_METHODS))]
    capacity: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    load: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    closed: bool = False

    @model_validator(mode="after")
    def _serves(self) -> "PointForm":
        wrong = [each.name for each in self.accepts if each not in POINT_METHODS]
        if wrong:
            raise ValueError(f"a point does not serve {', '.join(wrong)}")
        return self

    def columns(self) -> dict[str, Any]:
        """The row's values; the moment it closed is the importer's."""
        return {
            **self.model_dump(exclude={"carrier", "external_id", "hours", "accepts", "closed"}),
            "band": geometry.band(self.latitude),
            "hours": None if self.hours is None else [[[*each] for each in day] for day in hours.read(self.hours)],
            "accepts": sorted({each.name for each in self.accepts}),
        }


async def take(session: AsyncSession, forms: Sequence[PointForm], now: datetime) -> list[str]:
    """Enters points, each known by its carrier and the carrier's id: CREATED, UPDATED or UNCHANGED, in their order. The same
    point twice: the last one stays."""
    keys = {(form.carrier, form.external_id) for form in forms}
    rows = await session.scalars(
        select(DropOffPoint).where(
            DropOffPoint.carrier_code.in_({carrier for carrier, _ in keys}),
            DropOffPoint.external_id.in_({external for _, external in keys}),
        )
    )
    known = {(row.carrier_code, row.external_id): row for row in rows}
    return [_take(session, known, form, now) for form in forms]


def _take(session: AsyncSession, known: dict[tuple[str, str], DropOffPoint], form: PointForm, now: datetime) -> str:
    key, values = (form.carrier, form.external_id), form.columns()
    row = known.get(key)
    if row is None:
        known[key] = row = DropOffPoint(carrier_code=form.carrier, external_id=form.external_id, **values)
        row.closed_at = now if form.closed else None
        session.add(row)
        return "CREATED"
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed and (row.closed_at is not None) == form.closed:
        return "UNCHANGED"
    for name, value in changed.items():
        setattr(row, name, value)
    row.closed_at = (row.closed_at or now) if form.closed else None
    row.updated_at = now
    return "UPDATED"


@dataclass(frozen=True, slots=True)
class Near:
    """A point and how far it is, as a bird flies."""

    point: DropOffPoint
    meters: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which points: of these carriers (None: any), for this method (None: any), within the radius, at most so many."""

    center: Position
    radius_meters: int = 3000
    first: int = 20
    carriers: frozenset[str] | None = None
    method: ReturnMethod | None = None


async def near(session: AsyncSession, wanted: Wanted) -> list[Near]:
    """The nearest open points first; equally far ones by id."""
    radius = min(wanted.radius_meters, FARTHEST_METERS)
    for ring in (*(each for each in _RINGS if each < radius), radius):
        found = await _within(session, wanted, ring)
        if len(found) >= wanted.first or ring == radius:
            break
    nearest = found[: wanted.first]
    rows = await session.scalars(select(DropOffPoint).where(DropOffPoint.id.in_([id_ for _, id_ in nearest])))
    by_id: Mapping[UUID, DropOffPoint] = {row.id: row for row in rows}
    return [Near(by_id[id_], round(far)) for far, id_ in nearest]


async def named(session: AsyncSession, id_: UUID, center: Position | None) -> list[Near]:
    """One point, as if it were the only one near; nothing where it is shut. Without a place nobody knows how far it is."""
    row = await session.get(DropOffPoint, id_)
    if row is None or row.closed_at is not None:
        return []
    there = Position(row.latitude, row.longitude)
    return [Near(row, round(geometry.meters(center, there)) if center else 0)]


async def _within(session: AsyncSession, wanted: Wanted, radius: int) -> list[tuple[float, UUID]]:
    box = geometry.around(wanted.center, radius)
    columns: list[Any] = [DropOffPoint.id, DropOffPoint.latitude, DropOffPoint.longitude]
    columns += [DropOffPoint.accepts] if wanted.method else []
    within = or_(*(DropOffPoint.longitude.between(west, east) for west, east in box.stretches))
    statement = select(*columns).where(and_(DropOffPoint.band.in_(box.bands), within, DropOffPoint.closed_at.is_(None)))
    if wanted.carriers is not None:
        statement = statement.where(DropOffPoint.carrier_code.in_(wanted.carriers))
    rows = (await session.execute(statement)).all()
    measured = (
        (geometry.meters(wanted.center, Position(latitude, longitude)), id_)
        for id_, latitude, longitude, *accepts in rows
        if wanted.method is None or wanted.method.name in accepts[0]
    )
    return sorted(each for each in measured if each[0] <= radius)
