"""USPS's desk in the sandbox: whether a door is served, pickups made and called off."""

import re
from datetime import UTC, timedelta
from typing import Any

from carriers import times, wire
from carriers.carrier import Contact, Incoming, Order, Reply, SandboxBooking, SandboxWorld, Unreadable, Window
from carriers.usps.booking import ELIGIBILITY, PICKUPS
from db.enums import PickupStatus as P

COLLECTED = {P.PICKED_UP, P.SETTLED}


def answer(request: Incoming, world: SandboxWorld) -> Reply | None:
    """The answer of its desk; None for what is not asked of it."""
    if (request.method, request.path) == ("GET", ELIGIBILITY):
        return eligible(request)
    if (request.method, request.path) == ("POST", PICKUPS):
        try:
            return make(wire.object_of(request.body), world)
        except Unreadable:
            return refused(400, "020003", "Invalid pickup details.")
    found = re.fullmatch(rf"{PICKUPS}/([^/]+)", request.path)
    return cancel(request, found[1], world) if found and request.method == "DELETE" else None


def eligible(request: Incoming) -> Reply:
    """Every door that has a street and a ZIP code."""
    names = ("streetAddress", "city", "state", "ZIPCode")
    told = {name: request.query.get(name) for name in names}
    if not told["streetAddress"] or not told["ZIPCode"]:
        return refused(400, "020004", "Invalid pickup location.")
    return wire.json_reply({"pickupAddress": {"firstName": None, "lastName": None, "firm": None, "address": told}})


def make(body: dict[str, Any], world: SandboxWorld) -> Reply:
    """Takes a pickup; its desk knows it by the last word of the instructions, and makes no second one."""
    day = times.local(body.get("pickupDate"), UTC, "pickupDate")
    if day.date() < world.now.date():
        return refused(400, "020016", "Pickup date is in the past.")
    words = wire.needed(wire.dig(body, "pickupLocation", "specialInstructions"), "specialInstructions").split()
    known = world.desk.booking(words[-1])
    if known is not None and known.status is not P.CANCELED:
        return refused(400, "020001", "Pickup already exists for this address.")
    contact = wire.objects(wire.dig(body, "pickupAddress", "contact"), "contact")
    phone = next((wire.word(each["phone"]) for each in contact if "phone" in each), "")
    pounds = wire.grams(body.get("estimatedWeight"), 453.59237) or 1000
    made, _ = world.desk.take(
        Order(
            reference=words[-1],
            sender=Contact("", phone, "US"),
            recipient=Contact("", "", "US"),
            window=Window(day, day + timedelta(days=1)),
            weight_grams=pounds,
        )
    )
    if made is None:
        return refused(400, "020004", "Invalid pickup location.")
    told = {**body, "confirmationNumber": made.confirmation}
    reply = wire.json_reply(told)
    return Reply(reply.status, reply.body, {**reply.headers, "etag": etag(made)})


def cancel(request: Incoming, number: str, world: SandboxWorld) -> Reply:
    """Calls off a pickup as it was last told; what was collected, or is gone, is no case any more."""
    made = world.desk.booking(number)
    if made is None or made.status in {P.CANCELED, *COLLECTED}:
        return refused(400, "020015", "Case number not found.")
    if request.headers.get("if-match") != etag(made):
        return refused(412, "412", "Precondition Failed")
    world.desk.cancel(number)
    return Reply(200)


def etag(made: SandboxBooking) -> str:
    """The version of a pickup: nothing changes one but its end."""
    return f'"{made.confirmation}-1"'


def refused(status: int, code: str, detail: str, version: str = "/pickup/v3") -> Reply:
    """USPS's no."""
    inner = {"status": str(status), "code": code, "title": "", "detail": detail, "source": {"parameter": ""}}
    error = {"code": str(status), "message": "", "errors": [inner]}
    return wire.json_reply({"apiVersion": version, "error": error}, status)
