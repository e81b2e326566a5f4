"""Returns asked for, decided, received, inspected."""

from typing import Any

import strawberry

from aftersales import goods_without_order, return_goods, returns
from aftersales.eligibility import LineWish
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.return_goods import Inspected, Received
from aftersales.returns import RULINGS, ReturnWish
from db.case_enums import Condition, Disposition, Resolution, ReturnMethod, ReturnReason
from db.enums import PartnerKind
from db.ids import parse_typeid
from db.models.green import Packaging
from db.models.orders import OrderLine
from db.models.points import DropOffPoint
from db.models.returns import Return, ReturnLine
from resolvers.cases import changing, step
from resolvers.context import Info
from resolvers.errors import BadUserInput, Forbidden, LimitExceeded
from resolvers.goods_without_order import ReturnGoodsInput, goods_of, taken_of
from resolvers.inputs import SizeInput, door_of, short, size_of
from resolvers.order_sync import AddressInput
from resolvers.points import GeoInput, position
from resolvers.return_wishes import ExchangeWishInput, RepairWishInput, extras

MOST_LINES = 100


@strawberry.input(
    description="Some of one line of an order, or of goods without one: give either orderLineId or goods."
)
class ReturnLineInput:
    order_line_id: strawberry.ID | None = strawberry.field(default=None, description="The line's id (oln_...).")
    goods: ReturnGoodsInput | None = strawberry.field(
        default=None,
        description="Goods without an order, which only a merchant takes back, or a platform for them (returnRequest "
        "alone). Two returns of the same goods are not told apart.",
    )
    quantity: int = strawberry.field(default=1, description="How many of it.")
    reason: ReturnReason = strawberry.field(description="Why it comes back.")
    is_opened: bool | None = strawberry.field(default=None, description="Whether its sealed packaging was opened.")


@strawberry.input(description="A wish to send goods back.")
class ReturnRequestInput:
    lines: list[ReturnLineInput] = strawberry.field(
        description="What comes back: lines of one buyer's orders, or goods without an order, not both in one return; in "
        "one currency; at most 100."
    )
    resolution: Resolution = strawberry.field(default=Resolution.REFUND, description="What the buyer wishes for.")
    method: ReturnMethod | None = strawberry.field(
        default=None, description="How the goods begin their way back; what the plan ranks first unless given."
    )
    note: str | None = strawberry.field(default=None, description="The buyer's words, at most 2,000 characters.")
    channel: str | None = strawberry.field(default=None, description="How it was asked for: app, phone, chat, mail.")
    pickup_address: AddressInput | None = strawberry.field(
        default=None,
        description="Where the goods are, when it is not where the order went; required for goods without an order.",
    )
    near: GeoInput | None = strawberry.field(
        default=None, description="Where the buyer is; the point or locker to hand the goods in is chosen near it."
    )
    drop_off_point_id: strawberry.ID | None = strawberry.field(
        default=None, description="The point or locker that the buyer chose (pnt_..., of dropOffPoints)."
    )
    size: SizeInput | None = strawberry.field(
        default=None, description="The parcel's size, where it is known; carriers that cannot take it are left out."
    )
    packaging: Packaging | None = strawberry.field(
        default=None, description="What the goods will travel in; what is used again earns points."
    )
    express: bool = strawberry.field(
        default=False,
        description="Whether the refund is promised within a day of the pickup, where the policy offers it.",
    )
    exchange: ExchangeWishInput | None = strawberry.field(
        default=None, description="The new goods, for the resolution EXCHANGE."
    )
    repair: RepairWishInput | None = strawberry.field(
        default=None, description="What is wrong, for the resolution REPAIR."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Whose goods without an order these are (cus_...), so that the buyer sees the return; an order has its "
        "buyer. Null: of nobody that is known.",
    )
    approve: bool = strawberry.field(
        default=False,
        description="For goods without an order: the merchant has decided, and the way back begins at once. Else it waits "
        "for returnApprove. Lines of orders are decided by their policy.",
    )


@strawberry.input(description="Which return, and the version on which you decide.")
class ReturnRefInput:
    id: strawberry.ID = strawberry.field(description="The return's id (ret_...).")
    expected_version: int | None = strawberry.field(
        default=None, description="Refused with CONFLICT when the return is at another version by now."
    )


@strawberry.input(description="Which return is declined, and why.")
class ReturnDeclineInput(ReturnRefInput):
    reason: str = strawberry.field(description="A sentence that the buyer reads.")


@strawberry.input(description="Which return is called off, and why.")
class ReturnCancelInput(ReturnRefInput):
    reason: str | None = strawberry.field(default=None, description="Why.")


@strawberry.input(description="What the merchant needs to know.")
class ReturnAskInput(ReturnRefInput):
    question: str = strawberry.field(description="The question, at most 2,000 characters.")


@strawberry.input(description="The buyer's answer.")
class ReturnAnswerInput(ReturnRefInput):
    answer: str = strawberry.field(description="The answer, at most 2,000 characters.")


@strawberry.input(description="An appeal.")
class ReturnDisputeInput(ReturnRefInput):
    reason: str = strawberry.field(description="What is wrong with the decision.")


@strawberry.input(description="A platform's ruling over an appeal; final.")
class ReturnRuleInput(ReturnRefInput):
    ruling: str = strawberry.field(
        description="APPROVE (the return goes on), COMPLETE (it ends) or DECLINE (for good)."
    )
    reason: str = strawberry.field(description="The ground of the ruling.")


@strawberry.input(description="What the warehouse counted of one line.")
class ReceivedLineInput:
    id: strawberry.ID = strawberry.field(description="The return's line (rln_...).")
    received: int = strawberry.field(default=0, description="So many came in order.")
    damaged: int = strawberry.field(default=0, description="So many came damaged.")
    wrong: int = strawberry.field(default=0, description="So many are other goods.")
    missing: int = strawberry.field(default=0, description="So many are missing for good.")


@strawberry.input(description="What the warehouse counted.")
class ReturnReceiveInput(ReturnRefInput):
    lines: list[ReceivedLineInput] = strawberry.field(description="Line by line, added to what was counted before.")


@strawberry.input(description="What becomes of one line's goods.")
class InspectedLineInput:
    id: strawberry.ID = strawberry.field(description="The return's line (rln_...).")
    disposition: Disposition = strawberry.field(description="What becomes of the goods.")
    condition: Condition | None = strawberry.field(default=None, description="How they are; as received unless given.")
    buyers_fault: bool = strawberry.field(
        default=False, description="Whether the buyer did the damage: what is damaged is then not paid for."
    )


@strawberry.input(description="The warehouse's judgement.")
class ReturnInspectInput(ReturnRefInput):
    lines: list[InspectedLineInput] = strawberry.field(description="Line by line.")


async def request(info: Info, input: ReturnRequestInput) -> Return:
    """Asked for, and decided at once where the policy needs no person."""
    context = info.context
    assert context.session
    if len(input.lines) > MOST_LINES:
        raise LimitExceeded("input.lines", MOST_LINES, len(input.lines))
    with inside("input"):
        short(input.note, "note")
        goods = goods_of(input.lines)
        wish = ReturnWish(
            lines=() if goods else tuple(line_wish(index, each) for index, each in enumerate(input.lines)),
            resolution=input.resolution,
            method=input.method,
            note=input.note,
            channel=input.channel,
            origin=door_of(input.pickup_address, "pickupAddress") if input.pickup_address else None,
            position=position(input.near) if input.near else None,
            point_id=_id(input.drop_off_point_id, DropOffPoint.prefix, ("dropOffPointId",))
            if input.drop_off_point_id
            else None,
            size_mm=size_of(input.size),
            is_express=input.express,
            packaging=input.packaging,
            buyer_id=context.viewer.customer_id,
            extras=extras(context, input.resolution, input.exchange, input.repair),
        )
        by, vault = step(context, "returnRequest"), context.store.vault
        taken = taken_of(context, input, goods, wish)
        if taken is not None:
            return await goods_without_order.request(context.session, vault, taken, by)
        return await returns.request(context.session, vault, wish, by)


def line_wish(index: int, given: ReturnLineInput) -> LineWish:
    """What is wished of one line of an order. Refused (NOT_FOUND) where the id is none of a line. BadUserInput without one."""
    if given.order_line_id is None:
        raise BadUserInput("Name lines of orders (orderLineId).")
    id_ = _id(given.order_line_id, OrderLine.prefix, ("lines", str(index), "orderLineId"))
    return LineWish(id_, given.quantity, given.reason, given.is_opened)


async def approve(info: Info, input: ReturnRefInput) -> Return:
    """The goods may come back."""
    async with changing(info, Return, input, "returnApprove") as it:
        return await returns.approve(it.session, it.vault, it.row, it.step)


async def decline(info: Info, input: ReturnDeclineInput) -> Return:
    """Not taken back."""
    async with changing(info, Return, input, "returnDecline") as it:
        short(input.reason, "reason")
        return await returns.decline(it.session, it.row, input.reason, it.step)


async def cancel(info: Info, input: ReturnCancelInput) -> Return:
    """Called off before any scan."""
    async with changing(info, Return, input, "returnCancel", input.reason) as it:
        short(input.reason, "reason")
        return await returns.cancel(it.session, it.row, it.step)


async def ask(info: Info, input: ReturnAskInput) -> Return:
    """The merchant asks the buyer."""
    async with changing(info, Return, input, "returnAsk") as it:
        short(input.question, "question")
        return await returns.ask(it.session, it.vault, it.row, input.question, it.step)


async def answer(info: Info, input: ReturnAnswerInput) -> Return:
    """The buyer answers."""
    async with changing(info, Return, input, "returnAnswer") as it:
        short(input.answer, "answer")
        return await returns.answer(it.session, it.vault, it.row, input.answer, it.step)


async def dispute(info: Info, input: ReturnDisputeInput) -> Return:
    """A side appeals."""
    async with changing(info, Return, input, "returnDispute") as it:
        short(input.reason, "reason")
        return await returns.dispute(it.session, it.row, input.reason, it.step)


async def rule(info: Info, input: ReturnRuleInput) -> Return:
    """The platform rules."""
    if info.context.viewer.kind is not PartnerKind.PLATFORM:
        raise Forbidden("Only a platform rules over an appeal.")
    async with changing(info, Return, input, "returnRule", input.reason) as it:
        short(input.reason, "reason")
        ruling = input.ruling.strip().upper()
        if ruling not in RULINGS:
            raise Refused(Refusal(RefusalCode.INVALID, f"A ruling is one of {', '.join(RULINGS)}.", ("ruling",)))
        return await returns.rule(it.session, it.vault, it.row, ruling, it.step)


async def receive(info: Info, input: ReturnReceiveInput) -> Return:
    """The warehouse counts."""
    async with changing(info, Return, input, "returnReceive") as it:
        counted = [
            Received(_line_id(index, each.id), each.received, each.damaged, each.wrong, each.missing)
            for index, each in enumerate(input.lines)
        ]
        return await return_goods.receive(it.session, it.row, counted, it.step)


async def inspect(info: Info, input: ReturnInspectInput) -> Return:
    """The warehouse judges."""
    async with changing(info, Return, input, "returnInspect") as it:
        judged = [
            Inspected(
                _line_id(index, each.id),
                each.disposition,
                each.condition,
                {"buyersFault": True} if each.buyers_fault else None,
            )
            for index, each in enumerate(input.lines)
        ]
        return await return_goods.inspect(it.session, it.row, judged, it.step)


def _line_id(index: int, text: str) -> Any:
    return _id(text, ReturnLine.prefix, ("lines", str(index), "id"))


def _id(text: str, prefix: str, field: tuple[str, ...]) -> Any:
    parsed = parse_typeid(text)
    if parsed is None or parsed[0] != prefix:
        raise Refused(Refusal(RefusalCode.NOT_FOUND, "There is nothing of this id.", field))
    return parsed[1]
