"""``waybridge check``: every problem named, nothing made."""

import re
from pathlib import Path

import pytest

from cli.check import VARIABLES, Level, race
from db.settings import key_file
from tests.cli.conftest import Command, said


def test_check_finds_nothing_wrong_with_a_good_database(waybridge: Command, database_url: str) -> None:
    looked = waybridge("check", "--json", WAYBRIDGE_PUBLIC_URL="https://gate.example")

    durability = {each["message"] for each in looked.json if each["name"] == "durability"}
    assert looked.code == 0
    assert not [each for each in looked.json if each["level"] == "problem"]
    if database_url.startswith("sqlite"):
        assert durability == {"journal_mode is wal", "synchronous is 2", "foreign_keys is 1"}
    else:
        assert "fsync is on" in durability


def test_check_names_a_key_that_others_can_read(tmp_path: Path) -> None:
    file = tmp_path / "w.db"
    said("--db", str(file), "migrate")
    (tmp_path / "w.db.key").chmod(0o644)

    looked = said("--db", str(file), "check")

    assert looked.code == 1
    assert "chmod 600" in looked.out


def test_check_of_nothing_is_a_problem_and_makes_nothing(tmp_path: Path) -> None:
    looked = said("--db", str(tmp_path / "none.db"), "check")

    assert looked.code == 1
    assert "no database here" in looked.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("LIMIT_DEPTH", "deep"),
        ("LIMIT_COST", "-1"),
        ("LIMIT_ALIASES", "1.5"),
        ("LIMIT_SECONDS", "nan"),
        ("LIMIT_SECONDS", "inf"),
        ("LOG_LEVEL", "loud"),
        ("CORS_ORIGINS", "https://shop.example,shop.example"),
        ("CORS_ORIGINS", "https://shop.example/path"),
        ("PUBLIC_URL", "gateway.example.com"),
        ("PUBLIC_URL", "https://user:hunter2@gateway.example.com"),
        ("DEV", "maybe"),
        ("FILES", "s3://bucket"),
        ("EGRESS_PROXY", "proxy.internal:4750"),
        ("EGRESS_PROXY", "socks5://u:hunter2@proxy.internal:4750"),
    ],
)
def test_check_names_a_setting_that_cannot_be_used(tmp_path: Path, name: str, bad: str) -> None:
    looked = said("--db", str(tmp_path / "none.db"), "check", "--json", **{f"WAYBRIDGE_{name}": bad})

    wrong = [each["message"] for each in looked.json if each["name"] == "settings" and each["level"] == "problem"]
    assert looked.code == 1
    assert [message.split(" ")[0] for message in wrong] == [f"WAYBRIDGE_{name}"]
    assert "hunter2" not in looked.out
    assert list(tmp_path.iterdir()) == []


def test_check_names_every_bad_setting_at_once_and_misspelt_ones(waybridge: Command) -> None:
    bad = {"WAYBRIDGE_LOG_LEVEL": "loud", "WAYBRIDGE_LIMIT_DEPTH": "0", "WAYBRIDGE_LIMIT_DEPHT": "9"}
    looked = waybridge("check", "--json", **bad)

    problems = [each["message"] for each in looked.json if each["level"] == "problem"]
    assert problems == [
        "WAYBRIDGE_LIMIT_DEPTH must be a number more than 0",
        "WAYBRIDGE_LOG_LEVEL must be one of debug, info, warning, error",
    ]
    assert any("WAYBRIDGE_LIMIT_DEPHT is no setting" in each["message"] for each in looked.json)


def test_check_knows_the_settings_of_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")

    assert set(re.findall(r"^\| `(WAYBRIDGE_[A-Z_]+)`", readme, re.MULTILINE)) == VARIABLES


def test_check_makes_no_key(tmp_path: Path) -> None:
    file = tmp_path / "w.db"
    said("--db", str(file), "migrate")
    key_file(file).unlink()
    looked = said("--db", str(file), "check")

    assert looked.code == 0, looked.out
    assert "there is no" in looked.out
    assert not key_file(file).exists()


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("3.6.23", Level.OK),
        ("3.7.0", Level.NOTE),
        ("3.40.1", Level.NOTE),
        ("3.44.5", Level.NOTE),
        ("3.44.6", Level.OK),
        ("3.50.7", Level.OK),
        ("3.51.2", Level.NOTE),
        ("3.51.3", Level.OK),
        ("3.52.0", Level.OK),
    ],
)
def test_the_race_range_of_sqlite_is_known(version: str, level: Level) -> None:
    assert race(version).level is level
