"""Yunda's codes: ``status`` of the whole parcel, ``action`` of a step (through the OLTS mappings, CC BY 4.0)."""

from carriers.table import Table, codes
from db.enums import Confidence

STATUS = "status"
ACTION = "action"

CODES = (
    *codes(
        STATUS,
        [
            ("GOT", "已揽件", "picked_up"),
            ("TRANSIT", "运输中", "in_transit"),
            ("SIGNED", "已签收", "delivered"),
            ("RETURN", "退回件", "returned_to_sender"),
            ("SIGNFAIL", "异常签收", "exception"),
        ],
        Confidence.MEDIUM,
    ),
    *codes(
        ACTION,
        [
            ("ACCEPT", "收件扫描", "picked_up"),
            ("GOT", "揽件扫描", "picked_up"),
            ("ARRIVAL", "入中转", "arrived_at_hub"),
            ("DEPARTURE", "出中转", "departed_from_hub"),
            ("SENT", "派件中", "out_for_delivery"),
            ("INBOUND", "第三方代收入库", "delivery_to_locker"),
            ("SIGNED", "已签收", "delivered"),
            ("OUTBOUND", "第三方代收快递员取出", "out_for_delivery"),
            ("SIGNFAIL", "签收失败", "delivery_attempted"),
            ("RETURN", "退回件", "return_initiated"),
            ("ISSUE", "问题件", "exception"),
            ("REJECTION", "拒收", "refused"),
            ("OTHER", "其他", "exception"),
            ("OVERSEA_IN", "海外入库扫描", "arrived_at_hub"),
            ("OVERSEA_OUT", "海外出库扫描", "departed_from_hub"),
            ("CLEARANCE_START", "清关开始", "customs_declared"),
            ("CLEARANCE_FINISH", "清关结束", "customs_released"),
            ("CLEARANCE_FAIL", "清关失败", "customs_held"),
            ("OVERSEA_ARRIVAL", "干线到达", "arrived_at_hub"),
            ("OVERSEA_DEPARTURE", "干线离开", "departed_from_hub"),
            ("TRANSFER", "转单", "transferred_to_carrier"),
        ],
        Confidence.MEDIUM,
    ),
)

TABLE = Table(CODES)
