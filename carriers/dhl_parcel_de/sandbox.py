"""DHL Germany's side: the token, the tracking query with its XML and its errors, and its desk."""

from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, SubElement, tostring

from carriers import wire
from carriers.carrier import Incoming, Reply, Sandbox, SandboxParcel, SandboxWorld, Scan, Unreadable
from carriers.dhl_parcel_de import sandbox_booking
from carriers.dhl_parcel_de.pickups import TOKEN_PATH
from carriers.dhl_parcel_de.tracking import GERMANY, PATH
from db.enums import TrackingStatus as S

XML = {"content-type": "application/xml;charset=UTF-8"}
NAMES = ("portal_user", "portal_password", "api_key", "api_secret")

# Event, reason, standard code and text; the way back has no codes of its own but a mark on the event.
SAYS = {
    S.INFO_RECEIVED: ("PARCV", "NRQRD", "VA", "The instruction data for this shipment have been provided"),
    S.PICKED_UP: ("PCKDU", "PUBCR", "AE", "The shipment has been picked up"),
    S.IN_TRANSIT: ("LDTMV", "MVMTV", "AA", "The shipment has been processed in the parcel center of origin"),
    S.CUSTOMS: ("ICPRC", "NRQRD", "ZO", "The shipment is being prepared for customs clearance"),
    S.OUT_FOR_DELIVERY: ("SRTED", "NRQRD", "PO", "The shipment has been loaded onto the delivery vehicle"),
    S.AVAILABLE_FOR_PICKUP: ("HLDCC", "SERPT", "ZF", "The shipment is ready for collection at the service point"),
    S.ATTEMPT_FAILED: ("NTDEL", "NHOME", "ZN", "The recipient was not at home"),
    S.EXCEPTION: ("DMGDS", "NRQRD", "BV", "The shipment was damaged"),
    S.DELIVERED: ("DLVRD", "ACCPT", "ZU", "The shipment has been successfully delivered"),
    S.RETURNING: ("RETRN", "NTCCN", "ZN", "The shipment will be returned"),
    S.RETURNED: ("DLVRD", "ACCPT", "ZU", "The shipment has been returned to the sender"),
    S.LOST: ("RCCLS", "LOSTX", "ZN", "The shipment could not be found"),
    S.DISPOSED: ("DSPSD", "NRQRD", "BV", "The shipment was disposed of"),
    S.CANCELED: ("CANCL", "NRQRD", "BV", "The shipment order was canceled by the sender"),
}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """Plays the token and the tracking query."""
    if incoming.path == TOKEN_PATH:
        return _token(incoming.body)
    if incoming.path != PATH:
        gone = sandbox_booking.problem(404, "Not Found", "No such resource")
        return sandbox_booking.answer(incoming, world) or gone
    if incoming.headers.get("dhl-api-key") != "sandbox-api_key":
        return wire.json_reply({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
    try:
        asked = wire.xml_of(incoming.query.get("xml", "").encode())
    except Unreadable:
        return _list("1", "Invalid XML request")
    if (asked.get("appname"), asked.get("password")) != ("sandbox-tracking_user", "sandbox-tracking_password"):
        return _list("5", "Login failed")
    found = [world.parcel(number) for number in asked.get("piece-code", "").split(";")]
    known = [parcel for parcel in found if parcel]
    return _list("0", "", *map(_parcel, known)) if known else _list("100", "No data found")


def _token(body: bytes) -> Reply:
    fields = dict(parse_qsl(body.decode("utf-8", "replace")))
    given = [fields.get(name) for name in ("username", "password", "client_id", "client_secret")]
    if given != [f"sandbox-{name}" for name in NAMES]:
        return wire.json_reply({"title": "Unauthorized", "status": 401, "detail": "Invalid credentials"}, 401)
    return wire.json_reply({"access_token": sandbox_booking.TOKEN, "token_type": "Bearer", "expires_in": 3600})


def _list(code: str, error: str, *parcels: Element) -> Reply:
    root = Element("data", {"name": "piece-shipment-list", "code": code, "request-id": "sandbox"})
    if error:
        root.set("error", error)
    root.extend(parcels)
    return Reply(200, tostring(root, encoding="utf-8", xml_declaration=True), XML)


def _parcel(parcel: SandboxParcel) -> Element:
    told = Element("data", {"name": "piece-shipment", "error-status": "0", "piece-code": parcel.tracking_number})
    if parcel.signed_by:
        told.set("recipient-name", parcel.signed_by)
        told.set("delivery-event-flag", "1")
    for name, place in (("origin-country", parcel.origin), ("dest-country", parcel.destination)):
        told.set(name, (place.country if place else None) or "DE")
    events = SubElement(told, "data", {"name": "piece-event-list"})
    events.extend(map(_event, parcel.scans))
    return told


def _event(scan: Scan) -> Element:
    status = scan.meaning.status
    event, cause, standard, text = SAYS.get(status, ("STORN", "NRQRD", "DD", "Status unknown"))
    back = status in (S.RETURNING, S.RETURNED)
    return Element(
        "data",
        {
            "name": "piece-event",
            "event-timestamp": scan.occurred_at.astimezone(GERMANY).strftime("%d.%m.%Y %H:%M"),
            "event-status": text,
            "ice": event,
            "ric": cause,
            "event-location": (scan.place.city if scan.place else None) or "",
            "event-country": (scan.place.country if scan.place else None) or "",
            "standard-event-code": standard,
            "ruecksendung": "true" if back else "false",
        },
    )


SANDBOX = Sandbox(answer=answer)
