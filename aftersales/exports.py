"""Bulk exports: asked for, canceled, linked to. Reading pages is for who knows the schema, the file is the worker's."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.refusals import Quantity, Refusal, RefusalCode, Refused, Transition
from db.enums import Locale
from db.ids import typeid
from db.models.exports import Export, ExportState
from db.models.partners import Partner
from db.vault import Vault

MOST_RUNNING = 5  # a partner
KEPT = timedelta(days=7)
LINK_LASTS = timedelta(minutes=15)
OPEN = (ExportState.QUEUED, ExportState.RUNNING)


class ExportFailed(Exception):
    """An export that cannot go on, however often it is tried: a code of the contract and a sentence for the partner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Page:
    """The next rows of an export: their lines, how many, the place behind the last, whether others follow."""

    lines: bytes
    rows: int
    cursor: str | None
    has_next: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads an export's rows as its key may see them now. ``page`` gives what follows the export's cursor; ``count`` how
    many rows there are in all, None where nobody can say. Both raise ExportFailed."""

    page: Callable[[Export], Awaitable[Page]]
    count: Callable[[Export], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is to be exported, for whom. ``query`` is known to be one that can be."""

    partner_id: UUID
    key_id: UUID
    acting_for: UUID | None
    query: str
    variables: Mapping[str, Any]
    locale: Locale


async def create(session: AsyncSession, wish: ExportWish, now: datetime) -> Export:
    """A new export, due now, flushed. Refused (LIMIT) while five of the partner's run."""
    await session.get(Partner, wish.partner_id, with_for_update=True)  # two that come at once are counted one by one
    own = select(func.count(Export.id)).where(Export.partner_id == wish.partner_id, Export.state.in_(OPEN))
    if (await session.scalar(own) or 0) >= MOST_RUNNING:
        sentence = f"At most {MOST_RUNNING} exports run at once; wait for one, or cancel one."
        raise Refused(Refusal(RefusalCode.LIMIT, sentence, (), Quantity(MOST_RUNNING)))
    made = Export(
        partner_id=wish.partner_id,
        key_id=wish.key_id,
        acting_for=wish.acting_for,
        query=wish.query,
        variables=dict(wish.variables),
        locale=wish.locale,
        run_at=now,
        created_at=now,
    )
    session.add(made)
    await session.flush()
    return made


def cancel(export: Export, now: datetime) -> None:
    """Ends it; the worker takes the file away. Refused for one that has ended. The row must be locked."""
    if export.state not in OPEN:
        sentence = f"Only an export that waits or runs is canceled; this one is {export.state.name}."
        tried = Transition(export.state.value, ExportState.CANCELED.value, ())
        raise Refused(Refusal(RefusalCode.STATE, sentence, ("id",), tried))
    export.state, export.done_at, export.leased_until = ExportState.CANCELED, now, None


def file_of(folder: Path, export: Export) -> Path:
    """Where its rows are, within the folder of files."""
    return folder / "exports" / f"{export.typeid}.jsonl"


def link(vault: Vault, public_url: str, export: Export, now: datetime) -> tuple[str, datetime] | None:
    """An address that gives the file to whoever holds it, and until when; None where there is no file (any more)."""
    if export.state is not ExportState.DONE or export.removed_at is not None:
        return None
    until = now.astimezone(UTC).replace(microsecond=0) + LINK_LASTS
    seconds = int(until.timestamp()).to_bytes(8, "big")
    token = base64.urlsafe_b64encode(seconds + _signature(vault, export.id, seconds)).decode()
    return f"{public_url}/exports/{typeid(Export.prefix, export.id)}.jsonl?token={token}", until


def opens(vault: Vault, id_: UUID, token: str, now: datetime) -> bool:
    """Whether a link's token is ours, for this export, and still good. Constant time."""
    try:
        told = base64.b64decode(token, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return False
    seconds, signature = told[:8], told[8:]
    is_ours = hmac.compare_digest(signature, _signature(vault, id_, seconds))
    return is_ours and now.timestamp() < int.from_bytes(seconds, "big")


def _signature(vault: Vault, id_: UUID, seconds: bytes) -> bytes:
    key = hmac.digest(vault.token_key, b"export links", "sha256")
    return hmac.digest(key, id_.bytes + seconds, "sha256")[:22]  # 30 bytes with the time: Base64 without padding
