"""Messages that name a number nobody registered wait; registering the number lets them be read again.

Both sides hold the merchant's row while they look, so no message is parked beside a registration it did not see.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.enums import InboxState
from db.inserting import insert_into
from db.models.messages import Inbox, Parked
from db.models.partners import Merchant

REACHED = {"reached": True}  # the statements below name the merchant themselves


async def hold(session: AsyncSession, merchants: Collection[UUID]) -> None:
    """Holds the merchants' rows to the end of the transaction (SQLite has one writer anyway)."""
    wanted = select(Merchant.id).where(Merchant.id.in_(merchants)).order_by(Merchant.id)
    await session.execute(wanted.with_for_update(key_share=True))


async def release(session: AsyncSession, merchant_id: UUID, numbers: Collection[str]) -> None:
    """Lets what waits for these numbers be read again."""
    parked: Any = Parked.__table__
    inbox: Any = Inbox.__table__
    waiting = (parked.c.merchant_id == merchant_id) & parked.c.tracking_number.in_(numbers)
    messages = inbox.c.id.in_(select(parked.c.inbox_id).where(waiting))
    again = {"state": InboxState.NEW, "attempts": 0, "leased_until": None, "problem": None}
    await session.execute(
        update(inbox).where(messages, inbox.c.merchant_id == merchant_id).values(again), execution_options=REACHED
    )
    await session.execute(delete(parked).where(waiting), execution_options=REACHED)


async def park(session: AsyncSession, messages: Iterable[tuple[Inbox, str]], now: datetime) -> None:
    """Lets messages wait for a number each."""
    rows = [
        {
            "account_id": message.account_id,
            "tracking_number": number,
            "inbox_id": message.id,
            "merchant_id": message.merchant_id,
            "parked_at": now,
        }
        for message, number in messages
    ]
    if rows:
        await session.execute(insert_into(session, Parked).on_conflict_do_nothing(), rows)
