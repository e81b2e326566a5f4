"""A partner's receiver on loopback, and a bench to send to it from."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from api import selections
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.worker.receiving import Bench, Receiver, receiving


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    """One a module; what came to it is forgotten between tests."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def bench(store: Store, receiver: Receiver) -> AsyncIterator[Bench]:
    """A sender with a clock of the test's; its endpoints hear no other test."""
    receiver.came.clear()
    receiver.answers.clear()
    receiver.holds.clear()
    made = Bench(store, receiver, render=selections.render)
    yield made
    await made.sender.close()
    async with store.writing(EVERYTHING) as session:
        for each in await session.scalars(select(WebhookEndpoint)):
            each.disabled_at = make.NOW
