import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from aftersales import messages, shipments
from carriers.carrier import Incoming
from db.enums import InboxState, OrderStatus, TrackingStatus
from db.inserting import insert_into
from db.models.log import Event
from db.models.messages import Inbox, Parked
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment, UnmappedCode
from db.reach import EVERYTHING, Reach
from db.session import Store
from tests.worker import making
from tests.worker.making import BY, NOON, push, route
from worker import clocks, inbox

S = TrackingStatus
MINUTE = timedelta(minutes=1)


async def put(store: Store, account: CarrierAccount, *bodies: bytes) -> None:
    """Writes pushes down, as the endpoint does."""
    rows = [messages.row(store.vault, account, messages.pushed(Incoming(body, NOON))) for body in bodies]
    async with store.writing(EVERYTHING) as session:
        await session.execute(insert_into(session, Inbox).on_conflict_do_nothing(), rows)


async def facts_of(store: Store, subject: object) -> list[Event]:
    async with store.reading(EVERYTHING) as session:
        return list(await session.scalars(select(Event).where(Event.subject_id == subject).order_by(Event.id)))


async def test_a_number_nobody_registered_waits_until_somebody_does(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    await put(store, account, push([route("SF2000000000001", "50", 0), route("SF2000000000001", "80", 9)]))
    await inbox.take(store, NOON)
    [message] = await making.inbox_of(store, account.id)
    assert message.state is InboxState.PARKED
    assert message.problem is not None
    parcel = await making.shipment(store, owner, " sf2000 000000001 ")
    await inbox.take(store, NOON)
    assert (await making.fresh(store, parcel.id)).status is S.DELIVERED
    [message] = await making.inbox_of(store, account.id)
    assert message.state is InboxState.DONE


async def test_what_waited_a_month_is_dropped_and_its_body_forgotten(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    await put(store, account, push([route("SF2000000000002", "50", 0)]))
    await inbox.take(store, NOON)
    await clocks.tidy(store, NOON + timedelta(days=31))
    [message] = await making.inbox_of(store, account.id)
    assert message.state is InboxState.DONE
    assert message.body == b""
    async with store.reading(EVERYTHING) as session:
        assert list(await session.scalars(select(Parked).where(Parked.account_id == account.id))) == []


async def test_a_message_is_heard_only_by_its_own_merchant(store: Store) -> None:
    one, other = await making.merchant(store), await making.merchant(store)
    account, _ = await making.account(store, one)
    mine = await making.shipment(store, one, "SF2000000000003")
    theirs = await making.shipment(store, other, "SF2000000000003")
    await put(store, account, push([route("SF2000000000003", "80", 0)]))
    await inbox.take(store, NOON)
    assert (await making.fresh(store, mine.id)).status is S.DELIVERED
    assert (await making.fresh(store, theirs.id)).status is S.UNKNOWN


async def test_poison_is_named_and_holds_up_nobody(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    good = await making.shipment(store, owner, "SF2000000000004")
    bad = await making.shipment(store, owner, "SF2000000000005")
    poison = route("SF2000000000005", "80", 0)
    poison["acceptTime"] = "0001-01-01 00:00:00"  # before any moment in UTC
    await put(store, account, push([poison]), push([route("SF2000000000004", "80", 0)]))
    for minute in range(inbox.TRIES + 1):
        await inbox.take(store, NOON + timedelta(minutes=minute))
    first, second = await making.inbox_of(store, account.id)
    assert first.state is InboxState.UNREADABLE
    assert first.problem
    assert second.state is InboxState.DONE
    assert (await making.fresh(store, good.id)).status is S.DELIVERED
    assert (await making.fresh(store, bad.id)).status is S.UNKNOWN


async def test_order_and_repeats_change_nothing(store: Store) -> None:
    scans = [("50", 0), ("30", 10), ("31", 20), ("30", 30), ("44", 40), ("80", 50)]
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    states = []
    for run in range(3):
        number = f"SF30000000000{run:02}"
        parcel = await making.shipment(store, owner, number)
        bodies = [push([route(number, code, minute, id_=f"{run}-{minute}")]) for code, minute in scans]
        if run:
            bodies += [push([route(number, code, minute, id_=f"{run}-{minute}")]) + b" " for code, minute in scans]
            random.Random(run).shuffle(bodies)
        for start in range(0, len(bodies), 2):
            await put(store, account, *bodies[start : start + 2])
            await inbox.take(store, NOON)
        kept = await making.fresh(store, parcel.id)
        events = await making.events_of(store, parcel.id)
        states.append(
            (
                kept.status,
                kept.status_since,
                kept.picked_up_at,
                kept.delivered_at,
                kept.last_event_at,
                kept.delivery_mode,
                [(event.occurred_at, event.status, event.raw_code) for event in events],
            )
        )
    assert states[0] == states[1] == states[2]
    assert len(states[0][-1]) == len(scans)
    assert states[0][3] == NOON + 50 * MINUTE


async def test_a_repeat_writes_nothing(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF2000000000006")
    body = push([route("SF2000000000006", "50", 0)])
    await put(store, account, body)
    await inbox.take(store, NOON)
    before = await making.fresh(store, parcel.id)
    await put(store, account, body + b" ")
    await inbox.take(store, NOON + MINUTE)
    after = await making.fresh(store, parcel.id)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert len(await facts_of(store, parcel.id)) == 2  # registered, status changed


async def test_one_fact_for_a_parcel_however_many_scans_a_batch_brings(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF2000000000007")
    await put(store, account, *(push([route("SF2000000000007", "30", minute)]) for minute in range(9)))
    await inbox.take(store, NOON)
    await put(store, account, push([route("SF2000000000007", "80", 60)]))
    await inbox.take(store, NOON)
    facts = await facts_of(store, parcel.id)
    assert [fact.kind for fact in facts] == [
        "shipment.registered",
        "shipment.status_changed",
        "shipment.delivered",
    ]
    assert [fact.version for fact in facts] == [1, 2, 3]
    assert facts[2].payload["before"]["status"] == "IN_TRANSIT"
    assert facts[2].payload["after"]["status"] == "DELIVERED"


async def test_a_scan_polled_without_an_id_and_pushed_with_one_is_one_event(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF2000000000008")
    await put(store, account, push([route("SF2000000000008", "50", 0, "same words")]))
    await inbox.take(store, NOON)
    await put(store, account, push([route("SF2000000000008", "50", 0, "same words", id_="77")]))
    await inbox.take(store, NOON)
    assert len(await making.events_of(store, parcel.id)) == 1


async def test_codes_we_do_not_know_are_kept_and_counted_once_a_scan(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF2000000000009")
    code = f"zz{random.randrange(10**9)}"
    body = push([route("SF2000000000009", code, 0), route("SF2000000000009", code, 5)])
    await put(store, account, body, body + b" ")
    await inbox.take(store, NOON)
    async with store.reading(EVERYTHING) as session:
        assert await session.scalar(select(UnmappedCode.seen).where(UnmappedCode.raw_code == code)) == 2
    assert [event.raw_code for event in await making.events_of(store, parcel.id)] == [code, code]


async def test_phones_in_a_carriers_words_are_masked(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF2000000000010")
    await put(store, account, push([route("SF2000000000010", "44", 0, "派送员电话13812345678")]))
    await inbox.take(store, NOON)
    [event] = await making.events_of(store, parcel.id)
    assert "13812345678" not in event.carrier_words


async def test_characters_no_database_keeps_do_no_harm(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF2000000000011")
    body = push([route("SF2000000000011", "50", 0, "MARK")]).replace(b"MARK", b"a\\u0000b\\ud800c")
    await put(store, account, body)
    await inbox.take(store, NOON)
    [event] = await making.events_of(store, parcel.id)
    assert event.carrier_words.startswith("a")
    assert not {"\x00", "\ud800"} & set(event.carrier_words)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OrderStatus.PAID, OrderStatus.PARTIALLY_DELIVERED),
        (OrderStatus.CANCELED, OrderStatus.CANCELED),
        (OrderStatus.COMPLETED, OrderStatus.COMPLETED),
    ],
)
async def test_an_order_follows_all_its_parcels(store: Store, before: OrderStatus, after: OrderStatus) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    order = await making.order(store, owner, before)
    numbers = [f"SF4{after.name[:4]}{n:08}" for n in range(2)]
    for number in numbers:
        await making.shipment(store, owner, number, order_ids=(order.id,))
    await put(store, account, push([route(numbers[0], "80", 0), route(numbers[1], "50", 1)]))
    await inbox.take(store, NOON)
    assert (await making.fresh_order(store, order.id)).status is after
    await put(store, account, push([route(numbers[1], "80", 30)]))
    await inbox.take(store, NOON)
    now = await making.fresh_order(store, order.id)
    if before is OrderStatus.PAID:
        assert now.status is OrderStatus.DELIVERED
        assert now.delivered_at == NOON + 30 * MINUTE
    else:
        assert (now.status, now.delivered_at) == (before, None)


async def test_what_a_merchant_stopped_following_is_not_recorded(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    parcel = await making.shipment(store, owner, "SF2000000000012")
    async with store.writing(Reach(merchant_id=owner.id)) as session:
        row = await session.get_one(Shipment, parcel.id)
        await shipments.stop_tracking(session, row, BY, NOON)
    await put(store, account, push([route("SF2000000000012", "80", 0)]))
    await inbox.take(store, NOON)
    assert await making.events_of(store, parcel.id) == []
    [message] = await making.inbox_of(store, account.id)
    assert message.state is InboxState.DONE
