"""A row of the table: what a valid call of a mutation needs beforehand, and what it answers with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from db.enums import PartnerKind
from db.ids import parse_typeid
from db.models.shipments import Shipment
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from tests import make, refunding
from tests.matrix.ground import Ground
from tests.returning import change, requested

Ready = Callable[[Ground], Awaitable[Any]]
DEAR = [{"sku": "TV", "title": "TV", "quantity": 2, "unitPrice": {"amount": "5999.00", "currency": "CNY"}}]
WINDOW = {"start": "2026-06-03T01:00:00Z", "end": "2026-06-03T03:00:00Z"}
LATER = {"start": "2026-06-04T01:00:00Z", "end": "2026-06-04T03:00:00Z"}
DOOR = {"country": "CN", "region": "广东省", "city": "深圳市", "district": "福田区", "street": ["深南大道2号"]}


@dataclass(frozen=True, slots=True)
class Row:
    """``ready`` makes the ground and gives a valid input; ``shows`` is what to select beside the refusals. ``also`` are
    scopes that this call takes beside the mutation's own, ``some`` one of several that would do. ``kind``: who calls.
    ``is_foreign``: the input names a row, which another may not; ``foreign``: what they are told of a line in it. ``stays``: nothing is kept of it. ``buyers``: what
    another buyer is told, where it is a mutation of buyers, too. ``races``: refusals of one that came second at the same
    moment, and not in turn."""

    ready: Ready
    shows: str
    kind: PartnerKind = PartnerKind.MERCHANT
    also: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    is_foreign: bool = True
    foreign: str = "NOT_FOUND"
    stays: bool = False
    buyers: str | None = "NOT_FOUND"
    races: tuple[str, ...] = ()


def key_of(id_: str) -> UUID:
    """The id in the store."""
    parsed = parse_typeid(id_)
    assert parsed
    return parsed[1]


async def asked(it: Ground, **more: Any) -> Any:
    """A return for whose approval a person is needed."""
    order = await it.bought(lines=DEAR, total={"amount": "11998.00", "currency": "CNY"})
    return (await requested(it.api, it.who, order.line(), **more))["return"]


async def approved(it: Ground, reason: str = "DEFECTIVE", **more: Any) -> Any:
    """A return that approved itself, of two pieces."""
    order = await it.bought()
    told = await requested(it.api, it.who, order.line(0, 2, reason), **more)
    assert told["userErrors"] == []
    return told["return"]


async def declined(it: Ground) -> Any:
    """A return whose buyer may appeal."""
    return (await change(it.api, it.who, "returnDecline", await asked(it), reason="worn"))["return"]


async def disputed(it: Ground) -> Any:
    """A return over which a platform rules."""
    rma = await declined(it)
    return (await change(it.api, it.buyer(), "returnDispute", rma, reason="not worn"))["return"]


async def granted(it: Ground) -> Any:
    """A refund that waits for its money to move."""
    rma = await approved(it)
    await refunding.inspected(it.api, it.who, await refunding.received(it.api, it.who, rma))
    return (await refunding.money(it.api, it.who, rma))["refund"]


async def housed(it: Ground, address: Any = DOOR, **more: Any) -> Warehouse:
    """A warehouse that takes goods back."""
    code = it.word("W")
    text = """mutation($input: WarehouseSaveInput!) { warehouseSave(input: $input) { warehouse { id } userErrors { code } } }"""
    wish = {"code": code, "name": "仓", "address": address, "isDefault": not more, **more}
    assert (await it.api.ask(it.who, text, input=wish))["warehouseSave"]["userErrors"] == []
    async with it.store.reading(EVERYTHING) as session:
        row = await session.scalar(select(Warehouse).where(Warehouse.code == code))
        assert row
        return row


async def said(it: Ground, name: str, wish: Any, shows: str, *, key: bool = False) -> Any:
    """What a mutation of the merchant's answers, which must be no refusal."""
    type_ = name[0].upper() + name[1:] + "Input"
    keyed = f' @idempotent(key: "{uuid4().hex}")' if key else ""
    text = f"mutation($input: {type_}!) {{ {name}(input: $input){keyed} {{ {shows} userErrors {{ code message }} }} }}"
    told = (await it.api.ask(it.who, text, input=wish))[name]
    assert told["userErrors"] == []
    return told


async def parcel(it: Ground, **columns: Any) -> Shipment:
    """A parcel of an order, followed."""
    order = await it.bought()
    return await make.shipment(it.store, it.merchant_id, it.number(), "sf", [order.order], **columns)


async def booked(it: Ground) -> Any:
    """A pickup that was asked for."""
    await make.account(it.store, it.merchant_id)
    await housed(it)
    rma = await approved(it)
    told = await said(
        it, "pickupBook", {"carrier": "sf", "window": WINDOW, "returnId": rma["id"]}, "pickup { id version }", key=True
    )
    return told["pickup"]
