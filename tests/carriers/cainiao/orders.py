"""What the tests of Cainiao's orders share."""

import json
from datetime import date, datetime
from typing import Any

from carriers import wire
from carriers.booking import Ref, Window
from carriers.cainiao import CARRIER
from carriers.carrier import Access, Reply, Request
from carriers.times import BEIJING
from tests.carriers import bench

OURS = Ref("WB1", "CN123456")
DAY = date(2023, 8, 1)
AFTERNOON = Window(datetime(2023, 8, 1, 14, tzinfo=BEIJING), datetime(2023, 8, 1, 18, tzinfo=BEIJING))


def access(**credentials: str) -> Access:
    return bench.access(CARRIER, **credentials)


def message_of(request: Request) -> Any:
    return json.loads(wire.form_of(request.body)["logistics_interface"])["request"]


def told(data: object) -> Reply:
    return wire.json_reply({"success": True, "data": data})


def refusal(code: str = "E1") -> Reply:
    return wire.json_reply({"success": False, "errorCode": code, "errorMsg": "no"})
