"""shipmentCorrectCarrier: the parcel is the other carrier's from now on, with the scans it has."""

from typing import Any

from db.ids import typeid, uuid7
from db.models.log import Event
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.syncing import rows

CORRECT = """mutation($id: ID!, $carrier: String!) { shipmentCorrectCarrier(input: {id: $id, carrier: $carrier}) {
  shipment { id carrier { code } events { id } tracking { account { name } } } userErrors { code message field } } }"""


async def correct(api: Api, who: make.Someone, id_: str, carrier: str) -> Any:
    return (await api.ask(who, CORRECT, id=id_, carrier=carrier))["shipmentCorrectCarrier"]


async def test_the_parcel_and_its_scans_are_the_other_carriers(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await make.account(store, seller.merchant_id, "zto", name="zto account")
    row = await make.shipment(store, seller.merchant_id, "12345")
    scan = await make.scan(store, row)

    told = await correct(api, seller, row.typeid, " ZTO ")

    assert told["userErrors"] == []
    assert told["shipment"] == {
        "id": row.typeid,
        "carrier": {"code": "zto"},
        "events": [{"id": scan.typeid}],
        "tracking": {"account": {"name": "zto account"}},
    }


async def test_the_same_carrier_again_changes_nothing(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    row = await make.shipment(store, seller.merchant_id, "12345")
    await correct(api, seller, row.typeid, "zto")
    before = await rows(store, Event, seller)

    told = await correct(api, seller, row.typeid, "zto")

    assert told["shipment"]["carrier"] == {"code": "zto"}
    assert await rows(store, Event, seller) == before


async def test_an_unknown_carrier_and_a_number_followed_there_are_refused(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    row = await make.shipment(store, seller.merchant_id, "12345")
    await make.shipment(store, seller.merchant_id, "12345", "yto")

    for carrier, code in (("no_such", "NOT_FOUND"), ("", "NOT_FOUND"), ("yto", "DUPLICATE")):
        told = await correct(api, seller, row.typeid, carrier)
        assert told["shipment"] is None
        assert [(error["code"], error["field"]) for error in told["userErrors"]] == [(code, ["input", "carrier"])]


async def test_what_is_not_ones_own_is_not_found(api: Api, store: Store) -> None:
    seller, other = await make.merchant(store), await make.merchant(store)
    theirs = await make.shipment(store, other.merchant_id, "12345")

    for id_ in (theirs.typeid, typeid("shp", uuid7()), "x"):
        told = await correct(api, seller, id_, "zto")
        assert [(error["code"], error["field"]) for error in told["userErrors"]] == [("NOT_FOUND", ["input", "id"])]
    shown = await api.ask(other, "query($id: ID!) { shipment(id: $id) { carrier { code } } }", id=theirs.typeid)
    assert shown["shipment"]["carrier"] == {"code": "sf"}
