"""A log as it is handed out, its signed heads, and what a forger might do to it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aftersales.rules import entries, heads, merkle
from aftersales.rules.heads import Head
from db.enums import Subject
from db.ids import uuid7

MERCHANT = UUID("01920000-0000-7000-8000-000000000001")
KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
START = datetime(2026, 1, 1, tzinfo=UTC)
Lines = list[bytes]


@dataclass(frozen=True)
class Kept:
    """The log's lines, and the heads kept elsewhere: one every thousand entries, and one at the end."""

    lines: Lines
    heads: Sequence[Head]


def event(number: int, chance: random.Random) -> dict[str, Any]:
    """A fact as the database would give it."""
    made: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "subject": Subject.SHIPMENT,
        "subject_id": uuid7(),
        "version": chance.randint(1, 9),
        "kind": "shipment.status_changed",
        "actor": {"party": "CARRIER", "id": None},
        "cause": {"kind": "push", "reference": str(number)},
        "payload": {"v": 1, "before": {"status": "IN_TRANSIT"}, "after": {"status": "DELIVERED", "reason": None}},
        "carrier_code": "sf",
        "customer_id": None,
        "order_id": uuid7(),
        "occurred_at": START + timedelta(minutes=number),
        "recorded_at": START + timedelta(minutes=number, seconds=3),
        "salt": chance.randbytes(entries.SALT_BYTES),
    }
    made["commitment"] = entries.commitment(made["salt"], entries.canonical(entries.content_of(made)))
    return made


def keep(size: int, chance: random.Random) -> Kept:
    """A log of so many entries."""
    lines, signed, peaks = [], [], list[bytes]()
    for number in range(1, size + 1):
        made = event(number, chance)
        lines.append(entries.export_line(made, number))
        merkle.append(peaks, number - 1, entries.leaf(entries.stamp_of(made), number))
        if number % 1000 == 0 or number == size:
            head = Head(MERCHANT, number, merkle.fold(peaks), START)
            note = heads.note(head, heads.sign(head, KEY), KEY.public_key())
            signed.append(heads.read(note, KEY.public_key()))
    return Kept(lines, signed)


def flip(lines: Lines, chance: random.Random) -> None:
    """One bit of one line is another."""
    at = chance.randrange(len(lines))
    line = bytearray(lines[at])
    line[chance.randrange(len(line))] ^= 1 << chance.randrange(8)
    lines[at] = bytes(line)


def delete(lines: Lines, chance: random.Random) -> None:
    """An entry is gone; the others keep their numbers, or close the gap."""
    at = chance.randrange(len(lines))
    del lines[at]
    if chance.random() < 0.5:
        renumber(lines, at)


def insert(lines: Lines, chance: random.Random) -> None:
    """An entry that never was stands among them; the others keep their numbers, or make room."""
    at = chance.randrange(len(lines))
    lines.insert(at, entries.export_line(event(at + 1, chance), at + 1))
    if chance.random() < 0.5:
        renumber(lines, at + 1)


def swap(lines: Lines, chance: random.Random) -> None:
    """Two entries change places, with or without their numbers."""
    one, two = sorted(chance.sample(range(len(lines)), 2))
    lines[one], lines[two] = lines[two], lines[one]
    if chance.random() < 0.5:
        lines[one], lines[two] = _as(lines[one], one + 1), _as(lines[two], two + 1)


def cut(lines: Lines, chance: random.Random) -> None:
    """The end is missing."""
    del lines[-chance.randint(1, len(lines)) :]


FORGERIES: tuple[Callable[[Lines, random.Random], None], ...] = (flip, delete, insert, swap, cut)


def renumber(lines: Lines, start: int) -> None:
    """Gives the lines from a place on the numbers of their places, as one who hides a gap would (the next two thousand
    are enough: a head lies among them)."""
    for at in range(start, min(start + 2000, len(lines))):
        lines[at] = _as(lines[at], at + 1)


def _as(line: bytes, number: int) -> bytes:
    told = orjson.loads(line)
    return entries.canonical({**told, "number": number})
