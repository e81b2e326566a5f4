"""What the tests of Kuaidi100's orders share."""

import json
from dataclasses import replace
from typing import Any

from carriers import wire
from carriers.carrier import (
    Access,
    Reply,
    Request,
)
from carriers.kuaidi100 import (
    CARRIER,
)
from tests.carriers import bench
from tests.carriers import booking_bench as desk

ORDER = replace(desk.ORDER, carrier="yto")
TAKEN = {
    "data": {"kuaidinum": "YT3000000000017", "orderId": "20066771", "attach": None, "taskId": "9FC2"},
    "message": "提交成功",
    "result": True,
    "returnCode": "200",
}


def access(**credentials: str) -> Access:
    return bench.access(CARRIER, **credentials)


def message_of(request: Request) -> Any:
    return json.loads(wire.form_of(request.body)["param"])


def refusal(code: str, message: str = "no") -> Reply:
    return wire.json_reply({"result": False, "returnCode": code, "message": message})


def told(data: object) -> Reply:
    return wire.json_reply({**TAKEN, "data": data})


def state(code: str, **data: object) -> dict[str, Any]:
    return {"kuaidicom": "yuantong", "kuaidinum": "YT1", "message": "说明", "data": {"status": code, **data}}
