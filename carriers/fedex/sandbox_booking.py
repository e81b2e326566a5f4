"""FedEx's desk in the sandbox: pickups and return labels, their cancellations and prices, in its own words."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from carriers import doors, times, wire
from carriers.carrier import Contact, Incoming, Item, Order, Reply, SandboxBooking, SandboxWorld, Unreadable, Window
from carriers.fedex import booking, booking_labels, booking_prices, tracking
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"
STATION = "COSA"
ACCOUNT = "sandbox-account_number"
COLLECTED = {P.PICKED_UP, P.SETTLED}


def answer(request: Incoming, world: SandboxWorld) -> Reply | None:
    """The answer of its desk; None for what is not asked of it."""
    service = SERVICES.get((request.method, request.path))
    if service is None:
        return None
    try:
        body = wire.object_of(request.body)
        if ACCOUNT not in {wire.dig(body, name, "value") for name in ("associatedAccountNumber", "accountNumber")}:
            return refused(400, "ACCOUNTNUMBER.REGISTRATION.REQUIRED", "Please enter a valid FedEx account number.")
        return service(body, request.headers.get("x-customer-transaction-id", ""), world)
    except Unreadable:
        return refused(400, "INVALID.INPUT.EXCEPTION", "Invalid field value in the input")


def pickup(body: dict[str, Any], reference: str, world: SandboxWorld) -> Reply:
    """Takes a pickup: one more each time it is asked, whatever the transaction's id."""
    origin = wire.dig(body, "originDetail")
    start = times.local(wire.dig(origin, "readyDateTimestamp"), UTC, "readyDateTimestamp")
    if start.date() < world.now.date():
        return refused(400, "PICKUP.REQUESTED.PREVIOUS.DAY", "Cannot schedule a pickup requested for a previous day.")
    order = Order(
        reference=wire.needed(reference, "x-customer-transaction-id"),
        sender=_door(wire.dig(origin, "pickupLocation")),
        recipient=Contact("", "", ""),
        window=Window(start, start + timedelta(hours=2)),
        weight_grams=_grams(wire.dig(body, "totalWeight", "units"), wire.dig(body, "totalWeight", "value")),
        number=wire.word(body.get("trackingNumber")),
    )
    made, why = world.desk.take(order)
    if made is None:
        return refused(400, "INVALID.INPUT.EXCEPTION", f"The pickup address is {why}.")
    told = {"pickupConfirmationCode": made.confirmation, "message": "Courier on the way", "location": STATION}
    return _told(reference, {**told, "alerts": []})


def cancel_pickup(body: dict[str, Any], reference: str, world: SandboxWorld) -> Reply:
    """Cancels a pickup; what was collected is of an earlier time."""
    code = wire.needed(body.get("pickupConfirmationCode"), "pickupConfirmationCode")
    wire.needed(body.get("scheduledDate"), "scheduledDate")
    if wire.word(body.get("carrierCode")) == booking.EXPRESS and body.get("location") != STATION:
        return refused(400, "INVALID.INPUT.EXCEPTION", "Invalid field value in the input")
    after = world.desk.cancel(code)
    if after is None:
        return refused(404, "NOT.FOUND.ERROR", "The resource you requested is no longer available.")
    if after.status in COLLECTED:
        return refused(400, "PICKUP.NUMBER.EXPIRED", "PREVIOUS DAY PICKUP, CANNOT CANCEL OR UPDATE")
    done = "Requested pickup has been cancelled Successfully."
    return _told(reference, {"pickupConfirmationCode": code, "cancelConfirmationMessage": done, "alerts": []})


def ship(body: dict[str, Any], reference: str, world: SandboxWorld) -> Reply:
    """Prints a label."""
    shipment = wire.dig(body, "requestedShipment")
    [recipient, *_] = wire.dicts(wire.dig(shipment, "recipients"), "recipients") or [{}]
    declared = wire.dig(shipment, "customsClearanceDetail")
    order = Order(
        reference=wire.needed(reference, "x-customer-transaction-id"),
        sender=_door(wire.dig(shipment, "shipper")),
        recipient=_door(recipient),
        method=ReturnMethod.LABEL,
        items=tuple(_item(each) for each in wire.dicts(wire.dig(declared, "commodities"), "commodities")),
        currency=wire.word(wire.dig(shipment, "preferredCurrency")) or "USD",
        customs_reason=wire.word(wire.dig(declared, "customsOption", "type")),
        invoice=_reference(declared, "INVOICE_NUMBER"),
    )
    if doors.crosses_border(order) and not (order.items and all(each.hs_code and each.value for each in order.items)):
        return refused(400, "INVALID.INPUT.EXCEPTION", "Invalid field value in the input: customsClearanceDetail")
    made, why = world.desk.take(order)
    if made is None:
        return refused(400, "INVALID.INPUT.EXCEPTION", f"The shipper address is {why}.")
    return _told(reference, {"transactionShipments": [_shipment(made, wire.word(wire.dig(shipment, "serviceType")))]})


def _item(told: dict[str, Any]) -> Item:
    """Goods as customs were told them; the value is of all of them there and of one here."""
    count = max(wire.count(told.get("quantity")) or 1, 1)
    worth = wire.amount(wire.dig(told, "customsValue", "amount")) or Decimal(0)
    hs_code, origin = wire.word(told.get("harmonizedCode")), wire.word(told.get("countryOfManufacture"))
    grams = _grams(wire.dig(told, "weight", "units"), wire.dig(told, "weight", "value"))
    return Item(wire.word(told.get("description")), count, worth / count, grams, hs_code, origin)


def _reference(declared: Any, kind: str) -> str:
    known = wire.dicts(wire.dig(declared, "commercialInvoice", "customerReferences"), "customerReferences")
    return next((wire.word(each.get("value")) for each in known if each.get("customerReferenceType") == kind), "")


def _shipment(made: SandboxBooking, service: str) -> dict[str, Any]:
    picture = {"contentType": "LABEL", "copiesToPrint": 1, "docType": "PDF"}
    document = {**picture, "encodedLabel": base64.b64encode(PDF).decode()}
    piece = {
        "trackingNumber": made.number,
        "masterTrackingNumber": made.number,
        "netChargeAmount": float(made.fee.amount) if made.fee else 0.0,
        "packageDocuments": [document],
    }
    return {"serviceType": service, "masterTrackingNumber": made.number, "pieceResponses": [piece], "alerts": []}


def cancel_shipment(body: dict[str, Any], reference: str, world: SandboxWorld) -> Reply:
    """Deletes a shipment that did not begin."""
    after = world.desk.cancel(wire.needed(body.get("trackingNumber"), "trackingNumber"))
    if after is None:
        return refused(404, "NOT.FOUND.ERROR", "The resource you requested is no longer available.")
    done = after.status not in COLLECTED
    words = {"successMessage": "Success"} if done else {"message": "Shipment cannot be cancelled."}
    return _told(reference, {"cancelledShipment": done, "cancelledHistory": done, **words})


def rate(body: dict[str, Any], reference: str, _world: SandboxWorld) -> Reply:
    """Ten and two a kilogram, by the ground."""
    shipment = wire.dig(body, "requestedShipment")
    [package, *_] = wire.dicts(wire.dig(shipment, "requestedPackageLineItems"), "requestedPackageLineItems") or [{}]
    grams = _grams(wire.dig(package, "weight", "units"), wire.dig(package, "weight", "value"))
    rated = {
        "rateType": "ACCOUNT",
        "totalNetCharge": 10 + 2 * round(grams / 1000, 1),
        "currency": wire.word(wire.dig(shipment, "preferredCurrency")) or "USD",
        "shipmentRateDetail": {"totalBillingWeight": {"units": "KG", "value": round(grams / 1000, 1)}},
    }
    service = wire.word(wire.dig(shipment, "serviceType")) or booking_labels.DOMESTIC
    return _told(reference, {"rateReplyDetails": [{"serviceType": service, "ratedShipmentDetails": [rated]}]})


SERVICES: Mapping[tuple[str, str], Callable[[dict[str, Any], str, SandboxWorld], Reply]] = {
    ("POST", booking.PICKUPS): pickup,
    ("PUT", booking.CANCEL): cancel_pickup,
    ("POST", booking_labels.SHIPMENTS): ship,
    ("PUT", booking_labels.CANCEL): cancel_shipment,
    ("POST", booking_prices.RATES): rate,
}


def refused(status: int, code: str, message: str) -> Reply:
    """FedEx's no."""
    return wire.json_reply({"transactionId": "sandbox", "errors": [{"code": code, "message": message}]}, status)


def _told(reference: str, output: dict[str, Any]) -> Reply:
    return wire.json_reply({"transactionId": "sandbox", "customerTransactionId": reference, "output": output})


def _door(told: Any) -> Contact:
    name, phone = (wire.word(wire.dig(told, "contact", each)) for each in ("personName", "phoneNumber"))
    return Contact(name, wire.needed(phone, "phoneNumber"), wire.word(wire.dig(told, "address", "countryCode")))


def _grams(units: Any, value: Any) -> int:
    return wire.grams(value, tracking.GRAMS.get(wire.word(units))) or 1000
