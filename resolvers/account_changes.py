"""Carrier accounts made, changed, disabled; tokens for a merchant's own buyers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import strawberry
from sqlalchemy import select

from aftersales import credentials, following, partners
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from db.enums import Environment
from db.ids import parse_typeid
from db.models.orders import Customer
from db.models.partners import CarrierAccount
from resolvers.context import Info
from resolvers.inputs import locked


@strawberry.input(description="A credential by the carrier's own name for it; see Carrier.credentials.")
class CredentialInput:
    name: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="The value; kept encrypted, never shown again.")


@strawberry.input(description="A new account with a carrier.")
class CarrierAccountCreateInput:
    carrier: str = strawberry.field(description="The carrier's code.")
    name: str = strawberry.field(default="main", description="Your name for it; one name a carrier.")
    environment: Environment = strawberry.field(
        default=Environment.LIVE, description="The carrier's live or test world."
    )
    credentials: list[CredentialInput] | None = strawberry.field(default=None, description="What the carrier gave you.")
    push_secret: str | None = strawberry.field(
        default=None,
        description="The secret the carrier proves its pushes with, where it chose one; else we make one.",
    )
    daily_quota: int | None = strawberry.field(default=None, description="The most calls a day we may make with it.")


@strawberry.input(description="What changes of an account. What is not given stays.")
class CarrierAccountUpdateInput:
    id: strawberry.ID = strawberry.field(description="The account's id.")
    name: str | None = strawberry.field(default=None, description="Your name for it.")
    credentials: list[CredentialInput] | None = strawberry.field(
        default=None,
        description="Laid over those kept; an empty value takes one away.",
    )
    push_secret: str | None = strawberry.field(
        default=None, description="The secret the carrier proves its pushes with."
    )
    daily_quota: int | None = strawberry.field(default=None, description="The most calls a day we may make with it.")


@strawberry.input(description="Which account to disable.")
class CarrierAccountDisableInput:
    id: strawberry.ID = strawberry.field(description="The account's id.")


async def create(info: Info, input: CarrierAccountCreateInput) -> CarrierAccount:
    """A new account with a fresh push address; parcels that nobody could be asked about are followed by it."""
    context = info.context
    assert context.session
    wish = partners.AccountWish(
        carrier_code=input.carrier.strip().lower(),
        name=input.name,
        environment=input.environment,
        credentials=_named(input.credentials),
        push_secret=input.push_secret,
        daily_quota=input.daily_quota,
    )
    vault, now = context.store.vault, context.clock()
    with inside("input"):
        account = await partners.create_account(context.session, vault, context.viewer.merchant(), wish, now=now)
    await following.adopt(context.session, account, now)
    return account


async def update(info: Info, input: CarrierAccountUpdateInput) -> CarrierAccount:
    """The account with what was given changed."""
    context = info.context
    assert context.session
    account = await locked(context, CarrierAccount, input.id, "carrier account")
    keep: Any = partners.Keep.KEEP
    change = partners.AccountChange(
        name=input.name if input.name is not None else keep,
        credentials=_named(input.credentials) if input.credentials is not None else keep,
        push_secret=input.push_secret if input.push_secret is not None else keep,
        daily_quota=input.daily_quota if input.daily_quota is not None else keep,
    )
    with inside("input"):
        return await partners.update_account(context.session, context.store.vault, account, change)


async def disable(info: Info, input: CarrierAccountDisableInput) -> CarrierAccount:
    """From now on nothing is asked with it and its pushes are not taken."""
    context = info.context
    assert context.session
    account = await locked(context, CarrierAccount, input.id, "carrier account")
    return await partners.disable_account(context.session, account, now=context.clock())


def _named(given: list[CredentialInput] | None) -> dict[str, str]:
    return {each.name: each.value for each in given or []}


@strawberry.input(description="For which buyer. Give customerId or externalId.")
class CustomerTokenCreateInput:
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's id.")
    external_id: str | None = strawberry.field(default=None, description="Your own id of the buyer.")
    expires_in_seconds: int = strawberry.field(default=3600, description="How long it lasts; at most 86,400 (a day).")
    scopes: list[str] | None = strawberry.field(
        default=None,
        description="What it may do; orders:read and shipments:read unless given.",
    )


@dataclass(frozen=True, slots=True)
class Minted:
    """A token, shown once."""

    token: str
    expires_at: datetime
    customer: Customer


async def customer_token(info: Info, input: CustomerTokenCreateInput) -> Minted:
    """A short-lived token that sees one buyer's orders and parcels, for a mobile app."""
    context = info.context
    assert context.session
    parsed = parse_typeid(input.customer_id) if input.customer_id else None
    buyer = None
    if parsed is not None and parsed[0] == Customer.prefix:
        buyer = await context.session.scalar(select(Customer).where(Customer.id == parsed[1]))
    elif input.external_id is not None and input.customer_id is None:
        buyer = await context.session.scalar(select(Customer).where(Customer.external_id == input.external_id))
    if buyer is None:
        raise Refused(
            Refusal(RefusalCode.NOT_FOUND, "No such customer; a buyer is known from their first order.", ("input",))
        )
    lasts = timedelta(seconds=input.expires_in_seconds)
    scopes = input.scopes if input.scopes is not None else ["orders:read", "shipments:read"]
    with inside("input"):
        token, ends = credentials.mint_customer_token(
            context.store.vault,
            buyer.merchant_id,
            buyer.id,
            lasts,
            context.clock(),
            scopes,
        )
    return Minted(token, ends, buyer)
