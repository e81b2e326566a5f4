"""Orders of a JSONL file: one object a line, as in the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from cli.importing_forms import Raw, invalid, zoned
from cli.importing_lines import BadLine, Lines


@dataclass(frozen=True, slots=True)
class Jsonl:
    """A JSONL file; ``merchant`` is the key that says whose order it is, taken out of the object. Lines up to ``done``
    are passed over."""

    lines: Lines
    merchant: str | None
    zone: ZoneInfo | None
    done: int = 0

    def __iter__(self) -> Iterator[Raw]:
        """Every order, in the file's sequence; empty lines are none."""
        while True:
            try:
                text = next(self.lines, None)
            except BadLine as bad:
                yield Raw(self.lines.line, refused=(invalid(str(bad)),))
                continue
            if text is None:
                return
            if self.lines.line > self.done and text.strip():
                yield self._raw(self.lines.line, text.rstrip())

    def _raw(self, line: int, text: bytes) -> Raw:
        try:
            item: Any = orjson.loads(text)
        except orjson.JSONDecodeError as bad:
            return Raw(line, refused=(invalid(f"Line {line}, column {bad.colno} is not JSON: {bad.msg}."),))
        if not isinstance(item, dict):
            return Raw(line, refused=(invalid(f"Line {line} is not a JSON object."),))
        told = None if self.merchant is None else item.pop(self.merchant, None)
        merchant = str(told).strip() if isinstance(told, (str, int)) else None if self.merchant is None else ""
        return Raw(line, zoned(item, self.zone), merchant)
