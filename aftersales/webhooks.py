"""Partners' webhook endpoints: made, changed, tested, their secrets rotated, what they missed played again.

Every function works in the caller's session and leaves the commit to it.
"""

import hmac
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.events import TOPICS
from aftersales.refusals import Quantity, Refusal, RefusalCode, Refused, Transition
from aftersales.rules import signatures
from aftersales.rules import webhooks as rules
from aftersales.rules.addresses_allowed import NotATarget, target
from db.enums import DisabledBecause, OrderStatus, SigningScheme, TrackingStatus
from db.models.partners import CarrierRow
from db.models.webhooks import WebhookDelivery, WebhookEndpoint
from db.vault import Sealed, Vault

MOST_ENDPOINTS, MOST_WORDS, LONGEST_DESCRIPTION, LONGEST_SELECTION = 50, 50, 200, 10_000
_STATUSES = {word.name for words in (OrderStatus, TrackingStatus) for word in words}


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom an endpoint listens, and what the credential that makes it may read: at most that is told."""

    partner_id: UUID
    merchant_id: UUID | None
    carrier_code: str | None
    subjects: Collection[str]
    scopes: Collection[str]


@dataclass(frozen=True, slots=True)
class EndpointWish:
    """What an endpoint is to be. An empty filter takes all; ``selection`` was checked by who knows the schema. ``dev``
    lets it be http and on loopback; ``url_fault`` is what looking its name up found wrong."""

    url: str
    topics: Collection[str]
    description: str | None = None
    carriers: Collection[str] = ()
    statuses: Collection[str] = ()
    selection: str | None = None
    dev: bool = False
    url_fault: str | None = None


async def create(
    session: AsyncSession, vault: Vault, owner: Owner, wish: EndpointWish, signing: SigningScheme, *, now: datetime
) -> WebhookEndpoint:
    """A new endpoint, told from now on; its secret stands in ``shown_secret`` this once. Refused for what is wrong with
    the wish, and beyond 50 endpoints of a partner."""
    one = WebhookEndpoint
    mine = select(func.count(one.id)).where(one.partner_id == owner.partner_id, one.deleted_at.is_(None))
    if (await session.scalar(mine) or 0) >= MOST_ENDPOINTS:
        sentence = f"A partner has {MOST_ENDPOINTS} webhook endpoints at most."
        raise Refused(Refusal(RefusalCode.LIMIT, sentence, (), Quantity(MOST_ENDPOINTS)))
    endpoint = one(
        partner_id=owner.partner_id,
        merchant_id=owner.merchant_id,
        carrier_code=owner.carrier_code,
        signing=signing,
        created_at=now,
    )
    await _be(session, endpoint, owner, wish)
    _give_secret(vault, endpoint)
    session.add(endpoint)
    await session.flush()
    return endpoint


def wish_of(endpoint: WebhookEndpoint) -> EndpointWish:
    """What an endpoint is now, to be changed."""
    one = endpoint
    return EndpointWish(one.url, one.topics, one.description, one.carriers, one.statuses, one.selection)


async def update(session: AsyncSession, endpoint: WebhookEndpoint, owner: Owner, wish: EndpointWish) -> None:
    """Becomes what is wished. What is told is bounded anew by the credential that changes it."""
    await _be(session, endpoint, owner, wish)
    await session.flush()


async def _be(session: AsyncSession, endpoint: WebhookEndpoint, owner: Owner, wish: EndpointWish) -> None:
    wish = replace(wish, url=wish.url.strip(), carriers=sorted({each.strip().lower() for each in wish.carriers}))
    known = set(await session.scalars(select(CarrierRow.code).where(CarrierRow.code.in_(wish.carriers))))
    refusals = tuple(_faults(wish, known))
    if refusals:
        raise Refused(*refusals)
    endpoint.url, endpoint.description, endpoint.selection = wish.url, wish.description, wish.selection
    endpoint.topics, endpoint.carriers = sorted(set(wish.topics)), list(wish.carriers)
    endpoint.statuses = sorted(set(wish.statuses))
    endpoint.subjects, endpoint.scopes = sorted(owner.subjects), sorted(owner.scopes)


def _fault_of_url(wish: EndpointWish) -> str | None:
    try:
        target(wish.url, dev=wish.dev)
    except NotATarget as no:
        return str(no)
    return wish.url_fault


def _faults(wish: EndpointWish, carriers: Collection[str]) -> Iterator[Refusal]:
    wrong = _fault_of_url(wish)
    if wrong is not None:
        yield Refusal(RefusalCode.INVALID, wrong, ("url",))
    for name, given in (("topics", wish.topics), ("carriers", wish.carriers), ("statuses", wish.statuses)):
        if len(given) > MOST_WORDS:
            yield Refusal(RefusalCode.INVALID, f"At most {MOST_WORDS}.", (name,))
    if not wish.topics:
        yield Refusal(RefusalCode.INVALID, 'Name at least one topic; "*" is all of them.', ("topics",))
    for each in sorted(topic for topic in wish.topics if not rules.is_topic(topic, TOPICS))[:5]:
        sentence = f'No such topic: {each[:60]}. Give a kind of the catalogue of events, "subject.*", or "*".'
        yield Refusal(RefusalCode.INVALID, sentence, ("topics",))
    for each in sorted(set(wish.carriers) - set(carriers))[:5]:
        yield Refusal(RefusalCode.INVALID, f"No such carrier: {each[:60]}.", ("carriers",))
    for each in sorted(set(wish.statuses) - _STATUSES)[:5]:
        yield Refusal(RefusalCode.INVALID, f"No such status: {each[:60]}.", ("statuses",))
    for name, text, most in (
        ("description", wish.description, LONGEST_DESCRIPTION),
        ("selection", wish.selection, LONGEST_SELECTION),
    ):
        if text is not None and len(text) > most:
            yield Refusal(RefusalCode.INVALID, f"At most {most} characters.", (name,))


async def enable(session: AsyncSession, endpoint: WebhookEndpoint, *, now: datetime, enabled: bool) -> None:
    """Is told again, what waited first; or not any more. What happens meanwhile is not queued and can be replayed."""
    if enabled:
        endpoint.disabled_at = endpoint.disabled_because = endpoint.failing_since = None
    elif endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_because = now, DisabledBecause.ASKED
    await session.flush()


async def delete(session: AsyncSession, endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Gone for everybody; its secrets and its address are wiped, its deliveries tidied away later."""
    endpoint.deleted_at = endpoint.disabled_at = now
    endpoint.disabled_because = DisabledBecause.ASKED
    endpoint.secret, endpoint.previous_secret = Sealed(b""), None
    endpoint.url, endpoint.selection, endpoint.description = "", None, None
    await session.flush()


def demand_enabled(endpoints: Iterable[WebhookEndpoint], field: str) -> None:
    """Refused (STATE) where one of them is disabled."""
    if any(endpoint.disabled_at is not None for endpoint in endpoints):
        disabled = Transition("disabled", None, ("enabled",))
        raise Refused(Refusal(RefusalCode.STATE, "The endpoint is disabled; enable it first.", (field,), disabled))


async def rotate(session: AsyncSession, vault: Vault, endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """A new secret, in ``shown_secret`` this once; the one before signs beside it for a day more."""
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, now + rules.ROTATION
    _give_secret(vault, endpoint)
    await session.flush()


async def test(session: AsyncSession, endpoint: WebhookEndpoint, *, now: datetime) -> WebhookDelivery:
    """A message that tells nothing, sent once and not again. Refused while the endpoint is disabled."""
    demand_enabled([endpoint], "id")
    delivery = WebhookDelivery(endpoint_id=endpoint.id, kind=rules.TEST, created_at=now, next_at=now)
    delivery.subject_id = delivery.id
    session.add(delivery)
    await session.flush()
    return delivery


def secrets(vault: Vault, endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """The secrets that sign now, in the clear: the present one first, and for a day the one before it."""
    kept = [endpoint.secret]
    if endpoint.previous_secret is not None and endpoint.previous_until is not None and now < endpoint.previous_until:
        kept.append(endpoint.previous_secret)
    return [_opened(vault, endpoint, each) for each in kept]


def public_key(vault: Vault, endpoint: WebhookEndpoint) -> str | None:
    """What a partner verifies ed25519 signatures with; None where the secret is shared."""
    return signatures.public_key(_opened(vault, endpoint, endpoint.secret))


def _give_secret(vault: Vault, endpoint: WebhookEndpoint) -> None:
    secret = signatures.new_secret(endpoint.signing)
    nonce = os.urandom(12)
    endpoint.secret = Sealed(nonce + _cipher(vault).encrypt(nonce, secret.encode(), endpoint.id.bytes))
    endpoint.shown_secret = signatures.public_key(secret) or secret


def _opened(vault: Vault, endpoint: WebhookEndpoint, sealed: bytes) -> str:
    return _cipher(vault).decrypt(sealed[:12], sealed[12:], endpoint.id.bytes).decode()


def _cipher(vault: Vault) -> AESGCM:
    """A key for this one purpose: endpoints belong to partners, and only merchants have keys of their own."""
    return AESGCM(hmac.digest(vault.token_key, b"waybridge webhook secrets", "sha256"))
