"""Jobs: what must be done outside, how far it has come, and what stood in its way."""

from datetime import datetime
from typing import Any

import strawberry

from db.enums import JobState
from resolvers import edges
from resolvers import jobs as answers
from resolvers.context import Info
from resolvers.pages import Asked
from schema.connections import Connection
from schema.fields import described, mutation, related, resolved
from schema.node import Node
from schema.payloads import Payload, value
from schema.viewer import Merchant


@strawberry.type(description="How a try failed.")
class JobError:
    code: str = described("Why, e.g. CARRIER_TIMEOUT; a client may act on it.")
    message: str = described("A whole sentence for people, never the carrier's own words.")
    at: datetime = described("When (UTC).")


@strawberry.type(
    description="Work outside that was promised: tried by a schedule, one after the other for each resource, and kept "
    "when it was given up. Where a try's outcome is unknown we ask before we send again."
)
class Job(Node):
    merchant: Merchant | None = related(by=edges.merchant_of_row, description="Whose it is.")
    kind: str = described("What is to be done, e.g. call_carrier.")
    state: JobState = described("How far it has come.")
    attempts: int = described("How often it was tried since it was last put back, a try under way included.")
    run_at: datetime = described("When it is due (UTC); of a job that is done or dead, when it was.")
    last_error: JobError | None = resolved(
        by=answers.last_error, description="How the last try failed; null when there was none or it is done."
    )
    reference: str = described("Our reference, the same with every try.")
    resource: str = described("The global id of what it is done for; its jobs run one after the other.")
    created_at: datetime = described("When it was promised (UTC).")
    done_at: datetime | None = described("When it was done or given up (UTC).")


@strawberry.type(description="A job, or why not.")
class JobPayload(Payload):
    job: Job | None = value("The job as it stands; null when refused.")


async def _jobs(
    info: Info, first: int, after: str | None = None, state: JobState | None = None, kind: str | None = None
) -> Any:
    return await answers.jobs(info, Asked(first, after), answers.Wanted(state, kind))


@strawberry.type
class JobQueries:
    jobs: Connection[Job] = resolved(
        by=_jobs,
        description="Jobs of the merchants within reach, the newest first, 1 to 100 at a time. Needs the scope shipments:read.",
    )


@strawberry.type
class JobMutations:
    job_retry: JobPayload = mutation(
        by=answers.retry,
        scope="shipments:write",
        description="Puts a dead job back, due now, with all its tries before it.",
    )
