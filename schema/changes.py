"""Mutations of orders, parcels, accounts and tokens, with their payloads."""

from datetime import datetime

import strawberry

from aftersales.entering import EntryOutcome
from aftersales.partner_scans import Told
from aftersales.shipments import Outcome
from resolvers import account_changes, order_sync, partner_scans, shipment_changes
from resolvers.mutation import Touches
from schema.carriers import CarrierAccount
from schema.fields import described, mutation, resolved
from schema.orders import Customer, Order
from schema.payloads import Payload, UserError, item_errors, value, values
from schema.shipments import Shipment
from schema.words import tell

strawberry.enum(EntryOutcome, name="OrderSyncOutcome", description="What became of one order of a sync.")
strawberry.enum(Outcome, name="ShipmentOutcome", description="What became of one parcel of a registration.")
strawberry.enum(Told, name="TrackingEventOutcome", description="What became of one scan of a push.")
for _outcome in (EntryOutcome, Outcome, Told):
    tell(_outcome)


@strawberry.type(description="One order's outcome.")
class OrderSyncResult:
    index: int = described("Its place in the input, counted from 0.")
    number: str | None = described("Its number as sent.")
    outcome: EntryOutcome = described("What became of it.")
    order: Order | None = described("The order as it stands; null when refused.")
    user_errors: list[UserError] = resolved(
        by=item_errors,
        description="Why it, or one of its parcels, was refused.",
        size=1,
    )


@strawberry.type(description="One outcome an order, in the order of the input.")
class OrdersSyncPayload(Payload):
    results: list[OrderSyncResult] = values("One outcome an order.")


@strawberry.type(description="One parcel's outcome.")
class ShipmentResult:
    index: int = described("Its place in the input, counted from 0.")
    tracking_number: str = described("Its number as sent.")
    outcome: Outcome = described("What became of it.")
    shipment: Shipment | None = described("The parcel as it stands; null when refused.")
    user_errors: list[UserError] = resolved(by=item_errors, description="Why it was refused.", size=1)


@strawberry.type(description="One outcome a parcel, in the order of the input.")
class ShipmentsPayload(Payload):
    results: list[ShipmentResult] = values("One outcome a parcel.")


@strawberry.type(description="One scan's outcome.")
class TrackingEventResult:
    index: int = described("Its place in the input, counted from 0.")
    tracking_number: str = described("The number as sent.")
    outcome: Told = described("What became of it.")
    user_errors: list[UserError] = resolved(by=item_errors, description="Why it was refused.", size=1)


@strawberry.type(description="One outcome a scan, in the order of the input.")
class TrackingEventsPayload(Payload):
    results: list[TrackingEventResult] = values("One outcome a scan.")


@strawberry.type(description="A parcel, or why not.")
class ShipmentPayload(Payload):
    shipment: Shipment | None = value("The parcel as it stands; null when refused.")


@strawberry.type(description="A carrier account, or why not.")
class CarrierAccountPayload(Payload):
    carrier_account: CarrierAccount | None = value("The account as it stands; null when refused.")


@strawberry.type(description="A token for one buyer. It is shown once.")
class CustomerToken:
    token: str = described("Send it as `Authorization: Bearer ...`.")
    expires_at: datetime = described("When it ends (UTC).")
    customer: Customer = described("Whose orders it sees.")


@strawberry.type(description="A customer token, or why not.")
class CustomerTokenPayload(Payload):
    customer_token: CustomerToken | None = value("The token; null when refused.")


@strawberry.type
class OrderMutations:
    orders_sync: OrdersSyncPayload = mutation(
        by=order_sync.sync,
        prepare=order_sync.prepare,
        scope="orders:write",
        description="Takes up to 250 orders, one outcome each. Sending an order again changes what differs, nothing else.",
    )
    customer_token_create: CustomerTokenPayload = mutation(
        by=account_changes.customer_token,
        scope="customers:token",
        touches=Touches.NOTHING,
        description="Mints a short-lived token by which a mobile app sees one buyer's orders and parcels. Nothing is kept "
        "of it: a repeat mints another.",
    )


@strawberry.type
class ShipmentMutations:
    shipments_register: ShipmentsPayload = mutation(
        by=shipment_changes.register,
        prepare=shipment_changes.prepare,
        scope="shipments:write",
        description="Follows up to 250 parcels from now on, one outcome each; safe to repeat.",
    )
    tracking_events_push: TrackingEventsPayload = mutation(
        by=partner_scans.push,
        prepare=partner_scans.prepare,
        scope="carriers:sync",
        touches=Touches.CARRIERS_ROWS,
        description="A carrier partner tells of its parcels: up to 250 scans, promises or estimates, one outcome each; "
        "reaches every merchant who follows the number.",
    )
    shipment_stop_tracking: ShipmentPayload = mutation(
        by=shipment_changes.stop_tracking,
        scope="shipments:write",
        description="Stops following a parcel; registering it again follows it again.",
    )
    shipment_correct_carrier: ShipmentPayload = mutation(
        by=shipment_changes.correct_carrier,
        scope="shipments:write",
        description="The parcel is another carrier's; the scans it has stay.",
    )


@strawberry.type
class CarrierMutations:
    carrier_account_create: CarrierAccountPayload = mutation(
        by=account_changes.create,
        scope="shipments:write",
        keyed=True,
        description="A new account with a carrier, with a push address of its own.",
    )
    carrier_account_update: CarrierAccountPayload = mutation(
        by=account_changes.update,
        scope="shipments:write",
        description="Changes an account's name, credentials, secret or quota.",
    )
    carrier_account_disable: CarrierAccountPayload = mutation(
        by=account_changes.disable,
        scope="shipments:write",
        description="Nothing is asked with the account any more, and its pushes are not taken.",
    )
