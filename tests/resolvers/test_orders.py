from db.session import Store
from tests import make
from tests.asking import Api


async def test_an_order_is_found_by_its_number(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    await make.order(store, seller.merchant.id, "A-1")

    told = await api.ask(
        seller,
        """query($n: String!) { order(number: $n) { id number status total { amount currency } placedAt flags problems { flag message field line }
          customer { name phone } shippingAddress { name phone country region regionCode city district street unit postalCode }
          lines { sku title quantity unitPrice { amount currency } weightGrams attributes { name value } } shipments { id } merchant { name } } }""",
        n="A-1",
    )
    assert told["order"]["total"] == {"amount": "199.00", "currency": "CNY"}
    assert told["order"]["customer"]["name"] == "王**"
