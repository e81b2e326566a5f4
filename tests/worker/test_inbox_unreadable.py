"""What nobody could read is seen: by whoever runs the gateway, and by the merchant whose account it came to."""

from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import REGISTRY
from sqlalchemy import update

from aftersales import partners
from carriers.registry import BY_CODE
from db.enums import InboxState
from db.models.messages import Inbox
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.worker.making import NOON, push, route
from tests.worker.test_inbox import put
from worker import inbox

ACCOUNTS = "{ carrierAccounts { carrier { code } unreadable { count lastAt lastReason } } }"
NAME = "王小明".encode()


async def account(store: Store, who: make.Someone, name: str = "main") -> CarrierAccount:
    async with store.writing(EVERYTHING) as session:
        wish = partners.AccountWish("sf", name)
        return await partners.create_account(session, store.vault, who.merchant_id, wish, now=make.NOW)


def counted() -> float:
    return REGISTRY.get_sample_value("waybridge_carrier_messages_unreadable_total", {"carrier": "sf"}) or 0.0


async def shown(api: Api, who: make.Someone) -> Any:
    return [each["unreadable"] for each in (await api.ask(who, ACCOUNTS))["carrierAccounts"]]


async def test_an_unreadable_push_is_logged_counted_and_shown_without_its_words(api: Api, store: Store) -> None:
    assert "sf" in BY_CODE
    seller, other = await make.merchant(store), await make.merchant(store)
    first, _ = await account(store, seller), await account(store, other)
    await put(store, first, b'{"name": "' + NAME + b'"}', b"<" + NAME, push([route("SF3000000000001", "50", 0)]))
    before = counted()
    with structlog.testing.capture_logs() as logs:
        await inbox.take(store, make.NOW)

    lines = [each for each in logs if each["event"] == "inbox.unreadable"]
    assert [each["carrier"] for each in lines] == ["sf", "sf"]
    assert counted() == before + 2
    [mine] = await shown(api, seller)
    assert mine["count"] == 2
    assert mine["lastReason"] in {each["problem"] for each in lines}
    assert mine["lastAt"] is not None
    assert NAME.decode() not in str(logs) + str(mine)
    assert await shown(api, other) == [{"count": 0, "lastAt": None, "lastReason": None}]
    assert await shown(api, await make.carrier(store, "sf")) == []


async def test_the_last_one_is_told_of_each_account_and_one_that_was_read_again_no_more(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    old, new = await account(store, seller, "old"), await account(store, seller, "new")
    await put(store, old, b"[", b"{}")
    await put(store, new, b"[]")
    await inbox.take(store, make.NOW)
    async with store.writing(EVERYTHING) as session:
        rows = update(Inbox).where(Inbox.account_id == old.id)
        later = {"received_at": NOON + timedelta(days=1), "problem": "the later one"}
        await session.execute(rows.where(Inbox.problem.like("not JSON%")).values(later))
        await session.execute(update(Inbox).where(Inbox.account_id == new.id).values(state=InboxState.DONE))

    assert await shown(api, seller) == [
        {"count": 0, "lastAt": None, "lastReason": None},
        {"count": 2, "lastAt": "2026-11-21T12:00:00+00:00", "lastReason": "the later one"},
    ]


async def test_one_that_lost_its_body_is_counted_no_more(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await put(store, await account(store, seller), b"[")
    await inbox.take(store, make.NOW)
    while await inbox.forget_bodies(store, make.NOW + timedelta(days=400)):
        pass

    assert [each["count"] for each in await shown(api, seller)] == [0]
