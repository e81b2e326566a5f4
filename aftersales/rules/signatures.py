"""Signatures of what we send, after Standard Webhooks: HMAC-SHA256 with a shared secret (``v1``), or Ed25519 with a key of
ours whose public half the partner keeps (``v1a``)."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.enums import SigningScheme

SECRET, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
_BYTES = 32


def new_secret(scheme: SigningScheme) -> str:
    """A fresh secret, in the text by which libraries know it: ``whsec_...`` is shared, ``whsk_...`` never leaves us."""
    prefix = SECRET if scheme is SigningScheme.HMAC_SHA256 else PRIVATE
    return prefix + base64.b64encode(os.urandom(_BYTES)).decode()


def public_key(secret: str) -> str | None:
    """The public half of a key pair (``whpk_...``); None for a shared secret, which has none."""
    if not secret.startswith(PRIVATE):
        return None
    raw = Ed25519PrivateKey.from_private_bytes(_key(secret, PRIVATE)).public_key().public_bytes_raw()
    return PUBLIC + base64.b64encode(raw).decode()


def headers(secrets: Sequence[str], message: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The three headers of a message: its id, the moment of this attempt in seconds, and one signature a secret."""
    seconds = str(int(at.timestamp()))
    signed = f"{message}.{seconds}.".encode() + body
    return {
        "webhook-id": message,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    if secret.startswith(PRIVATE):
        made = Ed25519PrivateKey.from_private_bytes(_key(secret, PRIVATE)).sign(signed)
        return "v1a," + base64.b64encode(made).decode()
    return "v1," + base64.b64encode(hmac.digest(_key(secret, SECRET), signed, hashlib.sha256)).decode()


def _key(secret: str, prefix: str) -> bytes:
    return base64.b64decode(secret.removeprefix(prefix))
