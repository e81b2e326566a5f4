"""Jobs: pages of a merchant's own, and a dead one put back."""

from dataclasses import dataclass
from datetime import datetime

import strawberry
from sqlalchemy import select

from aftersales import jobs as business
from aftersales.refusals import inside
from db.enums import JobState
from db.models.messages import Job
from resolvers.context import Info
from resolvers.inputs import locked
from resolvers.pages import Asked, Page, Sort, page

_NEWEST = Sort("CREATED_AT_DESC", Job.created_at, Job.id)


@strawberry.input(description="Which dead job to put back.")
class JobRetryInput:
    id: strawberry.ID = strawberry.field(description="The job's id.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs; None: of any."""

    state: JobState | None = None
    kind: str | None = None


async def jobs(info: Info, asked: Asked, wanted: Wanted) -> Page:
    """A page of the jobs within reach, the newest first."""
    info.context.viewer.must("shipments:read")
    statement = select(Job)
    if wanted.state is not None:
        statement = statement.where(Job.state == wanted.state)
    if wanted.kind is not None:
        statement = statement.where(Job.kind == wanted.kind)
    return await page(info.context.store, info.context.viewer.reach, statement, _NEWEST, asked)


async def retry(info: Info, input: JobRetryInput) -> Job:
    """The job, due again."""
    context = info.context
    row = await locked(context, Job, input.id, "job")
    with inside("input"):
        business.retry(row, context.clock())
    return row


@dataclass(frozen=True, slots=True)
class Error:
    """How the last try failed."""

    code: str
    message: str
    at: datetime


def last_error(root: Job) -> Error | None:
    """As the worker wrote it down, in our own words."""
    told = root.last_error
    return Error(told["code"], told["message"], datetime.fromisoformat(told["at"])) if told else None
