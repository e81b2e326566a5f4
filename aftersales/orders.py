"""Orders enter: checked, standardised, odd ones flagged; safe to repeat; many at a time in a few statements."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import customers, events, log
from aftersales.forms import AddressForm, LineForm, OrderForm, moment_of
from aftersales.kinds import Kind
from aftersales.rules import addresses, intake, phones, promises
from aftersales.rules.addresses import Address
from aftersales.rules.goods import Goods
from aftersales.rules.orders import after_statement
from db.enums import OrderFlag, OrderStatus
from db.models.orders import Customer, Order, OrderLine
from db.vault import Vault


class Synced(StrEnum):
    """What became of one order."""

    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()


@dataclass(frozen=True, slots=True)
class Checked:
    """An order after the checks that need no database: standardised address, problems, digests."""

    form: OrderForm
    address: Address
    zone: ZoneInfo
    phone: str | None
    buyer: phones.Phone
    problems: tuple[intake.Problem, ...]
    goods_digest: bytes
    content_digest: bytes
    facts: intake.OrderFacts


def check(form: OrderForm) -> Checked:
    """The checks that need no database."""
    given = _address(form.shipping_address)
    standard = addresses.standardise(given).address
    lines = tuple(_line_facts(line) for line in form.lines)
    phone_text = form.shipping_address.phone or form.customer.phone

    def understood(text: str | None) -> phones.Phone:
        return phones.parse(text, given.country, region=standard.region, postal_code=standard.postal_code)

    phone = understood(phone_text)
    buyer = understood(form.customer.phone) if form.customer.phone else phone
    facts = intake.OrderFacts(phone=phone_text, address=given, lines=lines)
    return Checked(
        form=form,
        address=standard,
        zone=addresses.zone_of(standard).zone,
        phone=phone.e164,
        buyer=buyer,
        problems=_problems(form, facts, buyer),
        goods_digest=intake.likeness(lines, f"{form.total.amount.normalize():f} {form.total.currency}"),
        content_digest=hashlib.sha256(form.model_dump_json(exclude_none=True).encode()).digest()[:16],
        facts=facts,
    )


def _problems(form: OrderForm, facts: intake.OrderFacts, buyer: phones.Phone) -> tuple[intake.Problem, ...]:
    """Every oddity, with the place of the phone it means: the address has one of its own, or the buyer's is taken."""
    place = "shippingAddress.phone" if form.shipping_address.phone else "customer.phone"
    found = [replace(each, field=place) if each.field == "phone" else each for each in intake.check(facts)]
    if form.shipping_address.phone and form.customer.phone and buyer.problem:
        found.insert(0, intake.Problem(OrderFlag.PHONE_INVALID, buyer.problem, None, "customer.phone"))
    return tuple(found)


async def sync(
    session: AsyncSession,
    vault: Vault,
    merchant_id: UUID,
    wishes: Sequence[Checked],
    *,
    by: log.By,
    now: datetime,
) -> list[tuple[Order, Synced]]:
    """Creates or amends the orders, one outcome each, in the order of the wishes. Numbers must differ within a call."""
    numbers = [wish.form.number for wish in wishes]
    found = await session.scalars(
        select(Order)
        .where(Order.merchant_id == merchant_id, Order.number.in_(numbers))
        .order_by(Order.id)
        .with_for_update(),
    )
    known = {row.number: row for row in found}
    buyers = await customers.find_or_create(
        session, vault, merchant_id, [(w.form.customer, w.buyer.e164, w.address.name) for w in wishes]
    )
    twins = await _twins(session, wishes, buyers) if wishes else {}
    changed = [known[w.form.number].id for w in wishes if w.form.number in known and _differs(known[w.form.number], w)]
    old_lines = await _lines_of(session, changed)
    results: list[tuple[Order, Synced]] = []
    facts: list[log.Fact] = []
    for wish, buyer in zip((_with_twin(wish, twins) for wish in wishes), buyers, strict=True):
        order = known.get(wish.form.number)
        if order is not None and not _differs(order, wish):
            results.append((order, Synced.UNCHANGED))
            continue
        before = None if order is None else _shown(order)
        outcome = Synced.CREATED if order is None else Synced.UPDATED
        if order is None:
            order = Order(merchant_id=merchant_id, number=wish.form.number, created_at=now, status=OrderStatus.PLACED)
            session.add(order)
        _fill(order, wish, buyer, vault, now)
        session.add_all(_lines(order, wish.form, old_lines.get(order.id, [])))
        kind = _kind(order, before)
        facts.append(log.Fact(kind, order, wish.form.placed_at if before is None else now, before, _shown(order)))
        results.append((order, outcome))
    for surplus in old_lines.values():
        for line in surplus:
            await session.delete(line)
    await log.announce(session, facts, by, now=now)
    return results


def _with_twin(wish: Checked, twins: dict[str, str]) -> Checked:
    twin = twins.get(wish.form.number)
    return replace(wish, problems=_problems(wish.form, replace(wish.facts, twin=twin), wish.buyer)) if twin else wish


def _kind(order: Order, before: dict[str, Any] | None) -> Kind:
    if before is None:
        return events.ORDER_CREATED
    if order.status is OrderStatus.CANCELED and before["status"] != OrderStatus.CANCELED.name:
        return events.ORDER_CANCELED
    return events.ORDER_CHANGED


def _differs(order: Order, wish: Checked) -> bool:
    return order.content_digest != wish.content_digest


def _shown(order: Order) -> dict[str, Any]:
    """What the log says of an order: words and numbers, nothing personal."""
    amount = order.total
    return {
        "number": order.number,
        "status": order.status.name,
        "total": {"amount": str(amount.amount), "currency": amount.currency},
        "flags": [flag.upper() for flag in order.flags],
        "promisedDeliveryAt": order.promised_delivery_at.isoformat() if order.promised_delivery_at else None,
    }


def _fill(order: Order, wish: Checked, buyer: Customer, vault: Vault, now: datetime) -> None:
    form = wish.form
    order.external_id = form.external_id
    order.status = after_statement(order.status, form.status)
    order.customer_id = buyer.id
    order.placed_at = form.placed_at
    order.total_minor, order.currency = form.total.minor, form.total.currency
    order.country, order.region = wish.address.country or None, wish.address.region_code or None
    order.zone = wish.zone.key
    promised = moment_of(form)
    if promised is not None:
        order.promised_delivery_at = end_of_promise(promised, wish.zone)
    order.problems = [{"flag": p.flag, "message": p.message, "line": p.line, "field": p.field} for p in wish.problems]
    order.flags = list(dict.fromkeys(problem.flag.value for problem in wish.problems))
    order.needs_action = bool(wish.problems)
    order.goods_digest, order.content_digest = wish.goods_digest, wish.content_digest
    order.updated_at = now
    order.seal(vault, shipping_address=_stored(wish))


def end_of_promise(promised: datetime | date, zone: ZoneInfo) -> datetime:
    """When a promise ends: the moment itself, or the end of the day in the recipient's zone (exclusive)."""
    return promised if isinstance(promised, datetime) else promises.end_of(promised, zone)


def _stored(wish: Checked) -> str:
    address = wish.address
    parts = {
        "name": address.name or wish.form.customer.name,
        "phone": wish.phone or wish.form.shipping_address.phone or wish.form.customer.phone,
        "company": address.company,
        "country": address.country,
        "region": address.region,
        "regionCode": address.region_code,
        "city": address.city,
        "district": address.district,
        "street": list(address.street),
        "unit": address.unit,
        "postalCode": address.postal_code,
    }
    return orjson.dumps({key: value for key, value in parts.items() if value}).decode()


def _lines(order: Order, form: OrderForm, old: list[OrderLine]) -> list[OrderLine]:
    """The order's lines: an old one is kept (and taken out of ``old``) where the article is the same, so that what
    points at it stays right."""
    kept: list[OrderLine] = []
    for position, line in enumerate(form.lines, _first_position(old, form)):
        row = next((each for each in old if each.sku == line.sku), None)
        if row is None:
            row = OrderLine(merchant_id=order.merchant_id, order_id=order.id, sku=line.sku)
        else:
            old.remove(row)
        row.position, row.title, row.quantity = position, line.title, line.quantity
        row.unit_price_minor, row.currency = line.unit_price.minor, line.unit_price.currency
        row.weight_grams, row.category = line.weight_grams, line.category
        row.hs_code, row.country_of_origin = line.hs_code, line.country_of_origin
        row.attributes = [{"name": a.name, "value": a.value} for a in line.attributes]
        kept.append(row)
    return kept


def _first_position(old: list[OrderLine], form: OrderForm) -> int:
    """Positions only rise from line to line. Where lines are merely added the old ones stay; else the new sequence
    begins after the old one, so that no line ever stands where another still does."""
    if not old:
        return 0
    skus = [line.sku for line in form.lines]
    stay = [line.sku for line in old] == skus[: len(old)]
    return old[0].position if stay else old[-1].position + 1


async def _lines_of(session: AsyncSession, orders: list[UUID]) -> dict[UUID, list[OrderLine]]:
    found: dict[UUID, list[OrderLine]] = {}
    if orders:
        rows = await session.scalars(
            select(OrderLine).where(OrderLine.order_id.in_(orders)).order_by(OrderLine.position),
        )
        for row in rows:
            found.setdefault(row.order_id, []).append(row)
    return found


async def _twins(session: AsyncSession, wishes: Sequence[Checked], buyers: Sequence[Customer]) -> dict[str, str]:
    """Number -> number of another order of the same buyer, goods and total placed within a day: among those stored and
    those of this call."""
    stored = await session.execute(
        select(Order.number, Order.customer_id, Order.goods_digest, Order.placed_at).where(
            Order.merchant_id == buyers[0].merchant_id,
            Order.customer_id.in_({buyer.id for buyer in buyers}),
            Order.goods_digest.in_({wish.goods_digest for wish in wishes}),
            Order.placed_at >= min(wish.form.placed_at for wish in wishes) - intake.TWIN_WINDOW,
            Order.placed_at <= max(wish.form.placed_at for wish in wishes) + intake.TWIN_WINDOW,
        ),
    )
    seen = {(number, (buyer, digest), placed_at) for number, buyer, digest, placed_at in stored}
    twins: dict[str, str] = {}
    for wish, buyer in zip(wishes, buyers, strict=True):
        number, alike, placed_at = wish.form.number, (buyer.id, wish.goods_digest), wish.form.placed_at
        near = sorted(
            n for n, a, at in seen if a == alike and n != number and abs(at - placed_at) <= intake.TWIN_WINDOW
        )
        if near:
            twins[number] = near[0]
        seen.add((number, alike, placed_at))
    return twins


def _address(form: AddressForm) -> Address:
    return Address(
        country=form.country,
        region=form.region or "",
        city=form.city or "",
        district=form.district or "",
        street=tuple(form.street),
        unit=form.unit or "",
        postal_code=form.postal_code or "",
        name=form.name or "",
        company=form.company or "",
    )


def _line_facts(line: LineForm) -> intake.LineFacts:
    attributes = tuple((each.name, each.value) for each in line.attributes)
    return intake.LineFacts(
        line.sku, Goods(line.title, line.category or "", attributes), line.quantity, line.weight_grams
    )
