"""How a walk calls the gateway: one mutation, drawn callers, inputs that aim at a case."""

from typing import Any

from resolvers import mutation
from tests import make
from tests.experiments.walk_ground import Ground, Known, Shop, Violation
from tests.returning import Bought

KEYED = {"returnRequest", "pickupBook", "exchangeRelease", "refundTransferConfirm"}
NODES = {
    "return": "return { id status allowedActions deadlineAt lines { id money } refundPreview { amount { amount } } }",
    "pickup": "pickup { id status allowedActions deadlineAt }",
    "exchange": "exchange { id status allowedActions difference { amount } items { isReserved } }",
    "repair": "repair { id status allowedActions quote { amount } steps { words } }",
    "refund": "refund { id status allowedActions left { amount } transfers { reference status } }",
}


async def call(ground: Ground, name: str, shop: Shop, wish: dict[str, Any], who: make.Someone) -> str:
    """One mutation; a keyed one is now and then repeated, and must then be answered the same."""
    kind = next(each for each in NODES if name.startswith(each))
    type_ = "ReturnRefInput" if name == "returnApprove" else f"{name[0].upper()}{name[1:]}Input"
    text = f"mutation($input: {type_}!) {{ {name}(input: $input) {{ {NODES[kind]} userErrors {{ code message }} }} }}"
    key = f"walk-{ground.next()}" if name in KEYED else ""
    told = await ground.ask(who, text, shop, wish, key)
    if not ground.is_race and mutation.CONFLICT.message in str(told):
        raise Violation(f"{name} {wish} met nobody and was told that it did")
    if key and ground.chance(0.08):
        again = await ground.ask(who, text, shop, wish, key)
        codes = [_outcome(each, name) for each in (told, again)]
        if codes[0] != codes[1]:
            raise Violation(f"{name} was answered {codes[0]} and, repeated, {codes[1]}")
    outcome = _outcome(told, name)
    ground.tally[f"{name}: {outcome}"] += 1
    return f"{name} {wish} -> {outcome}"


def _outcome(told: Any, name: str) -> str:
    if told.get("errors"):
        return str(told["errors"][0]["extensions"]["code"])
    refusals = told["data"][name]["userErrors"]
    return refusals[0]["code"] if refusals else "ok"


def caller(ground: Ground, shop: Shop, order: Bought | None = None, likely: str = "merchant") -> make.Someone:
    """Who calls: mostly whose it is to do, now and then anybody."""
    who = likely if ground.chance(0.85) else ground.dice.choice(("merchant", "buyer", "platform", "stranger"))
    other = ground.dice.choice([each for each in ground.shops if each is not shop])
    if who == "buyer":
        orders = [order] if order else shop.orders[-20:]
        return ground.buyer(ground.dice.choice(orders)) if orders else shop.who
    return {"platform": ground.platform, "stranger": other.who}.get(who, shop.who)


def order_of(case: Known) -> Bought | None:
    """The only order of a case."""
    return next((each for each in reversed(case.shop.orders) if each.order.id == case.order), None)


def aimed(ground: Ground, case: Known, **more: Any) -> dict[str, Any]:
    """An input that names a case, now and then by a version that is past."""
    draw = ground.dice.random()
    version = {"expectedVersion": case.version - (draw < 0.06)} if draw < 0.16 else {}  # shares
    return {"id": case.typeid, **version, **more}
