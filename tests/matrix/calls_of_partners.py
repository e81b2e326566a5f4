"""The part of the table that is about what partners have and send: valid calls, each with its ground."""

from typing import Any

from db.enums import DeliveryStatus, JobState, PartnerKind
from db.ids import typeid, uuid7
from db.models.messages import Job
from db.models.orders import Customer
from db.models.webhooks import WebhookDelivery
from db.reach import EVERYTHING
from tests import make
from tests.matrix.ground import Ground
from tests.matrix.rows import (
    DOOR,
    Row,
    housed,
    key_of,
    parcel,
    said,
)

SHIPMENT, ACCOUNT, ENDPOINT = "shipment { id }", "carrierAccount { id }", "webhookEndpoint { id }"
ITEMS = "results { index outcome userErrors { code field } }"


async def _order(it: Ground) -> Any:
    return [make.order_form(it.word("N"), customer={"externalId": it.word("c")})]


async def _token(it: Ground) -> Any:
    order = await make.order(it.store, it.merchant_id, it.word("T"), customer={"externalId": it.word("t")})
    return {"customerId": typeid(Customer.prefix, order.customer_id)}


async def _register(it: Ground) -> Any:
    order = await it.bought()
    return [{"carrier": "sf", "trackingNumber": it.number(), "orderIds": [order.order.typeid]}]


async def _push(it: Ground) -> Any:
    followed = await parcel(it)
    return [{"trackingNumber": followed.tracking_number, "status": "PICKED_UP", "occurredAt": "2026-06-01T10:00:00Z"}]


async def _stop(it: Ground) -> Any:
    return {"id": (await parcel(it)).typeid}


async def _correct(it: Ground) -> Any:
    return {"id": (await parcel(it)).typeid, "carrier": "zto"}


async def _account(it: Ground) -> Any:
    return {"carrier": "sf", "name": it.word("account ")}


async def _account_update(it: Ground) -> Any:
    return {"id": (await make.account(it.store, it.merchant_id)).typeid, "name": it.word("account ")}


async def _account_disable(it: Ground) -> Any:
    return {"id": (await make.account(it.store, it.merchant_id)).typeid}


async def _hook(it: Ground) -> Any:
    return {"url": f"https://hook.example/{it.word('in')}"}


async def _hooked(it: Ground) -> Any:
    return (await said(it, "webhookEndpointCreate", await _hook(it), ENDPOINT, key=True))["webhookEndpoint"]["id"]


async def _hook_update(it: Ground) -> Any:
    return {"id": await _hooked(it), "description": it.word("ours ")}


async def _hook_only(it: Ground) -> Any:
    return {"id": await _hooked(it)}


async def _replay(it: Ground) -> Any:
    told = await said(it, "webhookEndpointTest", await _hook_only(it), "webhookDelivery { id }")
    id_ = told["webhookDelivery"]["id"]
    async with it.store.writing(EVERYTHING) as session:
        row = await session.get_one(WebhookDelivery, key_of(id_))
        row.status, row.attempts, row.done_at = DeliveryStatus.DELIVERED, 1, make.NOW
    return {"deliveryIds": [id_]}


async def _retry(it: Ground) -> Any:
    given: dict[str, Any] = {"kind": "call_carrier", "resource": "acc_1", "arguments": {"call": "sealed"}}
    given |= {"created_at": make.NOW, "run_at": make.NOW, "done_at": make.NOW, "reference": uuid7().hex}
    async with it.store.writing(EVERYTHING) as session:
        row = Job(merchant_id=it.merchant_id, state=JobState.DEAD, attempts=8, **given)
        session.add(row)
    return {"id": row.typeid}


async def _export(_it: Ground) -> Any:
    return {"query": "{ orders { nodes { number } } }"}


async def _export_cancel(it: Ground) -> Any:
    return {"id": (await said(it, "exportCreate", await _export(it), "export { id }", key=True))["export"]["id"]}


async def _days(it: Ground) -> Any:
    closed = {"first": "2026-10-08", "last": "2026-10-09", "because": "盘点"}
    return {"warehouse": (await housed(it)).code, "hours": "Mo-Sa 09:00-18:00", "closures": [closed]}


async def _policy(_it: Ground) -> Any:
    return {"code": "shop", "name": "Our promise", "country": "CN", "rules": {"noReasonDays": 10}}


async def _draft(it: Ground) -> Any:
    return {
        "id": (await said(it, "policyCreate", await _policy(it), "returnPolicy { id }", key=True))["returnPolicy"]["id"]
    }


async def _warehouse(it: Ground) -> Any:
    return {"code": it.word("W"), "name": "仓", "address": DOOR}


async def _stock(it: Ground) -> Any:
    return {"warehouse": (await housed(it)).code, "items": [{"sku": "TEE-RED-L", "onHand": 7}]}


PARTNERS: dict[str, Row] = {
    "ordersSync": Row(_order, f"{ITEMS[:-1]} order {{ id }} }}", is_foreign=False),
    "customerTokenCreate": Row(_token, "customerToken { expiresAt }", stays=True),
    "shipmentsRegister": Row(_register, f"{ITEMS[:-1]} shipment {{ id }} }}"),
    "trackingEventsPush": Row(_push, ITEMS, PartnerKind.CARRIER, is_foreign=False),
    "shipmentStopTracking": Row(_stop, SHIPMENT),
    "shipmentCorrectCarrier": Row(_correct, SHIPMENT),
    "carrierAccountCreate": Row(_account, ACCOUNT, is_foreign=False),
    "carrierAccountUpdate": Row(_account_update, ACCOUNT),
    "carrierAccountDisable": Row(_account_disable, ACCOUNT),
    "webhookEndpointCreate": Row(_hook, ENDPOINT, some=("shipments:read",), is_foreign=False),
    "webhookEndpointUpdate": Row(_hook_update, ENDPOINT, some=("shipments:read",)),
    "webhookEndpointDelete": Row(_hook_only, ENDPOINT),
    "webhookEndpointTest": Row(_hook_only, "webhookDelivery { id }"),
    "webhookEndpointRotateSecret": Row(_hook_only, ENDPOINT),
    "webhookReplay": Row(_replay, "replayed"),
    "jobRetry": Row(_retry, "job { id state }"),
    "exportCreate": Row(_export, "export { id state }", also=("orders:read",), is_foreign=False),
    "exportCancel": Row(_export_cancel, "export { id state }"),
    "policyCreate": Row(_policy, "returnPolicy { version }", is_foreign=False),
    "policyPublish": Row(_draft, "returnPolicy { id version }"),
    "policySimulate": Row(_draft, "orders", stays=True),
    "warehouseSave": Row(_warehouse, "warehouse { id }", is_foreign=False),
    "warehouseDaysSave": Row(_days, "warehouse { id }"),
    "stockSync": Row(_stock, "results { outcome stock { onHand } userErrors { code } }"),
}
"""Calls by mutation."""
