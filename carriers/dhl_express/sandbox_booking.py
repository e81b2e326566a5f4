"""MyDHL's desk in the sandbox: pickups booked and cancelled, in the shapes of its samples."""

import re
from datetime import timedelta
from typing import Any

from carriers import times, wire
from carriers.carrier import Contact, Incoming, Order, Reply, SandboxWorld, Unreadable, Window
from carriers.dhl_express.booking import ABROAD, PICKUPS
from db.enums import PickupStatus as P

ACCOUNT = {"typeCode": "shipper", "number": "sandbox-account_number"}
ENDED = {P.CANCELED, P.PICKED_UP, P.SETTLED}


def answer(request: Incoming, world: SandboxWorld) -> Reply | None:
    """The answer of its desk; None for what is not asked of it."""
    try:
        if (request.method, request.path) == ("POST", PICKUPS):
            return book(wire.object_of(request.body), world)
    except Unreadable as why:
        return problem(422, "Validation error", str(why), request.path)
    found = re.fullmatch(rf"{PICKUPS}/([^/]+)", request.path)
    return cancel(request, found[1], world) if found and request.method == "DELETE" else None


def book(body: dict[str, Any], world: SandboxWorld) -> Reply:
    """Takes a pickup, whose remark is the reference: one more each time it is asked."""
    if ACCOUNT not in wire.objects(body.get("accounts"), "accounts"):
        return problem(400, "Bad request", "8003: Account not allowed for this service.", PICKUPS)
    planned = wire.needed(body.get("plannedPickupDateAndTime"), "plannedPickupDateAndTime").replace("GMT", "")
    start = times.local(planned, times.BEIJING, "plannedPickupDateAndTime")
    if start < world.now:
        return problem(400, "Bad request", "1002: Pickup date is in the past.", PICKUPS)
    shipper = wire.dig(body, "customerDetails", "shipperDetails")
    shipments = wire.objects(body.get("shipmentDetails"), "shipmentDetails")
    packages = [package for each in shipments for package in wire.objects(each.get("packages"), "packages")]
    declared = wire.amount(shipments[0].get("declaredValue")) if shipments else None
    if any(each.get("productCode") == ABROAD and each.get("isCustomsDeclarable") is not True for each in shipments):
        return problem(400, "Bad request", "1001: The requested product needs a customs declaration.", PICKUPS)
    if declared is None and any(each.get("isCustomsDeclarable") is True for each in shipments):
        return problem(400, "Bad request", "1001: declaredValue is missing.", PICKUPS)
    made, _ = world.desk.take(
        Order(
            reference=wire.needed(body.get("remark"), "remark"),
            sender=Contact("", wire.needed(wire.dig(shipper, "contactInformation", "phone"), "phone"), ""),
            recipient=Contact("", "", ""),
            window=Window(start, start + timedelta(hours=2)),
            weight_grams=sum(wire.grams(each.get("weight"), 1000) or 0 for each in packages),
            declared=declared,
            currency=wire.word(shipments[0].get("declaredValueCurrency") if shipments else "") or "CNY",
        )
    )
    if made is None:
        return problem(400, "Bad request", "1007: The address is out of the service area.", PICKUPS)
    return wire.json_reply({"dispatchConfirmationNumbers": [made.confirmation]}, 201)


def cancel(request: Incoming, number: str, world: SandboxWorld) -> Reply:
    """Cancels a pickup that nobody was at yet."""
    missing = [name for name in ("requestorName", "reason") if not request.query.get(name)]
    if missing:
        return problem(400, "Missing parameters", f"Missing mandatory parameters: {missing[0]}", request.path)
    before = world.desk.booking(number)
    if before is None or before.status in ENDED:
        detail = "Cancellation of booking was not successful. Requested Pickup was not found"
        return problem(404, "Pickup not found", detail, request.path)
    world.desk.cancel(number)
    return wire.json_reply({"dispatchConfirmationNumber": number, "status": "cancelled"})


def problem(status: int, title: str, detail: str, instance: str) -> Reply:
    """MyDHL's no."""
    told = {"instance": instance, "detail": detail, "title": title, "message": title, "status": str(status)}
    return wire.json_reply(told, status)
