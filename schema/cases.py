"""What returns, pickups, refunds, exchanges and repairs share, whatever the carrier."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from db.case_enums import CaseKind
from db.enums import Party
from resolvers import cases as answers
from resolvers import edges, timelines
from resolvers.context import Info
from resolvers.pages import Asked, Page
from schema.connections import Connection
from schema.feed import Change
from schema.fields import described, followed, related, resolved
from schema.links import OrderLink
from schema.node import Node


@strawberry.type(description="A case as it was known at a moment, folded from the log.")
class CaseSnapshot:
    at: datetime = described("The moment (UTC).")
    version: int = described("The version it had reached.")
    status: str = described("Its status then.")
    known: JSON = described("All that was known, by the fields of the catalogue of events.")
    position: str = described("The last entry of the log that is in it.")


@strawberry.interface(
    description="Something that is asked for, decided and brought to an end, with deadlines that are visible."
)
class Case(Node):
    number: str = described("The number for people; unique for its merchant and kind.")
    status_name: str = resolved(by=answers.status_name, description="The status, whatever the kind of case.")
    order: OrderLink | None = related(
        by=edges.order_of_case, description="Its only order; null where it has several or none."
    )
    is_terminal: bool = described("Whether it has ended.")
    allowed_actions: list[str] = resolved(
        by=answers.allowed_actions, description="The mutations that this viewer may call on it now.", size=3
    )
    waiting_on: Party | None = described("Whose move it is; null once it has ended.")
    deadline_at: datetime | None = described("Until when (UTC).")
    on_deadline: str | None = resolved(by=answers.on_deadline, description="What happens then by itself.")
    deadline_within: str | None = resolved(
        by=answers.deadline_within,
        description="How long the clock that runs is by the policy, as people say it: `3 working days`, `48 hours`.",
    )
    breached_at: datetime | None = described("When a promise of it was first not kept (UTC); null: kept so far.")
    breaches: int = described("How often its clock ran out without an end.")
    opened_at: datetime = described("When it was asked for (UTC).")
    updated_at: datetime = described("When anything of it last changed (UTC).")
    finalized_at: datetime | None = described("When it ended for good (UTC).")
    version: int = described("Counts its changes; give it as `expectedVersion` to decide on what you saw.")
    as_of: CaseSnapshot | None = resolved(
        by=answers.as_of, description="How it was known at a moment; null: it was not known yet."
    )
    timeline: Connection[Change] = resolved(
        by=timelines.timeline, description="What happened to it and to what is under it, oldest first."
    )


async def _deadlines(
    info: Info, before: datetime, first: int, after: str | None = None, kinds: list[CaseKind] | None = None
) -> Page:
    return await answers.deadlines(info, before, Asked(first, after), kinds)


@strawberry.type
class CaseQueries:
    deadlines: Connection[Case] = resolved(
        by=_deadlines,
        description="Cases whose clock runs out before a moment, the next first. Needs the scope returns:read.",
    )


@strawberry.type
class CaseSubscriptions:
    case_updated: Change = followed(
        by=answers.updated,
        description="Changes of cases as they happen, of these subjects or of all that the credential may read. With "
        "`after` (a position) it begins with everything since then; without, it begins now.",
    )
