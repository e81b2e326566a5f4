"""What is wrong with a call that would else be done is told with its code and its place, and nothing has changed. Refusals
that need a ground of their own stand with the tests of each domain."""

from typing import Any

import pytest

from tests.matrix import contract
from tests.matrix.conftest import Prepare, Two

PAST = {"start": "2026-05-03T01:00:00Z", "end": "2026-05-03T03:00:00Z"}
BACKWARDS = {"start": "2026-06-03T03:00:00Z", "end": "2026-06-03T01:00:00Z"}
LINE, COUNT = ("lines", 0), {"received": 0, "damaged": 0}
NEW = {"sku": "TEE-RED-L", "unitPrice": {"amount": "99.50", "currency": "CNY"}}
EUR, LONG = {"amount": "1", "currency": "EUR"}, "x" * 2001
Changes = dict[Any, Any]

WRONG: list[tuple[str, Changes, str, str]] = [
    ("returnRequest", {("lines",): []}, "INVALID", "lines"),
    ("returnRequest", {(*LINE, "quantity"): 3}, "QUANTITY", "lines.0.quantity"),
    ("returnRequest", {(*LINE, "quantity"): 0}, "QUANTITY", "lines.0.quantity"),
    ("returnRequest", {("note",): LONG}, "INVALID", "note"),
    ("returnRequest", {("resolution",): "REFUND_WITHOUT_RETURN"}, "POLICY", "resolution"),
    ("returnRequest", {("exchange",): NEW}, "INVALID", "exchange"),
    ("returnRequest", {("repair",): {"symptom": "black"}}, "INVALID", "repair"),
    *[
        ("returnRequest", {("resolution",): "EXCHANGE", ("exchange",): {**NEW, **more}}, code, f"exchange.{field}")
        for more, code, field in (
            ({"sku": " "}, "INVALID", "sku"),
            ({"sku": "x" * 101}, "INVALID", "sku"),
            ({"quantity": 0}, "INVALID", "quantity"),
            ({"unitPrice": EUR}, "INVALID", "unitPrice"),
            ({"unitPrice": {"amount": "-1", "currency": "CNY"}}, "INVALID", "unitPrice"),
        )
    ],
    ("returnDecline", {("reason",): " "}, "INVALID", "reason"),
    ("returnDecline", {("reason",): LONG}, "INVALID", "reason"),
    ("returnAsk", {("question",): " "}, "INVALID", "question"),
    ("returnAnswer", {("answer",): " "}, "INVALID", "answer"),
    ("returnDispute", {("reason",): LONG}, "INVALID", "reason"),
    ("returnRule", {("ruling",): "MAYBE"}, "INVALID", "ruling"),
    ("returnReceive", {("lines",): []}, "INVALID", "lines"),
    ("returnReceive", {(*LINE, "received"): 0, (*LINE, "damaged"): 0}, "INVALID", "lines.0"),
    ("returnReceive", {(*LINE, "received"): -1}, "INVALID", "lines.0"),
    ("returnReceive", {(*LINE, "received"): 2}, "QUANTITY", "lines.0"),
    ("pickupBook", {("carrier",): "nobody"}, "NOT_FOUND", "carrier"),
    ("pickupBook", {("carrier",): "yto"}, "NOT_FOUND", "carrier"),
    ("pickupBook", {("window",): PAST}, "INVALID", "window"),
    ("pickupBook", {("window",): BACKWARDS}, "INVALID", "window"),
    ("pickupBook", {("parcels",): 0}, "INVALID", "parcels"),
    ("pickupBook", {("parcels",): 100}, "INVALID", "parcels"),
    ("pickupBook", {("returnId",): None}, "INVALID", "address"),
    ("pickupReschedule", {("window",): PAST}, "INVALID", "window"),
    ("pickupReschedule", {("window",): BACKWARDS}, "INVALID", "window"),
    ("pickupCancel", {("reason",): LONG}, "INVALID", "reason"),
    ("deliveryReschedule", {("window",): PAST}, "INVALID", "window"),
    ("deliveryRedirect", {("address",): {"country": "CN"}}, "INVALID", "address.street"),
    ("deliveryRedirect", {("address",): None}, "INVALID", "address"),
    ("exchangeShip", {("carrier",): "nobody"}, "NOT_FOUND", "carrier"),
    ("exchangeShip", {("trackingNumber",): " "}, "INVALID", "trackingNumber"),
    ("exchangeRelease", {("paymentReference",): None}, "INVALID", "paymentReference"),
    ("repairUpdate", {("carrier",): "sf", ("trackingNumber",): "SF1"}, "INVALID", "trackingNumber"),
    ("repairUpdate", {("carrier",): "sf"}, "INVALID", "trackingNumber"),
    ("repairUpdate", {("exchange",): NEW}, "INVALID", "exchange"),
    ("repairUpdate", {("event",): "BREAK"}, "INVALID", "event"),
    ("repairUpdate", {("event",): "START"}, "STATE", ""),
    ("repairUpdate", {("loan",): {"serialNumber": " "}}, "INVALID", "loan.serialNumber"),
    ("refundTransferConfirm", {("reference",): " "}, "INVALID", "reference"),
    ("refundTransferConfirm", {("amount",): EUR}, "INVALID", "amount.currency"),
    ("refundTransferConfirm", {("amount",): {"amount": "0.001", "currency": "CNY"}}, "INVALID", "amount.amount"),
    ("refundTransferConfirm", {("amount",): {"amount": "1000", "currency": "CNY"}}, "POLICY", "amount"),
    ("returnCustomsUpdate", {(*LINE, "hsCode"): "x"}, "INVALID", "lines.0.hsCode"),
    ("stockSync", {("items", 0, "sku"): " "}, "INVALID", "items.0"),
    ("stockSync", {("warehouse",): "none"}, "NOT_FOUND", "warehouse"),
    ("warehouseSave", {("code",): " "}, "INVALID", "code"),
    ("policyCreate", {("rules", "noReasonDays"): -1}, "INVALID", "rules.noReasonDays"),
]


@pytest.mark.parametrize(("call", "changes", "code", "field"), WRONG)
async def test_what_is_wrong_is_told_in_its_place(
    kept: Prepare, call: str, changes: Changes, code: str, field: str
) -> None:
    one = await kept(call)
    input_ = one.input
    for path, value in changes.items():
        input_ = contract.put(input_, path, value)

    told = await one.ask(input_)

    assert told.error is None
    items = [*told.payload.get("results", []), told.payload]
    found = [(no["code"], ".".join((no["field"] or [])[1:])) for item in items for no in item["userErrors"]]
    assert (code, field) in found


@pytest.mark.parametrize("call", dict.fromkeys(call for call, *_ in WRONG))
async def test_and_nothing_has_changed(two: Two, spent: Prepare, call: str) -> None:
    _, other = await two(call)
    assert await spent(call) is other
    assert (await (await spent(call)).ask()).is_done
