"""How the business says no: its facts survive being kept, and no refusal of a kind that has facts comes without."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from aftersales.refusals import (
    Amount,
    CarrierRejected,
    Detail,
    Quantity,
    Refusal,
    RefusalCode,
    Refused,
    Transition,
    WindowClosed,
    inside,
)
from schema.details import detail_of

ROOT = Path(__file__).parents[2]
ROOMS = ("aftersales", "resolvers")
TOLD = {"STATE", "QUANTITY", "WINDOW_CLOSED", "CARRIER_REJECTED"}
KEPT = TypeAdapter(tuple[Refusal, ...])
DETAILS: list[Detail] = [
    Transition("approved", None, ("received", "lost")),
    Transition("ready", "dead", ()),
    Quantity(3, 4, min=1),
    Quantity(None),
    Amount(4_900, 5_000, "CNY"),
    WindowClosed(datetime(2026, 5, 9, 16, tzinfo=UTC), "cn", 1),
    CarrierRejected("sf", "S208", retryable=True),
    CarrierRejected("sf", None, retryable=False),
]


@pytest.mark.parametrize("detail", DETAILS, ids=repr)
def test_what_is_kept_is_read_as_it_was(detail: Detail) -> None:
    told = (Refusal(RefusalCode.STATE, "No.", ("id",), detail),)

    assert KEPT.validate_python(KEPT.dump_python(told, mode="json")) == told


@pytest.mark.parametrize(
    "before",
    [
        {"from_": "approved", "event": "approve", "allowed": ["receive"]},
        {"closed_at": "2026-05-09T16:00:00Z", "policy": {"code": "cn", "version": 1}},
        {"due_minor": 100, "granted_minor": 60, "asked_minor": 50},
    ],
    ids=lambda before: next(iter(before)),
)
def test_what_another_release_kept_is_passed_over(before: dict[str, object]) -> None:
    [read] = KEPT.validate_python([{"code": "state", "message": "No.", "field": ["id"], "detail": before}])

    assert (read.code, read.message, detail_of(read)) == (RefusalCode.STATE, "No.", None)


def test_a_path_put_before_a_refusal_leaves_its_facts() -> None:
    with pytest.raises(Refused) as no, inside("input"):
        raise Refused(Refusal(RefusalCode.QUANTITY, "No.", ("quantity",), Quantity(1)))

    assert no.value.refusals == (Refusal(RefusalCode.QUANTITY, "No.", ("input", "quantity"), Quantity(1)),)


def _bare() -> Iterator[str]:
    """Refusals of a kind that has facts, made without any: a code, a sentence, maybe a place, nothing more."""
    for path in sorted(each for room in ROOMS for each in (ROOT / room).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Attribute):
                continue
            is_refusal = isinstance(call.func, ast.Name) and call.func.id == "Refusal"
            facts = 4 if is_refusal else 3
            if (
                call.args[0].attr in TOLD
                and ast.unparse(call.args[0].value) == "RefusalCode"
                and len(call.args) < facts
            ):
                yield f"{path.relative_to(ROOT)}:{call.lineno}"


def test_no_refusal_of_a_state_or_of_a_number_comes_without_its_facts() -> None:
    assert list(_bare()) == []
