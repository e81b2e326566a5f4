"""A signed head: the size and root of a merchant's tree at a moment, as text that any tool for signed checkpoints reads
(C2SP tlog-checkpoint in a C2SP signed-note, ed25519). It is what a partner keeps, and all they need to trust.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from db.ids import parse_typeid, typeid

SIGNER = "waybridge"
_ED25519 = b"\x01"


class NotAHead(Exception):
    """A text that is no signed head, or not signed by this key."""


@dataclass(frozen=True, slots=True)
class Head:
    """A merchant's tree when it was signed."""

    merchant_id: UUID
    size: int
    root: bytes
    signed_at: datetime

    @property
    def text(self) -> str:
        """What is signed: origin, size, root and moment, a line each."""
        origin = f"{SIGNER}/{typeid('mer', self.merchant_id)}"
        moment = self.signed_at.astimezone(UTC).isoformat(timespec="seconds")
        return f"{origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{moment}\n"


def sign(head: Head, key: Ed25519PrivateKey) -> bytes:
    """The signature, 64 bytes."""
    return key.sign(head.text.encode())


def note(head: Head, signature: bytes, key: Ed25519PublicKey) -> str:
    """The head with its signature, as it is handed out."""
    signed = base64.b64encode(_fingerprint(key) + signature).decode()
    return f"{head.text}\n— {SIGNER} {signed}\n"


def read(text: str, key: Ed25519PublicKey) -> Head:
    """The head of a note. NotAHead unless this key signed it."""
    try:
        body, _, signatures = text.rpartition("\n\n")
        origin, size, root, moment = body.split("\n")
        owner = parse_typeid(origin.removeprefix(f"{SIGNER}/"))
        [signed] = [line.split(" ")[2] for line in signatures.splitlines() if line.startswith(f"— {SIGNER} ")]
        raw = base64.b64decode(signed, validate=True)
        head = Head(
            owner[1] if owner else UUID(int=0), int(size), base64.b64decode(root), datetime.fromisoformat(moment)
        )
        if raw[:4] != _fingerprint(key) or head.text != f"{body}\n":
            raise NotAHead("it is signed by another key, or not written as we write it")
        key.verify(raw[4:], head.text.encode())
    except (ValueError, IndexError, binascii.Error):
        raise NotAHead("it is no signed head") from None
    except InvalidSignature:
        raise NotAHead("its signature is wrong") from None
    return head


def public_text(key: Ed25519PublicKey) -> str:
    """The public key as a verifier key of signed notes: name, fingerprint, and the key in Base64."""
    raw = base64.b64encode(_ED25519 + _raw(key)).decode()
    return f"{SIGNER}+{_fingerprint(key).hex()}+{raw}"


def read_key(text: str) -> Ed25519PublicKey:
    """The public key of a verifier key. NotAHead when it is none."""
    try:
        name, fingerprint, raw = text.strip().split("+", 2)
        kind_and_key = base64.b64decode(raw, validate=True)
        key = Ed25519PublicKey.from_public_bytes(kind_and_key[1:])
    except ValueError:
        raise NotAHead("it is no verifier key") from None
    if (name, fingerprint, kind_and_key[:1]) != (SIGNER, _fingerprint(key).hex(), _ED25519):
        raise NotAHead("it is no verifier key of this log")
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _fingerprint(key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(SIGNER.encode() + b"\n" + _ED25519 + _raw(key)).digest()[:4]
