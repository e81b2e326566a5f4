"""The log of facts as partners read it."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from db.enums import Party, Subject
from resolvers import feed as answers
from schema.connections import Connection
from schema.fields import described, resolved
from schema.node import Node


@strawberry.type(description="Who did it.")
class Actor:
    party: Party = described("Which party.")
    credential: strawberry.ID | None = described(
        "The API key it was done with (key_...); told to the merchant, and of its own side's keys only."
    )


@strawberry.type(description="What made them do it.")
class Cause:
    kind: str = described("A mutation (with its name, for the merchant), a push, a poll, the clock, an import.")
    reference: str | None = described("Which one: a request id, a message, a file and line; for the merchant only.")


@strawberry.type(
    description="One entry of the log of facts. Feed, timelines, webhooks and subscriptions tell the same."
)
class Change:
    position: str = described("Its place among all this viewer may see: the cursor to go on from.")
    number: int = described("Its number among the merchant's entries: from 1, without gaps.")
    subject: Subject = described("What kind of thing changed.")
    subject_id: strawberry.ID = resolved(by=answers.subject_id, description="The global id of what changed.")
    subject_version: int = described("The version it reached: a lower one than known is old news.")
    kind: str = described("What happened, e.g. shipment.delivered; see the catalogue of events.")
    node: Node | None = resolved(
        by=answers.node, description="What changed, as it is now; null where it is beyond reach."
    )
    before: JSON | None = described("What was, as far as this viewer may see; see the catalogue of events.")
    after: JSON | None = described("What is since, as far as this viewer may see.")
    actor: Actor = described("Who did it.")
    cause: Cause = described("What made them.")
    occurred_at: datetime = described("When it happened (UTC).")
    recorded_at: datetime = described("When we wrote it down (UTC).")


@strawberry.type
class FeedQueries:
    changes: Connection[Change] = resolved(
        by=answers.changes,
        description="Every change within reach, oldest first, 1 to 100 at a time: keep the last position and go on from "
        "it, and nothing is missed or told twice. Shows the subjects that the credential may read.",
    )
