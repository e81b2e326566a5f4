"""What JD's orders and its checks before an order have in common: doors in one line, and the parcel."""

from typing import Any

from carriers import wire
from carriers.carrier import Contact, Order

STANDARD = "ed-m-0001"  # the standard express
LEAST_KILOGRAMS = 0.01  # weights are told to two decimals, and none may be nought


def contact(who: Contact) -> dict[str, str]:
    """A door: JD takes the address with its region in one line. A city that is a region of its own is named once."""
    names = "".join(dict.fromkeys(filter(None, (who.region, who.city, who.district))))
    return {"name": who.name, "mobile": wire.national(who.phone, "86"), "fullAddress": names + who.in_one_line()}


def cargo(order: Order) -> dict[str, Any]:
    """The parcels as one cargo, JD takes no more than one: kilograms, centimetres and their product."""
    told: dict[str, Any] = {
        "name": order.goods or "goods",
        "quantity": order.parcels,
        "weight": max(LEAST_KILOGRAMS, round(order.weight_grams / 1000, 2)),
    }
    if order.size_mm is not None:
        length, width, height = (side / 10 for side in order.size_mm)
        # "hight" is their spelling.
        told |= {
            "volume": round(length * width * height, 2),
            "length": length,
            "width": width,
            "hight": height,
        }
    return told
