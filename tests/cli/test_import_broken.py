"""What is broken in a file is named, and costs nothing else."""

import gzip
import json
import os
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.conftest import Command
from tests.cli.importing import HEADER, InStore, csv_file, jsonl, kept, outcomes
from tests.make import order_form


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


def test_a_gzip_that_breaks_off_says_so(waybridge: Command, shop: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl.gz"
    file.write_bytes(gzip.compress(os.urandom(100_000))[:50_000])

    ended = waybridge("import", "orders", str(file), "--merchant", shop)

    assert ended.code == 2
    assert "breaks off" in ended.err


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
