"""How long each clock of a life runs where no policy says otherwise, and when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aftersales.rules.calendars import Calendar

DEFAULTS: Mapping[str, timedelta] = {
    "approve_within": timedelta(hours=48),
    "answer_within": timedelta(days=7),
    "send_back_within": timedelta(days=14),
    "arrive_within": timedelta(days=30),
    "receive_within": timedelta(days=3),
    "rest_within": timedelta(days=14),
    "inspect_within": timedelta(days=3),
    "settle_within": timedelta(hours=48),
    "appeal_within": timedelta(days=7),
    "rule_within": timedelta(days=3),
    "refund_within": timedelta(hours=24),
    "refund_retry_within": timedelta(hours=24),
    "pickup_answer_within": timedelta(hours=2),
    "pickup_grace": timedelta(hours=4),
    "pickup_settle_within": timedelta(days=7),
    "pickup_rebook_within": timedelta(days=3),
    "exchange_decide_within": timedelta(days=3),
    "exchange_goods_within": timedelta(days=21),
    "exchange_pay_within": timedelta(days=3),
    "exchange_ship_within": timedelta(hours=48),
    "exchange_complete_within": timedelta(days=7),
    "diagnose_within": timedelta(days=5),
    "quote_answer_within": timedelta(days=7),
    "repair_within": timedelta(days=15),
    "send_out_within": timedelta(days=3),
}
"""Habits of the trade, to be changed by policy: seven days to appeal and to settle a pickup's weight, the rest as
marketplaces set them. Where a law or a contract says otherwise, a policy's row does, with its source."""

AT_BUYERS = frozenset(
    {
        "answer_within",
        "send_back_within",
        "arrive_within",
        "appeal_within",
        "pickup_answer_within",
        "pickup_grace",
        "pickup_settle_within",
        "pickup_rebook_within",
        "exchange_decide_within",
        "exchange_goods_within",
        "exchange_pay_within",
        "exchange_complete_within",
        "quote_answer_within",
    }
)
"""Clocks that wait for the buyer, or for a courier at the buyer's door: the working days there count. All others wait for
the merchant and count those of its warehouse."""


class Unit(StrEnum):
    """What a wait is counted in; the two of working time are the words by which rules keep them."""

    SECONDS = "seconds"
    WORKING_HOURS = "workingHours"
    WORKING_DAYS = "workingDays"


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a clock runs."""

    amount: int
    unit: Unit = Unit.SECONDS

    @staticmethod
    def of(kept: int | Mapping[str, int]) -> "Wait":
        """A wait as rules keep it: seconds, or ``{"workingDays": 3}``."""
        if isinstance(kept, int):
            return Wait(kept)
        [(unit, amount)] = kept.items()
        return Wait(amount, Unit(unit))

    def kept(self) -> int | dict[str, int]:
        """The way back."""
        return self.amount if self.unit is Unit.SECONDS else {self.unit.value: self.amount}

    @property
    def is_working(self) -> bool:
        """Whether a calendar says when it ends."""
        return self.unit is not Unit.SECONDS

    def end(self, start: datetime, calendar: Calendar | None = None) -> datetime:
        """When it ends, if it starts then (UTC). Working time needs the calendar."""
        if self.unit is Unit.SECONDS:
            return start + timedelta(seconds=self.amount)
        assert calendar is not None, "working time is counted by a calendar"
        counted = calendar.end_of_days if self.unit is Unit.WORKING_DAYS else calendar.end_of_hours
        return counted(start, self.amount)

    def __str__(self) -> str:
        """As people say it: ``3 working days``, ``48 hours``."""
        sizes = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}
        named = {Unit.WORKING_DAYS: "working day", Unit.WORKING_HOURS: "working hour"}
        noun, amount = named.get(self.unit, ""), self.amount
        if not noun:
            noun = next(each for each, size in sizes.items() if not amount % size and (amount > size or size < 86_400))
            amount //= sizes[noun]
        return f"{amount} {noun}{'' if amount == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Clocks:
    """A policy's own waits by their words, as rules keep them; what it does not name runs as long as ``DEFAULTS`` says."""

    own: Mapping[str, int | Mapping[str, int]]

    @staticmethod
    def of(policy: Mapping[str, Any] | None) -> "Clocks":
        """The clocks of a case's policy as it is kept with the case."""
        return Clocks((policy or {}).get("clocks", {}))

    def wait(self, word: str) -> Wait:
        """How long a clock runs."""
        kept = self.own.get(word)
        return Wait(int(DEFAULTS[word].total_seconds())) if kept is None else Wait.of(kept)

    def end(self, word: str, start: datetime, calendar: Calendar | None = None) -> datetime:
        """When a clock that starts then ends (UTC); one of working time needs the calendar."""
        return self.wait(word).end(start, calendar)
