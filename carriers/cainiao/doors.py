"""How Cainiao's pickup calls tell a door and a time, and in whose name they are made."""

from carriers import times, wire
from carriers.carrier import Contact, Window

USER = "account_id"  # the credential that stands as ``cnAccountId`` and as the outside user
ITEM = "3000000040"  # the pickup by appointment, as the samples have it


def told(door: Contact) -> dict[str, str]:
    """A door: the address in one text, and again in its parts."""
    line = door.in_one_line()
    return {
        "name": door.name,
        "mobile": wire.national(door.phone, "86"),
        "fullAddressDetail": f"{door.region}{door.city}{door.district}{line}",
        "provinceName": door.region,
        "cityName": door.city,
        "areaName": door.district,
        "address": line,
    }


def appointment(window: Window) -> dict[str, str]:
    """The time of a pickup, by Beijing's clock."""
    return {"appointGotStartTime": times.beijing(window.start), "appointGotEndTime": times.beijing(window.end)}
