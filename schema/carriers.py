"""Carriers, what we can do with them, and the accounts merchants have."""

from datetime import datetime
from typing import Any

import strawberry

from db.case_enums import ReturnMethod
from db.enums import (
    Confidence,
    DeliveryMode,
    Environment,
    PushAuthenticity,
    TrackingReason,
    TrackingStatus,
    TrackingStep,
)
from resolvers import carriers as answers
from resolvers import edges
from schema.fields import described, related, resolved
from schema.node import Node
from schema.scalars import CountryCode
from schema.viewer import Merchant


@strawberry.type(description="What the gateway can do with a carrier; all false for one without an adapter.")
class CarrierCapabilities:
    track: bool = described("We can ask where a parcel is.")
    numbers_per_query: int | None = described("How many numbers go into one question.")
    subscribe: bool = described("We can ask to be told.")
    push: bool = described("We understand what it pushes.")
    push_authenticity: PushAuthenticity | None = described("What proves a push.")
    aggregator: bool = described("It reports for other carriers.")
    booking: bool = described("We can ask it to collect goods, or for a label.")
    booking_methods: list[ReturnMethod] = described(
        "The ways a booking with it can begin; empty where none can.", size=4
    )
    quotes: bool = described("It tells what a parcel costs when asked.")
    slots: bool = described("It tells when a courier can come to a door when asked.")
    intercepting: bool = described("We can ask it to turn a parcel round on its way, or to bring it elsewhere.")


@strawberry.type(description="How well an ability's format is proven. LOW: rebuilt from a field list, never captured.")
class AbilityConfidence:
    ability: str = described("tracking, push, subscribing, booking, intercepting, pickup, error, statuses, sandbox.")
    confidence: Confidence = described("How sure we are.")


@strawberry.type(description="What an account with the carrier may hold.")
class CredentialName:
    name: str = described("The name to give it by.")
    description: str = described("What it is and where it comes from.")


def _meaning(field: str) -> Any:
    return lambda root: getattr(root.meaning, field)


@strawberry.type(description="One row of a carrier's status table: their code in our words.")
class CarrierCode:
    namespace: str = described("Which of the carrier's code families.")
    code: str = described("Their code.")
    meaning_text: str = described("Their words for it.")
    status: TrackingStatus = resolved(
        by=_meaning("status"), description="Our status; UNKNOWN is knowingly not guessed."
    )
    step: TrackingStep | None = resolved(by=_meaning("step"), description="Our finer word.")
    reason: TrackingReason | None = resolved(by=_meaning("reason"), description="Our reason.")
    delivery_mode: DeliveryMode | None = resolved(by=_meaning("delivery_mode"), description="Into whose hands.")
    action_required: bool = resolved(by=_meaning("action_required"), description="Whether somebody must act.")
    confidence: Confidence = described("How sure we are of the row.")


@strawberry.type(description="A carrier's code that we do not know, counted.")
class UnmappedCode:
    raw_code: str = described("The code as it came.")
    seen: int = described("How often.")
    first_seen_at: datetime = described("First (UTC).")
    last_seen_at: datetime = described("Last (UTC).")


@strawberry.type(description="A carrier. One without an adapter is lawful: its parcels are told of by partners.")
class Carrier:
    code: str = described("The code parcels name it by.")
    name: str = resolved(by=answers.name, description="Its name in the asked language, where there is one.")
    country: CountryCode | None = described("Where it is at home.")
    has_adapter: bool = resolved(
        by=lambda root: answers.adapter(root) is not None,
        description="Whether we speak its language.",
    )
    capabilities: CarrierCapabilities = resolved(by=answers.capabilities, description="What we can do with it.")
    confidence: list[AbilityConfidence] = resolved(
        by=answers.confidence, description="How well each is proven.", size=4
    )
    notes: list[str] = resolved(by=answers.notes, description="What is not confirmed about its formats.", size=4)
    credentials: list[CredentialName] = resolved(
        by=answers.credentials, description="What an account may hold.", size=4
    )
    codes: list[CarrierCode] = resolved(by=answers.codes, description="Its status table, searchable.", size=100)
    unmapped_codes: list[UnmappedCode] = related(
        by=edges.unmapped_of_carrier,
        description="Codes it sent that we do not know, the most frequent first.",
        size=10,
    )


@strawberry.type(
    description="What a carrier sent for an account that could not be read; kept for 30 days and read again."
)
class UnreadableMessages:
    count: int = described("How many are kept.")
    last_at: datetime | None = described("When the last of them came (UTC); null when there is none.")
    last_reason: str | None = described("Why it could not be read, in a sentence that quotes nothing of it.")


@strawberry.type(description="A merchant's standing with a carrier. Credentials go in and never come out.")
class CarrierAccount(Node):
    name: str = described("The merchant's name for it.")
    merchant: Merchant | None = related(by=edges.merchant_of_row, description="Whose it is.")
    carrier: Carrier = related(by=edges.carrier_of_row, description="With whom.")
    environment: Environment = described("The carrier's live or test world.")
    push_address: str | None = resolved(
        by=answers.push_address,
        description="Where the carrier sends its pushes. A secret in itself: shown only with shipments:write.",
    )
    daily_quota: int | None = described("The most calls a day we make with it; null: no bound.")
    last_push_at: datetime | None = described("When the carrier last pushed (UTC).")
    unreadable: UnreadableMessages = related(
        by=answers.unreadable_of_account, description="Messages of the carrier that nobody could read."
    )
    subscribed_at: datetime | None = described("Since when the whole account is subscribed (UTC).")
    created_at: datetime = described("Since when we know it (UTC).")
    disabled_at: datetime | None = described("When it was disabled (UTC); null while it is used.")


@strawberry.type
class CarrierQueries:
    carriers: list[Carrier] = resolved(
        by=answers.carriers, description="Every carrier that parcels may name, by code.", size=30
    )
    carrier: Carrier | None = resolved(by=answers.carrier, description="One carrier by code.")
    carrier_accounts: list[CarrierAccount] = resolved(
        by=answers.accounts,
        description="The carrier accounts within reach (at most 100), newest first. Needs the scope shipments:read.",
        size=20,
    )
