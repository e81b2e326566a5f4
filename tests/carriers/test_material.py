"""The real messages of real carriers, read, where they lie beside the checkout (``../shared/carriers``).

``tests/carriers/<code>/material.json`` names every file of the carrier's folder and says what it is:

- ``{"kind": "track|push|pickup|error", "reads": {...}}``: we read it, and must understand at least this (as in
  ``test_cases``), both as its kind and with ``auto``;
- ``{"kind": "request", "tested_by": "test name"}``: a request of ours; a test of this carrier builds its equal;
- ``{"kind": "vectors" | "statuses", "tested_by": "test name"}``: signatures, tables; a test of this carrier holds it;
- ``{"kind": "later", "because": "..."}``: of an ability this gateway does not have yet (bookings, labels, claims).

A file that is not named fails: nothing in the folder is passed over in silence.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers.registry import BY_CODE, CARRIERS
from cli import reading
from tests.carriers.test_cases import assert_says

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "carriers"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
READ = {"track", "push", "pickup", "error"}
FILES = [(c.code, f.name) for c in CARRIERS for f in sorted((SHARED / c.code).glob("*")) if f.name != "NOTES.md"]


def told(code: str, name: str) -> dict[str, object]:
    manifest: dict[str, dict[str, object]] = json.loads((HERE / code / "material.json").read_text())
    assert name in manifest, f"{code}/{name} is not named in material.json"
    return manifest[name]


@pytest.mark.parametrize(("code", "name"), FILES, ids=[f"{code}-{name}" for code, name in FILES])
def test_a_real_file_is_understood(code: str, name: str) -> None:
    entry = told(code, name)
    if entry["kind"] in READ:
        body = (SHARED / code / name).read_bytes()
        for kind in (str(entry["kind"]), "auto"):
            read = reading.read(BY_CODE[code], body, kind=kind, headers={}, now=NOW)
            assert_says(entry["reads"], reading.as_json(BY_CODE[code], read))
    elif entry["kind"] == "later":
        assert entry["because"]
    else:
        test = str(entry["tested_by"])
        sources = "".join(path.read_text() for path in (*(HERE / code).glob("test_*.py"), *HERE.glob("test_*.py")))
        assert f"def {test}(" in sources, f"{test} is not among the tests of {code}"
