"""Eight thousand real orders through the front doors, and every promise judged as the carrier's moments say."""

import csv
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from benchmarks.olist import KEY, Result, run
from benchmarks.olist_data import DATA, Olist, read
from db.enums import OrderStatus, TrackingStatus
from db.models.log import Event
from db.models.orders import Customer, Order, OrderLine
from db.models.partners import Merchant
from db.models.shipments import Shipment, TrackingEvent
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

ZONES = {
    "AC": "America/Rio_Branco",
    "AL": "America/Maceio",
    "AM": "America/Manaus",
    "AP": "America/Belem",
    "BA": "America/Bahia",
    "CE": "America/Fortaleza",
    "MA": "America/Fortaleza",
    "MS": "America/Campo_Grande",
    "MT": "America/Cuiaba",
    "PA": "America/Belem",
    "PB": "America/Fortaleza",
    "PE": "America/Recife",
    "PI": "America/Fortaleza",
    "RN": "America/Fortaleza",
    "RO": "America/Porto_Velho",
    "RR": "America/Boa_Vista",
    "SE": "America/Maceio",
    "TO": "America/Araguaina",
}
"""Where the buyer's state keeps another time than Sao Paulo, by the IANA database's own notes."""


def rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def olist() -> Olist:
    return read()


@pytest.fixture(scope="module")
async def place(database_url: str) -> AsyncIterator[Store]:
    opened = Store(database_url, Vault(KEY))
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def result(place: Store, olist: Olist, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder: Path = tmp_path_factory.mktemp("olist")
    return await run(place, olist, folder, clock=lambda: NOW)


@pytest.fixture(scope="module")
def sellers() -> dict[str, list[str]]:
    """The sellers of each order."""
    found: dict[str, list[str]] = {}
    for row in rows("order_items"):
        if row["seller_id"] not in found.setdefault(row["order_id"], []):
            found[row["order_id"]].append(row["seller_id"])
    return found


async def count(store: Store, what: type[Order | OrderLine | Customer | Merchant | Shipment | TrackingEvent]) -> int:
    async with store.reading(EVERYTHING) as session:
        return await session.scalar(select(func.count()).select_from(what)) or 0


async def test_every_order_is_kept_under_each_of_its_sellers(
    result: Result, place: Store, sellers: dict[str, list[str]]
) -> None:
    ids = [row["order_id"] for row in rows("orders")]
    assert result.refused == 0
    assert await count(place, Merchant) == len({seller for each in sellers.values() for seller in each} | {"house"})
    async with place.reading(EVERYTHING) as session:
        kept = await session.execute(
            select(Merchant.external_id, Order.number).join(Merchant, Merchant.id == Order.merchant_id)
        )
        assert {tuple(row) for row in kept} == {(seller, id_) for id_ in ids for seller in sellers.get(id_, ["house"])}


async def test_lines_hold_every_piece_with_its_price_and_weight(result: Result, place: Store) -> None:
    assert result.refused == 0
    weights = {row["product_id"]: int(row["product_weight_g"]) for row in rows("products")}
    items = list(rows("order_items"))
    async with place.reading(EVERYTHING) as session:
        pieces, cents, grams = (
            await session.execute(
                select(
                    func.sum(OrderLine.quantity),
                    func.sum(OrderLine.quantity * OrderLine.unit_price_minor),
                    func.sum(OrderLine.quantity * OrderLine.weight_grams),
                )
            )
        ).one()
    assert pieces == len(items)
    assert cents == sum(round(float(row["price"]) * 100) for row in items)
    assert grams == sum(weights[row["product_id"]] for row in items)


async def test_a_buyer_is_one_customer_a_merchant(result: Result, place: Store, sellers: dict[str, list[str]]) -> None:
    assert result.refused == 0
    person = {row["customer_id"]: row["customer_unique_id"] for row in rows("customers")}
    buyers = {
        (seller, person[row["customer_id"]])
        for row in rows("orders")
        for seller in sellers.get(row["order_id"], ["house"])
    }
    assert await count(place, Customer) == len(buyers)


async def test_every_scan_is_recorded_once_and_gives_the_status(result: Result, place: Store, olist: Olist) -> None:
    assert result.told == Counter(RECORDED=len(olist.scans()))
    assert await count(place, TrackingEvent) == len(olist.scans())
    parcels = {parcel.number: parcel for parcel in olist.parcels if parcel.number}
    async with place.reading(EVERYTHING) as session:
        kept = list(await session.scalars(select(Shipment)))
    assert {row.tracking_number for row in kept} == set(parcels)
    for row in kept:
        parcel = parcels[row.tracking_number]
        assert row.status is (TrackingStatus.DELIVERED if parcel.delivered_at else TrackingStatus.PICKED_UP)
        assert row.delivered_at == parcel.delivered_at
        moments = [moment for moment in (parcel.handed_over_at, parcel.delivered_at) if moment]
        assert row.picked_up_at == min(moments)  # three came before they were handed over, as their clocks say


async def test_an_order_is_delivered_when_its_parcel_is(result: Result, place: Store) -> None:
    assert result.refused == 0
    said = {row["order_id"]: row for row in rows("orders")}
    async with place.reading(EVERYTHING) as session:
        kept = list(await session.execute(select(Order.number, Order.status, Order.delivered_at)))
    for number, status, delivered_at in kept:
        gone = said[number]["order_status"] in {"canceled", "unavailable"}
        arrived = bool(said[number]["order_delivered_customer_date"]) and not gone
        assert (status is OrderStatus.CANCELED) == gone
        assert (status is OrderStatus.DELIVERED) == arrived
        assert (delivered_at is not None) == arrived


async def test_orders_are_delayed_exactly_where_a_parcel_came_after_its_promised_day(
    result: Result, sellers: dict[str, list[str]]
) -> None:
    """The day is the one it is at the buyer's: a parcel that came after midnight in Sao Paulo may be in time further
    west. What never came is late, as every promise has passed."""
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    states = {row["customer_id"]: row["customer_state"] for row in rows("customers")}
    late = set()
    elsewhere = 0
    for row in rows("orders"):
        delivered, promised = (
            row["order_delivered_customer_date"],
            date.fromisoformat(row["order_estimated_delivery_date"][:10]),
        )
        if not delivered and not row["order_delivered_carrier_date"]:
            continue
        came = datetime.fromisoformat(delivered).replace(tzinfo=sao_paulo) if delivered else None
        zone = ZoneInfo(ZONES.get(states[row["customer_id"]], "America/Sao_Paulo"))
        if came is None or came.astimezone(zone).date() > promised:
            late |= {(seller, row["order_id"]) for seller in sellers.get(row["order_id"], ["house"])}
        elsewhere += came is not None and came.astimezone(zone).date() != came.date()
    assert len(result.delayed) == len(set(result.delayed))
    assert set(result.delayed) == late
    assert elsewhere > 0


async def test_the_log_tells_of_every_order_and_every_change_of_a_parcel(
    result: Result, place: Store, olist: Olist
) -> None:
    assert result.refused == 0
    async with place.reading(EVERYTHING) as session:
        counted = await session.execute(select(Event.kind, func.count().label("times")).group_by(Event.kind))
        kinds = {row.kind: row.times for row in counted}
    parcels = [parcel for parcel in olist.parcels if parcel.number]
    assert kinds["order.created"] == len(olist.orders)
    assert kinds["shipment.registered"] == len(parcels)
    assert kinds["shipment.delivered"] == sum(parcel.delivered_at is not None for parcel in parcels)
