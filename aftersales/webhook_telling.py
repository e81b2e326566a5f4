"""Who is told of an entry of the log, and in which words: the same numbers as in the feed, masked for their audience."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import events, positions
from aftersales.events import Audience
from aftersales.rules.entries import PREFIXES
from aftersales.rules.webhooks import TEST, Heard, Wanted, wants
from db.enums import Party
from db.ids import typeid
from db.models.log import Event, Seal
from db.models.partners import ApiKey, Merchant, MerchantLink, Partner
from db.models.webhooks import WebhookDelivery, WebhookEndpoint
from db.vault import Vault

Standing = Collection[tuple[UUID, UUID]]
"""Which partner speaks for which merchant now: its own, or one linked to it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one delivery tells: an entry with its seal, or nothing but a test; ``gap``: the one before it, of the same
    subject, did not arrive."""

    delivery: WebhookDelivery
    endpoint: WebhookEndpoint
    gap: bool = False
    seal: Seal | None = None
    event: Event | None = None


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
    session: AsyncSession, endpoints: Iterable[WebhookEndpoint], facts: Iterable[Event | None]
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
        return {"type": TEST, "timestamp": moment(now), "data": {"endpointId": told.endpoint.typeid}, "gap": False}
    audience = audience_of(told.endpoint)
    data = {
        "position": positions.text_of(vault, seal.position),
        "number": seal.number,
        "subject": event.subject.name,
        "subjectId": typeid(PREFIXES[event.subject], event.subject_id),
        "subjectVersion": event.version,
        "kind": event.kind,
        "before": events.told(event.kind, event.payload.get("before"), audience),
        "after": events.told(event.kind, event.payload.get("after"), audience),
        "actor": _actor(event, audience),
        "cause": _cause(event, audience),
    }
    if audience is Audience.MERCHANT:
        data["merchantId"] = typeid(Merchant.prefix, event.merchant_id)
    return envelope(told, {"data": data})


def envelope(told: Told, content: Mapping[str, Any]) -> dict[str, Any]:
    """What is around the ``data`` (and ``errors``) of every message about an entry."""
    assert told.event
    return {"type": told.event.kind, "timestamp": moment(told.event.occurred_at), **content, "gap": told.gap}


def moment(at: datetime) -> str:
    """A moment as partners read it: ISO 8601, UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _actor(event: Event, audience: Audience) -> dict[str, Any]:
    party, credential = Party[event.actor["party"]], event.actor["id"]
    is_own = audience is Audience.MERCHANT and party in {Party.MERCHANT, Party.PLATFORM}
    return {
        "party": party.name,
        "credential": typeid(ApiKey.prefix, UUID(credential)) if is_own and credential else None,
    }


def _cause(event: Event, audience: Audience) -> dict[str, Any]:
    kind, reference = event.cause["kind"], event.cause["reference"]
    is_merchant = audience is Audience.MERCHANT
    return {"kind": kind if is_merchant else kind.partition(":")[0], "reference": reference if is_merchant else None}
