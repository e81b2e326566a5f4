"""Points for packaging used again, as partners see them."""

from datetime import datetime

import strawberry

from db.models.green import Packaging
from schema.fields import described


@strawberry.type(description="A line of a buyer's ledger of points; written once.")
class ReusePoints:
    packaging: Packaging = described("What the goods travelled in.")
    points: int = described("How many points.")
    granted_at: datetime = described("When the warehouse had received the goods (UTC).")
