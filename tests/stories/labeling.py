"""What stories of labels need: an American order, a return that is approved, what a link gives."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from aftersales import credentials
from db.enums import PartnerKind
from db.models.orders import Order
from db.models.partners import Partner
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from tests import make
from tests.asking import serving
from tests.returning import Bought, bought, change, requested
from tests.stories.conftest import Stage

SEEN = """query($id: ID!) { return(id: $id) { status method waitingOn
  labels { id state method carrier { code } trackingNumber reference mediaType url urlExpiresAt expiresAt reason doubtful }
  shipments { trackingNumber direction status } lines { logistics } } }"""
AMERICAN = {
    "name": "Jane Smith",
    "country": "US",
    "region": "IL",
    "city": "Springfield",
    "street": ["456 Oak Avenue"],
    "postalCode": "62701",
}
HOUSE = """{"name": "Returns", "phone": "+12015550199", "country": "US", "region": "New Jersey", "regionCode": "US-NJ",
  "city": "Allendale", "street": ["123 Main Street"], "postalCode": "07401", "company": "Shop"}"""


async def american(stage: Stage, *carriers: str, phone: str = "+12175551234") -> tuple[make.Someone, Bought]:
    who = await stage.seller(*carriers)
    async with stage.store.writing(EVERYTHING) as session:
        house = await session.scalar(select(Warehouse).where(Warehouse.merchant_id == who.merchant_id))
        assert house is not None
        house.country = "US"
        house.seal(stage.store.vault, address=HOUSE)
    address = {**AMERICAN, "phone": phone}
    yesterday = stage.api.clock.now - timedelta(days=1)
    customer = {"externalId": uuid4().hex, "name": "Jane Smith", "phone": "+12175551234"}
    return who, await bought(stage.store, who, delivered_at=yesterday, shippingAddress=address, customer=customer)


async def sent_back(stage: Stage, who: make.Someone, order: Bought) -> Any:
    """An approved return of a piece of it."""
    rma = (await requested(stage.api, who, order.line()))["return"]
    if rma["status"] == "APPROVED":
        return rma
    return (await change(stage.api, who, "returnApprove", rma, kind="ReturnRefInput"))["return"]


def files_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


async def seen(stage: Stage, who: Any, rma: dict[str, Any]) -> Any:
    return (await stage.api.ask(who, SEEN, id=rma["id"]))["return"]


async def fetched(stage: Stage, folder: Path, url: str) -> Any:
    """What the link gives, at a door over the same store and folder."""
    async with serving(stage.store, files=folder) as door:
        door.clock.now = stage.api.clock.now
        return await door.http.get("/files/" + url.split("/files/")[1])


def buyer(stage: Stage, order: Order) -> make.Someone:
    now, scopes = stage.api.clock.now, ("returns:read", "shipments:read")
    given = (order.merchant_id, order.customer_id, timedelta(hours=1), now, scopes)
    token, _ = credentials.mint_customer_token(stage.store.vault, *given)
    return make.Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), token)
