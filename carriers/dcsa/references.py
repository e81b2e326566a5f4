"""Containers, bookings and transport documents are different keys of one movement: which of them an event is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from carriers import wire


@dataclass(frozen=True, slots=True)
class Named:
    """The keys one event names, each kind in order."""

    containers: tuple[str, ...]
    bookings: tuple[str, ...]
    documents: tuple[str, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """What the event is about: the containers it names, or, naming none, its booking, or else its document."""
        return self.containers or self.bookings or self.documents

    @property
    def every(self) -> tuple[str, ...]:
        """All keys of the same goods."""
        return self.containers + self.bookings + self.documents


def named(told: dict[str, Any]) -> Named:
    """The keys of an event of version 2 or 3; none for a mere vessel's schedule."""
    equipment = told.get("equipmentReference") or wire.dig(told, "equipmentDetails", "equipmentReference")
    found = dict.fromkeys((("EQ", wire.word(equipment)), *_references(told)))

    def of(*kinds: str) -> tuple[str, ...]:
        return tuple(number for kind, number in found if number and kind in kinds)

    return Named(of("EQ"), of("BKG"), of("TRD", "SHI"))


def _references(told: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Every reference as (kind, number), wherever the two versions keep them."""
    yield wire.word(told.get("documentTypeCode")), wire.word(told.get("documentID"))
    for each in wire.objects(told.get("documentReferences"), "documentReferences"):
        yield wire.word(each.get("documentReferenceType")), wire.word(each.get("documentReferenceValue"))
    for each in wire.objects(told.get("references"), "references"):
        yield wire.word(each.get("referenceType")), wire.word(each.get("referenceValue"))
    details = told.get("shipmentDetails")
    more = wire.objects(wire.dig(details, "additionalDocumentReferences"), "additionalDocumentReferences")
    for document in (wire.dig(details, "documentReference"), *more):
        yield wire.word(wire.dig(document, "typeCode")), wire.word(wire.dig(document, "reference"))
