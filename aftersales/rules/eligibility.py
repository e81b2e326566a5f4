"""May these goods come back? One function a sentence of the policy; the verdict is all refusals, so everything can be mended
at once. The same answer is shown before a request and guards it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftersales.refusals import Quantity, Refusal, RefusalCode, WindowClosed
from aftersales.rules.policies import FAULTS, Policy
from db.case_enums import Resolution, ReturnMethod, ReturnReason, Verdict


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line as the checks see it. ``received_at`` is when its order was delivered (None: not yet), ``zone`` the
    recipient's. ``ordered`` of it were bought, ``coming`` are in other returns. ``attributes`` are the merchant's words in
    lower case. ``is_opened`` is what the buyer says (None: not asked). ``recent`` counts the buyer's returns of 90 days."""

    ordered: int
    coming: int
    wanted: int
    reason: ReturnReason
    resolution: Resolution
    unit_minor: int
    currency: str
    received_at: datetime | None
    zone: str
    category: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    is_opened: bool | None = None
    is_canceled: bool = False
    recent: int = 0
    photos: int = 0

    @property
    def left(self) -> int:
        """How many can still come back."""
        return self.ordered - self.coming

    @property
    def is_fault(self) -> bool:
        """Whether the reason is a fault of the goods or of their way."""
        return self.reason in FAULTS


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer for one line. ``closes_at`` is exclusive (UTC). The fee is what the buyer would pay for the way back, in
    the smallest unit. ``because`` are the sentences that were asked, each with whether it holds."""

    verdict: Verdict
    refusals: tuple[Refusal, ...]
    closes_at: datetime | None
    fee_minor: int
    methods: tuple[ReturnMethod, ...]
    because: tuple[tuple[str, bool], ...]

    @property
    def allowed(self) -> bool:
        """Whether it may come back, at once or after a person looked."""
        return self.verdict is not Verdict.REFUSE


Check = Callable[[LineFacts, Policy, datetime], Refusal | None]


def closes_at(facts: LineFacts, policy: Policy) -> datetime | None:
    """The first moment after the window: so many days after the day of receipt, to the end of the last, in the recipient's
    zone. None: the goods have not arrived, so it has not begun."""
    if facts.received_at is None:
        return None
    zone = ZoneInfo(facts.zone)
    last: date = facts.received_at.astimezone(zone).date() + timedelta(days=policy.days(facts.reason))
    return datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)


def is_delivered(facts: LineFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    """The goods have arrived, or were refused at the door."""
    if facts.received_at is not None or facts.reason in {ReturnReason.REFUSED_AT_DOOR, ReturnReason.MISSING_PARTS}:
        return None
    return _no(
        RefusalCode.NOT_ELIGIBLE,
        "The goods have not been delivered yet; change or stop the delivery instead, or ask again once they arrived.",
    )


def is_not_canceled(facts: LineFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    """The order stands."""
    if not facts.is_canceled:
        return None
    return _no(
        RefusalCode.NOT_ELIGIBLE, "The order was cancelled; nothing of it was sold. Ask the merchant for the money."
    )


def is_in_window(facts: LineFacts, policy: Policy, now: datetime) -> Refusal | None:
    """The window is open."""
    end = closes_at(facts, policy)
    if end is None or now < end:
        return None
    days = policy.days(facts.reason)
    last = (end.astimezone(ZoneInfo(facts.zone)) - timedelta(seconds=1)).date()
    sentence = (
        f"The {days} days to return this after receipt ended on {last.isoformat()}; "
        "for a fault that showed later, ask for a repair or turn to the merchant."
    )
    return Refusal(RefusalCode.WINDOW_CLOSED, sentence, ("quantity",), WindowClosed(end, policy.code, policy.version))


def is_left(facts: LineFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    """So many were bought and are not coming back already."""
    if 1 <= facts.wanted <= facts.left:
        return None
    if facts.left <= 0:
        sentence = "All of this line is in a return already; follow that one, or cancel it first."
    else:
        sentence = f"Between 1 and {facts.left} of this line can still come back; {facts.wanted} were asked for."
    return Refusal(RefusalCode.QUANTITY, sentence, ("quantity",), Quantity(max(facts.left, 0), facts.wanted, min=1))


def is_taken_back(facts: LineFacts, policy: Policy, _now: datetime) -> Refusal | None:
    """The policy does not exclude the category."""
    sentence = policy.excluded.get((facts.category or "").lower())
    if sentence is None or facts.is_fault:
        return None
    return _no(RefusalCode.POLICY, f"{sentence} If it is faulty, name the fault as the reason.")


def is_unopened(facts: LineFacts, policy: Policy, _now: datetime) -> Refusal | None:
    """What must not be opened was not."""
    sentence = policy.opened_excluded.get((facts.category or "").lower())
    if sentence is None or facts.is_fault or facts.is_opened is not True:
        return None
    return _no(RefusalCode.POLICY, f"{sentence} Unopened it may come back.")


def is_not_final_sale(facts: LineFacts, policy: Policy, _now: datetime) -> Refusal | None:
    """It was not sold for good."""
    marked = any(
        word in policy.final_sale_words and facts.attributes[word] not in {"false", "no", "0"}
        for word in facts.attributes
    )
    if not marked or facts.is_fault:
        return None
    return _no(
        RefusalCode.POLICY, "This was a final sale; it comes back only for a fault. Name the fault as the reason."
    )


def is_offered(facts: LineFacts, policy: Policy, _now: datetime) -> Refusal | None:
    """The policy offers what the buyer wishes."""
    if facts.resolution in policy.resolutions or facts.resolution is Resolution.REFUND_WITHOUT_RETURN:
        return None
    offered = ", ".join(sorted(each.name for each in policy.resolutions))
    return _no(RefusalCode.POLICY, f"{facts.resolution.name} is not offered; choose one of {offered}.", "resolution")


def may_be_kept(facts: LineFacts, policy: Policy, _now: datetime) -> Refusal | None:
    """A refund without a return is for goods of little worth."""
    if facts.resolution is not Resolution.REFUND_WITHOUT_RETURN:
        return None
    most = policy.keep_below_minor.get(facts.currency, 0)
    if facts.unit_minor * facts.wanted < most:
        return None
    return _no(
        RefusalCode.POLICY,
        "These goods are worth more than may be kept; choose REFUND and send them back.",
        "resolution",
    )


CHECKS: tuple[tuple[str, Check], ...] = (
    ("the order stands", is_not_canceled),
    ("the goods arrived", is_delivered),
    ("the window is open", is_in_window),
    ("so many are left", is_left),
    ("the category is taken back", is_taken_back),
    ("it was not opened where it must not be", is_unopened),
    ("it was no final sale", is_not_final_sale),
    ("what is wished for is offered", is_offered),
    ("only what is worth little is kept", may_be_kept),
)


BY_ITSELF: tuple[tuple[str, Callable[[LineFacts, Policy], bool]], ...] = (
    (
        "it is worth little enough to approve without a person",
        lambda facts, policy: facts.unit_minor * facts.wanted <= policy.auto.most_minor.get(facts.currency, -1),
    ),
    ("the reason needs no person", lambda facts, policy: facts.reason in policy.auto.reasons),
    ("the buyer returned little of late", lambda facts, policy: facts.recent <= policy.auto.most_returns),
    (
        "the picture it needs is there",
        lambda facts, policy: facts.reason not in policy.photo_for or facts.photos > 0,
    ),
)
"""What must all hold for a request to be approved without a person."""


def assess(facts: LineFacts, policy: Policy, now: datetime) -> Assessment:
    """The verdict over one line, with every refusal."""
    asked = [(sentence, check(facts, policy, now)) for sentence, check in CHECKS]
    refusals = tuple(no for _, no in asked if no is not None)
    because = tuple((sentence, no is None) for sentence, no in asked)
    verdict, why = (Verdict.REFUSE, ()) if refusals else _verdict(facts, policy)
    pays = facts.reason in policy.buyer_pays and not facts.is_fault
    return Assessment(
        verdict=verdict,
        refusals=refusals,
        closes_at=closes_at(facts, policy),
        fee_minor=policy.fee_minor.get(facts.currency, 0) if pays else 0,
        methods=_methods(facts, policy),
        because=(*because, *why),
    )


def _verdict(facts: LineFacts, policy: Policy) -> tuple[Verdict, tuple[tuple[str, bool], ...]]:
    asked = tuple((sentence, holds(facts, policy)) for sentence, holds in BY_ITSELF)
    return (Verdict.AUTO_APPROVE if all(holds for _, holds in asked) else Verdict.REVIEW), asked


def _methods(facts: LineFacts, policy: Policy) -> tuple[ReturnMethod, ...]:
    keeps = facts.resolution is Resolution.REFUND_WITHOUT_RETURN
    return (ReturnMethod.KEEP_ITEM,) if keeps else tuple(m for m in policy.methods if m is not ReturnMethod.KEEP_ITEM)


def at_line(no: Refusal, index: int) -> Refusal:
    """A refusal of one of several lines, with its path in the request; what is wished for is said once for all of them."""
    return no if no.field == ("resolution",) else replace(no, field=("lines", str(index), *no.field))


def _no(code: RefusalCode, sentence: str, field_: str = "orderLineId") -> Refusal:
    return Refusal(code, sentence, (field_,))
