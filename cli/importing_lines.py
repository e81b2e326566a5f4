"""A file's lines one after another, whatever its size: plain or gzip, with or without a byte order mark."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cli.console import Problem

LONGEST_LINE = 4 * 2**20
_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"


class BadLine(Exception):
    """One line cannot be read; the next can."""


@dataclass(slots=True)
class Lines:
    """An open file as lines of bytes. ``line`` is the number of the last one, ``taken`` the bytes read so far after
    unpacking; ``position`` says how far the file itself has been read."""

    name: str
    file: IO[bytes]
    stream: IO[bytes]
    line: int = 0
    taken: int = 0

    @property
    def position(self) -> int:
        """In bytes of the file as it lies there."""
        return self.file.tell()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """BadLine for one that is too long, Problem when the file breaks off."""
        text = self._some()
        if not text:
            raise StopIteration
        self.line += 1
        if len(text) == LONGEST_LINE and not text.endswith(b"\n"):
            while (rest := self._some()) and not rest.endswith(b"\n"):
                pass
            raise BadLine(f"The line is longer than {LONGEST_LINE // 2**20} MiB.")
        return text.removeprefix(_BOM) if self.line == 1 else text

    def _some(self) -> bytes:
        try:
            text = self.stream.readline(LONGEST_LINE)
        except (OSError, EOFError, zlib.error) as bad:
            raise Problem(self.name, f"breaks off after line {self.line}: {bad}") from None
        self.taken += len(text)
        return text


@dataclass(frozen=True, slots=True)
class Print:
    """What tells one file from another: its size in bytes, and its digest."""

    size: int
    digest: str


def fingerprint(path: Path) -> Print:
    """Reads the file once. Problem when it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Print(file.tell(), digest)
    except OSError as bad:
        raise Problem(str(path), bad.strerror or "cannot be read") from None


@contextmanager
def opened(path: Path) -> Iterator[Lines]:
    """The file, unpacked where it is gzip. Problem when it cannot be read or is UTF-16."""
    try:
        file = path.open("rb")
    except OSError as bad:
        raise Problem(str(path), bad.strerror or "cannot be read") from None
    with file:
        head = file.read(2)
        if head in _OTHER_BOMS:
            raise Problem(str(path), "is UTF-16; save it as UTF-8")
        file.seek(0)
        if head == _GZIP:
            with gzip.open(file, "rb") as unpacked:
                yield Lines(str(path), file, unpacked)  # type: ignore[arg-type]  # a GzipFile reads as any file does
        else:
            yield Lines(str(path), file, file)
