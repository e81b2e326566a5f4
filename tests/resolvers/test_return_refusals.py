"""What a policy says no to and what one return cannot hold, told in its place; a courier only for goods that are to come."""

from typing import Any
from uuid import uuid4

import pytest

from aftersales import cases
from aftersales.log import By
from aftersales.refusals import Refused
from aftersales.rules.returns import E
from db.enums import OrderStatus, Party
from db.models.orders import Order
from db.models.returns import Return
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.matrix.rows import WINDOW, key_of
from tests.quoting import seller
from tests.refunding import policy, priced, total
from tests.returning import bought, change, requested

BOOK = """mutation ($input: PickupBookInput!, $key: String!) { pickupBook(input: $input) @idempotent(key: $key) {
  pickup { id } userErrors { code field } } }"""
RULES: dict[str, Any] = {
    "resolutions": ["REFUND", "EXCHANGE"],
    "methods": ["LABEL"],
    "openedExcluded": {"hygiene": "Opened hygiene goods are not taken back."},
    "excluded": {"fresh": "Fresh goods are not taken back."},
}


@pytest.fixture(scope="module")
async def who(store: Store) -> make.Someone:
    """A merchant whose own policy offers little."""
    one = await make.merchant(store)
    await policy(store, one, **RULES)
    return one


def said(told: Any) -> list[tuple[str, str]]:
    """The refusals with their places."""
    assert told["return"] is None
    return [(no["code"], ".".join(no["field"])) for no in told["userErrors"]]


@pytest.mark.parametrize(
    ("line", "wish", "more"),
    [
        ({"category": "fresh"}, {}, {}),
        ({"category": "hygiene"}, {"isOpened": True}, {}),
        ({"attributes": [{"name": "final_sale", "value": "true"}]}, {}, {}),
        ({}, {}, {"resolution": "REPAIR", "repair": {"symptom": "black"}}),
        ({}, {}, {"resolution": "REFUND_WITHOUT_RETURN"}),
        ({}, {}, {"method": "LOCKER"}),
    ],
    ids=["a category", "opened goods", "a final sale", "a resolution", "goods too dear to keep", "a way back"],
)
async def test_what_the_policy_does_not_offer_is_refused(
    api: Api, store: Store, who: make.Someone, line: dict[str, Any], wish: dict[str, Any], more: dict[str, Any]
) -> None:
    order = await bought(store, who, lines=[{**priced("SOAP", "99.50"), **line}])

    no = said(await requested(api, who, {**order.line(), **wish}, **more))

    place = {"resolution": "input.resolution", "method": "input.method"}
    assert no == [("POLICY", next((place[name] for name in more if name in place), "input.lines.0.orderLineId"))]


async def test_a_fault_is_taken_back_whatever_was_excluded(api: Api, store: Store, who: make.Someone) -> None:
    sold = {"category": "hygiene", "attributes": [{"name": "final_sale", "value": "true"}]}
    order = await bought(store, who, lines=[{**priced("SOAP", "99.50"), **sold}])

    told = await requested(api, who, {**order.line(reason="DEFECTIVE"), "isOpened": True})

    assert told["userErrors"] == []


async def test_nothing_of_an_order_that_was_cancelled_comes_back(api: Api, store: Store, who: make.Someone) -> None:
    order = await bought(store, who)
    async with store.writing(EVERYTHING) as session:
        (await session.get_one(Order, order.order.id)).status = OrderStatus.CANCELED

    assert said(await requested(api, who, order.line())) == [("NOT_ELIGIBLE", "input.lines.0.orderLineId")]


@pytest.mark.parametrize(
    "other",
    [
        {"customer": {"externalId": "somebody else"}},
        {"lines": [priced("MUG", "9.00", currency="EUR")], "total": total("9.00", "EUR")},
    ],
    ids=["of another buyer", "in another currency"],
)
async def test_one_return_is_of_one_buyer_and_in_one_currency(
    api: Api, store: Store, who: make.Someone, other: dict[str, Any]
) -> None:
    buyer: dict[str, Any] = {"customer": {"externalId": uuid4().hex}}
    orders = [await bought(store, who, **buyer), await bought(store, who, **{**buyer, **other})]

    assert said(await requested(api, who, *(each.line() for each in orders))) == [("INVALID", "input.lines")]


async def test_a_courier_is_sent_only_for_goods_that_are_to_come(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await make.account(store, seller.merchant_id)
    rma = (await requested(api, seller, (await bought(store, seller)).line(reason="DEFECTIVE")))["return"]
    await change(api, seller, "returnCancel", rma)
    wish = {"carrier": "sf", "window": WINDOW, "returnId": rma["id"]}

    told = (await api.ask(seller, BOOK, input=wish, key=uuid4().hex))["pickupBook"]

    assert told["userErrors"] == [{"code": "STATE", "field": ["input", "returnId"]}]


async def test_nobody_moves_a_case_as_is_not_theirs_to_do(api: Api, store: Store, who: make.Someone) -> None:
    rma = (await requested(api, who, (await bought(store, who)).line(reason="DEFECTIVE")))["return"]
    async with store.writing(EVERYTHING) as session:
        row = await cases.locked(session, Return, key_of(rma["id"]))
        with pytest.raises(Refused, match="A buyer may not do that with a return"):
            await cases.move(session, row, E.RECEIVE, cases.Step(By(Party.BUYER, "test"), make.NOW))


async def test_a_way_that_no_carrier_of_the_merchant_goes_is_refused_at_once(api: Api, store: Store) -> None:
    one = await seller(store, "sf")
    order = await bought(store, one)

    assert said(await requested(api, one, order.line(), method="BOX_FREE_QR")) == [("NOT_ELIGIBLE", "input.method")]


async def test_what_is_wished_for_is_refused_once_for_all_lines(api: Api, store: Store, who: make.Someone) -> None:
    order = await bought(store, who, lines=[priced("SOAP", "99.50"), priced("TEE", "99.50")])

    told = await requested(api, who, order.line(0), order.line(1), resolution="REPAIR", repair={"symptom": "black"})

    assert said(told) == [("POLICY", "input.resolution")]
