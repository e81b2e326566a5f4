"""Named points at which a process of ours dies, and what watches for them from outside: the engine's events, the ASGI
``send``, the transports, the sealer's connection. No code of the gateway knows of them."""

import contextvars
import os
import re
import sqlite3
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import httpx2
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

DIED = 70
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Point:
    """Where to die: before or after something is done for the n-th time. ``what`` is a regular expression over how the
    deed is told to ``Watch.reached``."""

    name: str
    moment: str
    what: str
    nth: int = 1

    @property
    def title(self) -> str:
        """Its whole name."""
        return f"{self.moment} {self.name}" + (f", time {self.nth}" if self.nth > 1 else "")


def _after(**named: str) -> list[Point]:
    return [Point(name.replace("_", " "), AFTER, what) for name, what in named.items()]


def _around(**named: str) -> list[Point]:
    return [Point(name.replace("_", " "), at, what) for name, what in named.items() for at in (BEFORE, AFTER)]


WRITES = _after(
    a_key_is_spent="^INSERT INTO replays",
    an_outcome_is_kept_beside_its_effect="^UPDATE replays",
    an_order_is_written="^INSERT INTO orders",
    a_parcel_is_written="^INSERT INTO shipments ",
    a_message_is_written_down="^INSERT INTO inbox",
    a_job_is_ordered="^INSERT INTO jobs",
    an_account_is_written="^INSERT INTO carrier_accounts",
    messages_are_leased="^UPDATE inbox SET attempts",
    scans_are_recorded="^INSERT INTO tracking_events",
    a_parcels_status_is_set="^UPDATE shipments SET.* status=",
    an_orders_status_follows="^UPDATE orders SET",
    a_number_is_parked="^INSERT INTO parked",
    a_parked_number_is_released="^DELETE FROM parked",
    messages_are_marked="^UPDATE inbox SET state",
    parcels_are_leased_to_subscribe="^UPDATE shipments SET.*subscribe_tries=.shipments.subscribe_tries",
    a_call_is_counted="^UPDATE carrier_accounts SET calls_on",
    parcels_are_leased_to_poll="^UPDATE shipments SET next_poll_at=[^,]* WHERE",
    a_job_is_leased="^UPDATE jobs SET attempts",
    a_jobs_lease_is_renewed="^UPDATE jobs SET leased_until",
    a_job_is_finished="^UPDATE jobs SET state",
    deliveries_are_queued="^INSERT INTO webhook_deliveries",
    deliveries_are_lined_up="^UPDATE webhook_deliveries SET next_at=.* AND webhook_deliveries.next_at IS NULL",
    the_logs_reader_moves_on="^UPDATE log_readers",
    deliveries_are_leased="^UPDATE webhook_deliveries SET .*WHERE webhook_deliveries.id IN",
    a_delivery_is_marked="^UPDATE webhook_deliveries SET status",
    an_attempt_is_written="^INSERT INTO webhook_attempts",
    an_export_is_ordered="^INSERT INTO exports",
    an_export_is_leased="^UPDATE exports SET state",
    an_exports_page_is_counted="^UPDATE exports SET cursor",
    a_head_is_signed="^INSERT INTO heads",
    a_tree_is_noted_as_signed="^UPDATE trees SET signed_size",
)
COMMITS = _around(
    the_commit_of_orders="^COMMIT.* INSERT INTO orders",
    the_commit_of_parcels="^COMMIT.* INSERT INTO shipments ",
    the_commit_of_a_key_and_its_effect="^COMMIT.* INSERT INTO replays",
    the_group_commit_of_pushes="^COMMIT INSERT INTO inbox",
    the_commit_of_a_job="^COMMIT INSERT INTO jobs",
    the_commit_of_a_lease_of_messages="^COMMIT UPDATE inbox SET attempts",
    the_commit_of_what_was_heard="^COMMIT.* UPDATE inbox SET state",
    the_commit_of_a_lease_to_subscribe="^COMMIT UPDATE shipments SET.*shipments.subscribe_tries",
    the_commit_of_a_subscription="^COMMIT UPDATE shipments SET.* subscribed_at=",
    the_commit_of_a_polls_answer="^COMMIT.* UPDATE shipments SET.*;.* INSERT INTO inbox|^COMMIT.* INSERT INTO inbox.*; UPDATE shipments",
    the_commit_of_a_jobs_lease="^COMMIT UPDATE jobs SET attempts",
    the_commit_of_a_jobs_end="^COMMIT UPDATE jobs SET state",
    the_commit_of_the_fan_out="^COMMIT.* UPDATE log_readers",
    the_commit_of_a_lease_of_deliveries="^COMMIT.*UPDATE webhook_deliveries SET .*WHERE webhook_deliveries.id IN",
    the_commit_of_what_came_of_deliveries="^COMMIT.* INSERT INTO webhook_attempts",
    the_commit_of_an_exports_lease="^COMMIT UPDATE exports SET state",
    the_commit_of_an_exports_page="^COMMIT UPDATE exports SET cursor",
    the_commit_of_a_signed_head="^COMMIT.* INSERT INTO heads",
)
OUTSIDE = _around(
    the_answer_to_orders="^ANSWER orders",
    the_answer_to_a_keyed_call="^ANSWER account",
    the_answer_to_an_export_order="^ANSWER export",
    the_answer_to_a_push="^ANSWER push",
    the_answer_to_a_handshake="^ANSWER handshake",
    a_call_that_subscribes="^CALL POST .*/subscribe$",
    a_call_that_subscribes_at_the_sandbox="^CALL POST .*/event-subscriptions$",
    a_call_that_asks_after_a_parcel="^CALL GET .*/v2/events",
    a_call_that_a_job_makes="^CALL POST .*/subscription/",
    the_post_of_a_webhook="^POST ",
    a_page_of_an_export_is_durable="^FSYNC",
)
LOG = [
    Point("a fact is announced", BEFORE, "^(WITH event AS .*)?INSERT INTO events"),
    Point("a seal is given", BEFORE, "^INSERT INTO seals"),
    Point("a merchant's tree grows", BEFORE, "^INSERT INTO trees"),
]
POINTS = (*WRITES, *COMMITS, *OUTSIDE, *LOG)
"""All that both engines have."""
_LIKE_ANOTHER = {
    "after the commit of a lease to subscribe",
    "after the commit of a jobs lease",
    "after the commit of a lease of deliveries",
    "after the commit of an exports lease",
    "before a call that subscribes at the sandbox",
    "after the answer to orders",
    "after the answer to an export order",
}
SUITE = tuple(
    point
    for point in (*COMMITS, *OUTSIDE, *LOG)
    if (point.moment == AFTER or not point.what.startswith(("^COMMIT", "^ANSWER"))) and point.title not in _LIKE_ANOTHER
)
"""Those that differ most: what is durable and untold, told and unmarked, half outside. A death within a transaction leaves
what a death before it leaves, and one after a lease what one before the call leaves; the long form dies there too."""
SEALER_POINTS = (
    *_after(what_waits_is_taken="^DELETE FROM unsealed", who_listens_is_told="^SELECT pg_notify"),
    *_around(the_commit_of_seals="^COMMIT.* INSERT INTO seals"),
)
"""Of PostgreSQL's sealer; on SQLite who writes, seals."""

_committing: contextvars.ContextVar[str] = contextvars.ContextVar("committing", default="")


@dataclass(slots=True)
class Watch:
    """Ends the process where its point says; without a point it lets everything pass. ``seen`` is told all that is
    reached, for whoever looks for new points."""

    point: Point | None = None
    seen: Callable[[str, str], None] | None = None
    _left: int = field(init=False)

    def __post_init__(self) -> None:
        self._left = self.point.nth if self.point else 0

    def reached(self, moment: str, what: str) -> None:
        """Something is about to be done, or was just done."""
        if self.seen is not None:
            self.seen(moment, what)
        if self.point is not None and moment == self.point.moment and re.search(self.point.what, what):
            self._left -= 1
            if self._left == 0:
                os._exit(DIED)

    def install(self) -> None:
        """Listens to every engine and session of this process, to the sealer's connection, to SQLite's, and to files made durable."""
        _listen_to_statements(self)
        _listen_to_commits(self)
        _listen_to_the_sealer(self)
        _listen_to_sqlite(self)
        _watch_fsync(self)

    def transport(self, name: str, inner: httpx2.AsyncBaseTransport) -> httpx2.AsyncBaseTransport:
        """A transport that is watched: before anything is sent, and once the other side has answered."""
        return _WatchedTransport(self, name, inner)


class _WatchedTransport(httpx2.AsyncBaseTransport):
    def __init__(self, watch: Watch, name: str, inner: httpx2.AsyncBaseTransport) -> None:
        self.watch, self.name, self.inner = watch, name, inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        what = f"{self.name} {request.method} {request.url.path}"
        self.watch.reached(BEFORE, what)
        response = await self.inner.handle_async_request(request)
        self.watch.reached(AFTER, what)
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


def told(statement: str) -> str:
    """A statement on one line."""
    return " ".join(statement.replace('"', "").split())


def _touched(connection: Connection) -> list[str]:
    kept: list[str] = connection.info.setdefault("crash_points", [])
    return kept


def _listen_to_statements(watch: Watch) -> None:
    def before(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        what = told(statement)
        if what.startswith(("INSERT", "UPDATE", "DELETE", "WITH")):
            _touched(connection).append(what)
        watch.reached(BEFORE, what)

    def after(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        watch.reached(AFTER, told(statement))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)


def _listen_to_commits(watch: Watch) -> None:
    def begin(connection: Connection) -> None:
        _touched(connection).clear()

    def commit(connection: Connection) -> None:
        what = f"COMMIT {'; '.join(_touched(connection))}"
        _committing.set(what)
        watch.reached(BEFORE, what)

    def committed(_session: Session) -> None:
        watch.reached(AFTER, _committing.get())

    event.listen(Engine, "begin", begin)
    event.listen(Engine, "commit", commit)
    event.listen(Session, "after_commit", committed)


def _listen_to_the_sealer(watch: Watch) -> None:
    """It speaks to its connection itself: only its own statements, and the commit that follows them, are told."""
    taking: weakref.WeakKeyDictionary[Any, list[str]] = weakref.WeakKeyDictionary()

    def watched(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(connection: Any, query: str, *given: Any, **named: Any) -> Any:
            is_copy = method.__name__ == "copy_records_to_table"
            what = f"INSERT INTO {query} " if is_copy else told(query)
            if what.startswith("DELETE FROM unsealed"):
                taking[connection] = []
            if connection not in taking:
                return await method(connection, query, *given, **named)
            taking[connection].append(what)
            is_over = what.startswith(("COMMIT", "ROLLBACK"))
            what = f"{what} {'; '.join(taking.pop(connection))}" if is_over else what
            watch.reached(BEFORE, what)
            done = await method(connection, query, *given, **named)
            watch.reached(AFTER, what)
            return done

        return call

    for name in ("execute", "executemany", "fetch", "fetchval", "copy_records_to_table"):
        setattr(asyncpg.Connection, name, watched(getattr(asyncpg.Connection, name)))


def _listen_to_sqlite(watch: Watch) -> None:
    """What is sealed there goes to the connection itself, many statements at once."""
    driver: Any = sqlite3
    connect: Any = sqlite3.connect

    def traced(statement: str) -> None:
        if statement.startswith(("INSERT INTO events", "INSERT INTO seals", "INSERT INTO trees")):
            watch.reached(BEFORE, statement)

    def opened(*given: Any, **named: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = connect(*given, **named)
        made.set_trace_callback(traced)
        return made

    driver.connect = opened


def _watch_fsync(watch: Watch) -> None:
    system: Any = os
    fsync = os.fsync

    def synced(descriptor: int) -> None:
        watch.reached(BEFORE, "FSYNC")
        fsync(descriptor)
        watch.reached(AFTER, "FSYNC")

    system.fsync = synced
