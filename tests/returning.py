"""Orders that arrived, and what a partner says to send goods of them back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from db.enums import OrderStatus
from db.models.orders import Order, OrderLine
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

RETURN = """fragment R on Return {
  id rmaNumber status version isTerminal allowedActions waitingOn deadlineAt onDeadline finalizedAt resolution reason method
  value { amount currency } decision { outcome decidedBy because { rule holds } appealUntil }
  lines { id sku quantity received damaged wrong missing condition disposition logistics money }
  orders { number } order { number }
}
fragment E on UserError { code message field }
"""
REQUEST = (
    RETURN
    + """mutation ($input: ReturnRequestInput!, $key: String!) {
  returnRequest(input: $input) @idempotent(key: $key) { return { ...R } userErrors { ...E } } }"""
)


def changing(name: str, kind: str = "ReturnRefInput") -> str:
    """The text of a mutation of a return."""
    return (
        f"{RETURN} mutation ($input: {kind}!) {{ {name}(input: $input) {{ return {{ ...R }} userErrors {{ ...E }} }} }}"
    )


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as the tests need it."""

    order: Order
    lines: list[OrderLine]

    def line(self, index: int = 0, quantity: int = 1, reason: str = "NO_LONGER_WANTED") -> dict[str, Any]:
        """A line of a returnRequest's input."""
        return {"orderLineId": self.lines[index].typeid, "quantity": quantity, "reason": reason}


async def bought(store: Store, who: make.Someone, *, delivered_at: datetime | None = None, **given: Any) -> Bought:
    """An order that was delivered a day ago, unless told."""
    order = await make.order(store, who.merchant_id, given.pop("number", f"A-{uuid4().hex[:10]}"), **given)
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(Order, order.id)
        row.delivered_at = delivered_at or make.NOW - timedelta(days=1)
        row.status = OrderStatus.DELIVERED
    async with store.reading(EVERYTHING) as session:
        lines = await session.scalars(
            select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)
        )
        return Bought(row, list(lines))


async def requested(api: Api, who: make.Someone, *lines: dict[str, Any], **more: Any) -> Any:
    """The payload of a returnRequest under a fresh key."""
    told = await api.ask(who, REQUEST, input={"lines": list(lines), **more}, key=uuid4().hex)
    return told["returnRequest"]


async def change(api: Api, who: make.Someone, name: str, rma: dict[str, Any], kind: str = "", **more: Any) -> Any:
    """The payload of a mutation of a return."""
    wish = {"id": rma["id"], **more}
    kind = kind or name[0].upper() + name[1:] + "Input"
    told = await api.ask(who, changing(name, kind), input=wish)
    return told[name]
