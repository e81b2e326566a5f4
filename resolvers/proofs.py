"""Proofs of the merchant's own log, for those who keep signed heads elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from aftersales import log, positions, proofs
from aftersales.rules import entries, heads
from aftersales.rules.merkle import leaf_hash
from db.models.log import Head as HeadRow
from db.models.log import Seal, Tree
from resolvers import feed
from resolvers.context import Info
from resolvers.errors import BadUserInput


@dataclass(frozen=True, slots=True)
class LogHead:
    """A signed head as shown."""

    size: int
    root_hash: str
    signed_at: datetime
    note: str
    public_key: str


@dataclass(frozen=True, slots=True)
class LogInclusionProof:
    """An entry, what it is the hash of, and its way up to a head."""

    change: feed.Change
    entry: str
    content: str | None
    salt: str | None
    leaf_hash: str
    index: int
    path: list[str]
    head: LogHead


@dataclass(frozen=True, slots=True)
class LogConsistencyProof:
    """That one tree is the beginning of another."""

    from_size: int
    to_size: int
    from_root_hash: str
    to_root_hash: str
    path: list[str]


async def log_head(info: Info, size: int | None = None) -> LogHead | None:
    """The newest signed head of the merchant acted for, or the one of this size."""
    merchant = info.context.viewer.merchant()
    async with info.context.store.reading(info.context.viewer.reach) as session:
        head = await proofs.newest_head(session, merchant, size)
    return _head(info, head) if head else None


async def log_inclusion_proof(info: Info, position: str, size: int | None = None) -> LogInclusionProof | None:
    """Null where the change is beyond reach, or not under the head yet."""
    merchant, viewer, vault = info.context.viewer.merchant(), info.context.viewer, info.context.store.vault
    try:
        place = positions.position_of(vault, position)
    except positions.NotAPosition:
        raise BadUserInput("position is not a position of this log.") from None
    async with info.context.store.reading(viewer.reach) as session:
        found = (await session.execute(log.after(place - 1).where(Seal.position == place))).one_or_none()
        head = await proofs.newest_head(session, merchant, size)
        if found is None or head is None or found[0].number > head.size:
            return None
        seal, event = found
        feed.readable(viewer, [event.subject])
        path = await proofs.inclusion(session, merchant, seal.number, head.size)
    told = vars(event)
    entry = entries.entry(entries.stamp_of(told), seal.number)
    content = entries.canonical(entries.content_of(told)).decode() if event.salt else None
    return LogInclusionProof(
        change=feed.change_of(viewer, vault, seal, event),
        entry=entry.decode(),
        content=content,
        salt=event.salt.hex() or None,
        leaf_hash=leaf_hash(entry).hex(),
        index=seal.number - 1,
        path=[each.hex() for each in path],
        head=_head(info, head),
    )


async def log_consistency_proof(
    info: Info,
    from_: Annotated[int, strawberry.argument(name="from")],
    to: int,
) -> LogConsistencyProof:
    """That the log of ``from`` entries is the beginning of the log of ``to``."""
    merchant = info.context.viewer.merchant()
    async with info.context.store.reading(info.context.viewer.reach) as session:
        tree = await session.get(Tree, merchant)
        grown = tree.size if tree else 0
        if not 0 < from_ <= to <= grown:
            raise BadUserInput(f"from and to are sizes of the log, from 1 to {grown}, from not above to.")
        roots = [await proofs.root(session, merchant, size) for size in (from_, to)]
        path = await proofs.consistency(session, merchant, from_, to)
    return LogConsistencyProof(from_, to, roots[0].hex(), roots[1].hex(), [each.hex() for each in path])


def _head(info: Info, head: HeadRow) -> LogHead:
    vault = info.context.store.vault
    return LogHead(
        size=head.size,
        root_hash=head.root.hex(),
        signed_at=head.signed_at,
        note=proofs.note_of(head, vault),
        public_key=heads.public_text(proofs.key_of(vault).public_key()),
    )
