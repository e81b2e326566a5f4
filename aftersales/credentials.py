"""What proves who calls: API keys, kept as digests, and customer tokens, short-lived and kept nowhere."""

import base64
import hashlib
import hmac
import os
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.refusals import Refusal, RefusalCode, Refused
from db.enums import PartnerKind
from db.ids import ALPHABET, parse_typeid, typeid, uuid7
from db.models.partners import ApiKey, Partner
from db.vault import Vault

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "orders:read": "See orders, their lines and their customers (masked).",
        "orders:write": "Send orders and amend them.",
        "shipments:read": "See parcels, their scans and their promises.",
        "shipments:write": "Register parcels, stop following them, correct their carrier.",
        "deliveries:write": "Have parcels on their way brought at another time, to another door, or held.",
        "returns:read": "See returns and pickups.",
        "returns:write": "Request, decide and settle returns; book pickups.",
        "claims:read": "See claims and their evidence.",
        "claims:write": "File claims, add evidence, accept offers.",
        "carriers:sync": "A carrier's side: push scans, answer claims and pickups.",
        "webhooks:manage": "Create and change webhook endpoints, replay deliveries.",
        "customers:token": "Mint short-lived tokens for a merchant's own customers.",
        "personal:reveal": "See personal data unmasked, for a stated purpose, audited.",
        "analytics:read": "See figures over many parcels and cases.",
        "policies:write": "Change return policies and service levels.",
    }
)
"""What a credential may be allowed to do, each with a sentence. Which rows it sees is its partner's reach."""

_OWN_GOODS = tuple(
    f"{noun}:{verb}" for noun in ("orders", "shipments", "returns", "claims") for verb in ("read", "write")
)
DEFAULT_SCOPES: Mapping[PartnerKind, tuple[str, ...]] = {
    PartnerKind.MERCHANT: (*_OWN_GOODS, "deliveries:write", "webhooks:manage", "customers:token"),
    PartnerKind.PLATFORM: (*_OWN_GOODS, "deliveries:write", "webhooks:manage", "customers:token"),
    PartnerKind.CARRIER: ("carriers:sync", "shipments:read", "claims:read", "webhooks:manage"),
}
"""What a key may do when nothing is said: a partner's daily work, and nothing that reveals or governs."""

CUSTOMER_SCOPES = (
    *("orders:read", "shipments:read", "deliveries:write"),
    *("returns:read", "returns:write", "claims:read", "claims:write"),
)
"""What a customer token may be allowed at most: a buyer's own orders and cases."""

LONGEST_CUSTOMER_TOKEN = timedelta(hours=24)
_KEY_PREFIX = "wb"
_SECRET_LETTERS = 52  # 256 bits, five a letter
_CHECK_LETTERS = 7  # CRC-32
_TOKEN_TYPE = "waybridge-customer+jwt"  # noqa: S105 a media type; pinned, so no other token of ours passes as one
_AUDIENCE = "waybridge"
_LONGEST_TOKEN_TEXT = 2048
_END_OF_TIME = 1 << 36  # seconds: the year 4147, which a datetime still holds


async def create_key(
    session: AsyncSession, partner: Partner, name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key of a partner, flushed, and its text (``wb_<id>_<secret>``), which is nowhere kept and cannot be had
    again. Refused for a scope we do not have, or none."""
    if not scopes:
        raise Refused(Refusal(RefusalCode.INVALID, "A key needs at least one scope.", ("scopes",)))
    demand_scopes(scopes, SCOPES)
    secret = os.urandom(32)
    row = ApiKey(
        partner_id=partner.id,
        name=name,
        secret_hash=hashlib.sha256(secret).digest(),
        scopes=[scope for scope in SCOPES if scope in scopes],
        expires_at=expires_at,
    )
    session.add(row)
    await session.flush()
    return row, _key_text(row.id, secret)


def demand_scopes(scopes: Collection[str], allowed: Collection[str]) -> None:
    """Refused with the list of what there is, when one of the scopes is not among the allowed."""
    unknown = sorted(set(scopes) - set(allowed))
    if unknown:
        sentence = f"No such scope here: {', '.join(unknown)}. There are: {', '.join(allowed)}."
        raise Refused(Refusal(RefusalCode.INVALID, sentence, ("scopes",)))


def parse_key(text: str) -> tuple[UUID, bytes] | None:
    """Id and secret of a key's text. None for anything else, a mistyped key included (its checksum tells)."""
    head, _, tail = text.rpartition("_")
    parsed = parse_typeid(head)
    if parsed is None or parsed[0] != _KEY_PREFIX or len(tail) != _SECRET_LETTERS + _CHECK_LETTERS:
        return None
    value = _from_letters(tail[:_SECRET_LETTERS])
    if value is None or value.bit_length() > 256:
        return None
    id_, secret = parsed[1], value.to_bytes(32)
    return (id_, secret) if tail[_SECRET_LETTERS:] == _checksum(id_, secret) else None


def check(row: ApiKey, secret: bytes, now: datetime) -> bool:
    """Whether the secret is this key's and the key still stands: not revoked, not expired. Constant time."""
    proven = hmac.compare_digest(hashlib.sha256(secret).digest(), row.secret_hash)
    expired = row.expires_at is not None and row.expires_at <= now
    return proven and row.revoked_at is None and not expired


def _key_text(id_: UUID, secret: bytes) -> str:
    return f"{typeid(_KEY_PREFIX, id_)}_{_letters(int.from_bytes(secret), _SECRET_LETTERS)}{_checksum(id_, secret)}"


def _checksum(id_: UUID, secret: bytes) -> str:
    """No protection, only recognition: a scanner or a person who mistyped learns it without asking us."""
    return _letters(zlib.crc32(id_.bytes + secret), _CHECK_LETTERS)


def _letters(value: int, count: int) -> str:
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(count)))


def _from_letters(text: str) -> int | None:
    value = 0
    for letter in text:
        bits = ALPHABET.find(letter)
        if bits < 0:
            return None
        value = value << 5 | bits
    return value


@dataclass(frozen=True, slots=True)
class CustomerClaims:
    """What a customer token says: one customer of one merchant, what they may do, and until when (aware UTC)."""

    merchant_id: UUID
    customer_id: UUID
    scopes: frozenset[str]
    expires_at: datetime


def mint_customer_token(
    vault: Vault, merchant_id: UUID, customer_id: UUID, lasts: timedelta, now: datetime, scopes: Collection[str]
) -> tuple[str, datetime]:
    """A token for one customer of a merchant, and when it ends. Refused for more than 24 hours, or for a scope that
    a customer cannot have."""
    if not timedelta(seconds=1) <= lasts <= LONGEST_CUSTOMER_TOKEN:
        raise Refused(Refusal(RefusalCode.INVALID, "A customer token lasts up to 24 hours.", ("expiresInSeconds",)))
    demand_scopes(scopes, CUSTOMER_SCOPES)
    expires_at = (now.astimezone(UTC) + lasts).replace(microsecond=0)
    claims = {
        "aud": _AUDIENCE,
        "sub": typeid("cus", customer_id),
        "mer": typeid("mer", merchant_id),
        "scope": " ".join(sorted(scopes)),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "jti": uuid7().hex,
    }
    return jwt.encode({"alg": "HS256", "typ": _TOKEN_TYPE}, claims, _token_key(vault), ["HS256"]), expires_at


def read_customer_token(vault: Vault, token: str, now: datetime) -> CustomerClaims | None:
    """What a token says, or None for one that is not ours, was altered, has ended, or is none."""
    if len(token) > _LONGEST_TOKEN_TEXT or not token.isascii():
        return None
    try:
        read = jwt.decode(token, _token_key(vault), ["HS256"])
    except (JoseError, ValueError, TypeError):
        return None
    if read.header.get("typ") != _TOKEN_TYPE or read.claims.get("aud") != _AUDIENCE:
        return None
    claims = _claims(read.claims)
    return claims if claims is not None and now < claims.expires_at else None


def _claims(claims: Mapping[str, Any]) -> CustomerClaims | None:
    """Only what we signed comes here, so a shape that differs is one of an older release: not accepted."""
    merchant, customer = _id_of("mer", claims.get("mer")), _id_of("cus", claims.get("sub"))
    expires = claims.get("exp")
    if merchant is None or customer is None or not isinstance(expires, int) or not 0 < expires < _END_OF_TIME:
        return None
    scopes = frozenset(str(claims.get("scope", "")).split())
    return CustomerClaims(merchant, customer, scopes, datetime.fromtimestamp(expires, UTC))


def _id_of(prefix: str, text: object) -> UUID | None:
    parsed = parse_typeid(text) if isinstance(text, str) else None
    return parsed[1] if parsed is not None and parsed[0] == prefix else None


def _token_key(vault: Vault) -> OctKey:
    """A key for this one purpose, derived, so no other use of the token key can be turned into a customer's."""
    derived = hmac.digest(vault.token_key, b"customer tokens", "sha256")
    return OctKey.import_key({"kty": "oct", "k": base64.urlsafe_b64encode(derived).rstrip(b"=").decode()})
