"""Every carrier's own cases, read. A case is a folder ``tests/carriers/<code>/cases/<case>/`` with

- ``message.*``: what the carrier sends, in its wire format (written by us, never copied from anybody);
- ``case.json``: ``{"kind": "track|push|pickup|error", "reads": {...}}``, the contract's object we must understand
  (a subset: every key given must be equal, lists in full), or ``{"kind": ..., "unreadable": "part of the message"}``.

Every case is read twice: as its kind, and with ``auto``.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers.carrier import Unreadable
from carriers.registry import BY_CODE, CARRIERS
from cli import reading

HERE = Path(__file__).parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CASES = sorted(HERE.glob("*/cases/*/case.json"))


def assert_says(expected: Any, actual: Any, path: str = "$") -> None:
    """Every key that is expected is there and equal; lists are of equal length."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            assert key in actual, f"{path}.{key} is missing"
            assert_says(value, actual[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list):
        assert len(expected) == len(actual), f"{path} has {len(actual)} entries, not {len(expected)}"
        for position, (one, other) in enumerate(zip(expected, actual, strict=True)):
            assert_says(one, other, f"{path}[{position}]")
    else:
        assert expected == actual, f"{path}: {actual!r}, not {expected!r}"


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parts[-4]}-{p.parts[-2]}")
@pytest.mark.parametrize("auto", [False, True], ids=["kind", "auto"])
def test_a_case_is_read(case: Path, auto: bool) -> None:
    told = json.loads(case.read_text())
    carrier = BY_CODE[case.parts[-4]]
    [message] = case.parent.glob("message.*")
    kind = "auto" if auto else told["kind"]
    if "unreadable" in told:
        with pytest.raises(Unreadable, match=None if auto else told["unreadable"]):
            reading.read(carrier, message.read_bytes(), kind=kind, headers={}, now=NOW)
        return
    read = reading.read(carrier, message.read_bytes(), kind=kind, headers=told.get("headers", {}), now=NOW)
    assert_says(told["reads"], reading.as_json(carrier, read))


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.code)
def test_every_ability_to_read_has_a_case(carrier: Any) -> None:
    kinds = {json.loads(c.read_text())["kind"] for c in CASES if c.parts[-4] == carrier.code}
    able = {
        "track": carrier.tracking,
        "push": carrier.pushing,
        "pickup": carrier.read_pickup,
        "error": carrier.read_error,
    }
    assert {kind for kind, ability in able.items() if ability} <= kinds
