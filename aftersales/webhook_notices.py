"""What webhooks tell beside the log: a signed head for whoever keeps them, and to a partner's other endpoints that one of
theirs was disabled. Queued in the transaction that makes it true; nothing of it waits for anything else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import webhook_queue, webhook_telling
from aftersales.events import LOG_HEAD, WEBHOOK_DISABLED, Notice
from aftersales.rules.webhooks import asks_for
from aftersales.webhook_telling import Told
from db.enums import DeliveryStatus
from db.ids import uuid7
from db.models.log import Head
from db.models.webhooks import WebhookEndpoint


async def tell_heads(session: AsyncSession, signed: Sequence[Head], now: datetime) -> None:
    """Queues fresh heads for the endpoints that keep them: a merchant's, and those of its platforms."""
    if not signed:
        return
    one = WebhookEndpoint
    is_of = or_(one.merchant_id.in_({head.merchant_id for head in signed}), one.merchant_id.is_(None))
    endpoints = await _asking(session, LOG_HEAD, and_(is_of, one.carrier_code.is_(None)))
    standing = await webhook_telling.standing(session, endpoints, signed)
    rows = [
        _row(endpoint, LOG_HEAD, head.merchant_id, now) | {"number": head.size}
        for head in signed
        for endpoint in endpoints
        if endpoint.merchant_id in {None, head.merchant_id} and (endpoint.partner_id, head.merchant_id) in standing
    ]
    await webhook_queue.insert(session, rows)


async def tell_disabled(session: AsyncSession, disabled: Collection[UUID], now: datetime) -> None:
    """Queues that these endpoints were disabled for all others of their partners."""
    if not disabled:
        return
    one = WebhookEndpoint
    owners = {row.id: row.partner_id for row in await session.scalars(select(one).where(one.id.in_(disabled)))}
    others = await _asking(session, WEBHOOK_DISABLED, one.partner_id.in_(set(owners.values())))
    rows = [
        _row(endpoint, WEBHOOK_DISABLED, id_, now)
        for id_, owner in owners.items()
        for endpoint in others
        if endpoint.partner_id == owner and endpoint.id != id_
    ]
    await webhook_queue.insert(session, rows)


async def fill(session: AsyncSession, items: Iterable[Told]) -> list[Told]:
    """The same with what notices tell: the head, the other endpoint as it stands."""
    items = list(items)
    keys = {_head_key(told) for told in items if told.delivery.kind == LOG_HEAD.name}
    ids = {told.delivery.subject_id for told in items if told.delivery.kind == WEBHOOK_DISABLED.name}
    heads, others = dict[Any, Head](), dict[Any, WebhookEndpoint]()
    if keys:
        found = await session.scalars(select(Head).where(tuple_(Head.merchant_id, Head.size).in_(keys)))
        heads = {(head.merchant_id, head.size): head for head in found}
    if ids:
        rows = await session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.id.in_(ids)))
        others = {row.id: row for row in rows}
    return [
        replace(told, head=heads.get(_head_key(told)), other=others.get(told.delivery.subject_id)) for told in items
    ]


def _head_key(told: Told) -> tuple[UUID, int | None]:
    return told.delivery.subject_id, told.delivery.number


async def _asking(session: AsyncSession, notice: Notice, where: Any) -> list[WebhookEndpoint]:
    one = WebhookEndpoint
    found = await session.scalars(select(one).where(one.disabled_at.is_(None), where).order_by(one.id))
    return [endpoint for endpoint in found if asks_for(endpoint.topics, notice.name, by_name=notice.by_name)]


def _row(endpoint: WebhookEndpoint, notice: Notice, about: UUID, now: datetime) -> dict[str, Any]:
    """A delivery that is due at once. It has no position, so it neither holds others up nor is held."""
    return {
        "id": uuid7(),
        "endpoint_id": endpoint.id,
        "position": None,
        "number": None,
        "kind": notice.name,
        "subject": None,
        "subject_id": about,
        "subject_version": None,
        "status": DeliveryStatus.WAITING,
        "attempts": 0,
        "next_at": now,
        "created_at": now,
    }
