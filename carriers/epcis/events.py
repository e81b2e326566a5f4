"""Reads EPCIS 2.0 documents: captured ones, query answers, deliveries of subscriptions, and single events."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from carriers import times, wire
from carriers.carrier import Place, Reading, ReadShipment, Scan, Unreadable
from carriers.epcis import identifiers, statuses

KINDS = {"ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"}


def read(body: bytes) -> Reading:
    """One shipment for each identifier that moved. Events declared erroneous are dropped with whatever else has
    their id; those named to correct them are marked as corrections."""
    events = _events(wire.object_of(body))
    declared = [(_identity(each), each["errorDeclaration"]) for each in events if each.get("errorDeclaration")]
    wrong = {identity for identity, _ in declared if identity}
    right = {wire.word(one) for _, each in declared for one in _texts(wire.dig(each, "correctiveEventIDs"))}
    told = [
        (number, replace(scan, corrects=scan.event_id in right))
        for each in events
        if not each.get("errorDeclaration") and _identity(each) not in wrong
        for scan in [_scan(each)]
        for number in _subjects(each)
    ]
    return Reading(shipments=tuple(_with_digits(each) for each in times.by_number(told)))


def _events(told: dict[str, Any]) -> list[dict[str, Any]]:
    kind = told.get("type")
    if isinstance(kind, str) and kind in KINDS:
        return [told]
    if not isinstance(told.get("epcisBody"), dict):
        raise Unreadable("epcisBody is not an object")
    if kind == "EPCISDocument":
        return wire.objects(wire.dig(told, "epcisBody", "eventList"), "epcisBody.eventList")
    if kind == "EPCISQueryDocument":
        found = wire.dig(told, "epcisBody", "queryResults", "resultsBody", "eventList")
        return wire.objects(found, "epcisBody.queryResults.resultsBody.eventList")
    raise Unreadable("type is not one of an EPCIS document or event")


def _identity(told: dict[str, Any]) -> str:
    return wire.word(told.get("eventID")) or wire.word(told.get("id"))


def _subjects(told: dict[str, Any]) -> tuple[str, ...]:
    """What an event is about. Of an aggregation that is the whole (a pallet), and of its parts those which are
    logistic units themselves; all parts where no whole is named; of a transformation what came out."""
    parent, parts = wire.word(told.get("parentID")), [wire.word(each) for each in _texts(told.get("childEPCs"))]
    named = [wire.word(each) for each in (*_texts(told.get("epcList")), *_texts(told.get("outputEPCList")))]
    units = [part for part in parts if not parent or identifiers.sscc(part)]
    return tuple(dict.fromkeys(filter(None, (*named, parent, *units))))


def _texts(value: Any) -> Iterable[Any]:
    if value is not None and not isinstance(value, list):
        raise Unreadable("a list of identifiers is not a list")
    return value or ()


def _scan(told: dict[str, Any]) -> Scan:
    step, disposition = wire.word(told.get("bizStep")), wire.word(told.get("disposition"))
    said = statuses.meaning(identifiers.term(step), identifiers.term(disposition))
    return Scan(
        occurred_at=_moment(told),
        meaning=said,
        raw_code="/".join(filter(None, (step, disposition))) or wire.word(told.get("type")),
        description=wire.word(told.get("action")),
        place=_place(told),
        event_id=_identity(told) or None,
    )


def _moment(told: dict[str, Any]) -> datetime:
    """The instant of eventTime on the clock of eventTimeZoneOffset, which the standard demands beside it; UTC is
    assumed where both lack a zone."""
    offset = wire.word(told.get("eventTimeZoneOffset"))
    try:
        zone = times.offset_of(offset) if offset else None
        moment = times.local(told.get("eventTime"), zone or UTC, "eventTime")
        return moment.astimezone(zone) if zone else moment
    except (ValueError, OverflowError):
        raise Unreadable("eventTimeZoneOffset is not an offset") from None


def _place(told: dict[str, Any]) -> Place | None:
    found = wire.word(wire.dig(told, "readPoint", "id")) or wire.word(wire.dig(told, "bizLocation", "id"))
    return Place(facility=found) if found else None


def _with_digits(shipment: ReadShipment) -> ReadShipment:
    digits = identifiers.sscc(shipment.tracking_number)
    return replace(shipment, linked_numbers=(digits,)) if digits else shipment
