import asyncio

from sqlalchemy import func, select

from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

CREATE = """mutation($key: String!, $name: String!) {
  carrierAccountCreate(input: {carrier: "sf", name: $name}) @idempotent(key: $key) {
    carrierAccount { id name } userErrors { code message field } } }"""


async def count(store: Store, merchant: make.Someone) -> int:
    assert merchant.merchant
    async with store.reading(EVERYTHING) as session:
        rows = (
            select(func.count()).select_from(CarrierAccount).where(CarrierAccount.merchant_id == merchant.merchant.id)
        )
        return await session.scalar(rows) or 0


async def test_a_repeat_has_one_effect_and_the_same_answer(api: Api, store: Store) -> None:
    seller = await make.merchant(store)

    first = await api.raw(seller, CREATE, key="k1", name="one")
    again = await api.raw(seller, CREATE, key="k1", name="one")

    assert first["data"] == again["data"]
    assert first["data"]["carrierAccountCreate"]["carrierAccount"]["name"] == "one"
    assert "replayed" not in first["extensions"]
    assert again["extensions"]["replayed"] is True
    assert await count(store, seller) == 1


async def test_a_repeat_may_select_other_fields(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    first = await api.ask(seller, CREATE, key="k1", name="one")
    other = CREATE.replace("id name", "carrier { code } id pushAddress")
    again = await api.raw(seller, other, key="k1", name="one")

    account = again["data"]["carrierAccountCreate"]["carrierAccount"]
    assert account["id"] == first["carrierAccountCreate"]["carrierAccount"]["id"]
    assert account["carrier"] == {"code": "sf"}
    assert account["pushAddress"]
    assert again["extensions"]["replayed"] is True


async def test_another_call_under_the_key_is_refused(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await api.ask(seller, CREATE, key="k1", name="one")

    told = await api.ask(seller, CREATE, key="k1", name="two")

    assert told["carrierAccountCreate"]["userErrors"][0]["code"] == "KEY_REUSED"
    assert await count(store, seller) == 1


async def test_the_key_of_another_partner_is_another_key(api: Api, store: Store) -> None:
    one, two = await make.merchant(store), await make.merchant(store)
    await api.ask(one, CREATE, key="k1", name="one")
    await api.ask(two, CREATE, key="k1", name="two")

    assert (await count(store, one), await count(store, two)) == (1, 1)


async def test_a_business_refusal_is_kept_and_a_wrong_input_is_not(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await api.ask(seller, CREATE, key="k0", name="taken")
    refused = await api.raw(seller, CREATE, key="k1", name="taken")
    again = await api.raw(seller, CREATE, key="k1", name="taken")
    wrong = await api.raw(seller, CREATE, key="k2", name=" ")
    right = await api.raw(seller, CREATE, key="k2", name="right")

    assert refused["data"]["carrierAccountCreate"]["userErrors"][0]["code"] == "DUPLICATE"
    assert again["data"] == refused["data"]
    assert again["extensions"]["replayed"] is True
    assert wrong["data"]["carrierAccountCreate"]["userErrors"][0]["code"] == "INVALID"
    assert right["data"]["carrierAccountCreate"]["carrierAccount"]["name"] == "right"


async def test_twins_that_race_have_one_effect(api: Api, store: Store) -> None:
    seller = await make.merchant(store)

    answers = await asyncio.gather(*(api.ask(seller, CREATE, key="race", name="one") for _ in range(8)))

    assert len({each["carrierAccountCreate"]["carrierAccount"]["id"] for each in answers}) == 1
    assert await count(store, seller) == 1


async def test_the_header_serves_documents_with_one_mutation(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    one = 'mutation { carrierAccountCreate(input: {carrier: "sf", name: "h"}) { carrierAccount { id } } }'
    two = """mutation { a: carrierAccountCreate(input: {carrier: "sf", name: "a"}) { carrierAccount { id } }
                        b: carrierAccountCreate(input: {carrier: "sf", name: "b"}) { carrierAccount { id } } }"""
    headers = {"idempotency-key": "h1"}

    first = await api.ask(seller, one, headers_=headers)
    assert await api.ask(seller, one, headers_=headers) == first
    assert await api.refused(seller, two, headers_=headers) == "BAD_USER_INPUT"
