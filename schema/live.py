"""What can be followed while it happens."""

import strawberry

from resolvers import live as answers
from schema.feed import Change
from schema.fields import followed

_AFTER = (
    "With `after` (a position) it begins with everything since then and goes on without a gap or a repeat; without, it "
    "begins now."
)


@strawberry.type
class LiveSubscriptions:
    shipment_updated: Change = followed(
        by=answers.shipment_updated,
        description=f"Changes of these parcels as they happen, or of all within reach. {_AFTER} "
        "Needs the scope shipments:read.",
    )
    changes: Change = followed(
        by=answers.changes,
        description=f"Every change within reach as it happens, of the subjects that the credential may read. {_AFTER}",
    )
