"""Query, Mutation, Subscription and the schema: one mixin a domain."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema import arguments, enums
from schema.alerts import AlertQueries
from schema.carriers import CarrierQueries
from schema.changes import CarrierMutations, OrderMutations, ShipmentMutations
from schema.directives import idempotent
from schema.exports import ExportMutations, ExportQueries
from schema.feed import FeedQueries
from schema.jobs import JobMutations, JobQueries
from schema.live import LiveSubscriptions
from schema.node import NodeQueries
from schema.orders import OrderQueries
from schema.proofs import ProofQueries
from schema.scalars import SCALARS
from schema.shipments import ShipmentQueries
from schema.viewer import ViewerQueries
from schema.webhooks import WebhookMutations, WebhookQueries

assert enums


@strawberry.type(description="What can be asked.")
class Query(
    ViewerQueries,
    NodeQueries,
    OrderQueries,
    ShipmentQueries,
    AlertQueries,
    CarrierQueries,
    FeedQueries,
    ProofQueries,
    WebhookQueries,
    JobQueries,
    ExportQueries,
):
    pass


@strawberry.type(description="What can be changed. Each field is one transaction.")
class Mutation(OrderMutations, ShipmentMutations, CarrierMutations, WebhookMutations, JobMutations, ExportMutations):
    pass


@strawberry.type(description="What can be followed while it happens, one field a document.")
class Subscription(LiveSubscriptions):
    pass


SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    directives=[idempotent],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
arguments.tell(SCHEMA._schema)  # noqa: SLF001  # Strawberry has no public way to its graphql-core schema
