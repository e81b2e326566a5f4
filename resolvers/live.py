"""What a live subscription follows: changes of the log, from a place on, as far as its viewer may see them."""

from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast
from uuid import UUID

import strawberry
from sqlalchemy import Select

from aftersales import log, positions
from aftersales.rules.entries import PREFIXES
from db.enums import Subject
from db.ids import parse_typeid
from db.models.log import Event, Seal
from db.reach import Reach
from resolvers.context import Context, Info
from resolvers.errors import BadUserInput, LimitExceeded
from resolvers.feed import Change, change_of, readable

MOST_IDS = 100


class Entry(NamedTuple):
    """One sealed entry of the log, as read for all who follow it."""

    seal: Seal
    event: Event


@dataclass(frozen=True, slots=True)
class Watch:
    """What one subscription wants: entries of these subjects (and of these ids alone, where given) that come after a
    position; None: from now on."""

    subjects: frozenset[Subject]
    ids: frozenset[UUID] | None
    after: int | None

    def shows(self, event: Event) -> bool:
        """Whether an entry is wanted; its reach is another question."""
        return event.subject in self.subjects and (self.ids is None or event.subject_id in self.ids)

    def page(self, after: int, size: int) -> Select[Seal, Event]:
        """The next entries wanted, as the feed reads them; to be run within the viewer's reach."""
        statement = log.after(after).limit(size)
        if len(self.subjects) < len(Subject):
            statement = statement.where(Event.subject.in_(sorted(self.subjects)))
        return statement if self.ids is None else statement.where(Event.subject_id.in_(self.ids))


async def changes(info: Info, after: str | None = None) -> AsyncGenerator[Change, None]:
    """Every change within reach."""
    return await followed(info, readable(info.context.viewer), None, after)


async def shipment_updated(
    info: Info, ids: list[strawberry.ID] | None = None, after: str | None = None
) -> AsyncGenerator[Change, None]:
    """Changes of these parcels, or of all within reach. An id beyond reach is never told of."""
    return await followed(
        info, readable(info.context.viewer, [Subject.SHIPMENT]), None if ids is None else _parcels(ids), after
    )


def told(context: Context, entry: Entry) -> Change:
    """The entry as the context's viewer may read it: the root of one subscription event."""
    return change_of(context.viewer, context.store.vault, entry.seal, entry.event)


def place_of(reach: Reach) -> Hashable:
    """Where a viewer stands among those who follow; ``places_of`` names the same for what they may see."""
    if reach.customer_id is not None:
        return "customer", reach.merchant_id, reach.customer_id
    if reach.carrier_code is not None:
        return "carrier", reach.carrier_code
    return ("merchant", reach.merchant_id) if reach.merchant_id is not None else ("platform", reach.platform_id)


def places_of(seal: Seal, platforms: Iterable[UUID]) -> Iterator[Hashable]:
    """Who may see an entry, by the rule of ``db.reach`` for the log; ``platforms`` act for its merchant."""
    yield "merchant", seal.merchant_id
    for platform in platforms:
        yield "platform", platform
    if seal.carrier_code is not None:
        yield "carrier", seal.carrier_code
    if seal.customer_id is not None:
        yield "customer", seal.merchant_id, seal.customer_id


async def followed(
    info: Info, subjects: frozenset[Subject], ids: frozenset[UUID] | None, after: str | None
) -> AsyncGenerator[Change, None]:
    """The entries, in their order. The door makes each a ``Change`` when it renders it, once for all who read the same;
    so what comes here are entries, and the type is the one that GraphQL is to see."""
    context = info.context
    if context.follow is None:
        raise BadUserInput("Subscriptions are served over WebSocket and server-sent events, not here.")
    watch = Watch(subjects, ids, _position(context, context.resume_after or after))
    stream: AsyncIterator[Entry] = await context.follow(context.viewer, watch)
    return cast("AsyncGenerator[Change, None]", stream)


def _position(context: Context, after: str | None) -> int | None:
    if after is None:
        return None
    try:
        return positions.position_of(context.store.vault, after)
    except positions.NotAPosition:
        raise BadUserInput("after is not a position of this log.") from None


def _parcels(ids: Sequence[strawberry.ID]) -> frozenset[UUID]:
    if len(ids) > MOST_IDS:
        raise LimitExceeded("ids", MOST_IDS, len(ids))
    parsed = [parse_typeid(each) for each in ids]
    found = frozenset(each[1] for each in parsed if each is not None and each[0] == PREFIXES[Subject.SHIPMENT])
    if len(found) < len(set(ids)):
        raise BadUserInput("ids must be those of parcels (shp_...).")
    return found
