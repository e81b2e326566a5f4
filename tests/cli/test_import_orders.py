"""``waybridge import orders``: through the real command line, on both databases."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from cli.importing import MOST_ORDERS
from db.ids import parse_typeid
from db.models.log import Event
from db.models.orders import Order, OrderLine
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store
from tests.cli.conftest import KEY_TEXT, Command
from tests.make import order_form

InStore = Callable[[Any], Any]
HEADER = "number,placedAt,total.amount,total.currency,shippingAddress.country,shippingAddress.city,lines.sku,lines.title,lines.quantity,lines.unitPrice.amount"


def fresh() -> str:
    return f"shop {uuid4().hex[:12]}"


@pytest.fixture
def shop(waybridge: Command) -> str:
    return waybridge("merchants", "create", fresh(), "--country", "CN", "--zone", "Asia/Shanghai").out.strip()


def jsonl(path: Path, items: Iterable[Any]) -> Path:
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in items), "utf-8")
    return path


def csv_file(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def outcomes(path: Path) -> list[dict[str, Any]]:
    """The outcome file's lines of orders."""
    told = [json.loads(line) for line in path.with_name(f"{path.name}.outcome.jsonl").read_text().splitlines()]
    return [each for each in told if "line" in each]


def kept(in_store: InStore, merchant: str) -> dict[str, list[tuple[str, int]]]:
    """The merchant's orders by number, each with its lines."""

    async def work(store: Store) -> dict[str, list[tuple[str, int]]]:
        parsed = parse_typeid(merchant)
        assert parsed
        async with store.reading(EVERYTHING) as session:
            orders = {
                row.id: row.number for row in await session.scalars(select(Order).where(Order.merchant_id == parsed[1]))
            }
            found: dict[str, list[tuple[str, int]]] = {number: [] for number in orders.values()}
            for line in await session.scalars(
                select(OrderLine).where(OrderLine.order_id.in_(orders)).order_by(OrderLine.position)
            ):
                found[orders[line.order_id]].append((line.sku, line.quantity))
        return found

    result: dict[str, list[tuple[str, int]]] = in_store(work)
    return result


def test_orders_come_in_from_jsonl_and_a_second_time_nothing_changes(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path
) -> None:
    file = jsonl(
        tmp_path / "orders.jsonl", [order_form(f"A-{i}", placedAt=f"2026-05-{i + 1:02}T08:00:00Z") for i in range(5)]
    )

    first = waybridge("import", "orders", str(file), "--merchant", shop)
    told = outcomes(file)
    again = waybridge("import", "orders", str(file), "--merchant", shop)

    assert (first.code, again.code, first.out) == (0, 0, "")
    assert kept(in_store, shop) == {f"A-{i}": [("TEE-RED-M", 2)] for i in range(5)}
    assert told[0] == {"line": 1, "number": "A-0", "merchant": shop, "outcome": "created", "flags": [], "errors": []}
    assert [each["outcome"] for each in outcomes(file)] == ["unchanged"] * 5


def test_what_differs_in_the_file_is_changed(waybridge: Command, in_store: InStore, shop: str, tmp_path: Path) -> None:
    file = jsonl(tmp_path / "orders.jsonl", [order_form("A-1"), order_form("A-2", placedAt="2026-05-01T08:00:00Z")])
    waybridge("import", "orders", str(file), "--merchant", shop)
    line = {**order_form()["lines"][0], "quantity": 3}
    jsonl(file, [order_form("A-1", lines=[line]), order_form("A-2", placedAt="2026-05-01T08:00:00Z")])

    assert waybridge("import", "orders", str(file), "--merchant", shop).code == 0
    assert [each["outcome"] for each in outcomes(file)] == ["updated", "unchanged"]
    assert kept(in_store, shop)["A-1"] == [("TEE-RED-M", 3)]


def test_rows_of_one_order_become_one_order(waybridge: Command, in_store: InStore, shop: str, tmp_path: Path) -> None:
    file = csv_file(
        tmp_path / "orders.csv",
        "\ufeff" + HEADER,
        'C-1,2026-05-20T08:00+08:00,10.00,CNY,CN,"深圳\n市",S1,One,1,4.00',
        "C-1,,,,,,S2,Two,2,3.00",
        "C-2,2026-05-20T08:00+08:00,5.00,CNY,CN,,S1,One,1,5.00",
    )

    assert waybridge("import", "orders", str(file), "--merchant", shop).code == 0
    assert kept(in_store, shop) == {"C-1": [("S1", 1), ("S2", 2)], "C-2": [("S1", 1)]}
    assert [each["line"] for each in outcomes(file)] == [2, 5]


def test_a_map_says_what_the_columns_mean(waybridge: Command, in_store: InStore, shop: str, tmp_path: Path) -> None:
    file = csv_file(
        tmp_path / "export.csv",
        "Order;Date;Sum;SKU;Size;Comment",
        "M-1;2026-05-20 08:00;10.00;S1;XL;none",
        "M-2;2026-05-20 09:00;1,50;S1;;",
    )
    map_ = tmp_path / "map.json"
    map_.write_text(
        json.dumps(
            {"SKU": ["lines.sku", "lines.title"], "Size": "lines.attributes.size", "total.currency": "=CNY", "*": ""}
        )
    )
    words = ["--map", str(map_), "--map", "Order=number", "--map", "Date=placedAt", "--map", "Sum=total.amount"]
    constants = [
        "--map",
        "shippingAddress.country==CN",
        "--map",
        "lines.quantity==2",
        "--map",
        "lines.unitPrice.amount==5",
    ]

    ended = waybridge("import", "orders", str(file), "--merchant", shop, "--zone", "Asia/Shanghai", *words, *constants)

    assert ended.code == 1
    assert kept(in_store, shop) == {"M-1": [("S1", 2)]}
    [wrong] = outcomes(file)[1]["errors"]
    assert (wrong["field"], wrong["column"], wrong["code"]) == ("total.amount", "Sum", "INVALID")


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        (
            HEADER.replace("total.amount", "totl.amount"),
            "unknown columns: 'totl.amount'; fields that no column says: 'total.amount'",
        ),
        (HEADER.replace("lines.sku,", ""), "fields that no column says: 'lines.sku'"),
        (HEADER + ",number", "columns there twice: 'number'"),
    ],
)
def test_a_wrong_header_is_one_error_and_nothing_comes_in(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path, header: str, complaint: str
) -> None:
    file = csv_file(tmp_path / "orders.csv", header, "C-1,2026-05-20T08:00+08:00,10.00,CNY,CN,,S1,One,1,4.00")

    ended = waybridge("import", "orders", str(file), "--merchant", shop)

    assert ended.code == 2
    assert complaint in ended.err
    assert kept(in_store, shop) == {}


def test_broken_lines_of_jsonl_are_named_and_the_rest_comes_in(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path
) -> None:
    file = tmp_path / "orders.jsonl"
    good = [json.dumps(order_form(f"B-{i}", placedAt=f"2026-05-{i + 1:02}T08:00:00Z")).encode() for i in range(3)]
    broken = [
        b'{"number": "X-1", }',
        b"[]",
        b'{"number": "\xff"}',
        b'{"number": "a\\u0000b"}',
        b'{"number": "\\ud800"}',
        b'{"number": "' + b"9" * 5_000_000 + b'"}',
        json.dumps(order_form("X-2", promisedOn="9999-12-31")).encode(),
        json.dumps(order_form("X-3", total={"amount": "1e400", "currency": "CNY"})).encode(),
    ]
    file.write_bytes(b"\n".join([good[0], *broken, b"", good[1], good[2]]))

    ended = waybridge("import", "orders", str(file), "--merchant", shop)

    assert ended.code == 1
    assert set(kept(in_store, shop)) == {"B-0", "B-1", "B-2"}
    told = outcomes(file)
    assert [each["line"] for each in told] == [*range(1, 10), 11, 12]
    assert all(each["outcome"] == "refused" and each["errors"] for each in told[1:9])
    assert told[1]["errors"][0]["message"].startswith("Line 2, column 17 is not JSON")


def test_broken_rows_of_csv_are_named_and_the_rest_comes_in(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    rows = [
        HEADER,
        "C-1,2026-05-20T08:00Z,10.00,CNY,CN,,S1,One,1,4.00",
        'C-2,2026-05-20T08:00Z,10.00,CNY,CN,,S1,"One,1,4.00',
        "C-3,2026-05-20T08:00Z,10.00,CNY,CN,,S1,One,zero,4.00",
        "C-4,2026-05-20T08:00Z,10.00,CNY,CN",
        "C-5,2026-05-20T08:00Z,10.00,CNY,CN,Z\udcfcrich,S1,One,1,4.00",
        "C-6,2026-05-20T08:00Z,10.00,CNY,CN,,S1,One,1,4.00",
        "C-6,2026-05-20T08:00Z,11.00,CNY,CN,,S2,One,1,4.00",
        "C-7,2026-05-20T08:00Z,10.00,CNY,CN,a\0b,S1,One,1,4.00",
        "C-8,2026-05-20T08:00Z,12.00,CNY,CN,,S8,One,1,4.00",
    ]
    file.write_bytes("\n".join(rows).encode("utf-8", "surrogateescape"))

    ended = waybridge("import", "orders", str(file), "--merchant", shop)

    assert ended.code == 1
    assert set(kept(in_store, shop)) == {"C-1", "C-8"}
    told = {each["number"]: each["errors"][0] for each in outcomes(file) if each["errors"]}
    assert told["C-2"]["message"] == "Line 3: a quote is left open."
    assert (told["C-3"]["field"], told["C-3"]["column"], told["C-3"]["line"]) == (
        "lines.0.quantity",
        "lines.quantity",
        4,
    )
    assert told["C-4"]["message"] == "Line 5: has 5 cells, the header 10."
    assert (told["C-5"]["column"], told["C-5"]["message"]) == ("shippingAddress.city", "Line 6 is not UTF-8 here.")
    assert (told["C-6"]["column"], told["C-6"]["message"]) == (
        "total.amount",
        "Line 8 contradicts the order's lines before.",
    )
    assert told["C-7"]["column"] == "shippingAddress.city"


def test_a_number_that_comes_again_is_refused_however_far_apart(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path
) -> None:
    items = [order_form(f"D-{i}", shipments=[]) for i in range(6)]
    file = jsonl(tmp_path / "orders.jsonl", [*items, order_form("D-0", total={"amount": "1.00", "currency": "CNY"})])

    ended = waybridge("import", "orders", str(file), "--merchant", shop, "--batch", "2")

    assert ended.code == 1
    [again] = [each for each in outcomes(file) if each["outcome"] == "refused"]
    assert (again["line"], again["errors"][0]["code"]) == (7, "DUPLICATE")
    assert "line 1 already" in again["errors"][0]["message"]
    assert len(kept(in_store, shop)) == 6


def test_a_refused_parcel_is_named_while_its_order_comes_in(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path
) -> None:
    code = f"c{uuid4().hex[:8]}"
    assert waybridge("carriers", "add", code, "--name", "A carrier").code == 0
    parcels = [{"carrier": code, "trackingNumber": "1"}, {"carrier": "nobody", "trackingNumber": "1"}]
    file = jsonl(tmp_path / "orders.jsonl", [order_form("P-1", shipments=parcels)])

    assert waybridge("import", "orders", str(file), "--merchant", shop).code == 1
    [told] = outcomes(file)
    assert told["outcome"] == "created"
    assert [(each["field"], each["code"]) for each in told["errors"]] == [("shipments.1.carrier", "NOT_FOUND")]
    assert set(kept(in_store, shop)) == {"P-1"}


def test_a_column_names_the_merchants(waybridge: Command, in_store: InStore, tmp_path: Path) -> None:
    named, known = fresh(), uuid4().hex
    by_name = waybridge("merchants", "create", named).out.strip()
    by_id = waybridge("merchants", "create", fresh(), "--external-id", known).out.strip()
    new = uuid4().hex
    file = jsonl(
        tmp_path / "orders.jsonl",
        [
            {**order_form("1"), "shop": named},
            {**order_form("1"), "shop": known},
            {**order_form("2"), "shop": new},
            {**order_form("3"), "shop": new},
            order_form("4"),
        ],
    )

    first = waybridge("import", "orders", str(file), "--merchant-column", "shop")
    told = outcomes(file)
    second = waybridge("import", "orders", str(file), "--merchant-column", "shop", "--create-merchants")

    assert (first.code, second.code) == (1, 1)
    assert [each["outcome"] for each in told] == ["created", "created", "refused", "refused", "refused"]
    assert (told[2]["errors"][0]["field"], told[2]["errors"][0]["code"]) == ("shop", "NOT_FOUND")
    assert [each["outcome"] for each in outcomes(file)] == ["unchanged", "unchanged", "created", "created", "refused"]
    assert set(kept(in_store, by_name)) == set(kept(in_store, by_id)) == {"1"}
    [made] = [each for each in waybridge("merchants", "list", "--json").json if each["externalId"] == new]
    assert made["name"] == new
    assert set(kept(in_store, made["id"])) == {"2", "3"}


def test_many_merchants_of_one_order_each_come_in_together(
    waybridge: Command, in_store: InStore, tmp_path: Path
) -> None:
    run = uuid4().hex[:8]
    file = jsonl(tmp_path / "orders.jsonl", [{**order_form("1"), "shop": f"{run}-{i}"} for i in range(60)])

    assert waybridge("import", "orders", str(file), "--merchant-column", "shop", "--create-merchants").code == 0

    async def count(store: Store) -> int:
        async with store.reading(EVERYTHING) as session:
            of = select(func.count()).select_from(Order).join(Merchant, Merchant.id == Order.merchant_id)
            return await session.scalar(of.where(Merchant.name.startswith(run))) or 0

    assert in_store(count) == 60


def test_a_dry_run_says_what_would_be_and_changes_nothing(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path
) -> None:
    file = jsonl(tmp_path / "orders.jsonl", [order_form("A-1"), "{"])

    ended = waybridge("import", "orders", str(file), "--merchant", shop, "--dry-run")

    assert ended.code == 1
    assert kept(in_store, shop) == {}
    told = [json.loads(line) for line in (tmp_path / "orders.jsonl.dry-run.jsonl").read_text().splitlines()]
    assert [each["outcome"] for each in told if "line" in each] == ["created", "refused"]
    assert not (tmp_path / "orders.jsonl.outcome.jsonl").exists()


@pytest.mark.parametrize("ending", ["jsonl.gz", "csv.gz"])
def test_gzip_is_unpacked(waybridge: Command, in_store: InStore, shop: str, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"orders.{ending}"
    text = (
        json.dumps(order_form("G-1"))
        if "json" in ending
        else f"{HEADER}\nG-1,2026-05-20T08:00Z,10.00,CNY,CN,,S1,One,1,4.00"
    )
    file.write_bytes(gzip.compress(text.encode()))

    assert waybridge("import", "orders", str(file), "--merchant", shop).code == 0
    assert set(kept(in_store, shop)) == {"G-1"}


def test_a_gzip_that_breaks_off_says_so(waybridge: Command, shop: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl.gz"
    file.write_bytes(gzip.compress(os.urandom(100_000))[:50_000])

    ended = waybridge("import", "orders", str(file), "--merchant", shop)

    assert ended.code == 2
    assert "breaks off" in ended.err


@pytest.mark.parametrize("name", ["empty.jsonl", "empty.csv"])
def test_an_empty_file_is_no_error(waybridge: Command, shop: str, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")

    assert waybridge("import", "orders", str(tmp_path / name), "--merchant", shop).code == 0


def test_what_cannot_be_read_at_all_ends_with_2(waybridge: Command, shop: str, tmp_path: Path) -> None:
    utf16 = tmp_path / "utf16.csv"
    utf16.write_text(HEADER, "utf-16")
    unclear = tmp_path / "orders.dat"
    unclear.write_text("")

    for file, complaint in (
        (tmp_path / "none.jsonl", "No such file"),
        (tmp_path, "--format"),
        (utf16, "UTF-16"),
        (unclear, "--format"),
    ):
        ended = waybridge("import", "orders", str(file), "--merchant", shop)
        assert ended.code == 2
        assert complaint in ended.err
    assert waybridge("import", "orders", str(tmp_path), "--format", "csv", "--merchant", shop).code == 2
    unknown = waybridge("import", "orders", str(jsonl(tmp_path / "a.jsonl", [order_form()])), "--merchant", "nobody")
    assert (unknown.code, unknown.err.startswith("--merchant: ")) == (2, True)


def test_another_file_is_never_written_over(waybridge: Command, shop: str, tmp_path: Path) -> None:
    file, mine = jsonl(tmp_path / "a.jsonl", [order_form()]), jsonl(tmp_path / "mine.jsonl", [{"my": "notes"}])

    for path in (mine, file):
        before = path.read_bytes()
        ended = waybridge("import", "orders", str(file), "--merchant", shop, "--outcome", str(path))
        assert ended.code == 2
        assert path.read_bytes() == before


def started(database_url: str, *words: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    settings = {"WAYBRIDGE_DATABASE_URL": database_url, "WAYBRIDGE_SECRET_KEY": KEY_TEXT}
    return subprocess.Popen(
        [sys.executable, "-c", "from cli.main import app; app()", "import", "orders", *words],
        env={**os.environ, **settings},
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_lines(path: Path, count: int) -> None:
    """Until the outcome file has so many."""
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_import_goes_on_and_doubles_nothing(
    waybridge: Command, in_store: InStore, shop: str, tmp_path: Path, database_url: str, sign: signal.Signals
) -> None:
    total = 400
    items = [order_form(f"K-{i}", customer={"externalId": f"c-{i}"}) for i in range(total)]
    file = jsonl(tmp_path / "orders.jsonl", [*items[:200], "{", *items[200:]])
    outcome = tmp_path / "orders.jsonl.outcome.jsonl"
    words = (str(file), "--merchant", shop, "--batch", "10")

    process = started(database_url, *words)
    wait_for_lines(outcome, 60)
    process.send_signal(sign)
    _, err = process.communicate()
    done = len(outcomes(file))
    assert 60 <= done + 1 < total
    if sign == signal.SIGINT:
        assert process.returncode == 130
        assert "The same command goes on" in err
        assert len(kept(in_store, shop)) == done - sum(each["outcome"] == "refused" for each in outcomes(file))
    else:
        with outcome.open("ab") as torn:
            torn.write(b'{"line": 99999, "numb')

    again = waybridge("import", "orders", *words)

    assert again.code == 1
    assert "goes on after line" in again.err
    told = outcomes(file)
    assert [each["line"] for each in told] == list(range(1, total + 2))
    assert Counter(each["outcome"] for each in told)["refused"] == 1
    assert kept(in_store, shop) == {f"K-{i}": [("TEE-RED-M", 2)] for i in range(total)}

    async def facts(store: Store) -> int:
        parsed = parse_typeid(shop)
        assert parsed
        async with store.reading(EVERYTHING) as session:
            of = (
                select(func.count())
                .select_from(Event)
                .where(Event.merchant_id == parsed[1], Event.kind == "order.created")
            )
            return await session.scalar(of) or 0

    assert in_store(facts) == total


def test_a_changed_file_and_restart_begin_anew(waybridge: Command, shop: str, tmp_path: Path) -> None:
    file = jsonl(tmp_path / "orders.jsonl", [order_form("R-1"), order_form("R-2", placedAt="2026-05-01T08:00:00Z")])
    waybridge("import", "orders", str(file), "--merchant", shop)
    outcome = tmp_path / "orders.jsonl.outcome.jsonl"
    whole = outcome.read_text().splitlines(keepends=True)

    outcome.write_text("".join(whole[:2]))  # as if killed after the first order
    on = waybridge("import", "orders", str(file), "--merchant", shop)
    assert [each["outcome"] for each in outcomes(file)] == ["created", "unchanged"]
    outcome.write_text("".join(whole[:2]))
    anew = waybridge("import", "orders", str(file), "--merchant", shop, "--restart")
    assert [each["outcome"] for each in outcomes(file)] == ["unchanged", "unchanged"]
    outcome.write_text("".join(whole[:2]))
    jsonl(file, [order_form("R-1"), order_form("R-3", placedAt="2026-05-01T08:00:00Z")])
    changed = waybridge("import", "orders", str(file), "--merchant", shop)

    assert [each["outcome"] for each in outcomes(file)] == ["unchanged", "created"]
    assert ["goes on" in each.err for each in (on, anew, changed)] == [True, False, False]
    assert MOST_ORDERS >= 250
