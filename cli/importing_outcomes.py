"""The outcome file: one JSON line an order, and the checkpoint by which an interrupted import goes on.

Its first line says which file was imported how, its last that the import came to the end. Lines are written after the
transaction that makes them true: what a crash takes away is imported again, which changes nothing.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import orjson

from cli.console import Problem


@dataclass(slots=True)
class Seen:
    """Which orders the file had already, and on which line; kept on disk, so memory stays flat."""

    table: sqlite3.Connection

    def first(self, merchant: str | None, number: str, line: int) -> int | None:
        """The line the order stood on before, or None for the first time."""
        mark = blake2b(f"{merchant or ''}\0{number}".encode("utf-8", "replace"), digest_size=16).digest()
        if self.table.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (mark, line)).rowcount:
            return None
        found: int = self.table.execute("SELECT line FROM seen WHERE mark = ?", (mark,)).fetchone()[0]
        return found


def seen() -> Seen:
    """Nothing yet. The empty name is SQLite's private file, gone when it is closed."""
    table = sqlite3.connect("", isolation_level=None)
    table.execute("CREATE TABLE seen (mark BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID")
    table.execute("BEGIN")
    return Seen(table)


@dataclass(slots=True)
class Journal:
    """The open outcome file. ``done`` is the last line that needs no more work, ``counts`` the orders by outcome,
    ``with_errors`` those that were refused wholly or in part."""

    file: IO[bytes]
    seen: Seen
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    with_errors: int = 0

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Appends a batch, in the file's sequence."""
        for record in records:
            self._count(record)
        self.file.write(b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records))
        self.file.flush()

    def finish(self) -> None:
        """The import came to the end: run again, it begins anew."""
        self.file.write(orjson.dumps({"finished": dict(self.counts)}, option=orjson.OPT_APPEND_NEWLINE))
        self.file.flush()

    def _count(self, record: Mapping[str, Any]) -> None:
        self.done = record["line"]
        self.counts[record["outcome"]] += 1
        self.with_errors += bool(record["errors"])

    def close(self) -> None:
        """Closes both files."""
        self.file.close()
        self.seen.table.close()

    def take_over(self, lines: IO[bytes]) -> int:
        """Counts what an interrupted import did; gives the length of what is whole."""
        whole = 0
        for line in lines:
            record = _json(line)
            if not line.endswith(b"\n") or record is None:
                break
            whole += len(line)
            if "line" in record:
                self._count(record)
                if record["number"]:
                    self.seen.first(record["merchant"], record["number"], record["line"])
        return whole


def journal(path: Path, stamp: Mapping[str, Any], *, restart: bool) -> Journal:
    """The outcome file of this import: the interrupted one's, else a fresh one. Problem when another kind of file is in
    its place."""
    try:
        if path.exists() and path.stat().st_size:
            header, finished = _ends(path)
            if "import" not in header:
                raise Problem(str(path), "exists and is no outcome of an import; name another with --outcome")
            if header["import"] == stamp and not finished and not restart:
                return _continued(path)
        fresh = Journal(path.open("wb"), seen())
    except OSError as bad:
        raise Problem(str(path), bad.strerror or "cannot be written") from None
    fresh.file.write(orjson.dumps({"import": stamp}, option=orjson.OPT_APPEND_NEWLINE))
    fresh.file.flush()
    return fresh


def _continued(path: Path) -> Journal:
    kept = Journal(path.open("r+b"), seen())
    whole = kept.take_over(kept.file)
    kept.file.seek(whole)
    kept.file.truncate()
    return kept


def _ends(path: Path) -> tuple[dict[str, Any], bool]:
    """The first line, and whether the last says it was finished."""
    with path.open("rb") as file:
        head = _json(file.readline(65536)) or {}
        file.seek(max(0, path.stat().st_size - 4096))
        last = (_json(line) for line in file.readlines()[-1:])
        return head, any(record is not None and "finished" in record for record in last)


def _json(line: bytes) -> dict[str, Any] | None:
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) else None
