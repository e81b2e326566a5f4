"""What a hub sends on: the sheet of what waits there, what of a return is on it, and the parcels that went out."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from aftersales import consolidations, customs
from aftersales.consolidations import Sending
from aftersales.refusals import Refusal, RefusalCode, Refused, Transition, inside
from aftersales.rules import consolidations as sums
from aftersales.rules import customs as rules
from carriers import doors
from db.enums import Locale
from db.ids import parse_typeid
from db.models.base import Money, from_minor
from db.models.consolidations import Consolidation
from db.models.returns import Return, ReturnLine
from db.models.warehouses import Warehouse
from resolvers import edges
from resolvers.cases import step
from resolvers.context import Context, Info
from resolvers.errors import LimitExceeded
from resolvers.inputs import no_such, optional, short

LATEST = 20


@strawberry.input(description="A parcel in which a hub sends goods on.")
class ConsolidationSendInput:
    hub: str = strawberry.field(description="The hub's code.")
    to: str | None = optional("The code of the warehouse it goes to; the default one unless given.")
    carrier: str = strawberry.field(description="The carrier's code; see the query carriers.")
    tracking_number: str = strawberry.field(description="The carrier's number on it.")
    line_ids: list[strawberry.ID] | None = optional(
        "The lines in it (rln_...), at most 250; all that wait at the hub unless given."
    )
    export_reference: str | None = optional("What the export was declared under; at most 100 characters.")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Goods at a hub, and where they go; ``to`` None: the merchant named no other warehouse."""

    hub: Warehouse
    to: Warehouse | None
    lines: Sequence[ReturnLine]


@dataclass(frozen=True, slots=True)
class SheetTotal:
    """All goods of one HS code, origin and currency."""

    hs_code: str | None
    country_of_origin: str | None
    quantity: int
    value: Money
    grams: int


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line on a sheet: so many of it came to the hub."""

    row: ReturnLine
    quantity: int


async def of_hub(root: Warehouse, info: Info) -> Sheet | None:
    """What waits there; None where it is no hub."""
    if not root.is_hub:
        return None
    async with info.context.store.reading(info.context.viewer.reach) as session:
        lines = await consolidations.waiting(session, root.id)
    return await _sheet(root, lines, info)


async def of_return(root: Return, info: Info) -> Sheet | None:
    """What of a return is to be sent on, or went; None where it does not go to a hub."""
    hub = await info.context.load(edges.warehouse_of_return, root.warehouse_id)
    if hub is None or not hub.is_hub:
        return None
    lines = await info.context.load(edges.lines_of_return, root.id)
    return await _sheet(hub, [line for line in lines if _may_go(line)], info)


def _may_go(line: ReturnLine) -> bool:
    return line.disposition is None or sums.goes_on(line.disposition)


async def _sheet(hub: Warehouse, lines: Sequence[ReturnLine], info: Info) -> Sheet:
    mine = await info.context.load(edges.warehouses_of_merchant, hub.merchant_id)
    return Sheet(hub, consolidations.destination(hub, mine), lines)


async def of_sent(root: Consolidation, info: Info) -> Sheet | None:
    """What is in a parcel that went out."""
    hub = await info.context.load(edges.hub_of_consolidation, root.hub_id)
    to = await info.context.load(edges.warehouse_of_return, root.warehouse_id)
    lines = await info.context.load(edges.lines_of_consolidation, root.id)
    return None if hub is None else Sheet(hub, to, lines)


def lines(root: Sheet) -> list[SheetLine]:
    """The lines, by what came of them; all of what is asked for while nothing came."""
    return [SheetLine(line, consolidations.goods(line).quantity or line.quantity) for line in root.lines]


def totals(root: Sheet) -> list[SheetTotal]:
    """The sums by code, origin and currency of what is there."""
    found = sums.totals((consolidations.goods(line), line.currency) for line in root.lines)
    return [
        SheetTotal(
            each.hs_code,
            each.country_of_origin,
            each.quantity,
            from_minor(each.value_minor, each.currency),
            each.grams,
        )
        for each in found
        if each.quantity
    ]


def values(root: Sheet) -> list[Money]:
    """What is there is worth, a sum a currency."""
    found: dict[str, Any] = defaultdict(int)
    for each in totals(root):
        found[each.value.currency] += each.value.amount
    return [Money(amount, currency) for currency, amount in sorted(found.items())]


def grams(root: Sheet) -> int:
    """What of it has a weight weighs."""
    return sum(each.grams for each in totals(root))


def crosses(root: Sheet) -> bool:
    """Whether customs must be told of it."""
    return root.to is not None and doors.is_border(root.hub.country, root.to.country)


def is_complete(root: Sheet) -> bool:
    """Whether it may be sent on as it is."""
    return not crosses(root) or customs.is_complete(root.lines)


def because(root: Sheet, info: Info, locale: Locale | None = None) -> str | None:
    """What is missing, and what to do."""
    if is_complete(root):
        return None
    return rules.waiting([customs.goods(line) for line in root.lines], locale or info.context.locale)


async def sent_of_sheet(root: Sheet, info: Info) -> list[Consolidation]:
    """The parcels that its lines went out in."""
    ids = dict.fromkeys(line.consolidation_id for line in root.lines if line.consolidation_id)
    return list(await asyncio.gather(*(info.context.load(edges.consolidation_by_id, id_) for id_ in ids)))


async def latest(root: Warehouse, info: Info) -> list[Consolidation]:
    """The parcels that a hub sent on last."""
    if not root.is_hub:
        return []
    rows = select(Consolidation).where(Consolidation.merchant_id == root.merchant_id, Consolidation.hub_id == root.id)
    async with info.context.store.reading(info.context.viewer.reach) as session:
        latest_first = rows.order_by(Consolidation.sent_at.desc(), Consolidation.id.desc())
        return list(await session.scalars(latest_first.limit(LATEST)))


async def send(info: Info, input: ConsolidationSendInput) -> Consolidation:
    """It went out."""
    context = info.context
    assert context.session
    ids = _line_ids(input.line_ids)
    with inside("input"):
        short(input.export_reference, "exportReference", 100)
        hub = await _warehouse(context, input.hub, "hub")
        if not hub.is_hub:
            no = "This warehouse is no hub; see warehouseSave."
            raise Refused(Refusal(RefusalCode.STATE, no, ("hub",), Transition("no_hub", None, ("hub",))))
        sending = Sending(
            hub=hub,
            to=await _to(context, hub, input.to),
            carrier=input.carrier.strip().lower(),
            tracking_number=input.tracking_number,
            line_ids=ids,
            export_reference=(input.export_reference or "").strip() or None,
        )
        by = step(context, "consolidationSend")
        return await consolidations.send(context.session, context.store.vault, sending, by)


async def _to(context: Context, hub: Warehouse, code: str | None) -> Warehouse:
    assert context.session
    if code is not None:
        to = await _warehouse(context, code, "to")
    else:
        mine = await context.session.scalars(select(Warehouse).where(Warehouse.merchant_id == hub.merchant_id))
        found = consolidations.destination(hub, list(mine))
        if found is None:
            no = "There is no other warehouse to send it to."
            raise Refused(Refusal(RefusalCode.STATE, no, ("to",), Transition("only_warehouse", None, ())))
        to = found
    if to.id == hub.id:
        raise Refused(Refusal(RefusalCode.INVALID, "Goods are sent on to another warehouse.", ("to",)))
    return to


async def _warehouse(context: Context, code: str, field: str) -> Warehouse:
    assert context.session
    mine = (Warehouse.merchant_id == context.viewer.merchant(), Warehouse.code == code.strip())
    row: Warehouse | None = await context.session.scalar(select(Warehouse).where(*mine))
    if row is None:
        raise no_such("warehouse", (field,))
    return row


def _line_ids(given: list[strawberry.ID] | None) -> list[UUID] | None:
    if given is None:
        return None
    if len(given) > consolidations.MOST:
        raise LimitExceeded("input.lineIds", consolidations.MOST, len(given))
    parsed = [parse_typeid(each) for each in given]
    if not all(each and each[0] == ReturnLine.prefix for each in parsed):
        raise no_such("line", ("input", "lineIds"))
    return [each[1] for each in parsed if each]
