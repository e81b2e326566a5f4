"""What happens to the sandbox's parcels: scripted journeys, told in hours since their beginning, in places that exist.

All texts are ours; carriers' codes are written by each carrier's own sandbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo

from carriers.carrier import Place
from db.enums import TrackingStatus as S

# But for the one that is silent, journeys end within two days: no parcel of theirs may look stalled while it is played.
ROAD = frozenset({S.INFO_RECEIVED, S.PICKED_UP, S.IN_TRANSIT, S.OUT_FOR_DELIVERY})


@dataclass(frozen=True, slots=True)
class Stop:
    """A place scans are made at, with the zone of its clocks."""

    place: Place
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Step:
    """One scan: hours after the beginning, what it says, the stop of the route it is made at, and its text."""

    hours: float
    status: S
    stop: int
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Script:
    """A journey. ``code`` is the two digits that a number ends with (before its check digit). ``lasts`` is in hours and
    reaches past the last step where silence belongs to it; ``arrives`` is the hour the carrier estimates delivery for.
    A script without steps is no journey but a way to fail."""

    code: str
    name: str
    summary: str
    steps: tuple[Step, ...] = ()
    lasts: float = 0
    arrives: float | None = None
    crosses_border: bool = False

    @property
    def needs(self) -> frozenset[S]:
        """The statuses that make the script what it is; a carrier without a word for one of them cannot play it."""
        return frozenset(step.status for step in self.steps) - ROAD or frozenset({S.IN_TRANSIT})


def _road(*until: Step) -> tuple[Step, ...]:
    return (
        Step(0, S.INFO_RECEIVED, 0, "Shipment details received", "商家已下单，等待揽收"),
        Step(2, S.PICKED_UP, 0, "Parcel picked up", "快件已揽收"),
        Step(8, S.IN_TRANSIT, 1, "Departed from the sorting centre", "快件已从分拣中心发出"),
        Step(20, S.IN_TRANSIT, 2, "Arrived at the sorting centre of destination", "快件已到达目的地分拣中心"),
        *until,
    )


_OUT = Step(26, S.OUT_FOR_DELIVERY, 3, "Out for delivery", "快件正在派送，请保持电话畅通")
_DELIVERED = Step(30, S.DELIVERED, 3, "Delivered to the recipient", "快件已签收，感谢使用")
_ATTEMPT = Step(30, S.ATTEMPT_FAILED, 3, "Delivery attempted, nobody was at home", "派送不成功：收件人不在")
_AGAIN = Step(40, S.OUT_FOR_DELIVERY, 3, "Out for delivery again", "快件再次派送")
_SECOND = Step(44, S.DELIVERED, 3, "Delivered at the second attempt", "第二次派送成功，快件已签收")
_LATE = Step(
    36, S.IN_TRANSIT, 2, "Delayed by bad weather, delivery will be later than planned", "受恶劣天气影响，派送时间将推迟"
)
_HELD = Step(30, S.CUSTOMS, 2, "Held by customs, documents are needed", "海关查验中，需要补充资料")
_CLEARING = Step(24, S.CUSTOMS, 2, "Customs declaration lodged", "已向海关申报")
_CLEARED = Step(30, S.IN_TRANSIT, 2, "Released by customs", "海关已放行")
_BROUGHT = Step(40, S.OUT_FOR_DELIVERY, 3, "Out for delivery", "快件正在派送")
_HANDED = Step(44, S.DELIVERED, 3, "Delivered to the recipient", "快件已签收")
_WAITS = Step(28, S.AVAILABLE_FOR_PICKUP, 3, "Ready for collection at the pickup point", "快件已到自提点，请凭码取件")
_ADDRESS = Step(28, S.EXCEPTION, 3, "The address is incomplete, please correct it", "地址不详，无法派送，请更正")
_DAMAGED = Step(24, S.EXCEPTION, 2, "The parcel was damaged on the way", "快件运输途中破损")
_REFUSED = Step(32, S.RETURNED, 0, "Returned to the sender", "快件已退回寄件人")
_LOST = Step(44, S.LOST, 2, "The parcel could not be found", "快件遗失")

DELIVERED = Script("01", "delivered", "delivered as planned", _road(_OUT, _DELIVERED), 30, 31)
IN_TRANSIT = Script("02", "in-transit", "on the road, as planned", _road(), 22, 50)
DELAYED = Script("03", "delayed", "told to be later than planned", _road(_LATE), 40, 96)
STALLED = Script("04", "stalled", "no scan for five days", _road(), 140, 50)
ATTEMPT = Script(
    "05",
    "attempt-failed",
    "a failed attempt, then delivered",
    _road(_OUT, _ATTEMPT, _AGAIN, _SECOND),
    44,
    45,
)
CUSTOMS = Script("06", "customs-held", "held by customs", _road(_HELD), 40, 110, crosses_border=True)
COLLECTION = Script("07", "awaiting-collection", "waits at a pickup point", _road(_OUT, _WAITS), 30, 31)
ADDRESS = Script("08", "address", "cannot be delivered, the address is wrong", _road(_OUT, _ADDRESS), 30)
RETURNED = Script("09", "returned", "returned to its sender", _road(_REFUSED), 32)
LOST = Script("10", "lost", "declared lost", _road(_LOST), 44)
DAMAGED = Script("11", "damaged", "damaged on the way", _road(_DAMAGED), 26)
ABROAD = Script(
    "12",
    "cleared",
    "through customs, then delivered",
    _road(_CLEARING, _CLEARED, _BROUGHT, _HANDED),
    44,
    45,
    crosses_border=True,
)
LABEL_ONLY = Script("13", "picked-up", "picked up, nothing more yet", _road()[:2], 3, 50)

UNKNOWN = Script("90", "unknown", "a number the carrier does not know")
SLOW = Script("91", "slow", "answers after five seconds, then as in-transit", _road(), 22, 50)
BROKEN = Script("92", "error-500", "HTTP 500 without a body")
GARBAGE = Script("93", "garbage", "HTTP 200 with a page instead of an answer")
LOCKED_OUT = Script("94", "auth-error", "the carrier's own refusal of credentials")

SCRIPTS: Mapping[str, Script] = MappingProxyType(
    {
        script.code: script
        for script in (
            *(DELIVERED, IN_TRANSIT, DELAYED, STALLED, ATTEMPT, CUSTOMS, COLLECTION, ADDRESS),
            *(RETURNED, LOST, DAMAGED, ABROAD, LABEL_ONLY, UNKNOWN, SLOW, BROKEN, GARBAGE, LOCKED_OUT),
        )
    }
)
"""Every script by its code."""


def _stop(city: str, region: str, country: str, zone: str, facility: str) -> Stop:
    return Stop(Place(city, facility, city, region, None, country), ZoneInfo(zone))


_CN = (
    _stop("深圳市", "广东省", "CN", "Asia/Shanghai", "深圳南山营业点"),
    _stop("广州市", "广东省", "CN", "Asia/Shanghai", "广州分拣中心"),
    _stop("上海市", "上海市", "CN", "Asia/Shanghai", "上海浦东分拣中心"),
    _stop("上海市", "上海市", "CN", "Asia/Shanghai", "上海静安营业点"),
)
_US = (
    _stop("Portland", "OR", "US", "America/Los_Angeles", "Portland"),
    _stop("Reno", "NV", "US", "America/Los_Angeles", "Reno hub"),
    _stop("Columbus", "OH", "US", "America/New_York", "Columbus hub"),
    _stop("Pittsburgh", "PA", "US", "America/New_York", "Pittsburgh"),
)
_DE = (
    _stop("Hamburg", "HH", "DE", "Europe/Berlin", "Hamburg"),
    _stop("Leipzig", "SN", "DE", "Europe/Berlin", "Leipzig hub"),
    _stop("Köln", "NW", "DE", "Europe/Berlin", "Köln hub"),
    _stop("Bonn", "NW", "DE", "Europe/Berlin", "Bonn"),
)


def route(script: Script, country: str) -> tuple[Stop, ...]:
    """The four stops of a script's journey for a carrier of that country; over a border where the script says so."""
    home = {"CN": _CN, "DE": _DE}.get(country, _US)
    if not script.crosses_border:
        return home
    return (*(_US if home is _CN else _CN)[:2], *home[2:])
