"""What a merchant adds to the customs papers of a return, and what follows: a booking that waited for it goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, customs, returns, ways
from aftersales.cases import Step
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules.returns import LIFE
from db.case_enums import ReturnStatus
from db.models.base import Money, to_minor
from db.models.returns import Return, ReturnLine
from db.models.warehouses import Warehouse
from db.vault import Vault

BEFORE_IT_LEFT = (ReturnStatus.REQUESTED, ReturnStatus.NEEDS_INFO, ReturnStatus.APPROVED)


@dataclass(frozen=True, slots=True)
class LinePapers:
    """What is told of one line; None leaves what is known. Value and weight are of one piece."""

    line_id: UUID
    hs_code: str | None = None
    country_of_origin: str | None = None
    value: Money | None = None
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    """What is told of a return's goods. ``export_reference``: what their export was declared under."""

    lines: Sequence[LinePapers] = ()
    export_reference: str | None = None


async def complete(session: AsyncSession, vault: Vault, rma: Return, papers: Papers, step: Step) -> Return:
    """Takes over what is told; the same again changes nothing. What waited for it is booked, and what was booked with
    other papers is booked anew. Refused once the goods have left for the border. The row must be locked, the merchant's
    key at hand."""
    lines = await returns.lines_of(session, rma)
    changes = _changes(rma, lines, papers)
    if not changes and not _is_new(rma, papers):
        return rma
    await _demand(session, rma, lines)
    for line, values in changes:
        for column, value in values.items():
            setattr(line, column, value)
    if papers.export_reference is not None:
        rma.customs = {**(rma.customs or {}), "exportReference": papers.export_reference}
    told = replace(step, told={"customs": customs.shown(rma, lines)})
    if rma.status == ReturnStatus.APPROVED and customs.border_of(rma) is not None:
        await ways.redeclared(session, vault, (rma, lines), told)
    else:
        await cases.changed(session, rma, told)
    return rma


def _is_new(rma: Return, papers: Papers) -> bool:
    told = papers.export_reference
    return told is not None and told != (rma.customs or {}).get("exportReference")


def _changes(rma: Return, lines: Sequence[ReturnLine], papers: Papers) -> list[tuple[ReturnLine, Mapping[str, Any]]]:
    """What differs, line by line. Refused: a line that is not the return's, a value in another currency."""
    known = {line.id: line for line in lines}
    refusals: list[Refusal] = []
    changes: list[tuple[ReturnLine, Mapping[str, Any]]] = []
    for index, each in enumerate(papers.lines):
        path, line = ("lines", str(index)), known.get(each.line_id)
        if line is None:
            refusals.append(Refusal(RefusalCode.NOT_FOUND, "No such line of this return.", (*path, "id")))
            continue
        if each.value is not None and each.value.currency != rma.currency:
            no = f"The return is in {rma.currency}."
            refusals.append(Refusal(RefusalCode.INVALID, no, (*path, "value")))
            continue
        told = {
            "hs_code": each.hs_code,
            "country_of_origin": each.country_of_origin,
            "customs_minor": to_minor(*each.value) if each.value else None,
            "weight_grams": each.weight_grams,
        }
        values = {name: value for name, value in told.items() if value is not None and value != getattr(line, name)}
        changes += [(line, values)] if values else []
    if refusals:
        raise Refused(*refusals)
    return changes


async def _demand(session: AsyncSession, rma: Return, lines: Sequence[ReturnLine]) -> None:
    """Papers may be completed until the goods leave; those of goods at a hub until the hub sends them on."""
    if rma.status in BEFORE_IT_LEFT:
        return
    house = await session.get(Warehouse, rma.warehouse_id) if rma.warehouse_id else None
    if house is None or not house.is_hub or any(line.consolidation_id for line in lines):
        no = "The goods have left, and their papers with them; tell the carrier or its customs broker."
        raise Refused(Refusal(RefusalCode.STATE, no, ("id",), LIFE.standing(rma.status)))
