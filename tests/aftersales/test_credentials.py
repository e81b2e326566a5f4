import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from aftersales import credentials, partners
from aftersales.partners import PartnerWish
from aftersales.refusals import Refused
from db.enums import PartnerKind
from db.models.partners import ApiKey
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
MERCHANT, CUSTOMER = uuid4(), uuid4()


async def a_key(store: Store, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    async with store.writing(EVERYTHING) as session:
        partner = await partners.create_partner(session, PartnerWish(uuid4().hex, PartnerKind.PLATFORM), now=NOW)
        return await credentials.create_key(session, partner, "k", ["orders:write", "orders:read"], expires_at)


def parsed(text: str) -> tuple[UUID, bytes]:
    found = credentials.parse_key(text)
    assert found is not None
    return found


async def test_a_key_names_its_row_and_proves_itself(store: Store) -> None:
    row, text = await a_key(store)

    id_, secret = parsed(text)

    assert text.startswith("wb_")
    assert id_ == row.id
    assert len(secret) == 32
    assert credentials.check(row, secret, NOW)
    assert secret not in row.secret_hash
    assert row.scopes == ["orders:read", "orders:write"]


async def test_a_wrong_ended_or_revoked_key_proves_nothing(store: Store) -> None:
    row, text = await a_key(store, NOW + timedelta(days=1))
    _, secret = parsed(text)

    assert credentials.check(row, secret, NOW + timedelta(hours=23))
    assert not credentials.check(row, secret, NOW + timedelta(days=1))
    assert not credentials.check(row, bytes(32), NOW)
    assert not credentials.check(row, b"", NOW)
    row.revoked_at = NOW
    assert not credentials.check(row, secret, NOW)


async def test_every_single_typing_mistake_is_recognised(store: Store) -> None:
    _, text = await a_key(store)

    for place in range(3, len(text)):
        for letter in "0z_éA":
            if text[place] != letter:
                assert credentials.parse_key(text[:place] + letter + text[place + 1 :]) is None
        assert credentials.parse_key(text[:place]) is None


@given(st.text(max_size=120))
def test_no_text_is_an_exception(text: str) -> None:
    assert credentials.parse_key(text) is None
    assert credentials.parse_key("wb_" + text) is None


async def test_a_key_has_scopes_that_we_have(store: Store) -> None:
    async with store.writing(EVERYTHING) as session:
        partner = await partners.create_partner(session, PartnerWish(uuid4().hex, PartnerKind.PLATFORM), now=NOW)
        for scopes in ([], ["moon:land"], ["orders:read", ""]):
            with pytest.raises(Refused):
                await credentials.create_key(session, partner, "k", scopes, None)


def test_default_scopes_are_scopes_and_reveal_nothing() -> None:
    for kind in PartnerKind:
        assert set(credentials.DEFAULT_SCOPES[kind]) <= set(credentials.SCOPES)
        assert "personal:reveal" not in credentials.DEFAULT_SCOPES[kind]
    assert set(credentials.CUSTOMER_SCOPES) <= set(credentials.SCOPES)


def minted(vault: Vault, lasts: timedelta = timedelta(hours=1)) -> tuple[str, datetime]:
    return credentials.mint_customer_token(vault, MERCHANT, CUSTOMER, lasts, NOW, ["orders:read"])


def test_a_customer_token_says_who_what_and_until_when(vault: Vault) -> None:
    token, expires_at = minted(vault)

    claims = credentials.read_customer_token(vault, token, NOW)

    assert claims == credentials.CustomerClaims(MERCHANT, CUSTOMER, frozenset({"orders:read"}), expires_at)
    assert expires_at == NOW + timedelta(hours=1)


def test_a_customer_token_ends(vault: Vault) -> None:
    token, expires_at = minted(vault)

    assert credentials.read_customer_token(vault, token, expires_at - timedelta(seconds=1)) is not None
    assert credentials.read_customer_token(vault, token, expires_at) is None


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(seconds=-1), timedelta(hours=24, seconds=1)])
def test_a_customer_token_lasts_up_to_a_day(vault: Vault, lasts: timedelta) -> None:
    with pytest.raises(Refused):
        minted(vault, lasts)


def test_a_customer_cannot_be_given_a_partners_scope(vault: Vault) -> None:
    for scope in ("customers:token", "orders:write", "personal:reveal", "moon:land"):
        with pytest.raises(Refused):
            credentials.mint_customer_token(vault, MERCHANT, CUSTOMER, timedelta(hours=1), NOW, [scope])


def test_an_altered_or_foreign_token_says_nothing(vault: Vault) -> None:
    token, _ = minted(vault)
    head, body, sign = token.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"waybridge-customer+jwt"}').rstrip(b"=").decode()

    for text in (
        *("", ".", "..", "a.b.c", "é.é.é", token + "x", token[:-2], f"{head}.{body}.", f"{unsigned}.{body}."),
        *(f"{unsigned}.{body}.{sign}", f"{head}.{body[::-1]}.{sign}", "x" * 5000, "wb_x_y"),
    ):
        assert credentials.read_customer_token(vault, text, NOW) is None, text
    assert credentials.read_customer_token(Vault(b"o" * 32), token, NOW) is None


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"alg": "HS256", "typ": "JWT"}, {}),
        ({"alg": "HS512", "typ": "waybridge-customer+jwt"}, {}),
        ({"alg": "HS256", "typ": "waybridge-customer+jwt"}, {"aud": "others"}),
        ({"alg": "HS256", "typ": "waybridge-customer+jwt"}, {"exp": "never"}),
        ({"alg": "HS256", "typ": "waybridge-customer+jwt"}, {"sub": "mer_01h455vb4pex5vsknk084sn02q"}),
        ({"alg": "HS256", "typ": "waybridge-customer+jwt"}, {"exp": 1 << 80}),
    ],
)
def test_another_kind_of_token_of_our_own_does_not_pass(
    vault: Vault, header: dict[str, str], claims: dict[str, object]
) -> None:
    token, _ = minted(vault)
    key: OctKey = credentials._token_key(vault)
    ours = jwt.decode(token, key, ["HS256"]).claims

    other = jwt.encode(header, {**ours, **claims}, key, ["HS256", "HS512"], default_type=None)

    assert credentials.read_customer_token(vault, other, NOW) is None
