"""Policies of returns: what holds, a merchant's own versions, the drawing; drafts, publishing and simulation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select

from aftersales import policies, policy_changes, policy_forms, policy_simulation
from aftersales.policy_simulation import MOST_ORDERS, Changed, Simulated
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.rules import policy_flow
from aftersales.rules.clocks import DEFAULTS, Clocks, Unit
from aftersales.rules.policies import Policy
from aftersales.rules.policy_flow import Flow
from db.case_enums import RefundTrigger, Resolution, ReturnMethod, ReturnReason, Verdict
from db.ids import typeid
from db.models.base import Money, from_minor
from db.models.orders import Order, OrderLine
from db.models.policies import ReturnPolicy
from db.models.returns import Return
from resolvers.context import Context, Info
from resolvers.errors import Forbidden, LimitExceeded, aware
from resolvers.inputs import locked, optional, plain
from resolvers.order_sync import MoneyInput

READS = ("orders:read", "returns:read")
MOST = 100


@strawberry.input(description="How long goods may come back for one reason.")
class ReasonWindowInput:
    reason: ReturnReason = strawberry.field(description="The reason.")
    days: int = strawberry.field(description="Days from receipt, 0 to 3,650; open until the last one's end.")


@strawberry.input(description="A category that is not taken back without a fault.")
class ExclusionInput:
    category: str = strawberry.field(description="The category, as order lines have it.")
    sentence: str = strawberry.field(description="Why; the buyer reads it.")


@strawberry.input(description="How long one clock of a case runs: one of seconds, working hours and working days.")
class PolicyClockInput:
    clock: str = strawberry.field(description="Its word, as Policy.clocks has it.")
    seconds: int | None = optional("How long, 60 seconds to a year.")
    working_hours: int | None = optional("So many hours, 1 to 2,000, within the openings of working days.")
    working_days: int | None = optional(
        "Until the end of the last of so many working days, 0 to 260; the day it begins does not count. 0: of that day."
    )


@strawberry.input(description="What is approved without a person.")
class AutoApprovalInput:
    most: list[MoneyInput] | None = optional("Worth at most so much, one amount a currency; no other currency is.")
    reasons: list[ReturnReason] | None = optional("For these reasons; all unless given.")
    most_returns: int | None = optional("Of a buyer with at most so many returns in 90 days; 5 unless given.")


@strawberry.input(description="The rules of a version. What is left out is as the default says.")
class PolicyRulesInput:
    no_reason_days: int = strawberry.field(description="Days from receipt to send back without a reason.")
    windows: list[ReasonWindowInput] | None = optional("Longer or shorter windows by reason.")
    resolutions: list[Resolution] | None = optional("What buyers may wish for; REFUND and EXCHANGE unless given.")
    methods: list[ReturnMethod] | None = optional("The ways back that are offered; all unless given.")
    excluded: list[ExclusionInput] | None = optional("Categories not taken back without a fault.")
    opened_excluded: list[ExclusionInput] | None = optional("Categories not taken back once opened.")
    buyer_pays: list[ReturnReason] | None = optional("Reasons for which the buyer pays the way back.")
    fees: list[MoneyInput] | None = optional("What the buyer then pays, one amount a currency.")
    restocking_percent: int | None = optional("Kept back of the price for those reasons, 0 to 100.")
    photo_for: list[ReturnReason] | None = optional("Reasons that need a picture to be approved at once.")
    shipping_for: list[ReturnReason] | None = optional(
        "Reasons for which the way out is paid back once all of an order came back; faults unless given."
    )
    auto: AutoApprovalInput | None = optional("What is approved without a person; nothing unless given.")
    trigger: RefundTrigger | None = optional("What makes a refund due; INSPECTION unless given.")
    express_within: int | None = optional("The express promise in seconds from the pickup; a day unless given.")
    clocks: list[PolicyClockInput] | None = optional("Waits that differ from the default.")
    keep_below: list[MoneyInput] | None = optional("What is worth less may be kept and is refunded, by currency.")
    refund_lost: bool | None = optional("Whether what is lost on the way back is refunded at once; yes unless given.")
    failed_delivery_percent: int | None = optional(
        "Paid for a failed delivery without contact, of the order, 0 to 100."
    )


@strawberry.input(description="A version of a policy.")
class PolicyCreateInput:
    code: str = strawberry.field(description="Your word for the policy: a to z, 0 to 9, _ and -, at most 40.")
    name: str = strawberry.field(description="What buyers read over it.")
    country: str | None = optional(
        "The buyers' country it is for, EU for all of its members; all countries without a policy of yours unless given."
    )
    rules: PolicyRulesInput = strawberry.field(description="What it says.")


@strawberry.input(description="Which draft begins to hold, and when.")
class PolicyPublishInput:
    id: strawberry.ID = strawberry.field(description="The version's id (pol_...).")
    effective_at: datetime | None = optional("From when (with offset), not in the past; at once unless given.")


@strawberry.input(description="Which policy is tried on the past: a version by id, or one that is not kept yet.")
class PolicySimulateInput:
    id: strawberry.ID | None = optional("A version (pol_...), draft or published.")
    policy: PolicyCreateInput | None = optional("A version as it would be created.")
    last_orders: int = strawberry.field(
        default=500, description="Over the last so many orders and returns, 1 to 1,000."
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Days from receipt for one reason."""

    reason: ReturnReason
    days: int


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A category and why it is not taken back."""

    category: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PolicyClock:
    """A clock and how long it runs: one of the numbers, and the words for it."""

    clock: str
    text: str
    seconds: int | None = None
    working_hours: int | None = None
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Policies:
    """What holds for each country, the merchant's own versions, and the drawing."""

    holding: list[Policy]
    own: list[ReturnPolicy]
    flow: Flow


async def read(info: Info) -> Policies:
    """Of the merchant in reach; the countries' own rules where there is none, or several."""
    viewer = info.context.viewer
    if not any(scope in viewer.scopes for scope in READS):
        raise Forbidden(f"This credential lacks the scopes {' and '.join(READS)}; one of them is needed.")
    now, merchant = info.context.clock(), viewer.reach.merchant_id
    async with info.context.store.reading(viewer.reach) as session:
        newest = select(ReturnPolicy).order_by(ReturnPolicy.id.desc()).limit(MOST)
        own = list(await session.scalars(newest))
        rows = () if merchant is None else await policies.published(session, {merchant})
    countries = {seed.country for seed in policies.seeds()} | {row.country for row in rows}
    ordered = sorted(countries, key=lambda country: (country is None, country or ""))
    held = [
        policies.statutory(each, now.date()) if merchant is None else policies.chosen(rows, (merchant, each), now)
        for each in ordered
    ]
    once = {(each.code, each.version): each for each in held}
    return Policies([*once.values()], own, policy_flow.flow())


def version(root: ReturnPolicy) -> Policy:
    """A row as the rules read it."""
    return policies.of(root)


def effective_at(root: ReturnPolicy) -> datetime | None:
    """None while it is a draft."""
    return root.effective_at if root.published_at else None


def windows(root: Policy) -> list[Window]:
    """Every reason's window, those that no own one is set for too."""
    return [Window(reason, root.days(reason)) for reason in ReturnReason]


def amounts(minor: Mapping[str, int]) -> list[Money]:
    """Amounts by currency."""
    return [from_minor(amount, currency) for currency, amount in sorted(minor.items())]


def exclusions(sentences: Mapping[str, str]) -> list[Exclusion]:
    """Categories with their sentences."""
    return [Exclusion(category, sentence) for category, sentence in sentences.items()]


def clocks(root: Policy) -> list[PolicyClock]:
    """Every clock with how long it runs under this policy."""
    return [_clock(word, Clocks(root.clocks)) for word in DEFAULTS]


def _clock(word: str, clocks: Clocks) -> PolicyClock:
    wait = clocks.wait(word)
    told = {unit: wait.amount if unit is wait.unit else None for unit in Unit}
    return PolicyClock(word, str(wait), told[Unit.SECONDS], told[Unit.WORKING_HOURS], told[Unit.WORKING_DAYS])


def flow(root: Policy) -> Flow:
    """The drawing with this policy's clocks."""
    return policy_flow.flow(Clocks(root.clocks))


async def create(info: Info, input: PolicyCreateInput) -> ReturnPolicy:
    """A draft."""
    context = info.context
    assert context.session
    with inside("input"):
        form = policy_forms.read(plain(input))
    return await policy_changes.create(context.session, context.viewer.merchant(), form, context.clock())


async def publish(info: Info, input: PolicyPublishInput) -> ReturnPolicy:
    """It holds from a moment on."""
    context = info.context
    row = await locked(context, ReturnPolicy, input.id, "policy")
    with inside("input"):
        return policy_changes.publish(row, aware(input.effective_at, "input.effectiveAt"), context.clock())


async def simulate(info: Info, input: PolicySimulateInput) -> Simulated:
    """What it would have decided."""
    context = info.context
    assert context.session
    if not 1 <= input.last_orders <= MOST_ORDERS:
        raise LimitExceeded("input.lastOrders", MOST_ORDERS, input.last_orders)
    new = await _meant(context, input)
    merchant = context.viewer.merchant()
    return await policy_simulation.simulate(context.session, merchant, new, input.last_orders, context.clock())


async def _meant(context: Context, input: PolicySimulateInput) -> Policy:
    with inside("input"):
        if (input.id is None) == (input.policy is None):
            raise Refused(Refusal(RefusalCode.INVALID, "Give either id or policy."))
        if input.policy is not None:
            with inside("policy"):
                return policy_forms.policy_of(policy_forms.read(plain(input.policy)), 1, None)
    assert input.id is not None
    return policies.of(await locked(context, ReturnPolicy, input.id, "policy"))


def _counts(verdicts: Mapping[Verdict, int]) -> list["VerdictCount"]:
    return [VerdictCount(verdict, verdicts.get(verdict, 0)) for verdict in Verdict]


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many lines get a verdict."""

    verdict: Verdict
    lines: int


def counted_before(root: Any) -> list[VerdictCount]:
    """Under what holds."""
    return _counts(root.value.before) if root.value else []


def counted_after(root: Any) -> list[VerdictCount]:
    """Under the other version."""
    return _counts(root.value.after) if root.value else []


def stake(root: Any) -> list[Money]:
    """The worth of the lines that change."""
    return amounts(root.value.stake_minor) if root.value else []


def order_id(root: Changed) -> strawberry.ID:
    """The order's id."""
    return strawberry.ID(typeid(Order.prefix, root.order_id))


def order_line_id(root: Changed) -> strawberry.ID:
    """The line's id."""
    return strawberry.ID(typeid(OrderLine.prefix, root.order_line_id))


def return_id(root: Changed) -> strawberry.ID | None:
    """The id of the return it was asked for in."""
    return strawberry.ID(typeid(Return.prefix, root.return_id)) if root.return_id else None


def value(root: Changed) -> Money:
    """What it is worth."""
    return from_minor(root.value_minor, root.currency)
