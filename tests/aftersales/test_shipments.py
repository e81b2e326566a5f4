from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select

from aftersales import shipments, tracking, watching
from aftersales.refusals import RefusalCode, Refused
from aftersales.scans import Origin
from aftersales.shipments import Outcome, ShipmentWish
from aftersales.tracking import Heard
from carriers.carrier import Meaning, ReadShipment, Scan
from db.enums import Direction, EventSource, TrackingMethod, TrackingStatus
from db.models.base import Money
from db.models.log import Event
from db.models.partners import CarrierRow, Merchant
from db.models.shipments import LanePast, Shipment
from db.reach import EVERYTHING, Reach
from db.session import Store
from tests.worker import making
from tests.worker.making import BY, NOON

S = TrackingStatus
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ORIGIN = Origin(EventSource.PUSH)


def scan(status: TrackingStatus, at: datetime, text: str = "", **more: Any) -> Scan:
    return Scan(at, Meaning(status), status.value, text, **more)


async def hear(store: Store, parcel: Shipment, *scans: Scan, **read: Any) -> bool:
    await store.keys_of(parcel.merchant_id)
    async with store.writing(EVERYTHING) as session:
        heard = Heard(parcel, ReadShipment(parcel.tracking_number, scans, **read), ORIGIN)
        return await tracking.record(session, store.vault, heard, BY, NOON)


async def facts_of(store: Store, parcel: Shipment) -> list[Event]:
    async with store.reading(EVERYTHING) as session:
        return list(await session.scalars(select(Event).where(Event.subject_id == parcel.id).order_by(Event.id)))


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    told: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        told.append(statement)

    event.listen(store.writer.sync_engine, "before_cursor_execute", note)
    yield told
    event.remove(store.writer.sync_engine, "before_cursor_execute", note)


async def test_a_parcel_takes_its_destination_and_phone_from_the_order(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    order = await making.order(store, owner)
    parcel = await making.shipment(
        store, owner, " sf 0001-a ", order_ids=(order.id,), promised_on=date(2026, 11, 22), weight_grams=700
    )
    assert parcel.tracking_number == "SF0001-A"
    assert (parcel.destination_country, parcel.destination_region, parcel.zone) == ("CN", "ZJ", "Asia/Shanghai")
    assert parcel.promised_delivery_at == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert parcel.open(store.vault, "phone_tail") == "1234"
    assert (parcel.account_id, parcel.tracking_method, parcel.next_poll_at) == (account.id, TrackingMethod.PUSH, NOON)
    [fact] = await facts_of(store, parcel)
    assert (fact.kind, fact.order_id, fact.customer_id) == ("shipment.registered", order.id, order.customer_id)
    assert (await making.fresh_order(store, order.id)).promised_delivery_at == parcel.promised_delivery_at


async def test_registering_again_changes_only_what_is_given(store: Store) -> None:
    owner = await making.merchant(store)
    first = await making.shipment(
        store, owner, "SF0002", weight_grams=700, declared_value=Money(Decimal("9.50"), "CNY")
    )
    again = await making.shipment(store, owner, "sf0002")
    assert (again.id, again.version, again.weight_grams) == (first.id, 1, 700)
    changed = await making.shipment(store, owner, "SF0002", service="express", direction=Direction.REVERSE)
    assert (changed.id, changed.version, changed.weight_grams, changed.service) == (first.id, 2, 700, "express")
    assert changed.declared_value == Money(Decimal("9.50"), "CNY")
    assert [fact.kind for fact in await facts_of(store, first)] == ["shipment.registered", "shipment.changed"]


@pytest.mark.parametrize("number", ["", "   ", "A" * 61, "A\x00B", "A\nB", "\ud800"])
async def test_a_silly_number_is_refused(store: Store, number: str) -> None:
    owner = await making.merchant(store)
    with pytest.raises(Refused) as no:
        await making.shipment(store, owner, number)
    assert [each.code for each in no.value.refusals] == [RefusalCode.INVALID]


async def test_one_refusal_of_many_holds_up_nothing(store: Store) -> None:
    owner, other = await making.merchant(store), await making.merchant(store)
    foreign = await making.order(store, other)
    wishes = [
        ShipmentWish(owner.id, "sf", "SF0003"),
        ShipmentWish(owner.id, "nobody", "SF0004"),
        ShipmentWish(owner.id, "sf", "SF0005", (foreign.id,)),
        ShipmentWish(owner.id, "sf", "sf 0003"),
    ]
    async with store.writing(Reach(merchant_id=owner.id)) as session:
        done = await shipments.register_many(session, store.vault, wishes, BY, NOON)
    assert [each.outcome for each in done] == [
        Outcome.REGISTERED,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.UNCHANGED,
    ]
    assert [each.refusals[0].field for each in done[1:3]] == [("carrier",), ("orderIds",)]
    assert done[3].shipment is done[0].shipment


async def test_without_an_account_only_the_carriers_people_can_tell(store: Store) -> None:
    owner = await making.merchant(store)
    async with store.writing(EVERYTHING) as session:
        if await session.get(CarrierRow, "village_post") is None:
            session.add(CarrierRow(code="village_post", name="Village Post", created_at=NOON))
    parcel = await making.shipment(store, owner, "VP1", "village_post")
    assert (parcel.account_id, parcel.tracking_method, parcel.next_poll_at) == (None, TrackingMethod.PARTNER, None)


async def test_an_aggregators_account_follows_what_has_no_account_of_its_own(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner, "kuaidi100")
    parcel = await making.shipment(store, owner, "SF0006")
    assert parcel.account_id == account.id
    own, _ = await making.account(store, owner, "sf")
    assert (await making.shipment(store, owner, "SF0007")).account_id == own.id


async def test_stopping_and_registering_again(store: Store) -> None:
    owner = await making.merchant(store)
    await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF0008")
    for _ in range(2):
        async with store.writing(Reach(merchant_id=owner.id)) as session:
            row = await session.get_one(Shipment, parcel.id)
            await shipments.stop_tracking(session, row, BY, NOON)
    stopped = await making.fresh(store, parcel.id)
    assert (stopped.tracking_stopped_at, stopped.next_poll_at, stopped.version) == (NOON, None, 2)
    resumed = await making.shipment(store, owner, "SF0008")
    assert (resumed.tracking_stopped_at, resumed.next_poll_at) == (None, NOON)


async def test_a_corrected_carrier_keeps_the_events(store: Store) -> None:
    owner = await making.merchant(store)
    parcel = await making.shipment(store, owner, "SF0009")
    await making.shipment(store, owner, "SF0010", "zto")
    twin = await making.shipment(store, owner, "SF0010")
    await hear(store, parcel, scan(S.IN_TRANSIT, NOON))
    async with store.writing(Reach(merchant_id=owner.id)) as session:
        row = await session.get_one(Shipment, parcel.id)
        await shipments.correct_carrier(session, row, "zto", BY, NOON)
    corrected = await making.fresh(store, parcel.id)
    assert (corrected.carrier_code, corrected.status) == ("zto", S.IN_TRANSIT)
    assert len(await making.events_of(store, parcel.id)) == 1
    for carrier, code in (("zto", RefusalCode.DUPLICATE), ("nobody", RefusalCode.NOT_FOUND)):
        async with store.writing(Reach(merchant_id=owner.id)) as session:
            row = await session.get_one(Shipment, twin.id)
            with pytest.raises(Refused) as no:
                await shipments.correct_carrier(session, row, carrier, BY, NOON)
        assert no.value.refusals[0].code is code


async def test_what_is_not_new_changes_nothing(store: Store) -> None:
    owner = await making.merchant(store)
    parcel = await making.shipment(store, owner, "SF0011")
    told = scan(S.DELIVERED, NOON, "signed")
    assert await hear(store, parcel, told, signed_by="王芳", pieces=2)
    assert not await hear(store, parcel, told, signed_by="王芳", pieces=2)
    kept = await making.fresh(store, parcel.id)
    assert (kept.version, kept.pieces, kept.open(store.vault, "signed_by")) == (2, 2, "王芳")


async def test_an_older_estimate_never_replaces_a_newer(store: Store) -> None:
    owner = await making.merchant(store)
    parcel = await making.shipment(store, owner, "SF0012")
    await hear(store, parcel, scan(S.IN_TRANSIT, NOON + 5 * HOUR), estimated_delivery_at=NOON + 3 * DAY)
    await hear(store, parcel, scan(S.PICKED_UP, NOON), estimated_delivery_at=NOON + DAY)
    kept = await making.fresh(store, parcel.id)
    assert (kept.carrier_delivery_at, kept.picked_up_at) == (NOON + 3 * DAY, NOON)


async def test_a_scan_understood_better_today_corrects_the_status(store: Store) -> None:
    owner = await making.merchant(store)
    parcel = await making.shipment(store, owner, "SF0013")
    await hear(store, parcel, Scan(NOON, Meaning(), "X9", "arrived"))
    assert (await making.fresh(store, parcel.id)).status is S.UNKNOWN
    await hear(store, parcel, Scan(NOON, Meaning(S.DELIVERED), "X9", "arrived"))
    kept = await making.fresh(store, parcel.id)
    assert (kept.status, kept.delivered_at) == (S.DELIVERED, NOON)
    [told] = await making.events_of(store, parcel.id)
    assert told.status is S.DELIVERED


async def test_a_lanes_past_gives_an_estimate_with_its_sample(store: Store) -> None:
    owner = await making.merchant(store)
    async with store.writing(EVERYTHING) as session:
        await session.merge(
            LanePast(key="CN||FR||sf|", sample=40, median_hours=48.0, p90_hours=72.0, gap_hours=10.0, learnt_at=NOON)
        )
    parcel = await making.shipment(store, owner, "SF0014", origin_country="CN", destination_country="FR")
    await hear(store, parcel, scan(S.PICKED_UP, NOON))
    kept = await making.fresh(store, parcel.id)
    assert (kept.learnt_delivery_at, kept.learnt_latest_at, kept.learnt_sample) == (NOON + 2 * DAY, NOON + 3 * DAY, 40)
    assert kept.stalls_at == NOON + 30 * HOUR


async def test_each_kind_of_alert_is_told_once(store: Store) -> None:
    owner = await making.merchant(store)
    parcel = await making.shipment(store, owner, "SF0015", promised_at=NOON + DAY)
    await hear(store, parcel, scan(S.IN_TRANSIT, NOON))
    for at in (NOON, NOON + DAY - HOUR, NOON + DAY, NOON + 3 * DAY, NOON + 4 * DAY):
        async with store.writing(EVERYTHING) as session:
            while await watching.look(session, at):
                pass
    told = [
        fact.payload["after"]["alerts"] for fact in await facts_of(store, parcel) if fact.kind == "shipment.alerted"
    ]
    assert [[alert["kind"] for alert in alerts] for alerts in told] == [["DELAYED"], ["STALLED"]]
    assert (await making.fresh(store, parcel.id)).watch_at is None


async def _parcels(store: Store, owner: Merchant, mark: str, many: int) -> list[Shipment]:
    order = await making.order(store, owner)
    wishes = [ShipmentWish(owner.id, "sf", f"SF{mark}{each:05}", (order.id,)) for each in range(many)]
    async with store.writing(Reach(merchant_id=owner.id)) as session:
        done = await shipments.register_many(session, store.vault, wishes, BY, NOON)
    return [each.shipment for each in done if each.shipment]


async def test_statements_do_not_grow_with_the_number_of_parcels(store: Store) -> None:
    owner = await making.merchant(store)
    counts = []
    for many in (3, 200):
        parcels = await _parcels(store, owner, f"N{many}", many)
        heard = [
            Heard(
                parcel,
                ReadShipment(
                    parcel.tracking_number,
                    (scan(S.PICKED_UP, NOON), Scan(NOON, Meaning(), f"odd{at % 7}")),
                    pieces=at + 1,
                ),
                ORIGIN,
            )
            for at, parcel in enumerate(parcels)
        ]
        with counted(store) as told:
            async with store.writing(EVERYTHING) as session:
                done = await tracking.record_many(session, store.vault, heard, BY, NOON)
        assert len(done.changed) == many
        # SQLite gives generated ids only one row at a time; there, that is a call within the process.
        counts.append(len([each for each in told if not each.startswith("INSERT INTO events")]))
    assert counts[0] == counts[1]
