"""Query, Mutation, Subscription and the schema: one mixin a domain."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema import arguments, enums
from schema.alerts import AlertQueries
from schema.calendars import CalendarQueries
from schema.carriers import CarrierQueries
from schema.cases import CaseQueries, CaseSubscriptions
from schema.changes import CarrierMutations, OrderMutations, ShipmentMutations
from schema.consolidations import ConsolidationMutations
from schema.customs import CustomsMutations
from schema.deliveries import DeliveryMutations
from schema.directives import idempotent
from schema.emissions import EmissionQueries
from schema.exchanges import ExchangeMutations, ExchangeQueries
from schema.exports import ExportMutations, ExportQueries
from schema.feed import FeedQueries
from schema.jobs import JobMutations, JobQueries
from schema.live import LiveSubscriptions
from schema.node import NodeQueries
from schema.orders import OrderQueries
from schema.pickups import PickupMutations, PickupQueries
from schema.plans import PlanQueries
from schema.points import PointQueries
from schema.policies import PolicyMutations, PolicyQueries
from schema.proofs import ProofQueries
from schema.refunds import RefundMutations, RefundQueries
from schema.repairs import RepairMutations, RepairQueries
from schema.return_changes import ReturnMutations
from schema.returns import ReturnQueries
from schema.scalars import SCALARS
from schema.shipments import ShipmentQueries
from schema.viewer import ViewerQueries
from schema.warehouses import WarehouseMutations, WarehouseQueries
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
    CaseQueries,
    ReturnQueries,
    PickupQueries,
    ExchangeQueries,
    RepairQueries,
    RefundQueries,
    PointQueries,
    PlanQueries,
    EmissionQueries,
    WarehouseQueries,
    CalendarQueries,
    PolicyQueries,
):
    pass


@strawberry.type(description="What can be changed. Each field is one transaction.")
class Mutation(
    OrderMutations,
    ShipmentMutations,
    CarrierMutations,
    WebhookMutations,
    JobMutations,
    ExportMutations,
    ReturnMutations,
    PickupMutations,
    DeliveryMutations,
    ExchangeMutations,
    RepairMutations,
    RefundMutations,
    PolicyMutations,
    WarehouseMutations,
    CustomsMutations,
    ConsolidationMutations,
):
    pass


@strawberry.type(description="What can be followed while it happens, one field a document.")
class Subscription(LiveSubscriptions, CaseSubscriptions):
    pass


SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    directives=[idempotent],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
arguments.tell(SCHEMA._schema)  # noqa: SLF001  # Strawberry has no public way to its graphql-core schema
