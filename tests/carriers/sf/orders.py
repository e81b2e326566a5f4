"""What the tests of SF's orders share."""

import json
from typing import Any

from carriers import wire
from carriers.booking import Contact
from carriers.carrier import Access, Reply, Request
from carriers.sf import CARRIER
from tests.carriers import bench

ZHANG = Contact(
    "张三丰", "17000005888", "CN", "湖北省", city="十堰市", district="武当山风景区", street=("公园路155号",)
)


def access(**credentials: str) -> Access:
    return bench.access(CARRIER, **credentials)


def message_of(request: Request) -> Any:
    return json.loads(wire.form_of(request.body)["msgData"])


def service_of(request: Request) -> str:
    return wire.form_of(request.body)["serviceCode"]


def reply(inner: object, *, success: bool = True, code: str = "S0000") -> Reply:
    """An answer in SF's three layers."""
    told = {"success": success, "errorCode": code, "errorMsg": None if success else "no", "msgData": inner}
    return wire.json_reply({"apiResultCode": "A1000", "apiResultData": wire.compact(told)})


TAKEN = {"orderId": "WB1", "filterResult": 2, "waybillNoInfoList": [{"waybillType": 1, "waybillNo": "SF3000000000017"}]}
