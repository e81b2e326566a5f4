"""Webhook endpoints and what was sent to them, for the partner they belong to; nobody else's are found."""

from datetime import datetime

import strawberry
from sqlalchemy import select

from aftersales import log, positions, webhooks
from aftersales.rules.entries import PREFIXES
from db.enums import DeliveryStatus
from db.ids import typeid
from db.models.partners import Merchant
from db.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from resolvers import edges, feed
from resolvers.context import Info
from resolvers.errors import BadUserInput
from resolvers.pages import Asked, Page, Sort, page

SCOPE = "webhooks:manage"
_NEWEST = Sort("DELIVERIES", WebhookDelivery.created_at, WebhookDelivery.id)
attempts_of_delivery = edges.many(WebhookAttempt.delivery_id, order_by=(WebhookAttempt.started_at, WebhookAttempt.id))


async def endpoints(info: Info) -> list[WebhookEndpoint]:
    """The caller's endpoints, oldest first."""
    info.context.viewer.must(SCOPE)
    async with info.context.store.reading(info.context.viewer.reach) as session:
        mine = select(WebhookEndpoint).where(WebhookEndpoint.deleted_at.is_(None)).order_by(WebhookEndpoint.id)
        return list(await session.scalars(mine))


async def change(info: Info, position: str) -> feed.Change | None:
    """One entry of the log by its position, or null."""
    context = info.context
    readable = feed.readable(context.viewer)
    try:
        place = positions.position_of(context.store.vault, position)
    except positions.NotAPosition:
        raise BadUserInput("position is not a position of this log.") from None
    async with context.store.reading(context.viewer.reach) as session:
        row = (await session.execute(log.after(place - 1).limit(1))).first()
    if row is None or row[0].position != place or row[1].subject not in readable:
        return None
    return feed.change_of(context.viewer, context.store.vault, row[0], row[1])


async def deliveries(
    root: WebhookEndpoint, info: Info, first: int, after: str | None = None, status: DeliveryStatus | None = None
) -> Page:
    """What was sent to an endpoint, or waits for it, newest first."""
    wanted = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == root.id)
    if status is not None:
        wanted = wanted.where(WebhookDelivery.status == status)
    return await page(info.context.store, info.context.viewer.reach, wanted, _NEWEST, Asked(first, after))


def global_id(root: WebhookEndpoint | WebhookDelivery) -> strawberry.ID:
    """The TypeID."""
    return strawberry.ID(root.typeid)


def public_key(root: WebhookEndpoint, info: Info) -> str | None:
    """For ed25519: what to verify with. It is no secret."""
    return webhooks.public_key(info.context.store.vault, root)


def merchant_id(root: WebhookEndpoint) -> strawberry.ID | None:
    """The one merchant the endpoint hears of."""
    return None if root.merchant_id is None else strawberry.ID(typeid(Merchant.prefix, root.merchant_id))


def subject_id(root: WebhookDelivery) -> strawberry.ID | None:
    """What the delivery is about."""
    return None if root.subject is None else strawberry.ID(typeid(PREFIXES[root.subject], root.subject_id))


def position(root: WebhookDelivery, info: Info) -> str | None:
    """The position of what is told, as in the feed."""
    return None if root.position is None else positions.text_of(info.context.store.vault, root.position)


def next_attempt_at(root: WebhookDelivery) -> datetime | None:
    """When it is tried next."""
    return root.next_at if root.status is DeliveryStatus.WAITING else None


def secret_ends_at(root: WebhookEndpoint, info: Info) -> datetime | None:
    """Until when the secret before the present one signs too."""
    until = root.previous_until
    return until if until is not None and until > info.context.clock() else None
