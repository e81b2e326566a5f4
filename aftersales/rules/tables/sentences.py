"""What we say about a parcel, in English and in Chinese. Each row: the English words, then the Chinese ones."""

from collections.abc import Mapping

from db.enums import AlertKind, DeliveryMode, TrackingReason, TrackingStatus, TrackingStep

S, T, R, M, A = TrackingStatus, TrackingStep, TrackingReason, DeliveryMode, AlertKind

# Without a full stop: a step, a place and a reason may follow.
STATUSES: Mapping[TrackingStatus, tuple[str, str]] = {
    S.UNKNOWN: ("The carrier reported an event", "承运商更新了一条信息"),
    S.INFO_RECEIVED: ("The carrier has been told of the parcel", "承运商已收到包裹信息"),
    S.PICKED_UP: ("The parcel has been picked up", "包裹已揽收"),
    S.IN_TRANSIT: ("The parcel is on its way", "包裹运输中"),
    S.CUSTOMS: ("The parcel is with customs", "包裹正在清关"),
    S.OUT_FOR_DELIVERY: ("The parcel is out for delivery", "包裹正在派送"),
    S.AVAILABLE_FOR_PICKUP: ("The parcel is ready to be collected", "包裹已可领取"),
    S.ATTEMPT_FAILED: ("The parcel could not be delivered", "包裹派送未成功"),
    S.EXCEPTION: ("There is a problem with the parcel", "包裹运输出现异常"),
    S.DELIVERED: ("The parcel has been delivered", "包裹已签收"),
    S.RETURNING: ("The parcel is being returned to the sender", "包裹正在退回寄件人"),
    S.RETURNED: ("The parcel has been returned to the sender", "包裹已退回寄件人"),
    S.LOST: ("The parcel has been lost", "包裹已丢失"),
    S.DISPOSED: ("The parcel has been disposed of", "包裹已被销毁处理"),
    S.CANCELED: ("The shipment has been canceled", "运单已取消"),
}

STEPS: Mapping[TrackingStep, tuple[str, str]] = {
    T.ORDER_CREATED: ("the shipment was created", "运单已创建"),
    T.ORDER_ACCEPTED: ("the carrier accepted the order", "承运商已接单"),
    T.LABEL_CREATED: ("the label was created", "面单已生成"),
    T.AWAITING_PICKUP: ("it waits to be picked up", "等待揽收"),
    T.PICKUP_SCHEDULED: ("the pickup is scheduled", "已预约揽收"),
    T.PICKUP_ASSIGNED: ("a courier was assigned to the pickup", "已分配揽收快递员"),
    T.PICKUP_FAILED: ("the pickup failed", "揽收未成功"),
    T.PICKUP_CANCELED: ("the pickup was canceled", "揽收已取消"),
    T.ARRIVED_AT_HUB: ("it arrived at a hub", "已到达转运中心"),
    T.DEPARTED_FROM_HUB: ("it left a hub", "已离开转运中心"),
    T.PROCESSING: ("it is being sorted", "正在分拣处理"),
    T.HANDED_TO_PARTNER: ("it was handed to a partner carrier", "已交接给合作承运商"),
    T.ARRIVED_AT_DESTINATION: ("it arrived in the destination area", "已到达目的地"),
    T.REROUTED: ("it was rerouted", "已更改路线"),
    T.DECLARED: ("it was declared to customs", "已申报"),
    T.INSPECTION: ("it is being inspected", "正在查验"),
    T.HELD: ("it is held", "已被扣留"),
    T.CLEARED: ("it was cleared", "已放行"),
    T.INFO: ("for your information", "仅供参考"),
    T.TELEMETRY: ("a sensor reported", "传感器上报"),
}

# Where the parcel went, by status: handed over, or waiting.
MODES: Mapping[DeliveryMode, tuple[str, str]] = {
    M.RECIPIENT: ("to the recipient", "收件人本人"),
    M.OTHER_PERSON: ("to another person", "他人代收"),
    M.NEIGHBOR: ("at a neighbor's", "邻居代收"),
    M.SAFE_PLACE: ("in a safe place", "指定安全位置"),
    M.LOCKER: ("at a parcel locker", "快递柜"),
    M.STATION: ("at a pickup station", "驿站"),
    M.MAILBOX: ("in the mailbox", "信箱"),
    M.FRONT_DESK: ("at the front desk", "前台"),
}

REASONS: Mapping[TrackingReason, tuple[str, str]] = {
    R.CARRIER_DELAY: ("the carrier is delayed", "承运商延误"),
    R.CARRIER_DAMAGE: ("the parcel was damaged", "包裹破损"),
    R.CARRIER_LOSS: ("the carrier cannot find the parcel", "承运商未能找到包裹"),
    R.CARRIER_MISROUTED: ("the parcel was sent the wrong way", "包裹错发"),
    R.CARRIER_CAPACITY: ("the carrier is short of capacity", "承运商运力不足"),
    R.CARRIER_MECHANICAL: ("a vehicle broke down", "运输工具故障"),
    R.RECIPIENT_UNAVAILABLE: ("nobody was there to receive it", "收件人不在"),
    R.RECIPIENT_REFUSED: ("the recipient refused it", "收件人拒收"),
    R.RECIPIENT_ADDRESS: ("the recipient's address is wrong or incomplete", "收件地址有误或不完整"),
    R.RECIPIENT_REQUESTED: ("the recipient asked for it", "应收件人要求"),
    R.RECIPIENT_UNCLAIMED: ("it was not collected in time", "逾期未领取"),
    R.SHIPPER_ADDRESS: ("the sender gave a wrong address", "寄件人填写的地址有误"),
    R.SHIPPER_PACKAGING: ("the packaging is insufficient", "包装不合格"),
    R.SHIPPER_DOCUMENTS: ("the sender's documents are missing or wrong", "寄件人单证缺失或有误"),
    R.SHIPPER_NOT_READY: ("the sender was not ready", "寄件人未备好货"),
    R.SHIPPER_RECALLED: ("the sender recalled it", "寄件人撤回"),
    R.CUSTOMS_INSPECTION: ("customs is inspecting it", "海关查验"),
    R.CUSTOMS_HELD: ("customs is holding it", "海关扣留"),
    R.CUSTOMS_DUTIES: ("duties are due", "需缴纳关税"),
    R.CUSTOMS_DOCUMENTS: ("customs asks for documents", "海关要求补充单证"),
    R.CUSTOMS_PROHIBITED: ("the goods may not be imported", "物品禁止进境"),
    R.WEATHER: ("of the weather", "天气原因"),
    R.FORCE_MAJEURE: ("of events beyond anyone's control", "不可抗力"),
    R.SECURITY: ("of a security check", "安全检查"),
    R.OTHER: ("of a cause the carrier did not name", "承运商未说明原因"),
}

# By the impact's key: kind, then "plain", "delay" (how long) or "new_estimate" (when instead).
ALERTS: Mapping[str, tuple[str, str]] = {
    "delayed.plain": ("The parcel may not arrive by the promised time.", "包裹可能无法按承诺时间送达。"),
    "delayed.delay": ("The parcel is {delay} later than promised.", "包裹已比承诺时间晚{delay}。"),
    "delayed.new_estimate": ("The parcel will be late; it is now expected on {estimate}.", "包裹将会延误，预计{estimate}送达。"),
    "stalled.plain": ("The parcel has not been scanned for longer than usual.", "包裹超过正常时间未更新物流。"),
    "stalled.delay": ("The parcel has not been scanned for longer than usual and is {delay} behind the promise.", "包裹超过正常时间未更新物流，已比承诺时间晚{delay}。"),
    "exception.plain": ("There is a problem with the parcel.", "包裹运输出现异常。"),
    "exception.delay": ("There is a problem with the parcel; it is {delay} behind the promise.", "包裹运输出现异常，比承诺时间晚{delay}。"),
    "customs.plain": ("Customs is holding the parcel.", "包裹被海关扣留或查验。"),
    "customs.delay": ("Customs is holding the parcel; it is {delay} behind the promise.", "包裹被海关扣留或查验，比承诺时间晚{delay}。"),
    "attempt_failed.plain": ("The parcel could not be delivered.", "包裹派送未成功。"),
    "attempt_failed.delay": ("The parcel could not be delivered; it is {delay} behind the promise.", "包裹派送未成功，比承诺时间晚{delay}。"),
    "awaiting_collection.plain": ("The parcel is waiting to be collected.", "包裹等待领取。"),
    "arriving_soon.plain": ("The parcel will arrive soon.", "包裹即将送达。"),
    "arriving_soon.delay": ("The parcel will arrive soon, {delay} later than promised.", "包裹即将送达，比承诺时间晚{delay}。"),
    "lost.plain": ("The parcel has been lost.", "包裹已丢失。"),
}  # fmt: skip
