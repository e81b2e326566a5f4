"""DHL Germany's JSON answers: pickup bookings, their cancellations, and every API's errors; and the token."""

from collections.abc import Iterable
from typing import Any

from carriers import wire
from carriers.carrier import Access, ReadError, Reading, ReadPickup, Request, Unreadable
from carriers.dhl_parcel_de import tracking
from db.enums import PickupStatus

TOKEN_PATH = "/parcel/de/account/auth/ropc/v1/token"  # noqa: S105 an address, not a secret
STATUSES = {"ORDERPICKUP": PickupStatus.ACCEPTED, "STORNIERT": PickupStatus.CANCELED}


def authorize(access: Access) -> Request:
    """The password grant: the app's id and secret, and the business portal's user."""
    fields = {
        "grant_type": "password",
        "username": access.credential("portal_user"),
        "password": access.credential("portal_password"),
        "client_id": access.credential("api_key"),
        "client_secret": access.credential("api_secret"),
    }
    return wire.form_request(access.base_url + TOKEN_PATH, fields)


def read(body: bytes) -> Reading:
    """A confirmed booking; or the cancellations that went through, and those that did not as errors."""
    told = wire.object_of(body)
    if "confirmation" in told:
        return Reading(pickups=(_booked(told["confirmation"]),))
    if "confirmedCancellations" not in told and "failedCancellations" not in told:
        raise Unreadable("neither a confirmation nor cancellations")
    done = wire.objects(told.get("confirmedCancellations"), "confirmedCancellations")
    failed = wire.objects(told.get("failedCancellations"), "failedCancellations")
    return Reading(pickups=tuple(map(_cancelled, done)), errors=tuple(map(_not_cancelled, failed)))


def _booked(told: Any) -> ReadPickup:
    order = wire.needed(wire.dig(told, "value", "orderID"), "confirmation.value.orderID")
    code = wire.word(wire.dig(told, "type"))
    shipments = wire.objects(wire.dig(told, "value", "confirmedShipments"), "confirmedShipments")
    numbers = [number for each in shipments if (number := wire.word(each.get("shipmentNo")))]
    return ReadPickup(
        order,
        STATUSES.get(code, PickupStatus.UNKNOWN),
        code,
        tracking_number=numbers[0] if len(numbers) == 1 else None,
        confirmation=order,
    )


def _cancelled(told: dict[str, Any]) -> ReadPickup:
    order, code = wire.needed(told.get("orderID"), "orderID"), wire.word(told.get("orderState"))
    return ReadPickup(order, STATUSES.get(code, PickupStatus.UNKNOWN), code, confirmation=order)


def _not_cancelled(told: dict[str, Any]) -> ReadError:
    order, why = wire.word(told.get("orderID")), wire.word(told.get("message"))
    return ReadError(wire.word(told.get("orderState")) or "not cancelled", f"{order}: {why}")


def read_error(body: bytes) -> Reading:
    """Errors as XML (tracking) or as JSON: a problem, with a list of what is invalid, or a collection of problems."""
    if wire.is_xml(body):
        return tracking.read_xml(body)
    errors = tuple(_errors(wire.object_of(body)))
    if not errors:
        raise Unreadable("no problem in it")
    return Reading(errors=errors)


def _errors(told: dict[str, Any]) -> Iterable[ReadError]:
    status = told.get("status")
    if isinstance(status, dict):  # shipping nests title, detail and code under it
        told = {**told, **status, "status": status.get("statusCode")}
    if not (wire.word(told.get("title")) or wire.word(told.get("detail"))):
        problems = (wire.problem(each) for each in told.values() if isinstance(each, dict) and "detail" in each)
        return [each for each in problems if not each.code.startswith("2")]
    whole = wire.problem(told)
    if whole.code.startswith("2"):
        return []
    return [
        ReadError(
            wire.word(each.get("validationMessageCode")) or whole.code,
            f"{wire.word(each.get('property'))}: {wire.word(each.get('validationMessage'))}",
            wire.word(item.get("shipmentNo")) or None,
        )
        for item in wire.objects(told.get("items"), "items")
        for each in wire.objects(item.get("validationMessages"), "items[].validationMessages")
    ] or [whole]


def recognise(body: bytes) -> str:
    """XML is tracking, or an error of it; JSON is a pickup or an error."""
    if wire.is_xml(body):
        known, _ = tracking.parted(body)
        return "track" if known else "error"
    told = wire.object_of(body)
    if {"confirmation", "confirmedCancellations", "failedCancellations"} & told.keys():
        return "pickup"
    read_error(body)
    return "error"
