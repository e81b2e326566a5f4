"""What stories over a customs border need: a German order of a Chinese merchant, its papers, a hub."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson

from carriers.desk import Entry
from db.enums import OrderStatus, TrackingStatus
from db.models.orders import Order
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from tests import make
from tests.returning import Bought, bought, change, requested
from tests.stories.conftest import Stage

GERMAN = {
    "name": "Max Mustermann",
    "phone": "+4915112345678",
    "country": "DE",
    "region": "Berlin",
    "city": "Berlin",
    "street": ["Musterstr. 1"],
    "postalCode": "10115",
}
LEIPZIG = {
    "name": "Hub",
    "phone": "+4934112345678",
    "country": "DE",
    "region": "Sachsen",
    "city": "Leipzig",
    "street": ["Industriestr. 5"],
    "postalCode": "04229",
    "company": "Shop Hub",
}
SHIRT = {
    "sku": "SHIRT",
    "title": "Cotton shirt",
    "quantity": 2,
    "unitPrice": {"amount": "40.00", "currency": "EUR"},
    "weightGrams": 300,
    "hsCode": "6109.10.00",
    "countryOfOrigin": "pt",
}
PAPERS = """fragment C on Return { status method waitingOn onDeadline deadlineAt version
  lines { id sku logistics hsCode countryOfOrigin customsValue { amount currency } weightGrams }
  labels { state carrier { code } trackingNumber } pickups { status carrier { code } trackingNumber }
  shipments { trackingNumber direction status }
  customs { fromCountry toCountry reason value { amount currency } netGrams isComplete isWaiting
    missing { sku gap } english: because(locale: EN) chinese: because(locale: ZH)
    exports { carrier trackingNumber } exportReference relief { territory days } } }
"""
SEEN = PAPERS + "query ($id: ID!) { return(id: $id) { ...C } }"
UPDATE = (
    PAPERS
    + """mutation ($input: ReturnCustomsUpdateInput!) { returnCustomsUpdate(input: $input) {
  return { ...C } userErrors { code message field } } }"""
)
SHEET = """fragment S on ConsolidationSheet { hub { code } to { code } crossesBorder grams isComplete because
  lines { quantity returnLine { id sku } } totals { hsCode countryOfOrigin quantity grams value { amount currency } }
  values { amount currency } sent { id shipment { trackingNumber status } } }
"""
HUB = SHEET + "{ warehouses { code consolidation { ...S } consolidations { id } } }"
NOTE = SHEET + "query ($id: ID!) { return(id: $id) { consolidation { ...S } } }"
SEND = (
    SHEET
    + """mutation ($input: ConsolidationSendInput!, $key: String!) { consolidationSend(input: $input) @idempotent(key: $key) {
  consolidation { id exportReference shipment { trackingNumber direction } sheet { ...S } }
  userErrors { code message field } } }"""
)


async def hub(stage: Stage, who: make.Someone) -> None:
    """A German hub of the Chinese merchant."""
    async with stage.store.writing(EVERYTHING) as session:
        row = Warehouse(merchant_id=who.merchant_id, code="LEJ", name="Leipzig", country="DE", is_hub=True)
        row.seal(stage.store.vault, address=orjson.dumps(LEIPZIG).decode())
        session.add(row)


async def german_order(stage: Stage, who: make.Someone, **line: Any) -> Bought:
    """What a buyer in Berlin bought, with its way out."""
    lines = [{name: value for name, value in {**SHIRT, **line}.items() if value is not None}]
    order = await bought(
        stage.store,
        who,
        delivered_at=stage.api.clock.now - timedelta(days=1),
        total={"amount": "80.00", "currency": "EUR"},
        customer={"externalId": uuid4().hex, "name": "Max Mustermann", "phone": GERMAN["phone"]},
        shippingAddress=GERMAN,
        lines=lines,
    )
    number, arrived = f"EX{uuid4().hex[:8].upper()}", order.order.delivered_at
    parcel = {"status": TrackingStatus.DELIVERED, "delivered_at": arrived}
    await make.shipment(stage.store, who.merchant_id, number, "fedex", [order.order], **parcel)
    async with stage.store.writing(EVERYTHING) as session:
        row = await session.get_one(Order, order.order.id)
        row.delivered_at, row.status = arrived, OrderStatus.DELIVERED
    return order


async def approved(stage: Stage, who: make.Someone, order: Bought, reason: str = "NO_LONGER_WANTED") -> Any:
    asked = await requested(stage.api, who, order.line(quantity=2, reason=reason))
    assert asked["userErrors"] == []
    rma = asked["return"]
    if rma["status"] == "APPROVED":
        return rma
    return (await change(stage.api, who, "returnApprove", rma, kind="ReturnRefInput"))["return"]


async def seen(stage: Stage, who: make.Someone, rma: dict[str, Any]) -> Any:
    return (await stage.api.ask(who, SEEN, id=rma["id"]))["return"]


async def told(stage: Stage, who: make.Someone, rma: dict[str, Any], **more: Any) -> Any:
    return (await stage.api.ask(who, UPDATE, input={"id": rma["id"], **more}))["returnCustomsUpdate"]


def entries(stage: Stage, carrier: str) -> list[Entry]:
    """The bookings as the carrier's sandbox has them, of the messages that it was sent."""
    return list(stage.book.desk(carrier).entries.values())


async def waiting(stage: Stage, who: make.Someone) -> Any:
    return (await stage.api.ask(who, HUB))["warehouses"]


async def sent(stage: Stage, who: make.Someone, wish: dict[str, Any], key: str = "") -> Any:
    return (await stage.api.ask(who, SEND, input=wish, key=key or uuid4().hex))["consolidationSend"]
