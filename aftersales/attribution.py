"""Who did what an entry of the log tells, and what made them, as far as its audience may know: in the feed, by socket and
by webhook the same."""

from dataclasses import dataclass
from uuid import UUID

from aftersales.kinds import Audience
from db.enums import Party
from db.ids import typeid
from db.models.log import Event
from db.models.partners import ApiKey


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. ``credential``: the API key's global id, told to the merchant of its own side's keys alone."""

    party: Party
    credential: str | None


@dataclass(frozen=True, slots=True)
class Cause:
    """What made them: the merchant reads which one, others only of what kind."""

    kind: str
    reference: str | None


def actor_of(event: Event, audience: Audience) -> Actor:
    """Who did it, for this audience."""
    party, credential = Party[event.actor["party"]], event.actor["id"]
    is_own = audience is Audience.MERCHANT and party in {Party.MERCHANT, Party.PLATFORM}
    return Actor(party, typeid(ApiKey.prefix, UUID(credential)) if is_own and credential else None)


def cause_of(event: Event, audience: Audience) -> Cause:
    """What made them, for this audience."""
    kind, reference = event.cause["kind"], event.cause["reference"]
    return Cause(kind, reference) if audience is Audience.MERCHANT else Cause(kind.partition(":")[0], None)
