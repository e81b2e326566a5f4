"""Identities: UUIDv7 in the store (pages by id are pages by time), TypeIDs for partners (``ord_01h455vb4pex5...``)."""

import os
import threading
import time
from uuid import UUID

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case, as the TypeID specification has it
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


class _Clock:
    """Milliseconds and a 12-bit counter that never go back within one process, so later ids are larger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        with self._lock:
            fresh = (time.time_ns() // 1_000_000) << 12
            self._last = fresh if fresh > self._last else self._last + 1
            return self._last


_CLOCK = _Clock()


def uuid7() -> UUID:
    """A fresh UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of counter, 62 random bits."""
    tick = _CLOCK.tick()
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | random)


def typeid(prefix: str, id_: UUID) -> str:
    """The partner's form of an id: ``prefix_`` and 26 letters of base 32."""
    value = id_.int
    letters = [ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"


def parse_typeid(text: str) -> tuple[str, UUID] | None:
    """Prefix and id of a TypeID, or None for anything that is not one (never an exception)."""
    prefix, _, letters = text.rpartition("_")
    if not prefix or len(letters) != 26 or letters[0] > "7":
        return None
    value = 0
    for letter in letters:
        bits = _VALUES.get(letter)
        if bits is None:
            return None
        value = value << 5 | bits
    return prefix, UUID(int=value)
