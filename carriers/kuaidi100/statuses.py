"""Kuaidi100's states in our words: one list for the coarse ``state``, the fine codes and the names of both."""

from dataclasses import replace

from carriers import table, vocabulary
from carriers.carrier import Code, Meaning
from db.enums import Confidence, DeliveryMode, PickupStatus, TrackingStatus

STATE, MONITOR, ORDER = "state", "monitor status", "order status"

# Put into a locker or a station: signed for, but not by the recipient. The text may say that it is a locker.
AT_STATION = Meaning(TrackingStatus.DELIVERED, delivery_mode=DeliveryMode.STATION)
LOCKER_OR_STATION = {"304", "501", "投柜或站签收", "投柜或驿站"}

CODES: tuple[Code, ...] = (
    *table.codes(
        STATE,
        [
            ("0", "在途", "in_transit"),
            ("1", "揽收", "picked_up"),
            ("2", "疑难", "exception"),
            ("3", "签收", "delivered"),
            ("4", "退签", "return_signed"),
            ("5", "派件", "out_for_delivery"),
            ("6", "退回", "returning"),
            ("7", "转投", "rerouted"),
            ("10", "待清关", "customs_pending"),
            ("11", "清关中", "customs"),
            ("12", "已清关", "customs_cleared"),
            ("13", "清关异常", "customs_exception"),
            ("14", "拒签", "refused"),
            ("1002", "干线", "in_transit"),
        ],
    ),
    *table.codes(
        STATE,
        [
            ("8", "清关", "customs"),
            ("101", "已下单", "order_created"),
            ("102", "待揽收", "pending_pickup"),
            ("103", "已揽收", "picked_up"),
            ("1001", "到达派件城市", "in_transit"),
            ("1003", "转递", "in_transit"),
            ("501", "投柜或驿站", "available_for_pickup"),
            ("301", "本人签收", "delivered"),
            ("303", "代签", "signed_by_third_party"),
        ],
        Confidence.MEDIUM,
    ),
    *table.codes(STATE, [("302", "派件异常后签收", "delivered")], Confidence.LOW),
    Code(STATE, "304", "投柜或站签收", AT_STATION, Confidence.HIGH),
    # Overdue, refused, damaged and more, but which number is which was never confirmed: not guessed. An event names
    # its state beside the code; by that name (疑难) it is an exception.
    *table.codes(STATE, [(str(code), "疑难", "unknown") for code in range(201, 211)], Confidence.LOW),
    # What the monitoring does, not where the parcel is.
    *table.codes(
        MONITOR,
        [
            ("polling", "监控中", "-"),
            ("shutdown", "结束(已签收)", "-"),
            ("abort", "中止(3天查询无记录 / 60天无变化)", "-"),
            ("updateall", "重新推送", "-"),
        ],
    ),
    # The life of a pickup order. The numbers are known, the words beside them from a public study of the interface.
    *table.codes(
        ORDER,
        [
            ("0", "下单成功", "order_accepted"),
            ("1", "已接单", "pickup_assigned"),
            ("2", "收件中", "pickup_assigned"),
            ("9", "用户取消", "pickup_cancelled"),
            ("10", "已取件", "picked_up"),
            ("11", "揽货失败", "pickup_failed"),
            ("13", "已签收", "delivered"),
            ("14", "异常签收", "exception"),
            ("15", "已结算", "info"),
            ("99", "订单取消", "pickup_cancelled"),
            ("101", "运输中", "in_transit"),
            ("155", "修改重量", "info"),
            ("166", "订单复活", "order_created"),
            ("400", "派送中", "out_for_delivery"),
            ("610", "下单失败", "pickup_cancelled"),
        ],
        Confidence.LOW,
    ),
)

PICKUPS = {
    "0": PickupStatus.ACCEPTED,
    **dict.fromkeys(("1", "2"), PickupStatus.COURIER_ASSIGNED),
    # What follows the collection proves it.
    **dict.fromkeys(("10", "13", "14", "101", "400"), PickupStatus.PICKED_UP),
    "11": PickupStatus.FAILED,
    **dict.fromkeys(("15", "155"), PickupStatus.SETTLED),  # 155: weighed and charged anew
    **dict.fromkeys(("9", "99"), PickupStatus.CANCELED),
    "166": PickupStatus.REQUESTED,  # a cancelled order lives again
    "610": PickupStatus.REJECTED,
}

TABLE = table.Table(CODES)
_BY_NAME = {row.meaning_text: row.meaning for row in reversed(CODES) if row.namespace == STATE}

# An event without any code says nothing about status; nothing is missing from our table.
NO_CODE = vocabulary.meaning("info")


def meaning(code: str, text: str, name: str = "") -> Meaning:
    """What a code says of an event with this text; the name beside it or in its place, where the code is not itemised."""
    if not code:
        return NO_CODE
    told = TABLE.meaning(STATE, code)
    told = told if told.is_mapped else _BY_NAME.get(name or code, told)
    if code in LOCKER_OR_STATION and "柜" in text:
        return replace(told, delivery_mode=DeliveryMode.LOCKER)
    return told
