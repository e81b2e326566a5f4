"""What a policy of returns says. Laws and habits ship as rows of a table (``tables/policies.json``), each with its source and
the day it holds from; a merchant's own versions are rows of the store. A version never changes: a change is a new one, and a
request is decided by the version that held when it was made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from db.case_enums import RefundTrigger, Resolution, ReturnMethod, ReturnReason

FAULTS = frozenset(
    {
        ReturnReason.DEFECTIVE,
        ReturnReason.DAMAGED_IN_TRANSIT,
        ReturnReason.WRONG_ITEM,
        ReturnReason.NOT_AS_DESCRIBED,
        ReturnReason.MISSING_PARTS,
    }
)
"""Reasons that are not the buyer's choice: no exclusion and no fee holds against them."""


@dataclass(frozen=True, slots=True)
class AutoApproval:
    """What is approved without a person: worth at most so much (in the smallest unit, by currency; a currency that is not
    named: never), for these reasons, of a buyer with at most so many returns in 90 days."""

    most_minor: Mapping[str, int] = field(default_factory=dict)
    reasons: frozenset[ReturnReason] = frozenset(ReturnReason)
    most_returns: int = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """One version. ``windows`` are days from receipt by reason, ``no_reason_days`` those for every other reason; a day is
    the recipient's and the window is open until its end. ``excluded`` maps a category to the sentence why it is not taken
    back without a fault; ``opened_excluded`` holds only once it was opened. ``fee_minor`` (by currency) is what the buyer
    pays for the way back where ``buyer_pays`` names the reason; ``restocking_percent`` is kept back of the price then.
    ``clocks`` are waits by their words (``rules.clocks``): seconds, or working days or hours. ``keep_below_minor``: what is worth less may be kept
    by the buyer and is refunded. ``shipping_for`` are the reasons for which the way out is paid back once all goods of an
    order came back. ``refund_lost``: what was lost on the way back is refunded at once. ``photo_for`` are the
    reasons that need a picture."""

    code: str
    version: int
    name: str
    country: str | None
    source: str
    effective_from: date
    no_reason_days: int
    windows: Mapping[ReturnReason, int] = field(default_factory=dict)
    resolutions: frozenset[Resolution] = frozenset({Resolution.REFUND, Resolution.EXCHANGE})
    methods: tuple[ReturnMethod, ...] = tuple(ReturnMethod)
    excluded: Mapping[str, str] = field(default_factory=dict)
    opened_excluded: Mapping[str, str] = field(default_factory=dict)
    final_sale_words: frozenset[str] = frozenset({"final_sale", "final sale", "清仓"})
    buyer_pays: frozenset[ReturnReason] = frozenset()
    fee_minor: Mapping[str, int] = field(default_factory=dict)
    restocking_percent: int = 0
    photo_for: frozenset[ReturnReason] = frozenset()
    auto: AutoApproval = field(default_factory=AutoApproval)
    trigger: RefundTrigger = RefundTrigger.INSPECTION
    express_within: int = 24 * 3600
    clocks: Mapping[str, int | Mapping[str, int]] = field(default_factory=dict)
    keep_below_minor: Mapping[str, int] = field(default_factory=dict)
    shipping_for: frozenset[ReturnReason] = FAULTS
    refund_lost: bool = True
    failed_delivery_percent: int = 0

    def days(self, reason: ReturnReason) -> int:
        """How many days the window of a reason is open."""
        return self.windows.get(reason, self.no_reason_days)

    def is_charged(self, reason: ReturnReason) -> bool:
        """Whether a reason is the buyer's to pay for: the way back, and what is kept for restocking."""
        return reason in self.buyer_pays and reason not in FAULTS

    def ref(self) -> dict[str, Any]:
        """How a case keeps which version decides it, with the waits that it needs at hand."""
        return {"code": self.code, "version": self.version, "clocks": dict(self.clocks)}


@dataclass(frozen=True, slots=True)
class Law:
    """The least that a country's law leaves to a buyer: so many days from receipt without a reason, and the money back.
    ``sentence`` is what a policy below it is refused with."""

    days: int
    sentence: str


LAWS: Mapping[str, Law] = {
    "CN": Law(
        7,
        "The Consumer Rights Protection Law of the PRC (article 25) gives the buyer seven days from receipt to send goods "
        "back without a reason, for the price paid.",
    ),
    "EU": Law(
        14,
        "Directive 2011/83/EU (articles 9 and 13) gives the buyer fourteen days from receipt to withdraw without a "
        "reason, and the price back.",
    ),
}
"""The floors, by place; a shop's policy may be wider."""


def below_law(policy: Policy, places: Collection[str]) -> tuple[tuple[str, str], ...]:
    """What of a policy is below the law of one of these places: the field, and the sentence with the way on."""
    found = []
    for place in sorted(set(places) & set(LAWS)):
        law = LAWS[place]
        short = {reason.name: days for reason, days in policy.windows.items() if days < law.days}
        if policy.no_reason_days < law.days:
            found.append(("noReasonDays", f"{law.sentence} Set noReasonDays to {law.days} or more."))
        if short:
            found.append(("windows", f"{law.sentence} Open {', '.join(sorted(short))} for {law.days} days or more."))
        if Resolution.REFUND not in policy.resolutions:
            found.append(("resolutions", f"{law.sentence} Offer REFUND."))
    return tuple(found)
