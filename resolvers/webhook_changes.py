"""Webhook endpoints made, changed, tested, rotated and deleted; deliveries played again. Each change is the partner's
own, whichever merchant it acts for."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from aftersales import positions, webhook_replays, webhooks
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.rules.addresses_allowed import NotATarget, choose, target
from aftersales.webhook_replays import Stretch
from aftersales.webhooks import EndpointWish, Owner
from db.enums import SigningScheme
from db.ids import parse_typeid
from db.models.webhooks import WebhookDelivery, WebhookEndpoint
from resolvers.context import Context, Info
from resolvers.errors import aware
from resolvers.feed import readable
from resolvers.inputs import locked, no_such

MOST_REPLAYED = 250
LOOK_UP_SECONDS = 2.0
_REVEALS = "personal:reveal"


@strawberry.input(description="A new webhook endpoint. A filter that is empty takes everything.")
class WebhookEndpointCreateInput:
    url: str = strawberry.field(description="Where we POST to: https, port 443 or 8443, on a public address.")
    topics: list[str] = strawberry.field(
        default_factory=lambda: ["*"],
        description='What is told: kinds of the catalogue of events, "shipment.*" for all of a subject, "*" for all; '
        '"log.head" must be named.',
    )
    description: str | None = strawberry.field(default=None, description="A note of your own.")
    carriers: list[str] = strawberry.field(
        default_factory=list, description="Only changes of parcels with these carriers, by code."
    )
    statuses: list[str] = strawberry.field(
        default_factory=list, description="Only changes whose new status is one of these, e.g. DELIVERED."
    )
    selection: str | None = strawberry.field(
        default=None,
        description="What the message holds instead of our own data: a selection on Change, e.g. `{ kind node { id } }`, "
        "evaluated when it is sent, with what this credential may see, personal data masked.",
    )
    signing: SigningScheme = strawberry.field(
        default=SigningScheme.HMAC_SHA256, description="How messages are signed; it cannot be changed later."
    )


@strawberry.input(description="What changes of an endpoint. What is not given stays.")
class WebhookEndpointUpdateInput:
    id: strawberry.ID = strawberry.field(description="The endpoint's id.")
    url: str | None = strawberry.field(default=None, description="Where we POST to.")
    topics: list[str] | None = strawberry.field(default=None, description="What is told.")
    description: str | None = strawberry.field(default=None, description="A note of your own; an empty one is removed.")
    carriers: list[str] | None = strawberry.field(default=None, description="Only these carriers; none is all.")
    statuses: list[str] | None = strawberry.field(default=None, description="Only these new statuses; none is all.")
    selection: str | None = strawberry.field(
        default=None, description="What the message holds; an empty text goes back to our own data."
    )
    enabled: bool | None = strawberry.field(default=None, description="Whether anything is sent.")


@strawberry.input(description="Which endpoint to delete.")
class WebhookEndpointDeleteInput:
    id: strawberry.ID = strawberry.field(description="The endpoint's id.")


@strawberry.input(description="Which endpoint to send a test to.")
class WebhookEndpointTestInput:
    id: strawberry.ID = strawberry.field(description="The endpoint's id.")


@strawberry.input(description="Which endpoint gets a new secret.")
class WebhookEndpointRotateSecretInput:
    id: strawberry.ID = strawberry.field(description="The endpoint's id.")


@strawberry.input(
    description="What is sent again: deliveries by id, or a stretch of the log to one endpoint, given by positions or by "
    "moments of recording."
)
class WebhookReplayInput:
    delivery_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Deliveries, at most 250.")
    endpoint_id: strawberry.ID | None = strawberry.field(default=None, description="The endpoint to tell again.")
    after: str | None = strawberry.field(default=None, description="From after this position.")
    until: str | None = strawberry.field(default=None, description="Up to this position, it included.")
    since: datetime | None = strawberry.field(default=None, description="Recorded at this moment or later.")
    before: datetime | None = strawberry.field(default=None, description="Recorded before this moment.")


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries go out again, and from where to go on."""

    replayed: int
    continue_after: str | None


async def look(context: Context, arguments: dict[str, Any]) -> None:
    """Where the address leads, looked up before the transaction. A name that leads nowhere (yet), or not in time, is no
    fault: it may be published later, and is looked up again before every message."""
    context.fault_of_url = None
    url = arguments["input"].url
    if url is None or context.resolve is None:
        return
    try:
        to = target(url.strip(), dev=context.dev)
        async with asyncio.timeout(LOOK_UP_SECONDS):
            choose(await context.resolve(to.host, to.port), dev=context.dev)
    except NotATarget as no:
        context.fault_of_url = str(no)
    except (OSError, UnicodeError):
        return


async def create(info: Info, input: WebhookEndpointCreateInput) -> WebhookEndpoint:
    """A new endpoint, with its secret to be shown once."""
    context = info.context
    assert context.session
    wish = EndpointWish(
        url=input.url,
        topics=input.topics,
        description=input.description or None,
        carriers=input.carriers,
        statuses=input.statuses,
        selection=input.selection or None,
        dev=context.dev,
        url_fault=context.fault_of_url,
    )
    _check_selection(context, wish.selection)
    with inside("input"):
        return await webhooks.create(
            context.session, context.store.vault, _owner(context), wish, input.signing, now=context.clock()
        )


async def update(info: Info, input: WebhookEndpointUpdateInput) -> WebhookEndpoint:
    """The endpoint with what was given changed."""
    context = info.context
    assert context.session
    endpoint = await _endpoint(context, input.id)
    names = ("url", "topics", "description", "carriers", "statuses", "selection")
    given = {name: getattr(input, name) for name in names if getattr(input, name) is not None}
    texts: dict[str, Any] = {name: given[name] or None for name in ("description", "selection") if name in given}
    _check_selection(context, texts.get("selection"))
    with inside("input"):
        if given:
            wish = replace(webhooks.wish_of(endpoint), **{**given, **texts})
            wish = replace(wish, dev=context.dev, url_fault=context.fault_of_url)
            await webhooks.update(context.session, endpoint, _owner(context), wish)
        if input.enabled is not None:
            await webhooks.enable(context.session, endpoint, now=context.clock(), enabled=input.enabled)
    return endpoint


async def delete(info: Info, input: WebhookEndpointDeleteInput) -> WebhookEndpoint:
    """Nothing is sent any more; the endpoint is not found again."""
    context = info.context
    assert context.session
    endpoint = await _endpoint(context, input.id)
    await webhooks.delete(context.session, endpoint, now=context.clock())
    return endpoint


async def test(info: Info, input: WebhookEndpointTestInput) -> WebhookDelivery:
    """A test that is sent at once; its attempt is found at the delivery."""
    context = info.context
    assert context.session
    endpoint = await _endpoint(context, input.id)
    with inside("input"):
        return await webhooks.test(context.session, endpoint, now=context.clock())


async def rotate_secret(info: Info, input: WebhookEndpointRotateSecretInput) -> WebhookEndpoint:
    """A new secret to be shown once; the old one signs beside it for 24 hours."""
    context = info.context
    assert context.session
    endpoint = await _endpoint(context, input.id)
    await webhooks.rotate(context.session, context.store.vault, endpoint, now=context.clock())
    return endpoint


async def replay(info: Info, input: WebhookReplayInput) -> Replayed:
    """Deliveries told again under their ids."""
    context = info.context
    assert context.session
    with inside("input"):
        if (input.delivery_ids is None) == (input.endpoint_id is None):
            raise Refused(Refusal(RefusalCode.INVALID, "Give either deliveryIds or endpointId."))
        if input.delivery_ids is not None:
            done = await webhook_replays.deliveries(context.session, _ids(input.delivery_ids), context.clock())
        else:
            which = _stretch(context, input)
            endpoint = await _endpoint(context, input.endpoint_id or "", ("endpointId",))
            done = await webhook_replays.stretch(context.session, endpoint, which, context.clock())
    on = done.continue_after
    return Replayed(done.deliveries, None if on is None else positions.text_of(context.store.vault, on))


def _owner(context: Context) -> Owner:
    """What an endpoint of this caller may be told: no more than the caller may read, and nothing unmasked."""
    viewer = context.viewer
    assert viewer.partner_id
    return Owner(
        partner_id=viewer.partner_id,
        merchant_id=viewer.acting_for,
        carrier_code=viewer.reach.carrier_code,
        subjects=[subject.value for subject in readable(viewer)],
        scopes=viewer.scopes - {_REVEALS},
    )


def _check_selection(context: Context, selection: str | None) -> None:
    if selection is None:
        return
    if context.selection_fault is None:
        raise RuntimeError("selections are checked by who knows the schema")
    fault = context.selection_fault(selection)
    if fault is not None:
        raise Refused(Refusal(RefusalCode.INVALID, fault, ("input", "selection")))


async def _endpoint(context: Context, id_: str, field: tuple[str, ...] = ("input", "id")) -> WebhookEndpoint:
    row = await locked(context, WebhookEndpoint, id_, "webhook endpoint", field)
    if row.deleted_at is not None:
        raise no_such("webhook endpoint", field)
    return row


def _ids(given: list[strawberry.ID]) -> list[UUID]:
    if not 1 <= len(given) <= MOST_REPLAYED:
        raise Refused(Refusal(RefusalCode.INVALID, f"Name 1 to {MOST_REPLAYED} deliveries.", ("deliveryIds",)))
    parsed = [parse_typeid(each) for each in given]
    found = [each[1] for each in parsed if each is not None and each[0] == WebhookDelivery.prefix]
    if len(found) < len(given):
        raise Refused(Refusal(RefusalCode.NOT_FOUND, "No such delivery.", ("deliveryIds",)))
    return found


def _stretch(context: Context, input: WebhookReplayInput) -> Stretch:
    ends: dict[str, int | None] = {}
    for name in ("after", "until"):
        text = getattr(input, name)
        try:
            ends[name] = None if text is None else positions.position_of(context.store.vault, text)
        except positions.NotAPosition:
            raise Refused(Refusal(RefusalCode.INVALID, "This is not a position of the log.", (name,))) from None
    return Stretch(
        after=ends["after"] or 0,
        until=ends["until"],
        since=aware(input.since, "since"),
        before=aware(input.before, "before"),
    )
