"""Webhooks out: endpoints, what was sent to them, and what came back."""

from datetime import datetime
from typing import Any

import strawberry

from db.enums import AttemptProblem, DeliveryStatus, DisabledBecause, SigningScheme, Subject
from resolvers import webhook_changes
from resolvers import webhooks as answers
from resolvers.mutation import Touches
from schema.connections import Connection
from schema.feed import Change
from schema.fields import described, mutation, related, resolved
from schema.payloads import Payload, value


@strawberry.type(description="One attempt to deliver.")
class WebhookAttempt:
    started_at: datetime = described("When it began (UTC).")
    duration_ms: int = described("How long it took, in milliseconds.")
    http_status: int | None = described("The status that came back; null when nothing did.")
    problem: AttemptProblem | None = described("Why it did not succeed; null when it did.")
    answer: str | None = described("The first bytes of what came back (1 KiB at most), made safe to show.")


@strawberry.type(description="One entry of the log for one endpoint; or, beside the log, a head, a notice or a test.")
class WebhookDelivery:
    id: strawberry.ID = resolved(
        by=answers.global_id, description="Its id (dlv_...): the webhook-id header of every attempt, replays included."
    )
    kind: str = described(
        "What it tells: a kind of the catalogue of events, log.head, webhook.disabled or webhook.test."
    )
    position: str | None = resolved(by=answers.position, description="The position in the log; null beside the log.")
    number: int | None = described(
        "The merchant's number of the entry; for a head, of the last entry it stands for; else null."
    )
    subject: Subject | None = described("What kind of thing changed; null for what is no entry of the log.")
    subject_id: strawberry.ID | None = resolved(by=answers.subject_id, description="What changed; null beside the log.")
    subject_version: int | None = described("The version it reached; null for what is no entry of the log.")
    status: DeliveryStatus = described("How far it has come.")
    attempts: list[WebhookAttempt] = related(
        by=answers.attempts_of_delivery, description="Every attempt, oldest first.", size=3
    )
    next_attempt_at: datetime | None = resolved(
        by=answers.next_attempt_at,
        description="When it is tried (again) at the earliest (UTC); null when it is not, or waits behind an earlier one.",
    )
    created_at: datetime = described("When it was queued (UTC).")
    done_at: datetime | None = described("When it arrived or was given up (UTC).")


@strawberry.type(description="Where a partner is told of what happens. Signed after Standard Webhooks.")
class WebhookEndpoint:
    id: strawberry.ID = resolved(by=answers.global_id, description="The global id (whk_...).")
    url: str = described("Where we POST to.")
    description: str | None = described("The partner's own note.")
    merchant_id: strawberry.ID | None = resolved(
        by=answers.merchant_id, description="The one merchant it hears of; null for all that the partner speaks for."
    )
    topics: list[str] = described("What is told.", size=5)
    carriers: list[str] = described("Only changes of parcels with these carriers; empty for all.", size=3)
    statuses: list[str] = described("Only changes to these statuses; empty for all.", size=3)
    selection: str | None = described("What the message holds; null for our own data.")
    signing: SigningScheme = described("How messages are signed.")
    public_key: str | None = resolved(
        by=answers.public_key, description="What ed25519 signatures are verified with (whpk_...); null for HMAC."
    )
    previous_secret_ends_at: datetime | None = resolved(
        by=answers.secret_ends_at, description="Until when the secret before the present one signs too (UTC)."
    )
    failing_since: datetime | None = described(
        "The first failure since the last success (UTC); null while all is well."
    )
    disabled_at: datetime | None = described("When it was disabled (UTC); null while it is told.")
    disabled_because: DisabledBecause | None = described("Why it was disabled.")
    created_at: datetime = described("Since when it is told (UTC).")
    deliveries: Connection[WebhookDelivery] = resolved(
        by=answers.deliveries, description="What was sent to it or waits for it, newest first; kept for 30 days."
    )


def _shown_secret(root: Any) -> str | None:
    return None if root.value is None else root.value.shown_secret


def _outcome(name: str) -> Any:
    return lambda root: None if root.value is None else getattr(root.value, name)


@strawberry.type(description="A webhook endpoint, or why not.")
class WebhookEndpointPayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = value("The endpoint as it stands; null when refused.")


@strawberry.type(description="A webhook endpoint with its fresh secret, or why not.")
class WebhookSecretPayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = value("The endpoint as it stands; null when refused.")
    secret: str | None = resolved(
        by=_shown_secret,
        description="What to verify with: the shared secret (whsec_...), or the public key (whpk_...). Shown this once: "
        "null when the call is repeated under its key, since no secret is kept to be shown; if the first answer was lost, "
        "rotate the secret under a new key.",
    )


@strawberry.type(description="A delivery, or why not.")
class WebhookDeliveryPayload(Payload):
    webhook_delivery: WebhookDelivery | None = value("The delivery; null when refused.")


@strawberry.type(description="What is sent again, or why not.")
class WebhookReplayPayload(Payload):
    replayed: int | None = resolved(
        by=_outcome("replayed"), description="How many deliveries go out again; null when refused."
    )
    continue_after: str | None = resolved(
        by=_outcome("continue_after"),
        description="Where one call ended: give it as `after` to go on; null when the stretch is done.",
    )


@strawberry.type
class WebhookQueries:
    webhook_endpoints: list[WebhookEndpoint] = resolved(
        by=answers.endpoints,
        description="The partner's webhook endpoints, oldest first. Needs the scope webhooks:manage.",
        size=5,
    )
    change: Change | None = resolved(
        by=answers.change,
        description="One entry of the log by its position, as far as it may be seen; a webhook's selection is of this.",
    )


@strawberry.type
class WebhookMutations:
    webhook_endpoint_create: WebhookSecretPayload = mutation(
        by=webhook_changes.create,
        look=webhook_changes.look,
        scope=answers.SCOPE,
        touches=Touches.OWN_THINGS,
        keyed=True,
        description="Tells an address of what happens from now on. The secret is shown once.",
    )
    webhook_endpoint_update: WebhookEndpointPayload = mutation(
        by=webhook_changes.update,
        look=webhook_changes.look,
        scope=answers.SCOPE,
        touches=Touches.OWN_THINGS,
        description="Changes an endpoint, disables or enables it; enabled again, it is told what waited.",
    )
    webhook_endpoint_delete: WebhookEndpointPayload = mutation(
        by=webhook_changes.delete,
        scope=answers.SCOPE,
        touches=Touches.OWN_THINGS,
        description="Deletes an endpoint with all that waits for it.",
    )
    webhook_endpoint_test: WebhookDeliveryPayload = mutation(
        by=webhook_changes.test,
        scope=answers.SCOPE,
        touches=Touches.OWN_THINGS,
        description="Sends a message of kind webhook.test, once.",
    )
    webhook_endpoint_rotate_secret: WebhookSecretPayload = mutation(
        by=webhook_changes.rotate_secret,
        scope=answers.SCOPE,
        touches=Touches.OWN_THINGS,
        keyed=True,
        description="Gives an endpoint a new secret, shown once; the one before signs beside it for 24 hours.",
    )
    webhook_replay: WebhookReplayPayload = mutation(
        by=webhook_changes.replay,
        scope=answers.SCOPE,
        touches=Touches.OWN_THINGS,
        description="Sends again, under the same ids, what was delivered, failed or missed.",
    )
