"""Policies of returns as partners see them."""

from datetime import date, datetime
from typing import Any

import strawberry

from aftersales.rules.policy_flow import FlowKind
from db.case_enums import RefundTrigger, Resolution, ReturnMethod, ReturnReason, Verdict
from resolvers import policies as answers
from resolvers.mutation import Touches
from schema.fields import described, mutation, resolved
from schema.node import Node
from schema.payloads import Payload, value
from schema.scalars import Money
from schema.words import tell

strawberry.enum(FlowKind, name="PolicyFlowKind", description="What a node of a policy's drawing is.")
tell(FlowKind)


@strawberry.type(description="Days from receipt for one reason.")
class PolicyWindow:
    reason: ReturnReason = described("The reason.")
    days: int = described("How many days; the window is open until the last one's end in the recipient's zone.")


@strawberry.type(description="A category that is not taken back without a fault.")
class PolicyExclusion:
    category: str = described("The category, as order lines have it.")
    sentence: str = described("Why.")


@strawberry.type(description="A clock of a case under a policy.")
class PolicyClock:
    clock: str = described("Its word.")
    text: str = described("How long it runs, as people say it: `3 working days`, `48 hours`.")
    seconds: int | None = described("In seconds; null where it counts working time.")
    working_hours: int | None = described(
        "In hours within the openings of working days; null where it counts something else."
    )
    working_days: int | None = described(
        "In working days of the place concerned, until the end of the last; null where it counts something else."
    )


@strawberry.type(description="What is approved without a person.")
class AutoApproval:
    most: list[Money] = resolved(
        by=lambda root: answers.amounts(root.most_minor),
        description="Worth at most so much; never in a currency that is not named.",
        size=2,
    )
    reasons: list[ReturnReason] = resolved(
        by=lambda root: sorted(root.reasons), description="For these reasons.", size=11
    )
    most_returns: int = described("Of a buyer with at most so many returns in 90 days.")


def _sorted(name: str) -> Any:
    return lambda root: sorted(getattr(root, name))


def _amounts(name: str) -> Any:
    return lambda root: answers.amounts(getattr(root, name))


def _exclusions(name: str) -> Any:
    return lambda root: answers.exclusions(getattr(root, name))


@strawberry.type(description="A node of a policy's drawing.")
class PolicyFlowNode:
    id: strawberry.ID = described("Unique within the drawing.")
    kind: FlowKind = described("What it is.")
    text: str = described("What to write into it.")


@strawberry.type(description="A way between two nodes of a policy's drawing.")
class PolicyFlowEdge:
    source: strawberry.ID = described("From this node.")
    target: strawberry.ID = described("To this node.")
    text: str = described("What to write beside it.")
    clock: str | None = described("The clock by which time alone goes this way; null: none does.")
    within: str | None = described("How long that clock runs, as people say it; null: there is none.")


@strawberry.type(description="The way of a request through the checks and of a return through its life, to be drawn.")
class PolicyFlow:
    nodes: list[PolicyFlowNode] = described("The nodes.", size=30)
    edges: list[PolicyFlowEdge] = described("The ways between them.", size=60)


@strawberry.type(description="One version of a policy in force or to come, in fields to be read.")
class Policy:
    code: str = described("Which policy: a country's own rules, or a merchant's.")
    version: int = described("Which version; a version never changes.")
    name: str = described("What buyers read over it.")
    source: str = described("The law or habit it comes from, or the merchant's name for it.")
    country: str | None = described("Whose buyers it is for (EU: its members); null: all that have none of their own.")
    effective_from: date = described("The day it holds from.")
    no_reason_days: int = described("Days from receipt to send back without a reason.")
    windows: list[PolicyWindow] = resolved(by=answers.windows, description="Every reason's window.", size=11)
    resolutions: list[Resolution] = resolved(by=_sorted("resolutions"), description="What buyers may wish for.", size=4)
    methods: list[ReturnMethod] = described("The ways back that are offered.", size=7)
    excluded: list[PolicyExclusion] = resolved(
        by=_exclusions("excluded"), description="Not taken back without a fault.", size=4
    )
    opened_excluded: list[PolicyExclusion] = resolved(
        by=_exclusions("opened_excluded"), description="Not taken back once opened, without a fault.", size=2
    )
    buyer_pays: list[ReturnReason] = resolved(
        by=_sorted("buyer_pays"), description="Reasons for which the buyer pays the way back.", size=4
    )
    fees: list[Money] = resolved(by=_amounts("fee_minor"), description="What the buyer then pays.", size=2)
    restocking_percent: int = described("Kept back of the price for those reasons.")
    shipping_for: list[ReturnReason] = resolved(
        by=_sorted("shipping_for"),
        description="Reasons for which the way out is paid back once all of an order came back.",
        size=3,
    )
    photo_for: list[ReturnReason] = resolved(
        by=_sorted("photo_for"), description="Reasons that need a picture to be approved at once.", size=2
    )
    auto: AutoApproval = described("What is approved without a person.")
    trigger: RefundTrigger = described("What makes a refund due.")
    express_within: int = described("The express promise, in seconds from the pickup.")
    clocks: list[PolicyClock] = resolved(by=answers.clocks, description="Every clock of its cases.", size=25)
    keep_below: list[Money] = resolved(
        by=_amounts("keep_below_minor"), description="What is worth less may be kept and is refunded.", size=2
    )
    refund_lost: bool = described("Whether what is lost on the way back is refunded at once.")
    failed_delivery_percent: int = described("Paid for a failed delivery without contact, of the order's worth.")
    flow: PolicyFlow = resolved(
        by=answers.flow,
        description="How a request is decided and what can become of a return, with this policy's clocks.",
    )


@strawberry.type(description="A merchant's own version of a policy: a draft, or published and never changed again.")
class ReturnPolicy(Node):
    code: str = described("The merchant's word for the policy.")
    version: int = described("Counted by code from 1.")
    name: str = described("What buyers read over it.")
    country: str | None = described("Whose buyers it is for; null: all that have none of their own.")
    created_at: datetime = described("When it was written (UTC).")
    published_at: datetime | None = described("When it was published (UTC); null while it is a draft.")
    effective_at: datetime | None = resolved(
        by=answers.effective_at, description="From when it holds (UTC); null while it is a draft."
    )
    policy: Policy = resolved(by=answers.version, description="What it says.")


@strawberry.type(description="Policies of returns, to be read and drawn.")
class Policies:
    holding: list[Policy] = described("What holds now, one for each country with rules of its own.", size=5)
    own: list[ReturnPolicy] = described("The merchant's own versions, the newest first; at most 100.", size=10)
    flow: PolicyFlow = described(
        "How a request is decided and what can become of a return, with the clocks that run where no policy says otherwise."
    )


@strawberry.type
class PolicyQueries:
    policies: Policies = resolved(
        by=answers.read,
        description="What holds for whom, and why. Needs the scope orders:read or returns:read.",
    )


@strawberry.type(description="A version of a policy, or why not.")
class ReturnPolicyPayload(Payload):
    return_policy: ReturnPolicy | None = value("The version as it stands; null when refused.")


@strawberry.type(description="How many lines get a verdict.")
class VerdictCount:
    verdict: Verdict = described("The verdict.")
    lines: int = described("So many lines.")


@strawberry.type(description="A line whose verdict would be another.")
class PolicyChange:
    order_id: strawberry.ID = resolved(by=answers.order_id, description="The order (ord_...).")
    order_number: str = described("The order's number.")
    order_line_id: strawberry.ID = resolved(by=answers.order_line_id, description="The line (oln_...).")
    sku: str = described("The merchant's stock number.")
    return_id: strawberry.ID | None = resolved(
        by=answers.return_id, description="The return that asked for it (ret_...); null: it was not asked for."
    )
    before: Verdict = described("Under what held.")
    after: Verdict = described("Under the version tried.")
    value: Money = resolved(by=answers.value, description="What the goods are worth.")
    refusals: list[str] = described("The new version's sentences, where it refuses.", size=2)


def _outcome(name: str) -> Any:
    return lambda root: getattr(root.value, name) if root.value else None


def _changes(root: Any) -> Any:
    return root.value.shown if root.value else []


@strawberry.type(description="What another policy would have decided, or why it cannot be tried.")
class PolicySimulationPayload(Payload):
    orders: int | None = resolved(by=_outcome("orders"), description="Over so many orders, every line asked for now.")
    requests: int | None = resolved(
        by=_outcome("requests"), description="And over so many returns, as they were asked for then."
    )
    before: list[VerdictCount] = resolved(
        by=answers.counted_before, description="Verdicts under what holds, and held then.", size=3
    )
    after: list[VerdictCount] = resolved(
        by=answers.counted_after, description="Verdicts under the version tried.", size=3
    )
    changed: int | None = resolved(by=_outcome("changed"), description="How many lines get another verdict.")
    changes: list[PolicyChange] = resolved(by=_changes, description="The first 100 of them.", size=100)
    at_stake: list[Money] = resolved(
        by=answers.stake, description="What all lines that change are worth, by currency.", size=2
    )


@strawberry.type
class PolicyMutations:
    policy_create: ReturnPolicyPayload = mutation(
        by=answers.create,
        scope="policies:write",
        keyed=True,
        description="Writes a draft: the next version of a policy. Refused where it is below the law of a country it is for.",
    )
    policy_publish: ReturnPolicyPayload = mutation(
        by=answers.publish,
        scope="policies:write",
        description="A draft begins to hold, now or later. What was asked for before stays under what held then.",
    )
    policy_simulate: PolicySimulationPayload = mutation(
        by=answers.simulate,
        scope="policies:write",
        touches=Touches.NOTHING,
        description="Tries a version on the last orders and returns: what would be decided otherwise. Writes nothing.",
    )
