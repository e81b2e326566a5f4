"""Orders JD to collect a parcel; a return is the same order, with the customer as its sender."""

from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    Order,
    Reply,
    Request,
    Unreadable,
)
from carriers.jd import booking_changes, booking_quotes, orders, signing, tracking
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

CREATE = "/ecap/v1/orders/create"

# Settled by the month under the contract; paid by the sender; paid by the recipient.
PAYERS = {"shipper": "3", "sender": "1", "recipient": "2"}
INSURANCE = "ed-a-0002"
OTHER_PLATFORMS = "0030001"  # the channel of every order that is not of JD's own shop
REPEATED = "0_0001"


def request(order: Order, access: Access) -> Request:
    """An order of the contract's. The window is told in milliseconds."""
    product: dict[str, Any] = {"productCode": order.service or orders.STANDARD}
    if order.declared:
        product["addedProducts"] = [
            {"productCode": INSURANCE, "productAttrs": {"guaranteeMoney": f"{order.declared:f}"}}
        ]
    message: dict[str, Any] = {
        "orderId": order.reference,
        "senderContact": orders.contact(order.sender),
        "receiverContact": orders.contact(order.recipient),
        "orderOrigin": signing.ORIGIN,
        "customerCode": access.credential("customer_code"),
        "productsReq": product,
        "settleType": PAYERS.get(order.payer, PAYERS["shipper"]),
        "cargoes": [orders.cargo(order)],
        "commonChannelInfo": {"channelCode": OTHER_PLATFORMS},
    }
    if order.window is not None:
        message["pickupStartTime"] = times.millis(order.window.start)
        message["pickupEndTime"] = times.millis(order.window.end)
    if order.remark:
        message["remark"] = order.remark
    if order.number:
        message["waybillCode"] = order.number
    return signing.request(CREATE, message, access)


def read(reply: Reply, _order: Order) -> Booked:
    """The order and its waybill number. A reference that JD had already is no error: it tells that order again."""
    answer = tracking.answered(reply.body)
    if not tracking.succeeded(answer):
        return Booked(errors=(tracking.refusal(answer),))
    code = wire.word(answer.get("subCode"))
    confirmation, number = (wire.word(wire.dig(answer, "data", name)) for name in ("orderCode", "waybillCode"))
    if not confirmation and not number:
        raise Unreadable("data has neither orderCode nor waybillCode")
    return Booked(confirmation, number, PickupStatus.ACCEPTED, code, is_repeat=code == REPEATED)


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=Bounds(countries=frozenset({"CN"})),
    same_reference_same_booking=True,
    canceling=booking_changes.CANCELING,
    timing=booking_quotes.TIMING,
    pricing=booking_quotes.PRICING,
    services=(orders.STANDARD,),
)
