"""``UserError.detail``: the facts of each kind of refusal, as they were told first and when the call is repeated."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.session import Store
from tests import make
from tests.asking import Api
from tests.quoting import SHENZHEN, seller
from tests.refunding import granted
from tests.returning import bought, requested

DETAIL = """userErrors { code field detail { kind: __typename
  ... on StateTransitionDetail { from to allowed }
  ... on QuantityDetail { max min asked }
  ... on AmountDetail { limit: max { amount currency } wish: asked { amount currency } }
  ... on WindowClosedDetail { closedAt policy { code version } }
  ... on CarrierRejectedDetail { carrier rawCode retryable } } }"""
STOCK = f"""mutation($input: StockSyncInput!, $key: String!) {{ stockSync(input: $input) @idempotent(key: $key) {{
  results {{ outcome {DETAIL} }} userErrors {{ code }} }} }}"""
WAREHOUSE = """mutation($input: WarehouseSaveInput!) { warehouseSave(input: $input) { userErrors { message } } }"""


async def kept(api: Api, who: make.Someone, text: str, wish: Any) -> Any:
    """The data of a call under a key, which is the same when it is repeated."""
    key = uuid4().hex
    first, again = [await api.raw(who, text, input=wish, key=key) for _ in range(2)]
    assert again["extensions"]["replayed"] is True
    assert again["data"] == first["data"]
    return first["data"]


async def no(api: Api, who: make.Someone, field: str, wish: Any, kind: str = "") -> list[dict[str, Any]]:
    """The facts of all refusals of a call under a key, by code."""
    kind = kind or f"{field[0].upper()}{field[1:]}Input"
    text = (
        f"mutation($input: {kind}!, $key: String!) {{ {field}(input: $input) @idempotent(key: $key) {{ {DETAIL} }} }}"
    )
    told = (await kept(api, who, text, wish))[field]["userErrors"]
    return [{"code": each["code"], **(each["detail"] or {})} for each in told]


async def test_a_window_tells_when_it_closed_and_a_quantity_how_many_there_are(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who, delivered_at=make.NOW - timedelta(days=30))

    window, quantity = await no(api, who, "returnRequest", {"lines": [order.line(quantity=3)]})

    assert window == {
        "code": "WINDOW_CLOSED",
        "kind": "WindowClosedDetail",
        "closedAt": "2026-05-09T16:00:00+00:00",  # the end of the seventh day in Shanghai
        "policy": {"code": "cn", "version": 1},
    }
    assert quantity == {"code": "QUANTITY", "kind": "QuantityDetail", "max": 2, "min": 1, "asked": 3}


async def test_eligibility_tells_the_same_facts(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who, delivered_at=make.NOW - timedelta(days=30))
    detail = DETAIL.replace("userErrors", "refusals")
    query = f"query($n: String!) {{ order(number: $n) {{ lines {{ eligibility {{ {detail} }} }} }} }}"

    [line] = (await api.ask(who, query, n=order.order.number))["order"]["lines"]

    assert [each["detail"]["kind"] for each in line["eligibility"]["refusals"]] == ["WindowClosedDetail"]


async def test_a_state_tells_what_was_wanted_and_what_may_come_of_it(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = (await requested(api, who, (await bought(store, who)).line()))["return"]

    [told] = await no(api, who, "returnApprove", {"id": rma["id"]}, "ReturnRefInput")

    assert (told["code"], told["kind"]) == ("STATE", "StateTransitionDetail")
    assert (told["from"], told["to"]) == ("APPROVED", "APPROVED")
    assert {"CANCELED", "EXPIRED", "SHIPPED_BACK", "RECEIVED"} <= set(told["allowed"])


async def test_a_state_that_has_no_life_tells_it_too(api: Api, store: Store) -> None:
    who = await make.another_key(store, await make.merchant(store), "policies:write")
    rules = {"noReasonDays": 20}
    make_ = 'mutation($input: PolicyCreateInput!) { policyCreate(input: $input) @idempotent(key: "p") { returnPolicy { id } } }'
    made = await api.ask(who, make_, input={"code": "mine", "name": "Mine", "rules": rules})
    wish = {"id": made["policyCreate"]["returnPolicy"]["id"]}
    publish = "mutation($input: PolicyPublishInput!) { policyPublish(input: $input) { userErrors { code } } }"
    assert (await api.ask(who, publish, input=wish))["policyPublish"]["userErrors"] == []

    [told] = await no(api, who, "policyPublish", wish)

    assert told == {
        "code": "STATE",
        "kind": "StateTransitionDetail",
        "from": "PUBLISHED",
        "to": "PUBLISHED",
        "allowed": [],
    }


async def test_too_much_money_tells_how_much_it_may_be(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)
    dear = {"amount": "200.00", "currency": "CNY"}
    wish = {"refundId": rma["refund"]["id"], "outcome": "SUCCEEDED", "reference": "psp-1", "amount": dear}

    [told] = await no(api, who, "refundTransferConfirm", wish)

    limit = {"amount": "199.00", "currency": "CNY"}
    assert told == {"code": "POLICY", "kind": "AmountDetail", "limit": limit, "wish": dear}


async def test_a_transfer_tells_what_it_may_still_become(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)
    wish = {"refundId": rma["refund"]["id"], "reference": "psp-1", "amount": {"amount": "50.00", "currency": "CNY"}}
    confirm = "mutation($input: RefundTransferConfirmInput!, $key: String!) { refundTransferConfirm(input: $input) "
    confirm += "@idempotent(key: $key) { userErrors { code } } }"
    await api.ask(who, confirm, input={**wish, "outcome": "SUCCEEDED"}, key="first")

    [told] = await no(api, who, "refundTransferConfirm", {**wish, "outcome": "STARTED"})

    assert (told["code"], told["from"], told["to"], told["allowed"]) == ("STATE", "SUCCEEDED", "STARTED", ["REVERSED"])


@pytest.mark.parametrize(
    ("wish", "code", "is_retryable"),
    [
        ({"weightGrams": 31_000}, "TOO_HEAVY", False),
        ({"window": {"start": "2026-11-24T02:00:00+08:00", "end": "2026-11-24T04:00:00+08:00"}}, "OUT_OF_HOURS", True),
    ],
)
async def test_what_a_carrier_does_not_take_names_the_carrier(
    api: Api, store: Store, wish: dict[str, Any], code: str, *, is_retryable: bool
) -> None:
    who = await seller(store, "sf")
    api.clock.now = make.NOW.replace(year=2026, month=11, day=23, hour=1)
    window = {"start": "2026-11-24T10:00:00+08:00", "end": "2026-11-24T12:00:00+08:00"}

    told = await no(api, who, "pickupBook", {"carrier": "sf", "window": window, "address": SHENZHEN, **wish})
    api.clock.now = make.NOW

    rejected = {"kind": "CarrierRejectedDetail", "carrier": "sf", "rawCode": None, "retryable": is_retryable}
    assert told == [{"code": code, **rejected}]


async def test_each_item_of_many_tells_its_own_facts(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    address = {"country": "CN", "region": "广东", "city": "深圳", "street": ["1 Keyuan Road"]}
    house = {"code": "SZ", "name": "Shenzhen", "address": address}
    assert (await api.ask(who, WAREHOUSE, input=house))["warehouseSave"]["userErrors"] == []
    items = [{"sku": "TEE", "onHand": 5}, {"sku": "CAKE", "onHand": -1}]

    good, bad = (await kept(api, who, STOCK, {"warehouse": "SZ", "items": items}))["stockSync"]["results"]

    assert (good["outcome"], good["userErrors"]) == ("CREATED", [])
    [told] = bad["userErrors"]
    assert (told["code"], told["field"]) == ("QUANTITY", ["input", "items", "1", "onHand"])
    assert told["detail"] == {"kind": "QuantityDetail", "max": None, "min": 0, "asked": -1}


async def test_a_refusal_without_facts_has_none(api: Api, store: Store) -> None:
    who = await make.merchant(store)

    told = await no(api, who, "returnApprove", {"id": "ret_01h455vb4pex5vsknk084sn02q"}, "ReturnRefInput")

    assert told == [{"code": "NOT_FOUND"}]
