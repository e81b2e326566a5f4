"""J&T's codes (through the OLTS mappings, CC BY 4.0): scans by number, problems by letter and number.

Answers write a scan's Chinese name in place of its number, so the names are a family of codes of their own.
"""

from dataclasses import replace

from carriers.table import Table, codes
from db.enums import Confidence

SCAN = "scan"
NAME = "scanType"
PROBLEM = "problem"

NUMBERED = codes(
    SCAN,
    [
        ("1", "快件揽收", "picked_up"),
        ("2", "入仓扫描 (停用)", "arrived_at_hub"),
        ("3", "发件扫描", "departed_from_hub"),
        ("4", "到件扫描", "arrived_at_hub"),
        ("5", "出仓扫描", "departed_from_hub"),
        ("6", "入库扫描", "delivery_to_locker"),
        ("7", "代理点收入扫描", "delivery_to_locker"),
        ("8", "快件取出扫描", "out_for_delivery"),
        ("9", "出库扫描", "out_for_delivery"),
        ("10", "快件签收", "delivered"),
        ("11", "问题件扫描", "exception"),
        ("12", "安检扫描", "customs_inspection"),
        ("13", "其他扫描", "in_transit"),
        ("14", "退件扫描", "return_initiated"),
    ],
    Confidence.MEDIUM,
)

CODES = (
    *NUMBERED,
    *codes(
        PROBLEM,
        [
            ("A1", "客户取消寄件-网点", "order_cancelled"),
            ("A2", "客户拒收", "refused"),
            ("A3", "更改派送地址", "address_issue"),
            ("A4", "退回件-网点", "return_initiated"),
            ("A7", "异常件提醒", "exception"),
            ("A8", "包裹异常-网点", "exception"),
            ("A9", "收件人联系不上", "recipient_unavailable"),
            ("A10", "收件人联系不上", "recipient_unavailable"),
            ("A11", "多次派件失败", "delivery_attempted"),
            ("A12", "收件人信息错误", "address_issue"),
            ("A13", "更改派送时间", "delivery_attempted"),
            ("A14", "客户拒收", "refused"),
            ("A15", "收件地址不详", "address_issue"),
            ("A16", "收件地址错误", "address_issue"),
            ("A17", "包裹存放至网点", "awaiting_pickup"),
            ("A18", "包裹存放至网点", "awaiting_pickup"),
            ("A19", "收件地址禁止", "address_issue"),
            ("A20", "包裹异常", "exception"),
            ("A21", "包裹暂存网点", "awaiting_pickup"),
            ("A23", "包裹延迟-节假日", "delivery_attempted"),
            ("A24", "包裹异常-中心", "exception"),
            ("A25", "退回件-中心", "return_initiated"),
            ("A26", "客户取消寄件-中心", "order_cancelled"),
            ("A27", "异常天气", "exception"),
            ("A28", "自然灾害", "exception"),
            ("A29", "代收/到付结算异议拒付", "refused"),
            ("A30", "货未到齐", "exception"),
            ("A31", "作废件", "order_cancelled"),
            ("A32", "未录进仓编码", "exception"),
            ("A33", "政府管制", "exception"),
            ("A34", "乡镇件", "delivery_attempted"),
            ("A35", "发票问题客户拒收", "refused"),
        ],
        Confidence.MEDIUM,
    ),
    # "(停用)" says that a scan is out of use; it is no part of its name.
    *(replace(row, namespace=NAME, code=row.meaning_text.removesuffix(" (停用)")) for row in NUMBERED),
)

TABLE = Table(CODES)
