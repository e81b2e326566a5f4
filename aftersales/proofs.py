"""Proofs: a merchant's log as a tree of its own over its numbers, its heads signed on a schedule.

A proof is made of a few stored hashes, however long the log. It reveals nothing of other merchants.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.rules import heads, merkle
from aftersales.rules.merkle import Node
from aftersales.sealing import Grown
from db.inserting import insert_into
from db.models.log import Head, Seal, Tree
from db.vault import Vault

EVERY_ENTRIES = 1000
EVERY = timedelta(hours=1)


def key_of(vault: Vault) -> Ed25519PrivateKey:
    """The key that signs heads, derived from the secret key: one secret is enough."""
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(vault.token_key, b"waybridge log heads", "sha256"))


async def due(session: AsyncSession, now: datetime, at_most: int) -> Sequence[Tree]:
    """The trees whose head is due: a first one, a thousand entries since the last, or an hour."""
    wanted = select(Tree).where(_is_due(now)).order_by(Tree.merchant_id).limit(at_most)
    return (await session.scalars(wanted)).all()


def _is_due(now: datetime) -> ColumnElement[bool]:
    grown = Tree.size - Tree.signed_size
    return and_(grown > 0, or_(grown >= EVERY_ENTRIES, Tree.signed_at.is_(None), Tree.signed_at <= now - EVERY))


async def sign_due(session: AsyncSession, vault: Vault, now: datetime, at_most: int) -> list[Head]:
    """Signs the heads that are due, and gives those that nobody else signed meanwhile."""
    key, made = key_of(vault), list[Head]()
    trees = await due(session, now, at_most)
    for tree in trees:
        root = merkle.fold(Grown.of(tree.size, tree.peaks).peaks)
        head = heads.Head(tree.merchant_id, tree.size, root, now.replace(microsecond=0))
        row = {"merchant_id": head.merchant_id, "size": head.size, "root": root, "signed_at": head.signed_at}
        row |= {"signature": heads.sign(head, key)}
        signed = insert_into(session, Head).values(row).on_conflict_do_nothing()
        if await session.scalar(signed.returning(Head.size)) is not None:
            made.append(Head(**row))
        touched = update(Tree).where(Tree.merchant_id == tree.merchant_id)
        await session.execute(touched.values(signed_size=tree.size, signed_at=now))
    return made


async def newest_head(session: AsyncSession, merchant_id: UUID, size: int | None = None) -> Head | None:
    """A merchant's newest signed head, or the one of this size."""
    wanted = select(Head).where(Head.merchant_id == merchant_id)
    if size is not None:
        wanted = wanted.where(Head.size == size)
    head: Head | None = await session.scalar(wanted.order_by(Head.size.desc()).limit(1))
    return head


def note_of(head: Head, vault: Vault) -> str:
    """A stored head as partners keep it."""
    told = heads.Head(head.merchant_id, head.size, head.root, head.signed_at)
    return heads.note(told, head.signature, key_of(vault).public_key())


async def inclusion(session: AsyncSession, merchant_id: UUID, number: int, size: int) -> list[bytes]:
    """The path from entry ``number`` (from 1) to the root of the tree of ``size`` entries: at most log2(size), rounded
    up, hashes."""
    return await _proof(session, merchant_id, merkle.inclusion(number - 1, size))


async def consistency(session: AsyncSession, merchant_id: UUID, old: int, new: int) -> list[bytes]:
    """What shows that the tree of ``old`` entries is the beginning of the tree of ``new``."""
    return await _proof(session, merchant_id, merkle.consistency(old, new))


async def root(session: AsyncSession, merchant_id: UUID, size: int) -> bytes:
    """The root of the tree of so many entries."""
    [found] = await _proof(session, merchant_id, [(0, size)])
    return found


async def _proof(session: AsyncSession, merchant_id: UUID, ranges: Sequence[merkle.Range]) -> list[bytes]:
    nodes = await _nodes(session, merchant_id, {node for span in ranges for node in merkle.cover(span)})
    return merkle.proof(ranges, nodes.__getitem__)


async def _nodes(session: AsyncSession, merchant_id: UUID, wanted: Iterable[Node]) -> dict[Node, bytes]:
    """The roots of full subtrees, each found at the seal that ends it."""
    ends = {(level, index): (index + 1) << level for level, index in wanted}
    if not ends:
        return {}
    rows: Any = await session.execute(
        select(Seal.number, Seal.leaf, Seal.subtrees).where(
            Seal.merchant_id == merchant_id, Seal.number.in_(set(ends.values()))
        )
    )
    kept = {number: leaf + subtrees for number, leaf, subtrees in rows}
    return {node: kept[end][node[0] * merkle.SIZE : (node[0] + 1) * merkle.SIZE] for node, end in ends.items()}
