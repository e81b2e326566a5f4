"""``waybridge import orders``: through the real command line, on both databases."""

import gzip
import json
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from db.models.orders import Order
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store
from tests.cli.conftest import Command
from tests.cli.importing import HEADER, InStore, csv_file, jsonl, kept, outcomes
from tests.make import order_form


def fresh() -> str:
    return f"shop {uuid4().hex[:12]}"


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


@pytest.mark.parametrize("name", ["empty.jsonl", "empty.csv"])
def test_an_empty_file_is_no_error(waybridge: Command, shop: str, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")

    assert waybridge("import", "orders", str(tmp_path / name), "--merchant", shop).code == 0
