"""An order between two doors in the United States, for the carriers that are at home there."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from carriers.booking import Contact, Item, Order, Window

EASTERN = ZoneInfo("America/New_York")
WINDOW = Window(datetime(2026, 3, 2, 9, tzinfo=EASTERN), datetime(2026, 3, 2, 14, tzinfo=EASTERN))
SENDER = Contact(
    "Jane Smith", "+12175551234", "US", "Illinois", "US-IL", "Springfield", "", ("456 Oak Avenue",), "", "62701"
)
RECIPIENT = Contact(
    "Returns", "+12015550199", "US", "New Jersey", "US-NJ", "Allendale", "", ("123 Main Street",), "", "07401", "Shop"
)
ORDER = Order(
    "WB1234567890",
    SENDER,
    RECIPIENT,
    window=WINDOW,
    items=(Item("shirt", 1, Decimal("19.5"), 2000, "610910", "PT"),),
    weight_grams=2500,
    currency="USD",
)


def order(scenario: str = "5678", **changes: Any) -> Order:
    """An order whose sender's phone asks for a scenario of the desk."""
    sender = replace(SENDER, phone="+1217555" + scenario)
    return replace(ORDER, **{"reference": f"WB00000{scenario}", "sender": sender, **changes})
