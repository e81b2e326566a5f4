"""What an endpoint was told, or should have been, told again: under the same id, the schedule begun anew."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import log, webhook_queue, webhook_telling, webhooks
from aftersales.refusals import Refusal, RefusalCode, Refused
from db.enums import DeliveryStatus
from db.models.log import Event, Seal
from db.models.webhooks import WebhookDelivery, WebhookEndpoint

ENTRIES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log: positions after one, up to another (inclusive); moments of recording from one, before another.
    None: no bound."""

    after: int = 0
    until: int | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries go out again; ``continue_after``: the position to go on from when the stretch was longer than
    one call reads."""

    deliveries: int
    continue_after: int | None = None


async def deliveries(session: AsyncSession, ids: Collection[UUID], now: datetime) -> Replayed:
    """Sends these again. Refused when one is not found, or its endpoint is disabled."""
    one = WebhookDelivery
    found = {
        delivery.id: endpoint
        for delivery, endpoint in await session.execute(
            select(one, WebhookEndpoint)
            .join(WebhookEndpoint, WebhookEndpoint.id == one.endpoint_id)
            .where(one.id.in_(ids), WebhookEndpoint.deleted_at.is_(None))
        )
    }
    if len(found) < len(set(ids)):
        raise Refused(Refusal(RefusalCode.NOT_FOUND, "No such delivery.", ("deliveryIds",)))
    webhooks.demand_enabled(found.values(), "deliveryIds")
    return Replayed(await _again(session, list(found), {each.id for each in found.values()}, now))


async def stretch(session: AsyncSession, endpoint: WebhookEndpoint, which: Stretch, now: datetime) -> Replayed:
    """Tells the endpoint again all it is told of in this stretch of the log, within the session's reach, whether it was
    queued then or not; at most 1,000 entries a call. Refused when the endpoint is disabled."""
    webhooks.demand_enabled([endpoint], "endpointId")
    rows = await _entries(session, which)
    standing = await webhook_telling.standing(session, [endpoint], [event for _, event in rows])
    told = [(seal, event) for seal, event in rows if webhook_telling.is_told(endpoint, event, standing)]
    await webhook_queue.insert(session, [webhook_queue.row_of(endpoint, seal, event, now) for seal, event in told])
    one = WebhookDelivery
    positions = [seal.position for seal, _ in told]
    ids = list(await session.scalars(select(one.id).where(one.endpoint_id == endpoint.id, one.position.in_(positions))))
    again = await _again(session, ids, {endpoint.id}, now)
    is_all = len(rows) < ENTRIES_AT_ONCE
    return Replayed(again, None if is_all else rows[-1][0].position)


async def _entries(session: AsyncSession, which: Stretch) -> list[tuple[Seal, Event]]:
    statement = log.after(which.after)
    if which.until is not None:
        statement = statement.where(Seal.position <= which.until)
    if which.since is not None:
        statement = statement.where(Event.recorded_at >= which.since)
    if which.before is not None:
        statement = statement.where(Event.recorded_at < which.before)
    return [(seal, event) for seal, event in await session.execute(statement.limit(ENTRIES_AT_ONCE))]


async def _again(session: AsyncSession, ids: Collection[UUID], endpoints: Collection[UUID], now: datetime) -> int:
    """Begins these anew and lines them up."""
    one = WebhookDelivery
    afresh = {
        "status": DeliveryStatus.WAITING,
        "attempts": 0,
        "first_failed_at": None,
        "released_at": None,
        "next_at": None,
        "done_at": None,
        "created_at": now,
    }
    anew = update(one).where(one.id.in_(ids)).values(afresh)
    await session.execute(anew, execution_options={"synchronize_session": False})
    await webhook_queue.line_up(session, now, one.endpoint_id.in_(endpoints), one.id.in_(ids))
    return len(ids)
