"""What may go back of an order, over refunds, exchanges, credits and claims together. Every change is one UPDATE that says its
own condition, so parallel writers cannot promise more than is due; the row is locked until the transaction's end.

Rows are taken after the return's and the refund's, in the order of the orders' ids."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.refund_workings import OVER
from aftersales.refusals import Amount, Refusal, RefusalCode, Refused
from db.inserting import insert_into
from db.models.base import from_minor
from db.models.exchanges import Exchange
from db.models.orders import Order
from db.models.refunds import OrderMoney, Refund
from db.models.returns import Return, ReturnOrder

NOW_READ = {"populate_existing": True}


@dataclass(frozen=True, slots=True)
class Left:
    """The numbers of a refused grant, in the smallest unit."""

    due_minor: int
    granted_minor: int
    asked_minor: int


async def opened(session: AsyncSession, order: Order) -> OrderMoney:
    """The order's row, made where there is none, as it stands, locked. What is due follows the order's total, but never
    falls below what was granted."""
    table = OrderMoney.__table__
    fresh = insert_into(session, OrderMoney).values(
        merchant_id=order.merchant_id,
        order_id=order.id,
        due_minor=order.total_minor,
        added_minor=0,
        granted_minor=0,
        paid_minor=0,
    )
    due = fresh.excluded.due_minor + table.c.added_minor
    known = fresh.on_conflict_do_update(
        index_elements=["merchant_id", "order_id"],
        set_={"due_minor": case((due < table.c.granted_minor, table.c.granted_minor), else_=due)},
    )
    await session.execute(known)
    row = await session.scalar(
        select(OrderMoney).where(OrderMoney.order_id == order.id, OrderMoney.merchant_id == order.merchant_id),
        execution_options=NOW_READ,
    )
    assert row is not None
    return row


async def granted(session: AsyncSession, order: Order, minor: int) -> None:
    """Promises so much of an order. Refused (POLICY, with the numbers) where more would be promised than is due."""
    await opened(session, order)
    if not await _changed(
        session, order.id, OrderMoney.granted_minor + minor <= OrderMoney.due_minor, granted_minor=minor
    ):
        row = await opened(session, order)
        raise Refused(_no("Of this order", (row.due_minor, row.granted_minor, minor), order.currency))


async def granted_without_order(session: AsyncSession, rma: Return, minor: int) -> None:
    """Promises so much of goods without an order, their return's row locked. Refused (POLICY, with the numbers) where more
    would be promised than they were declared to be worth and the buyer paid for other goods. Where the return is of several
    orders nothing is asked here: each of them has its own sums."""
    if await session.scalar(select(ReturnOrder.order_id).where(ReturnOrder.return_id == rma.id).limit(1)) is not None:
        return
    stands = (Refund.parent_id == rma.id, Refund.status.not_in(OVER))
    given = int(await session.scalar(select(func.sum(Refund.amount_minor)).where(*stands)) or 0)
    paid = int(await session.scalar(select(func.sum(Exchange.paid_minor)).where(Exchange.parent_id == rma.id)) or 0)
    due = rma.value_minor + paid
    if given + minor > due:
        raise Refused(_no("For these goods", (due, given, minor), rma.currency))


async def withdrawn(session: AsyncSession, order_id: UUID, minor: int) -> None:
    """A promise of which no money moved is taken back."""
    await _must(session, order_id, OrderMoney.granted_minor - minor >= OrderMoney.paid_minor, granted_minor=-minor)


async def paid(session: AsyncSession, order_id: UUID, minor: int) -> None:
    """So much of what was promised has moved."""
    await _must(session, order_id, OrderMoney.paid_minor + minor <= OrderMoney.granted_minor, paid_minor=minor)


async def recovered(session: AsyncSession, order_id: UUID, minor: int) -> None:
    """What had moved came back: neither paid nor promised any more."""
    await _must(session, order_id, OrderMoney.paid_minor >= minor, paid_minor=-minor, granted_minor=-minor)


async def added(session: AsyncSession, order: Order, minor: int) -> None:
    """More is due than the order's total: the buyer paid for a dearer exchange, or is owed a compensation."""
    await opened(session, order)
    await _must(session, order.id, OrderMoney.due_minor >= 0, due_minor=minor, added_minor=minor)


async def _must(session: AsyncSession, order_id: UUID, condition: ColumnElement[bool], **by: int) -> None:
    assert await _changed(session, order_id, condition, **by), "the refund's own row has said that it is so"


async def _changed(session: AsyncSession, order_id: UUID, condition: ColumnElement[bool], **by: int) -> bool:
    done = await session.scalar(
        update(OrderMoney)
        .where(OrderMoney.order_id == order_id, condition)
        .values({name: getattr(OrderMoney, name) + minor for name, minor in by.items()})
        .returning(OrderMoney.order_id),
        execution_options={"synchronize_session": False},
    )
    return done is not None


def _no(what: str, sums: tuple[int, int, int], currency: str) -> Refusal:
    """Too much is asked for. ``sums``: what is due, was granted and is asked for."""
    due, given, asked = (from_minor(each, currency).amount for each in sums)
    sentence = (
        f"{what} {due} {currency} may go back in all and {given} were granted already; {asked} more would be "
        f"{given + asked - due} too much."
    )
    return Refusal(RefusalCode.POLICY, sentence, ("amount",), Amount(sums[0] - sums[1], sums[2], currency))
