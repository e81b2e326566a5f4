import json
import subprocess
import sys
from pathlib import Path

import pytest

from carriers.carrier import Place
from carriers.registry import CARRIERS
from cli import reading
from tests.cli.conftest import said

WAYBRIDGE = Path(sys.executable).with_name("waybridge")
CASES = Path(__file__).parents[1] / "carriers"
PUSH = next(iter(sorted(CASES.glob("sf/cases/*/message.json"))))


def test_carriers_are_listed_with_abilities_and_confidence() -> None:
    listed = said("carriers", "list", "--json").json

    assert [each["code"] for each in listed] == [carrier.code for carrier in CARRIERS]
    assert all(
        set(each["abilities"])
        == {*("track", "subscribe", "push", "pickups", "errors", "booking", "quotes", "slots", "intercepting")}
        for each in listed
    )
    assert {how for each in listed for how in each["confidence"].values()} <= {"HIGH", "MEDIUM", "LOW"}
    assert "SF Express" in said("carriers", "list").out


def test_a_message_is_read_by_the_installed_command_without_any_settings(tmp_path: Path) -> None:
    ended = subprocess.run(
        [WAYBRIDGE, "carriers", "read", "sf", PUSH], cwd=tmp_path, env={}, capture_output=True, check=False
    )

    understood = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == b""
    assert understood["carrier"] == "sf"
    assert set(understood) == {"carrier", "shipments", "pickups", "unmapped", "errors"}
    assert list(tmp_path.iterdir()) == []


def test_reading_loads_neither_the_database_nor_the_schema() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, cli.main, cli.carriers; print(*sys.modules)"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()

    assert not {"sqlalchemy", "strawberry", "starlette", "db.session"} & set(loaded)


def test_a_message_may_come_by_stdin() -> None:
    assert (
        said("carriers", "read", "sf", "-", given=PUSH.read_text()).json
        == said("carriers", "read", "sf", str(PUSH)).json
    )


@pytest.mark.parametrize(
    ("code", "content", "error"),
    [
        ("sf", b"{", "UNREADABLE"),
        ("sf", b"\xff\xfe", "UNREADABLE"),
        ("sf", b"", "UNREADABLE"),
        ("sf", b"[" * 100_000, "UNREADABLE"),
        ("nobody", b"{}", "UNKNOWN_CARRIER"),
        ("sf", None, "FILE_NOT_READ"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_says_why_on_stdout(
    tmp_path: Path, code: str, content: bytes | None, error: str
) -> None:
    file = tmp_path / "message"
    if content is not None:
        file.write_bytes(content)

    ended = said("carriers", "read", code, str(file))

    assert ended.code == 2
    assert ended.json["error"]["code"] == error
    assert ended.json["error"]["message"]
    assert ended.err == ""


def test_every_carrier_answers_rubbish_in_form(tmp_path: Path) -> None:
    file = tmp_path / "rubbish"
    for rubbish in ("null", "[]", '{"a": [1, {"b": NaN}]}', "<a/>", "x=1&y=%00", '"\\ud800"'):
        file.write_text(rubbish)
        for carrier in CARRIERS:
            for kind in ("auto", "track", "push", "pickup", "error"):
                ended = said("carriers", "read", carrier.code, str(file), "--kind", kind)
                assert ended.code in (0, 2)
                assert ("error" in ended.json) == (ended.code == 2), (carrier.code, kind, rubbish)


@pytest.mark.parametrize("headers", ['{"X-One": "1"}', "X-One: 1\nx-two: 2\n"])
def test_headers_come_as_json_or_as_lines(tmp_path: Path, headers: str) -> None:
    file = tmp_path / "headers"
    file.write_text(headers)

    assert said("carriers", "read", "sf", str(PUSH), "--headers", str(file)).code == 0
    assert said("carriers", "read", "sf", str(PUSH), "--headers", str(tmp_path / "none")).code == 2


def test_a_place_that_is_nowhere_is_left_out() -> None:
    assert reading._place(Place(city="Shenzhen", latitude=float("nan"), longitude=float("inf"))) == {"city": "Shenzhen"}


def test_a_message_of_another_kind_than_said_is_not_read() -> None:
    assert said("carriers", "read", "sf", str(PUSH), "--kind", "nonsense").code == 2
