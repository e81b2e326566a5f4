"""A mutation sent twice under one key happens once: the key is spent in the effect's own transaction.

What is kept is the outcome (the object's id, of many items each one's, or the refusals), not the answer's bytes: a repeat
may select other fields.
INVALID and CONFLICT are not kept, since the same call may be right next time; a failure of ours keeps nothing. No secret
is kept: what was asked only as a keyed digest, and of an answer only an object's id, a few counts, or refusals.
"""

import hmac
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from graphql import FieldNode, FragmentSpreadNode
from pydantic import TypeAdapter
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import UNSET
from strawberry.types import Info as AnyInfo
from strawberry.types.nodes import convert_directives

from aftersales.refusals import Refusal, RefusalCode
from db.ids import parse_typeid
from db.models.base import Identified, Row
from db.models.messages import REPLAYS_KEPT, Replay
from db.vault import Vault
from resolvers.errors import BadUserInput

LONGEST_KEY = 255
REACHED = {"reached": True, "aside": True}  # both statements name the owner; no answer shows their row
NOT_KEPT = {RefusalCode.INVALID, RefusalCode.CONFLICT}
_REFUSALS = TypeAdapter(tuple[Refusal, ...])


@dataclass(frozen=True, slots=True)
class Spent:
    """A key of a credential's owner, for one way of asking."""

    owner_id: UUID
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A call, as far as it makes one call another: field, arguments, acting merchant."""

    field: str
    arguments: dict[str, Any]
    merchant: UUID | None


def key_of(info: AnyInfo[Any, None], header: str | None) -> str | None:
    """The key of this field: by directive, else by header where the document holds one mutation. Refused: two keys on
    one field, one that is empty, overlong, or holds what cannot be printed."""
    raw = info._raw_info  # noqa: SLF001 Strawberry has no public way to a field's own directives
    given = {
        arguments["key"] or ""  # null, by a variable that may be, is no key
        for node in raw.field_nodes  # their selections, which are long, need not be read for this
        for name, arguments in convert_directives(raw, node.directives).items()
        if name == "idempotent"
    }
    if len(given) > 1:
        raise BadUserInput("This field carries two idempotency keys.")
    if not given and header is not None and len(_mutations(info)) > 1:
        raise BadUserInput(
            "The Idempotency-Key header serves documents with one mutation; use @idempotent on each field."
        )
    key: str | None = given.pop() if given else header
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise BadUserInput(f"An idempotency key has 1 to {LONGEST_KEY} printable characters.")
    return key


def _mutations(info: AnyInfo[Any, None]) -> set[str]:
    """The names under which the document's mutations answer, those in fragments too."""
    fragments = info._raw_info.fragments  # noqa: SLF001 Strawberry has no public way to a document's fragments
    found, ahead = set(), [info.operation.selection_set]
    while ahead:
        for each in ahead.pop().selections:
            if isinstance(each, FieldNode):
                found.add((each.alias or each.name).value)
            else:
                inner: Any = fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
                ahead.append(inner.selection_set)
    return found - {"__typename"}


def fingerprint(vault: Vault, asked: Asked) -> bytes:
    """What was asked, whatever the order of its parts. Keyed, since arguments hold addresses and secrets that could be
    guessed from a plain digest. What was not given counts for nothing, so that a new optional argument of a later
    release leaves the keys in use as they are."""
    parts = [asked.field, asked.merchant and asked.merchant.hex, asked.arguments]
    text = json.dumps(parts, default=_plain, sort_keys=True)
    return hmac.digest(vault.token_key, b"waybridge idempotency\n" + text.encode(), "sha256")


def _plain(value: Any) -> Any:
    if not is_dataclass(value):
        return str(value)
    each = ((one.name, getattr(value, one.name)) for one in fields(value))
    return {name: given for name, given in each if given is not None and given is not UNSET}


async def spend(session: AsyncSession, spent: Spent, now: datetime) -> Replay | None:
    """Spends the key; the earlier spending when there was one within seven days. A twin that races waits here for the
    winner's commit. A key older than that is spent anew, swept or not."""
    own = {"owner_id": spent.owner_id, "key": spent.key}
    told = {"fingerprint": spent.fingerprint, "outcome": {}, "created_at": now}
    given = own | told | {"before": now - REPLAYS_KEPT}
    fresh = await session.execute(_spending(session.get_bind().dialect.name), given, execution_options=REACHED)
    if fresh.first() is not None:
        return None
    earlier = await session.scalar(select(Replay).where(Replay.owner_id == spent.owner_id, Replay.key == spent.key))
    assert earlier is not None
    return earlier


async def keep(session: AsyncSession, spent: Spent, value: Any, refusals: tuple[Refusal, ...]) -> None:
    """Writes down what came of it, in the same transaction."""
    outcome = {
        "node": value.typeid if isinstance(value, Identified) else None,
        "facts": asdict(value) if is_dataclass(value) and not isinstance(value, type | Identified) else None,
        "refusals": _REFUSALS.dump_python(refusals, mode="json"),
    }
    if isinstance(value, list):
        outcome["items"] = [_kept(each) for each in value]
    mine = {"owner": spent.owner_id, "spent": spent.key, "outcome": outcome}
    await session.execute(_KEEPING, mine, execution_options=REACHED)


@cache
def _spending(dialect: str) -> Any:
    """The statement that spends a key, made once: every keyed mutation runs it."""
    table: Any = Replay.__table__
    insert: Any = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    told = {name: insert.excluded[name] for name in ("fingerprint", "outcome", "created_at")}
    too_old = table.c.created_at < bindparam("before", type_=table.c.created_at.type)
    again = insert.on_conflict_do_update(index_elements=["owner_id", "key"], set_=told, where=too_old)
    return again.returning(table.c.key)


_REPLAYS: Any = Replay.__table__
_KEEPING = (
    update(_REPLAYS)
    .where(_REPLAYS.c.owner_id == bindparam("owner"), _REPLAYS.c.key == bindparam("spent"))
    .values(outcome=bindparam("outcome"))
)


async def recall(session: AsyncSession, earlier: Replay, spent: Spent) -> tuple[Any, tuple[Refusal, ...]]:
    """What came of it the first time, the object read anew. Other arguments: KEY_REUSED."""
    if earlier.fingerprint != spent.fingerprint:
        reused = "This idempotency key was used for another call within the last seven days; take a new key."
        return None, (Refusal(RefusalCode.KEY_REUSED, reused),)
    told = earlier.outcome
    value: Any = SimpleNamespace(**told["facts"]) if told.get("facts") else None
    if told["node"]:
        prefix, id_ = parse_typeid(told["node"]) or ("", None)
        value = await session.get(_models()[prefix], id_)
    if told.get("items") is not None:
        value = await _recalled(session, told["items"])
    return value, _REFUSALS.validate_python(told["refusals"])


def _kept(item: Any) -> dict[str, Any]:
    """One outcome of a mutation of many: its words, the ids of its rows, its refusals."""
    parts = {each.name: getattr(item, each.name) for each in fields(item)}
    refusals = parts.pop("refusals")
    nodes = {name: part.typeid for name, part in parts.items() if isinstance(part, Identified)}
    return {
        "facts": {name: part for name, part in parts.items() if name not in nodes},
        "nodes": nodes,
        "refusals": _REFUSALS.dump_python(refusals, mode="json"),
    }


async def _recalled(session: AsyncSession, items: Sequence[Mapping[str, Any]]) -> list[SimpleNamespace]:
    """The outcomes of a mutation of many again, their rows read anew: one statement a kind of row."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for prefix, id_ in filter(None, (parse_typeid(each) for item in items for each in item["nodes"].values())):
        wanted[prefix].add(id_)
    rows: dict[str, Identified] = {}
    for prefix, ids in wanted.items():
        model = _models()[prefix]
        rows |= {row.typeid: row for row in await session.scalars(select(model).where(model.id.in_(ids)))}
    return [
        SimpleNamespace(
            **item["facts"],
            **{name: rows.get(each) for name, each in item["nodes"].items()},
            refusals=_REFUSALS.validate_python(item["refusals"]),
        )
        for item in items
    ]


@cache
def _models() -> dict[str, type[Identified]]:
    """Whatever a mutation may answer with, by the prefix of its ids."""
    mapped = (mapper.class_ for mapper in Row.registry.mappers)
    return {each.prefix: each for each in mapped if issubclass(each, Identified) and each.prefix}
