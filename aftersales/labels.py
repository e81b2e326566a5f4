"""Labels and codes to send goods back with: wished for, and taken back.

Nothing here calls a carrier or draws: each wish is a job, done after the commit (``worker.labels``), with our reference on
every try. The return's row is locked before its labels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.cases import Step
from aftersales.rules.planning import Route
from db.models.labels import LabelState, ReturnLabel
from db.models.messages import Job
from db.models.returns import Return

ORDER, VOID = "label.order", "label.void"
GOOD = (LabelState.PENDING, LabelState.READY)


async def order(session: AsyncSession, rma: Return, route: Route, step: Step) -> None:
    """Asks the carrier for a label, after the commit; a carrier that makes none gets one of ours. What the return had
    before is taken back. Its row must be locked."""
    await void(session, rma, step)
    label = ReturnLabel(
        merchant_id=rma.merchant_id,
        return_id=rma.id,
        carrier_code=route.carrier,
        account_id=UUID(route.account_id) if route.account_id else None,
        service=route.service,
        method=route.method,
        created_at=step.now,
        updated_at=step.now,
    )
    label.reference = "WL" + label.typeid.removeprefix(f"{ReturnLabel.prefix}_").upper()
    session.add_all((label, job(label, ORDER, step.now)))


async def void(session: AsyncSession, rma: Return, step: Step) -> None:
    """Takes back what labels the return has: the carrier is told, and their files go, after the commit. The return's row
    must be locked."""
    for label in await of_return(session, rma):
        label.state, label.updated_at, label.doubtful = LabelState.VOIDED, step.now, False
        session.add(job(label, VOID, step.now))


async def of_return(session: AsyncSession, rma: Return) -> list[ReturnLabel]:
    """A return's labels that are good or are being made, locked, the oldest first. The return's row must be locked."""
    rows = await session.scalars(
        select(ReturnLabel)
        .where(ReturnLabel.return_id == rma.id, ReturnLabel.state.in_(GOOD))
        .order_by(ReturnLabel.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


def job(label: ReturnLabel, kind: str, now: datetime) -> Job:
    """Work at the carrier, one after the other for each label; our reference goes with every try."""
    return Job(
        merchant_id=label.merchant_id,
        kind=kind,
        resource=label.typeid,
        arguments={"label": label.id.hex, "carrier": label.carrier_code},
        reference=label.reference,
        run_at=now,
        created_at=now,
    )
