"""Carrier accounts: made, changed, disabled; what goes in as a credential never comes out."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from db.ids import typeid, uuid7
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.syncing import rows

SHOWN = """carrierAccount { id name environment dailyQuota disabledAt pushAddress carrier { code } merchant { id } }
  userErrors { code message field }"""
CREATE = f"mutation($input: CarrierAccountCreateInput!) {{ carrierAccountCreate(input: $input) {{ {SHOWN} }} }}"
UPDATE = f"mutation($input: CarrierAccountUpdateInput!) {{ carrierAccountUpdate(input: $input) {{ {SHOWN} }} }}"
DISABLE = f"mutation($input: CarrierAccountDisableInput!) {{ carrierAccountDisable(input: $input) {{ {SHOWN} }} }}"
LIST = "{ carrierAccounts { id name pushAddress disabledAt carrier { code credentials { name } } } }"


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


async def told(api: Api, who: make.Someone, query: str, **given: Any) -> Any:
    [answer] = (await api.ask(who, query, input=given, headers_={"idempotency-key": uuid4().hex})).values()
    return answer


async def names_of(api: Api, who: make.Someone, carrier: str = "sf") -> list[str]:
    query = "query($code: String!) { carrier(code: $code) { credentials { name } } }"
    shown = await api.ask(who, query, code=carrier)
    return [each["name"] for each in shown["carrier"]["credentials"]]


async def kept(store: Store, id_: str) -> dict[str, str]:
    """The account's credentials as they are stored."""
    async with store.reading(EVERYTHING) as session:
        account = next(row for row in await session.scalars(select(CarrierAccount)) if row.typeid == id_)
    await store.keys_of(account.merchant_id)
    found: dict[str, str] = json.loads(account.open(store.vault, "credentials") or "{}")
    return found


async def test_an_account_has_a_push_address_of_its_own(api: Api, seller: make.Someone) -> None:
    one = await told(api, seller, CREATE, carrier=" SF ", dailyQuota=1000)
    two = await told(api, seller, CREATE, carrier="sf", name="test", environment="TEST")

    assert one["userErrors"] == two["userErrors"] == []
    account = one["carrierAccount"]
    assert seller.merchant
    assert account | {"id": "", "pushAddress": ""} == {
        "id": "",
        "name": "main",
        "environment": "LIVE",
        "dailyQuota": 1000,
        "disabledAt": None,
        "pushAddress": "",
        "carrier": {"code": "sf"},
        "merchant": {"id": seller.merchant.typeid},
    }
    assert account["pushAddress"].startswith("http://waybridge.test/carriers/sf/push/")
    assert account["pushAddress"] != two["carrierAccount"]["pushAddress"]
    assert [each["name"] for each in (await api.ask(seller, LIST))["carrierAccounts"]] == ["test", "main"]


async def test_credentials_are_kept_and_never_shown(api: Api, store: Store, seller: make.Someone) -> None:
    first, second = (await names_of(api, seller))[:2]
    given = [{"name": first, "value": "value-one"}, {"name": second, "value": "value-two"}]

    made = await told(api, seller, CREATE, carrier="sf", credentials=given, pushSecret="value-three")
    id_ = made["carrierAccount"]["id"]
    changed = await told(
        api, seller, UPDATE, id=id_, credentials=[{"name": second, "value": ""}, {"name": first, "value": "value-four"}]
    )

    assert await kept(store, id_) == {first: "value-four"}
    shown = await api.ask(seller, LIST)
    assert "value-" not in json.dumps([made, changed, shown])
    fields = await api.ask(seller, '{ __type(name: "CarrierAccount") { fields { name } } }')
    assert not {each["name"] for each in fields["__type"]["fields"]} & {"credentials", "pushSecret", "pushToken"}


async def test_a_push_address_is_shown_only_to_who_may_change_parcels(
    api: Api, store: Store, seller: make.Someone
) -> None:
    await make.account(store, seller.merchant_id)
    reader = await make.another_key(store, seller, "shipments:read")

    [shown] = (await api.ask(reader, LIST))["carrierAccounts"]
    [full] = (await api.ask(seller, LIST))["carrierAccounts"]

    assert shown["pushAddress"] is None
    assert full["pushAddress"]


REFUSED: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("an unknown carrier", {"carrier": "no_such"}, "INVALID", ["carrier"]),
    (
        "an unknown credential",
        {"credentials": [{"name": "colour", "value": "x"}]},
        "INVALID",
        ["credentials", "colour"],
    ),
    ("a name of nothing", {"name": " "}, "INVALID", ["name"]),
    ("a name that rings", {"name": "a\x07"}, "INVALID", ["name"]),
    ("no calls a day", {"dailyQuota": 0}, "INVALID", ["dailyQuota"]),
    ("an empty secret", {"pushSecret": ""}, "INVALID", ["pushSecret"]),
    ("a name in use", {"name": "taken"}, "DUPLICATE", ["name"]),
]


@pytest.mark.parametrize(("given", "code", "field"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
async def test_what_cannot_be_is_refused_by_its_field(
    api: Api, store: Store, seller: make.Someone, given: dict[str, Any], code: str, field: list[str]
) -> None:
    await make.account(store, seller.merchant_id, name="taken")
    mine = await make.account(store, seller.merchant_id, name="mine")

    created = await told(api, seller, CREATE, **{"carrier": "sf", **given})
    answers = [created]
    if "carrier" not in given:
        answers.append(await told(api, seller, UPDATE, id=mine.typeid, **given))

    for answer in answers:
        assert answer["carrierAccount"] is None
        [error] = answer["userErrors"]
        assert (error["code"], error["field"]) == (code, ["input", *field])
    assert await rows(store, CarrierAccount, seller) == 2


async def test_what_is_not_given_stays(api: Api, store: Store, seller: make.Someone) -> None:
    first = (await names_of(api, seller))[0]
    made = await told(api, seller, CREATE, carrier="sf", dailyQuota=5, credentials=[{"name": first, "value": "x"}])
    id_ = made["carrierAccount"]["id"]

    changed = await told(api, seller, UPDATE, id=id_, name="renamed")

    assert changed["carrierAccount"] == {**made["carrierAccount"], "name": "renamed"}
    assert await kept(store, id_) == {first: "x"}
    assert await told(api, seller, UPDATE, id=id_, name="renamed") == changed


async def test_a_disabled_account_stays_disabled(api: Api, store: Store, seller: make.Someone) -> None:
    account = await make.account(store, seller.merchant_id)

    first = await told(api, seller, DISABLE, id=account.typeid)
    again = await told(api, seller, DISABLE, id=account.typeid)

    assert first["carrierAccount"]["disabledAt"] == api.clock.now.isoformat()
    assert again == first


async def test_what_is_not_ones_own_is_not_found(api: Api, store: Store, seller: make.Someone) -> None:
    other = await make.merchant(store)
    theirs = await make.account(store, other.merchant_id)

    for id_ in (theirs.typeid, typeid("acc", uuid7()), typeid("ord", theirs.id), "x"):
        for query, given in ((UPDATE, {"name": "mine"}), (DISABLE, {})):
            answer = await told(api, seller, query, id=id_, **given)
            assert [(each["code"], each["field"]) for each in answer["userErrors"]] == [("NOT_FOUND", ["input", "id"])]
    [shown] = (await api.ask(other, LIST))["carrierAccounts"]
    assert (shown["name"], shown["disabledAt"]) == ("main", None)


async def test_of_two_of_one_name_at_once_one_is_made(api: Api, store: Store, seller: make.Someone) -> None:
    answers = await asyncio.gather(*(told(api, seller, CREATE, carrier="sf", name="one") for _ in range(5)))

    assert sorted(bool(each["carrierAccount"]) for each in answers) == [False] * 4 + [True]
    codes = {error["code"] for each in answers for error in each["userErrors"]}
    assert codes == {"DUPLICATE"}
    assert await rows(store, CarrierAccount, seller) == 1
