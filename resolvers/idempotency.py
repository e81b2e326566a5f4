"""A mutation sent twice under one key happens once: the key is spent in the effect's own transaction.

What is kept is the outcome (the object's id, or the refusals), not the answer's bytes: a repeat may select other fields.
INVALID and CONFLICT are not kept, since the same call may be right next time; a failure of ours keeps nothing.
"""

import hashlib
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.types import Info as AnyInfo

from aftersales.refusals import Refusal, RefusalCode
from db.ids import parse_typeid
from db.inserting import insert_into
from db.models.base import Identified
from db.models.exports import Export
from db.models.messages import Job, Replay
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment
from db.models.webhooks import WebhookDelivery, WebhookEndpoint
from resolvers.errors import BadUserInput

KEPT = timedelta(days=7)
LONGEST_KEY = 255
NOT_KEPT = {RefusalCode.INVALID, RefusalCode.CONFLICT}
MODELS: dict[str, type[Identified]] = {
    model.prefix: model for model in (Shipment, CarrierAccount, WebhookEndpoint, WebhookDelivery, Export, Job)
}


@dataclass(frozen=True, slots=True)
class Spent:
    """A key of a credential, for one way of asking."""

    owner_id: UUID
    key: str
    fingerprint: bytes


def key_of(info: AnyInfo[Any, None], header: str | None) -> str | None:
    """The key of this field: by directive, else by header where the document holds one mutation. Refused: two keys on
    one field, an empty or overlong one."""
    given = {
        str(arguments["key"])
        for field in info.selected_fields
        for name, arguments in field.directives.items()
        if name == "idempotent"
    }
    if len(given) > 1:
        raise BadUserInput("This field carries two idempotency keys.")
    key = given.pop() if given else None
    if key is None and header is not None:
        if len(info.operation.selection_set.selections) > 1:
            raise BadUserInput(
                "The Idempotency-Key header serves documents with one mutation; use @idempotent on each field."
            )
        key = header
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        raise BadUserInput(f"An idempotency key has 1 to {LONGEST_KEY} characters.")
    return key


def fingerprint(field: str, merchant: UUID | None, arguments: dict[str, Any]) -> bytes:
    """What was asked, whatever the order of its parts: field, arguments, acting merchant."""
    asked = [field, merchant.hex if merchant else None, arguments]
    return hashlib.sha256(orjson.dumps(asked, default=_plain, option=orjson.OPT_SORT_KEYS)).digest()


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


async def spend(session: AsyncSession, spent: Spent, now: datetime) -> Replay | None:
    """Spends the key; the earlier spending when there was one. A twin that races waits here for the winner's commit."""
    fresh = await session.scalar(
        insert_into(session, Replay)
        .values(owner_id=spent.owner_id, key=spent.key, fingerprint=spent.fingerprint, outcome={}, created_at=now)
        .on_conflict_do_nothing()
        .returning(Replay.key),
    )
    if fresh is not None:
        return None
    earlier = await session.scalar(select(Replay).where(Replay.owner_id == spent.owner_id, Replay.key == spent.key))
    assert earlier is not None
    return earlier


async def keep(session: AsyncSession, spent: Spent, value: Any, refusals: tuple[Refusal, ...]) -> None:
    """Writes down what came of it, in the same transaction."""
    row = await session.get_one(Replay, (spent.owner_id, spent.key))
    row.outcome = {
        "node": value.typeid if isinstance(value, Identified) else None,
        "refusals": [{"code": no.code, "message": no.message, "field": list(no.field)} for no in refusals],
    }


async def recall(session: AsyncSession, earlier: Replay, spent: Spent) -> tuple[Any, tuple[Refusal, ...]]:
    """What came of it the first time, the object read anew. Other arguments: KEY_REUSED."""
    if earlier.fingerprint != spent.fingerprint:
        reused = "This idempotency key was used for another call within the last seven days; take a new key."
        return None, (Refusal(RefusalCode.KEY_REUSED, reused),)
    told = earlier.outcome
    refusals = tuple(Refusal(RefusalCode(no["code"]), no["message"], tuple(no["field"])) for no in told["refusals"])
    parsed = parse_typeid(told["node"]) if told["node"] else None
    return (await session.get(MODELS[parsed[0]], parsed[1]) if parsed else None), refusals
