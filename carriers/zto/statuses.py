"""ZTO's three families of codes: the query's scanType, the push's action, and what relays write instead.

Facts of the first from ZTO's documentation (through the OLTS mappings, CC BY 4.0), of the others from real messages.
"""

from carriers import vocabulary
from carriers.carrier import Code, Meaning
from carriers.table import Table, codes
from db.enums import Confidence, TrackingStatus

QUERY = "scanType"
PUSH = "push action"
RELAYED = "relayed action"

CODES = (
    *codes(
        QUERY,
        [
            ("收件", "收件", "picked_up"),
            ("发件", "发件", "departed_from_hub"),
            ("到件", "到件", "arrived_at_hub"),
            ("派件", "派件", "out_for_delivery"),
            ("签收", "签收", "delivered"),
            ("退件", "退件", "returned_to_sender"),
            ("问题件", "问题件", "exception"),
            ("事件", "事件", "exception"),
            ("转单", "转单", "transferred_to_carrier"),
            ("安检", "安检", "customs_inspection"),
            ("ARRIVAL", "派件入三方自提柜", "delivery_to_locker"),
            ("SIGNED", "派件出三方自提柜", "delivered"),
            ("DELIVERY", "上门派送", "out_for_delivery"),
            ("DEPARTURE", "派件异常出站", "exception"),
            ("1", "收件 (转单后)", "picked_up"),
            ("2", "发件 (转单后)", "departed_from_hub"),
            ("3", "到件 (转单后)", "arrived_at_hub"),
            ("4", "派件 (转单后)", "out_for_delivery"),
            ("5", "签收 (转单后)", "delivered"),
            ("7", "第三方签收 (转单后)", "signed_by_third_party"),
            ("8", "退件 (转单后)", "returned_to_sender"),
            ("9", "转单 (转单后)", "transferred_to_carrier"),
            ("44", "第三方进站 (转单后)", "delivery_to_locker"),
            ("45", "第三方出站 (转单后)", "out_for_delivery"),
        ],
    ),
    *codes(
        PUSH,
        [
            ("GOT", "已揽收", "picked_up"),
            ("DEPARTURE", "快件离开…发往…", "in_transit"),
            ("ARRIVAL", "快件已到达", "in_transit"),
            ("DISPATCH", "正在派件", "out_for_delivery"),
            ("SIGNED", "已由…签收", "delivered"),
            ("INBOUND", "已被…代收", "available_for_pickup"),
            ("HANDOVERSCAN_SIGNED", "快件已投递…", "available_for_pickup"),
            ("DEPARTURE_SIGNED", "已签收，签收人凭取货码签收", "delivered"),
        ],
    ),
    # Announced for problems and returns, never seen: not even the code's spelling is known.
    Code(PUSH, "PROBLEM / RETURN …", "not seen", vocabulary.UNKNOWN, Confidence.LOW),
    *codes(
        RELAYED,
        [
            ("1", "已揽收", "picked_up"),
            ("2", "在途中", "in_transit"),
            ("202", "派件中", "out_for_delivery"),
            ("301", "已签收", "delivered"),
        ],
        Confidence.MEDIUM,
    ),
    # "Put into a locker or station": which of the two is not said.
    Code(
        RELAYED,
        "211",
        "已放入快递柜或驿站",
        Meaning(TrackingStatus.AVAILABLE_FOR_PICKUP, action_required=True),
        Confidence.MEDIUM,
    ),
)

TABLE = Table(CODES)

# ZTO's gateway and service errors, in its words.
ERRORS = {
    "S200": "后端服务调用超时",
    "S202": "后端服务调用抛出异常",
    "S203": "服务暂不可用",
    "S206": "API调用次数达到每分钟/小时限制",
    "S207": "请求的API不存在",
    "S208": "没有传必须参数",
    "S210": "未绑定服务关系(无权限)",
    "S211": "签名不正确",
    "S212": "IP黑白名单限制",
    "S214": "时间戳非法",
    "S221": "API流控限制(qps)",
    "E404": "未绑定电子面单账号",
    "E409": "收寄人电话号码校验不一致",
    "E413": "请输入收寄人任一方电话号码后4位",
    "E416": "不符合中通运单号规则",
    "E418": "不存在对应的网点授权",
}

RETRYABLE = frozenset({"S200", "S202", "S203", "S206", "S221"})
