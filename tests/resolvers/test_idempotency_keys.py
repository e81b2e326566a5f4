"""Where an idempotency key must be, what it may be, how long it is remembered, and what of it is kept."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from strawberry.types import get_object_definition

from aftersales.refusals import Refusal, RefusalCode, Refused
from db.ids import uuid7
from db.models.messages import REPLAYS_KEPT, Parked, Replay
from db.reach import EVERYTHING
from db.session import Store
from resolvers.context import Context, Viewer
from resolvers.idempotency import Asked, Spent, fingerprint
from resolvers.mutation import _keyed
from schema.directives import RequiresIdempotency
from schema.root import SCHEMA
from tests import make
from tests.asking import Api
from tests.resolvers.counting import counting
from tests.resolvers.test_idempotency import CREATE, count
from tests.resolvers.test_webhooks import create as endpoint
from worker import clocks

ONE = 'carrierAccountCreate(input: {carrier: "sf", name: "one"})'
SHOWN = "{ carrierAccount { id } userErrors { code } }"
NAME = SCHEMA.config.name_converter.get_graphql_name
MUTATIONS = {NAME(each): each.directives for each in get_object_definition(SCHEMA.mutation, strict=True).fields}
MAKES, MANY = ("Create", "Request", "Book", "File", "RotateSecret"), ("Sync", "Push", "shipmentsRegister")
WITHOUT = {"customerTokenCreate"}  # nothing is kept of a token, so there is nothing to be made twice


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_what_makes_a_thing_needs_a_key(name: str) -> None:
    needs = any(isinstance(each, RequiresIdempotency) for each in MUTATIONS[name])

    assert needs or not name.endswith(MAKES) or name in WITHOUT
    assert not (needs and name.endswith(MANY))


def test_the_need_is_published() -> None:
    assert "): ExportPayload! @requiresIdempotency" in SCHEMA.as_str()


async def test_without_a_key_nothing_begins(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await api.ask(seller, "{ viewer { scopes } }")

    with counting(store) as statements:
        told = await api.raw(seller, f"mutation {{ {ONE} {SHOWN} }}")

    [error] = told["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith("carrierAccountCreate needs an idempotency key")
    assert "@idempotent(key: ...)" in error["message"]
    assert statements == []


@pytest.mark.parametrize(
    ("document", "header"),
    [
        (f'mutation {{ {ONE} @idempotent(key: "") {SHOWN} }}', None),
        (f'mutation {{ {ONE} @idempotent(key: "a\\u0000b") {SHOWN} }}', None),
        (f'mutation {{ {ONE} @idempotent(key: "{"k" * 256}") {SHOWN} }}', None),
        (f'mutation($key: String = "k") {{ {ONE} @idempotent(key: $key) {SHOWN} }}', None),
        (f'mutation {{ {ONE} @idempotent(key: "k1") {SHOWN} {ONE} @idempotent(key: "k2") {SHOWN} }}', None),
        (f"mutation {{ {ONE} {SHOWN} }}", ""),
        (f"mutation {{ ...Two }} fragment Two on Mutation {{ a: {ONE} {SHOWN} b: {ONE} {SHOWN} }}", "h"),
    ],
    ids=[
        "empty",
        "a control character",
        "too long",
        "null",
        "two on one field",
        "an empty header",
        "two in a fragment",
    ],
)
async def test_what_is_no_key_is_refused(api: Api, store: Store, document: str, header: str | None) -> None:
    seller = await make.merchant(store)
    headers = {} if header is None else {"idempotency-key": header}

    assert await api.refused(seller, document, key=None, headers_=headers) == "BAD_USER_INPUT"
    assert await count(store, seller) == 0


async def test_one_key_twice_on_a_merged_field_and_a_header_beside_the_type_name_are_taken(
    api: Api, store: Store
) -> None:
    seller = await make.merchant(store)
    keyed = f'{ONE} @idempotent(key: "k1") {SHOWN}'
    merged = await api.ask(seller, f"mutation {{ {keyed} {keyed} }}")
    named = f"mutation {{ __typename {ONE} {SHOWN} }}"

    assert await api.ask(seller, named, headers_={"idempotency-key": "k1"}) == {"__typename": "Mutation", **merged}
    assert await count(store, seller) == 1


async def test_a_key_lasts_seven_days_and_is_then_spent_anew(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await api.ask(seller, CREATE, key="old", name="one")
    try:
        api.clock.now = make.NOW + REPLAYS_KEPT
        assert (await api.raw(seller, CREATE, key="old", name="one"))["extensions"]["replayed"] is True
        api.clock.now += timedelta(microseconds=1)
        fresh = await api.raw(seller, CREATE, key="old", name="two")
        again = await api.raw(seller, CREATE, key="old", name="two")
    finally:
        api.clock.now = make.NOW

    assert "replayed" not in fresh["extensions"]
    assert again["extensions"]["replayed"] is True
    assert fresh["data"] == again["data"]
    assert await count(store, seller) == 2


async def test_old_keys_are_swept_and_young_ones_stay(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    late = make.NOW + timedelta(days=400)
    async with store.writing(EVERYTHING) as session:
        for age in range(12):
            at = late - timedelta(days=age)
            session.add(Replay(owner_id=seller.partner.id, key=f"{age}", fingerprint=b"", outcome={}, created_at=at))
    while await clocks.tidy(store, late):
        pass
    async with store.reading(EVERYTHING) as session:
        left = await session.scalars(select(Replay.key).where(Replay.owner_id == seller.partner.id))

    assert {*left} == {f"{age}" for age in range(8)}
    await api.ask(seller, CREATE, key="9", name="again")
    assert await count(store, seller) == 1


async def test_a_platform_has_one_set_of_keys_for_all_its_merchants(api: Api, store: Store) -> None:
    sellers = [await make.merchant(store) for _ in range(2)]
    both = await make.platform(store, *sellers)
    named = [{"waybridge-merchant": each.merchant.typeid} for each in sellers if each.merchant]
    first = await api.ask(both, CREATE, key="p", name="one", headers_=named[0])
    other = await api.ask(both, CREATE, key="p", name="one", headers_=named[1])
    own = await api.ask(sellers[1], CREATE, key="p", name="one")

    assert first["carrierAccountCreate"]["carrierAccount"]
    assert other["carrierAccountCreate"]["userErrors"][0]["code"] == "KEY_REUSED"
    assert own["carrierAccountCreate"]["carrierAccount"]
    assert [await count(store, each) for each in sellers] == [1, 1]


async def test_every_credential_of_a_partner_has_the_same_keys(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    other = await make.another_key(store, seller, "shipments:write", "shipments:read")
    first = await api.ask(seller, CREATE, key="k", name="one")

    assert await api.ask(other, CREATE, key="k", name="one") == first


async def test_what_has_no_id_is_remembered_too(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    made = await endpoint(api, seller)
    query = """mutation($id: ID!) { webhookReplay(input: {endpointId: $id, since: "2026-01-01T00:00:00Z"})
      @idempotent(key: "again") { replayed continueAfter userErrors { code } } }"""
    first, again = [await api.raw(seller, query, id=made["webhookEndpoint"]["id"]) for _ in range(2)]

    assert first["data"]["webhookReplay"] == {"replayed": 0, "continueAfter": None, "userErrors": []}
    assert again["data"] == first["data"]
    assert again["extensions"]["replayed"] is True


async def test_no_secret_is_kept_beside_the_key(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    made = await endpoint(api, seller, key="with a secret")
    async with store.reading(EVERYTHING) as session:
        [row] = await session.scalars(select(Replay).where(Replay.owner_id == seller.partner.id))

    assert row.outcome == {"node": made["webhookEndpoint"]["id"], "facts": None, "refusals": []}
    asked = Asked("f", {"pin": "1234"}, None)
    assert fingerprint(store.vault, asked) == fingerprint(store.vault, asked)
    others = [Asked("g", {"pin": "1234"}, None), Asked("f", {"pin": "1"}, None), Asked("f", {"pin": "1234"}, uuid7())]
    assert len({fingerprint(store.vault, each) for each in (asked, *others)}) == 4


async def test_a_refusal_that_is_kept_undoes_what_was_done_before_it(store: Store) -> None:
    viewer = Viewer(EVERYTHING, frozenset(), uuid7())
    context = Context(viewer, store, lambda: make.NOW, "request")
    parked = Parked(account_id=uuid7(), tracking_number="X", inbox_id=uuid7(), merchant_id=uuid7())
    spent = Spent(uuid7(), "k", b"f")

    async with store.writing(EVERYTHING) as session:

        async def work() -> Any:
            session.add(parked)
            await session.flush()
            raise Refused(Refusal(RefusalCode.STATE, "No."))

        outcome = await _keyed(context, session, spent, work)

    assert [each.code for each in outcome.user_errors] == [RefusalCode.STATE]
    async with store.reading(EVERYTHING) as session:
        assert await session.scalar(select(Parked).where(Parked.account_id == parked.account_id)) is None
        [kept] = await session.scalars(select(Replay).where(Replay.owner_id == spent.owner_id))
    assert kept.outcome["refusals"][0]["code"] == RefusalCode.STATE


def test_the_header_of_a_socket_is_no_key_of_its_operations(vault: Any) -> None:
    context = Context(Viewer(EVERYTHING, frozenset(), uuid7()), vault, lambda: make.NOW, "a", idempotency_key="k")

    assert context.again("b").idempotency_key is None


async def test_a_repeat_in_flight_waits_or_is_told_to_come_again(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    begun, go = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        row = Replay(owner_id=seller.partner.id, key="k", fingerprint=b"other", outcome={}, created_at=make.NOW)
        async with store.writing(EVERYTHING) as session:
            session.add(row)
            await session.flush()
            begun.set()
            await go.wait()
            await session.delete(row)

    holding = asyncio.create_task(first())
    await begun.wait()
    repeat = asyncio.create_task(api.ask(seller, CREATE, key="k", name="one"))
    await asyncio.wait([repeat], timeout=3)
    waited = not repeat.done()
    go.set()
    await holding
    told = (await repeat)["carrierAccountCreate"]

    assert waited == store.is_sqlite
    assert waited or [no["code"] for no in told["userErrors"]] == ["CONFLICT"]
    done = await api.ask(seller, CREATE, key="k", name="one")
    assert done["carrierAccountCreate"]["carrierAccount"]
    assert await count(store, seller) == 1


async def test_fifty_at_once_under_one_key_have_one_effect(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    answers = await asyncio.gather(*(api.raw(seller, CREATE, key="k", name="one") for _ in range(50)))
    told = [each["data"]["carrierAccountCreate"] for each in answers]

    assert {no["code"] for each in told for no in each["userErrors"]} <= {"CONFLICT"}
    assert len({each["carrierAccount"]["id"] for each in told if each["carrierAccount"]}) == 1
    assert sum(bool(each["carrierAccount"]) for each in told) - sum("replayed" in e["extensions"] for e in answers) == 1
    assert await count(store, seller) == 1
