"""Exchanges and repairs as partners ask for them, follow them and let their time pass."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from aftersales import case_clocks
from db.ids import parse_typeid
from db.models.warehouses import Stock, Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import Bought, bought, change, requested

SMALL = "SIZE_TOO_SMALL"
EXCHANGE = """fragment X on Exchange {
  id number status version isTerminal allowedActions waitingOn deadlineAt onDeadline isResend isAdvance isAtDoor isCareful
  items { sku title quantity isReserved unitPrice { amount } } price { amount } difference { amount currency }
  paid { amount } paymentReference receivable { amount } releasedAt trackingNumber shipments { trackingNumber status }
  return { id status } }
"""
REPAIR = """fragment W on Repair {
  id number status version isTerminal allowedActions waitingOn onDeadline symptom serialNumber quote { amount currency }
  steps { words by at } loan { serialNumber dueAt returnedAt } trackingNumber shipments { trackingNumber } return { id status }
}
"""
STANDS = (
    EXCHANGE
    + REPAIR
    + """query ($id: ID!) { return(id: $id) { id status resolution version isTerminal exchange { ...X } repair { ...W }
  lines { id quantity disposition } refunds { id status purpose amount { amount } } order { status deliveredAt } } }"""
)
CALLS = {
    "exchangeRelease": ("exchange", EXCHANGE + "mutation ($input: ExchangeReleaseInput!, $key: String!) {"),
    "exchangeShip": ("exchange", EXCHANGE + "mutation ($input: ExchangeShipInput!) {"),
    "exchangeConvert": ("exchange", EXCHANGE + "mutation ($input: ExchangeConvertInput!) {"),
    "repairUpdate": ("repair", REPAIR + "mutation ($input: RepairUpdateInput!) {"),
}
PUSH = """mutation($input: [TrackingEventInput!]!) { trackingEventsPush(input: $input) {
  results { outcome userErrors { message } } userErrors { message } } }"""


def text(name: str) -> str:
    """The text of a mutation of an exchange or a repair."""
    node, head = CALLS[name]
    keyed = " @idempotent(key: $key)" if "$key" in head else ""
    fields = f"{node} {{ ...{'X' if node == 'exchange' else 'W'} }} userErrors {{ code message field }}"
    return f"{head} {name}(input: $input){keyed} {{ {fields} }} }}"


async def call(api: Api, who: make.Someone, name: str, case: Mapping[str, Any], **more: Any) -> Any:
    """The payload of a mutation of an exchange or a repair."""
    keyed = {"key": uuid4().hex} if "$key" in CALLS[name][1] else {}
    return (await api.ask(who, text(name), input={"id": case["id"], **more}, **keyed))[name]


async def done(api: Api, who: make.Someone, name: str, case: Mapping[str, Any], **more: Any) -> Any:
    """The exchange or repair after a mutation that must succeed."""
    told = await call(api, who, name, case, **more)
    assert told["userErrors"] == []
    return told[CALLS[name][0]]


async def stands(api: Api, who: make.Someone, rma: Mapping[str, Any]) -> Any:
    """A return with its exchange or repair as it stands."""
    return (await api.ask(who, STANDS, id=rma["id"]))["return"]


def goods(price: str, sku: str = "TEE-RED-L", **more: Any) -> dict[str, Any]:
    """The new goods of an exchange."""
    return {"sku": sku, "unitPrice": {"amount": price, "currency": "CNY"}, **more}


async def stocked(store: Store, who: make.Someone, sku: str, on_hand: int, code: str = "SZ") -> None:
    """A warehouse with so many of one thing."""
    await store.keys_of(who.merchant_id)
    async with store.writing(EVERYTHING) as session:
        place = await session.scalar(
            select(Warehouse).where(Warehouse.merchant_id == who.merchant_id, Warehouse.code == code)
        )
        if place is None:
            place = Warehouse(merchant_id=who.merchant_id, code=code, name=code, country="CN")
            place.seal(store.vault, address="{}")
            session.add(place)
            await session.flush()
        session.add(Stock(merchant_id=who.merchant_id, warehouse_id=place.id, sku=sku, on_hand=on_hand))


async def stock_of(store: Store, who: make.Someone, sku: str) -> tuple[int, int]:
    """How many are there, and how many are kept."""
    async with store.reading(EVERYTHING) as session:
        row = await session.scalar(select(Stock).where(Stock.merchant_id == who.merchant_id, Stock.sku == sku))
        assert row
        return row.on_hand, row.reserved


async def time_is_up(store: Store, case: Mapping[str, Any], at: datetime | None = None) -> None:
    """What time does to one case once its deadline has passed."""
    parsed = parse_typeid(case["id"])
    assert parsed
    await store.keys_of()
    async with store.writing(EVERYTHING) as session:
        moment = at or datetime.fromisoformat(case["deadlineAt"])
        assert await case_clocks.strike(session, store.vault, parsed[1], moment)


async def received(api: Api, who: make.Someone, rma: Mapping[str, Any], disposition: str | None = "RESTOCK") -> None:
    """All its goods came in order, and were judged."""
    lines = [{"id": each["id"], "received": each["quantity"]} for each in rma["lines"]]
    told = await change(api, who, "returnReceive", dict(rma), lines=lines)
    assert told["userErrors"] == []
    if disposition is not None:
        judged = [{"id": each["id"], "disposition": disposition} for each in rma["lines"]]
        assert (await change(api, who, "returnInspect", dict(rma), lines=judged))["userErrors"] == []


async def scanned(api: Api, store: Store, number: str, *statuses: str, carrier: str = "sf") -> None:
    """What the carrier says of a parcel, over its own door."""
    who = await make.carrier(store, carrier)
    for day, status in enumerate(statuses, 1):
        news = {"trackingNumber": number, "status": status, "occurredAt": f"2026-06-0{day}T10:00:00+08:00"}
        told = await api.ask(who, PUSH, input=[news])
        assert told["trackingEventsPush"]["results"][0]["outcome"] == "RECORDED"


def codes(told: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The refusals of a payload with their places."""
    return [(each["code"], each["field"]) for each in told["userErrors"]]


async def asked(api: Api, who: make.Someone, order: Bought, quantity: int = 1, **wish: Any) -> Any:
    """A return with an exchange for its size; its goods cost 99.50 each."""
    told = await requested(api, who, order.line(0, quantity, SMALL), resolution="EXCHANGE", exchange=wish)
    assert told["userErrors"] == []
    return await stands(api, who, told["return"])


async def two(api: Api, store: Store, who: make.Someone) -> tuple[Any, Any]:
    """An exchange and a repair."""
    order = await bought(store, who)
    exchange = (await asked(api, who, order, **goods("99.50")))["exchange"]
    wish = {"resolution": "REPAIR", "repair": {"symptom": "black"}}
    told = await requested(api, who, order.line(0, 1, "DEFECTIVE"), **wish)
    return exchange, (await stands(api, who, told["return"]))["repair"]
