from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from aftersales.exports import Reader, file_of
from carriers import http
from db.ids import parse_typeid
from db.models.exports import Export
from db.models.orders import Order
from db.models.partners import ApiKey
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.exporting import CANCEL, Exporting, after
from worker import exports as worker
from worker.run import Worker
from worker.settings import Settings

ORDERS = "{ orders(sort: PLACED_AT_ASC) { nodes { number } } }"
MANY = 250


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    """A merchant with 250 orders."""
    who = await make.merchant(store)
    first = await make.order(store, who.merchant_id, "N-0000")
    columns = [each.key for each in Order.__mapper__.column_attrs if each.key not in {"id", "number", "external_id"}]
    same = {name: getattr(first, name) for name in columns}
    async with store.writing(EVERYTHING) as session:
        session.add_all(Order(**same, number=f"N-{number:04}") for number in range(1, MANY))
    return who


@pytest.fixture
async def exporting(api: Api, store: Store, tmp_path: Path) -> AsyncIterator[Exporting]:
    made = Exporting(api, store, tmp_path)
    yield made
    await made.end_all()


def numbers(told: list[Any]) -> list[str]:
    return [each["number"] for each in told]


WANTED = [f"N-{number:04}" for number in range(MANY)]


def file(exporting: Exporting, told: Any) -> Path:
    parsed = parse_typeid(told["id"])
    assert parsed
    return file_of(exporting.folder, Export(id=parsed[1]))


def content(exporting: Exporting, told: Any) -> list[str]:
    lines = file(exporting, told).read_text("utf-8").splitlines()
    return [line.split('"')[3] for line in lines]


class Killed(BaseException):
    """The process ended here."""


async def killed_at(page: int, reader: Reader) -> Reader:
    async def do(_export: Export, read: int) -> None:
        if read == page:
            raise Killed

    return after(reader, do)


async def test_an_export_goes_on_where_it_was_when_the_worker_is_killed(
    exporting: Exporting, seller: make.Someone
) -> None:
    made = await exporting.create(seller, ORDERS)
    for page in (2, 1):
        with pytest.raises(Killed):
            await exporting.drain(await killed_at(page, exporting.reader))
        assert await exporting.exporter().step() == 0  # the lease holds
        exporting.api.clock.now += worker.LEASE + timedelta(seconds=1)

    waiting = await exporting.show(seller, made["id"])
    assert (waiting["state"], waiting["rows"], waiting["totalRows"], waiting["progress"]) == ("RUNNING", 100, MANY, 0.4)
    await exporting.drain()

    done = await exporting.show(seller, made["id"])
    assert (done["state"], done["rows"], done["progress"]) == ("DONE", MANY, 1.0)
    assert done["sizeBytes"] == file(exporting, done).stat().st_size
    assert sorted(content(exporting, done)) == WANTED


async def test_lines_written_but_not_counted_are_cut_off(exporting: Exporting, seller: make.Someone) -> None:
    made = await exporting.create(seller, ORDERS)
    with pytest.raises(Killed):
        await exporting.drain(await killed_at(2, exporting.reader))
    with file(exporting, made).open("ab") as half:
        half.write(b'{"number":"HALF A LI')
    exporting.api.clock.now += worker.LEASE + timedelta(seconds=1)
    await exporting.drain()

    assert sorted(content(exporting, made)) == WANTED


async def test_a_file_that_lost_its_end_is_written_anew(exporting: Exporting, seller: make.Someone) -> None:
    made = await exporting.create(seller, ORDERS)
    with pytest.raises(Killed):
        await exporting.drain(await killed_at(2, exporting.reader))
    file(exporting, made).write_bytes(b"short")
    exporting.api.clock.now += worker.LEASE + timedelta(seconds=1)
    await exporting.drain()

    assert sorted(content(exporting, made)) == WANTED
    assert (await exporting.show(seller, made["id"]))["rows"] == MANY


async def test_two_exports_take_turns_and_two_workers_share_them(
    exporting: Exporting, seller: make.Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PAGES_AT_ONCE", 1)
    made = [await exporting.create(seller, ORDERS) for _ in range(2)]
    one, two = exporting.exporter(), exporting.exporter()
    rows = []
    for turn in range(4):
        exporting.api.clock.now += timedelta(seconds=1)
        await (one, two)[turn % 2].step()
        rows.append([(await exporting.show(seller, each["id"]))["rows"] for each in made])

    assert rows == [[100, 0], [100, 100], [200, 100], [200, 200]]
    await exporting.drain()
    for each in made:
        assert sorted(content(exporting, each)) == WANTED


async def test_a_page_whose_lease_ran_out_is_not_written(exporting: Exporting, seller: make.Someone) -> None:
    made = await exporting.create(seller, ORDERS)

    async def slow(_export: Export, read: int) -> None:
        if read == 1:
            exporting.api.clock.now += worker.LEASE + timedelta(seconds=1)

    await exporting.exporter(after(exporting.reader, slow)).step()

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["rows"]) == ("RUNNING", 0)
    assert not file(exporting, made).exists()
    exporting.api.clock.now += timedelta(seconds=5)
    await exporting.drain()
    assert sorted(content(exporting, made)) == WANTED


async def test_a_canceled_export_stops_and_its_file_goes(exporting: Exporting, seller: make.Someone) -> None:
    made = await exporting.create(seller, ORDERS)

    async def cancel(_export: Export, read: int) -> None:
        if read == 2:
            told = await exporting.api.ask(seller, CANCEL, id=made["id"])
            assert told["exportCancel"]["export"]["state"] == "CANCELED"

    await exporting.drain(after(exporting.reader, cancel))

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["rows"], shown["url"]) == ("CANCELED", 100, None)
    assert not file(exporting, made).exists()
    told = await exporting.api.ask(seller, CANCEL, id=made["id"])
    assert told["exportCancel"]["userErrors"][0]["code"] == "STATE"


async def test_a_key_that_ends_reads_no_further(exporting: Exporting, store: Store, seller: make.Someone) -> None:
    who = await make.another_key(store, seller, "orders:read")
    made = await exporting.create(who, ORDERS)

    async def revoke(export: Export, read: int) -> None:
        if read == 1:
            async with store.writing(EVERYTHING) as session:
                await session.execute(update(ApiKey).where(ApiKey.id == export.key_id).values(revoked_at=make.NOW))

    await exporting.drain(after(exporting.reader, revoke))

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["rows"], shown["error"]["code"]) == ("FAILED", 100, "UNAUTHENTICATED")
    exporting.api.clock.now += timedelta(minutes=1)
    await exporting.exporter().step()
    assert not file(exporting, made).exists()


async def test_what_a_field_refuses_ends_the_export_with_its_reason(
    exporting: Exporting, store: Store, seller: make.Someone
) -> None:
    who = await make.another_key(store, seller, "orders:read")
    made = await exporting.create(who, "{ orders { nodes { number shipments { id } } } }")
    await make.shipment(
        store, seller.merchant_id, "SFEXPORT", orders=[await make.order(store, seller.merchant_id, "N-0000")]
    )
    await exporting.drain()

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["error"]["code"]) == ("FAILED", "FORBIDDEN")
    assert "shipments:read" in shown["error"]["message"]


async def test_a_failure_of_ours_is_tried_again_and_then_given_up(exporting: Exporting, seller: make.Someone) -> None:
    made = await exporting.create(seller, ORDERS)

    async def fail(_export: Export, _read: int) -> None:
        raise RuntimeError("secret text")

    for wait in (*worker.WAITS, timedelta()):
        await exporting.exporter(after(exporting.reader, fail)).step()
        exporting.api.clock.now += wait

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["error"]["code"]) == ("FAILED", "INTERNAL")
    assert "secret" not in shown["error"]["message"]


async def test_where_nobody_can_count_the_rows_they_come_without_a_total(
    exporting: Exporting, seller: make.Someone
) -> None:
    async def nobody(_export: Export) -> None:
        return None

    made = await exporting.create(seller, ORDERS)
    await exporting.drain(Reader(exporting.reader.page, nobody))

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["totalRows"], shown["progress"]) == ("DONE", None, 1.0)


async def test_after_seven_days_the_file_goes_and_the_export_stays(exporting: Exporting, seller: make.Someone) -> None:
    made = await exporting.create(seller, ORDERS)
    await exporting.drain()
    assert file(exporting, made).stat().st_mode & 0o777 == 0o600
    link = (await exporting.show(seller, made["id"]))["url"]
    exporting.api.clock.now += timedelta(days=7, seconds=1)
    await exporting.drain()

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["rows"], shown["url"], shown["fileUntil"]) == ("DONE", MANY, None, None)
    assert not file(exporting, made).exists()
    assert (await exporting.api.http.get(link)).status_code == 403


async def test_the_worker_runs_exports_when_it_is_given_a_reader(
    exporting: Exporting, store: Store, seller: make.Someone
) -> None:
    made = await exporting.create(seller, ORDERS)
    async with http.new_client() as client:
        made_of = Settings(files=exporting.folder)
        running = Worker(store, exporting.api.clock, client, made_of, read=lambda *_: exporting.reader)
        [loop] = [each for each in running.loops() if each.name == "exports"]
        await loop.step()
        await running.sender.close()

    assert (await exporting.show(seller, made["id"]))["state"] == "DONE"


async def test_an_export_whose_query_is_no_more_fails(exporting: Exporting, store: Store, seller: make.Someone) -> None:
    made = await exporting.create(seller, ORDERS)
    parsed = parse_typeid(made["id"])
    assert parsed
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(Export, parsed[1])
        row.query = "{ orders { nodes { gone } } }"
    await exporting.drain()

    shown = await exporting.show(seller, made["id"])
    assert (shown["state"], shown["error"]["code"]) == ("FAILED", "GRAPHQL_VALIDATION_FAILED")
