"""UPS's labels for returns: a shipment from the buyer's door with a label to print."""

from typing import Any

from carriers import doors, wire
from carriers.carrier import Access, Booked, CannotAsk, Contact, Fee, Order, Request
from carriers.ups import tracking
from db.enums import PickupStatus

SHIP = "/api/shipments/v2409/ship"
ORIGIN_SERVICE = "03"  # UPS Ground
PRINT_RETURN_LABEL, PACKAGE = "9", "02"


def sent(method: str, path: str, body: Any, access: Access, reference: str) -> Request:
    """A call with our reference as its id: the same on every try."""
    headers = {**tracking.headers(access), "transId": reference[:32]}
    return wire.json_request(method, access.base_url + path, body, headers)


def weight(order: Order) -> tuple[str, float]:
    """How much it weighs: LBS in the United States, KGS elsewhere."""
    units, value = doors.weight(order)
    return f"{units}S", value


def request(order: Order, access: Access) -> Request:
    """A return: the shipper, who pays, is whom it goes to; it goes from the buyer. Our reference is on its label."""
    if order.parcels > 1:
        raise CannotAsk("a label is for one parcel; ask for one each")
    if order.sender.country != order.recipient.country:
        raise CannotAsk("across a border UPS needs an invoice with the label, whose form we do not know")
    account = access.credential("account_number")
    bill = {"BillShipper": {"AccountNumber": account}}
    value = doors.worth(order)
    shipment: dict[str, Any] = {
        "Description": order.goods or "Return",
        "NumOfPiecesInShipment": "1",
        "Package": [_package(order)],
        "PaymentInformation": {"ShipmentCharge": [{**bill, "Type": "01"}]},
        "RatingMethodRequestedIndicator": "Y",
        "ReferenceNumber": {"Value": order.reference},
        "ReturnService": {"Code": PRINT_RETURN_LABEL},
        "Service": {"Code": order.service or ORIGIN_SERVICE},
        "ShipFrom": _party(order.sender),
        "ShipTo": _party(order.recipient),
        "ShipmentDate": f"{doors.at(order.window.start if order.window else access.now, order.sender):%Y%m%d}",
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
        "ShipmentServiceOptions": {},
        "Shipper": {**_party(order.recipient), "ShipperNumber": account},
        "TaxInformationIndicator": "Y",
    }
    if value:
        shipment["InvoiceLineTotal"] = {"CurrencyCode": order.currency, "MonetaryValue": str(value)}
    options = {"RequestOption": "validate", "SubVersion": "v2409"}
    body = {
        "LabelSpecification": {
            "LabelImageFormat": {"Code": "PNG", "Description": "PNG"},
            "LabelStockSize": {"Height": "6", "Width": "4"},
        },
        "Request": {**options, "TransactionReference": {"CustomerContext": order.reference}},
        "Shipment": shipment,
    }
    return sent("POST", SHIP, {"ShipmentRequest": body}, access, order.reference)


def _package(order: Order) -> dict[str, Any]:
    units, value = weight(order)
    package: dict[str, Any] = {
        "Description": order.goods or "Return",
        "PackageWeight": {"UnitOfMeasurement": {"Code": units}, "Weight": str(value)},
        "Packaging": {"Code": PACKAGE},
    }
    if order.size_mm is not None:
        in_inches = units == "LBS"
        length, width, height = (str(doors.inches(mm) if in_inches else round(mm / 10, 1)) for mm in order.size_mm)
        unit = {"Code": "IN" if in_inches else "CM"}
        package["Dimensions"] = {"Height": height, "Length": length, "UnitOfMeasurement": unit, "Width": width}
    return package


def _party(door: Contact) -> dict[str, Any]:
    address = {
        "AddressLine": doors.lines(door),
        "City": door.city,
        "CountryCode": door.country,
        "PostalCode": door.postal_code,
        "StateProvinceCode": doors.state(door),
    }
    return {
        "Address": {name: value for name, value in address.items() if value},
        "AttentionName": door.name,
        "Name": door.company or door.name,
        "Phone": {"Number": doors.phone(door)},
    }


def booked(answer: Any) -> Booked:
    """The shipment's number, the label of each parcel, what it costs and what weight that is for."""
    results = wire.dig(answer, "ShipmentResults")
    number = wire.needed(wire.dig(results, "ShipmentIdentificationNumber"), "ShipmentIdentificationNumber")
    packages = wire.dicts(wire.dig(results, "PackageResults"), "PackageResults")
    charges = wire.dig(results, "NegotiatedRateCharges", "TotalCharge") or wire.dig(
        results, "ShipmentCharges", "TotalCharges"
    )
    amount, currency = wire.amount(wire.dig(charges, "MonetaryValue")), wire.word(wire.dig(charges, "CurrencyCode"))
    unit = tracking.GRAMS.get(wire.word(wire.dig(results, "BillingWeight", "UnitOfMeasurement", "Code")))
    return Booked(
        number=number,
        status=PickupStatus.ACCEPTED,
        raw_code=wire.word(wire.dig(answer, "Response", "ResponseStatus", "Code")),
        fee=Fee(amount, currency) if amount is not None and currency else None,
        weight_grams=wire.grams(wire.dig(results, "BillingWeight", "Weight"), unit),
        labels=tuple(_labels(packages, number)),
    )


def _labels(packages: list[dict[str, Any]], number: str) -> Any:
    for each in packages:
        picture = wire.dig(each, "ShippingLabel", "GraphicImage")
        yield from doors.labels(picture, wire.word(each.get("TrackingNumber")) or number)
