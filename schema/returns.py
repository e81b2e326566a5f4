"""Returns as partners see them."""

from datetime import datetime
from typing import Any

import strawberry

from db.case_enums import (
    Condition,
    Disposition,
    LineLogistics,
    LineMoney,
    RefundTrigger,
    Resolution,
    ReturnMethod,
    ReturnReason,
    ReturnStatus,
    Verdict,
)
from db.enums import Party
from db.models.green import Packaging
from resolvers import consolidations as hubs
from resolvers import customs as papers
from resolvers import edges
from resolvers import exchanges as by_exchanges
from resolvers import refunds as money
from resolvers import repairs as by_repairs
from resolvers import returns as answers
from resolvers.context import Info
from resolvers.pages import Asked, Page
from resolvers.returns import ReturnFilter
from schema.cases import Case
from schema.connections import Connection
from schema.details import PolicyRef
from schema.fields import described, related, resolved
from schema.links import (
    AddressLink,
    ConsolidationSheetLink,
    CustomsLink,
    ExchangeLink,
    LabelLink,
    OrderLineLink,
    OrderLink,
    PickupLink,
    RefundLink,
    RefundPreviewLink,
    RepairLink,
    ReusePointsLink,
    ShipmentLink,
    SizeAdviceLink,
)
from schema.node import Node
from schema.payloads import UserError, item_errors
from schema.points import DropOffPoint
from schema.scalars import CountryCode, Money


@strawberry.type(description="One sentence of a decision.")
class DecisionStep:
    rule: str = described("The sentence.")
    holds: bool = described("Whether it holds.")


@strawberry.type(description="What was decided, and because of what.")
class Decision:
    outcome: str = described("APPROVED, DECLINED, or a platform's ruling.")
    because: list[DecisionStep] = described("The sentences that were asked, in their order.", size=8)
    policy: PolicyRef | None = described("The version that decided.")
    decided_by: Party = described("Who decided; WAYBRIDGE: the policy, by itself.")
    at: datetime = described("When (UTC).")
    appeal_until: datetime | None = described("Until when the other side may appeal (UTC).")


def decision_of(root: Any) -> Decision | None:
    """A case's decision as partners see it."""
    stored = root.decision
    if stored is None:
        return None
    policy = root.policy or {}
    return Decision(
        outcome=stored["outcome"],
        because=[DecisionStep(rule=each["rule"], holds=each["holds"]) for each in stored["because"]],
        policy=PolicyRef(code=policy["code"], version=policy["version"]) if policy else None,
        decided_by=Party[stored["decidedBy"]],
        at=datetime.fromisoformat(stored["at"]),
        appeal_until=datetime.fromisoformat(stored["appealUntil"]) if stored.get("appealUntil") else None,
    )


@strawberry.type(description="May goods come back? The same answer guards returnRequest.")
class Eligibility:
    allowed: bool = described("Whether they may, at once or after a person looked.")
    verdict: Verdict = described("What would become of a request.")
    refusals: list[UserError] = resolved(
        by=item_errors, description="Everything in the way, each with the next step.", size=2
    )
    closes_at: datetime | None = described("When the window closes (UTC, exclusive); null: the goods have not arrived.")
    fee: Money | None = described("What the buyer would pay for the way back; null: nothing.")
    policy: PolicyRef = described("The version that decides.")
    methods: list[ReturnMethod] = described("The ways that are offered.", size=6)
    because: list[DecisionStep] = described("The sentences that were asked.", size=12)


@strawberry.type(description="Some of one item coming back.")
class ReturnLine(Node):
    order_line: OrderLineLink | None = related(
        by=edges.order_line_of_return_line, description="The line of the order; null: goods without an order."
    )
    sku: str = described("The merchant's stock number.")
    title: str = described("What it is.")
    quantity: int = described("How many were to come back.")
    reason: ReturnReason = described("Why.")
    paid: Money = described("What was paid for one; of goods without an order what the merchant says one is worth.")
    hs_code: str | None = described("Its number in the Harmonized System, for customs; null: not known.")
    country_of_origin: CountryCode | None = described("Where it was made; null: not known.")
    customs_value: Money = resolved(by=papers.line_value, description="What customs are told one is worth.")
    weight_grams: int | None = described("The weight of one in grams; null: not known.")
    received: int = described("So many came in order.")
    damaged: int = described("So many came damaged.")
    wrong: int = described("So many were other goods.")
    missing: int = described("So many are missing for good.")
    condition: Condition = described("How they came; the worst of it.")
    disposition: Disposition | None = described("What becomes of them.")
    logistics: LineLogistics = described("Where they are.")
    money: LineMoney = described("Whether money is owed for them, and paid.")


@strawberry.type(description="Goods on their way back: our promise to take them, and what becomes of it.")
class Return(Case):
    rma_number: str = described("The number printed on it; the same as number.")
    status: ReturnStatus = resolved(by=lambda root: ReturnStatus(root.status), description="How far it has come.")
    resolution: Resolution = described("What the buyer is to get.")
    reason: ReturnReason = described("Why; the weightiest of its lines' reasons.")
    method: ReturnMethod | None = described("How the goods begin their way back.")
    drop_off_point: DropOffPoint | None = related(
        by=edges.point_of_return, description="Where the goods are to be handed in; null: nowhere in particular."
    )
    trigger: RefundTrigger = described("What makes a refund due, by its policy.")
    value: Money = described("What was paid for the goods in it, or what goods without an order are worth.")
    lines: list[ReturnLine] = related(by=edges.lines_of_return, description="What comes back.", size=2)
    orders: list[OrderLink] = related(
        by=edges.orders_of_return, description="Whose goods they are; none: goods without an order.", size=1
    )
    shipments: list[ShipmentLink] = related(
        by=edges.shipments_of_case, description="The parcels on their way back.", size=1, scope="shipments:read"
    )
    pickups: list[PickupLink] = related(by=edges.pickups_of_return, description="Who was sent to collect it.", size=1)
    labels: list[LabelLink] = related(
        by=edges.labels_of_return, description="Its labels and codes, the oldest first.", size=1
    )
    refund: RefundLink | None = resolved(
        by=money.latest, description="Its refund, the latest where it was granted in parts; null: none yet."
    )
    refunds: list[RefundLink] = related(
        by=edges.refunds_of_return, description="Its refunds, one a part and order.", size=1
    )
    refund_preview: RefundPreviewLink | None = related(
        by=money.preview_of_return, description="What is still to be granted, as things stand; null: nothing."
    )
    exchange: ExchangeLink | None = resolved(
        by=by_exchanges.exchange_of_return, description="The goods that the buyer gets instead; null where none are."
    )
    repair: RepairLink | None = resolved(by=by_repairs.repair_of_return, description="The repair; null where none is.")
    size_advice: SizeAdviceLink | None = resolved(
        by=by_exchanges.size_advice_of_return,
        description="Which size instead, where it came back for its size; null: nothing is known.",
    )
    decision: Decision | None = resolved(by=decision_of, description="What was decided; null while it is not.")
    note: str | None = resolved(by=answers.note, description="The buyer's words; phones in it are masked.")
    question: str | None = resolved(by=answers.question, description="What the merchant asked.")
    answer: str | None = resolved(by=answers.answer, description="What the buyer answered.")
    send_to: AddressLink | None = resolved(
        by=answers.send_to,
        description="Where the goods go back to, whoever brings them; in the clear to the buyer, else masked as addresses are. "
        "Null: the merchant named no warehouse.",
    )
    origin: AddressLink = resolved(by=answers.origin, description="Where the goods are; masked as addresses are.")
    customs: CustomsLink | None = resolved(
        by=papers.of_return, description="What customs are told; null where no customs border is crossed."
    )
    consolidation: ConsolidationSheetLink | None = resolved(
        by=hubs.of_return,
        description="What the hub that it goes to will send on of it, or has; null where it goes to none.",
    )
    channel: str | None = described("How it was asked for.")
    packaging: Packaging | None = described("What the goods travel in; null: not said.")
    reuse_points: ReusePointsLink | None = related(
        by=edges.points_of_return, description="The points for packaging used again; null until received, or none."
    )
    is_express: bool = described("Whether the refund is promised within a day of the pickup.")


async def _returns(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: ReturnFilter | None = None,
) -> Page:
    return await answers.returns(info, Asked(first, after, last, before), filter)


@strawberry.type
class ReturnQueries:
    return_: Return | None = resolved(
        by=answers.rma, description="One return, by id or by number. Needs the scope returns:read.", name="return"
    )
    returns: Connection[Return] = resolved(
        by=_returns,
        description="Returns in pages of 1 to 100, the newest first; give first or last. Needs the scope returns:read.",
    )
