"""An interrupted import goes on where it was."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.ids import parse_typeid
from db.models.log import Event
from db.reach import EVERYTHING
from db.session import Store
from tests.cli.conftest import KEY_TEXT, Command
from tests.cli.importing import InStore, jsonl, kept, outcomes
from tests.make import order_form


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
