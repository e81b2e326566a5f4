"""One route entry of SF, however it arrives (query, push, old XML), as a scan; entries together as shipments."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from carriers import times, wire
from carriers.carrier import Place, ReadShipment, Scan, Unreadable
from carriers.sf import statuses

# "...新单号为SF1234567890123": the number under which returned or forwarded goods go on.
NEW_NUMBER = re.compile(r"新单号[^A-Za-z0-9]{0,3}([A-Z0-9]{10,20})")


def scan_of(route: Mapping[str, Any], where: str) -> Scan:
    """A route as a scan. Times are Beijing. ``raw_code`` is the opCode (sometimes spelt opcode), or without one the
    finer of the status codes; ``id`` identifies a pushed route."""
    text = {name: wire.word(value) for name, value in route.items()}
    operation = text.get("opCode") or text.get("opcode") or ""
    first, secondary = text.get(statuses.FIRST, ""), text.get(statuses.SECONDARY, "")
    remark, reason = text.get("remark", ""), text.get("reasonName", "")
    group = statuses.of_group(first, secondary, text.get("secondaryStatusName", ""))
    city = text.get("acceptAddress")
    return Scan(
        occurred_at=times.local(route.get("acceptTime"), times.BEIJING, f"{where}.acceptTime"),
        meaning=statuses.combined(group, statuses.of_operation(operation, remark + reason)),
        raw_code=operation or secondary or first,
        description=remark if reason in remark else f"{remark} ({reason})",
        place=Place(text=city, city=city) if city else None,
        event_id=text.get("id") or None,
    )


def shipments_of(entries: Iterable[tuple[Any, Any, Scan]]) -> tuple[ReadShipment, ...]:
    """Shipments of (waybill number, order number, scan), in order of appearance; one number sent twice is one."""
    scans: dict[str, list[Scan]] = {}
    orders: dict[str, str] = {}
    for waybill, order, scan in entries:
        number = wire.word(waybill)
        if not number:
            raise Unreadable("a route has no waybill number")
        scans.setdefault(number, []).append(scan)
        orders[number] = wire.word(order) or orders.get(number, "")
    return tuple(_shipment(number, tuple(found), orders[number]) for number, found in scans.items())


def _shipment(number: str, scans: tuple[Scan, ...], order: str) -> ReadShipment:
    told = [found[1] for scan in scans if (found := NEW_NUMBER.search(scan.description))]
    return ReadShipment(
        number,
        scans=times.in_order(scans),
        reference=order or None,
        linked_numbers=tuple(dict.fromkeys(other for other in told if other != number)),
    )
