"""The edge of every mutation: scope, one transaction, refusals as data. Only the edge commits."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from strawberry.extensions import FieldExtension
from strawberry.types import Info as AnyInfo

from aftersales.refusals import Refusal, RefusalCode, Refused
from db.reach import EVERYTHING, Reach
from resolvers.context import Context

TRIES = 3
WORTH_ANOTHER_TRY = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a mutation: its value, or the refusals."""

    value: Any = None
    user_errors: tuple[Refusal, ...] = ()


class Edge(FieldExtension):
    """Wraps a mutation's resolver. ``carrier_side`` mutations write across merchants, bounded by the carrier's code."""

    def __init__(self, scope: str, *, carrier_side: bool = False) -> None:
        self.scope = scope
        self.carrier_side = carrier_side

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
        reach = EVERYTHING if self.carrier_side else Reach(merchant_id=context.viewer.merchant())
        if reach.merchant_id is not None:
            await context.store.keys_of(reach.merchant_id)
        for tried in range(1, TRIES + 1):
            try:
                async with context.store.writing(reach) as session:
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


def _conflict(_: Exception) -> Refusal:
    return Refusal(RefusalCode.CONFLICT, "Somebody else changed this at the same moment; read it again and repeat.")
