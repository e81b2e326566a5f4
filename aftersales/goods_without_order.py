"""Goods that come back without an order: sold elsewhere, or before the gateway knew of orders. A merchant takes them back of
their own accord, for what they say the goods are worth; the rest of their way is every return's.

Nothing tells when they were received, so no window is asked for, and two returns of the same goods are not told apart: a
person decides. Money follows the goods, never before their receipt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import AfterValidator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, handing_in, plan_asks, policies, resolutions, returns
from aftersales.cases import Step
from aftersales.forms import Form, Grams, MoneyForm, Name, Reference, Sentence
from aftersales.refunds import MILESTONES
from aftersales.refusals import Quantity, Refusal, RefusalCode, Refused
from aftersales.returns import ReturnWish
from aftersales.rules import customs, eligibility, hindrances
from aftersales.rules.eligibility import LineFacts, at_line
from aftersales.rules.policies import FAULTS, Policy
from db.case_enums import RefundTrigger, Resolution, ReturnMethod, ReturnReason
from db.ids import typeid
from db.models.orders import Customer
from db.models.returns import Return, ReturnLine
from db.vault import Vault

MOST_PIECES = 100_000  # as of an order's line
MOST_MINOR = 10**15  # together: what every reader of JSON can count
ASKED = (eligibility.is_taken_back, eligibility.is_unopened, eligibility.is_offered)
"""What a policy says of goods whatever their order."""
NEEDS_ORDER = frozenset({Resolution.REFUND_WITHOUT_RETURN, Resolution.RESEND})
"""What is given though nothing comes back."""


class GoodsForm(Form):
    """What one of them is. ``weightGrams`` and ``unitValue`` are of one piece."""

    sku: Reference
    title: Name
    unit_value: MoneyForm
    category: Sentence | None = None
    weight_grams: Grams | None = None
    hs_code: Annotated[str, AfterValidator(customs.hs_code)] | None = None
    country_of_origin: Annotated[str, AfterValidator(customs.country)] | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """Some of one thing, and why it comes back."""

    form: GoodsForm
    quantity: int
    reason: ReturnReason
    is_opened: bool | None = None

    @property
    def minor(self) -> int:
        """What all of it is worth, in the smallest unit of its currency."""
        return self.form.unit_value.minor * self.quantity


@dataclass(frozen=True, slots=True)
class Taken:
    """What a merchant takes back, from whom if that is known, and whether they have decided already. The rest is as of any
    return; ``wish.lines`` are not read."""

    merchant_id: UUID
    goods: tuple[Goods, ...]
    wish: ReturnWish
    customer_id: UUID | None = None
    is_approved: bool = False


async def request(session: AsyncSession, vault: Vault, taken: Taken, step: Step) -> Return:
    """The return: REQUESTED, or approved at once where its merchant says so. Refused with everything that stands in its way.
    The merchant's key must be at hand."""
    wish, country = taken.wish, (taken.wish.origin or {}).get("country")
    held = await policies.holding(session, [(taken.merchant_id, country)], step.now)
    policy = held[taken.merchant_id, country]
    refusals = [*_form(taken), *_policy(taken, policy, step), *await _of_others(session, taken)]
    if refusals:
        raise Refused(*refusals)
    has_place = wish.position is not None
    method = await handing_in.method(session, (wish.method, wish.point_id), _methods(policy), has_place=has_place)
    rma = _return(taken, policy, method)
    origin = {**(wish.origin or {})}
    if wish.position is not None:
        origin["position"] = [wish.position.latitude, wish.position.longitude]
    rma.seal(vault, origin=orjson.dumps(origin).decode(), note=wish.note)
    lines = [_line(rma, position, each) for position, each in enumerate(taken.goods)]
    _may_travel(lines)
    await cases.opened(session, rma, replace(step, told=_told(rma, lines, policy), why=None))
    session.add_all(lines)
    await resolutions.prepare(session, rma, lines, wish.extras, step)
    if taken.is_approved:
        await returns.approve(session, vault, rma, step)
    if method is not None:
        await handing_in.possible(session, vault, (rma, lines))
    return rma


def _form(taken: Taken) -> Iterator[Refusal]:
    """What cannot be, whatever the policy."""
    if taken.wish.origin is None:
        sentence = "Say where the goods are: no order tells it."
        yield Refusal(RefusalCode.INVALID, sentence, ("pickupAddress",))
    if taken.wish.is_express:
        sentence = "Without an order the money follows the goods, so that it cannot be promised before; leave this out."
        yield Refusal(RefusalCode.INVALID, sentence, ("express",))
    if taken.wish.resolution in NEEDS_ORDER:
        sentence = (
            "Without an order nothing is given for goods that do not come back; choose REFUND, or name the order."
        )
        yield Refusal(RefusalCode.POLICY, sentence, ("resolution",))
    for index, each in enumerate(taken.goods):
        if not 1 <= each.quantity <= MOST_PIECES:
            numbers = Quantity(MOST_PIECES, each.quantity, 1)
            field = ("lines", str(index), "quantity")
            yield Refusal(RefusalCode.QUANTITY, f"Between 1 and {MOST_PIECES:,} of one thing.", field, numbers)
    if len({each.form.unit_value.currency for each in taken.goods}) > 1:
        yield Refusal(RefusalCode.INVALID, "One return is in one currency; make one for each.", ("lines",))
    if sum(each.minor for each in taken.goods) > MOST_MINOR:
        yield Refusal(RefusalCode.INVALID, "They are worth more than one return can hold.", ("lines",))


def _policy(taken: Taken, policy: Policy, step: Step) -> Iterator[Refusal]:
    """What the policy says of such goods."""
    for index, each in enumerate(taken.goods):
        facts = LineFacts(
            ordered=each.quantity,
            coming=0,
            wanted=each.quantity,
            reason=each.reason,
            resolution=taken.wish.resolution,
            unit_minor=each.form.unit_value.minor,
            currency=each.form.unit_value.currency,
            received_at=None,
            zone="UTC",
            category=each.form.category,
            is_opened=each.is_opened,
        )
        for ask in ASKED:
            no = ask(facts, policy, step.now)
            if no is not None:
                yield at_line(replace(no, field=("goods",)) if no.field == ("orderLineId",) else no, index)
    if taken.wish.method is not None and taken.wish.method not in _methods(policy):
        yield Refusal(RefusalCode.POLICY, "That way back is not offered for these goods.", ("method",))


async def _of_others(session: AsyncSession, taken: Taken) -> list[Refusal]:
    """The buyer is the merchant's."""
    if taken.customer_id is None:
        return []
    known = (Customer.id == taken.customer_id, Customer.merchant_id == taken.merchant_id)
    if await session.scalar(select(Customer.id).where(*known)) is not None:
        return []
    return [Refusal(RefusalCode.NOT_FOUND, "No such buyer.", ("customerId",))]


def _methods(policy: Policy) -> tuple[ReturnMethod, ...]:
    return tuple(each for each in policy.methods if each is not ReturnMethod.KEEP_ITEM)


def _return(taken: Taken, policy: Policy, method: ReturnMethod | None) -> Return:
    wish = taken.wish
    return Return(
        merchant_id=taken.merchant_id,
        number="",
        customer_id=taken.customer_id,
        order_id=None,
        reason=max((each.reason for each in taken.goods), key=lambda reason: (reason in FAULTS, reason)),
        resolution=wish.resolution,
        method=method,
        trigger=max(policy.trigger, RefundTrigger.RECEIPT, key=MILESTONES.index),
        policy=policy.ref(),
        currency=taken.goods[0].form.unit_value.currency,
        value_minor=sum(each.minor for each in taken.goods),
        channel=wish.channel,
        packaging=wish.packaging,
        point_id=wish.point_id,
        size_mm=[*wish.size_mm] if wish.size_mm else None,
    )


def _line(rma: Return, position: int, each: Goods) -> ReturnLine:
    return ReturnLine(
        merchant_id=rma.merchant_id,
        return_id=rma.id,
        position=position,
        sku=each.form.sku,
        title=each.form.title,
        quantity=each.quantity,
        reason=each.reason,
        paid_minor=each.form.unit_value.minor,
        currency=rma.currency,
        category=each.form.category,
        weight_grams=each.form.weight_grams,
        hs_code=each.form.hs_code,
        country_of_origin=each.form.country_of_origin,
    )


def _may_travel(lines: Sequence[ReturnLine]) -> None:
    """Refused (FORBIDDEN_GOODS) with every line that nobody may carry."""
    found = ((index, hindrances.of_goods([plan_asks.goods_of(line)])) for index, line in enumerate(lines))
    refusals = [no.refusal("lines", str(index), "goods") for index, no in found if no]
    if refusals:
        raise Refused(*refusals)


def _told(rma: Return, lines: Sequence[ReturnLine], policy: Policy) -> dict[str, Any]:
    return {
        "resolution": rma.resolution.name,
        "reason": rma.reason.name,
        "lines": [
            {"id": typeid(ReturnLine.prefix, each.id), "quantity": each.quantity, "reason": each.reason.name}
            for each in lines
        ],
        "policy": {"code": policy.code, "version": policy.version},
    }
