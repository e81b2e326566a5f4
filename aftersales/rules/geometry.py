"""Distances on the globe, and the boxes in which to look for what is near."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, degrees, floor, radians, sin, sqrt

RADIUS_METERS = 6_371_008.8
"""The Earth's mean radius (IUGG)."""

BANDS_PER_DEGREE = 100
"""A band is about 1.1 km high."""


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees: north and east are positive."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """Holds every position within a radius: bands of latitude, and stretches of longitude (two across the date line)."""

    bands: tuple[int, ...]
    stretches: Sequence[tuple[float, float]]


def meters(a: Position, b: Position) -> float:
    """The way over the globe as a bird flies (haversine; within 0.6 % of the ellipsoid's)."""
    north, south = radians(a.latitude), radians(b.latitude)
    across = sin((south - north) / 2) ** 2
    along = cos(north) * cos(south) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * RADIUS_METERS * asin(min(1.0, sqrt(across + along)))


def band(latitude: float) -> int:
    """The band a latitude lies in."""
    return floor(latitude * BANDS_PER_DEGREE)


def around(center: Position, radius_meters: float) -> Box:
    """The box around a circle. Over a pole every longitude is within."""
    angle = radius_meters / RADIUS_METERS
    reach = degrees(angle)
    low, high = max(center.latitude - reach, -90.0), min(center.latitude + reach, 90.0)
    bands = tuple(range(band(low), band(high) + 1))
    widest = cos(radians(center.latitude))
    if low <= -90 or high >= 90 or sin(angle) >= widest:
        return Box(bands, [(-180.0, 180.0)])
    wide = degrees(asin(sin(angle) / widest)) * (1 + 1e-9)
    west, east = center.longitude - wide, center.longitude + wide
    if west < -180:
        return Box(bands, [(west + 360, 180.0), (-180.0, east)])
    if east > 180:
        return Box(bands, [(west, 180.0), (-180.0, east - 360)])
    return Box(bands, [(west, east)])
