"""Orders Cainiao to have a parcel collected, by a carrier that it chooses itself."""

from typing import Any

from carriers import wire
from carriers.cainiao import booking_changes, doors, signing, tracking
from carriers.carrier import Access, Booked, Booking, Bounds, CannotAsk, Order, Reply, Request, Unreadable
from db.case_enums import ReturnMethod

CREATE = "GUOGUO_CREATE_SEND_ORDER"
GOODS, BY_APPOINTMENT = 2, 2  # ``itemType`` and ``timeType`` of the one sample


def request(order: Order, access: Access) -> Request:
    """An order. Our reference is the outside order's number; nothing says that one makes only one booking."""
    if order.window is None:
        raise CannotAsk("Cainiao collects by appointment, and must be told its time")
    message: dict[str, Any] = {
        "senderInfo": doors.told(order.sender),
        "receiverInfo": doors.told(order.recipient),
        "itemType": GOODS,
        "weight": wire.kilograms(order.weight_grams),
        "itemId": order.service or doors.ITEM,
        "itemVersion": 2,
        "timeType": BY_APPOINTMENT,
        "externalUserId": access.credential(doors.USER),
        "externalUserMobile": wire.national(order.sender.phone, "86"),
        "outOrderInfoList": [{"itemType": order.goods or "goods", "outOrderId": order.reference}],
        **doors.appointment(order.window),
    }
    if order.remark:
        message["userRemark"] = order.remark
    return signing.signed(CREATE, message, access)


def read(reply: Reply, _order: Order) -> Booked:
    """The order as it was taken: the waybill, if there is one yet, is that of the carrier chosen (``cpCode``)."""
    answer = wire.object_of(reply.body)
    refusal = tracking.refusal_of(answer)
    if refusal is not None:
        return Booked(errors=(refusal,))
    data = answer.get("data")
    if not isinstance(data, dict):
        raise Unreadable("the answer has no data")
    return Booked(
        confirmation=wire.needed(data.get("orderId"), "data.orderId"),
        number=wire.word(data.get("mailNo")),
        pickup_code=wire.word(data.get("gotCode")),
        extras=booking_changes.chosen(data),
    )


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=Bounds(countries=frozenset({"CN"})),
    asking=booking_changes.ASKING,
    canceling=booking_changes.CANCELING,
    rescheduling=booking_changes.RESCHEDULING,
    timing=booking_changes.TIMING,
)
