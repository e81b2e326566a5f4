"""What must hold when everything has come to rest. An invariant is a function of the world and its books that yields a
sentence for each breach. To add one, write it here (or beside its kind) and name it in ``INVARIANTS``; a table it reads is
named in ``books.TABLES``. What must hold of every answer and message is checked where they come in (``world.ask``)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime

from aftersales import messages, positions, proofs
from aftersales.rules import entries, heads, merkle
from aftersales.rules.shipments import Seen, fold
from aftersales.scans import seen
from aftersales.wishes import plain
from carriers.registry import BY_CODE
from db.enums import InboxState, JobState
from db.ids import typeid
from db.models.base import Row
from db.models.shipments import Shipment
from db.models.webhooks import WebhookEndpoint
from tests.simulator import delivered
from tests.simulator.books import TABLES, Books
from tests.simulator.world import World

Invariant = Callable[[World, Books], Iterable[str]]


def the_log_is_dense(_: World, books: Books) -> Iterator[str]:
    """Every event has one seal; positions rise, and a merchant's numbers are 1, 2, 3 in their order. A subject's versions
    rise."""
    if sorted(seal.event_id for seal in books.seals) != [event.id for event in books.events]:
        yield "events and seals are not one to one"
    if books.unsealed:
        yield f"{len(books.unsealed)} events wait for their seals"
    numbers: Counter[UUID] = Counter()
    versions: Counter[tuple[UUID, str]] = Counter()
    by_id = {event.id: event for event in books.events}
    for seal in books.seals:
        numbers[seal.merchant_id] += 1
        event = by_id[seal.event_id]
        if seal.number != numbers[seal.merchant_id]:
            yield f"position {seal.position} has number {seal.number}, not {numbers[seal.merchant_id]}"
        if event.version <= versions[event.subject_id, event.subject]:
            yield f"{event.kind} has version {event.version} after {versions[event.subject_id, event.subject]}"
        versions[event.subject_id, event.subject] = event.version


def every_subject_is_as_the_log_says(_: World, books: Books) -> Iterator[str]:
    """The newest entry of a parcel tells its status, and no later version than it has."""
    newest = {event.subject_id: event for event in books.events}
    for parcel in books.shipments:
        event = newest.get(parcel.id)
        if event is None:
            yield f"nothing tells of {parcel.tracking_number}"
        elif event.version > parcel.version or event.payload["after"].get("status") != parcel.status.name:
            yield f"{parcel.tracking_number} is {parcel.status} ({parcel.version}), the log says {event.payload['after']}"


def consumers_saw_all_and_nothing_twice(world: World, books: Books) -> Iterator[str]:
    """Each within its reach."""
    owned = {shop.mark: {shop.who.merchant_id} for shop in world.cast.shops}
    owned["platform"] = {shop.who.merchant_id for shop in world.cast.shops[:2]}
    for each in world.known.consumers:
        saw = [positions.position_of(world.ground.store.vault, text) for text in each.seen]
        mine = owned.get(each.name)
        due = [
            seal.position
            for seal in books.seals
            if (seal.carrier_code == "sf" if mine is None else seal.merchant_id in mine)
        ]
        if saw != due:
            yield f"{each.name} saw {len(saw)} of {len(due)}: {sorted(set(due) ^ set(saw))[:5]} differ"


def effects_are_as_many_as_calls(world: World, books: Books) -> Iterator[str]:
    """What was acknowledged is there once, and nothing else is."""
    stored = Counter(order.number for order in books.orders)
    if stored != Counter(dict.fromkeys(world.known.orders, 1)):
        yield f"orders: {stored - Counter(world.known.orders.keys())} too many, {set(world.known.orders) - set(stored)} lost"
    marks = {shop.who.merchant_id: shop.mark for shop in world.cast.shops}
    parcels = Counter((marks[each.merchant_id], each.carrier_code, each.tracking_number) for each in books.shipments)
    if parcels != Counter(world.known.parcels):
        yield f"parcels: {len(parcels)} are stored, {len(world.known.parcels)} were answered"
    kept = {typeid(WebhookEndpoint.prefix, each.id) for each in books.webhook_endpoints if each.deleted_at is None}
    if kept != {each.id for each in world.known.endpoints}:
        yield f"endpoints: {len(kept)} are stored, {len(world.known.endpoints)} were answered"


def no_push_is_lost(world: World, books: Books) -> Iterator[str]:
    """What was thanked for is in the inbox, once, and was understood or waits for its parcel."""
    kept = Counter((row.carrier_code, row.digest) for row in books.inbox)
    for one in world.known.accepted:
        if not kept[one.carrier, messages.pushed(one.message).digest]:
            yield f"a push of {one.carrier} is lost"
    for row in books.inbox:
        if row.state not in {InboxState.DONE, InboxState.PARKED} or row.leased_until is not None:
            yield f"a message of {row.carrier_code} is {row.state}: {row.problem}"


def parcels_are_where_their_scans_say(world: World, books: Books) -> Iterator[str]:
    """Status and moments are the fold over all that was heard of the parcel through its own merchant's accounts."""
    vault = world.ground.store.vault
    heard: defaultdict[UUID, set[Seen]] = defaultdict(set)
    parcels: defaultdict[tuple[UUID, str], list[Any]] = defaultdict(list)
    for parcel in books.shipments:
        parcels[parcel.merchant_id, parcel.tracking_number].append(parcel)
    for letter in books.letters:
        if not letter.body:
            continue
        for read in messages.read(vault, letter, BY_CODE).shipments:
            for parcel in parcels[letter.merchant_id, plain(read.tracking_number) or ""]:
                if BY_CODE[letter.carrier_code].is_aggregator or parcel.carrier_code == letter.carrier_code:
                    heard[parcel.id].update(seen(scan) for scan in read.scans)
    for parcel in books.shipments:
        if typeid(Shipment.prefix, parcel.id) in world.known.stopped:
            continue
        true = fold(heard[parcel.id])
        told = (parcel.status, parcel.status_since, parcel.picked_up_at, parcel.delivered_at, parcel.last_event_at)
        if told != (true.status, true.since, true.picked_up_at, true.delivered_at, true.last_event_at):
            yield f"{parcel.carrier_code} {parcel.tracking_number} is {told}, heard was {true}"


def scans_are_kept_once(_: World, books: Books) -> Iterator[str]:
    """No scan of a parcel is there twice, whichever way it came."""
    for (_, code, at, words), count in Counter(
        (each.shipment_id, each.raw_code, each.occurred_at, each.carrier_words) for each in books.tracking_events
    ).items():
        if count > 1:
            yield f"a scan {code} of {at} is there {count} times: {words}"


def the_tree_holds(world: World, books: Books) -> Iterator[str]:
    """Leaves are made of what is stored, roots of the leaves, and heads are signed over roots."""
    by_id = {event.id: event._asdict() for event in books.events}
    peaks: defaultdict[UUID, list[bytes]] = defaultdict(list)
    roots: dict[tuple[UUID, int], bytes] = {}
    for seal in books.seals:
        event = by_id[seal.event_id]
        leaf = entries.leaf(entries.stamp_of(event), seal.number)
        salted = entries.commitment(event["salt"], entries.canonical(entries.content_of(event)))
        if leaf != seal.leaf or salted != event["commitment"]:
            yield f"position {seal.position} is not what was sealed"
        merkle.append(peaks[seal.merchant_id], seal.number - 1, leaf)
        roots[seal.merchant_id, seal.number] = merkle.fold(peaks[seal.merchant_id])
    key = proofs.key_of(world.ground.store.vault)
    for head in books.heads:
        told = heads.Head(head.merchant_id, head.size, head.root, head.signed_at)
        if roots.get((head.merchant_id, head.size)) != head.root or heads.sign(told, key) != head.signature:
            yield f"the head of {head.size} entries is not theirs"
    for tree in books.trees:
        if merkle.fold(peaks[tree.merchant_id]) != roots.get((tree.merchant_id, tree.size)):
            yield f"the tree of {tree.size} entries is not theirs"


def nothing_is_stuck(world: World, books: Books) -> Iterator[str]:
    """No job waits, and no lease is older than its time."""
    for job in books.jobs:
        if job.state is JobState.READY:
            yield f"a job {job.kind} waits: {job.last_error}"
    for parcel in books.shipments:
        late = [
            at for at in (parcel.next_poll_at, parcel.next_subscribe_at) if at and at < world.now - timedelta(hours=1)
        ]
        if late:
            yield f"{parcel.tracking_number} was due at {late}"


def nobody_reads_the_wall(_: World, books: Books) -> Iterator[str]:
    """Every moment stored is of the world's own time."""
    wall = datetime.now(UTC)
    for name in TABLES:
        table = Row.metadata.tables[name]
        for column in (each.name for each in table.columns if isinstance(getattr(each.type, "impl", None), DateTime)):
            for row in books.rows[name]:
                at = getattr(row, column)
                if at is not None and abs(at - wall) < timedelta(days=1):
                    yield f"{name}.{column} is {at}"
                    break


INVARIANTS: tuple[Invariant, ...] = (
    the_log_is_dense,
    every_subject_is_as_the_log_says,
    consumers_saw_all_and_nothing_twice,
    effects_are_as_many_as_calls,
    no_push_is_lost,
    parcels_are_where_their_scans_say,
    scans_are_kept_once,
    the_tree_holds,
    delivered.every_delivery_tells_the_truth,
    delivered.every_entry_is_delivered,
    delivered.in_order,
    delivered.signed_and_within_reach,
    nothing_is_stuck,
    nobody_reads_the_wall,
)
