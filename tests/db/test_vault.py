"""What is sealed opens where it was sealed, with its key, and nowhere else."""

import base64
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from db.models.orders import Customer, Order
from db.models.partners import DataKey
from db.reach import EVERYTHING
from db.session import Store
from db.vault import CannotOpen, Vault, parse_master
from tests import make
from tests.asking import serving
from tests.conftest import SECRET_KEY

MERCHANT, PLACE = uuid4(), f"customers|{uuid4().hex}|name"


def vault() -> Vault:
    made = Vault(SECRET_KEY)
    made.new_key(MERCHANT)
    return made


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again_and_shows_nothing_of_itself(text: str) -> None:
    ours = vault()
    sealed = ours.seal(MERCHANT, PLACE, text)

    assert ours.open(MERCHANT, PLACE, sealed) == text
    assert sealed != ours.seal(MERCHANT, PLACE, text)
    assert len(text) < 4 or bytes(sealed).find(text.encode()) < 0


def test_an_envelope_moved_elsewhere_does_not_open() -> None:
    ours, other = vault(), uuid4()
    ours.new_key(other)
    sealed = ours.seal(MERCHANT, PLACE, "王小明")

    for merchant, place in ((MERCHANT, PLACE + "2"), (MERCHANT, f"orders|{PLACE}"), (other, PLACE)):
        with pytest.raises(CannotOpen):
            ours.open(merchant, place, sealed)


def test_a_damaged_envelope_does_not_open() -> None:
    ours = vault()
    sealed = ours.seal(MERCHANT, PLACE, "王小明")

    damaged = [sealed[:cut] for cut in range(len(sealed))]
    damaged += [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for each in [*damaged, b"", sealed + b"\0", b"\x02" + sealed[1:]]:
        with pytest.raises(CannotOpen):
            ours.open(MERCHANT, PLACE, each)


def test_another_master_key_is_named_as_what_is_wrong() -> None:
    key_id, wrapped = Vault(SECRET_KEY).new_key(MERCHANT)
    with pytest.raises(CannotOpen, match="secret key"):
        Vault(b"x" * 32).learn(MERCHANT, key_id, wrapped)


def test_a_key_belongs_to_one_merchant() -> None:
    key_id, wrapped = Vault(SECRET_KEY).new_key(MERCHANT)
    for merchant, id_ in ((uuid4(), key_id), (MERCHANT, uuid4())):
        with pytest.raises(CannotOpen):
            Vault(SECRET_KEY).learn(merchant, id_, wrapped)


def test_the_newest_key_seals_and_the_older_ones_still_open() -> None:
    ours = vault()
    old = ours.seal(MERCHANT, PLACE, "old")
    newest, _ = ours.new_key(MERCHANT)

    assert ours.seal(MERCHANT, PLACE, "new")[1:17] == newest.bytes
    assert ours.open(MERCHANT, PLACE, old) == "old"


def test_equal_values_of_one_merchant_are_found_and_no_others() -> None:
    ours = vault()
    assert ours.blind(MERCHANT, "13800138000") == Vault(SECRET_KEY).blind(MERCHANT, "13800138000")
    assert len({ours.blind(MERCHANT, "1"), ours.blind(uuid4(), "1"), Vault(b"x" * 32).blind(MERCHANT, "1")}) == 3


@pytest.mark.parametrize(
    "text", ["", "x", "ä", base64.b64encode(b"k" * 31).decode(), base64.b64encode(b"k" * 33).decode()]
)
def test_a_secret_key_is_32_bytes_in_base64_and_never_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="WAYBRIDGE_SECRET_KEY") as caught:
        parse_master(text)
    assert len(text) < 2 or text not in str(caught.value)
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")


async def stored(store: Store, name: str) -> Customer:
    seller = await make.merchant(store)
    order = await make.order(store, seller.merchant_id, customer={"externalId": "b", "name": name})
    async with store.reading(EVERYTHING) as session:
        return await session.get_one(Customer, order.customer_id)


async def test_a_name_stolen_from_another_row_or_column_does_not_open(store: Store) -> None:
    one, two = await stored(store, "王小明"), await stored(store, "李小红")
    assert one.open(store.vault, "name") == "王小明"
    async with store.writing(EVERYTHING) as session:
        await session.execute(update(Customer).where(Customer.id == one.id).values(name=two.name))
        await session.execute(update(Customer).where(Customer.id == two.id).values(phone=two.name))
    async with store.reading(EVERYTHING) as session:
        moved, turned = await session.get_one(Customer, one.id), await session.get_one(Customer, two.id)

    for row, column in ((moved, "name"), (turned, "phone")):
        with pytest.raises(CannotOpen):
            row.open(store.vault, column)


async def test_nothing_personal_stands_in_the_database_in_the_clear(store: Store) -> None:
    row = await stored(store, "王小明")
    async with store.reading(EVERYTHING) as session:
        order = await session.scalar(select(Order).where(Order.customer_id == row.id))
    assert order
    for sealed in (row.name, row.phone, order.shipping_address):
        assert sealed
        assert not any(bytes(sealed).find(text.encode()) >= 0 for text in ("王", "小明", "13800138000", "501"))


async def test_without_its_key_a_merchants_data_is_gone_and_the_rest_is_there(store: Store) -> None:
    """As after an erasure, in a process that has not met the key."""
    seller, other = await make.merchant(store), await make.merchant(store)
    for each in (seller, other):
        await make.order(store, each.merchant_id, "GONE-1")
    async with store.writing(EVERYTHING) as session:
        await session.execute(delete(DataKey).where(DataKey.merchant_id == seller.merchant_id))
    fresh = Store(store.url.render_as_string(hide_password=False), Vault(SECRET_KEY))
    query = '{ order(number: "GONE-1") { lines { sku } customer { name } shippingAddress { name street } } }'

    async with serving(fresh) as api:
        gone, there = await api.raw(seller, query), await api.raw(other, query)
    await fresh.close()

    assert "errors" not in gone
    assert gone["data"]["order"]["customer"] == {"name": None}
    assert gone["data"]["order"]["shippingAddress"] == {"name": None, "street": []}
    assert gone["data"]["order"]["lines"] == [{"sku": "TEE-RED-M"}]
    assert there["data"]["order"]["customer"] == {"name": "王**"}
