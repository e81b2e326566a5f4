"""What must hold after any death: at once after the restart, and when all is drained."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select

from aftersales import events, exports, proofs
from aftersales.rules import entries, heads, verifying
from db.enums import DeliveryStatus, EventSource, InboxState, JobState
from db.ids import parse_typeid
from db.models.base import Identified
from db.models.exports import Export, ExportState
from db.models.log import Event, Head, Seal, Unsealed
from db.models.messages import Inbox, Job, Parked, Replay
from db.models.orders import Order
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment, TrackingEvent
from db.models.webhooks import WebhookDelivery, WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from tests.experiments.crash_day import SEA, SF, STAYED, Answers, Plan, Service, acknowledged, go_on, ids_of, open_for
from tests.experiments.crash_ground import OLD_ORDERS, TINY, Ground, Outside, die
from tests.experiments.crash_points import DIED, Point, Watch

KEYED = {"account", "stop", "export", "test"}
MODELS: dict[str, type[Identified]] = {
    model.prefix: model for model in (Order, Shipment, CarrierAccount, Export, WebhookDelivery)
}
SCANS = {SF[0]: 2, SF[1]: 1, SF[2]: 1, SF[3]: 0}
NEVER = "its point was never reached"
ONE_HANDSHAKE, HANDSHAKE_AGAIN = 1, 2


async def kept(store: Store, known: Answers) -> list[str]:
    """At once after the restart: what was acknowledged and is not there."""
    async with store.reading(EVERYTHING) as session:
        missing = [
            f"{id_} of {label} was acknowledged and is gone"
            for label, (_, body) in known.items()
            for id_ in ids_of(body)
            if not await _exists(session, id_)
        ]
        messages = await session.scalar(select(func.count(Inbox.id)).where(Inbox.source == EventSource.PUSH)) or 0
        jobs = await session.scalar(select(func.count(Job.id))) or 0
        spent = set(await session.scalars(select(Replay.key)))
    pushes = sum(label.startswith("push") for label in known)
    if messages < pushes:
        missing.append(f"{pushes} pushes were acknowledged and {messages} are kept")
    if jobs < ("handshake" in known):
        missing.append("a handshake was acknowledged and its job is gone")
    return missing + [f"the key {key!r} was acknowledged and is not kept" for key in KEYED & set(known) - spent]


async def _exists(session: Any, id_: str) -> bool:
    prefix, key = parse_typeid(id_) or ("", None)
    return prefix not in MODELS or await session.get(MODELS[prefix], key) is not None


def repeated(known: Answers, answers: Answers) -> Iterator[str]:
    """What a repeat was told otherwise than the first time."""
    for label, (_, body) in known.items():
        again = answers[label][1]
        if _data(body) != _data(again):
            yield f"{label} was answered {body!r} and then {again!r}"
    for label, (status, body) in answers.items():
        if status != 200 or b'"errors"' in body or b'"code"' in body.replace(b'"return_code"', b""):
            yield f"{label} failed: {status} {body!r}"


def _data(body: bytes) -> Any:
    return orjson.loads(body or b"{}").get("data")


async def drained(service: Service, plan: Plan, around: Outside) -> list[str]:
    """When all is drained: everything that does not hold."""
    return [
        *await _counts(service.store),
        *await _log(service.store),
        *await _told(service.store, around),
        *await _inbox(service.store),
        *await _carriers(service.store, around),
        *await _exports(service.store, plan),
        *await _leases(service),
    ]


async def _all(store: Store, wanted: Any) -> list[Any]:
    async with store.reading(EVERYTHING) as session:
        return list((await session.execute(wanted)).all())


async def _counts(store: Store) -> Iterator[str]:
    """Every effect is there once."""
    test = WebhookDelivery.kind == "webhook.test"
    wanted: dict[str, tuple[Any, int]] = {
        "orders": (select(func.count(Order.id)), OLD_ORDERS + 2),
        "parcels": (select(func.count(Shipment.id)), len(SF) + len(SEA) + TINY),
        "accounts": (select(func.count(CarrierAccount.id)).where(CarrierAccount.name == "of the day"), 1),
        "exports": (select(func.count(Export.id)), 1),
        "tests": (select(func.count(WebhookDelivery.id)).where(test), 1),
        "keys": (select(func.count(Replay.key)).where(Replay.key.in_(KEYED)), len(KEYED)),
    }
    found = {name: (await _all(store, query))[0][0] for name, (query, _) in wanted.items()}
    return (f"{found[name]} {name} instead of {count}" for name, (_, count) in wanted.items() if found[name] != count)


async def _log(store: Store) -> list[str]:
    """Dense, in order, and a tree that its signed heads stand for."""
    rows = await _all(store, select(Seal, Event).join(Event, Event.id == Seal.event_id).order_by(Seal.position))
    wrong = []
    if await _all(store, select(Unsealed)) or (await _all(store, select(func.count(Event.id))))[0][0] != len(rows):
        wrong.append("an event was never sealed")
    versions: dict[UUID, list[int]] = defaultdict(list)
    kinds: Counter[tuple[UUID, str]] = Counter()
    owners: dict[UUID, list[bytes]] = defaultdict(list)
    for seal, event in rows:
        versions[event.subject_id].append(event.version)
        kinds[event.subject_id, event.kind] += 1
        columns = {column.name: getattr(event, column.name) for column in Event.__table__.columns}
        owners[event.merchant_id].append(entries.export_line(columns, seal.number))
    wrong += [f"versions {told}" for told in versions.values() if told != sorted(set(told))]
    once = {each.name for each in (events.ORDER_CREATED, events.SHIPMENT_REGISTERED, events.SHIPMENT_STOPPED)}
    wrong += [f"{count} times {kind}" for (_, kind), count in kinds.items() if kind in once and count > 1]
    if not any(kind == events.SHIPMENT_STOPPED.name for _, kind in kinds):
        wrong.append("nothing was stopped")
    signed = [row for (row,) in await _all(store, select(Head))]
    notes = [proofs.note_of(row, store.vault) for row in signed]
    public = proofs.key_of(store.vault).public_key()
    for owner, lines in owners.items():
        own = [head for head in (heads.read(note, public) for note in notes) if head.merchant_id == owner]
        check = verifying.verify(lines, owner, own)
        if check.problem or not own or check.proven != len(lines):
            wrong.append(f"{check.proven} of {len(lines)} entries are proven: {check.problem}")
    return wrong


async def _told(store: Store, around: Outside) -> list[str]:
    """Every entry since the endpoint stands was delivered, and each subject's in their order."""
    [(endpoint,)] = await _all(store, select(WebhookEndpoint))
    sealed = await _all(store, select(Seal.position).join(Event, Event.id == Seal.event_id).order_by(Seal.position))
    old = OLD_ORDERS
    due = {position for (position,) in sealed[old:]}
    rows = [row for (row,) in await _all(store, select(WebhookDelivery))]
    queued = Counter(row.position for row in rows if row.position is not None)
    wrong = [f"{row.kind} is {row.status}" for row in rows if row.status is not DeliveryStatus.DELIVERED]
    if not due <= set(queued) or max(queued.values()) > 1:
        wrong.append(f"{len(due)} entries, {len(queued)} queued, the most {max(queued.values())} times")
    came = list(dict.fromkeys(each.id for each in around.receiver.came))
    if set(came) != {row.typeid for row in rows}:
        wrong.append(f"{len(rows)} deliveries and {len(came)} came")
    versions: dict[str, list[int]] = defaultdict(list)
    firsts = {each.id: each for each in reversed(around.receiver.came)}
    for id_ in came:
        data = firsts[id_].told["data"]
        if "subjectVersion" in data:
            versions[data["subjectId"]].append(data["subjectVersion"])
    wrong += [f"{subject} was told {told}" for subject, told in versions.items() if told != sorted(told)]
    return wrong + ([f"the endpoint is off: {endpoint.disabled_because}"] if endpoint.disabled_at else [])


async def _inbox(store: Store) -> list[str]:
    """Read and done: nobody waits, every scan is recorded once."""
    rows = [row for (row,) in await _all(store, select(Inbox))]
    wrong = [f"a message is {row.state}: {row.problem}" for row in rows if row.state is not InboxState.DONE]
    pushed = sum(row.source is EventSource.PUSH for row in rows)
    if pushed != len(SCANS) or await _all(store, select(Parked)):
        wrong.append(f"{pushed} pushes are kept, or a number is parked still")
    joined = select(Shipment.tracking_number).join(TrackingEvent, TrackingEvent.shipment_id == Shipment.id)
    scans = Counter(number for (number,) in await _all(store, joined.where(Shipment.carrier_code == "sf")))
    return wrong + [f"{scans[number]} scans of {number}" for number, count in SCANS.items() if scans[number] != count]


async def _carriers(store: Store, around: Outside) -> list[str]:
    """Subscribed once each; the job was done, as often as the carrier asked for it and once more at most."""
    tried = select(Shipment.tracking_number, Shipment.subscribed_at, Shipment.subscribe_tries)
    rows = await _all(store, tried.where(Shipment.carrier_code.in_(("tiny", "dcsa"))))
    wrong = [f"{number} is not subscribed ({tries})" for number, at, tries in rows if at is None or tries]
    if around.forgetful.made != {f"TINY{number}": 1 for number in range(TINY)}:
        wrong.append(f"subscribed {around.forgetful.made}")
    callbacks = {key: len(each) for key, each in around.book.callbacks.items() if key[0] == "dcsa"}
    if callbacks != {("dcsa", number): 1 for number in SEA}:
        wrong.append(f"subscribed at the sandbox {callbacks}")
    jobs = [job for (job,) in await _all(store, select(Job))]
    wrong += [f"a job is {job.state}: {job.last_error}" for job in jobs if job.state is not JobState.DONE]
    calls = sum(count for what, count in around.calls.items() if what.endswith("/sub-sandbox"))
    tries = sum(job.attempts for job in jobs)
    if not ONE_HANDSHAKE <= len(jobs) <= HANDSHAKE_AGAIN or not len(jobs) <= calls <= tries <= len(jobs) + 1:
        wrong.append(f"{len(jobs)} jobs, {tries} tries, {calls} calls")
    return wrong


async def _exports(store: Store, plan: Plan) -> list[str]:
    """Complete, without a row twice."""
    wrong = []
    for (row,) in await _all(store, select(Export)):
        lines = exports.file_of(plan.files, row).read_bytes().splitlines() if row.rows else []
        numbers = Counter(orjson.loads(line)["number"] for line in lines)
        if row.state is not ExportState.DONE or row.rows != len(lines):
            wrong.append(f"an export is {row.state} with {row.rows} rows, {len(lines)} in its file: {row.error}")
        if len(numbers) != OLD_ORDERS + 2 or max(numbers.values()) > 1:
            wrong.append(f"{len(numbers)} orders exported, the most {max(numbers.values())} times")
    return wrong


async def _leases(service: Service) -> list[str]:
    """Nobody holds anything any more."""
    now = service.clock.now
    held: dict[str, Any] = {
        "messages": select(Inbox.id).where(Inbox.leased_until.is_not(None)),
        "jobs": select(Job.id).where(Job.leased_until.is_not(None)),
        "exports": select(Export.id).where(Export.leased_until.is_not(None)),
        "polls": select(Shipment.id).where(Shipment.next_poll_at <= now, Shipment.tracking_stopped_at.is_(None)),
        "subscriptions": select(Shipment.id).where(Shipment.next_subscribe_at <= now),
    }
    found = {name: await _all(service.store, query) for name, query in held.items()}
    return [f"{len(rows)} {name} are held" for name, rows in found.items() if rows]


async def survived(ground: Ground, point: Point | None, seed: int = 0) -> list[str]:
    """One death and what comes after it: everything that does not hold; nothing, where all is well. Without a point
    the day simply passes, and passes again."""
    async with ground.fresh() as fresh:
        plan = replace(fresh, point=point, seed=seed)
        ended = await die(plan)
        if point is not None and ended == STAYED:
            return [NEVER]
        if ended != (DIED if point else STAYED):
            return [f"the process did not die there but ended with {ended}"]
        known = acknowledged(plan)
        async with open_for(plan, Watch()) as service:
            wrong = await kept(service.store, known)
            await go_on(plan, service)
            wrong += repeated(known, service.answers)
            wrong += await drained(service, plan, ground.outside)
        return wrong
