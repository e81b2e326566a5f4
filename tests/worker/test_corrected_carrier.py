import json
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from aftersales import messages
from carriers.carrier import Incoming
from db.models.log import Event
from db.models.messages import Inbox
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests.worker import making
from tests.worker.making import NOON
from worker import inbox


async def pushed(store: Store, number: str, corrected: str) -> Shipment:
    """A parcel registered with J&T, after Kuaidi100 gave its subscription up and named (or did not) another carrier."""
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner, "kuaidi100")
    parcel = await making.shipment(store, owner, number, "jtexpress")
    last = {"message": "no record", "nu": number, "com": "jtexpress", "status": "201", "state": "0", "data": []}
    told = {"status": "abort", "message": "no record", "comOld": "jtexpress", "comNew": corrected, "lastResult": last}
    letter = messages.pushed(Incoming(json.dumps({"param": json.dumps(told)}).encode(), NOON))
    async with store.writing(EVERYTHING) as session:
        session.add(Inbox(**messages.row(store.vault, account, letter)))
    await inbox.take(store, NOON + timedelta(minutes=1))
    return await making.fresh(store, parcel.id)


async def kinds(store: Store, id_: UUID) -> list[str]:
    async with store.reading(EVERYTHING) as session:
        return list(await session.scalars(select(Event.kind).where(Event.subject_id == id_).order_by(Event.version)))


async def test_an_abort_that_names_another_carrier_puts_the_parcel_right(store: Store) -> None:
    parcel = await pushed(store, "73100000000017", "zhongtong")

    assert (parcel.carrier_code, parcel.failures, parcel.last_failure) == ("zto", 0, None)
    assert await kinds(store, parcel.id) == ["shipment.registered", "shipment.carrier_corrected"]


async def test_an_abort_that_names_none_is_a_failure(store: Store) -> None:
    parcel = await pushed(store, "73100000000025", "")

    assert (parcel.carrier_code, parcel.failures) == ("jtexpress", 1)
    assert parcel.last_failure
    assert parcel.last_failure["code"] == "abort"


async def test_an_abort_that_names_a_carrier_we_do_not_know_is_a_failure(store: Store) -> None:
    parcel = await pushed(store, "73100000000033", "nosuchcarrier")

    assert (parcel.carrier_code, parcel.failures) == ("jtexpress", 1)
