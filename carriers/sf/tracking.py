"""Asks SF where parcels are, by waybill or by order number."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

from carriers import wire
from carriers.carrier import (
    Access,
    CannotAsk,
    Parcel,
    ReadError,
    Reading,
    Reply,
    Request,
    Scan,
    Tracking,
    Unreadable,
)
from carriers.sf import answers, routes, signing

SEARCH = "EXP_RECE_SEARCH_ROUTES"
NO_ROUTES = "EMPTY_ROUTES"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """A route query of up to ten numbers; by order number where no parcel has a waybill yet. The last four digits of
    a phone go along in the same order, since SF answers strangers only with them. Language 0 is Chinese: the
    meaning of some codes stands in their text."""
    by_order = not any(parcel.tracking_number for parcel in parcels)
    message: dict[str, Any] = {
        "language": "0",
        "trackingType": "2" if by_order else "1",
        "trackingNumber": [parcel.reference if by_order else parcel.tracking_number for parcel in parcels],
        "methodType": "1",
    }
    if not all(message["trackingNumber"]):
        raise CannotAsk("every parcel needs a tracking number, or every parcel a reference")
    if any(parcel.phone_tail for parcel in parcels):
        message["checkPhoneNo"] = ",".join(parcel.phone_tail for parcel in parcels)
    return signing.signed(SEARCH, message, access)


def read(reply: Reply) -> Reading:
    """Routes of every number; the old XML answer is read too. A number without routes is a ``not_found`` error: SF
    answers so for unknown numbers and for a wrong phone alike."""
    if wire.is_xml(reply.body):
        return _from_xml(reply.body)
    message, errors = answers.opened(reply.body)
    if errors:
        return Reading(errors=errors)
    if not isinstance(message, dict) or "routeResps" not in message:
        raise Unreadable("msgData has no routeResps")
    found = wire.objects(message["routeResps"], "routeResps")
    return _reading([(each.get("mailNo"), wire.objects(each.get("routes"), "routes")) for each in found])


def _from_xml(body: bytes) -> Reading:
    root = wire.xml_of(body)
    if root.tag != "Response":
        raise Unreadable("the XML root is not Response")
    if (failed := root.find("ERROR")) is not None:
        return Reading(errors=(ReadError(failed.get("code", ""), (failed.text or "").strip()),))
    found = root.findall("Body/RouteResponse")
    return _reading([(each.get("mailno"), [_modern(route) for route in each.findall("Route")]) for each in found])


def _modern(route: Element) -> dict[str, str]:
    renamed = {"accept_time": "acceptTime", "accept_address": "acceptAddress"}
    return {renamed.get(name, name): value for name, value in route.attrib.items()}


def _reading(found: list[tuple[Any, list[dict[str, Any]]]]) -> Reading:
    def scans() -> Iterator[tuple[Any, Any, Scan]]:
        for number, entries in found:
            for position, route in enumerate(entries):
                yield number, "", routes.scan_of(route, f"routes[{position}]")

    shipments = routes.shipments_of(scans())
    known = {shipment.tracking_number for shipment in shipments}
    empty = dict.fromkeys(wire.word(number) for number, entries in found if not entries)
    return Reading(
        shipments=shipments,
        errors=tuple(
            ReadError(NO_ROUTES, "the answer has no routes for this number", number or None, not_found=True)
            for number in empty
            if number not in known
        ),
    )


TRACKING = Tracking(request, read, at_most=10, no_oftener=timedelta(minutes=10))
