"""A carrier's scan as our event: cleaned of what no database keeps, phones masked, unknown codes counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.rules import masks
from aftersales.rules.shipments import Seen, content, identity
from carriers.carrier import Place, Scan
from db.enums import EventSource
from db.ids import uuid7
from db.inserting import insert_into
from db.models.shipments import Shipment, TrackingEvent, UnmappedCode

LONGEST_CODE, LONGEST_TEXT = 120, 2000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a scan comes from: who told us, in which kept message, read with whose adapter."""

    source: EventSource
    inbox_id: UUID | None = None
    reader: str | None = None


def seen(scan: Scan) -> Seen:
    """The scan as the fold sees it."""
    return Seen(
        occurred_at=scan.occurred_at,
        status=scan.meaning.status,
        classifier=scan.classifier,
        reason=scan.meaning.reason,
        delivery_mode=scan.meaning.delivery_mode,
        action_required=scan.meaning.action_required,
        corrects=scan.corrects,
    )


def clean(text: str, at_most: int = LONGEST_TEXT) -> str:
    """The text without NUL and lone surrogates, which no database or no encoding keeps, and not too long."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:at_most]


def event_row(shipment: Shipment, scan: Scan, origin: Origin, now: datetime) -> dict[str, Any]:
    """The columns of a TrackingEvent. ``local_time`` is the carrier's clock with its offset."""
    return {
        "id": uuid7(),
        "merchant_id": shipment.merchant_id,
        "shipment_id": shipment.id,
        "identity": identity(scan),
        "content": content(scan),
        "occurred_at": scan.occurred_at,
        "local_time": scan.occurred_at.isoformat(),
        "recorded_at": now,
        "status": scan.meaning.status,
        "step": scan.meaning.step,
        "reason": scan.meaning.reason,
        "delivery_mode": scan.meaning.delivery_mode,
        "action_required": scan.meaning.action_required,
        "classifier": scan.classifier,
        "corrects": scan.corrects,
        "raw_code": clean(scan.raw_code, LONGEST_CODE),
        "carrier_words": masks.mask_text(clean(scan.description)),
        "location": _place(scan.place),
        "piece": clean(scan.piece, LONGEST_CODE) if scan.piece else None,
        "source": origin.source,
        "inbox_id": origin.inbox_id,
    }


def correction(shipment: Shipment, scan: Scan) -> dict[str, Any]:
    """What a scan that is kept already means now, for ``CORRECT``."""
    meaning = scan.meaning
    named = {
        "status": meaning.status,
        "step": meaning.step,
        "reason": meaning.reason,
        "delivery_mode": meaning.delivery_mode,
        "action_required": meaning.action_required,
        "classifier": scan.classifier,
    }
    where = {"b_shipment": shipment.id, "b_identity": identity(scan)}
    return where | {f"b_{column}": value for column, value in named.items()}


_EVENTS: Any = TrackingEvent.__table__
CORRECT = (
    update(_EVENTS)
    .where(_EVENTS.c.shipment_id == bindparam("b_shipment"), _EVENTS.c.identity == bindparam("b_identity"))
    .values(
        {
            column: bindparam(f"b_{column}")
            for column in ("status", "step", "reason", "delivery_mode", "action_required", "classifier")
        }
    )
)


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    told = {name: clean(value) if isinstance(value, str) else value for name, value in asdict(place).items()}
    return {name: value for name, value in told.items() if value not in (None, "")} or None


async def count_unmapped(session: AsyncSession, codes: Iterable[tuple[str, str]], now: datetime) -> None:
    """Adds to the count of codes we do not know, as (carrier, raw code), in one statement. Sorted: two writers never
    wait for each other in a ring."""
    counted = Counter((carrier, clean(code, LONGEST_CODE)) for carrier, code in codes)
    if not counted:
        return
    rows = [
        {"carrier_code": carrier, "raw_code": code, "seen": seen, "first_seen_at": now, "last_seen_at": now}
        for (carrier, code), seen in sorted(counted.items())
    ]
    statement = insert_into(session, UnmappedCode).values(rows)
    added = {"seen": UnmappedCode.seen + statement.excluded.seen, "last_seen_at": now}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["carrier_code", "raw_code"], set_=added),
        execution_options={"reached": True},
    )
