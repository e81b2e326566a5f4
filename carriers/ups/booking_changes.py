"""Asks UPS after a pickup, cancels it or a label, and asks what a pickup costs."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from carriers import doors, wire
from carriers.carrier import (
    Access,
    Asking,
    Booked,
    CannotAsk,
    Changing,
    Fee,
    Order,
    Pricing,
    Quoted,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.ups import pickups, tracking
from carriers.ups.booking_labels import sent
from db.enums import PickupStatus

ON_CALL, CANCEL = "/api/shipments/v2409/pickup/oncall", "/api/shipments/v2409/pickup/02"
VOID = "/api/shipments/v2409/void/cancel"
TODAY, ANOTHER_DAY = "01", "02"
SUCCESS = "1"


def ask(ref: Ref, access: Access) -> Request:
    """All pending pickups of the account: UPS cannot be asked after one."""
    request = sent("GET", ON_CALL, None, access, ref.reference)
    headers = {**request.headers, "AccountNumber": access.credential("account_number")}
    return Request(request.method, request.url, headers)


def read(reply: Reply, ref: Ref) -> Booked | None:
    """The pickup that bears our reference, or its own number. UPS lists those of today and tomorrow that are not done:
    one that is not listed was never made only where it would have to be, and where nobody gave it a number yet."""
    message = wire.object_of(reply.body)
    answer = message.get("PickupPendingStatusResponse")
    if answer is None:
        errors = tracking.errors_of(message)
        raise Unreadable(f"UPS told no pickups, but {errors[0].code}")
    listed = wire.dicts(wire.dig(answer, "PendingStatus"), "PendingStatus")
    found = next((each for each in listed if _is_ours(each, ref)), None)
    if found is None:
        if ref.confirmation or not _would_be_listed(reply, ref):
            raise Unreadable("the pickup is not among the pending ones of today and tomorrow")
        return None
    code = wire.word(found.get("OnCallStatusCode"))
    return Booked(
        confirmation=wire.needed(found.get("PRN"), "PendingStatus.PRN"),
        status=pickups.ON_CALL.get(code, PickupStatus.UNKNOWN),
        raw_code=code,
    )


def _is_ours(pending: dict[str, Any], ref: Ref) -> bool:
    number = wire.word(pending.get("PRN"))
    return wire.word(pending.get("ReferenceNumber")) == ref.reference or bool(number and number == ref.confirmation)


def _would_be_listed(reply: Reply, ref: Ref) -> bool:
    if ref.window is None or reply.received_at is None:
        return False
    today = reply.received_at.astimezone(ref.window.start.tzinfo).date()
    return today <= ref.window.start.date() <= today + timedelta(days=1)


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """A pickup by its number (PRN), a label by its tracking number."""
    if ref.confirmation:
        request = sent("DELETE", CANCEL, None, access, ref.reference)
        return Request(request.method, request.url, {**request.headers, "Prn": ref.confirmation})
    if not ref.number:
        raise CannotAsk("UPS cancels a pickup by its number, a label by its tracking number")
    return sent("DELETE", f"{VOID}/{quote(ref.number, safe='')}", None, access, ref.reference)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals."""
    message = wire.object_of(reply.body)
    for name, path in (
        ("PickupCancelResponse", ("Response", "ResponseStatus")),
        ("VoidShipmentResponse", ("SummaryResult", "Status")),
    ):
        if name in message:
            status = wire.dig(message[name], *path)
            code = wire.needed(wire.dig(status, "Code"), f"{name} status")
            return () if code == SUCCESS else (ReadError(code, wire.word(wire.dig(status, "Description"))),)
    return tracking.errors_of(message)


def ask_price(order: Order, access: Access) -> Request:
    """What it costs that a courier comes; the way of the parcel is not in it."""
    window = doors.window(order)
    sender = order.sender
    same_day = window.start.date() == doors.at(access.now, sender).date()
    address = {
        "AddressLine": ", ".join(doors.lines(sender)),
        "City": sender.city,
        "StateProvince": doors.state(sender),
        "PostalCode": sender.postal_code,
        "CountryCode": sender.country,
        "ResidentialIndicator": "N" if sender.company else "Y",
    }
    body = {
        "PickupAddress": {name: value for name, value in address.items() if value},
        "AlternateAddressIndicator": "N",
        "ServiceDateOption": TODAY if same_day else ANOTHER_DAY,
        "PickupDateInfo": {
            "CloseTime": f"{window.end:%H%M}",
            "ReadyTime": f"{window.start:%H%M}",
            "PickupDate": f"{window.start:%Y%m%d}",
        },
    }
    return sent("POST", ON_CALL, {"PickupRateRequest": body}, access, order.reference)


def read_price(reply: Reply, _order: Order) -> tuple[Quoted, ...]:
    """The whole price of one visit. Refused: none."""
    message = wire.object_of(reply.body)
    answer = message.get("PickupRateResponse")
    if answer is None:
        tracking.errors_of(message)
        return ()
    amount = wire.amount(wire.dig(answer, "RateResult", "GrandTotalOfAllCharge"))
    currency = wire.word(wire.dig(answer, "RateResult", "CurrencyCode"))
    if amount is None or not currency:
        return ()
    return (Quoted("pickup", Fee(amount, currency), carrier="ups"),)


ASKING = Asking(ask, read)
CANCELING = Changing(cancel, read_cancel)
PRICING = Pricing(ask_price, read_price, is_whole=False)
