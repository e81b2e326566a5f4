"""What came of attempts to deliver: written down, the next attempt set, an endpoint that is gone or only fails disabled."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import webhook_notices, webhook_queue
from aftersales.rules import webhooks as rules
from aftersales.webhook_telling import Told
from db.enums import AttemptProblem, DeliveryStatus, DisabledBecause
from db.ids import uuid7
from db.models.base import Row
from db.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint

GONE = 410
NOT_THEIR_FAULT = {AttemptProblem.OURS, AttemptProblem.OUT_OF_REACH}


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt: what was sent, and what came of it. Without a problem it arrived."""

    told: Told
    started_at: datetime
    duration: timedelta = timedelta()
    problem: AttemptProblem | None = None
    http_status: int | None = None
    answer: str | None = None
    retry_after: timedelta | None = None


_DELIVERIES = Row.metadata.tables[WebhookDelivery.__tablename__]
_COLUMNS = ("status", "attempts", "first_failed_at", "released_at", "next_at", "done_at")
_SET = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("which"), _DELIVERIES.c.status == bindparam("still"))
    .values({column: bindparam(f"new_{column}") for column in _COLUMNS})
)


async def record(
    session: AsyncSession, tried: Sequence[Tried], now: datetime, random: Callable[[], float]
) -> dict[UUID, DisabledBecause]:
    """Writes attempts down and lines up what they held. Gives the endpoints that were disabled, of which their owners'
    other endpoints are told. A delivery that arrived meanwhile by another hand stays so."""
    if not tried:
        return {}
    connection = await session.connection()
    await connection.execute(_SET, [_after(each, now, random) for each in tried])
    await session.execute(insert(WebhookAttempt), [_attempt(each) for each in tried])
    disabled = await _judge_endpoints(session, tried)
    await webhook_notices.tell_disabled(session, disabled, now)
    one = WebhookDelivery
    subjects = {each.told.delivery.subject_id for each in tried}
    endpoints = {each.told.endpoint.id for each in tried}
    await webhook_queue.line_up(session, now, one.endpoint_id.in_(endpoints), one.subject_id.in_(subjects))
    return disabled


def _after(tried: Tried, now: datetime, random: Callable[[], float]) -> dict[str, Any]:
    """The delivery's columns after the attempt."""
    delivery = tried.told.delivery
    attempts = delivery.attempts + 1
    values: dict[str, Any] = {
        "status": DeliveryStatus.DELIVERED,
        "attempts": attempts,
        "first_failed_at": delivery.first_failed_at,
        "released_at": None,
        "next_at": None,
        "done_at": now,
    }
    if tried.problem is not None:
        first = delivery.first_failed_at or tried.started_at
        once = delivery.kind == rules.TEST or tried.problem is AttemptProblem.OUT_OF_REACH
        next_at = None if once else rules.next_attempt(attempts, now, random, tried.retry_after)
        values |= {"first_failed_at": first, "next_at": next_at, "status": DeliveryStatus.FAILED}
        if next_at is not None:
            released = delivery.released_at or rules.released_at(attempts, first, next_at, now)
            values |= {"status": DeliveryStatus.WAITING, "released_at": released, "done_at": None}
    changed = {f"new_{column}": value for column, value in values.items()}
    return changed | {"which": delivery.id, "still": DeliveryStatus.WAITING}


def _attempt(tried: Tried) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "delivery_id": tried.told.delivery.id,
        "endpoint_id": tried.told.endpoint.id,
        "started_at": tried.started_at,
        "duration_ms": round(tried.duration / timedelta(milliseconds=1)),
        "http_status": tried.http_status,
        "problem": tried.problem,
        "answer": tried.answer,
    }


async def _judge_endpoints(session: AsyncSession, tried: Sequence[Tried]) -> dict[UUID, DisabledBecause]:
    """An endpoint is well again with one success, gone with a 410, and given up after five days of failures only."""
    well = {each.told.endpoint.id for each in tried if each.problem is None}
    failed = {
        each.told.endpoint.id: each
        for each in tried
        if each.problem is not None and each.problem not in NOT_THEIR_FAULT
    }
    endpoint = WebhookEndpoint
    if any(each.told.endpoint.failing_since is not None for each in tried if each.problem is None):
        await _set(session, well, endpoint.failing_since.is_not(None), failing_since=None)
    disabled = dict[UUID, DisabledBecause]()
    for id_, each in failed.items():
        if id_ in well:
            continue
        since = each.told.endpoint.failing_since
        if since is None:
            await _set(session, {id_}, endpoint.failing_since.is_(None), failing_since=each.started_at)
        gone = each.http_status == GONE
        if gone or rules.gives_up(since, each.started_at):
            because = DisabledBecause.GONE if gone else DisabledBecause.FAILING
            values = {"disabled_at": each.started_at, "disabled_because": because}
            if await _set(session, {id_}, endpoint.disabled_at.is_(None), **values):
                disabled[id_] = because
    return disabled


async def _set(session: AsyncSession, ids: Collection[UUID], only: Any, **values: Any) -> int:
    changed = update(WebhookEndpoint).where(WebhookEndpoint.id.in_(ids), only).values(**values)
    done: Any = await session.execute(changed, execution_options={"synchronize_session": False})
    return int(done.rowcount)
