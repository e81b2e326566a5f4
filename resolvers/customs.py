"""What customs are told of a return: as it stands, what is missing, and what a merchant adds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import strawberry

from aftersales import customs, customs_changes
from aftersales.customs import Border, Export
from aftersales.customs_changes import LinePapers, Papers
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.rules import customs as rules
from aftersales.rules.customs import CustomsGap, CustomsReason
from aftersales.rules.tables import customs_relief
from aftersales.rules.tables.customs_relief import Relief
from db.countries import EU
from db.enums import Locale
from db.ids import parse_typeid
from db.models.base import Money, from_minor
from db.models.returns import Return, ReturnLine
from resolvers import edges
from resolvers.cases import changing
from resolvers.context import Info
from resolvers.edges import Edge
from resolvers.errors import LimitExceeded
from resolvers.inputs import optional, short
from resolvers.order_sync import MoneyInput
from resolvers.return_wishes import money

MOST_LINES = 100
HEAVIEST = 100_000_000  # grams, as orders' lines may have


@strawberry.input(description="What customs are told of one line; what is left out stays as it is.")
class CustomsLineInput:
    id: strawberry.ID = strawberry.field(description="The return's line (rln_...).")
    hs_code: str | None = optional("Its number in the Harmonized System, six to ten digits.")
    country_of_origin: str | None = optional("Where it was made, ISO 3166-1 alpha-2.")
    value: MoneyInput | None = optional("What one is worth, where that is not what was paid for it.")
    weight_grams: int | None = optional("The net weight of one in grams.")


@strawberry.input(description="What customs are told of a return.")
class ReturnCustomsUpdateInput:
    id: strawberry.ID = strawberry.field(description="The return's id (ret_...).")
    expected_version: int | None = optional("Refused with CONFLICT when the return is at another version by now.")
    lines: list[CustomsLineInput] | None = optional("Line by line, at most 100.")
    export_reference: str | None = optional(
        "What the export of the goods was declared under, so that they come back free of duty; at most 100 characters."
    )


@dataclass(frozen=True, slots=True)
class Declaration:
    """A return's papers with the lines that they are about."""

    rma: Return
    lines: Sequence[ReturnLine]
    border: Border


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing of one line."""

    return_line_id: str
    sku: str
    gap: CustomsGap


async def of_return(root: Return, info: Info) -> Declaration | None:
    """The papers; None where no customs border is crossed."""
    border = customs.border_of(root)
    return (
        None if border is None else Declaration(root, await info.context.load(edges.lines_of_return, root.id), border)
    )


def gaps(root: Declaration) -> list[Gap]:
    """Everything that is missing."""
    return [Gap(line.typeid, line.sku, gap) for line in root.lines for gap in rules.gaps(customs.goods(line))]


def is_complete(root: Declaration) -> bool:
    """Whether nothing is missing."""
    return customs.is_complete(root.lines)


def is_waiting(root: Declaration) -> bool:
    """Whether the booking waits."""
    return customs.is_waiting(root.rma)


def because(root: Declaration, info: Info, locale: Locale | None = None) -> str | None:
    """Why it waits, and what to do."""
    if not customs.is_waiting(root.rma):
        return None
    return rules.waiting([customs.goods(line) for line in root.lines], locale or info.context.locale)


def reason(root: Declaration) -> CustomsReason:
    """Why the goods go over the border."""
    return customs.reason_of(root.rma)


def value(root: Declaration) -> Money:
    """What all of it is worth."""
    told = [customs.goods(line) for line in root.lines]
    return from_minor(sum(each.value_minor * each.quantity for each in told), root.rma.currency)


def net_grams(root: Declaration) -> int | None:
    """What all of it weighs; None where a weight is missing."""
    told = [customs.goods(line) for line in root.lines]
    return sum((each.grams or 0) * each.quantity for each in told) if all(each.grams for each in told) else None


async def _exports(session: Any, keys: Any) -> list[Any]:
    found = await customs.exports(session, keys)
    return [found.get(key, []) for key in keys]


exports_of_return = Edge("exports_of_return", "id", _exports)


async def exports(root: Declaration, info: Info) -> list[Export]:
    """The parcels in which the goods went out; none for viewers who may not read parcels."""
    if "shipments:read" not in info.context.viewer.scopes:
        return []
    found: list[Export] = await info.context.load(exports_of_return, root.rma.id)
    return found


def export_reference(root: Declaration) -> str | None:
    """What the merchant told of the export."""
    told: str | None = (root.rma.customs or {}).get("exportReference")
    return told


def relief(root: Declaration) -> Relief | None:
    """The relief that may be claimed where the goods come back to."""
    country = root.border[1]
    return customs_relief.EU if country in EU else customs_relief.BY_COUNTRY.get(country)


def line_value(root: ReturnLine) -> Money:
    """What customs are told one is worth."""
    return from_minor(customs.goods(root).value_minor, root.currency)


async def update(info: Info, input: ReturnCustomsUpdateInput) -> Return:
    """Completed."""
    given = input.lines or []
    if len(given) > MOST_LINES:
        raise LimitExceeded("input.lines", MOST_LINES, len(given))
    async with changing(info, Return, input, "returnCustomsUpdate") as it:
        short(input.export_reference, "exportReference", 100)
        reference = (input.export_reference or "").strip() or None
        papers = Papers([_line(index, each) for index, each in enumerate(given)], reference)
        return await customs_changes.complete(it.session, it.vault, it.row, papers, it.step)


def _line(index: int, given: CustomsLineInput) -> LinePapers:
    path = ("lines", str(index))
    parsed = parse_typeid(given.id)
    if parsed is None or parsed[0] != ReturnLine.prefix:
        raise Refused(Refusal(RefusalCode.NOT_FOUND, "No such line of this return.", (*path, "id")))
    grams = given.weight_grams
    if grams is not None and not 1 <= grams <= HEAVIEST:
        raise Refused(Refusal(RefusalCode.INVALID, "A weight is 1 g to 100 t.", (*path, "weightGrams")))
    return LinePapers(
        parsed[1],
        _read(rules.hs_code, given.hs_code, (*path, "hsCode")),
        _read(rules.country, given.country_of_origin, (*path, "countryOfOrigin")),
        _worth(given.value, path),
        grams,
    )


def _worth(given: MoneyInput | None, path: tuple[str, ...]) -> Money | None:
    if given is None:
        return None
    with inside(*path):
        worth = money(given, "value")
    if worth.amount <= Decimal(0):
        no_gift = "Customs take nothing that is worth nothing; tell what it would be sold for."
        raise Refused(Refusal(RefusalCode.INVALID, no_gift, (*path, "value")))
    return worth


def _read(check: Callable[[str], str], text: str | None, path: tuple[str, ...]) -> str | None:
    if text is None:
        return None
    try:
        return check(text)
    except ValueError as no:
        message = str(no)
        raise Refused(Refusal(RefusalCode.INVALID, f"{message[0].upper()}{message[1:]}.", path)) from None
