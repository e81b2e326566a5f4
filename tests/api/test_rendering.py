"""What happened is rendered whole or not at all."""

import asyncio

import orjson
import pytest

from aftersales import log
from api.errors import Overloaded
from api.limits import Limits
from api.live.rendering import Renderings
from api.operations import Operations
from api.requests import Asked
from db.enums import PartnerKind
from db.ids import uuid7
from db.reach import EVERYTHING, Reach
from db.session import Store
from resolvers.context import Context, Viewer
from resolvers.live import Entry
from schema.root import SCHEMA
from tests import make
from worker import sealing

FOLLOW = "subscription { changes { kind node { id } } }"


async def test_an_entry_met_while_no_connection_is_free_is_told_to_nobody_and_whole_to_who_comes_again(
    store: Store,
) -> None:
    who = await make.merchant(store)
    parcel = await make.shipment(store, who.merchant_id, "SF1")
    await sealing.drain(store)
    async with store.reading(EVERYTHING) as session:
        entries = [Entry(seal, event) for seal, event in await session.execute(log.after(0))]
    narrow = Store(store.url.render_as_string(hide_password=False), store.vault, pool=1)
    viewer = Viewer(Reach(merchant_id=who.merchant_id), frozenset({"shipments:read"}), uuid7(), PartnerKind.MERCHANT)
    operations = Operations(SCHEMA, limits=Limits(), dev=False)
    prepared = operations.prepared(Asked(FOLLOW, None, {}, {}))
    context = Context(viewer, narrow, lambda: make.NOW, "r-1")
    selection = Renderings(operations).selection(prepared, context)

    async with narrow.reader.connect():
        with pytest.raises(Overloaded):
            await selection.rendered(entries[-1])
    await asyncio.sleep(0)
    told = orjson.loads(await selection.rendered(entries[-1]))
    await narrow.close()

    assert "errors" not in told
    assert told["data"]["changes"]["node"]["id"] == parcel.typeid
