"""Who calls us, whose goods they are, and by what right: partners, merchants, carriers, and accounts with carriers.

Every function works in the caller's session and leaves the commit to it. What seals needs the merchant's data key at
hand (``Store.keys_of``) before the transaction begins.
"""

import base64
import hashlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules import partners as form
from carriers.carrier import Carrier
from carriers.registry import BY_CODE, CARRIERS
from db.enums import Environment, PartnerKind
from db.models.partners import CarrierAccount, CarrierRow, DataKey, Merchant, MerchantLink, Partner
from db.vault import Vault

_CODE_TAKEN = "There is a carrier of this code already."
_ACCOUNT_TAKEN = "The merchant has an account of this name with the carrier."


@dataclass(frozen=True, slots=True)
class MerchantWish:
    """A merchant to be. ``country`` is ISO 3166-1 alpha-2, ``zone`` the IANA zone of its business day."""

    name: str
    country: str | None = None
    zone: str = "UTC"
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class PartnerWish:
    """A partner to be. A merchant partner names its merchant, a carrier partner its carrier, a platform neither."""

    name: str
    kind: PartnerKind
    merchant_id: UUID | None = None
    carrier_code: str | None = None


@dataclass(frozen=True, slots=True)
class CarrierWish:
    """A carrier to be, without an adapter of ours."""

    code: str
    name: str
    name_zh: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class AccountWish:
    """An account to be. ``credentials`` go by the names of ``Carrier.credentials``; ``push_secret`` is made unless the
    carrier gave one; ``base_url`` replaces the carrier's host and is the operator's to set, never a partner's."""

    carrier_code: str
    name: str = "main"
    environment: Environment = Environment.LIVE
    credentials: Mapping[str, str] = field(default_factory=dict)
    push_secret: str | None = None
    base_url: str | None = None
    daily_quota: int | None = None


class Keep(Enum):
    """Marks what a change leaves as it is; None would mean nothing."""

    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What changes of an account. ``credentials`` are laid over those kept; an empty text takes one away."""

    name: str | Keep = Keep.KEEP
    credentials: Mapping[str, str] | Keep = Keep.KEEP
    push_secret: str | Keep = Keep.KEEP
    base_url: str | Keep | None = Keep.KEEP
    daily_quota: int | Keep | None = Keep.KEEP


async def create_merchant(session: AsyncSession, vault: Vault, wish: MerchantWish, *, now: datetime) -> Merchant:
    """A new merchant with its own data key, at hand from now on. Refused for a zone or country that is none, or an
    external id that is taken."""
    merchant = Merchant(
        name=form.name(wish.name),
        country=form.country(wish.country),
        zone=form.zone(wish.zone),
        external_id=wish.external_id,
        created_at=now,
    )
    async with _unless(session, "Another merchant has this external id.", "externalId"):
        session.add(merchant)
    key_id, wrapped = vault.new_key(merchant.id)
    session.add(DataKey(id=key_id, merchant_id=merchant.id, wrapped=wrapped, created_at=now))
    await session.flush()
    return merchant


async def create_partner(session: AsyncSession, wish: PartnerWish, *, now: datetime) -> Partner:
    """A new partner. The carrier of a carrier partner is added when we had not heard of it."""
    if (wish.kind is PartnerKind.MERCHANT) != (wish.merchant_id is not None):
        raise form.invalid("A merchant partner names its merchant; other partners name none.", "merchant")
    if (wish.kind is PartnerKind.CARRIER) != (wish.carrier_code is not None):
        raise form.invalid("A carrier partner names its carrier; other partners name none.", "carrier")
    name = form.name(wish.name)
    if wish.carrier_code is not None:
        adapter = BY_CODE.get(wish.carrier_code)
        await _have_carrier(session, _row_of(adapter) if adapter else CarrierWish(wish.carrier_code, name), now)
    partner = Partner(
        name=name, kind=wish.kind, merchant_id=wish.merchant_id, carrier_code=wish.carrier_code, created_at=now
    )
    async with _unless(session, "Another partner has this name.", "name"):
        session.add(partner)
    return partner


async def link_merchant(session: AsyncSession, platform: Partner, merchant: Merchant, *, now: datetime) -> None:
    """From now on the platform may act for the merchant; saying it twice changes nothing."""
    if platform.kind is not PartnerKind.PLATFORM:
        raise form.invalid(
            f"{platform.name} is a {platform.kind.value}; only a platform acts for merchants.", "platform"
        )
    if await session.get(MerchantLink, (platform.id, merchant.id)) is None:
        session.add(MerchantLink(partner_id=platform.id, merchant_id=merchant.id, created_at=now))
        await session.flush()


async def ensure_carriers(session: AsyncSession, *, now: datetime) -> int:
    """Every carrier we have an adapter for has its row, with today's names. Safe beside a second process that does
    the same. Gives how many rows were added or changed."""
    wanted = {carrier.code: _row_of(carrier) for carrier in CARRIERS}
    columns = select(CarrierRow.code, CarrierRow.name, CarrierRow.name_zh, CarrierRow.country)
    kept = {row.code: CarrierWish(*row) for row in await session.execute(columns.where(CarrierRow.code.in_(wanted)))}
    stale = [wish for code, wish in wanted.items() if kept.get(code) != wish]
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for wish in stale:
        names = {"name": wish.name, "name_zh": wish.name_zh, "country": wish.country}
        row = insert(CarrierRow).values(code=wish.code, created_at=now, **names)
        await session.execute(row.on_conflict_do_update(index_elements=["code"], set_=names))
    return len(stale)


async def add_carrier(session: AsyncSession, wish: CarrierWish, *, now: datetime) -> CarrierRow:
    """A carrier without an adapter: shipments may name it, and a carrier partner or an aggregator tells of them."""
    if wish.code in BY_CODE or await session.get(CarrierRow, wish.code) is not None:
        raise Refused(Refusal(RefusalCode.DUPLICATE, _CODE_TAKEN, ("code",)))
    return await _add_carrier_row(session, wish, now)


async def create_account(
    session: AsyncSession, vault: Vault, merchant_id: UUID, wish: AccountWish, *, now: datetime
) -> CarrierAccount:
    """A merchant's account with a carrier we have an adapter for, with a fresh push address (``push_path``).
    Refused for credentials that the carrier does not know, and for a name the merchant has used with it."""
    carrier = _adapter(wish.carrier_code)
    await _have_carrier(session, _row_of(carrier), now)
    token = _random_text(32)
    account = CarrierAccount(
        merchant_id=merchant_id,
        carrier_code=carrier.code,
        name=form.name(wish.name),
        environment=wish.environment,
        base_url=form.base_url(wish.base_url),
        daily_quota=form.daily_quota(wish.daily_quota),
        push_token_hash=push_token_hash(token),
        created_at=now,
    )
    account.seal(
        vault,
        credentials=_json(form.credentials(wish.credentials, carrier.credentials)),
        push_token=token,
        push_secret=_random_text(24) if wish.push_secret is None else form.push_secret(wish.push_secret),
    )
    async with _unless(session, _ACCOUNT_TAKEN, "name"):
        session.add(account)
    return account


async def update_account(
    session: AsyncSession, vault: Vault, account: CarrierAccount, change: AccountChange
) -> CarrierAccount:
    """The account with what was named changed, flushed."""
    async with _unless(session, _ACCOUNT_TAKEN, "name"):
        if not isinstance(change.credentials, Keep):
            kept = json.loads(account.open(vault, "credentials") or "{}")
            fresh = {name: text for name, text in {**kept, **change.credentials}.items() if text}
            known = _adapter(account.carrier_code).credentials
            account.seal(vault, credentials=_json(form.credentials(fresh, known)))
        if not isinstance(change.push_secret, Keep):
            account.seal(vault, push_secret=form.push_secret(change.push_secret))
        if not isinstance(change.base_url, Keep):
            account.base_url = form.base_url(change.base_url)
        if not isinstance(change.daily_quota, Keep):
            account.daily_quota = form.daily_quota(change.daily_quota)
        if not isinstance(change.name, Keep):
            account.name = form.name(change.name)
    return account


async def disable_account(session: AsyncSession, account: CarrierAccount, *, now: datetime) -> CarrierAccount:
    """From now on nothing is asked with the account and its pushes are not taken. A second time changes nothing."""
    account.disabled_at = account.disabled_at or now
    await session.flush()
    return account


def push_path(vault: Vault, account: CarrierAccount) -> str:
    """Where the carrier sends its news of this account: a path under our public address. Holding it is half a proof,
    so it is shown to the account's owner only."""
    return f"/carriers/{account.carrier_code}/push/{account.open(vault, 'push_token')}"


def push_token_hash(token: str) -> bytes:
    """The digest by which a push address finds its account."""
    return hashlib.sha256(token.encode()).digest()


@asynccontextmanager
async def _unless(session: AsyncSession, taken: str, *path: str) -> AsyncIterator[None]:
    """A savepoint around what must be the only one of its name: the database decides, also between two who race."""
    try:
        async with session.begin_nested():
            yield
    except IntegrityError:
        raise Refused(Refusal(RefusalCode.DUPLICATE, taken, path)) from None


async def _have_carrier(session: AsyncSession, wish: CarrierWish, now: datetime) -> None:
    if await session.get(CarrierRow, wish.code) is None:
        await _add_carrier_row(session, wish, now)


async def _add_carrier_row(session: AsyncSession, wish: CarrierWish, now: datetime) -> CarrierRow:
    row = CarrierRow(
        code=form.carrier_code(wish.code),
        name=form.name(wish.name),
        name_zh=wish.name_zh,
        country=form.country(wish.country),
        created_at=now,
    )
    async with _unless(session, _CODE_TAKEN, "code"):
        session.add(row)
    return row


def _row_of(carrier: Carrier) -> CarrierWish:
    return CarrierWish(carrier.code, carrier.name_en, carrier.name_zh or None, carrier.country or None)


def _adapter(code: str) -> Carrier:
    carrier = BY_CODE.get(code)
    if carrier is None:
        raise form.invalid(f"We have no adapter for that carrier. There are: {', '.join(BY_CODE)}.", "carrier")
    return carrier


def _json(credentials: Mapping[str, str]) -> str:
    return json.dumps(credentials, ensure_ascii=False, sort_keys=True)


def _random_text(size: int) -> str:
    return base64.urlsafe_b64encode(os.urandom(size)).rstrip(b"=").decode()
