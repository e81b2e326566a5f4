"""Points and price lists come in from files: what cannot be taken is named by line, and again changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.models.calendars import CalendarDay
from db.models.points import DropOffPoint
from db.models.tariffs import Tariff
from db.reach import EVERYTHING
from db.session import Store
from tests.cli.conftest import Command
from tests.cli.importing import InStore

POINT = {
    "carrier": "sf",
    "externalId": "755-1",
    "name": "Keyuan locker",
    "address": "1 Keyuan Road",
    "country": "CN",
    "latitude": 22.5,
    "longitude": 114.0,
    "zone": "Asia/Shanghai",
    "hours": "24/7",
    "accepts": ["LOCKER"],
}
TARIFF = {
    "carrier": "sf",
    "service": "contract",
    "fromCountry": "CN",
    "toCountry": "CN",
    "firstGrams": 1000,
    "first": {"amount": "9.00", "currency": "CNY"},
    "stepGrams": 1000,
    "step": {"amount": "1.00", "currency": "CNY"},
    "divisor": 6000,
    "mostGrams": 30000,
    "days": 2,
    "mode": "TRUCK",
    "source": "Contract 2026",
    "effectiveFrom": "2026-01-01",
}

DAY = {"country": "CN", "day": "2027-02-08", "name": "Spring Festival", "source": "The announcement of November 2026"}
LISTS = [("points", POINT, DropOffPoint), ("tariffs", TARIFF, Tariff), ("calendars", DAY, CalendarDay)]


def told(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.with_name(f"{file.name}.outcome.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(("noun", "item", "model"), LISTS)
def test_a_list_is_taken_line_by_line_and_again_changes_nothing(
    waybridge: Command, in_store: InStore, tmp_path: Path, noun: str, item: dict[str, Any], model: Any
) -> None:
    file = tmp_path / "list.jsonl"
    lines = [
        json.dumps(item),
        "{",
        json.dumps({**item, "carrier" if "carrier" in item else "day": "nobody"}),
        json.dumps({**item, "country": "XXX"}),
    ]
    file.write_text("\n".join(lines))

    first, again = waybridge("import", noun, str(file)), waybridge("import", noun, str(file))

    assert (first.code, again.code) == (1, 1)
    assert "1 CREATED, 3 REFUSED" in first.err
    assert "3 REFUSED, 1 UNCHANGED" in again.err
    assert [each["line"] for each in told(file)] == [1, 2, 3, 4]
    assert all(bool(each["errors"]) == (each["outcome"] == "REFUSED") for each in told(file))

    async def count(store: Store) -> int:
        async with store.reading(EVERYTHING) as session:
            return await session.scalar(select(func.count()).select_from(model)) or 0

    assert in_store(count) == 1


def test_points_come_as_csv(waybridge: Command, tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text(
        "carrier,externalId,name,address,country,latitude,longitude,zone,hours,accepts,capacity\n"
        'zto,1,Shop,2 Road,CN,22.1,114.1,Asia/Shanghai,"Mo-Fr 09:00-18:00; Sa 10:00-14:00",DROP_OFF_POINT|BOX_FREE_QR,30\n'
        "zto,2,Shop,2 Road,CN,95,114.1,Asia/Shanghai,,DROP_OFF_POINT,\n"
    )

    ended = waybridge("import", "points", str(file))

    assert [each["outcome"] for each in told(file)] == ["CREATED", "REFUSED"]
    assert "latitude" in told(file)[1]["errors"][0]
    assert ended.code == 1


def test_holidays_come_as_csv_and_what_is_wrong_is_told_by_line_and_column(
    waybridge: Command, in_store: InStore, tmp_path: Path
) -> None:
    file = tmp_path / "cn.csv"
    file.write_text(
        "country,day,works,name,source\n"
        "CN,2027-02-06,,Spring Festival,State Council 2026\n"
        "CN,2027-02-20,true,Worked for Spring Festival,State Council 2026\n"
        "CN,2027-02-30,,Spring Festival,State Council 2026\n"
        "China,2027-02-07,,Spring Festival,State Council 2026\n"
        "CN,2027-02-08,,Spring Festival,\n"
    )

    first = waybridge("import", "calendars", str(file))
    file.write_text(file.read_text().replace("2027-02-20,true", "2027-02-20,false"))
    again = waybridge("import", "calendars", str(file))

    assert (first.code, again.code) == (1, 1)
    assert "2 CREATED, 3 REFUSED" in first.err
    assert "3 REFUSED, 1 UNCHANGED, 1 UPDATED" in again.err
    for place in ("cn.csv, line 4: day:", "cn.csv, line 5: country:", "cn.csv, line 6: source:"):
        assert place in first.err

    async def days(store: Store) -> list[tuple[str, bool]]:
        async with store.reading(EVERYTHING) as session:
            return [
                (str(row.day), row.works) for row in await session.scalars(select(CalendarDay)) if row.day.year > 2026
            ]

    assert {("2027-02-06", False), ("2027-02-20", False)} <= set(in_store(days))


def test_its_help_says_what_a_line_has(waybridge: Command) -> None:
    told_ = waybridge("import", "calendars", "--help")

    assert told_.code == 0
    assert all(word in told_.out for word in ("country", "day", "works", "name", "source"))


def test_a_file_of_another_kind_is_a_problem(waybridge: Command, tmp_path: Path) -> None:
    (tmp_path / "points.txt").write_text("x")

    assert waybridge("import", "points", str(tmp_path / "points.txt")).code == 2
