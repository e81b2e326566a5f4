"""How long each clock of a life runs where no policy says otherwise, and when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Clocks:
    """A policy's own waits in seconds by their words; what it does not name runs as long as ``DEFAULTS`` says."""

    own: Mapping[str, int]

    @staticmethod
    def of(policy: Mapping[str, Any] | None) -> "Clocks":
        """The clocks of a case's policy as it is kept with the case."""
        return Clocks((policy or {}).get("clocks", {}))

    def end(self, word: str, start: datetime) -> datetime:
        """When a clock that starts now ends (UTC)."""
        seconds = self.own.get(word)
        return start + (DEFAULTS[word] if seconds is None else timedelta(seconds=seconds))
