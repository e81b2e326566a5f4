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
from resolvers.context import Context
from resolvers.errors import Forbidden

TRIES = 3
WORTH_ANOTHER_TRY = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock


Prepare = Callable[[Context, dict[str, Any]], dict[str, Any]]


class Touches(Enum):
    """Which rows a mutation may write: the acting merchant's; those of every merchant, found by the carrier's code, for
    a carrier partner; or none at all."""

    OWN_ROWS = "own rows"
    CARRIERS_ROWS = "carrier's rows"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mutation: its value, or the refusals."""

    value: Any = None
    user_errors: tuple[Refusal, ...] = ()


class Edge(FieldExtension):
    """Wraps a mutation's resolver. ``prepare`` reads and checks the arguments before the transaction, so that nobody
    waits for it behind a lock. What it touches, ``touches`` says."""

    def __init__(self, scope: str, *, prepare: Prepare | None = None, touches: Touches = Touches.OWN_ROWS) -> None:
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
        context.viewer.must(self.scope)
        reach = self._reach(context)
        if self.prepare is not None:
            arguments = self.prepare(context, arguments)
        if reach.merchant_id is not None:
            await context.store.keys_of(reach.merchant_id)
        for tried in range(1, TRIES + 1):
            try:
                async with self._session(context, reach) as session:
                    context.session = session
                    value = await next_(source, info, **arguments)
                return Outcome(value)
            except Refused as no:
                return Outcome(user_errors=no.refusals)
            except (StaleDataError, IntegrityError) as lost:
                if tried == TRIES:
                    return Outcome(user_errors=(_conflict(lost),))
            except DBAPIError as failed:
                if tried == TRIES or getattr(failed.orig, "sqlstate", None) not in WORTH_ANOTHER_TRY:
                    raise
            finally:
                context.session = None
                context.forget()
            await asyncio.sleep(0.01 * tried)
        raise AssertionError("every try ends above")

    def _reach(self, context: Context) -> Reach:
        if self.touches is not Touches.CARRIERS_ROWS:
            return Reach(merchant_id=context.viewer.merchant())
        if context.viewer.reach.carrier_code is None:
            raise Forbidden("Only a carrier may do that.")
        return EVERYTHING

    def _session(self, context: Context, reach: Reach) -> AbstractAsyncContextManager[AsyncSession]:
        return context.store.reading(reach) if self.touches is Touches.NOTHING else context.store.writing(reach)


def _conflict(_: Exception) -> Refusal:
    return Refusal(RefusalCode.CONFLICT, "Somebody else changed this at the same moment; read it again and repeat.")
