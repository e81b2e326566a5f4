"""Personal data at rest: AES-256-GCM under one key a merchant, each key wrapped by the master key.

An envelope is ``01 | key id (16) | nonce (12) | ciphertext and tag`` and is bound to its merchant, table, row and
column: moved anywhere else it does not open. Deleting a merchant's key erases its data, backups included.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Collection
from typing import NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.ids import uuid7

Sealed = NewType("Sealed", bytes)
VERSION = b"\x01"
SHORTEST = 1 + 16 + 12 + 16  # of an empty text: version, key id, nonce, tag


class CannotOpen(Exception):
    """The envelope is damaged, was moved, or its key is gone."""


class Vault:
    """Seals and opens. Keys are fetched once a process; sealing itself never touches the database."""

    def __init__(self, master: bytes) -> None:
        """``master`` is 32 bytes (WAYBRIDGE_SECRET_KEY)."""
        if len(master) != 32:
            raise ValueError("the secret key must be 32 bytes, in Base64")
        self._wrap = AESGCM(master)
        self._index_key = hmac.digest(master, b"waybridge blind index", "sha256")
        self._token_key = hmac.digest(master, b"waybridge tokens", "sha256")
        self._keys: dict[UUID, AESGCM] = {}
        self._current: dict[UUID, UUID] = {}

    @property
    def token_key(self) -> bytes:
        """The key that signs short-lived tokens; derived, so one secret is enough."""
        return self._token_key

    def new_key(self, merchant: UUID) -> tuple[UUID, Sealed]:
        """A fresh data key for a merchant: its id and its wrapped form, to be stored; at hand at once."""
        key_id, key = uuid7(), os.urandom(32)
        nonce = os.urandom(12)
        self._hold(merchant, key_id, key)
        return key_id, Sealed(nonce + self._wrap.encrypt(nonce, key, merchant.bytes + key_id.bytes))

    def learn(self, merchant: UUID, key_id: UUID, wrapped: bytes) -> None:
        """Takes a stored key to hand; the newest id is the one that seals."""
        try:
            key = self._wrap.decrypt(wrapped[:12], wrapped[12:], merchant.bytes + key_id.bytes)
        except InvalidTag:
            raise CannotOpen("the secret key does not open this database's data keys") from None
        self._hold(merchant, key_id, key)

    def _hold(self, merchant: UUID, key_id: UUID, key: bytes) -> None:
        self._keys[key_id] = AESGCM(key)
        current = self._current.get(merchant)
        if current is None or current.int < key_id.int:
            self._current[merchant] = key_id

    def knows(self, merchant: UUID) -> bool:
        """Whether a key of the merchant is at hand."""
        return merchant in self._current

    async def fetch(
        self,
        merchants: Collection[UUID],
        load: Callable[[list[UUID]], Awaitable[Collection[tuple[UUID, UUID, bytes]]]],
    ) -> None:
        """Makes the keys of these merchants available; ``load`` reads (merchant, key id, wrapped) of missing ones."""
        missing = [merchant for merchant in set(merchants) if not self.knows(merchant)]
        if missing:
            for merchant, key_id, wrapped in await load(missing):
                self.learn(merchant, key_id, wrapped)

    def seal(self, merchant: UUID, place: str, text: str) -> Sealed:
        """An envelope of the text. KeyError when the merchant's key is not at hand."""
        key_id = self._current[merchant]
        nonce = os.urandom(12)
        bound = _bound(merchant, place)
        return Sealed(VERSION + key_id.bytes + nonce + self._keys[key_id].encrypt(nonce, text.encode(), bound))

    def open(self, merchant: UUID, place: str, sealed: bytes) -> str:
        """The text again. CannotOpen when anything about it is not as it was sealed."""
        key = self._keys.get(UUID(bytes=sealed[1:17])) if len(sealed) >= SHORTEST and sealed[:1] == VERSION else None
        if key is None:
            raise CannotOpen(f"no key opens {place}")
        try:
            return key.decrypt(sealed[17:29], sealed[29:], _bound(merchant, place)).decode()
        except InvalidTag:
            raise CannotOpen(f"{place} is not what was sealed") from None

    def blind(self, merchant: UUID, value: str) -> bytes:
        """A keyed digest by which equal values of one merchant can be found, and nothing else learnt."""
        return hmac.digest(self._index_key, merchant.bytes + value.encode(), hashlib.sha256)[:16]


def _bound(merchant: UUID, place: str) -> bytes:
    return merchant.bytes + place.encode()


def parse_master(text: str) -> bytes:
    """The master key from its Base64 text. ValueError says what is wrong with it, never the key."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("WAYBRIDGE_SECRET_KEY is not Base64") from None
    if len(key) != 32:
        raise ValueError("WAYBRIDGE_SECRET_KEY must be 32 bytes, in Base64")
    return key
