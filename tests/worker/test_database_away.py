"""The worker while the database is away: nothing it holds counts as failed."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import messages
from carriers.carrier import Incoming
from db.away import DatabaseAway
from db.enums import InboxState
from db.inserting import insert_into
from db.models.messages import Inbox
from db.reach import EVERYTHING, Reach
from db.session import Store
from tests.worker import making
from tests.worker.making import NOON, push, route
from worker import inbox
from worker.run import WHILE_AWAY_SECONDS, _pause


class Fleeting(Store):
    """Its database goes away after so many transactions."""

    left = 1

    @contextlib.asynccontextmanager
    async def writing(self, reach: Reach, *, patient: bool = False) -> AsyncIterator[AsyncSession]:
        self.left -= 1
        if self.left < 0:
            raise DatabaseAway("gone")
        async with super().writing(reach, patient=patient) as session:
            yield session


async def test_messages_in_hand_are_taken_in_when_the_database_is_back(store: Store) -> None:
    owner = await making.merchant(store)
    account, _ = await making.account(store, owner)
    await making.shipment(store, owner, "SF2000000000009")
    body = push([route("SF2000000000009", "50", 0)])
    async with store.writing(EVERYTHING) as session:
        row = messages.row(store.vault, account, messages.pushed(Incoming(body, NOON)))
        await session.execute(insert_into(session, Inbox), [row])
    fleeting = Fleeting(store.url.render_as_string(hide_password=False), store.vault)
    with pytest.raises(DatabaseAway):
        await inbox.take(fleeting, NOON)
    await fleeting.close()

    [message] = await making.inbox_of(store, account.id)
    assert (message.state, message.problem) == (InboxState.NEW, None)
    await inbox.take(store, NOON + inbox.LEASE + timedelta(seconds=1))
    [message] = await making.inbox_of(store, account.id)
    assert message.state is InboxState.DONE


def test_a_loop_tries_again_soon_however_long_the_database_was_away() -> None:
    assert _pause(DatabaseAway("gone"), 100) == WHILE_AWAY_SECONDS
    assert _pause(RuntimeError("ours"), 100) > 10 * WHILE_AWAY_SECONDS
