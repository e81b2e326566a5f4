"""The part of the table that is about cases and parcels on their way: valid calls, each with its ground."""

from typing import Any

from db.enums import PartnerKind, TrackingStatus
from db.models.warehouses import Warehouse
from tests import exchanging, make
from tests.matrix.ground import Ground
from tests.matrix.rows import (
    DOOR,
    LATER,
    WINDOW,
    Row,
    approved,
    asked,
    booked,
    declined,
    disputed,
    granted,
    housed,
    parcel,
)
from tests.returning import change, requested
from tests.stories.crossing import GERMAN, SHIRT

RETURN, PICKUP, CHANGE = "return { id status version }", "pickup { id status version }", "deliveryChange { id state }"
EXCHANGE, REPAIR, REFUND = "exchange { id status }", "repair { id status }", "refund { id status left { amount } }"


async def _request(it: Ground) -> Any:
    return {"lines": [(await it.bought()).line(0, 2, "DEFECTIVE")]}


async def _asked(it: Ground) -> Any:
    return {"id": (await asked(it))["id"]}


async def _decline(it: Ground) -> Any:
    return {**await _asked(it), "reason": "worn"}


async def _cancel(it: Ground) -> Any:
    return {"id": (await approved(it))["id"], "reason": "kept"}


async def _ask(it: Ground) -> Any:
    return {**await _asked(it), "question": "Which side?"}


async def _answer(it: Ground) -> Any:
    rma = (await change(it.api, it.who, "returnAsk", await asked(it), question="Which side?"))["return"]
    return {"id": rma["id"], "answer": "The left one."}


async def _dispute(it: Ground) -> Any:
    return {"id": (await declined(it))["id"], "reason": "not worn"}


async def _rule(it: Ground) -> Any:
    return {"id": (await disputed(it))["id"], "ruling": "APPROVE", "reason": "not worn"}


async def _receive(it: Ground) -> Any:
    rma = await approved(it)
    return {"id": rma["id"], "lines": [{"id": rma["lines"][0]["id"], "received": 1, "damaged": 1}]}


async def _inspect(it: Ground) -> Any:
    rma = await approved(it)
    lines = [{"id": rma["lines"][0]["id"], "received": 2}]
    await change(it.api, it.who, "returnReceive", rma, lines=lines)
    return {"id": rma["id"], "lines": [{"id": lines[0]["id"], "disposition": "RESTOCK"}]}


async def _book(it: Ground) -> Any:
    await make.account(it.store, it.merchant_id)
    await housed(it)
    return {"carrier": "sf", "window": WINDOW, "returnId": (await approved(it))["id"]}


async def _book_alone(it: Ground) -> Any:
    await make.account(it.store, it.merchant_id)
    await housed(it)
    await it.bought()
    return {"carrier": "sf", "window": WINDOW, "address": {**DOOR, "name": "王小明", "phone": "13800138000"}}


async def _reschedule(it: Ground) -> Any:
    return {"id": (await booked(it))["id"], "window": LATER}


async def _call_off(it: Ground) -> Any:
    return {"id": (await booked(it))["id"], "reason": "away"}


async def _on_its_way(it: Ground) -> Any:
    await make.account(it.store, it.merchant_id)
    return {"shipmentId": (await parcel(it, status=TrackingStatus.IN_TRANSIT)).typeid}


async def _later(it: Ground) -> Any:
    return {**await _on_its_way(it), "window": WINDOW}


async def _elsewhere(it: Ground) -> Any:
    return {**await _on_its_way(it), "address": DOOR}


async def _hub(it: Ground) -> tuple[Warehouse, Any]:
    """A hub in Germany, and a return whose goods came there; the merchant's other house is in China."""
    await housed(it)
    await make.account(it.store, it.merchant_id, "dhl_express")
    hub = await housed(it, GERMAN, isHub=True)
    order = await it.bought(
        lines=[{**SHIRT, "quantity": 2}], total={"amount": "80.00", "currency": "EUR"}, shippingAddress=GERMAN
    )
    told = await requested(it.api, it.who, order.line(0, 2, "DEFECTIVE"))
    rma = (await change(it.api, it.who, "returnApprove", told["return"], "ReturnRefInput"))["return"]
    return hub, rma or told["return"]


async def _send_on(it: Ground) -> Any:
    hub, rma = await _hub(it)
    line = rma["lines"][0]["id"]
    await change(it.api, it.who, "returnReceive", rma, lines=[{"id": line, "received": 2}])
    await change(it.api, it.who, "returnInspect", rma, lines=[{"id": line, "disposition": "RESTOCK"}])
    return {"hub": hub.code, "carrier": "fedex", "trackingNumber": it.fedex(), "lineIds": [line]}


async def _papers(it: Ground) -> Any:
    _, rma = await _hub(it)
    return {"id": rma["id"], "lines": [{"id": rma["lines"][0]["id"], "hsCode": "610990"}]}


async def _exchange(it: Ground, price: str = "99.50", *, is_settled: bool = False) -> Any:
    """An exchange of one piece; ``is_settled``: the old goods came."""
    await exchanging.stocked(it.store, it.who, "TEE-RED-L", 5, it.word("X"))
    told = await exchanging.asked(it.api, it.who, await it.bought(), **exchanging.goods(price))
    if is_settled:
        await exchanging.received(it.api, it.who, told)
    return told["exchange"]


async def _release(it: Ground) -> Any:
    return {"id": (await _exchange(it, "120.00", is_settled=True))["id"], "paymentReference": "psp-1"}


async def _ship(it: Ground) -> Any:
    released = await _exchange(it, is_settled=True)
    return {"id": released["id"], "carrier": "sf", "trackingNumber": it.number()}


async def _convert(it: Ground) -> Any:
    return {"id": (await _exchange(it))["id"], "reason": "none left"}


async def _repair(it: Ground) -> Any:
    rma = await approved(it, resolution="REPAIR", repair={"symptom": "black"})
    return (await exchanging.stands(it.api, it.who, rma))["repair"]


async def _workshop(it: Ground) -> Any:
    return {"id": (await _repair(it))["id"], "event": "RECEIVE", "step": "opened"}


async def _quote(it: Ground) -> Any:
    repair = await _repair(it)
    for event, more in (
        ("RECEIVE", {}),
        ("DIAGNOSE", {}),
        ("QUOTE", {"quote": {"amount": "20.00", "currency": "CNY"}}),
    ):
        await exchanging.done(it.api, it.who, "repairUpdate", repair, event=event, **more)
    return {"id": repair["id"], "event": "ACCEPT_QUOTE"}


async def _confirm(it: Ground) -> Any:
    return {"refundId": (await granted(it))["id"], "outcome": "SUCCEEDED", "reference": it.word("psp-")}


async def _confirm_part(it: Ground) -> Any:
    return {**await _confirm(it), "amount": {"amount": "150.00", "currency": "CNY"}}


CASES: dict[str, Row] = {
    "returnRequest": Row(_request, RETURN),
    "returnApprove": Row(_asked, RETURN),
    "returnDecline": Row(_decline, RETURN),
    "returnCancel": Row(_cancel, RETURN),
    "returnAsk": Row(_ask, RETURN),
    "returnAnswer": Row(_answer, RETURN),
    "returnDispute": Row(_dispute, RETURN),
    "returnRule": Row(_rule, RETURN, PartnerKind.PLATFORM),
    "returnReceive": Row(_receive, RETURN),
    "returnInspect": Row(_inspect, RETURN),
    "pickupBook": Row(_book, PICKUP),
    "pickupBook alone": Row(_book_alone, PICKUP, is_foreign=False, buyers=None),
    "pickupReschedule": Row(_reschedule, PICKUP),
    "pickupCancel": Row(_call_off, PICKUP),
    "deliveryReschedule": Row(_later, CHANGE),
    "deliveryRedirect": Row(_elsewhere, CHANGE),
    "deliveryHold": Row(_on_its_way, CHANGE),
    "deliveryReturn": Row(_on_its_way, CHANGE),
    "returnCustomsUpdate": Row(_papers, RETURN),
    "consolidationSend": Row(_send_on, "consolidation { id }", foreign="STATE", races=("DUPLICATE",)),
    "exchangeRelease": Row(_release, EXCHANGE),
    "exchangeShip": Row(_ship, EXCHANGE, races=("DUPLICATE",)),
    "exchangeConvert": Row(_convert, EXCHANGE),
    "repairUpdate": Row(_workshop, REPAIR, buyers="POLICY"),
    "repairUpdate quote": Row(_quote, REPAIR),
    "refundTransferConfirm": Row(_confirm, REFUND),
    "refundTransferConfirm part": Row(_confirm_part, REFUND),
}
"""Calls by mutation; more of one have a word behind its name."""
