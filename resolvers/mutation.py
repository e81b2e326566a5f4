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
from resolvers import idempotency
from resolvers.context import Context
from resolvers.errors import Forbidden
from resolvers.idempotency import Spent

TRIES = 3
WORTH_ANOTHER_TRY = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock


Prepare = Callable[[Context, dict[str, Any]], dict[str, Any]]


class Touches(Enum):
    """Which rows a mutation may write: the acting merchant's; those of every merchant, found by the carrier's code, for
    a carrier partner; what belongs to the partner itself, whichever merchant it acts for; or none at all."""

    OWN_ROWS = "own rows"
    OWN_THINGS = "own things"
    CARRIERS_ROWS = "carrier's rows"
    NOTHING = "nothing"


_SPENDING = {Touches.OWN_ROWS, Touches.OWN_THINGS}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mutation: its value, or the refusals."""

    value: Any = None
    user_errors: tuple[Refusal, ...] = ()


class Edge(FieldExtension):
    """Wraps a mutation's resolver. ``prepare`` reads and checks the arguments before the transaction, so that nobody
    waits for it behind a lock. What it touches, ``touches`` says. Without a ``scope`` the resolver asks for what it takes."""

    def __init__(
        self, scope: str | None, *, prepare: Prepare | None = None, touches: Touches = Touches.OWN_ROWS
    ) -> None:
        self.scope = scope
        self.prepare = prepare
        self.touches = touches

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
        if reach.merchant_id is not None:
            await context.store.keys_of(reach.merchant_id)

        async def once() -> Any:
            return await next_(source, info, **arguments)

        for tried in range(1, TRIES + 1):
            try:
                return await self._once(context, reach, spent, once)
            except (StaleDataError, IntegrityError):
                if tried == TRIES:
                    return Outcome(user_errors=(CONFLICT,))
            except DBAPIError as failed:
                if tried == TRIES or getattr(failed.orig, "sqlstate", None) not in WORTH_ANOTHER_TRY:
                    raise
            finally:
                context.session = None
                context.forget()
            await asyncio.sleep(0.01 * tried)
        raise AssertionError("every try ends above")

    async def _once(
        self, context: Context, reach: Reach, spent: Spent | None, work: Callable[[], Awaitable[Any]]
    ) -> Outcome:
        """One transaction: without a key, a refusal ends it; with one, what came of it is kept beside the effect."""
        try:
            async with self._session(context, reach) as session:
                context.session = session
                return Outcome(await work()) if spent is None else await _keyed(context, session, spent, work)
        except Refused as no:
            return Outcome(user_errors=no.refusals)

    def _spent(self, info: AnyInfo[Context, None], arguments: dict[str, Any]) -> Spent | None:
        """The key to spend. Mutations of many items are safe to repeat by themselves, those that write nothing too."""
        context = info.context
        key = idempotency.key_of(info, context.idempotency_key)
        if key is None or self.prepare is not None or self.touches not in _SPENDING:
            return None
        asked = idempotency.fingerprint(info.field_name, context.viewer.acting_for, arguments)
        return Spent(context.viewer.owner_id, key, asked)

    def _reach(self, context: Context) -> Reach:
        if self.touches is Touches.OWN_THINGS:
            if context.viewer.partner_id is None:
                raise Forbidden("Only a partner may do that.")
            return context.viewer.reach
        if self.touches is not Touches.CARRIERS_ROWS:
            viewer = context.viewer
            return Reach(merchant_id=viewer.merchant(), partner_id=viewer.owner_id)
        if context.viewer.reach.carrier_code is None:
            raise Forbidden("Only a carrier may do that.")
        return EVERYTHING

    def _session(self, context: Context, reach: Reach) -> AbstractAsyncContextManager[AsyncSession]:
        return context.store.reading(reach) if self.touches is Touches.NOTHING else context.store.writing(reach)


async def _keyed(context: Context, session: AsyncSession, spent: Spent, work: Callable[[], Awaitable[Any]]) -> Outcome:
    earlier = await idempotency.spend(session, spent, context.clock())
    if earlier is not None:
        context.replayed = earlier.fingerprint == spent.fingerprint
        return Outcome(*await idempotency.recall(session, earlier, spent))
    try:
        async with session.begin_nested():
            outcome = Outcome(await work())
    except Refused as no:
        if any(refusal.code in idempotency.NOT_KEPT for refusal in no.refusals):
            raise
        outcome = Outcome(user_errors=no.refusals)
    await idempotency.keep(session, spent, outcome.value, outcome.user_errors)
    return outcome


CONFLICT = Refusal(RefusalCode.CONFLICT, "Somebody else changed this at the same moment; read it again and repeat.")
