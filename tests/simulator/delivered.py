"""What must hold of webhooks when everything has come to rest (see ``invariants``)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales.rules.webhooks import HELD_ATTEMPTS, LONGEST_HOLD, is_topic_of
from db.enums import DeliveryStatus
from db.ids import typeid
from tests.simulator.books import Books
from tests.simulator.world import Endpoint, World


def every_delivery_tells_the_truth(world: World, books: Books) -> Iterator[str]:
    """What is said to be delivered was thanked for; what was given up says why; nothing waits but for who is stopped."""
    thanked = {each.delivery for each in world.receivers.came if each.is_thanked}
    tried = {each.delivery_id for each in books.webhook_attempts}
    disabled = {each.id for each in books.webhook_endpoints if each.disabled_at}
    for each in books.webhook_deliveries:
        if each.status is DeliveryStatus.DELIVERED and typeid("dlv", each.id) not in thanked:
            yield f"{each.kind} is said to be delivered and did not arrive"
        if each.status is DeliveryStatus.FAILED and each.id not in tried:
            yield f"{each.kind} was given up and nothing says why"
        if each.status is DeliveryStatus.WAITING and each.endpoint_id not in disabled:
            yield f"{each.kind} still waits, attempts {each.attempts}, next {each.next_at}"


def every_entry_is_delivered(world: World, books: Books) -> Iterator[str]:
    """To each endpoint that wants it."""
    lined_up = {(typeid("whk", each.endpoint_id), each.position) for each in books.webhook_deliveries}
    stopped = {typeid("whk", each.id) for each in books.webhook_endpoints if each.disabled_at}
    facts = {event.id: event for event in books.events}
    for one in world.known.endpoints:
        for seal in books.seals if one.steady and one.id not in stopped else ():
            is_due = seal.position > one.since and _wants(world, one, facts[seal.event_id])
            if is_due and (one.id, seal.position) not in lined_up:
                yield f"{one.host} was never told of position {seal.position}"


def _wants(world: World, one: Endpoint, fact: Any) -> bool:
    shops = {shop.who.merchant_id for shop in world.cast.shops if one.who in {shop.who, world.cast.platform}}
    owned = shops - {world.cast.shops[2].who.merchant_id} if one.who is world.cast.platform else shops
    is_topic = any(is_topic_of(topic, fact.kind) for topic in one.topics)
    return is_topic and fact.merchant_id in owned


def in_order(world: World, books: Books) -> Iterator[str]:
    """Of a subject, what is thanked for first was first, unless an earlier one had failed too often or for too long."""
    rows = {typeid("dlv", each.id): each for each in books.webhook_deliveries}
    newest: dict[tuple[UUID, UUID], tuple[Any, datetime]] = {}
    first: set[str] = set()
    for arrival in world.receivers.came:
        row = rows.get(arrival.delivery)
        if not arrival.is_thanked or arrival.delivery in first or row is None or row.position is None:
            continue
        first.add(arrival.delivery)
        key = (row.endpoint_id, row.subject_id)
        later, at = newest.get(key, (row, arrival.at))
        held_for = at - row.first_failed_at if row.first_failed_at else timedelta()
        if later.position > row.position and row.attempts <= HELD_ATTEMPTS and held_for < LONGEST_HOLD:
            yield f"{arrival.receiver} heard of version {later.subject_version} before {row.subject_version}"
        if later.position <= row.position:
            newest[key] = row, arrival.at


def signed_and_within_reach(world: World, _: Books) -> Iterator[str]:
    """By the secrets that were shown; and they tell nothing of strangers."""
    if world.receivers.forged:
        yield f"{len(world.receivers.forged)} messages were signed by no secret that was shown"
    owners = {each.host: each.who for each in world.known.endpoints}
    for arrival in world.receivers.came:
        if arrival.receiver in owners:
            world.sees_only_its_own(owners[arrival.receiver], str(arrival.body))
