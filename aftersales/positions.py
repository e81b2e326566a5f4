"""A position in the log as partners hold it: the same text for the same place in the feed, a timeline, a webhook and a
subscription. Sealed, since what is counted over all merchants is nobody's to read."""

import base64
import binascii
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from db.vault import Vault


class NotAPosition(Exception):
    """A text that is no position of this log."""


def text_of(vault: Vault, position: int) -> str:
    """The position's text: 32 characters that may stand in an address."""
    return base64.urlsafe_b64encode(_seal(vault).encrypt(position.to_bytes(8, "big"), None)).decode()


def position_of(vault: Vault, text: str) -> int:
    """The position again. NotAPosition for anything else."""
    try:
        return int.from_bytes(_seal(vault).decrypt(base64.urlsafe_b64decode(text), None), "big")
    except (InvalidTag, ValueError, binascii.Error):
        raise NotAPosition from None


def _seal(vault: Vault) -> AESSIV:
    return AESSIV(hmac.digest(vault.token_key, b"waybridge positions", "sha256"))
