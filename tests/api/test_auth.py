"""Who calls: keys, customer tokens, platforms that name a merchant; and how everybody else is turned away."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from starlette.requests import Request

from aftersales import credentials as proofs
from api.auth import KEPT_SECONDS, Credentials
from db.enums import PartnerKind
from db.ids import typeid, uuid7
from db.models.partners import ApiKey, MerchantLink
from db.reach import EVERYTHING, Reach
from db.session import Store
from resolvers.context import Viewer
from resolvers.errors import Forbidden, Unauthenticated
from tests import make
from tests.asking import Api
from tests.resolvers.counting import counting

WHO = "{ viewer { kind scopes merchant { id } } }"


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


class Time:
    """Seconds that stand until they are moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def request(headers: Mapping[str, str]) -> Request:
    raw = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/graphql", "headers": raw})


async def viewer(door: Credentials, who: make.Someone, **headers: str) -> Viewer:
    return await door.viewer(request({**who.headers, **{name.replace("_", "-"): v for name, v in headers.items()}}))


def altered(text: str, at: int) -> str:
    """The text with one letter changed."""
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


async def turned_away(api: Api, headers: Mapping[str, str]) -> dict[str, Any]:
    """The body of a 401 in its one shape."""
    answer = await api.http.post("/graphql", json={"query": WHO}, headers=dict(headers))
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"].startswith("application/json")
    assert body["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
    assert body["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"]
    return body


async def test_whoever_shows_no_key_of_ours_is_turned_away_in_one_way(api: Api, seller: make.Someone) -> None:
    key = seller.key
    stranger = proofs._key_text(uuid7(), b"s" * 32)
    shown = [
        {},
        {"authorization": ""},
        {"authorization": key},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": f"Basic {key}"},
        {"authorization": f"Bearer {key[:-1]}"},
        {"authorization": f"Bearer {key}0"},
        {"authorization": f"Bearer {altered(key, 40)}"},
        {"authorization": f"Bearer {stranger}"},
        {"authorization": "Bearer wb_"},
        {"authorization": "Bearer x.y.z"},
        {"authorization": f"Bearer {'x' * 5000}"},
        {"authorization": f"Token {key}"},
    ]
    bodies = [await turned_away(api, headers) for headers in shown]

    assert len({re.sub(r'"?requestId.*', "", str(body["errors"][0]["message"])) for body in bodies}) == 1


async def test_the_right_id_with_another_secret_is_turned_away(api: Api, store: Store, seller: make.Someone) -> None:
    parsed = proofs.parse_key(seller.key)
    assert parsed
    await turned_away(api, {"authorization": f"Bearer {proofs._key_text(parsed[0], b's' * 32)}"})


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_key_opens_however_the_scheme_is_spelt(api: Api, seller: make.Someone, scheme: str) -> None:
    told = await api.raw(None, WHO, headers_={"authorization": f"{scheme} {seller.key}"})
    assert told["data"]["viewer"]["kind"] == "MERCHANT"


async def test_a_key_is_looked_up_once_in_five_seconds(store: Store, seller: make.Someone) -> None:
    time = Time()
    door = Credentials(store, lambda: make.NOW, time)
    await viewer(door, seller)
    with counting(store) as statements:
        for _ in range(10):
            await viewer(door, seller)
        assert statements == []
        time.seconds += KEPT_SECONDS
        await viewer(door, seller)
    assert len(statements) == 1


async def test_a_revoked_key_stops_within_five_seconds(store: Store) -> None:
    who, time = await make.merchant(store), Time()
    door = Credentials(store, lambda: make.NOW, time)
    await viewer(door, who)
    async with store.writing(EVERYTHING) as session:
        await session.execute(update(ApiKey).where(ApiKey.partner_id == who.partner.id).values(revoked_at=make.NOW))

    time.seconds += 5.0

    assert KEPT_SECONDS <= 5
    with pytest.raises(Unauthenticated):
        await viewer(door, who)


async def test_a_key_ends_at_its_moment_also_while_it_is_remembered(store: Store, seller: make.Someone) -> None:
    now = [make.NOW]
    async with store.writing(EVERYTHING) as session:
        ends = make.NOW + timedelta(hours=1)
        _, key = await proofs.create_key(session, seller.partner, "short", ["orders:read"], ends)
    who, door = make.Someone(seller.partner, key), Credentials(store, lambda: now[0], Time())
    now[0] = ends - timedelta(microseconds=1)
    await viewer(door, who)

    now[0] = ends

    with pytest.raises(Unauthenticated):
        await viewer(door, who)


async def test_each_kind_of_partner_reaches_its_own(store: Store, seller: make.Someone) -> None:
    door = Credentials(store, lambda: make.NOW, Time())
    platform, carrier = await make.platform(store, seller), await make.carrier(store, "zto")
    assert seller.merchant
    merchant, id_ = seller.merchant_id, seller.merchant.typeid

    own = await viewer(door, seller)
    across = await viewer(door, platform)
    named = await viewer(door, platform, waybridge_merchant=f" {id_} ")
    scans = await viewer(door, carrier)

    assert own.reach == Reach(merchant_id=merchant, partner_id=seller.partner.id)
    assert across.reach == Reach(platform_id=platform.partner.id, partner_id=platform.partner.id)
    assert named.reach == Reach(merchant_id=merchant, partner_id=platform.partner.id)
    assert scans.reach == Reach(carrier_code="zto", partner_id=carrier.partner.id)
    assert [each.acting_for for each in (own, across, named, scans)] == [merchant, None, merchant, None]
    assert [each.kind for each in (own, across, scans)] == [
        PartnerKind.MERCHANT,
        PartnerKind.PLATFORM,
        PartnerKind.CARRIER,
    ]
    assert "carriers:sync" in scans.scopes


async def test_only_a_platform_names_a_merchant_and_only_one_of_its_own(
    api: Api, store: Store, seller: make.Someone
) -> None:
    other, platform = await make.merchant(store), await make.platform(store, seller)
    assert seller.merchant
    assert other.merchant
    order = await make.order(store, seller.merchant_id, "AUTH-1")
    named = {"Waybridge-Merchant": seller.merchant.typeid}
    for who in (seller, await make.carrier(store), make.buyer(store, order)):
        told = await api.raw(who, WHO, headers_=named)
        assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    foreign = await api.raw(platform, WHO, headers_={"Waybridge-Merchant": other.merchant.typeid})
    never = await api.raw(platform, WHO, headers_={"Waybridge-Merchant": typeid("mer", uuid7())})
    told = await api.raw(platform, WHO, headers_=named)

    assert foreign["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert foreign["errors"][0]["message"] == never["errors"][0]["message"]
    assert told["data"]["viewer"]["merchant"]["id"] == seller.merchant.typeid
    for text in ("x", "", typeid("ord", uuid7()), str(seller.merchant.id)):
        assert await api.refused(platform, WHO, headers_={"Waybridge-Merchant": text}) == "BAD_USER_INPUT"


async def test_a_link_that_was_cut_holds_no_longer_than_five_seconds(store: Store, seller: make.Someone) -> None:
    platform, time = await make.platform(store, seller), Time()
    door = Credentials(store, lambda: make.NOW, time)
    assert seller.merchant
    await viewer(door, platform, waybridge_merchant=seller.merchant.typeid)
    async with store.writing(EVERYTHING) as session:
        await session.execute(delete(MerchantLink).where(MerchantLink.partner_id == platform.partner.id))

    time.seconds += 5.0

    with pytest.raises(Forbidden):
        await viewer(door, platform, waybridge_merchant=seller.merchant.typeid)


async def test_a_customer_token_is_one_buyers(api: Api, store: Store, seller: make.Someone) -> None:
    order = await make.order(store, seller.merchant_id, "AUTH-2")
    buyer = make.buyer(store, order)
    told = (await api.ask(buyer, "{ viewer { kind customerId scopes merchant { id } } }"))["viewer"]

    assert seller.merchant
    assert told == {
        "kind": None,
        "customerId": typeid("cus", order.customer_id),
        "scopes": ["orders:read", "shipments:read"],
        "merchant": {"id": seller.merchant.typeid},
    }


async def test_a_token_that_ended_or_was_altered_is_turned_away(api: Api, store: Store, seller: make.Someone) -> None:
    order = await make.order(store, seller.merchant_id, "AUTH-3")
    token, kept = make.buyer(store, order).key, api.clock.now
    header, claims, signature = token.split(".")
    other = make.buyer(store, await make.order(store, seller.merchant_id, "AUTH-4")).key.split(".")
    for text in (
        f"{header}.{claims}.{altered(signature, 5)}",
        f"{header}.{other[1]}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims}",
        f"eyJhbGciOiJub25lIn0.{claims}.",
        f"{header}..{signature}",
    ):
        await turned_away(api, {"authorization": f"Bearer {text}"})
    try:
        api.clock.now = kept + timedelta(hours=1)
        await turned_away(api, {"authorization": f"Bearer {token}"})
    finally:
        api.clock.now = kept
