"""Labels as files: sealed in the folder of files, written whole or not at all, given to who holds a link."""

import base64
import binascii
import hmac
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from db.ids import typeid
from db.models.labels import LabelState, ReturnLabel
from db.vault import Vault

LINK_LASTS = timedelta(minutes=15)
ENDINGS = {"application/pdf": "pdf", "image/png": "png"}
MAGIC = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n"}
MOST_BYTES = 5_000_000


def is_label(media_type: str, content: bytes) -> bool:
    """Whether it is a file that we hand on: what it says it is, and not too big."""
    return media_type in MAGIC and content.startswith(MAGIC[media_type]) and len(content) <= MOST_BYTES


def name_of(id_: UUID) -> str:
    """The file's name within the folder of files."""
    return f"labels/{typeid(ReturnLabel.prefix, id_)}"


def keep(vault: Vault, folder: Path, label: ReturnLabel, content: bytes) -> str:
    """Writes a label down, sealed; gives its name. The merchant's key must be at hand. Blocks: not for the loop."""
    name = name_of(label.id)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(vault.seal(label.merchant_id, name, base64.b64encode(content).decode()))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return name


def read(vault: Vault, folder: Path, label: ReturnLabel) -> bytes | None:
    """What was written down; None where the file is not there (any more). The merchant's key must be at hand."""
    assert label.file_name is not None
    try:
        sealed = (folder / label.file_name).read_bytes()
    except FileNotFoundError:
        return None
    return base64.b64decode(vault.open(label.merchant_id, label.file_name, sealed))


def is_open(label: ReturnLabel, now: datetime) -> bool:
    """Whether there is a file to be had, and the return still takes the goods."""
    is_ready = label.state is LabelState.READY and label.file_name is not None
    return is_ready and (label.expires_at is None or now < label.expires_at)


def link(vault: Vault, public_url: str, label: ReturnLabel, now: datetime) -> tuple[str, datetime] | None:
    """An address that gives the file to whoever holds it, and until when; None where there is no file (any more)."""
    if not is_open(label, now):
        return None
    until = now.astimezone(UTC).replace(microsecond=0) + LINK_LASTS
    told = label.id.bytes + int(until.timestamp()).to_bytes(8, "big")
    token = base64.urlsafe_b64encode(told + _signature(vault, told)).decode()
    return f"{public_url}/files/{token}", until


def opened(vault: Vault, token: str, now: datetime) -> UUID | None:
    """The label that a link's token opens; None where it is not ours, or its time is over. Constant time."""
    try:
        told = base64.b64decode(token, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(told) != 48 or not hmac.compare_digest(told[24:], _signature(vault, told[:24])):
        return None
    return UUID(bytes=told[:16]) if now.timestamp() < int.from_bytes(told[16:24], "big") else None


def _signature(vault: Vault, told: bytes) -> bytes:
    key = hmac.digest(vault.token_key, b"file links", "sha256")
    return hmac.digest(key, told, "sha256")[:24]  # 48 bytes in all: Base64 without padding
