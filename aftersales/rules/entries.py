"""An entry of the log as a proof sees it: what is hashed, byte for byte, on whichever database it was kept.

Canonical JSON (RFC 8785, of objects with ASCII keys and without fractions) makes the bytes; a salt keeps what was hashed
from being guessed, so that an entry's content can be erased and its leaf stays in the tree.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from aftersales.rules.merkle import leaf_hash
from db.enums import Subject
from db.ids import typeid

MERCHANT = "mer"
PREFIXES: Mapping[Subject, str] = {
    Subject.ORDER: "ord",
    Subject.SHIPMENT: "shp",
    Subject.RETURN: "ret",
    Subject.PICKUP: "pck",
    Subject.CLAIM: "clm",
    Subject.TICKET: "tkt",
    Subject.REFUND: "rfd",
    Subject.EXCHANGE: "exc",
    Subject.REPAIR: "rep",
}
SALT_BYTES = 16


class NotAnEntry(Exception):
    """A line of an export that is none of ours, or is not written as we write it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a leaf says of an event in the clear; its content only by ``commitment``."""

    merchant_id: UUID
    subject: Subject
    subject_id: UUID
    version: int
    kind: str
    commitment: bytes


def canonical(value: Mapping[str, Any]) -> bytes:
    """The bytes of a JSON object that are the same wherever it was kept."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def stamp_of(event: Mapping[str, Any]) -> Stamp:
    """The stamp of an event, given by its columns."""
    return Stamp(
        merchant_id=event["merchant_id"],
        subject=Subject(event["subject"]),
        subject_id=event["subject_id"],
        version=event["version"],
        kind=event["kind"],
        commitment=event["commitment"],
    )


def content_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says besides its stamp, as it is committed to."""
    customer, order = event["customer_id"], event["order_id"]
    return {
        "actor": event["actor"],
        "cause": event["cause"],
        "payload": event["payload"],
        "carrier": event["carrier_code"],
        "customer": customer and typeid("cus", customer),
        "order": order and typeid("ord", order),
        "occurredAt": _moment(event["occurred_at"]),
        "recordedAt": _moment(event["recorded_at"]),
    }


def is_exact(value: Any) -> bool:
    """Whether a value comes back from either database as it was: no fractions, keys in ASCII."""
    if isinstance(value, dict):
        return all(key.isascii() and is_exact(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return all(is_exact(each) for each in value)
    return not isinstance(value, float)


def commitment(salt: bytes, content: bytes) -> bytes:
    """SHA-256 of the salt (16 bytes) and the canonical content."""
    return hashlib.sha256(salt + content).digest()


def entry(stamp: Stamp, number: int) -> bytes:
    """What a leaf is the hash of: the stamp under its merchant's number."""
    return canonical(
        {
            "commitment": stamp.commitment.hex(),
            "kind": stamp.kind,
            "merchant": _owner(stamp.merchant_id),
            "number": number,
            "subject": stamp.subject.name,
            "subjectId": typeid(PREFIXES[stamp.subject], stamp.subject_id),
            "version": stamp.version,
        }
    )


def leaf(stamp: Stamp, number: int) -> bytes:
    """The leaf of an event in its merchant's tree."""
    return leaf_hash(entry(stamp, number))


def export_line(event: Mapping[str, Any], number: int) -> bytes:
    """One entry as it is handed out: all that is needed to hash it again, in canonical JSON, without a line's end. An
    event whose content was erased (its salt is gone) is told by its commitment alone."""
    told = orjson.loads(entry(stamp_of(event), number))
    if not event["salt"]:
        return canonical(told)
    told.pop("commitment")
    return canonical({**told, "salt": event["salt"].hex(), "content": content_of(event)})


def read_line(line: bytes, merchant_id: UUID) -> tuple[int, bytes]:
    """Number and leaf of a handed-out entry of this merchant. NotAnEntry unless it is byte for byte what we write, so
    that no two lines mean the same."""
    try:
        told = orjson.loads(line)
        if canonical(told) != line or told["merchant"] != _owner(merchant_id):
            raise NotAnEntry("it is not written as we write it, or another merchant's")
        if "salt" in told:
            salt, content = told.pop("salt"), told.pop("content")
            if len(salt) != 2 * SALT_BYTES or bytes.fromhex(salt).hex() != salt:
                raise NotAnEntry("its salt is not written as we write it")
            told["commitment"] = commitment(bytes.fromhex(salt), canonical(content)).hex()
        number = told["number"]
        if type(number) is not int:
            raise NotAnEntry("its number is none")
        return number, leaf_hash(canonical(told))
    except (ValueError, TypeError, KeyError, AttributeError) as bad:
        raise NotAnEntry(str(bad)) from None


@lru_cache(4096)
def _owner(merchant_id: UUID) -> str:
    return typeid(MERCHANT, merchant_id)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
