"""Which wishes for a parcel on its way can be told, and with which of a merchant's accounts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules import addresses, phones
from aftersales.rules.addresses import Address
from carriers.registry import BY_CODE
from db.enums import Direction
from db.enums import TrackingStatus as S
from db.models.deliveries import DeliveryWish
from db.models.shipments import Shipment

ON_ITS_WAY = frozenset(
    {
        *(S.INFO_RECEIVED, S.PICKED_UP, S.IN_TRANSIT, S.CUSTOMS, S.OUT_FOR_DELIVERY),
        *(S.AVAILABLE_FOR_PICKUP, S.ATTEMPT_FAILED, S.EXCEPTION),
    }
)
LONGEST_AHEAD = timedelta(days=14)  # after that carriers send a parcel back
ACTIONS: Mapping[DeliveryWish, str] = {
    DeliveryWish.RESCHEDULE: "RESCHEDULE_DELIVERY",
    DeliveryWish.REDIRECT: "REDIRECT_DELIVERY",
    DeliveryWish.HOLD: "HOLD_DELIVERY",
    DeliveryWish.LEAVE_WITH: "LEAVE_DELIVERY_WITH",
    DeliveryWish.RETURN: "RETURN_DELIVERY",
}
"""The action, as alerts name them, for each wish that a carrier may take, in the order in which they are offered."""
MUTATIONS: Mapping[DeliveryWish, str] = {
    DeliveryWish.RESCHEDULE: "deliveryReschedule",
    DeliveryWish.REDIRECT: "deliveryRedirect",
    DeliveryWish.HOLD: "deliveryHold",
    DeliveryWish.LEAVE_WITH: "deliveryRedirect",
    DeliveryWish.RETURN: "deliveryReturn",
}
Account = tuple[UUID, str]
"""One of a merchant's accounts that are in use: its id and its carrier's code."""


def is_on_its_way(shipment: Shipment) -> bool:
    """Whether it is a parcel to a buyer that has not come to an end."""
    return shipment.direction is Direction.FORWARD and shipment.status in ON_ITS_WAY


def takes(carrier: str, kind: DeliveryWish) -> bool:
    """Whether a carrier, or an aggregator, takes such a wish from us."""
    known = BY_CODE.get(carrier)
    return known is not None and known.intercepting is not None and kind.value in known.intercepting.kinds


def account_for(shipment: Shipment, accounts: Iterable[Account], kind: DeliveryWish) -> UUID | None:
    """With which account the carrier is told: the merchant's with it, else the one by which the parcel is followed."""
    able = [
        (code != shipment.carrier_code, id_)
        for id_, code in accounts
        if (code == shipment.carrier_code or id_ == shipment.account_id) and takes(code, kind)
    ]
    return min(able)[1] if able else None


def possible(shipment: Shipment, accounts: Sequence[Account]) -> tuple[DeliveryWish, ...]:
    """The wishes that its carrier takes from the merchant now."""
    if not is_on_its_way(shipment):
        return ()
    return tuple(kind for kind in ACTIONS if account_for(shipment, accounts, kind) is not None)


def why_not(shipment: Shipment, kind: DeliveryWish) -> str:
    """Why none of the merchant's accounts can tell it."""
    if takes(shipment.carrier_code, kind):
        return f"The merchant has no account with {shipment.carrier_code} to ask with."
    return f"{shipment.carrier_code} takes no such wish from us."


def demand_window(window: tuple[datetime, datetime], zone: str, now: datetime) -> None:
    """Refused unless it lies ahead, at most two weeks, within one day of the door."""
    sentence = None
    if not now < window[0] < window[1]:
        sentence = "The window must lie ahead, and end after it begins."
    elif window[1] > now + LONGEST_AHEAD:
        sentence = "The window must end within the next 14 days."
    elif len({moment.astimezone(ZoneInfo(zone)).date() for moment in window}) > 1:
        sentence = "The window must lie within one day of the recipient's place."
    if sentence is not None:
        raise Refused(Refusal(RefusalCode.INVALID, sentence, ("window",)))


def door(told: Mapping[str, Any], shipment: Shipment) -> dict[str, Any]:
    """An address as orders keep it. Refused, with every problem, where it is not whole or in another country."""
    written = {
        "country": told["country"].upper(),
        "region": told.get("region") or "",
        "city": told.get("city") or "",
        "district": told.get("district") or "",
        "street": tuple(told.get("street") or ()),
        "unit": told.get("unit") or "",
        "postal_code": told.get("postal_code") or "",
    }
    found = addresses.standardise(Address(**written))
    refusals = [
        Refusal(RefusalCode.INVALID, each.message, ("address", each.field))
        for each in found.problems
        if each.field != "name"  # who receives stays unless told
    ]
    if not written["street"] and not any(no.field[-1] == "street" for no in refusals):
        refusals.append(Refusal(RefusalCode.INVALID, "An address has a street.", ("address", "street")))
    if shipment.destination_country not in {None, written["country"]}:
        sentence = "A parcel is brought to another door of the same country only."
        refusals.append(Refusal(RefusalCode.INVALID, sentence, ("address", "country")))
    phone = phones.parse(told.get("phone"), written["country"]) if told.get("phone") else None
    if phone is not None and phone.e164 is None:
        refusals.append(Refusal(RefusalCode.INVALID, phone.problem or "No phone number.", ("address", "phone")))
    if refusals:
        raise Refused(*refusals)
    at = found.address
    kept = {
        "country": at.country,
        "region": at.region,
        "regionCode": at.region_code,
        "city": at.city,
        "district": at.district,
        "street": list(at.street),
        "unit": at.unit,
        "postalCode": at.postal_code,
        "name": told.get("name"),
        "company": told.get("company"),
        "phone": phone and phone.e164,
    }
    return {name: value for name, value in kept.items() if value}
