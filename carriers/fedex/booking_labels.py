"""FedEx's labels for returns: a shipment from the buyer's door whose label is printed at once."""

from typing import Any

from carriers import doors, wire
from carriers.carrier import Access, Booked, CannotAsk, Contact, Item, Order, Ref, Request, Unreadable
from carriers.fedex import tracking
from db.enums import PickupStatus

SHIPMENTS, CANCEL = "/ship/v1/shipments", "/ship/v1/shipments/cancel"
DOMESTIC, ABROAD = "FEDEX_GROUND", "FEDEX_INTERNATIONAL_PRIORITY"
RETURNED = {"returned_goods": "REJECTED", "faulty": "FAULTY_ITEM", "repair": "FOR_REPAIR"}
"""Why goods come back, in the words of the Ship API (``customsOption``)."""
PAYERS = {"shipper": "THIRD_PARTY", "sender": "SENDER", "recipient": "RECIPIENT"}


def sent(method: str, path: str, body: Any, access: Access, reference: str) -> Request:
    """A call with our reference as the transaction's id, which FedEx's answer repeats."""
    headers = {**tracking.headers(access), "x-customer-transaction-id": reference}
    return wire.json_request(method, access.base_url + path, body, headers)


def account(access: Access) -> dict[str, str]:
    """The account that pays."""
    return {"value": access.credential("account_number")}


def address(door: Contact) -> dict[str, Any]:
    """A door; a home where no company is named."""
    told = {
        "city": door.city,
        "countryCode": door.country,
        "postalCode": door.postal_code,
        "residential": not door.company,
        "stateOrProvinceCode": doors.state(door),
        "streetLines": doors.lines(door),
    }
    return {name: value for name, value in told.items() if value or name == "residential"}


def contact(door: Contact) -> dict[str, str]:
    """Who is there; the phone as it is dialled in that country."""
    told = {
        "companyName": door.company,
        "emailAddress": door.email,
        "personName": door.name,
        "phoneNumber": doors.phone(door),
    }
    return {name: value for name, value in told.items() if value}


def request(order: Order, access: Access) -> Request:
    """A shipment from the buyer to the merchant that is a return. Our reference is printed on its label."""
    if order.parcels > 1:
        raise CannotAsk("a label is for one parcel; ask for one each")
    units, weight = doors.weight(order)
    package = {
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": order.reference}],
        "groupPackageCount": 1,
        "packageSpecialServices": {},
        "subPackagingType": "OTHER",
        "weight": {"units": units, "value": weight},
        **dimensions(order),
    }
    shipment: dict[str, Any] = {
        "blockInsightVisibility": False,
        "labelSpecification": {
            "imageType": "PDF",
            "labelFormatType": "COMMON2D",
            "labelOrder": "SHIPPING_LABEL_FIRST",
            "labelStockType": "STOCK_4X6",
        },
        "packagingType": "YOUR_PACKAGING",
        "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
        "preferredCurrency": order.currency,
        "rateRequestType": ["LIST", "ACCOUNT", "PREFERRED"],
        "recipients": [_party(order.recipient)],
        "requestedPackageLineItems": [package],
        "serviceType": order.service or (ABROAD if doors.crosses_border(order) else DOMESTIC),
        "shipDatestamp": f"{doors.at(order.window.start if order.window else access.now, order.sender):%Y-%m-%d}",
        "shipmentSpecialServices": {
            "specialServiceTypes": ["RETURN_SHIPMENT"],
            "returnShipmentDetail": {"returnType": "PRINT_RETURN_LABEL"},
        },
        "shipper": _party(order.sender),
        "shippingChargesPayment": _payment(order, access),
        "totalPackageCount": 1,
        "totalWeight": weight,
    }
    if doors.crosses_border(order):
        shipment["customsClearanceDetail"] = customs(order, access)
    body = {
        "accountNumber": account(access),
        "labelResponseOptions": "LABEL",
        "oneLabelAtATime": False,
        "requestedShipment": shipment,
        "shipAction": "CONFIRM",
    }
    return sent("POST", SHIPMENTS, body, access, order.reference)


def dimensions(order: Order) -> dict[str, Any]:
    """The sides, where they are known: inches in the United States, centimetres elsewhere."""
    if order.size_mm is None:
        return {}
    in_inches = order.sender.country == "US"
    length, width, height = (doors.inches(mm) if in_inches else round(mm / 10, 1) for mm in order.size_mm)
    return {"dimensions": {"height": height, "length": length, "units": "IN" if in_inches else "CM", "width": width}}


def customs(order: Order, access: Access) -> dict[str, Any]:
    """What customs are told. FedEx takes no shipment across a border without knowing what is in it."""
    if not order.items:
        raise CannotAsk("across a border FedEx must be told what is in the parcel")
    numbers = {"INVOICE_NUMBER": order.invoice, "CUSTOMER_REFERENCE": order.reference}
    references = [{"customerReferenceType": kind, "value": number[:40]} for kind, number in numbers.items() if number]
    invoice: dict[str, Any] = {"customerReferences": references, "shipmentPurpose": "REPAIR_AND_RETURN"}
    if order.export_reference:
        invoice["comments"] = [f"Returned goods, sent out under {order.export_reference}"]
    payer = {"responsibleParty": {"accountNumber": account(access)}}
    told: dict[str, Any] = {
        "commercialInvoice": invoice,
        "commodities": [commodity(item, order) for item in order.items],
        "dutiesPayment": {"paymentType": "SENDER", "payor": payer},
        "isDocumentOnly": False,
    }
    if order.customs_reason in RETURNED:
        told["customsOption"] = {"type": RETURNED[order.customs_reason]}
    return told


def commodity(item: Item, order: Order) -> dict[str, Any]:
    """One kind of goods."""
    grams = item.weight_grams or order.weight_grams
    units, weight = ("LB", doors.pounds(grams)) if order.sender.country == "US" else ("KG", wire.kilograms(grams))
    told = {
        "countryOfManufacture": item.origin,
        "customsValue": {"amount": float(item.value * item.quantity), "currency": order.currency},
        "description": item.title,
        "harmonizedCode": item.hs_code,
        "name": item.title,
        "numberOfPieces": 1,
        "quantity": item.quantity,
        "quantityUnits": "PCS",
        "weight": {"units": units, "value": weight},
    }
    return {name: value for name, value in told.items() if value}


def _party(door: Contact) -> dict[str, Any]:
    return {"address": address(door), "contact": contact(door)}


def _payment(order: Order, access: Access) -> dict[str, Any]:
    payer = {"responsibleParty": {"accountNumber": account(access)}}
    return {"paymentType": PAYERS.get(order.payer, "THIRD_PARTY"), "payor": payer}


def booked(output: Any) -> Booked:
    """The first shipment of the answer with the label of each of its parcels. What FedEx charges is told without its
    currency, so it is not read."""
    [shipment, *_] = wire.dicts(wire.dig(output, "transactionShipments"), "transactionShipments") or [{}]
    pieces = wire.dicts(shipment.get("pieceResponses"), "pieceResponses")
    number = wire.word(shipment.get("masterTrackingNumber")) or next(
        (found for each in pieces if (found := wire.word(each.get("trackingNumber")))), ""
    )
    if not number:
        raise Unreadable("transactionShipments has no tracking number")
    files = [
        label
        for piece in pieces
        for each in wire.dicts(piece.get("packageDocuments"), "packageDocuments")
        for label in doors.labels(each.get("encodedLabel"), wire.word(piece.get("trackingNumber")) or number)
    ]
    return Booked(number=number, status=PickupStatus.ACCEPTED, raw_code="masterTrackingNumber", labels=tuple(files))


def cancel(ref: Ref, access: Access) -> Request:
    """The deletion of a shipment with all its labels."""
    if not ref.number:
        raise CannotAsk("FedEx cancels a label by its tracking number")
    body = {
        "accountNumber": account(access),
        "deletionControl": "DELETE_ALL_PACKAGES",
        "trackingNumber": ref.number,
    }
    return sent("PUT", CANCEL, body, access, ref.reference)
