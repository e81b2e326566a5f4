"""Carriers and the accounts merchants have with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import quoting
from carriers.carrier import Carrier, Code
from carriers.registry import BY_CODE
from db.case_enums import ReturnMethod
from db.enums import Confidence, InboxState, Locale, PushAuthenticity
from db.models.base import Row
from db.models.messages import Inbox
from db.models.partners import CarrierAccount, CarrierRow
from resolvers.context import Info
from resolvers.edges import Edge
from resolvers.errors import BadUserInput

_INBOX = Row.metadata.tables[Inbox.__tablename__]


async def carriers(info: Info) -> list[CarrierRow]:
    """Every carrier that shipments may name, by code."""
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return list(await session.scalars(select(CarrierRow).order_by(CarrierRow.code)))


async def carrier(info: Info, code: str) -> CarrierRow | None:
    """One carrier by code."""
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return await session.scalar(select(CarrierRow).where(CarrierRow.code == code.lower()))


def adapter(row: CarrierRow) -> Carrier | None:
    """Our adapter for it, if we have one."""
    return BY_CODE.get(row.code)


def name(root: CarrierRow, info: Info, locale: Locale | None = None) -> str:
    """The name in the reader's language, as far as there is one."""
    return root.name_zh or root.name if (locale or info.context.locale) is Locale.ZH else root.name


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the gateway can do with a carrier."""

    track: bool
    numbers_per_query: int | None
    subscribe: bool
    push: bool
    push_authenticity: PushAuthenticity | None
    aggregator: bool
    booking: bool
    booking_methods: list[ReturnMethod]
    quotes: bool
    slots: bool
    intercepting: bool


def capabilities(root: CarrierRow) -> Capabilities:
    """All False for a carrier without an adapter."""
    ours = adapter(root)
    return Capabilities(
        track=bool(ours and ours.tracking),
        numbers_per_query=ours.tracking.at_most if ours and ours.tracking else None,
        subscribe=bool(ours and ours.subscribing),
        push=bool(ours and ours.pushing),
        push_authenticity=ours.pushing.authenticity if ours and ours.pushing else None,
        aggregator=bool(ours and ours.is_aggregator),
        booking=bool(ours and ours.booking),
        booking_methods=sorted(ours.booking.methods) if ours and ours.booking else [],
        quotes=bool(ours and quoting.can_quote(ours)),
        slots=bool(ours and ours.booking and ours.booking.timing),
        intercepting=bool(ours and ours.intercepting),
    )


@dataclass(frozen=True, slots=True)
class Proven:
    """How well an ability's format is proven."""

    ability: str
    confidence: Confidence


def confidence(root: CarrierRow) -> list[Proven]:
    """One row an ability."""
    ours = adapter(root)
    return [Proven(ability, level) for ability, level in ours.confidence.items()] if ours else []


def notes(root: CarrierRow) -> list[str]:
    """What is not confirmed, in sentences."""
    ours = adapter(root)
    return list(ours.notes) if ours else []


@dataclass(frozen=True, slots=True)
class CredentialNeeded:
    """What an account with the carrier may hold."""

    name: str
    description: str


def credentials(root: CarrierRow) -> list[CredentialNeeded]:
    """The names and what each is."""
    ours = adapter(root)
    return [CredentialNeeded(each, text) for each, text in ours.credentials.items()] if ours else []


def codes(root: CarrierRow, search: str | None = None, first: int = 100) -> list[Code]:
    """The status table: their codes in our words."""
    if not 1 <= first <= 1000:
        raise BadUserInput(f"first must be between 1 and 1000, not {first}.")
    ours = adapter(root)
    rows = ours.codes if ours else ()
    if search:
        term = search.lower()
        rows = tuple(row for row in rows if term in row.code.lower() or term in row.meaning_text.lower())
    return list(rows[:first])


async def accounts(info: Info) -> list[CarrierAccount]:
    """The carrier accounts within reach (at most 100), newest first."""
    info.context.viewer.must("shipments:read")
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return list(await session.scalars(select(CarrierAccount).order_by(CarrierAccount.id.desc()).limit(100)))


@dataclass(frozen=True, slots=True)
class UnreadableMessages:
    """What an account's carrier sent that we could not read and still keep."""

    count: int = 0
    last_at: datetime | None = None
    last_reason: str | None = None


async def _unreadable(session: AsyncSession, accounts: Sequence[UUID]) -> list[UnreadableMessages]:
    """Messages themselves are beyond everybody's reach; the accounts were found within it."""
    newest = func.row_number().over(
        partition_by=_INBOX.c.account_id, order_by=(_INBOX.c.received_at.desc(), _INBOX.c.id.desc())
    )
    of_account = func.count().over(partition_by=_INBOX.c.account_id)
    kept = (
        select(
            _INBOX.c.account_id, _INBOX.c.received_at, _INBOX.c.problem, newest.label("place"), of_account.label("all")
        )
        .where(_INBOX.c.state == InboxState.UNREADABLE, _INBOX.c.account_id.in_(accounts))
        .where(func.length(_INBOX.c.body) > 0)
        .subquery()
    )
    last = select(kept.c.account_id, kept.c.all, kept.c.received_at, kept.c.problem).where(kept.c.place == 1)
    rows = await session.execute(last, execution_options={"reached": True})
    found = {account: UnreadableMessages(count, at, problem) for account, count, at, problem in rows}
    return [found.get(each, UnreadableMessages()) for each in accounts]


unreadable_of_account = Edge("unreadable_of_account", "id", _unreadable)


async def push_address(root: CarrierAccount, info: Info) -> str | None:
    """Where the carrier sends its pushes: a secret in itself, so only for those who may change shipments."""
    ours = BY_CODE.get(root.carrier_code)
    if ours is None or ours.pushing is None or "shipments:write" not in info.context.viewer.scopes:
        return None
    token = await info.context.reveal(root, "push_token")
    return f"{info.context.public_url}/carriers/{root.carrier_code}/push/{token}"
