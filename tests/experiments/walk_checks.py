"""What must hold after every command of a walk: of every move that the log tells, of the cases it tells of, and of their
orders' money and stock. ``all_of`` asks it of everything there is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import case_events
from aftersales.rules.lives import LIVES
from aftersales.rules.machine import Machine
from db.case_enums import CaseKind, RefundPurpose, RefundStatus, TransferStatus
from db.models.cases import Case
from db.models.exchanges import Exchange, ExchangeItem
from db.models.log import Event
from db.models.orders import OrderLine
from db.models.refunds import OrderMoney, Refund, RefundLine, RefundTransfer
from db.models.returns import CaseShipment, Return, ReturnLine, ReturnOrder
from db.models.shipments import Shipment
from db.models.warehouses import Stock
from db.reach import EVERYTHING
from db.session import Store
from tests.experiments.walk_ground import Ground, Known, Violation

KINDS = [each.value for each in LIVES]
EVENTS = {kind.name: (case, word) for case, moves in case_events.MOVED.items() for word, kind in moves.items()}
OPENED = {kind.name: case for case, kind in case_events.OPENED.items()}
OVER = (RefundStatus.CANCELED.value, RefundStatus.REVERSED.value)


async def after_command(ground: Ground) -> None:
    """What the last command did was right. Raises ``Violation``."""
    async with ground.store.reading(EVERYTHING) as session:
        rows = select(Event).where(Event.id > ground.seen, Event.subject.in_(KINDS)).order_by(Event.id)
        events = list(await session.scalars(rows))
        ground.seen = max([ground.seen, *(each.id for each in events)])
        wrong = [each for event in events for each in _moved(ground, event)]
        touched = {each.subject_id for each in events}
        newest = {event.subject_id: event for event in events}
        if touched:
            wrong += await _cases(ground, session, touched, newest)
    if wrong:
        raise Violation("; ".join(wrong))


async def all_of(ground: Ground) -> None:
    """Everything there is stands as it must. Raises ``Violation``."""
    async with ground.store.reading(EVERYTHING) as session:
        merchants = [shop.who.merchant_id for shop in ground.shops]
        ids = set(await session.scalars(select(Case.id).where(Case.merchant_id.in_(merchants))))
        newest: dict[UUID, Event] = {}
        mine = Event.merchant_id.in_(merchants)
        for event in await session.scalars(select(Event).where(mine, Event.subject.in_(KINDS)).order_by(Event.id)):
            newest[event.subject_id] = event
        wrong = await _cases(ground, session, ids, newest)
        wrong += [f"nothing tells of {ground.cases[each].typeid}" for each in ids - set(newest)]
        wrong += [
            f"{each.typeid} should have been {each.on_deadline} at {each.deadline_at}"
            for each in await session.scalars(select(Case).where(Case.merchant_id.in_(merchants)))
            if each.deadline_at is not None and each.deadline_at <= ground.now
        ]
    if wrong:
        raise Violation("; ".join(wrong))


def _moved(ground: Ground, event: Event) -> Iterator[str]:
    """A move is one that the life's table has, and an end stays one unless the table revives it."""
    if event.kind in OPENED:
        start = LIVES[OPENED[event.kind]].start.value.upper()
        if event.payload["after"]["status"] != start:
            yield f"{event.kind} opened as {event.payload['after']['status']}"
        return
    before, after = event.payload.get("before") or {}, event.payload["after"]
    if event.kind not in EVENTS:
        if before and before["status"] != after["status"]:
            yield f"{event.kind} changed a status from {before['status']} to {after['status']}"
        return
    case, word = EVENTS[event.kind]
    life: Machine[Any, Any] = LIVES[case]
    states, happens = type(life.start), next(each for each in life.who if each.value == word)
    was = states[before["status"]]
    ground.moves[f"{event.kind} from {before['status']}"] += 1
    if life.table[was].get(happens) is not states[after["status"]]:
        yield f"{event.kind} led from {before['status']} to {after['status']}, which the table has not"
    if before["finalizedAt"] and was not in life.final:
        yield f"{event.kind} moved what had ended as {before['status']}"


async def _cases(ground: Ground, session: AsyncSession, ids: Iterable[UUID], newest: dict[UUID, Event]) -> list[str]:
    wrong: list[str] = []
    rows: list[Case] = []
    for some in _portions(sorted(ids)):
        rows += await session.scalars(select(Case).where(Case.id.in_(some)).order_by(Case.id))
    shops = {shop.who.merchant_id: shop for shop in ground.shops}
    for row in rows:
        wrong += _stands(row, newest.get(row.id))
        ground.cases[row.id] = Known(
            row.id,
            row.typeid,
            row.kind,
            shops[row.merchant_id],
            row.status,
            row.version,
            row.parent_id,
            row.order_id,
            row.is_terminal,
        )
    returns = {row.id if row.kind is CaseKind.RETURN else row.parent_id for row in rows} - {None}
    orders = {row.order_id for row in rows} - {None}
    for some in _portions(sorted(returns, key=str)):
        wrong += await _goods(ground, session, some)
        wrong += await _worth(session, some)
    for some in _portions(sorted(orders, key=str)):
        wrong += await _money(session, some)
    wrong += await _stock(session, {row.merchant_id for row in rows})
    return wrong


def _portions(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (ids[start : start + 300] for start in range(0, len(ids), 300))


def _stands(row: Case, told: Event | None) -> Iterator[str]:
    """Its life has its state; it has ended, or there are a way on, a side to move and a moment when time does."""
    life: Machine[Any, Any] = LIVES[row.kind]
    state = type(life.start)(row.status)
    if told is not None and told.payload["after"]["status"] != row.status.upper():
        yield f"{row.typeid} is {row.status}, the log says {told.payload['after']['status']}"
    if row.is_terminal:
        if row.deadline_at or row.waiting_on or row.on_deadline:
            yield f"{row.typeid} has ended and waits on {row.waiting_on} for {row.on_deadline}"
        if state not in life.final and not any(
            state is to for way in life.table.values() for e, to in way.items() if e in life.finalizing
        ):
            yield f"{row.typeid} has ended as {row.status}, which is no end"
        return
    if state in life.final:
        yield f"{row.typeid} is {row.status} and has not ended"
    if not life.table[state]:
        yield f"{row.typeid} is {row.status}, from where no way leads on"
    clocks = {each.waits for each in life.clocks.get(state, ()) if each.event.value == row.on_deadline}
    if row.waiting_on is None or row.waiting_on not in {life.waiting[state], *clocks}:
        yield f"{row.typeid} is {row.status} and waits on {row.waiting_on}"
    if row.deadline_at is None or row.on_deadline not in {each.value for each in life.table[state]}:
        yield f"{row.typeid} is {row.status} without a moment at which it goes on ({row.on_deadline})"


async def _goods(ground: Ground, session: AsyncSession, returns: Sequence[UUID]) -> list[str]:
    """No more came than was to come, and no piece of an order comes back twice; parcels are remembered."""
    lines = list(await session.scalars(select(ReturnLine).where(ReturnLine.return_id.in_(returns))))
    for id_ in returns:
        ground.lines[id_] = [each.typeid for each in lines if each.return_id == id_]
    numbers = select(Shipment.tracking_number).join(CaseShipment, CaseShipment.shipment_id == Shipment.id)
    children = select(Case.id).where(Case.parent_id.in_(returns))
    of_them = or_(CaseShipment.case_id.in_(returns), CaseShipment.case_id.in_(children))
    ground.numbers |= set(await session.scalars(numbers.where(of_them)))
    return [
        f"{each.typeid}: {each.received}+{each.damaged}+{each.wrong}+{each.missing} of {each.quantity} came"
        for each in lines
        if each.received + each.damaged + each.wrong + each.missing > each.quantity
        or min(each.received, each.damaged, each.wrong, each.missing) < 0
    ]


async def _money(session: AsyncSession, orders: Sequence[UUID]) -> list[str]:
    """An order's sums are its refunds', a refund's are its steps', its lines' and its transfers', and none is too much."""
    books = {
        row.order_id: row for row in await session.scalars(select(OrderMoney).where(OrderMoney.order_id.in_(orders)))
    }
    refunds = list(await session.scalars(select(Refund).where(Refund.order_id.in_(orders))))
    moved = await _moved_money(session, [each.id for each in refunds])
    wrong: list[str] = []
    granted: dict[UUID | None, int] = defaultdict(int)
    paid: dict[UUID | None, int] = defaultdict(int)
    for each in refunds:
        if sum(step["minor"] for step in each.working) != each.amount_minor:
            wrong.append(f"{each.typeid} is {each.amount_minor}, its steps are {each.working}")
        if each.status == RefundStatus.SUCCEEDED and each.left_minor:
            wrong.append(f"{each.typeid} succeeded with {each.left_minor} left")
        if each.status in OVER:
            continue
        granted[each.order_id] += each.amount_minor
        paid[each.order_id] += each.paid_minor
        if moved[each.id] != each.paid_minor:
            wrong.append(f"{each.typeid} paid {each.paid_minor}, its transfers {moved[each.id]}")
    for order in orders:
        book = books.get(order)
        of_book = (book.granted_minor, book.paid_minor) if book else (0, 0)
        if of_book != (granted[order], paid[order]):
            wrong.append(f"order {order} has {of_book} granted and paid, its refunds {granted[order], paid[order]}")
        if book and not 0 <= book.paid_minor <= book.granted_minor <= book.due_minor:
            wrong.append(f"order {order}: {of_book} of {book.due_minor}")
    return wrong + await _pieces(session, orders)


async def _worth(session: AsyncSession, returns: Sequence[UUID]) -> list[str]:
    """Of goods without an order no more goes back than they are worth and was paid for an exchange, and no piece twice."""
    covered = select(ReturnOrder.return_id).where(ReturnOrder.return_id.in_(returns))
    loose = {
        row.id: row
        for row in await session.scalars(select(Return).where(Return.id.in_(returns), Return.id.not_in(covered)))
    }
    due: dict[UUID | None, int] = {row.id: row.value_minor for row in loose.values()}
    for exchange in await session.scalars(select(Exchange).where(Exchange.parent_id.in_(loose))):
        due[exchange.parent_id] += exchange.paid_minor
    standing = (Refund.parent_id.in_(loose), Refund.status.not_in(OVER))
    refunds = list(await session.scalars(select(Refund).where(*standing)))
    moved = await _moved_money(session, [each.id for each in refunds])
    granted: dict[UUID | None, int] = defaultdict(int)
    for each in refunds:
        granted[each.parent_id] += each.amount_minor
    wrong = [f"{loose[id_].typeid}: {granted[id_]} granted of {due[id_]}" for id_ in loose if granted[id_] > due[id_]]
    wrong += [f"{each.typeid} paid {each.paid_minor}" for each in refunds if moved[each.id] != each.paid_minor]
    pieces: Any = await session.execute(
        select(ReturnLine, func.sum(RefundLine.quantity))
        .join(RefundLine, RefundLine.return_line_id == ReturnLine.id)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(*standing)
        .group_by(ReturnLine.id)
    )
    return wrong + [
        f"{line.typeid}: {count} of {line.quantity} paid" for line, count in pieces if count > line.quantity
    ]


async def _moved_money(session: AsyncSession, refunds: Sequence[UUID]) -> dict[UUID, int]:
    sums: dict[UUID, int] = defaultdict(int)
    rows = select(RefundTransfer).where(
        RefundTransfer.refund_id.in_(refunds), RefundTransfer.status == TransferStatus.SUCCEEDED
    )
    for row in await session.scalars(rows):
        sums[row.refund_id] += row.amount_minor
    return sums


async def _pieces(session: AsyncSession, orders: Sequence[UUID]) -> list[str]:
    """No piece is paid for twice, and none for more than it cost."""
    rows: Any = await session.execute(
        select(OrderLine, func.sum(RefundLine.quantity), func.sum(RefundLine.amount_minor))
        .join(RefundLine, RefundLine.order_line_id == OrderLine.id)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(OrderLine.order_id.in_(orders), Refund.status.not_in(OVER), Refund.purpose == RefundPurpose.RETURN)
        .group_by(OrderLine.id)
    )
    return [
        f"{line.typeid}: {minor} for {pieces} of {line.quantity} at {line.unit_price_minor}"
        for line, pieces, minor in rows
        if pieces > line.quantity or minor > pieces * line.unit_price_minor
    ]


async def _stock(session: AsyncSession, merchants: Iterable[UUID]) -> list[str]:
    """What is reserved is there, and is what exchanges that go on keep."""
    kept: dict[tuple[UUID | None, str], int] = defaultdict(int)
    of_them = ExchangeItem.merchant_id.in_(set(merchants))
    rows: Any = await session.execute(
        select(ExchangeItem, Exchange)
        .join(Exchange, Exchange.id == ExchangeItem.exchange_id)
        .where(of_them, ExchangeItem.is_reserved)
    )
    wrong = []
    for item, exchange in rows:
        kept[item.warehouse_id, item.sku] += item.quantity
        if exchange.is_terminal:
            wrong.append(f"{exchange.typeid} is {exchange.status} and keeps {item.quantity} {item.sku}")
    stocks = await session.scalars(select(Stock).where(Stock.merchant_id.in_(set(merchants))))
    wrong += [
        f"{row.sku}: {row.reserved} of {row.on_hand} reserved, {kept[row.warehouse_id, row.sku]} kept"
        for row in stocks
        if row.reserved != kept[row.warehouse_id, row.sku] or not 0 <= row.reserved <= row.on_hand
    ]
    return wrong


async def newest(store: Store) -> int:
    """The id of the newest event: what came before is not the walk's."""
    async with store.reading(EVERYTHING) as session:
        return await session.scalar(select(func.max(Event.id))) or 0


async def at_rest(ground: Ground) -> None:
    """After all that time whatever still goes on was reminded of and waits for a side whose move it is, or for its return,
    of which that holds. Raises ``Violation``."""
    wrong = []
    async with ground.store.reading(EVERYTHING) as session:
        for some in _portions([each.id for each in ground.cases.values() if not each.is_terminal]):
            for row in await session.scalars(select(Case).where(Case.id.in_(some)).order_by(Case.id)):
                waits = row.parent_id is not None and not ground.cases[row.parent_id].is_terminal
                if not waits and (row.breached_at is None or row.on_deadline != "remind"):
                    under = [f"{each.kind} {each.status}" for each in ground.cases.values() if each.parent == row.id]
                    lines = select(ReturnLine).where(ReturnLine.return_id == row.id)
                    ended = [(each.disposition, each.logistics, each.money) for each in await session.scalars(lines)]
                    what = f"{row.typeid} is {row.status} still, with {row.on_deadline} at {row.deadline_at}"
                    wrong.append(f"{what}; under it {under}; its lines {ended}")
    if wrong:
        raise Violation("; ".join(wrong))
