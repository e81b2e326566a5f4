"""A year and more of a Brazilian marketplace, read from its published tables into our forms."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

DATA = Path(__file__).parents[2] / "shared" / "data" / "olist"
CARRIER = "olist"
HOUSE = "house"
"""Whose the orders are that name no seller: they were given up before anything was bought in."""

_LOCAL = ZoneInfo("America/Sao_Paulo")
_STATUS = {
    "created": "PLACED",
    "approved": "PAID",
    "invoiced": "FULFILLING",
    "processing": "FULFILLING",
    "shipped": "SHIPPED",
    "delivered": "SHIPPED",
    "canceled": "CANCELED",
    "unavailable": "CANCELED",
}
"""What the shop says of its order; that a parcel arrived is its carrier's to say."""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One seller's part of an order. Moments are the carrier's, aware; ``promised_on`` is a day where the buyer lives.
    ``number`` is its tracking number, None when the carrier never had it."""

    order: str
    seller: str
    state: str
    promised_on: date
    number: str | None
    handed_over_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Olist:
    """The whole as our forms want it: an order a seller, sorted by seller, with the seller as ``merchant``."""

    orders: list[dict[str, Any]]
    parcels: list[Parcel]

    def scans(self) -> list[dict[str, Any]]:
        """What the carrier tells, in the order it happened; the codes are the data set's own words."""
        told = [
            {"trackingNumber": parcel.number, "occurredAt": moment.isoformat(), "status": status, "rawCode": code}
            for parcel in self.parcels
            for status, code, moment in (
                ("PICKED_UP", "delivered_carrier", parcel.handed_over_at),
                ("DELIVERED", "delivered_customer", parcel.delivered_at),
            )
            if parcel.number and moment
        ]
        return sorted(told, key=lambda scan: datetime.fromisoformat(str(scan["occurredAt"])))


def read(folder: Path = DATA) -> Olist:
    """The data set in this folder."""
    products = {row["product_id"]: row for row in _rows(folder, "products")}
    customers = {row["customer_id"]: row for row in _rows(folder, "customers")}
    items: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in _rows(folder, "order_items"):
        items[row["order_id"]][row["seller_id"]].append(row)
    found = [
        (order, seller, place, goods)
        for order in _rows(folder, "orders")
        for place, (seller, goods) in enumerate((items.get(order["order_id"]) or {HOUSE: []}).items())
    ]
    found.sort(key=lambda each: each[1])
    pairs = []
    for order, seller, place, goods in found:
        customer = customers[order["customer_id"]]
        parcel = _parcel(order, seller, place, customer)
        pairs.append((_form(order, parcel, customer, goods, products), parcel))
    return Olist([form for form, _ in pairs], [parcel for _, parcel in pairs])


def _rows(folder: Path, name: str) -> Iterator[Row]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=_LOCAL) if text else None


def _parcel(order: Row, seller: str, place: int, customer: Row) -> Parcel:
    handed, delivered = _moment(order["order_delivered_carrier_date"]), _moment(order["order_delivered_customer_date"])
    return Parcel(
        order=order["order_id"],
        seller=seller,
        state=customer["customer_state"],
        promised_on=date.fromisoformat(order["order_estimated_delivery_date"][:10]),
        number=f"{order['order_id']}-{place + 1}".upper() if handed or delivered else None,
        handed_over_at=handed,
        delivered_at=delivered,
    )


def _form(order: Row, parcel: Parcel, customer: Row, goods: list[Row], products: Mapping[str, Row]) -> dict[str, Any]:
    """The order as its seller sends it, who pays what their goods and the carrying of them cost."""
    placed = _moment(order["order_purchase_timestamp"])
    total = sum(Decimal(row["price"]) + Decimal(row["freight_value"]) for row in goods)
    assert placed
    form = {
        "merchant": parcel.seller,
        "number": parcel.order,
        "placedAt": placed.isoformat(),
        "status": _STATUS[order["order_status"]],
        "total": {"amount": str(total), "currency": "BRL"},
        "promisedOn": parcel.promised_on.isoformat(),
        "customer": {"externalId": customer["customer_unique_id"]},
        "shippingAddress": {
            "country": "BR",
            "region": customer["customer_state"],
            "city": customer["customer_city"],
            "postalCode": customer["customer_zip_code_prefix"],
        },
        "lines": _lines(goods, products),
    }
    if parcel.number:
        form["shipments"] = [{"carrier": CARRIER, "trackingNumber": parcel.number}]
    return form


def _lines(goods: list[Row], products: Mapping[str, Row]) -> list[dict[str, Any]]:
    """One line a product and price; the file has a row a piece."""
    pieces = Counter((row["product_id"], row["price"]) for row in goods)
    return [
        {
            "sku": product,
            "title": products[product]["product_category_name"] or "sem categoria",
            "quantity": pieces[product, price],
            "unitPrice": {"amount": price, "currency": "BRL"},
            "weightGrams": products[product]["product_weight_g"] or None,
            "category": products[product]["product_category_name"] or None,
        }
        for product, price in pieces
    ]
