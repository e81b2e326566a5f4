"""Asks FedEx what a parcel would cost, by every service it has between the two doors."""

from typing import Any

from carriers import doors, wire
from carriers.carrier import Access, Contact, Fee, Order, Pricing, Quoted, Reply, Request
from carriers.fedex import booking_labels, tracking
from db.case_enums import ReturnMethod

COLLECTED = "CONTACT_FEDEX_TO_SCHEDULE"
RATES = "/rate/v1/rates/quotes"


def request(order: Order, access: Access) -> Request:
    """The account's prices, in the order's currency where FedEx converts them."""
    units, weight = doors.weight(order)
    package = {
        "groupPackageCount": order.parcels,
        "subPackagingType": "OTHER",
        "weight": {"units": units, "value": weight},
        **booking_labels.dimensions(order),
    }
    shipment: dict[str, Any] = {
        "packagingType": "YOUR_PACKAGING",
        "pickupType": COLLECTED if order.method is ReturnMethod.DOOR_PICKUP else "DROPOFF_AT_FEDEX_LOCATION",
        "preferredCurrency": order.currency,
        "rateRequestType": ["LIST", "ACCOUNT", "PREFERRED"],
        "recipient": {"address": _place(order.recipient)},
        "requestedPackageLineItems": [package],
        "shipDateStamp": f"{doors.at(order.window.start if order.window else access.now, order.sender):%Y-%m-%d}",
        "shipper": {"address": _place(order.sender)},
        "totalWeight": weight,
    }
    if order.service:
        shipment["serviceType"] = order.service
    if doors.crosses_border(order):
        payer = {"responsibleParty": {"accountNumber": booking_labels.account(access)}}
        shipment |= {
            "customsClearanceDetail": {
                "commercialInvoice": {"shipmentPurpose": "SOLD"},
                "commodities": [booking_labels.commodity(item, order) for item in order.items],
                "dutiesPayment": {"paymentType": "SENDER", "payor": payer},
            },
            "documentShipment": False,
        }
    control = {"rateSortOrder": "COMMITASCENDING", "returnTransitTimes": True, "servicesNeededOnRateFailure": True}
    body = {
        "accountNumber": booking_labels.account(access),
        "rateRequestControlParameters": control,
        "requestedShipment": shipment,
    }
    return booking_labels.sent("POST", RATES, body, access, order.reference)


def _place(door: Contact) -> dict[str, Any]:
    return {name: value for name, value in booking_labels.address(door).items() if name != "streetLines"}


def read(reply: Reply, order: Order) -> tuple[Quoted, ...]:
    """One quote for each service that has a price. Refused: none."""
    message = wire.object_of(reply.body)
    if "output" not in message:
        tracking.errors_of(message)
        return ()
    found = wire.dicts(wire.dig(message, "output", "rateReplyDetails"), "rateReplyDetails")
    return tuple(quote for each in found if (quote := _quote(each, order)))


def _quote(told: dict[str, Any], order: Order) -> Quoted | None:
    """The price in the order's currency if there is one, else what the account pays, else any."""
    rated = wire.dicts(told.get("ratedShipmentDetails"), "ratedShipmentDetails")
    rates = sorted(rated, key=lambda rate: (rate.get("currency") != order.currency, rate.get("rateType") != "ACCOUNT"))
    for rate in rates:
        amount, currency = wire.amount(rate.get("totalNetCharge")), wire.word(rate.get("currency"))
        if amount is not None and currency:
            billed = wire.dig(rate, "shipmentRateDetail", "totalBillingWeight")
            unit = tracking.GRAMS.get(wire.word(wire.dig(billed, "units")))
            grams = wire.grams(wire.dig(billed, "value"), unit)
            return Quoted(wire.word(told.get("serviceType")), Fee(amount, currency), grams, carrier="fedex")
    return None


PRICING = Pricing(request, read, by_method=True)
