"""Which policy holds: a merchant's own version, else the row of the buyer's country."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.rules.policies import FAULTS, AutoApproval, Policy
from db.case_enums import RefundTrigger, Resolution, ReturnMethod, ReturnReason
from db.countries import EU
from db.models.policies import ReturnPolicy
from db.session import standing


async def holding(
    session: AsyncSession, wanted: Collection[tuple[UUID, str | None]], now: datetime
) -> dict[tuple[UUID, str | None], Policy]:
    """The version that holds now for each merchant and country of a buyer: the merchant's own for that country (or for
    the EU it is in), its own for all, else the country's."""
    rows = await published(session, {merchant for merchant, _ in wanted})
    return {each: chosen(rows, each, now) for each in wanted}


_PUBLISHED = standing(
    select(ReturnPolicy)
    .where(ReturnPolicy.merchant_id.in_(bindparam("merchants", expanding=True)), ReturnPolicy.published_at.is_not(None))
    .order_by(ReturnPolicy.effective_at, ReturnPolicy.version, ReturnPolicy.id)
)


async def published(session: AsyncSession, merchants: Collection[UUID]) -> Sequence[ReturnPolicy]:
    """Merchants' own versions, those to come among them, in the order in which they begin to hold."""
    rows = await session.scalars(_PUBLISHED, {"merchants": list(merchants)})
    return rows.all()


def chosen(rows: Sequence[ReturnPolicy], wanted: tuple[UUID, str | None], now: datetime) -> Policy:
    """Of published versions the one that holds at a moment, the last that began to; else the country's own rules."""
    merchant, country = wanted
    own = {row.country: row for row in rows if row.merchant_id == merchant and row.effective_at <= now}
    row = next((own[each] for each in places(country) if each in own), None)
    return statutory(country, now.date()) if row is None else of(row)


def places(country: str | None) -> tuple[str | None, ...]:
    """Whose policies are for buyers of a country, the nearest first; None: for all that have none of their own."""
    return tuple(dict.fromkeys((country, "EU" if country in EU else country, None)))


def of(row: ReturnPolicy) -> Policy:
    """A merchant's version as the rules read it."""
    named = {"code": row.code, "version": row.version, "name": row.name, "country": row.country}
    return read({**row.rules, **named, "effectiveFrom": row.effective_at.date().isoformat(), "source": row.name})


def statutory(country: str | None, on: date) -> Policy:
    """The row of a country that holds on a day; one for all that has none of its own."""
    for place in places(country):
        rows = [row for row in seeds() if row.country == place and row.effective_from <= on]
        if rows:
            return max(rows, key=lambda row: row.effective_from)
    raise AssertionError("a row for all countries ships")


async def kept(session: AsyncSession, merchant_id: UUID, ref: Mapping[str, Any]) -> Policy:
    """The version that decides a case, by what the case keeps of it (``Policy.ref``): whatever holds by now."""
    for seed in seeds():
        if (seed.code, seed.version) == (ref["code"], ref["version"]):
            return seed
    mine = (ReturnPolicy.merchant_id == merchant_id, ReturnPolicy.code == ref["code"])
    row = await session.scalar(select(ReturnPolicy).where(*mine, ReturnPolicy.version == ref["version"]))
    assert row is not None, "versions are never deleted"
    return of(row)


@cache
def seeds() -> tuple[Policy, ...]:
    """The rows that ship."""
    text = resources.files("aftersales.rules").joinpath("tables/policies.json").read_text("utf-8")
    return tuple(read(row) for row in json.loads(text)["policies"])


def read(row: Mapping[str, Any]) -> Policy:
    """A policy of its JSON form, which is the one kept and shown."""
    auto = row.get("auto", {})
    return Policy(
        code=row["code"],
        version=row["version"],
        name=row["name"],
        country=row["country"],
        source=row["source"],
        effective_from=date.fromisoformat(row["effectiveFrom"]),
        no_reason_days=row["noReasonDays"],
        windows={ReturnReason[reason]: days for reason, days in row.get("windows", {}).items()},
        resolutions=frozenset(Resolution[each] for each in row.get("resolutions", ("REFUND", "EXCHANGE"))),
        methods=tuple(ReturnMethod[each] for each in row.get("methods", [m.name for m in ReturnMethod])),
        excluded=row.get("excluded", {}),
        opened_excluded=row.get("openedExcluded", {}),
        buyer_pays=frozenset(ReturnReason[each] for each in row.get("buyerPays", ())),
        fee_minor=row.get("feeMinor", {}),
        restocking_percent=row.get("restockingPercent", 0),
        photo_for=frozenset(ReturnReason[each] for each in row.get("photoFor", ())),
        auto=AutoApproval(
            most_minor=auto.get("mostMinor", {}),
            reasons=frozenset(ReturnReason[each] for each in auto.get("reasons", [r.name for r in ReturnReason])),
            most_returns=auto.get("mostReturns", 5),
        ),
        trigger=RefundTrigger[row.get("trigger", "INSPECTION")],
        express_within=row.get("expressWithin", 24 * 3600),
        clocks=row.get("clocks", {}),
        keep_below_minor=row.get("keepBelowMinor", {}),
        shipping_for=frozenset(ReturnReason[each] for each in row.get("shippingFor", [r.name for r in FAULTS])),
        refund_lost=row.get("refundLost", True),
        failed_delivery_percent=row.get("failedDeliveryPercent", 0),
    )
