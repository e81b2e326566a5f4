"""Asks DHL in Germany where parcels are, and reads its XML. All its times are German local time, whatever the place."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, tostring
from zoneinfo import ZoneInfo

from carriers import times, wire
from carriers.carrier import (
    Access,
    Meaning,
    Parcel,
    Place,
    ReadError,
    Reading,
    ReadShipment,
    Reply,
    Request,
    Scan,
    Unreadable,
)
from carriers.dhl_parcel_de import statuses
from db.enums import TrackingStatus as S

GERMANY = ZoneInfo("Europe/Berlin")
PATH = "/parcel/de/tracking/v0/shipments"
COUNTRIES = {"Germany": "DE", "Deutschland": "DE"}
NO_DATA = "100"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """A query in XML inside the address, with the tracking user's own name and password in it."""
    query = Element(
        "data",
        {
            "appname": access.credential("tracking_user"),
            "language-code": "de" if access.locale.startswith("de") else "en",
            "password": access.credential("tracking_password"),
            "piece-code": ";".join(parcel.tracking_number for parcel in parcels),
            "request": "d-get-piece-detail",
        },
    )
    xml = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>' + tostring(query, encoding="unicode")
    headers = {"DHL-API-Key": access.credential("api_key"), "Accept": "application/xml"}
    return Request("GET", f"{access.base_url}{PATH}?{urlencode({'xml': xml})}", headers)


def read(reply: Reply) -> Reading:
    """An answer: parcels, and an error for each number DHL does not know."""
    if reply.status >= 400:
        return Reading(errors=(wire.refused(reply),))
    return read_xml(reply.body, reply.received_at)


def read_xml(body: bytes, received_at: datetime | None = None) -> Reading:
    """As ``read``. ``received_at`` dates a current status that has neither events nor a time."""
    known, errors = parted(body)
    return Reading(shipments=tuple(_parcel(each, received_at) for each in known), errors=errors)


def parted(body: bytes) -> tuple[list[Element], tuple[ReadError, ...]]:
    """The parcels of an answer that DHL knows, and its errors: of the whole, and of parcels."""
    root = wire.xml_of(body)
    if root.tag != "data" or not root.get("name"):
        raise Unreadable("the root is not a named <data>")
    pieces = [each for each in root.iter("data") if each.get("name") == "piece-shipment"]
    failed = [root] if root.get("code", "0") != "0" else []
    failed += [each for each in pieces if each.get("error-status", "0") != "0"]
    errors = tuple(_error(each, each.get("error-status") or each.get("code") or "") for each in failed)
    if not pieces and not errors:
        raise Unreadable("neither a parcel nor an error")
    return [each for each in pieces if each not in failed], errors


def _error(told: Element, code: str) -> ReadError:
    number = told.get("searched-piece-code") or told.get("piece-code")
    message = told.get("error") or told.get("piece-status-desc") or told.get("status") or f"error {code}"
    return ReadError(code, message, number or None, not_found=code == NO_DATA or message == "No data found")


def _parcel(told: Element, received_at: datetime | None) -> ReadShipment:
    events = [each for each in told.iter("data") if each.get("name") == "piece-event"]
    scans = [_scan(each, each.get("event-timestamp", ""), each.get("event-status", "")) for each in events]
    if not scans and (told.get("ice") or told.get("status")):
        scans = [_scan(told, told.get("status-timestamp", ""), told.get("status", ""), received_at)]
    return ReadShipment(
        tracking_number=wire.needed(
            told.get("piece-code") or told.get("searched-piece-code") or told.get("piece-identifier"), "piece-code"
        ),
        scans=times.oldest_first(scans),
        reference=told.get("piece-customer-reference") or None,
        service=told.get("product-name") or None,
        weight_grams=_grams(told.get("shipment-weight", "")),
        signed_by=(told.get("recipient-name") or None) if told.get("delivery-event-flag") == "1" else None,
        origin=_place("", told.get("origin-country", "")),
        destination=_place("", told.get("dest-country", ""), told.get("pan-recipient-postalcode", "")),
    )


def _scan(told: Element, moment: str, text: str, otherwise: datetime | None = None) -> Scan:
    event, cause, standard = told.get("ice", ""), told.get("ric", ""), told.get("standard-event-code", "")
    said = statuses.meaning(event, cause, standard, text)
    return Scan(
        occurred_at=otherwise if otherwise and not moment.strip() else german(moment),
        meaning=_turned(said) if told.get("ruecksendung") == "true" else said,
        raw_code="/".join(filter(None, (event, cause, standard))),
        description=text or told.get("event-text", ""),
        place=_place(told.get("event-location", ""), told.get("event-country", "")),
    )


def _turned(said: Meaning) -> Meaning:
    """A scan marked as of the way back (Rücksendung): under way is returning, and delivered is returned."""
    back = {S.DELIVERED: S.RETURNED, S.IN_TRANSIT: S.RETURNING, S.OUT_FOR_DELIVERY: S.RETURNING}
    return replace(said, status=back.get(said.status, said.status))


def german(text: str) -> datetime:
    """A German date and time such as "18.03.2016 10:02", local in Germany."""
    found = re.fullmatch(r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}:\d{2}(?::\d{2})?)", text.strip())
    if found is None:
        raise Unreadable("a timestamp is not of the form dd.mm.yyyy hh:mm")
    day, month, year, clock = found.groups()
    return times.local(f"{year}-{month}-{day}T{clock}", GERMANY, "a timestamp")


def _place(city: str, country: str, postal_code: str = "") -> Place | None:
    alpha2 = COUNTRIES.get(country) or (country if re.fullmatch("[A-Z]{2}", country) else None)
    place = Place(text=city or None, city=city or None, postal_code=postal_code or None, country=alpha2)
    return None if place == Place() else place


def _grams(kilograms: str) -> int | None:
    return round(float(kilograms) * 1000) or None if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", kilograms) else None
