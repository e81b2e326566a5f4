"""An order as SF tells of it, when it is made and when it is asked for."""

from collections.abc import Mapping
from typing import Any

from carriers import wire
from carriers.carrier import Booked, LabelFile, ReadError, Unreadable
from db.enums import PickupStatus

# ``filterResult``: SF must look at the address first; it collects and delivers there; it does not.
NOT_SERVED = "3"
STATUSES = {"1": PickupStatus.REQUESTED, "2": PickupStatus.ACCEPTED}


def booked(message: Any) -> Booked:
    """An order as SF tells of it. Its ``confirmation`` is our own reference, since SF gives no name of its own."""
    if not isinstance(message, dict):
        raise Unreadable("msgData is no order")
    reference = wire.needed(message.get("orderId"), "orderId")
    result = wire.word(message.get("filterResult"))
    if result == NOT_SERVED:
        why = wire.word(message.get("remark")) or "SF does not collect or deliver there"
        return Booked(raw_code=result, errors=(ReadError("filterResult 3", why),))
    numbers = [wire.word(each.get("waybillNo")) for each in wire.objects(message.get("waybillNoInfoList"), "waybills")]
    return Booked(
        confirmation=reference,
        number=next(filter(None, numbers), ""),
        status=STATUSES.get(result, PickupStatus.REQUESTED),
        raw_code=result,
        labels=tuple(_codes(message)),
    )


def _codes(message: Mapping[str, Any]) -> list[LabelFile]:
    """The text of each waybill's two-dimensional code; SF draws no label with an order."""
    labels = [each.get("routeLabelData") for each in wire.objects(message.get("routeLabelInfo"), "routeLabelInfo")]
    return [
        LabelFile("text/plain", text.encode(), wire.word(wire.dig(label, "waybillNo")))
        for label in labels
        if (text := wire.word(wire.dig(label, "twoDimensionCode")))
    ]
