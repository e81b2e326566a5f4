"""Who am I: the partner behind the credential, the scopes, the merchant acted for."""

from datetime import datetime

import strawberry

from db.enums import PartnerKind
from resolvers import viewer as answers
from schema.fields import described, resolved
from schema.node import Node
from schema.scalars import CountryCode


@strawberry.type(description="Whose goods they are; every order and parcel belongs to one.")
class Merchant(Node):
    name: str = described("The merchant's name.")
    country: CountryCode | None = described("Where it is at home.")
    zone: str = described("The IANA time zone of its business day.")
    external_id: str | None = described("The platform's own name for it.")
    created_at: datetime = described("Since when we know it (UTC).")


@strawberry.type(description="Who calls us: a merchant, a platform acting for merchants, or a carrier.")
class Partner(Node):
    name: str = described("The partner's name.")
    kind: PartnerKind = described("Which kind of partner.")


@strawberry.type(description="Who this call speaks for, and what it may do.")
class Viewer:
    kind: PartnerKind | None = described("Which kind of partner; null for a customer token.")
    partner: Partner | None = resolved(
        by=answers.partner, description="The partner behind the key; null for a customer token."
    )
    merchant: Merchant | None = resolved(
        by=answers.merchant,
        description="The merchant acted for: one's own, or the one named with the Waybridge-Merchant header.",
    )
    carrier_code: str | None = resolved(by=answers.carrier_code, description="The carrier one speaks for, if any.")
    customer_id: strawberry.ID | None = resolved(
        by=answers.customer_id, description="The buyer a customer token speaks for."
    )
    scopes: list[str] = resolved(
        by=answers.scopes, description="What the credential may do, e.g. orders:read.", size=10
    )
    merchants: list[Merchant] = resolved(
        by=answers.merchants,
        description="The first 100 merchants within reach, by name; a platform's are those linked to it.",
        size=50,
    )


@strawberry.type
class ViewerQueries:
    viewer: Viewer = resolved(by=answers.viewer, description="Who this call speaks for.")
