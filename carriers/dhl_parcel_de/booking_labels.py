"""DHL's labels and QR codes for returns to a receiver that is set up in the business portal."""

import re
from functools import cache
from typing import Any

from babel.core import get_global

from carriers import doors, wire
from carriers.carrier import Access, Booked, CannotAsk, Contact, Item, Order, Request
from db.case_enums import ReturnMethod
from db.countries import EU
from db.enums import PickupStatus

RETURNS = "/parcel/de/shipping/returns/v1/orders"
LABEL_TYPES = {ReturnMethod.LABEL: "SHIPMENT_LABEL", ReturnMethod.BOX_FREE_QR: "QR_LABEL"}


def bearer(access: Access) -> dict[str, str]:
    """Who asks."""
    return {"authorization": f"Bearer {access.token}"}


def request(order: Order, access: Access) -> Request:
    """A return from the buyer's door. Whom it goes to is the receiver's id: the one of the account, else the one that DHL
    names by the country it comes from. Our reference is the customer's."""
    kind = LABEL_TYPES.get(order.method)
    if kind is None:
        raise CannotAsk("DHL has labels and QR codes for returns, and pickups")
    if order.parcels > 1:
        raise CannotAsk("a label is for one parcel; ask for one each")
    sender = order.sender
    shipper = {**address(sender), "email": sender.email, "phone": sender.phone}
    body: dict[str, Any] = {
        "receiverId": access.credentials.get("receiver_id") or alpha3(sender.country).lower(),
        "customerReference": order.reference,
        "shipper": {name: value for name, value in shipper.items() if value},
        "itemWeight": {"uom": "kg", "value": wire.kilograms(order.weight_grams)},
    }
    if sender.country not in EU:
        if not order.items:
            raise CannotAsk("from outside the European Union DHL must be told what is in the parcel")
        body["customsDetails"] = {"items": [_customs(item, order) for item in order.items]}
    url = f"{access.base_url}{RETURNS}?labelType={kind}"
    return wire.json_request("POST", url, body, bearer(access))


def address(door: Contact) -> dict[str, str]:
    """A door, its house number apart: what stands behind the street's last space and begins with a digit."""
    street, more = (door.street[0], door.street[1:]) if door.street else ("", ())
    found = re.fullmatch(r"(.*\D)\s+(\d+\s?[\w/-]*)", street)
    names = [door.company, door.name, ", ".join(filter(None, (*more, door.unit)))]
    told = {
        **{f"name{n}": name for n, name in enumerate(filter(None, names), 1)},
        "addressStreet": found[1] if found else street,
        "addressHouse": found[2] if found else "",
        "postalCode": door.postal_code,
        "city": door.city,
    }
    return {name: value for name, value in told.items() if value}


def _customs(item: Item, order: Order) -> dict[str, Any]:
    told = {
        "itemDescription": item.title,
        "packagedQuantity": item.quantity,
        "countryOfOrigin": alpha3(item.origin) if item.origin else "",
        "hsCode": item.hs_code,
        "itemWeight": {"uom": "kg", "value": wire.kilograms(item.weight_grams or order.weight_grams)},
        "itemValue": {"currency": order.currency, "value": float(item.value)},
    }
    return {name: value for name, value in told.items() if value}


def alpha3(country: str) -> str:
    """The country's three letters (ISO 3166-1 alpha-3), from CLDR's aliases. CannotAsk where there are none."""
    found = _alpha3().get(country)
    if found is None:
        raise CannotAsk("DHL must be told a country of ISO 3166-1")
    return found


GONE = frozenset({"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"})
"""Names of countries that have another today."""


@cache
def _alpha3() -> dict[str, str]:
    aliases = get_global("territory_aliases").items()
    named = {three: two for three, two in aliases if len(three) == 3 and three.isalpha() and three not in GONE}
    return {two[0]: three for three, two in named.items() if len(two) == 1}


def booked(told: dict[str, Any]) -> Booked:
    """The parcel's number with its label, its QR code, and where the code can be opened."""
    number = wire.needed(told.get("shipmentNo"), "shipmentNo")
    codes = (wire.dig(told, name, "b64") for name in ("label", "qrLabel"))
    link = wire.word(told.get("qrLink"))
    return Booked(
        number=number,
        status=PickupStatus.ACCEPTED,
        raw_code=wire.word(wire.dig(told, "sstatus", "status")),
        labels=tuple(label for code in codes for label in doors.labels(code, number)),
        extras={"qrLink": link} if link else {},
    )
