"""Every life, by the kind of case that leads it."""

from typing import Any

from aftersales.rules import exchanges, pickups, refunds, repairs, returns
from aftersales.rules.machine import Machine
from db.case_enums import CaseKind

LIVES: dict[CaseKind, Machine[Any, Any]] = {
    CaseKind.RETURN: returns.LIFE,
    CaseKind.PICKUP: pickups.LIFE,
    CaseKind.REFUND: refunds.LIFE,
    CaseKind.EXCHANGE: exchanges.LIFE,
    CaseKind.REPAIR: repairs.LIFE,
}
