"""YTO's ``infoContent`` (through the OLTS mappings, CC BY 4.0)."""

from carriers.table import Table, codes
from db.enums import Confidence

NAMESPACE = "infoContent"

CODES = codes(
    NAMESPACE,
    [
        ("GOT", "已揽收", "picked_up"),
        ("ARRIVAL", "已收入", "arrived_at_hub"),
        ("DEPARTURE", "已发出", "departed_from_hub"),
        ("SENT_SCAN", "派件", "out_for_delivery"),
        ("INBOUND", "自提柜入柜", "delivery_to_locker"),
        ("SIGNED", "签收成功", "delivered"),
        ("FAILED", "签收失败", "delivery_attempted"),
        ("FORWARDING", "转寄", "in_transit"),
        ("TMS_RETURN", "退回", "returned_to_sender"),
        ("AIRSEND", "航空发货", "departed_from_hub"),
        ("AIRPICK", "航空提货", "arrived_at_hub"),
    ],
    Confidence.MEDIUM,
)

TABLE = Table(CODES)

NOT_FOUND = "1001"
BAD_SIGNATURE = "3001"
