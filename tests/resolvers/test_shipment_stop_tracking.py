"""shipmentStopTracking: the parcel is not followed any more; a second time changes nothing."""

from db.ids import typeid, uuid7
from db.models.log import Event
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.syncing import rows

STOP = """mutation($id: ID!) { shipmentStopTracking(input: {id: $id}) {
  shipment { id tracking { method stoppedAt nextPollAt } } userErrors { code message field } } }"""


async def test_a_stopped_parcel_is_not_followed(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await make.account(store, seller.merchant_id)
    row = await make.shipment(store, seller.merchant_id, "SF1")

    told = (await api.ask(seller, STOP, id=row.typeid))["shipmentStopTracking"]

    assert told["userErrors"] == []
    assert told["shipment"]["id"] == row.typeid
    assert told["shipment"]["tracking"] == {
        "method": "NONE",
        "stoppedAt": api.clock.now.isoformat(),
        "nextPollAt": None,
    }


async def test_a_second_time_changes_nothing(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    row = await make.shipment(store, seller.merchant_id, "SF1")
    first = await api.ask(seller, STOP, id=row.typeid)
    before = await rows(store, Event, seller)

    assert await api.ask(seller, STOP, id=row.typeid) == first
    assert await rows(store, Event, seller) == before


async def test_what_is_not_ones_own_is_not_found(api: Api, store: Store) -> None:
    seller, other = await make.merchant(store), await make.merchant(store)
    theirs = await make.shipment(store, other.merchant_id, "SF1")

    for id_ in (theirs.typeid, typeid("shp", uuid7()), typeid("ord", theirs.id), "x", ""):
        told = (await api.ask(seller, STOP, id=id_))["shipmentStopTracking"]
        assert told["shipment"] is None
        assert [error["code"] for error in told["userErrors"]] == ["NOT_FOUND"]
        assert told["userErrors"][0]["field"] == ["input", "id"]
    mine = "query($id: ID!) { shipment(id: $id) { tracking { stoppedAt } } }"
    assert (await api.ask(other, mine, id=theirs.typeid))["shipment"]["tracking"]["stoppedAt"] is None
