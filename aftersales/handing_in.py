"""Where and how a buyer hands goods in: the point they chose, and what cannot be handed to any carrier."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import plan_asks, plan_quotes
from aftersales.eligibility import Assessed
from aftersales.refusals import Refusal, RefusalCode, Refused, Transition
from aftersales.rules import hindrances
from db.case_enums import ReturnMethod
from db.models.points import DropOffPoint
from db.models.returns import Return, ReturnLine
from db.vault import Vault

AT_POINTS = (ReturnMethod.LOCKER, ReturnMethod.DROP_OFF_POINT)
NO_POINT = "No point of a carrier that the merchant has an account with serves that there; see dropOffPoints."
NO_CARRIER = "No carrier that the merchant has an account with offers that way from there; see returnPlan."
BY_CARRIER = frozenset({ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL, ReturnMethod.BOX_FREE_QR, *AT_POINTS})


def may_travel(assessed: Sequence[Assessed]) -> None:
    """Refused (FORBIDDEN_GOODS) with every line that nobody may carry."""
    refusals = []
    for index, each in enumerate(assessed):
        no = hindrances.of_goods([plan_asks.item_of(each.line, 1).goods])
        refusals += [no.refusal("lines", str(index), "orderLineId")] if no else []
    if refusals:
        raise Refused(*refusals)


async def method(
    session: AsyncSession, wished: tuple[ReturnMethod | None, UUID | None], allowed: Collection[Any], *, has_place: bool
) -> ReturnMethod | None:
    """How the goods begin their way by the wished method and point. Refused: a point that is not there, is shut or full,
    or does not serve it; a method that needs a point, without a place or a point."""
    how, point_id = wished
    if point_id is None:
        if how in AT_POINTS and not has_place:
            no = "Say where the buyer is (near), or which point they chose (dropOffPointId, of dropOffPoints)."
            raise Refused(Refusal(RefusalCode.INVALID, no, ("near",)))
        return how
    row = await session.get(DropOffPoint, point_id)
    if row is None or row.closed_at is not None:
        raise _no(RefusalCode.NOT_FOUND, "No such point that is open; see dropOffPoints.")
    if row.is_full:
        raise _no(
            RefusalCode.STATE, "It is full; take another point of dropOffPoints.", Transition("full", None, ("open",))
        )
    serves = [each for each in AT_POINTS if each.name in row.accepts and each in allowed]
    if (how is None and not serves) or (how is not None and how.name not in row.accepts):
        raise _no(RefusalCode.NOT_ELIGIBLE, "It does not serve that way back; see DropOffPoint.accepts.")
    return how or serves[0]


def _no(code: RefusalCode, sentence: str, detail: Transition | None = None) -> Refused:
    return Refused(Refusal(code, sentence, ("dropOffPointId",), detail))


async def possible(session: AsyncSession, vault: Vault, goods: tuple[Return, Sequence[ReturnLine]]) -> None:
    """Whether any carrier can go the wished way, begun or not. Refused with why each of them is left out, that none
    serves the point, or that none goes that way. Where the merchant has no carrier at all the wish stands, for a person
    to see to."""
    rma, lines = goods
    chosen = (rma.plan or {}).get("chosen")
    if rma.method not in BY_CARRIER or (chosen is not None and chosen["carrier"] is not None):
        return
    origin: Mapping[str, Any] = orjson.loads(rma.open(vault, "origin") or "{}")
    ask = await plan_asks.of_return(session, rma, lines, origin)
    carriers = {carrier.code: carrier for _, carrier in await plan_quotes.accounts(session, rma.merchant_id)}
    hindered = [(code, no) for code, each in sorted(carriers.items()) if (no := plan_asks.hindrance(each, ask))]
    if hindered and len(hindered) == len(carriers):
        raise Refused(*(no.refusal("method", carrier=code) for code, no in hindered))
    point = await session.get(DropOffPoint, rma.point_id) if rma.point_id else None
    if rma.method in AT_POINTS and (chosen is not None or (point is not None and point.carrier_code not in carriers)):
        raise Refused(Refusal(RefusalCode.NOT_FOUND, NO_POINT, ("method",)))
    if carriers and chosen is not None:
        raise Refused(Refusal(RefusalCode.NOT_ELIGIBLE, NO_CARRIER, ("method",)))
