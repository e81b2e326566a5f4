"""A parcel that gets one more order in the moment of its last change: its version counts on."""

from sqlalchemy import select

from db.models.log import Event
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.syncing import outcomes


async def test_a_parcel_joins_a_second_order_within_one_tick_of_the_clock(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    first = await make.order(store, seller.merchant_id, "A-1")
    parcel = await make.shipment(store, seller.merchant_id, "SF0000000000707", orders=[first])
    parcels = [{"carrier": "sf", "trackingNumber": "SF0000000000707"}]

    assert await outcomes(api, seller, make.order_form("A-2", shipments=parcels)) == ["CREATED"]
    async with store.reading(EVERYTHING) as session:
        told = select(Event.version).where(Event.subject_id == parcel.id).order_by(Event.id)
        assert list(await session.scalars(told)) == [1, 2]
