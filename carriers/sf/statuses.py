"""SF's codes in our words.

Three tables say where a parcel is: ``opCode`` on every route, and on newer answers ``firstStatusCode`` and
``secondaryStatusCode``, which SF keeps more strictly. ``orderStateCode`` is the life of a pickup.
"""

from carriers import table, vocabulary
from carriers.carrier import Code, Meaning
from db.enums import Confidence, PickupStatus
from db.enums import TrackingStatus as S

OPERATION, FIRST, SECONDARY, ORDER = "opCode", "firstStatusCode", "secondaryStatusCode", "orderStateCode"

# 44 and 922 say nothing by themselves: the meaning of 44 changed over the years (see BY_TEXT), 922 was a catch-all.
# 607 (an agent collected it) and the groups 5, 6, 10, 11, 13 come from one public list without SF's own words.
CODES: tuple[Code, ...] = (
    *table.codes(
        OPERATION,
        [
            ("50", "顺丰速运 已收取快件", "picked_up"),
            ("54", "顺丰速运 已收取快件", "picked_up"),
            ("30", "快件在营业点/中转场完成分拣(装车),准备发往下一站", "in_transit"),
            ("31", "快件到达(集散中心/网点)", "in_transit"),
            ("36", "快件离开…已在发往…的路上", "in_transit"),
            ("204", "快件交给…正在派送途中", "out_for_delivery"),
            ("80", "已签收", "delivered"),
        ],
    ),
    *table.codes(
        OPERATION,
        [
            ("407", "快件已发往【…店】", "in_transit"),
            ("501", "快件运输中", "in_transit"),
            ("105", "运输中(干线/航空)", "in_transit"),
            ("106", "到达目的地", "in_transit"),
            ("310", "到达", "in_transit"),
            ("44", "正在派送途中 / 正在为您的快件分配最合适的快递员", "the text decides"),
            ("33", "派件异常原因", "exception"),
            ("70", "由于…原因派件不成功", "delivery_failed"),
            ("8000", "在官网运单资料&签收图可查看签收人信息", "delivered"),
            ("99", "应客户要求,快件正在转寄中", "rerouted"),
            ("648", "快件已退回/转寄,新单号为…", "returned"),
            ("123", "快件正送往顺丰店/站(合作点)", "in_transit"),
            ("130", "快件到达顺丰店/站", "available_for_pickup"),
            ("655", "顺丰合作点【驿站】已代收", "pending_pickup"),
            ("922", "旧版通用代码", "unknown"),
        ],
        Confidence.MEDIUM,
    ),
    *table.codes(
        OPERATION,
        [
            ("607", "代理收件", "unknown"),
            ("3036", "快件在…准备送往下一站", "in_transit"),
            ("3137", "快件到达…", "in_transit"),
        ],
        Confidence.LOW,
    ),
    *table.codes(
        FIRST,
        [
            ("1", "已揽收", "picked_up"),
            ("2", "运送中", "in_transit"),
            ("3", "派送中", "out_for_delivery"),
            ("4", "已签收", "delivered"),
            ("7", "待揽收", "pending_pickup"),
        ],
    ),
    *table.codes(
        FIRST,
        [(code, "", "unknown") for code in ("5", "6", "10", "11", "13")],
        Confidence.LOW,
    ),
    *table.codes(SECONDARY, [("101", "已揽收", "picked_up"), ("701", "待揽收", "pending_pickup")]),
    *table.codes(
        SECONDARY,
        [
            ("201", "运送中", "in_transit"),
            ("204", "清关中", "customs"),
            ("205", "已清关", "customs_cleared"),
            ("301", "派送中", "out_for_delivery"),
            ("401", "已签收", "delivered"),
        ],
        Confidence.MEDIUM,
    ),
    *table.codes(
        ORDER,
        [
            ("04-40001", "调度成功/收派员信息", "pickup_assigned"),
            ("04-40037", "下单已接收", "order_accepted"),
            ("05-40003", "已正常收件状态", "picked_up"),
        ],
    ),
    *table.codes(
        ORDER,
        [
            ("04", "调度失败/等待", "order_accepted"),
            ("04-40002-40004", "暂未联系上客户", "pickup_failed"),
            ("04-40002-40005", "经客户同意,更改收派时间", "pickup_scheduled"),
            ("04-40002-40014", "客户取消寄件", "pickup_cancelled"),
            ("04-40002-40015", "客户重复下单", "pickup_cancelled"),
            ("04-40002-40016", "下错单需转单", "order_accepted"),
            ("04-40002-40021", "电话号码异常", "pickup_failed"),
            ("04-40002-40022", "无法进入客户处,且客户不愿出来", "pickup_failed"),
            ("04-40002-40027", "天气原因,延误收派件", "pickup_scheduled"),
            ("04-40002-40028", "交通原因,延误收派件", "pickup_scheduled"),
            ("04-40002-40031", "不符合收件要求,无法揽收", "pickup_failed"),
            ("04-40002-40035", "工作量过大,延误收派件", "pickup_scheduled"),
            ("04-40002-40036", "重货需转单", "order_accepted"),
            ("00", "客户取消", "pickup_cancelled"),
            ("00-2000", "客户已取消订单", "pickup_cancelled"),
            ("00-40045-1000", "调度取消订单", "pickup_cancelled"),
        ],
        Confidence.LOW,
    ),
)

TABLE = table.Table(CODES)

# The operations whose remark decides, first match first.
BY_TEXT = (
    ("44", "分配", "in_transit"),
    ("44", "派送", "out_for_delivery"),
    ("70", "拒收", "refused"),
    ("70", "拒签", "refused"),
    ("648", "退回", "returned"),
    ("648", "转寄", "rerouted"),
)

# What an operation may add to the stricter group of its route: a failed attempt happens while "out for delivery".
FINER = {
    S.IN_TRANSIT: {S.CUSTOMS, S.EXCEPTION},
    S.OUT_FOR_DELIVERY: {S.ATTEMPT_FAILED, S.AVAILABLE_FOR_PICKUP, S.EXCEPTION},
}

PICKUPS = {
    "04-40037": PickupStatus.ACCEPTED,
    "04-40001": PickupStatus.COURIER_ASSIGNED,
    "05-40003": PickupStatus.PICKED_UP,
    # From here on out of one public integration. A delay, or another courier, leaves the order standing.
    **dict.fromkeys(("04", "04-40002-40005", "04-40002-40016", "04-40002-40036"), PickupStatus.ACCEPTED),
    **dict.fromkeys(("04-40002-40027", "04-40002-40028", "04-40002-40035"), PickupStatus.ACCEPTED),
    **dict.fromkeys(("04-40002-40004", "04-40002-40021", "04-40002-40022"), PickupStatus.FAILED),
    "04-40002-40031": PickupStatus.FAILED,
    **dict.fromkeys(("00", "00-2000", "04-40002-40014", "04-40002-40015"), PickupStatus.CANCELED),
    "00-40045-1000": PickupStatus.REJECTED,  # its own dispatch gives the order back
}


def of_operation(code: str, remark: str) -> Meaning:
    """What an operation code says, its remark read where the code alone does not decide."""
    for operation, part, word in BY_TEXT:
        if code == operation and part in remark:
            return vocabulary.meaning(word)
    return TABLE.meaning(OPERATION, code)


def of_group(first: str, secondary: str, secondary_name: str) -> Meaning:
    """What the two status codes of newer answers say; 204 and 205 mean customs only where the name says so."""
    told = TABLE.meaning(SECONDARY, secondary)
    if told.is_mapped and (secondary not in {"204", "205"} or "清关" in secondary_name):
        return told
    return TABLE.meaning(FIRST, first)


def combined(group: Meaning, operation: Meaning) -> Meaning:
    """The group where there is one, refined by the operation where that can be true of the group."""
    if not group.is_mapped:
        return operation
    same = operation.status is group.status and group.step is None
    return operation if same or operation.status in FINER.get(group.status, ()) else group
