"""Doors and parcels as carriers outside China are told them: the state's code, the door's own time, pounds and inches,
what is declared at a border, and the labels they answer with."""

import base64
import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from carriers import times, wire
from carriers.carrier import CannotAsk, Contact, LabelFile, Order, Window
from db.countries import EU

PIXELS = {b"%PDF": "application/pdf", b"\x89PNG": "image/png"}


def state(door: Contact) -> str:
    """The state's or province's own code ("NJ" of US-NJ), or its name where no code is known."""
    return door.region_code.rpartition("-")[2] or door.region


def lines(door: Contact) -> list[str]:
    """The street's lines, building and room last."""
    return [line for line in (*door.street, door.unit) if line]


def phone(door: Contact) -> str:
    """The phone as it is dialled in North America for doors there; elsewhere with its country's code."""
    return wire.national(door.phone, "1") if door.country in {"US", "CA"} else door.phone


def at(moment: datetime, door: Contact) -> datetime:
    """A moment by the door's own clock; by the clock it was given in where the door's is not known."""
    zone = times.zone_of(door.country, state(door)) or times.main_zone(door.country)
    return moment.astimezone(zone) if zone else moment


def window(order: Order) -> Window:
    """When the courier may come, by the clock of the sender's door. CannotAsk without a window."""
    if order.window is None:
        raise CannotAsk("a pickup needs a window")
    return Window(at(order.window.start, order.sender), at(order.window.end, order.sender))


def crosses_border(order: Order) -> bool:
    """Whether customs must be told what is in it."""
    return is_border(order.sender.country, order.recipient.country)


def is_border(one: str, other: str) -> bool:
    """Whether goods are declared between two countries; no where one of them is not known."""
    ends = {one, other}
    return len(ends) > 1 and "" not in ends and not ends <= EU


def worth(order: Order) -> Decimal:
    """What it is declared to be worth: as told, or what is in it."""
    return (
        order.declared if order.declared is not None else sum((i.value * i.quantity for i in order.items), Decimal(0))
    )


def pounds(weight_grams: int) -> float:
    """A weight in pounds, to a tenth and at least that."""
    return max(round(weight_grams / 453.59237, 1), 0.1)


def inches(size_mm: float) -> float:
    """A length in inches, to a tenth."""
    return round(size_mm / 25.4, 1)


def weight(order: Order) -> tuple[str, float]:
    """How much it weighs where it is sent from: LB in the United States, KG elsewhere."""
    if order.sender.country == "US":
        return "LB", pounds(order.weight_grams)
    return "KG", wire.kilograms(order.weight_grams)


def box(order: Order) -> tuple[int, int, int]:
    """Length, width and height in millimetres; a cube that weighs by volume what it truly weighs (five litres a kilogram)
    where nobody measured it."""
    edge = math.ceil((order.weight_grams * 5000) ** (1 / 3))
    return order.size_mm or (edge, edge, edge)


def labels(encoded: Any, number: str = "") -> tuple[LabelFile, ...]:
    """A label in Base64 as its file, known by its first bytes. What is no PDF or PNG is left out: a booking stands
    without its picture, which can be had again."""
    try:
        content = base64.b64decode("".join(wire.word(encoded).split()), validate=True)
    except ValueError:
        return ()
    kind = next((name for start, name in PIXELS.items() if content.startswith(start)), None)
    return (LabelFile(kind, content, number),) if kind else ()
