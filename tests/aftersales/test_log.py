"""What is announced: the same bytes on both databases, in few statements, and read by each audience as the catalogue says."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, text

from aftersales import events, shipments
from aftersales.events import CATALOGUE
from aftersales.kinds import Audience, Kind
from aftersales.log import Fact, announce
from aftersales.rules import entries
from db import sqlite
from db.enums import Subject
from db.models.log import Event, Seal
from db.models.shipments import Shipment
from db.reach import EVERYTHING, Reach
from db.session import Store
from tests import make
from worker import sealing

PAYLOAD = {"zeta": "快件", "alpha": {"b": [1, True, None], "a": '\u2028\u00e9\t"\\'}, "Beta": 12345678901234567}


async def told(store: Store, merchant_id: UUID) -> list[Event]:
    async with store.reading(EVERYTHING) as session:
        return list(await session.scalars(select(Event).where(Event.merchant_id == merchant_id).order_by(Event.id)))


async def test_what_is_read_again_hashes_as_it_was_written(store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    parcel = await make.shipment(store, seller.merchant.id, "SF2000000000001")
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(Shipment, parcel.id)
        row.pieces = 2
        await announce(session, [Fact(events.SHIPMENT_CHANGED, row, make.NOW, PAYLOAD, PAYLOAD)], make.BY, now=make.NOW)
    await sealing.drain(store)

    for number, each in enumerate(await told(store, seller.merchant.id), 1):
        content = entries.canonical(entries.content_of(vars(each)))
        assert hashlib.sha256(each.salt + content).digest() == each.commitment
        async with store.reading(EVERYTHING) as session:
            seal = await session.scalar(select(Seal).where(Seal.event_id == each.id))
        assert seal
        assert seal.leaf == entries.leaf(entries.stamp_of(vars(each)), number)
        assert entries.read_line(entries.export_line(vars(each), number), seller.merchant.id) == (number, seal.leaf)


async def test_salts_are_never_alike(store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    for number in range(3):
        await make.shipment(store, seller.merchant.id, f"SF200000000010{number}")

    salts = [each.salt for each in await told(store, seller.merchant.id)]

    assert len({*salts}) == 3
    assert {len(salt) for salt in salts} == {16}


async def test_a_fact_holds_no_fractions(store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    parcel = await make.shipment(store, seller.merchant.id, "SF2000000000002")
    async with store.reading(EVERYTHING) as session:
        row = await session.get_one(Shipment, parcel.id)
        fact = Fact(events.SHIPMENT_CHANGED, row, make.NOW, None, {"weight": [1.5]})
        with pytest.raises(AssertionError):
            await announce(session, [fact], make.BY, now=make.NOW)


async def test_many_facts_take_as_few_statements_as_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    parcels = [await make.shipment(store, seller.merchant.id, f"SF20000000002{number:02}") for number in range(20)]
    statements: list[str] = []
    engine = store.writer.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    async def hop(*sent: Any) -> Any:
        statements.append("in SQLite's thread")
        return await execute(*sent)  # type: ignore[no-untyped-call]  # the driver's own way in

    execute = sqlite.Connection._execute
    monkeypatch.setattr(sqlite.Connection, "_execute", hop)
    counts = []
    for some in (parcels[:1], parcels):
        async with store.writing(EVERYTHING, patient=True) as session:
            rows = [await session.get_one(Shipment, each.id) for each in some]
            for row in rows:
                row.pieces = (row.pieces or 0) + 1
            await session.flush()
            statements.clear()
            await announce(
                session, [Fact(events.SHIPMENT_SCANNED, row, make.NOW) for row in rows], make.BY, now=make.NOW
            )
        counts.append(len(statements))
    event.remove(engine, "before_cursor_execute", note)

    commit = [store.is_sqlite] * 2  # a hop of its own on SQLite, no statement on PostgreSQL
    assert counts == [1 + each for each in commit]


async def test_a_merchants_session_seals_after_what_others_wrote(store: Store) -> None:
    one, two = await make.merchant(store), await make.merchant(store)
    for seller in (one, two, one):
        assert seller.merchant
        parcel = await make.shipment(store, seller.merchant.id, "SF2000000000003")
        async with store.writing(Reach(merchant_id=seller.merchant.id)) as session:
            row = await session.get_one(Shipment, parcel.id)
            row.pieces = (row.pieces or 0) + 1
            await announce(session, [Fact(events.SHIPMENT_SCANNED, row, make.NOW)], make.BY, now=make.NOW)
    await sealing.drain(store)

    async with store.reading(EVERYTHING) as session:
        owners = [each.merchant.id for each in (one, two) if each.merchant]
        rows = await session.execute(
            select(Seal.merchant_id, Seal.number).where(Seal.merchant_id.in_(owners)).order_by(Seal.position)
        )
        numbers = {owner: [number for each, number in rows.all() if each == owner] for owner in owners[:1]}
    assert numbers[owners[0]] == [1, 2, 3]


async def test_nothing_of_the_log_is_changed_once_written(store: Store) -> None:
    """On PostgreSQL a row that was updated or locked has another transaction written on it."""
    if store.is_sqlite:
        return
    seller = await make.merchant(store)
    assert seller.merchant
    await make.shipment(store, seller.merchant.id, "SF2000000000004")
    await sealing.drain(store)

    async with store.reading(EVERYTHING) as session:
        touched = await session.scalar(text("SELECT count(*) FROM events WHERE xmax <> 0"))

    assert touched == 0


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_a_kind_tells_all_its_fields_to_the_merchant_and_what_is_opened_to_others(kind: Kind) -> None:
    part = {each.name: each.name for each in kind.fields}

    assert events.told(kind.name, part, Audience.MERCHANT) == part
    for audience in (Audience.CARRIER, Audience.CUSTOMER):
        opened = {each.name for each in kind.fields if audience in each.also}
        shown = events.told(kind.name, part | {"unheard of": 1}, audience)
        assert set(shown or {}) == opened


def test_what_is_the_merchants_stays_the_merchants() -> None:
    closed = {(kind.name, each.name) for kind in CATALOGUE.values() for each in kind.fields if not each.also}
    to_carriers = {
        (kind.subject, each.name)
        for kind in CATALOGUE.values()
        for each in kind.fields
        if Audience.CARRIER in each.also and kind.subject is not Subject.ORDER
    }

    assert {name for _, name in closed} == {"flags", "carrier", "policy", "feeMinor", "reference"}
    assert ("shipment.carrier_corrected", "carrier") in closed
    assert {subject for subject, _ in to_carriers} == {Subject.SHIPMENT, Subject.PICKUP}
    of_parcels = {name for subject, name in to_carriers if subject is Subject.SHIPMENT}
    of_wishes = {"change", "state", "wish"}  # a change of the delivery that the carrier is asked for
    assert of_parcels == {"carrier", "trackingNumber", "status", "reason", "promisedDeliveryAt"} | of_wishes
    of_pickups = {name for subject, name in to_carriers if subject is Subject.PICKUP}
    assert of_pickups.isdisjoint({"return", "why", "replacedBy", "feeMinor"})


def test_a_kind_that_is_not_in_the_catalogue_is_told_to_its_merchant_alone() -> None:
    assert events.told("nobody.knows", {"a": 1}, Audience.MERCHANT) == {"a": 1}
    assert events.told("nobody.knows", {"a": 1}, Audience.CARRIER) is None
    assert events.told("order.created", None, Audience.MERCHANT) is None


async def test_the_catalogue_names_every_field_that_is_announced(store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    owner = seller.merchant.id
    order = await make.order(store, owner, "L-1")
    await make.order(store, owner, "L-1", externalId="changed")
    parcel = await make.shipment(store, owner, "SF2000000000005", orders=[order])
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(Shipment, parcel.id)
        await shipments.correct_carrier(session, row, "zto", make.BY, make.NOW)
    async with store.writing(EVERYTHING) as session:
        await shipments.stop_tracking(session, await session.get_one(Shipment, parcel.id), make.BY, make.NOW)

    found = await told(store, owner)

    assert {each.kind for each in found} >= {
        "order.created",
        "order.changed",
        "shipment.registered",
        "shipment.carrier_corrected",
        "shipment.tracking_stopped",
    }
    for each in found:
        known = {field.name for field in CATALOGUE[each.kind].fields}
        for part in (each.payload["before"], each.payload["after"]):
            assert set(part or {}) <= known, each.kind


def test_the_page_of_events_is_the_catalogue() -> None:
    page = Path(__file__).parents[2] / "docs/events.md"

    assert page.read_text("utf-8") == events.page()
