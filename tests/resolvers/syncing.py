"""``ordersSync`` as the tests of several files send it."""

from typing import Any

from sqlalchemy import func, select

from db.models.base import Row
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

SYNC = """mutation($input: [OrderInput!]!) { ordersSync(input: $input) {
  results { index number outcome userErrors { code message field }
    order { id number status needsAction flags problems { flag line field message } promisedDeliveryAt
      total { amount currency } customer { id externalId }
      lines { id sku quantity title } shipments { id trackingNumber promisedDeliveryAt carrier { code } }
      shippingAddress { region regionCode city district street postalCode } } }
  userErrors { code message field } } }"""


async def sync(api: Api, who: make.Someone, *forms: dict[str, Any]) -> list[Any]:
    """The outcomes; fails when the whole was refused."""
    told = (await api.ask(who, SYNC, input=list(forms)))["ordersSync"]
    assert told["userErrors"] == []
    assert [each["index"] for each in told["results"]] == list(range(len(forms)))
    results: list[Any] = told["results"]
    return results


async def outcomes(api: Api, who: make.Someone, *forms: dict[str, Any]) -> list[str]:
    """What became of each."""
    return [each["outcome"] for each in await sync(api, who, *forms)]


async def rows(store: Store, model: type[Row], who: make.Someone) -> int:
    """How many rows of this table the merchant has."""
    owned: Any = model
    async with store.reading(EVERYTHING) as session:
        counted = select(func.count()).select_from(owned).where(owned.merchant_id == who.merchant_id)
        return await session.scalar(counted) or 0
