"""Who is told of an entry of the log, and in which words: the same numbers as in the feed, masked for their audience."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import events, positions, proofs
from aftersales.attribution import actor_of, cause_of
from aftersales.kinds import Audience
from aftersales.rules import heads
from aftersales.rules.entries import PREFIXES
from aftersales.rules.webhooks import TEST, Heard, Wanted, wants
from db.ids import typeid
from db.models.log import Event, Head, Seal
from db.models.partners import Merchant, MerchantLink, Partner
from db.models.webhooks import WebhookDelivery, WebhookEndpoint
from db.vault import Vault

Standing = Collection[tuple[UUID, UUID]]
"""Which partner speaks for which merchant now: its own, or one linked to it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one delivery tells: an entry with its seal, a signed head, that ``other`` was disabled, or nothing but a test;
    ``gap``: the one before it, of the same subject, did not arrive."""

    delivery: WebhookDelivery
    endpoint: WebhookEndpoint
    gap: bool = False
    seal: Seal | None = None
    event: Event | None = None
    head: Head | None = None
    other: WebhookEndpoint | None = None


async def listeners(session: AsyncSession, facts: Sequence[Event]) -> list[WebhookEndpoint]:
    """The endpoints that may have to be told of some of these facts."""
    one = WebhookEndpoint
    wanted = select(one).where(
        one.disabled_at.is_(None),
        or_(
            one.merchant_id.in_({each.merchant_id for each in facts}),
            one.carrier_code.in_({each.carrier_code for each in facts if each.carrier_code}),
            and_(one.merchant_id.is_(None), one.carrier_code.is_(None)),
        ),
    )
    return list(await session.scalars(wanted.order_by(one.id)))


async def standing(
    session: AsyncSession, endpoints: Iterable[WebhookEndpoint], facts: Iterable[Event | Head | None]
) -> Standing:
    """For which of these facts' merchants the owners of these endpoints speak at this moment."""
    owners = {each.partner_id for each in endpoints if each.carrier_code is None}
    merchants = {each.merchant_id for each in facts if each is not None}
    if not owners or not merchants:
        return set()
    linked = and_(MerchantLink.partner_id == Partner.id, MerchantLink.merchant_id.in_(merchants))
    rows = await session.execute(
        select(Partner.id, Partner.merchant_id, MerchantLink.merchant_id)
        .outerjoin(MerchantLink, linked)
        .where(Partner.id.in_(owners))
    )
    return {(partner, merchant) for partner, own, link in rows for merchant in (own, link) if merchant is not None}


def reaches(endpoint: WebhookEndpoint, fact: Event, standing: Standing) -> bool:
    """Whether the endpoint's owner may know of the fact now."""
    if fact.subject.value not in endpoint.subjects:
        return False
    if endpoint.carrier_code is not None:
        return fact.carrier_code == endpoint.carrier_code
    is_within = endpoint.merchant_id in {None, fact.merchant_id}
    return is_within and (endpoint.partner_id, fact.merchant_id) in standing


def may_still(told: Told, standing: Standing) -> bool:
    """Whether the endpoint's owner may know now of what was queued for it."""
    if told.head is not None:
        return (told.endpoint.partner_id, told.head.merchant_id) in standing
    if told.delivery.kind == events.WEBHOOK_DISABLED.name:
        return told.other is not None and told.other.deleted_at is None
    return told.event is None or reaches(told.endpoint, told.event, standing)


def is_told(endpoint: WebhookEndpoint, fact: Event, standing: Standing) -> bool:
    """Whether the endpoint is told of the fact: it may know of it, and wants to."""
    wanted = Wanted(endpoint.topics, endpoint.carriers, endpoint.statuses)
    after = fact.payload.get("after") or {}
    return wants(wanted, Heard(fact.kind, fact.carrier_code, after.get("status"))) and reaches(endpoint, fact, standing)


def audience_of(endpoint: WebhookEndpoint) -> Audience:
    """As who the endpoint's owner reads."""
    return Audience.MERCHANT if endpoint.carrier_code is None else Audience.CARRIER


def thin(vault: Vault, told: Told, now: datetime) -> dict[str, Any]:
    """The message that names what changed and leaves the rest to be asked."""
    seal, event = told.seal, told.event
    if seal is None or event is None:
        at, content = _beside(vault, told, now)
        return {"type": told.delivery.kind, "timestamp": moment(at), "data": content, "gap": False}
    audience = audience_of(told.endpoint)
    actor, cause = actor_of(event, audience), cause_of(event, audience)
    data = {
        "position": positions.text_of(vault, seal.position),
        "number": seal.number,
        "subject": event.subject.name,
        "subjectId": typeid(PREFIXES[event.subject], event.subject_id),
        "subjectVersion": event.version,
        "kind": event.kind,
        "before": events.told(event.kind, event.payload.get("before"), audience),
        "after": events.told(event.kind, event.payload.get("after"), audience),
        "actor": {"party": actor.party.name, "credential": actor.credential},
        "cause": {"kind": cause.kind, "reference": cause.reference},
    }
    if audience is Audience.MERCHANT:
        data["merchantId"] = typeid(Merchant.prefix, event.merchant_id)
    return envelope(told, {"data": data})


def _beside(vault: Vault, told: Told, now: datetime) -> tuple[datetime, dict[str, Any]]:
    """When it happened, and the ``data`` of a message that is about no entry of the log."""
    head, other = told.head, told.other
    if head is not None:
        return head.signed_at, {
            "merchantId": typeid(Merchant.prefix, head.merchant_id),
            "size": head.size,
            "rootHash": head.root.hex(),
            "signedAt": moment(head.signed_at),
            "note": proofs.note_of(head, vault),
            "publicKey": heads.public_text(proofs.key_of(vault).public_key()),
        }
    if other is not None:
        because = other.disabled_because
        return told.delivery.created_at, {
            "endpointId": other.typeid,
            "description": other.description,
            "disabledAt": other.disabled_at and moment(other.disabled_at),
            "disabledBecause": because and because.name,
            "failingSince": other.failing_since and moment(other.failing_since),
        }
    assert told.delivery.kind == TEST
    return now, {"endpointId": told.endpoint.typeid}


def envelope(told: Told, content: Mapping[str, Any]) -> dict[str, Any]:
    """What is around the ``data`` (and ``errors``) of every message about an entry."""
    assert told.event
    return {"type": told.event.kind, "timestamp": moment(told.event.occurred_at), **content, "gap": told.gap}


def moment(at: datetime) -> str:
    """A moment as partners read it: ISO 8601, UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
