"""An order's line in the outcome file: what became of it, and every error by field, column and line."""

from collections.abc import Mapping
from typing import Any

from aftersales.entering import Entered
from aftersales.refusals import Refusal
from cli.importing_forms import Raw


def record(raw: Raw, done: Entered, owner: str | None, names: Mapping[str, str]) -> dict[str, Any]:
    """``owner`` is the merchant of every order, if one is; ``names`` are the columns' names by field."""
    return {
        "line": raw.line,
        "number": _printable(done.number or raw.number),
        "merchant": _printable(owner or raw.merchant),
        "outcome": done.outcome.value,
        "flags": [flag.upper() for flag in done.order.flags] if done.order is not None else [],
        "errors": [_error(raw, no, names) for no in done.refused],
    }


def _error(raw: Raw, no: Refusal, names: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"field": ".".join(no.field), "message": _printable(no.message), "code": no.code.name}
    column = names.get(".".join(part for part in no.field if not part.isdigit()))
    if column is not None:
        told["column"] = column
    if len(no.field) > 1 and no.field[0] in raw.rows and no.field[1].isdigit():
        told["line"] = raw.rows[no.field[0]][int(no.field[1])]
    return told


def _printable(text: str | None) -> str | None:
    """As any JSON reader takes it, and not endless."""
    return None if text is None else text.encode("utf-8", "replace").decode()[:200]
