"""Returns: one by id or number, pages with filters, the parts that are not plain columns; may a line come back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import ColumnElement, select

from aftersales import eligibility
from aftersales.eligibility import LineWish
from aftersales.refusals import Refusal
from aftersales.rules import masks
from aftersales.rules.eligibility import Assessment
from aftersales.rules.policies import Policy
from db.case_enums import Resolution, ReturnReason, ReturnStatus, Verdict
from db.ids import parse_typeid
from db.models.base import Money, from_minor
from db.models.orders import Customer, Order, OrderLine
from db.models.returns import Return
from db.models.warehouses import Warehouse
from db.reach import Reach
from resolvers import edges
from resolvers.context import Info
from resolvers.edges import Edge
from resolvers.errors import BadUserInput, aware
from resolvers.orders import PostalAddress, only, postal_address
from resolvers.pages import Asked, Page, Sort, page

SORT = Sort("OPENED_AT_DESC", Return.opened_at, Return.id)


@strawberry.input(description="Which returns. Conditions given together must all hold.")
class ReturnFilter:
    status: list[ReturnStatus] | None = strawberry.field(default=None, description="One of these statuses.")
    resolution: list[Resolution] | None = strawberry.field(default=None, description="One of these resolutions.")
    reason: list[ReturnReason] | None = strawberry.field(default=None, description="One of these reasons.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="With goods of this order.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="Of this buyer.")
    opened_since: datetime | None = strawberry.field(default=None, description="Asked for at this moment or later.")
    updated_since: datetime | None = strawberry.field(default=None, description="Changed at this moment or later.")
    is_terminal: bool | None = strawberry.field(default=None, description="Whether they have ended.")


async def rma(info: Info, id: strawberry.ID | None = None, rma_number: str | None = None) -> Return | None:
    """By id or by number."""
    info.context.viewer.must("returns:read")
    if (id is None) == (rma_number is None):
        raise BadUserInput("Give either id or rmaNumber.")
    if id is not None:
        parsed = parse_typeid(id)
        found: Return | None = None
        if parsed is not None and parsed[0] == Return.prefix:
            found = await info.context.load(edges.BY_PREFIX[Return.prefix], parsed[1])
        return found
    number = (rma_number or "").strip().upper()
    async with info.context.store.reading(info.context.viewer.reach) as session:
        rows = list(await session.scalars(select(Return).where(Return.number == number).limit(2)))
    by_number: Return | None = only(rows, "RMA number")
    return by_number


async def returns(info: Info, asked: Asked, filter: ReturnFilter | None) -> Page:
    """A page of returns, the newest first."""
    info.context.viewer.must("returns:read")
    statement = select(Return)
    if info.context.viewer.reach.merchant_id is not None:  # said again, so that its index is used
        statement = statement.where(Return.merchant_id == info.context.viewer.reach.merchant_id)
    if filter is not None:
        statement = statement.where(*_rules(filter))
    return await page(info.context.store, info.context.viewer.reach, statement, SORT, asked)


def _rules(wish: ReturnFilter) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool] | None] = [
        Return.status.in_([each.value for each in wish.status]) if wish.status else None,
        Return.resolution.in_(wish.resolution) if wish.resolution else None,
        Return.reason.in_(wish.reason) if wish.reason else None,
        Return.order_id == _id(wish.order_id, Order.prefix) if wish.order_id else None,
        Return.customer_id == _id(wish.customer_id, Customer.prefix) if wish.customer_id else None,
        Return.opened_at >= aware(wish.opened_since, "openedSince") if wish.opened_since else None,
        Return.updated_at >= aware(wish.updated_since, "updatedSince") if wish.updated_since else None,
        Return.finalized_at.is_not(None) if wish.is_terminal else None,
        Return.finalized_at.is_(None) if wish.is_terminal is False else None,
    ]
    return [rule for rule in rules if rule is not None]


def _id(text: str, prefix: str) -> UUID:
    parsed = parse_typeid(text)
    if parsed is None or parsed[0] != prefix:
        raise BadUserInput(f"That is no id of the form {prefix}_...")
    return parsed[1]


async def note(root: Return, info: Info) -> str | None:
    """The buyer's words; phones masked unless the viewer may see them."""
    return await _words(root, info, "note")


async def question(root: Return, info: Info) -> str | None:
    """The merchant's words."""
    return await _words(root, info, "question")


async def answer(root: Return, info: Info) -> str | None:
    """The buyer's words."""
    return await _words(root, info, "answer")


async def _words(root: Return, info: Info, column: str) -> str | None:
    text = await info.context.reveal(root, column)
    return text if text is None or info.context.viewer.sees_personal else masks.mask_text(text)


async def send_to(root: Return, info: Info) -> PostalAddress | None:
    """Where the goods go; to a buyer, who may have to bring them there, in the clear. Warehouses are beyond a buyer's reach
    but for this."""
    context = info.context
    if root.warehouse_id is None:
        return None
    if context.viewer.customer_id is None:
        row: Warehouse | None = await context.load(edges.warehouse_of_return, root.warehouse_id)
    else:
        async with context.store.reading(Reach(merchant_id=root.merchant_id)) as session:
            row = await session.get(Warehouse, root.warehouse_id)
    if row is None:
        return None
    stored: Mapping[str, Any] = orjson.loads(await context.reveal(row, "address") or "{}")
    is_clear = context.viewer.sees_personal or context.viewer.customer_id is not None
    return postal_address(stored, clear=is_clear)


async def origin(root: Return, info: Info) -> PostalAddress:
    """Where the goods are; masked unless the viewer may see it."""
    stored: Mapping[str, Any] = orjson.loads(await info.context.reveal(root, "origin") or "{}")
    return postal_address(stored, clear=info.context.viewer.sees_personal)


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which version of which policy."""

    code: str
    version: int


@dataclass(frozen=True, slots=True)
class Answer:
    """May a line come back, as partners see it."""

    allowed: bool
    verdict: Verdict
    refusals: tuple[Refusal, ...]
    closes_at: datetime | None
    fee: Money | None
    policy: PolicyRef
    methods: list[Any]
    because: list["Because"]


@dataclass(frozen=True, slots=True)
class Because:
    """One sentence of a decision, and whether it holds."""

    rule: str
    holds: bool


class _Asked(NamedTuple):
    line: UUID
    reason: ReturnReason
    resolution: Resolution
    now: datetime


async def _assessed(session: Any, keys: Any) -> list[Any]:
    answers: dict[_Asked, Any] = {}
    for resolution, now in {(key.resolution, key.now) for key in keys}:
        alike = [key for key in keys if (key.resolution, key.now) == (resolution, now)]
        wishes = [LineWish(key.line, reason=key.reason) for key in alike]
        answers |= dict(zip(alike, await eligibility.assess(session, wishes, resolution, now), strict=True))
    return [answers[key] for key in keys]


eligibility_of_line = Edge("eligibility_of_line", "id", _assessed)


async def line_eligibility(
    root: OrderLine, info: Info, reason: ReturnReason | None = None, resolution: Resolution | None = None
) -> Answer | None:
    """The same answer that guards ``returnRequest``, for one piece of the line."""
    asked = _Asked(
        root.id, reason or ReturnReason.NO_LONGER_WANTED, resolution or Resolution.REFUND, info.context.clock()
    )
    found = await info.context.load(eligibility_of_line, asked)
    return None if found is None else shown(found.answer, found.policy, found.line.currency)


def shown(answer: Assessment, policy: Policy, currency: str) -> Answer:
    """An assessment as partners see it."""
    return Answer(
        allowed=answer.allowed,
        verdict=answer.verdict,
        refusals=answer.refusals,
        closes_at=answer.closes_at,
        fee=from_minor(answer.fee_minor, currency) if answer.fee_minor else None,
        policy=PolicyRef(policy.code, policy.version),
        methods=list(answer.methods),
        because=[Because(rule, holds) for rule, holds in answer.because],
    )


async def _coming(session: Any, keys: Any) -> list[Any]:
    found = await eligibility.coming_back(session, keys)
    return [found.get(key, 0) for key in keys]


coming_of_line = Edge("coming_of_line", "id", _coming)


async def returnable_quantity(root: OrderLine, info: Info) -> int:
    """How many of the line are not in a return yet."""
    coming: int = await info.context.load(coming_of_line, root.id)
    return max(root.quantity - coming, 0)
