"""Orders ZTO to collect a parcel, and cancels the order."""

from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    CannotAsk,
    Changing,
    Contact,
    Order,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.zto import signing, tracking
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

CREATE, CANCEL = "zto.open.createOrder", "zto.open.cancelPreOrder"

NO_GROUP = "2"  # ``partnerType``: a customer with an account at a branch; 1 is a group's
# ``orderType``: one that a courier is called for, the only kind that can be cancelled; one that the branch collects anyway.
PRE_ORDER, WHOLE = "2", "1"
ACCOUNT = 1
CANCELED_BY_SENDER = "2"


def request(order: Order, access: Access) -> Request:
    """An order on the account of a branch, which pays. Its number may be one that we have already."""
    if order.payer != "shipper":
        raise CannotAsk("ZTO's orders are charged to the account")
    message: dict[str, Any] = {
        "partnerType": NO_GROUP,
        "orderType": _kind(order),
        "partnerOrderCode": order.reference,
        "accountInfo": {
            "accountId": access.credential("account_id"),
            "accountPassword": access.credential("account_password"),
            "type": ACCOUNT,
        },
        "senderInfo": _door("sender", order.sender),
        "receiveInfo": _door("receiver", order.recipient),
        "summaryInfo": _summary(order),
        "orderItems": [{"name": item.title, "quantity": item.quantity} for item in order.items],
    }
    optional = {"billCode": order.number, "remark": order.remark}
    return signing.signed(CREATE, message | {name: told for name, told in optional.items() if told}, access)


def _kind(order: Order) -> str:
    if (order.service or PRE_ORDER) not in BOOKING.services:
        raise CannotAsk("ZTO's services are its order types: 2 calls a courier, 1 is for parcels collected anyway")
    return order.service or PRE_ORDER


def _door(who: str, door: Contact) -> dict[str, str]:
    told = {
        "Name": door.name,
        "Mobile": wire.national(door.phone, "86"),
        "Province": door.region,
        "City": door.city,
        "District": door.district,
        "Address": door.in_one_line(),
    }
    return {who + name: value for name, value in told.items()}


def _summary(order: Order) -> dict[str, Any]:
    told: dict[str, Any] = {"quantity": order.parcels}
    if order.size_mm is not None:
        told["size"] = ",".join(f"{side / 10:g}" for side in order.size_mm)  # centimetres
    if order.window is not None:
        told |= {"startTime": times.beijing(order.window.start), "endTime": times.beijing(order.window.end)}
    return told


def read(reply: Reply, _order: Order) -> Booked:
    """The order as ZTO took it, with its waybill number where it gives one."""
    answer = wire.object_of(reply.body)
    if errors := _refusals(answer):
        return Booked(errors=errors)
    confirmation, number = (wire.word(wire.dig(answer, "result", name)) for name in ("orderCode", "billCode"))
    if not confirmation and not number:
        raise Unreadable("result has neither orderCode nor billCode")
    return Booked(confirmation, number, PickupStatus.ACCEPTED, wire.word(answer.get("statusCode")))


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """The cancellation, by ZTO's own numbers: it does not know an order by ours."""
    if not ref.confirmation and not ref.number:
        raise CannotAsk("ZTO cancels by its own numbers, of which none is known")
    message = {"cancelType": CANCELED_BY_SENDER, "orderCode": ref.confirmation, "billCode": ref.number}
    return signing.signed(CANCEL, message, access)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusal, if there is one."""
    return _refusals(wire.object_of(reply.body))


def _refusals(answer: dict[str, Any]) -> tuple[ReadError, ...]:
    if "status" not in answer:
        raise Unreadable("status is missing")
    return () if answer["status"] in (True, "true") else (tracking.refusal(answer),)


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=Bounds(countries=frozenset({"CN"})),
    canceling=Changing(cancel, read_cancel),
    services=(PRE_ORDER, WHOLE),
)
