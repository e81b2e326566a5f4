"""The edge of every mutation: scope, one transaction, refusals as data. Only the edge commits."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError
from strawberry.extensions import FieldExtension
from strawberry.types import Info as AnyInfo

from aftersales.refusals import Refusal, RefusalCode, Refused
from db.reach import EVERYTHING, Reach
from db.session import Written
from resolvers import idempotency
from resolvers.context import Context
from resolvers.errors import BadUserInput, Forbidden
from resolvers.idempotency import Asked, Spent
from resolvers.made import Made

TRIES = 3
WORTH_ANOTHER_TRY = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock
STILL_LOCKED = "55P03"  # PostgreSQL: a lock was not free in time


Prepare = Callable[[Context, dict[str, Any]], dict[str, Any]]
Look = Callable[[Context, dict[str, Any]], Awaitable[None]]


class Touches(Enum):
    """Which rows a mutation may write: the acting merchant's; those of the merchant whose buyer calls, or for which it
    is called (its resolver sees to it that a buyer's call is about their own, ``resolvers.cases.own``); those of every merchant, found by the carrier's code, for
    a carrier partner; what belongs to the partner itself, whichever merchant it acts for; or none at all."""

    OWN_ROWS = "own rows"
    OWN_THINGS = "own things"
    BUYERS_ROWS = "rows that are a buyer's too"
    CARRIERS_ROWS = "carrier's rows"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mutation: its value, or the refusals."""

    value: Any = None
    user_errors: tuple[Refusal, ...] = ()


class Edge(FieldExtension):
    """Wraps a mutation's resolver. ``prepare`` reads and checks the arguments before the transaction, so that nobody
    waits for it behind a lock. What it touches, ``touches`` says. Without a ``scope`` the resolver asks for what it takes.
    ``keyed``: refused without an idempotency key. ``look`` asks outside, before the transaction, and leaves what it found
    in the context."""

    def __init__(
        self,
        scope: str | None,
        *,
        prepare: Prepare | None = None,
        touches: Touches = Touches.OWN_ROWS,
        keyed: bool = False,
        look: Look | None = None,
    ) -> None:
        assert not (keyed and touches is Touches.NOTHING), "a key is spent in the effect's transaction"
        self.scope = scope
        self.prepare = prepare
        self.touches = touches
        self.keyed = keyed
        self.look = look

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: Any,
        info: AnyInfo[Context, None],
        **arguments: Any,
    ) -> Outcome:
        """Scope, transaction, resolver, commit; a refusal undoes everything and is the answer."""
        context = info.context
        if self.scope is not None:
            context.viewer.must(self.scope)
        reach = self._reach(context)
        spent = self._spent(info, arguments)
        if self.prepare is not None:
            arguments = self.prepare(context, arguments)
        if self.look is not None:
            await self.look(context, arguments)
        if reach.merchant_id is not None:
            await context.store.keys_of(reach.merchant_id)

        async def once() -> Any:
            return await next_(source, info, **arguments)

        for tried in range(1, TRIES + 1):
            made = Written()
            try:
                outcome, made = await self._once(context, reach, spent, once)
            except (StaleDataError, DBAPIError) as failed:
                told = _told_of(failed, is_last=tried == TRIES)
                if told is not None:
                    return told
            else:
                return outcome
            finally:
                context.session = None
                context.forget()
                context.made = Made(made)
            await asyncio.sleep(0.01 * tried)
        raise AssertionError("every try ends above")

    async def _once(
        self, context: Context, reach: Reach, spent: Spent | None, work: Callable[[], Awaitable[Any]]
    ) -> tuple[Outcome, Written]:
        """One transaction: without a key, a refusal ends it; with one, what came of it is kept beside the effect. With the
        outcome what was written, where all of it is within the viewer's own reach and was seen."""
        written: Written | None = None
        try:
            async with self._session(context, reach) as session:
                context.session = session
                if context.viewer.reach.is_whole_merchant:
                    session.info["written"] = Written()
                outcome = Outcome(await work()) if spent is None else await _keyed(context, session, spent, work)
            written = session.info.get("written")
        except Refused as no:
            outcome = Outcome(user_errors=no.refusals)
        return outcome, Written() if outcome.user_errors or written is None else written

    def _spent(self, info: AnyInfo[Context, None], arguments: dict[str, Any]) -> Spent | None:
        """The key to spend; a mutation that writes nothing has nothing to spend it on."""
        context = info.context
        key = idempotency.key_of(info, context.idempotency_key)
        if key is None:
            if self.keyed:
                raise BadUserInput(NO_KEY.format(info.field_name))
            return None
        if self.touches is Touches.NOTHING:
            return None
        asked = Asked(info.field_name, arguments, context.viewer.acting_for)
        return Spent(context.viewer.owner_id, key, idempotency.fingerprint(context.store.vault, asked))

    def _reach(self, context: Context) -> Reach:
        if self.touches is Touches.OWN_THINGS:
            if context.viewer.partner_id is None:
                raise Forbidden("Only a partner may do that.")
            return context.viewer.reach
        if self.touches is Touches.BUYERS_ROWS:
            return Reach(merchant_id=context.viewer.whose(), partner_id=context.viewer.owner_id)
        if self.touches is not Touches.CARRIERS_ROWS:
            viewer = context.viewer
            return Reach(merchant_id=viewer.merchant(), partner_id=viewer.owner_id)
        if context.viewer.reach.carrier_code is None:
            raise Forbidden("Only a carrier may do that.")
        return EVERYTHING

    def _session(self, context: Context, reach: Reach) -> AbstractAsyncContextManager[AsyncSession]:
        return context.store.reading(reach) if self.touches is Touches.NOTHING else context.store.writing(reach)


def _told_of(failed: StaleDataError | DBAPIError, *, is_last: bool) -> Outcome | None:
    """What a failure of the database comes to: an answer, another try (None), or itself, raised."""
    state = getattr(getattr(failed, "orig", None), "sqlstate", None)
    if state == STILL_LOCKED:
        return Outcome(user_errors=(IN_FLIGHT,))
    if isinstance(failed, StaleDataError | IntegrityError):
        return Outcome(user_errors=(CONFLICT,)) if is_last else None
    if is_last or state not in WORTH_ANOTHER_TRY:
        raise failed
    return None


async def _keyed(context: Context, session: AsyncSession, spent: Spent, work: Callable[[], Awaitable[Any]]) -> Outcome:
    """A refusal takes back all that was done, the key with it, which is spent anew on the refusal alone."""
    outcome: Outcome | None = None
    earlier = await idempotency.spend(session, spent, context.clock())
    if earlier is None:
        try:
            outcome = Outcome(await work())
        except Refused as no:
            if any(refusal.code in idempotency.NOT_KEPT for refusal in no.refusals):
                raise
            outcome = Outcome(user_errors=no.refusals)
            await session.rollback()
            earlier = await idempotency.spend(session, spent, context.clock())  # a twin may have come between
    if earlier is not None:
        context.replayed |= earlier.fingerprint == spent.fingerprint
        return Outcome(*await idempotency.recall(session, earlier, spent))
    assert outcome
    await idempotency.keep(session, spent, outcome.value, outcome.user_errors)
    return outcome


NO_KEY = (
    "{} needs an idempotency key, so that a repeat has one effect: put @idempotent(key: ...) on the field, or send the "
    "Idempotency-Key header with a document of one mutation."
)
CONFLICT = Refusal(RefusalCode.CONFLICT, "Somebody else changed this at the same moment; read it again and repeat.")
IN_FLIGHT = Refusal(
    RefusalCode.CONFLICT, "This call, or another change of the same, is still under way; repeat it in a moment."
)
