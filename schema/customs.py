"""Customs papers of returns as partners see them."""

from datetime import datetime

import strawberry

from aftersales.rules.customs import CustomsGap, CustomsReason
from resolvers import customs as answers
from schema.fields import described, mutation, resolved
from schema.links import ReturnLink
from schema.payloads import Payload, value
from schema.scalars import CountryCode, Money


@strawberry.type(description="What customs must be told of one line and are not yet.")
class CustomsMissing:
    return_line_id: strawberry.ID = described("The return's line (rln_...).")
    sku: str = described("Its stock number.")
    gap: CustomsGap = described("What is missing.")


@strawberry.type(description="A parcel in which the goods went out.")
class CustomsExport:
    carrier: str = described("Its carrier's code.")
    tracking_number: str = described("Its number.")
    delivered_at: datetime | None = described("When the buyer got it (UTC).")


@strawberry.type(description="Relief from duty for goods that come back; whether it holds is for the declarant to say.")
class CustomsRelief:
    territory: str = described("Where it is given: a country, or EU.")
    days: int = described("So many days after their export the goods must be back.")
    claim: str = described("What to claim, and on which condition.")
    source: str = described("Whose rule it is.")


@strawberry.type(description="What customs are told of a return whose way crosses a customs border.")
class ReturnCustoms:
    from_country: CountryCode = resolved(by=lambda root: root.border[0], description="Where the goods leave.")
    to_country: CountryCode = resolved(by=lambda root: root.border[1], description="Where they enter.")
    reason: CustomsReason = resolved(by=answers.reason, description="Why they are sent.")
    value: Money = resolved(by=answers.value, description="What all of it is worth.")
    net_grams: int | None = resolved(
        by=answers.net_grams, description="What all of it weighs in grams; null while a weight is missing."
    )
    is_complete: bool = resolved(by=answers.is_complete, description="Whether customs can be told everything.")
    missing: list[CustomsMissing] = resolved(by=answers.gaps, description="What they cannot be told yet.", size=2)
    is_waiting: bool = resolved(
        by=answers.is_waiting, description="Whether the pickup or the label waits for what is missing."
    )
    because: str | None = resolved(
        by=answers.because, description="Why it waits, and what to do; null where it does not wait."
    )
    exports: list[CustomsExport] = resolved(
        by=answers.exports,
        description="The parcels in which the goods went out, the oldest first; empty without the scope shipments:read.",
        size=1,
    )
    export_reference: str | None = resolved(
        by=answers.export_reference, description="What their export was declared under; null: not told."
    )
    relief: CustomsRelief | None = resolved(
        by=answers.relief,
        description="The relief that goods which come back may have there; null: none is known to us.",
    )


@strawberry.type(description="A return, or why not.")
class ReturnCustomsPayload(Payload):
    return_: ReturnLink | None = value("The return as it stands; null when refused.", name="return")


@strawberry.type
class CustomsMutations:
    return_customs_update: ReturnCustomsPayload = mutation(
        by=answers.update,
        scope="returns:write",
        description="Completes what customs are told; what waited for it is booked then. Safe to repeat.",
    )
