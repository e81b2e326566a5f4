"""``waybridge log``: heads, exports, and what a verifier finds."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

import cli.log
from aftersales import events, proofs
from aftersales.log import after
from aftersales.rules import entries, heads, merkle
from aftersales.rules.verifying import verify
from cli.main import app
from db.models.log import Event, Head, Seal
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.aftersales import tampering
from tests.cli.conftest import Command
from worker import sealing

InStore = Callable[[Any], Any]


@pytest.fixture
def merchant(in_store: InStore) -> Any:
    """A merchant with a log of seven entries under a head."""

    async def write(store: Store) -> Any:
        seller = await make.merchant(store)
        assert seller.merchant
        order = await make.order(store, seller.merchant.id, "V-1")
        for number in range(6):
            await make.shipment(store, seller.merchant.id, f"SF700000000000{number}", orders=[order])
        await sealing.drain(store)
        await sealing.sign(store, make.NOW)
        return seller.merchant

    return in_store(write)


@pytest.fixture
def kept(waybridge: Command, merchant: Any, tmp_path: Path) -> tuple[str, ...]:
    """A head and its key, kept elsewhere, as options."""
    note = tmp_path / "head.txt"
    note.write_text(waybridge("log", "head", "--merchant", merchant.typeid).out, "utf-8")
    return ("--head", str(note), "--key", waybridge("log", "key").out.strip())


def test_a_head_is_printed_as_a_signed_note(waybridge: Command, merchant: Any) -> None:
    note = waybridge("log", "head", "--merchant", merchant.typeid).out

    head = heads.read(note, heads.read_key(waybridge("log", "key").out))
    assert (head.merchant_id, head.size) == (merchant.id, 7)
    assert note.splitlines()[0] == f"waybridge/{merchant.typeid}"


def test_an_untouched_log_verifies(waybridge: Command, merchant: Any, kept: tuple[str, ...]) -> None:
    told = waybridge("log", "verify", "--merchant", merchant.typeid, *kept)

    assert told.code == 0
    assert told.out == f"{merchant.typeid}: 7 of 7 entries proven\n"


@pytest.mark.parametrize("page", [1, 3, 7])
def test_a_long_log_is_read_a_page_at_a_time(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.log, "PAGE", page)

    assert waybridge("log", "verify", "--merchant", merchant.typeid, *kept).out.endswith("7 of 7 entries proven\n")
    assert len(waybridge("log", "export", "--merchant", merchant.typeid).out.splitlines()) == 7


def test_a_head_kept_as_the_webhook_message_it_came_in_is_a_witness_too(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], tmp_path: Path
) -> None:
    _, note, _, key = kept
    message = tmp_path / "message.json"
    data = {"note": Path(note).read_text("utf-8"), "publicKey": "not believed"}
    message.write_text(json.dumps({"type": "log.head", "data": data}), "utf-8")
    told = waybridge("log", "verify", "--merchant", merchant.typeid, "--head", str(message), "--key", key)

    assert (told.code, told.out) == (0, f"{merchant.typeid}: 7 of 7 entries proven\n")

    message.write_text('{"type": "webhook.test", "data": {}}', "utf-8")
    assert waybridge("log", "verify", "--head", str(message)).code == 2


def test_without_a_head_the_databases_own_are_used_and_it_says_so(waybridge: Command, merchant: Any) -> None:
    told = waybridge("log", "verify", "--json")

    assert told.code == 0
    assert {"merchant": merchant.typeid, "entries": 7, "proven": 7, "problem": None} in told.json
    assert "--head" in told.err


def test_an_export_verifies_without_the_database(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], tmp_path: Path
) -> None:
    export = tmp_path / "log.jsonl"
    export.write_text(waybridge("log", "export", "--merchant", merchant.typeid).out, "utf-8")

    told = CliRunner().invoke(app, ["log", "verify", "--export", str(export), *kept], env={"COLUMNS": "200"})
    export.write_bytes(export.read_bytes().replace(b"SF7000000000003", b"SF7000000000009"))
    forged = CliRunner().invoke(app, ["log", "verify", "--export", str(export), *kept], env={"COLUMNS": "200"})

    assert (told.exit_code, told.stdout) == (0, f"{merchant.typeid}: 7 of 7 entries proven\n")
    assert (forged.exit_code, forged.stdout) == (
        1,
        f"{merchant.typeid}: 0 of 7 entries proven; entries 1 to 7 are not those that were signed\n",
    )


def test_an_export_needs_what_was_kept_elsewhere(waybridge: Command, tmp_path: Path) -> None:
    export = tmp_path / "log.jsonl"
    export.write_text("")

    assert waybridge("log", "verify", "--export", str(export)).code == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (update(Event).values(payload={"v": 1, "before": None, "after": {"status": "LOST"}}), "entry 4 and the hashes"),
        (update(Event).values(commitment=b"0" * 32), "entry 4 and the hashes kept with it do not agree"),
        (update(Event).values(actor={"party": "BUYER", "id": None}), "entry 4 and the hashes kept with it"),
        (update(Event).values(kind="shipment.delivered"), "entry 4 and the hashes kept with it do not agree"),
        (update(Event).values(salt=b"0" * 16), "entry 4 and the hashes kept with it do not agree"),
        (delete(Event), "after entry 3 comes entry 5"),
    ],
)
def test_a_changed_database_does_not_verify(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], in_store: InStore, change: Any, problem: str
) -> None:
    async def forge(store: Store) -> None:
        async with store.writing(EVERYTHING) as session:
            id_ = await session.scalar(select(Seal.event_id).where(Seal.merchant_id == merchant.id, Seal.number == 4))
            await session.execute(change.where(Event.id == id_), execution_options={"synchronize_session": False})

    in_store(forge)
    told = waybridge("log", "verify", "--merchant", merchant.typeid, *kept)

    assert told.code == 1
    assert problem in told.out


def test_a_log_that_was_rewritten_as_a_whole_is_found_by_the_head(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], in_store: InStore
) -> None:
    """Whoever holds the database and the secret key can make all hashes and heads anew, but not the one kept elsewhere."""

    async def rewrite(store: Store) -> None:
        async with store.writing(EVERYTHING) as session:
            rows = (await session.execute(after(0).where(Seal.merchant_id == merchant.id))).all()
            rows[2][1].payload = {"v": 1, "before": None, "after": {"status": "LOST"}}
            peaks: list[bytes] = []
            for seal, event in rows:
                content = entries.canonical(entries.content_of(vars(event)))
                event.commitment = entries.commitment(event.salt, content)
                seal.leaf = entries.leaf(entries.stamp_of(vars(event)), seal.number)
                seal.subtrees = b"".join(merkle.append(peaks, seal.number - 1, seal.leaf))
            head = await session.scalar(select(Head).where(Head.merchant_id == merchant.id))
            assert head
            head.root = merkle.fold(peaks)
            head.signature = heads.sign(
                heads.Head(merchant.id, head.size, head.root, head.signed_at), proofs.key_of(store.vault)
            )

    in_store(rewrite)

    assert "7 of 7 entries proven" in waybridge("log", "verify", "--merchant", merchant.typeid).out
    told = waybridge("log", "verify", "--merchant", merchant.typeid, *kept)
    assert told.code == 1
    assert "entries 1 to 7 are not those that were signed" in told.out


def test_a_cut_tail_and_changed_hashes_are_found(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], in_store: InStore
) -> None:
    async def flip(store: Store) -> None:
        async with store.writing(EVERYTHING) as session:
            row = await session.scalar(select(Seal).where(Seal.merchant_id == merchant.id, Seal.number == 2))
            assert row
            row.subtrees = row.subtrees[:-1] + b"!"

    async def cut(store: Store) -> None:
        async with store.writing(EVERYTHING) as session:
            await session.execute(delete(Seal).where(Seal.merchant_id == merchant.id, Seal.number > 5))
            await session.execute(delete(Head).where(Head.merchant_id == merchant.id))

    in_store(cut)
    assert "it ends with entry 5, and 7 were signed" in waybridge("log", "verify", *kept).out
    in_store(flip)
    assert "entry 2 and the hashes kept with it do not agree" in waybridge("log", "verify", *kept).out


def test_content_may_be_erased_and_the_log_still_verifies(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], in_store: InStore
) -> None:
    async def erase(store: Store) -> None:
        async with store.writing(EVERYTHING) as session:
            row = await session.scalar(select(Event).where(Event.merchant_id == merchant.id).limit(1))
            assert row
            row.salt, row.payload, row.actor = b"", {}, {}

    in_store(erase)

    assert "7 of 7 entries proven" in waybridge("log", "verify", "--merchant", merchant.typeid, *kept).out


def test_a_note_of_another_key_or_merchant_is_no_head(
    waybridge: Command, merchant: Any, kept: tuple[str, ...], tmp_path: Path
) -> None:
    forged = tmp_path / "forged.txt"
    forged.write_text(Path(kept[1]).read_text("utf-8").replace("\n7\n", "\n6\n"), "utf-8")

    assert waybridge("log", "verify", "--head", str(forged)).code == 2
    assert waybridge("log", "verify", "--head", kept[1], "--key", "waybridge+00000000+AAAA").code == 2


@pytest.mark.parametrize("forgery", tampering.FORGERIES, ids=lambda each: each.__name__)
def test_forgeries_are_found(forgery: Callable[[list[bytes], random.Random], None]) -> None:
    """The long form: python -m benchmarks.tampering."""
    chance = random.Random(11)
    log = tampering.keep(1500, chance)
    assert verify(log.lines, tampering.MERCHANT, log.heads).problem is None

    for _ in range(40):
        lines = list(log.lines)
        forgery(lines, chance)
        assert verify(lines, tampering.MERCHANT, log.heads).problem


def test_the_catalogue_is_printed(waybridge: Command) -> None:
    assert waybridge("log", "events").out == events.page()
