"""The global tracking page's JSON: one module a number, events by action code, times as epochs."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from carriers import times, wire
from carriers.cainiao import statuses
from carriers.carrier import Place, ReadError, Reading, ReadShipment, Scan, Unreadable

EMPTY = "EMPTY_DETAILS"

# The place stands in brackets before the text.
BRACKETED = re.compile(r"\[([^\]]+)\]")


def read(modules: list[dict[str, Any]], received_at: datetime | None) -> Reading:
    """Shipments of every module, and a ``not_found`` error for each that says nothing at all. The events win over the
    summary status, which counts only where there are none, as one scan at ``received_at``."""
    shipments: dict[str, ReadShipment] = {}
    errors = []
    for module in modules:
        shipment = _shipment(module, received_at)
        number = shipment.tracking_number
        if number in shipments:
            scans = (*shipments[number].scans, *shipment.scans)
            shipments[number] = replace(shipments[number], scans=_in_order(scans))
        elif shipment.scans or shipment.linked_numbers or module.get("status"):
            shipments[number] = shipment
        else:
            errors.append(ReadError(EMPTY, "the answer has no events", number, not_found=True))
    return Reading(tuple(shipments.values()), errors=tuple(errors))


def _shipment(module: dict[str, Any], received_at: datetime | None) -> ReadShipment:
    number = wire.word(module.get("mailNo"))
    if not number:
        raise Unreadable("module has no mailNo")
    events = wire.objects(module.get("detailList"), "detailList")
    scans = tuple(_scan(event, position) for position, event in enumerate(events))
    status, real = wire.word(module.get("status")), wire.word(module.get("copyRealMailNo"))
    if not scans and status and received_at:
        meaning = statuses.TABLE.meaning(statuses.HEADER, status)
        scans = (Scan(received_at, meaning, status, description=wire.word(module.get("statusDesc"))),)
    latest = wire.dig(module, "globalEtaInfo", "deliveryMaxTime")
    return ReadShipment(
        number,
        scans=_in_order(scans),
        estimated_delivery_at=times.epoch_millis(latest, times.BEIJING, "deliveryMaxTime") if latest else None,
        origin=_country(module.get("originCountry")),
        destination=_country(module.get("destCountry")),
        linked_numbers=(real,) if real and real != number else (),
    )


def _in_order(scans: tuple[Scan, ...]) -> tuple[Scan, ...]:
    """Oldest first; the list is newest first, so events of one second are turned round."""
    return times.in_order(reversed(scans))


def _scan(event: dict[str, Any], position: int) -> Scan:
    """``time`` is right; ``timeStr`` is Beijing's clock whatever ``timeZone`` beside it says, so neither is read."""
    code = wire.word(event.get("actionCode"))
    text = wire.word(event.get("standerdDesc")) or wire.word(event.get("desc"))
    place = BRACKETED.match(text)
    return Scan(
        occurred_at=times.epoch_millis(event.get("time"), times.BEIJING, f"detailList[{position}].time"),
        meaning=statuses.of_action(code),
        raw_code=code,
        description=text,
        place=Place(text=place[1]) if place else None,
    )


def _country(told: Any) -> Place | None:
    name = wire.word(told)
    return Place(text=name) if name else None
