"""DHL Germany's desk in the sandbox: pickups ordered and cancelled, and labels or QR codes for returns."""

import base64
from datetime import timedelta
from typing import Any

from carriers import times, wire
from carriers.carrier import Contact, Incoming, Order, Reply, SandboxWorld, Unreadable, Window
from carriers.dhl_parcel_de.booking import ORDERS
from carriers.dhl_parcel_de.booking_labels import RETURNS
from carriers.dhl_parcel_de.tracking import GERMANY
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P

TOKEN = "sandbox-token"  # noqa: S105 the sandbox's own, opens nothing
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
BILLING = "sandbox-billing_number"
COLLECTED = {P.PICKED_UP, P.SETTLED}


def answer(request: Incoming, world: SandboxWorld) -> Reply | None:
    """The answer of its desk; None for what is not asked of it."""
    if request.path not in {ORDERS, RETURNS}:
        return None
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return problem(401, "Unauthorized", "Unauthorized")
    try:
        if request.method == "POST":
            service = pickup if request.path == ORDERS else label
            return service(wire.object_of(request.body), request.query.get("labelType", ""), world)
    except Unreadable:
        return problem(400, "Bad Request", "Bad Request - The request could not be understood by the server.")
    return cancel(request.query.get("orderID", ""), world) if request.path == ORDERS else None


def pickup(body: dict[str, Any], _kind: str, world: SandboxWorld) -> Reply:
    """Takes a pickup: one more each time it is asked, whatever the customer's reference."""
    if wire.dig(body, "customerDetails", "billingNumber") != BILLING:
        return _invalid("customerDetails.billingNumber", "Unknown billingnumber", "456")
    day = times.local(wire.dig(body, "pickupDetails", "pickupDate", "value"), GERMANY, "pickupDate")
    if day.date() < world.now.astimezone(GERMANY).date():
        return _invalid("pickupDetails.pickupDate", "Pickup date is in the past", "460")
    [person, *_] = wire.objects(body.get("contactPerson"), "contactPerson") or [{}]
    [parcel, *_] = wire.objects(wire.dig(body, "shipmentDetails", "shipments"), "shipments") or [{}]
    made, why = world.desk.take(
        Order(
            reference=wire.needed(parcel.get("customerReference"), "customerReference"),
            sender=Contact("", wire.needed(person.get("phone"), "phone"), "DE"),
            recipient=Contact("", "", "DE"),
            window=Window(day, day + timedelta(hours=12)),
            weight_grams=wire.count(wire.dig(body, "pickupDetails", "totalWeight", "value")) or 1000,
            number=wire.word(parcel.get("shipmentNo")),
        )
    )
    if made is None:
        return _invalid("pickupLocation.pickupAddress", why, "458")
    shipment = {
        "transportationType": "PAKET",
        "shipmentNo": made.order.number,
        "orderDate": f"{world.now:%Y-%m-%d %H:%M:%S}",
    }
    value = {
        "orderID": made.confirmation,
        "pickupDate": f"{day:%Y-%m-%d}",
        "freeOfCharge": False,
        "pickupType": "EZA",
        "confirmedShipments": [shipment],
    }
    return wire.json_reply({"confirmation": {"type": "ORDERPICKUP", "value": value}})


def cancel(order: str, world: SandboxWorld) -> Reply:
    """Cancels a pickup that nobody was at yet; refusals are in a list of a success."""
    after = world.desk.cancel(order)
    if after is not None and after.status not in COLLECTED:
        done = {"orderID": order, "orderState": "STORNIERT", "message": "Order successfully cancelled"}
        return wire.json_reply({"confirmedCancellations": [done], "failedCancellations": []})
    failed = {"orderID": order, "orderState": "UNBEKANNT", "message": "Order could not be cancelled"}
    return wire.json_reply({"confirmedCancellations": [], "failedCancellations": [failed]})


def label(body: dict[str, Any], kind: str, world: SandboxWorld) -> Reply:
    """Makes a label, a QR code, or both."""
    wire.needed(body.get("receiverId"), "receiverId")
    phone = wire.word(wire.dig(body, "shipper", "phone"))
    reference = wire.needed(body.get("customerReference"), "customerReference")
    made, why = world.desk.take(
        Order(reference, Contact("", phone, "DE"), Contact("", "", "DE"), method=ReturnMethod.LABEL)
    )
    if made is None:
        return problem(422, "Unprocessable", f"Unprocessable Entity - {why}")
    told: dict[str, Any] = {
        "sstatus": {"title": "Created", "status": 201, "detail": "Created"},
        "shipmentNo": made.number,
        "routingCode": "40327653113+99000933090010",
    }
    if kind in {"SHIPMENT_LABEL", "BOTH"}:
        told["label"] = {"b64": base64.b64encode(PDF).decode()}
    if kind in {"QR_LABEL", "BOTH"}:
        told |= {"qrLabel": {"b64": PNG}, "qrLink": f"https://www.dhl.de/retoure/qr/{made.number}"}
    return wire.json_reply(told, 201)


def problem(status: int, title: str, detail: str) -> Reply:
    """DHL's no."""
    return wire.json_reply({"title": title, "status": status, "detail": detail}, status)


def _invalid(name: str, message: str, code: str) -> Reply:
    wrong = {
        "property": name,
        "validationState": "error",
        "validationMessage": message,
        "validationMessageCode": code,
    }
    whole = {"status": 422, "title": "Validation failed", "detail": "Invalid request data"}
    return wire.json_reply({**whole, "items": [{"validationMessages": [wrong]}]}, 422)
