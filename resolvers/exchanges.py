"""Exchanges: what partners do with them, and size advice."""

import strawberry

from aftersales import case_ends, exchanges, outward, sizes
from aftersales.refusals import inside
from aftersales.rules.exchanges import LIFE, E
from aftersales.rules.sizes import DIRECTION, Advice
from db.case_enums import ExchangeStatus, ReturnReason
from db.models.exchanges import Exchange
from db.models.orders import OrderLine
from db.models.returns import Return
from db.reach import Reach
from resolvers import edges
from resolvers.cases import changing, found, own, seen, step
from resolvers.context import Info
from resolvers.inputs import optional, short


@strawberry.input(description="Which exchange, and the version on which you decide.")
class ExchangeRefInput:
    id: strawberry.ID = strawberry.field(description="The exchange's id (exc_...).")
    expected_version: int | None = optional("Refused with CONFLICT when the exchange is at another version by now.")


@strawberry.input(description="New goods that may go out.")
class ExchangeReleaseInput(ExchangeRefInput):
    payment_reference: str | None = optional("Your name of the payment of the difference; needed where the buyer owes.")


@strawberry.input(description="New goods that went out.")
class ExchangeShipInput(ExchangeRefInput):
    carrier: str = strawberry.field(description="The carrier's code.")
    tracking_number: str = strawberry.field(description="The parcel's number; followed from now on.")


@strawberry.input(description="An exchange that becomes a refund.")
class ExchangeConvertInput(ExchangeRefInput):
    reason: str | None = optional("Why; the buyer reads it.")


async def exchange(info: Info, id: strawberry.ID) -> Exchange | None:
    """One exchange."""
    return await found(info, Exchange, id)


async def exchange_of_return(root: Return, info: Info) -> Exchange | None:
    """A return's exchange, the latest."""
    rows: list[Exchange] = await info.context.load(edges.exchanges_of_return, root.id)
    return rows[-1] if rows else None


async def release(info: Info, input: ExchangeReleaseInput) -> Exchange:
    """The new goods may go out."""
    async with changing(info, Exchange, input, "exchangeRelease") as it:
        reference = (input.payment_reference or "").strip() or None
        short(reference, "paymentReference", 200)
        return await exchanges.release(it.session, it.row, reference, it.step)


async def ship(info: Info, input: ExchangeShipInput) -> Exchange:
    """The new goods went out; what the carrier has scanned of them by now counts at once. The parcel is locked before the
    exchange."""
    context = info.context
    assert context.session
    by = step(context, "exchangeShip")
    with inside("input"):
        before = await seen(context, Exchange, input.id)
        LIFE.after(ExchangeStatus(before.status), E.SHIP)  # before anything is registered for nothing
        named = (input.carrier.strip().lower(), input.tracking_number)
        parcel = await outward.parcel(context.session, context.store.vault, before, named, by)
        row = await own(context, Exchange, input.id, input.expected_version)
        row.carrier_code, row.tracking_number = parcel.carrier_code, parcel.tracking_number
        await exchanges.ship(context.session, row, by)
        await exchanges.follow(context.session, row, parcel, by)
        return row


async def convert(info: Info, input: ExchangeConvertInput) -> Exchange:
    """The buyer gets money instead."""
    async with changing(info, Exchange, input, "exchangeConvert", input.reason) as it:
        short(input.reason, "reason")
        return await case_ends.convert(it.session, it.row, it.step)


async def size_advice(root: OrderLine, info: Info, reason: ReturnReason | None = None) -> Advice | None:
    """Which size instead. Counts over all of the merchant's buyers, of whom nothing else is told."""
    if reason is None:
        return None
    async with info.context.store.reading(Reach(merchant_id=root.merchant_id)) as session:
        return await sizes.advice(session, root, reason)


async def size_advice_of_return(root: Return, info: Info) -> Advice | None:
    """Which size instead, for its first line that came back for its size."""
    lines = await info.context.load(edges.lines_of_return, root.id)
    line = next((each for each in lines if each.reason in DIRECTION and each.order_line_id), None)
    if line is None:
        return None
    async with info.context.store.reading(Reach(merchant_id=root.merchant_id)) as session:
        sold = await session.get(OrderLine, line.order_line_id)
        return None if sold is None else await sizes.advice(session, sold, line.reason)
