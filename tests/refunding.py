"""Returns whose money is due, and what a merchant's system says of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from aftersales import cases, refunds
from aftersales.refunds import Grant
from aftersales.rules.money import Step
from db.case_enums import RefundPurpose, RefundStep, Resolution
from db.ids import parse_typeid
from db.models.orders import Order
from db.models.policies import ReturnPolicy
from db.models.refunds import Refund
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import Bought, bought, change, requested

REFUND = """fragment F on Refund {
  id number status version isTerminal allowedActions waitingOn deadlineAt onDeadline breachedAt breaches purpose tender trigger
  amount { amount currency } paid { amount } left { amount } shipping { amount } promisedFrom
  steps { kind label amount { amount } returnLineId } lines { quantity amount { amount } returnLine { sku money } }
  transfers { reference status tender amount { amount } reason } return { id status }
}
"""
CONFIRM = (
    REFUND
    + """mutation ($input: RefundTransferConfirmInput!, $key: String!) {
  refundTransferConfirm(input: $input) @idempotent(key: $key) { refund { ...F } userErrors { code message field } } }"""
)
MONEY = (
    REFUND
    + """query ($id: ID!) { return(id: $id) { id status version trigger
  lines { id sku money } refund { ...F } refunds { ...F }
  refundPreview { amount { amount currency } trigger tender steps { kind label amount { amount } returnLineId } }
  order { moneyBack { due { amount } granted { amount } paid { amount } left { amount } refunds { id } } } } }"""
)


def priced(sku: str, price: str, quantity: int = 1, currency: str = "CNY") -> dict[str, Any]:
    """A line of an order."""
    return {
        "sku": sku,
        "title": sku.title(),
        "quantity": quantity,
        "unitPrice": {"amount": price, "currency": currency},
    }


def total(amount: str, currency: str = "CNY") -> dict[str, str]:
    """What an order costs."""
    return {"amount": amount, "currency": currency}


async def money(api: Api, who: make.Someone, rma: dict[str, Any]) -> Any:
    """A return's money as it stands."""
    return (await api.ask(who, MONEY, id=rma["id"]))["return"]


async def received(api: Api, who: make.Someone, rma: dict[str, Any], *counts: dict[str, int]) -> Any:
    """The return after the warehouse counted its lines, all in order unless told."""
    lines = [
        {"id": line["id"], **(counts[index] if counts else {"received": line["quantity"]})}
        for index, line in enumerate(rma["lines"])
        if not counts or (index < len(counts) and counts[index])
    ]
    told = await change(api, who, "returnReceive", rma, lines=lines)
    assert told["userErrors"] == []
    return told["return"]


async def inspected(api: Api, who: make.Someone, rma: dict[str, Any], *indices: int, **found: Any) -> Any:
    """The return after the warehouse judged these of its lines, all unless told."""
    lines = [
        {"id": line["id"], "disposition": "RESTOCK", **found}
        for index, line in enumerate(rma["lines"])
        if not indices or index in indices
    ]
    told = await change(api, who, "returnInspect", rma, lines=lines)
    assert told["userErrors"] == []
    return told["return"]


async def confirmed(
    api: Api, who: make.Someone, refund: dict[str, Any], outcome: str = "SUCCEEDED", **more: Any
) -> Any:
    """The payload of a refundTransferConfirm under a fresh key."""
    wish = {"refundId": refund["id"], "outcome": outcome, "reference": "psp-1", **more}
    return (await api.ask(who, CONFIRM, input=wish, key=uuid4().hex))["refundTransferConfirm"]


async def granted(api: Api, store: Store, who: make.Someone, **given: Any) -> tuple[Bought, Any]:
    """An order, and its whole return with the money granted."""
    order = await bought(store, who, **given)
    lines = [order.line(index, each.quantity, "DEFECTIVE") for index, each in enumerate(order.lines)]
    rma = (await requested(api, who, *lines))["return"]
    await inspected(api, who, await received(api, who, rma))
    return order, await money(api, who, rma)


async def policy(store: Store, who: make.Someone, **rules: Any) -> ReturnPolicy:
    """A merchant's own policy for all countries, in force for long; everything approves itself unless told."""
    auto = {"mostMinor": {"CNY": 10**9, "JPY": 10**9, "KWD": 10**9}, "mostReturns": 99}
    every = [each.name for each in Resolution]
    row = ReturnPolicy(
        merchant_id=who.merchant_id,
        code="own",
        version=1,
        name="Ours",
        country=None,
        rules={"noReasonDays": 30, "auto": auto, "resolutions": every, "trigger": "INSPECTION", **rules},
        effective_at=make.NOW - timedelta(days=90),
        published_at=make.NOW - timedelta(days=90),
    )
    async with store.writing(EVERYTHING) as session:
        session.add(row)
    return row


def steps(of: dict[str, Any]) -> list[tuple[str, str]]:
    """A sum, told short."""
    return [(step["kind"], step["amount"]["amount"]) for step in of["steps"]]


async def difference(store: Store, order: Order, minor: int) -> Refund:
    """A grant over an order, in a transaction of its own. Refused where more would go back than is due."""
    wish = Grant(
        merchant_id=order.merchant_id,
        purpose=RefundPurpose.EXCHANGE,
        currency=order.currency,
        steps=[Step(RefundStep.DIFFERENCE, "What other goods cost less", minor)],
        order=order,
        customer_id=order.customer_id,
    )
    async with store.writing(EVERYTHING) as session:
        return await refunds.grant(session, wish, cases.Step(make.BY, make.NOW))


def id_of(told: dict[str, Any]) -> Any:
    """The id in the store."""
    parsed = parse_typeid(told["id"])
    assert parsed
    return parsed[1]
