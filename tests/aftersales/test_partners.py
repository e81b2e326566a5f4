from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from aftersales import partners
from aftersales.partners import AccountChange, AccountWish, CarrierWish, MerchantWish, PartnerWish
from aftersales.refusals import RefusalCode, Refused
from carriers.registry import CARRIERS
from db.enums import PartnerKind
from db.models.partners import CarrierAccount, CarrierRow, DataKey, Merchant, MerchantLink, Partner
from db.reach import EVERYTHING, Reach
from db.session import Store

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)


async def a_merchant(store: Store, **details: str) -> Merchant:
    async with store.writing(EVERYTHING) as session:
        return await partners.create_merchant(session, store.vault, MerchantWish("Acme", **details), now=NOW)


async def an_account(store: Store, merchant_id: UUID, wish: AccountWish) -> CarrierAccount:
    async with store.writing(Reach(merchant_id=merchant_id)) as session:
        return await partners.create_account(session, store.vault, merchant_id, wish, now=NOW)


async def test_a_merchant_has_a_data_key_at_once(store: Store) -> None:
    merchant = await a_merchant(store, country="CN", zone="Asia/Shanghai")

    async with store.reading(EVERYTHING) as session:
        kept = (await session.scalars(select(DataKey).where(DataKey.merchant_id == merchant.id))).one()
    sealed = store.vault.seal(merchant.id, "place", "text")
    assert sealed[1:17] == kept.id.bytes
    assert merchant.created_at == NOW


async def test_an_external_id_belongs_to_one_merchant(store: Store) -> None:
    name = uuid4().hex
    await a_merchant(store, external_id=name)

    with pytest.raises(Refused) as refused:
        await a_merchant(store, external_id=name)

    assert refused.value.refusals[0].code is RefusalCode.DUPLICATE
    assert refused.value.refusals[0].field == ("externalId",)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "bell\x07", "two\nlines", "turned\u202eround"])
async def test_a_name_is_printable_and_bounded(store: Store, name: str) -> None:
    async with store.reading(EVERYTHING) as session:
        with pytest.raises(Refused):
            await partners.create_partner(session, PartnerWish(name, PartnerKind.PLATFORM), now=NOW)


async def test_a_refused_duplicate_leaves_the_rest_of_the_transaction(store: Store) -> None:
    name, other = uuid4().hex, uuid4().hex
    async with store.writing(EVERYTHING) as session:
        await partners.create_partner(session, PartnerWish(name, PartnerKind.PLATFORM), now=NOW)
        with pytest.raises(Refused):
            await partners.create_partner(session, PartnerWish(name, PartnerKind.PLATFORM), now=NOW)
        await partners.create_partner(session, PartnerWish(other, PartnerKind.PLATFORM), now=NOW)

    async with store.reading(EVERYTHING) as session:
        assert len(list(await session.scalars(select(Partner).where(Partner.name.in_([name, other]))))) == 2


async def test_linking_twice_is_linking_once(store: Store) -> None:
    merchant = await a_merchant(store)
    async with store.writing(EVERYTHING) as session:
        platform = await partners.create_partner(session, PartnerWish(uuid4().hex, PartnerKind.PLATFORM), now=NOW)
        await partners.link_merchant(session, platform, merchant, now=NOW)
        await partners.link_merchant(session, platform, merchant, now=NOW)

        links = await session.scalars(select(MerchantLink).where(MerchantLink.partner_id == platform.id))
        assert [link.merchant_id for link in links] == [merchant.id]


async def test_every_adapter_has_its_row_and_a_changed_name_is_mended(store: Store) -> None:
    async with store.writing(EVERYTHING) as session:
        await session.execute(delete(CarrierRow).where(CarrierRow.code == "sf"))
        await partners.ensure_carriers(session, now=NOW)
        session.expire_all()
        row = await session.get_one(CarrierRow, "sf")
        row.name = "Old name"
        await session.flush()

        assert await partners.ensure_carriers(session, now=NOW) == 1
        assert await partners.ensure_carriers(session, now=NOW) == 0
        await session.refresh(row)
        codes = set(await session.scalars(select(CarrierRow.code)))

    assert row.name == "SF Express"
    assert {carrier.code for carrier in CARRIERS} <= codes


@pytest.mark.parametrize("code", ["sf", "S F", "x", "1st", "drop;table"])
async def test_a_carrier_without_adapter_has_a_code_of_its_own(store: Store, code: str) -> None:
    async with store.reading(EVERYTHING) as session:
        with pytest.raises(Refused) as refused:
            await partners.add_carrier(session, CarrierWish(code, "Carrier"), now=NOW)

    assert refused.value.refusals[0].field == ("code",)


async def test_an_account_is_made_within_its_merchants_reach(store: Store) -> None:
    merchant = await a_merchant(store)

    account = await an_account(
        store, merchant.id, AccountWish("sf", credentials={"partner_id": "P", "check_word": "W"})
    )

    token = partners.push_path(store.vault, account).removeprefix("/carriers/sf/push/")
    assert len(token) == 43
    assert account.push_token_hash == partners.push_token_hash(token)
    assert account.open(store.vault, "credentials") == '{"check_word": "W", "partner_id": "P"}'
    assert len(account.open(store.vault, "push_secret") or "") == 32


async def test_two_accounts_share_neither_token_nor_secret(store: Store) -> None:
    merchant = await a_merchant(store)

    one = await an_account(store, merchant.id, AccountWish("sf", "one"))
    other = await an_account(store, merchant.id, AccountWish("sf", "other"))

    assert partners.push_path(store.vault, one) != partners.push_path(store.vault, other)
    assert one.open(store.vault, "push_secret") != other.open(store.vault, "push_secret")


async def test_every_wrong_credential_is_named_at_once(store: Store) -> None:
    merchant = await a_merchant(store)

    with pytest.raises(Refused) as refused:
        await an_account(store, merchant.id, AccountWish("sf", credentials={"colour": "red", "partner_id": ""}))

    assert {each.field for each in refused.value.refusals} == {("credentials", "colour"), ("credentials", "partner_id")}
    assert "check_word" in refused.value.refusals[0].message


@pytest.mark.parametrize(
    "address",
    ["ftp://x", "http://example.com", "https://", "https://u:p@h", "https://h/?q", "https://h/#f", "http://[::1", "x"],
)
async def test_a_base_url_is_https_or_this_machine(store: Store, address: str) -> None:
    merchant = await a_merchant(store)

    with pytest.raises(Refused) as refused:
        await an_account(store, merchant.id, AccountWish("sf", base_url=address))

    assert refused.value.refusals[0].field == ("baseUrl",)


async def test_a_change_touches_only_what_it_names(store: Store) -> None:
    merchant = await a_merchant(store)
    wish = AccountWish("sf", credentials={"partner_id": "P", "check_word": "old"}, base_url="http://127.0.0.1:9/sf/")
    made = await an_account(store, merchant.id, wish)
    before = (made.open(store.vault, "push_token"), made.open(store.vault, "push_secret"))

    async with store.writing(Reach(merchant_id=merchant.id)) as session:
        account = await session.get_one(CarrierAccount, made.id)
        change = AccountChange(credentials={"check_word": "new", "partner_id": ""}, base_url=None, daily_quota=5)
        await partners.update_account(session, store.vault, account, change)

    assert made.base_url == "http://127.0.0.1:9/sf"
    assert account.open(store.vault, "credentials") == '{"check_word": "new"}'
    assert (account.base_url, account.daily_quota, account.name) == (None, 5, "main")
    assert (account.open(store.vault, "push_token"), account.open(store.vault, "push_secret")) == before
    assert account.version == made.version + 1


async def test_a_name_another_account_has_is_refused(store: Store) -> None:
    merchant = await a_merchant(store)
    await an_account(store, merchant.id, AccountWish("sf", "one"))
    other = await an_account(store, merchant.id, AccountWish("sf", "other"))

    async with store.writing(EVERYTHING) as session:
        account = await session.get_one(CarrierAccount, other.id)
        with pytest.raises(Refused) as refused:
            await partners.update_account(session, store.vault, account, AccountChange(name="one"))

    assert refused.value.refusals[0].code is RefusalCode.DUPLICATE


async def test_an_account_is_disabled_from_its_first_time_on(store: Store) -> None:
    merchant = await a_merchant(store)
    made = await an_account(store, merchant.id, AccountWish("sf"))

    async with store.writing(EVERYTHING) as session:
        account = await session.get_one(CarrierAccount, made.id)
        await partners.disable_account(session, account, now=NOW)
        await partners.disable_account(session, account, now=replace_hour(NOW))

    assert account.disabled_at == NOW


def replace_hour(moment: datetime) -> datetime:
    return moment.replace(hour=9)


def test_a_wish_is_a_value() -> None:
    assert replace(AccountWish("sf"), name="b") == AccountWish("sf", "b")
