"""A merchant's own versions: written as drafts, then published; what is published never changes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.policy_forms import PolicyForm
from aftersales.refusals import Refusal, RefusalCode, Refused, Transition
from db.models.policies import ReturnPolicy


async def create(session: AsyncSession, merchant_id: UUID, form: PolicyForm, now: datetime) -> ReturnPolicy:
    """A draft: the next version of its code, or the first."""
    mine = (ReturnPolicy.merchant_id == merchant_id, ReturnPolicy.code == form.code)
    last = await session.scalar(select(func.max(ReturnPolicy.version)).where(*mine)) or 0
    row = ReturnPolicy(
        merchant_id=merchant_id,
        code=form.code,
        version=last + 1,  # two at once: the second finds the key taken, and is tried again
        name=form.name,
        country=form.country,
        rules=form.rules.as_rules(),
        effective_at=now,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return row


def publish(row: ReturnPolicy, effective_at: datetime | None, now: datetime) -> ReturnPolicy:
    """It holds from a moment on that is not past: what was asked for before is decided by what held then. Refused (STATE)
    once it is published. The row must be locked."""
    if row.published_at is not None:
        no = "A published version never changes; create the next one."
        raise Refused(Refusal(RefusalCode.STATE, no, ("id",), Transition("published", "published", ())))
    if effective_at is not None and effective_at < now:
        no = "A policy cannot hold from a moment that is past; leave effectiveAt out for at once."
        raise Refused(Refusal(RefusalCode.INVALID, no, ("effectiveAt",)))
    row.published_at, row.effective_at = now, effective_at or now
    return row
