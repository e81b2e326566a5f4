"""A credential becomes a viewer: who this call speaks for, what it may do, which rows it reaches."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request

from aftersales.credentials import check, parse_key, read_customer_token
from db.enums import PartnerKind
from db.ids import parse_typeid
from db.models.partners import ApiKey, Merchant, MerchantLink, Partner
from db.reach import EVERYTHING, Reach
from db.session import Store
from resolvers.context import Viewer
from resolvers.errors import BadUserInput, Forbidden, Unauthenticated

KEPT_SECONDS = 5.0  # a revoked key stops within this time
KEPT = 10_000
HEADER = "waybridge-merchant"


@dataclass(frozen=True, slots=True)
class _Known:
    key: ApiKey
    partner: Partner
    until: float


class Credentials:
    """Looks credentials up; what was found is kept for a few seconds, so that a busy partner costs one statement."""

    def __init__(self, store: Store, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._store, self._clock, self._monotonic = store, clock, monotonic
        self._keys: dict[UUID, _Known] = {}
        self._links: dict[tuple[UUID, UUID], float] = {}

    async def viewer(self, request: Request) -> Viewer:
        """The viewer of a request. Unauthenticated without a valid credential."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text:
            raise Unauthenticated
        named = request.headers.get(HEADER)
        if text.startswith("wb_"):
            return await self._partner(text, named)
        return self._customer(text, named)

    def _customer(self, text: str, named: str | None) -> Viewer:
        claims = read_customer_token(self._store.vault, text, self._clock())
        if claims is None:
            raise Unauthenticated
        if named is not None:
            raise Forbidden(
                "A customer token speaks for one buyer of one merchant; leave the Waybridge-Merchant header out."
            )
        return Viewer(
            reach=Reach(merchant_id=claims.merchant_id, customer_id=claims.customer_id),
            scopes=claims.scopes,
            credential_id=claims.customer_id,
            customer_id=claims.customer_id,
        )

    async def _partner(self, text: str, named: str | None) -> Viewer:
        parsed = parse_key(text)
        known = await self._known(parsed[0]) if parsed else None
        if parsed is None or known is None or not check(known.key, parsed[1], self._clock()):
            raise Unauthenticated
        partner = known.partner
        common: dict[str, Any] = {
            "scopes": frozenset(known.key.scopes),
            "credential_id": known.key.id,
            "kind": partner.kind,
            "partner_id": partner.id,
        }
        if partner.kind is PartnerKind.PLATFORM:
            if named is None:
                return Viewer(reach=Reach(platform_id=partner.id, partner_id=partner.id), **common)
            merchant = await self._linked(partner.id, named)
            return Viewer(reach=Reach(merchant_id=merchant, partner_id=partner.id), acting_for=merchant, **common)
        if named is not None:
            raise Forbidden("Only a platform names a merchant with the Waybridge-Merchant header.")
        if partner.kind is PartnerKind.CARRIER:
            return Viewer(reach=Reach(carrier_code=partner.carrier_code, partner_id=partner.id), **common)
        reach = Reach(merchant_id=partner.merchant_id, partner_id=partner.id)
        return Viewer(reach=reach, acting_for=partner.merchant_id, **common)

    async def _known(self, key_id: UUID) -> _Known | None:
        known = self._keys.get(key_id)
        if known is not None and known.until > self._monotonic():
            return known
        async with self._store.reading(EVERYTHING) as session:
            found = (
                await session.execute(
                    select(ApiKey, Partner).join(Partner, Partner.id == ApiKey.partner_id).where(ApiKey.id == key_id),
                )
            ).one_or_none()
        if found is None:
            return None
        if len(self._keys) >= KEPT:
            self._keys.clear()
        known = self._keys[key_id] = _Known(found[0], found[1], self._monotonic() + KEPT_SECONDS)
        return known

    async def _linked(self, platform: UUID, named: str) -> UUID:
        """The merchant a platform names by id, if it may act for it; unknown and unlinked are the same answer."""
        parsed = parse_typeid(named.strip())
        if parsed is None or parsed[0] != Merchant.prefix:
            raise BadUserInput("Waybridge-Merchant must be a merchant's id (mer_...).")
        pair = (platform, parsed[1])
        if self._links.get(pair, 0.0) > self._monotonic():
            return parsed[1]
        async with self._store.reading(EVERYTHING) as session:
            link = await session.get(MerchantLink, pair)
        if link is None:
            raise Forbidden("This platform does not act for that merchant.")
        if len(self._links) >= KEPT:
            self._links.clear()
        self._links[pair] = self._monotonic() + KEPT_SECONDS
        return parsed[1]
