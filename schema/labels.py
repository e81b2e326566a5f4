"""Labels as partners see them."""

from datetime import datetime

import strawberry

from db.case_enums import ReturnMethod
from db.models.labels import LabelState
from resolvers import edges
from resolvers import labels as answers
from schema.carriers import Carrier
from schema.fields import described, related, resolved


@strawberry.type(description="A label or a code to send goods back with.")
class ReturnLabel:
    id: strawberry.ID = resolved(by=lambda root: root.typeid, description="Its id (lbl_...).")
    state: LabelState = described("How far it has come.")
    method: ReturnMethod = described("What it is for.")
    carrier: Carrier | None = related(by=edges.carrier_of_row, description="Whose label it is.")
    tracking_number: str | None = described("The parcel's number; may come late.")
    reference: str = described("Our reference, the same on every try.")
    media_type: str | None = described("What the file is: application/pdf or image/png; null until there is one.")
    url: str | None = resolved(
        by=answers.url,
        description="Gives the file to whoever holds the address, for 15 minutes; ask again for a fresh one. Null until "
        "it is ready, once it was taken back, and once it has expired.",
    )
    url_expires_at: datetime | None = resolved(by=answers.url_expires_at, description="Until when `url` is good (UTC).")
    expires_at: datetime | None = described("Until when the return takes the goods (UTC); null: no end is known.")
    reason: str | None = described("Why there is none, in the carrier's words.")
    doubtful: bool = described(
        "It was asked for and the answer was lost, at a carrier that can neither be asked nor be sent it again: ask there."
    )
    created_at: datetime = described("When it was asked for (UTC).")
    updated_at: datetime = described("When anything of it last changed (UTC).")
