"""UPS's desk in the sandbox: pickups made, told, cancelled and priced, and labels."""

import re
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from carriers import times, wire
from carriers.carrier import Contact, Incoming, Order, Reply, SandboxBooking, SandboxWorld, Unreadable, Window
from carriers.ups import booking, booking_changes, booking_labels, sandbox_intercepting, tracking
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
DONE = {"ResponseStatus": {"Code": "1", "Description": "Success"}}
ACCOUNT = "sandbox-account_number"
COLLECTED = {P.PICKED_UP, P.SETTLED}

# What UPS writes for a state; "given back" has no code but that of a cancellation.
WRITTEN = {
    P.REQUESTED: ("012", "Your pickup request is being processed"),
    P.ACCEPTED: ("001", "Received at dispatch"),
    P.COURIER_ASSIGNED: ("002", "Dispatched to driver"),
    P.PICKED_UP: ("003", "Order successfully completed"),
    P.SETTLED: ("003", "Order successfully completed"),
    P.FAILED: ("004", "Order unsuccessfully completed"),
    P.CANCELED: ("007", "Cancelled by customer"),
    P.REJECTED: ("007", "Cancelled by UPS"),
}


def answer(request: Incoming, world: SandboxWorld) -> Reply | None:
    """The answer of its desk; None for what is not asked of it."""
    for method, path, service in SERVICES:
        if request.method == method and (found := re.fullmatch(f"{re.escape(path)}(?:/([^/]+))?", request.path)):
            try:
                return service(request, found[1] or "", world)
            except Unreadable:
                return refused(400, "9560001", "Missing or invalid field")
    return None


def create(request: Incoming, _number: str, world: SandboxWorld) -> Reply:
    """Takes a pickup: one more each time it is asked, whatever the reference."""
    told = wire.dig(wire.object_of(request.body), "PickupCreationRequest")
    if wire.dig(told, "Shipper", "Account", "AccountNumber") != ACCOUNT:
        return refused(400, "9510111", "Invalid account number")
    day, ready = (wire.word(wire.dig(told, "PickupDateInfo", name)) for name in ("PickupDate", "ReadyTime"))
    start = times.local(f"{day} {ready}", UTC, "PickupDateInfo")
    if start.date() < world.now.date():
        return refused(400, "9560131", "Invalid pickup date")
    door = wire.dig(told, "PickupAddress")
    made, _ = world.desk.take(
        Order(
            reference=wire.needed(wire.dig(told, "ReferenceNumber"), "ReferenceNumber"),
            sender=Contact("", wire.needed(wire.dig(door, "Phone", "Number"), "Phone.Number"), "US"),
            recipient=Contact("", "", ""),
            window=Window(start, start + timedelta(hours=2)),
            weight_grams=_grams(wire.dig(told, "TotalWeight")),
        )
    )
    if made is None:
        return refused(400, "9510113", "The pickup address is out of the service area")
    return wire.json_reply({"PickupCreationResponse": {"Response": DONE, "PRN": made.confirmation}})


def pending(request: Incoming, _number: str, world: SandboxWorld) -> Reply:
    """The pickup that the call's id names: its desk cannot list what an account has. Labels are no pickups."""
    if request.headers.get("accountnumber") != ACCOUNT:
        return refused(400, "9510111", "Invalid account number")
    found = world.desk.booking(request.headers.get("transid", ""))
    is_pickup = found is not None and found.order.method is ReturnMethod.DOOR_PICKUP
    told = {"Response": DONE, **({"PendingStatus": _pending(found)} if found and is_pickup else {})}
    return wire.json_reply({"PickupPendingStatusResponse": told})


def _pending(made: SandboxBooking) -> dict[str, str]:
    code, text = WRITTEN.get(made.status, WRITTEN[P.ACCEPTED])
    return {
        "OnCallStatusCode": code,
        "PickupStatusMessage": text,
        "PickupType": "01",
        "PRN": made.confirmation,
        "ReferenceNumber": made.order.reference,
        "ServiceDate": f"{made.order.window.start:%Y%m%d}" if made.order.window else "",
    }


def cancel(request: Incoming, _number: str, world: SandboxWorld) -> Reply:
    """Cancels a pickup that nobody was at yet."""
    after = world.desk.cancel(wire.needed(request.headers.get("prn"), "Prn"))
    if after is None or after.status in COLLECTED:
        return refused(400, "9510117", "The pickup request cannot be cancelled")
    return wire.json_reply({"PickupCancelResponse": {"PickupType": "01", "Response": DONE}})


def rate(request: Incoming, _number: str, _world: SandboxWorld) -> Reply:
    """The same price at every door."""
    wire.needed(wire.dig(wire.object_of(request.body), "PickupRateRequest", "PickupAddress", "CountryCode"), "country")
    result = {"CurrencyCode": "USD", "GrandTotalOfAllCharge": "10.46", "RateType": "FD"}
    return wire.json_reply({"PickupRateResponse": {"RateResult": result, "Response": DONE}})


def ship(request: Incoming, _number: str, world: SandboxWorld) -> Reply:
    """Prints a label."""
    shipment = wire.dig(wire.object_of(request.body), "ShipmentRequest", "Shipment")
    if wire.dig(shipment, "Shipper", "ShipperNumber") != ACCOUNT:
        return refused(400, "120100", "Missing or invalid shipper number")
    [package, *_] = wire.dicts(wire.dig(shipment, "Package"), "Package") or [{}]
    phone = wire.needed(wire.dig(shipment, "ShipFrom", "Phone", "Number"), "ShipFrom.Phone")
    made, _ = world.desk.take(
        Order(
            reference=wire.needed(wire.dig(shipment, "ReferenceNumber", "Value"), "ReferenceNumber"),
            sender=Contact("", phone, "US"),
            recipient=Contact("", "", "US"),
            method=ReturnMethod.LABEL,
            weight_grams=_grams(package.get("PackageWeight")),
            currency="USD",
        )
    )
    if made is None:
        return refused(400, "120201", "The address is out of the service area")
    return wire.json_reply({"ShipmentResponse": {"Response": DONE, "ShipmentResults": _results(made)}})


def _results(made: SandboxBooking) -> dict[str, Any]:
    label = {"ImageFormat": {"Code": "PNG"}, "GraphicImage": PNG}
    cost = {"CurrencyCode": made.fee.currency, "MonetaryValue": str(made.fee.amount)} if made.fee else {}
    weight = {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": str(round(made.order.weight_grams / 453.59237, 1))}
    return {
        "ShipmentCharges": {"TotalCharges": cost},
        "BillingWeight": weight,
        "ShipmentIdentificationNumber": made.number,
        "PackageResults": [{"TrackingNumber": made.number, "ShippingLabel": label}],
    }


def void(_request: Incoming, number: str, world: SandboxWorld) -> Reply:
    """Voids a label that was not used."""
    after = world.desk.cancel(number)
    if after is None or after.status in COLLECTED:
        return refused(400, "190117", "The shipment cannot be voided")
    return wire.json_reply({"VoidShipmentResponse": {"Response": DONE, "SummaryResult": {"Status": {"Code": "1"}}}})


SERVICES: tuple[tuple[str, str, Callable[[Incoming, str, SandboxWorld], Reply]], ...] = (
    ("POST", booking.CREATE, create),
    ("GET", booking_changes.ON_CALL, pending),
    ("POST", booking_changes.ON_CALL, rate),
    ("DELETE", booking_changes.CANCEL, cancel),
    ("POST", booking_labels.SHIP, ship),
    ("DELETE", booking_changes.VOID, void),
    *sandbox_intercepting.SERVICES,
)


def refused(status: int, code: str, message: str) -> Reply:
    """UPS's no."""
    return wire.json_reply({"response": {"errors": [{"code": code, "message": message}]}}, status)


def _grams(told: Any) -> int:
    unit = wire.dig(told, "UnitOfMeasurement")
    code = wire.word(unit) or wire.word(wire.dig(unit, "Code"))
    return wire.grams(wire.dig(told, "Weight"), tracking.GRAMS.get(code)) or 1000
