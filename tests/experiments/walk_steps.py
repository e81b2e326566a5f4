"""What may happen in a walk: each command draws its inputs, plausible or not, and tells what came of it."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from aftersales.rules.lives import LIVES
from aftersales.rules.repairs import E as RepairEvent
from db.case_enums import CaseKind, Disposition, Resolution, ReturnMethod, ReturnReason, Tender, TransferStatus
from db.enums import TrackingStatus
from db.models.orders import Customer
from tests import make
from tests.experiments.walk_calls import aimed, call, caller, order_of
from tests.experiments.walk_ground import Ground, Known, Shop
from tests.returning import Bought, bought

Step = Callable[[Ground], Coroutine[Any, Any, str]]
PHONES = ("13800138000", "13800138000", *(f"138001300{n:02}" for n in range(1, 11)))
HOURS = (0.5, 2, 5, 5, 26, 26, 50, 80, 24 * 8, 24 * 15)
SKUS = ("TEE-RED-M", "TEE-RED-L", "MUG")


async def order(ground: Ground) -> str:
    """An order that arrived."""
    made = await new_order(ground, ground.dice.choice(ground.shops))
    return f"order {made.order.number} of {len(made.lines)} lines, {made.order.total_minor}"


async def new_order(ground: Ground, shop: Shop) -> Bought:
    """An order that arrived some days ago; the phone says what becomes of its couriers."""
    dice = ground.dice
    number, phone = f"W-{ground.next()}-{shop.who.merchant_id.hex[-6:]}", dice.choice(PHONES)
    lines: list[dict[str, Any]] = [
        {
            "sku": dice.choice(SKUS),
            "title": "东西",
            "quantity": dice.randint(1, 3),
            "unitPrice": {"amount": f"{dice.randint(1, 90000) / 100:.2f}", "currency": "CNY"},
            "weightGrams": 300,
        }
        for _ in range(dice.choice((1, 1, 2, 3)))
    ]
    cents = sum(round(float(each["unitPrice"]["amount"]) * 100) * each["quantity"] for each in lines)
    off = dice.choice((0, 0, 0, dice.randint(0, cents - 1)))
    address = {**make.order_form()["shippingAddress"], "phone": phone}
    since = dice.choice((1, 1, 1, 1, 2, 3, 6, 40))
    made = await bought(
        ground.store,
        shop.who,
        delivered_at=ground.now - timedelta(days=since),
        number=number,
        lines=lines,
        total={"amount": f"{(cents - off) / 100:.2f}", "currency": "CNY"},
        placedAt=(ground.now - timedelta(days=since + 4)).isoformat(),
        shippingAddress=address,
        customer={"externalId": f"c{dice.randint(1, 400)}", "name": "王小明", "phone": phone},
    )
    shop.orders.append(made)
    return made


async def request(ground: Ground) -> str:
    """A return is asked for."""
    shop, dice = ground.dice.choice(ground.shops), ground.dice
    these = [
        await new_order(ground, shop) if ground.chance(0.75) or not shop.orders else dice.choice(shop.orders[-15:])
    ]
    if ground.chance(0.03):
        these.append(dice.choice(shop.orders))
    lines = [
        each.line(
            index, dice.choice((1, line.quantity, 3, 0) if ground.chance(0.1) else (1, line.quantity)), reason.name
        )
        for each in these
        for index, line in enumerate(each.lines)
        if (reason := dice.choice(list(ReturnReason))) and (index == 0 or ground.chance(0.7))
    ]
    resolution = dice.choice([*list(Resolution), Resolution.REFUND, Resolution.EXCHANGE, Resolution.EXCHANGE])
    wish: dict[str, Any] = {"lines": lines, "resolution": resolution.name, "express": ground.chance(0.15)}
    is_loose = ground.chance(0.12)
    if is_loose:
        wish |= _loose(ground, these[0]) | {"express": ground.chance(0.03)}
    if ground.chance(0.25):
        wish["method"] = dice.choice(list(ReturnMethod)).name
    if resolution in {Resolution.EXCHANGE, Resolution.RESEND} or ground.chance(0.05):
        wish["exchange"] = new_goods(ground)
        if resolution is Resolution.RESEND and ground.chance(0.7):
            del wish["exchange"]
    if resolution is Resolution.REPAIR or ground.chance(0.05):
        wish["repair"] = {"symptom": dice.choice(("black", "loud", " "))}
    likely = "merchant" if is_loose else "buyer"
    return await call(ground, "returnRequest", shop, wish, caller(ground, shop, these[0], likely))


def _loose(ground: Ground, order: Bought) -> dict[str, Any]:
    """Goods without an order, of the buyer of one or of nobody."""
    dice = ground.dice
    lines = [
        {
            "quantity": dice.choice((1, 2, 3, 0) if ground.chance(0.05) else (1, 2, 3)),
            "reason": dice.choice(list(ReturnReason)).name,
            "goods": {
                "sku": dice.choice(SKUS),
                "title": "东西",
                "unitValue": {"amount": f"{dice.randint(0, 90000) / 100:.2f}", "currency": "CNY"},
            },
        }
        for _ in range(dice.choice((1, 1, 2, 3)))
    ]
    address = {**make.order_form()["shippingAddress"], "phone": dice.choice(PHONES)}
    told = {"lines": lines, "approve": ground.chance(0.6)}
    told |= {"pickupAddress": address} if ground.chance(0.95) else {}
    told |= {"customerId": Customer(id=order.order.customer_id).typeid} if ground.chance(0.7) else {}
    return told


def new_goods(ground: Ground) -> dict[str, Any]:
    """The wished goods of an exchange."""
    dice = ground.dice
    return {
        "sku": dice.choice((*SKUS, "NOT-KEPT")),
        "unitPrice": {
            "amount": f"{dice.randint(0, 120000) / 100:.2f}",
            "currency": dice.choice(("CNY",) * 19 + ("JPY",)),
        },
        "quantity": dice.choice((1, 1, 1, 2, 5)),
        "advance": ground.chance(0.25),
        "atDoor": ground.chance(0.2),
        **({"warehouse": dice.choice(("SH", "SH", "MOON"))} if ground.chance(0.3) else {}),
    }


def _lines(ground: Ground, case: Known) -> list[str]:
    return ground.lines.get(case.id, [])


async def change_return(ground: Ground) -> str:
    """Somebody decides, asks, answers, receives, inspects, appeals or calls off."""
    case = ground.pick(CaseKind.RETURN)
    if case is None:
        return "no return"
    life, dice = LIVES[CaseKind.RETURN], ground.dice
    open_ = [life.commands[event] for event in life.table[type(life.start)(case.status)] if event in life.commands]
    open_ = [each for each in open_ if each != "returnCancel" or ground.chance(0.2)]
    name = dice.choice(open_ if open_ and ground.chance(0.85) else list(life.commands.values()))
    more: dict[str, Any] = {}
    match name:
        case "returnDecline" | "returnDispute":
            more["reason"] = dice.choice(("It was used.", "It was used.", " "))
        case "returnCancel":
            more["reason"] = dice.choice((None, "as you like"))
        case "returnAsk":
            more["question"] = dice.choice(("What colour?", "What colour?", ""))
        case "returnAnswer":
            more["answer"] = dice.choice(("Red.", "Red.", ""))
        case "returnRule":
            more |= {"ruling": dice.choice(("APPROVE", "COMPLETE", "DECLINE", "PERHAPS")), "reason": "The pictures."}
        case "returnReceive":
            counts = ("received", "received", "damaged", "wrong", "missing")
            some = [each for each in _lines(ground, case) if ground.chance(0.9)]
            more["lines"] = [{"id": each, dice.choice(counts): dice.choice((1, 1, 1, 2, 0))} for each in some]
        case "returnInspect":
            found = [each.name for each in Disposition]
            more["lines"] = [
                {"id": each, "disposition": dice.choice(found), "buyersFault": ground.chance(0.2)}
                for each in _lines(ground, case)
                if ground.chance(0.8)
            ]
    likely = {"returnRule": "platform", "returnDispute": "buyer", "returnAnswer": "buyer", "returnCancel": "buyer"}
    who = caller(ground, case.shop, order_of(case), likely.get(name, "merchant"))
    return await call(ground, name, case.shop, aimed(ground, case, **more), who)


async def change_pickup(ground: Ground) -> str:
    """A courier is booked by hand, comes at another time, or does not come."""
    start = ground.now + timedelta(hours=ground.dice.choice((-3, 2, 20, 45)))
    window = {
        "start": start.isoformat(),
        "end": (start + timedelta(hours=ground.dice.choice((-1, 2, 2, 3)))).isoformat(),
    }
    name = ground.dice.choice(("pickupBook", "pickupReschedule", "pickupCancel"))
    case = ground.pick(CaseKind.RETURN if name == "pickupBook" else CaseKind.PICKUP)
    if case is None:
        return "no pickup"
    wish = aimed(ground, case) if name != "pickupBook" else {"returnId": case.typeid, "carrier": "sf"}
    wish |= {} if name == "pickupCancel" else {"window": window}
    return await call(ground, name, case.shop, wish, caller(ground, case.shop, order_of(case), "buyer"))


async def change_exchange(ground: Ground) -> str:
    """New goods are released, sent, or become money."""
    case = ground.pick(CaseKind.EXCHANGE)
    if case is None:
        return "no exchange"
    name = ground.dice.choice(("exchangeRelease", "exchangeShip", "exchangeShip", "exchangeConvert"))
    more: dict[str, Any] = {}
    if name == "exchangeShip":
        more = {"carrier": "sf", "trackingNumber": _number(ground)}
    elif name == "exchangeRelease" and ground.chance(0.7):
        more = {"paymentReference": f"pay-{ground.next()}"}
    who = caller(ground, case.shop, order_of(case))
    return await call(ground, name, case.shop, aimed(ground, case, **more), who)


def _number(ground: Ground) -> str:
    if ground.numbers and ground.chance(0.05):
        return ground.dice.choice(sorted(ground.numbers))
    return f"SF9{ground.next():012}"


async def change_repair(ground: Ground) -> str:
    """The workshop tells what it did, or the buyer answers its quote."""
    case = ground.pick(CaseKind.REPAIR)
    if case is None:
        return "no repair"
    life, dice = LIVES[CaseKind.REPAIR], ground.dice
    open_ = [event for event in life.table[type(life.start)(case.status)] if event in life.commands]
    event = dice.choice(open_ if open_ and ground.chance(0.85) else list(RepairEvent))
    more: dict[str, Any] = {"event": event.name}
    if event is RepairEvent.QUOTE and ground.chance(0.9):
        more["quote"] = {"amount": f"{dice.randint(0, 30000) / 100:.2f}", "currency": "CNY"}
    if event is RepairEvent.SEND_BACK and ground.chance(0.8):
        more |= {"carrier": "sf", "trackingNumber": _number(ground)}
    if event is RepairEvent.GIVE_UP and ground.chance(0.4):
        more["exchange"] = new_goods(ground)
    if ground.chance(0.2):
        more |= dice.choice(({"step": "cleaned"}, {"loan": {"serialNumber": "L-1"}}, {"loanReturned": True}))
    likely = "buyer" if "QUOTE" in event.name and event is not RepairEvent.QUOTE else "merchant"
    who = caller(ground, case.shop, order_of(case), likely)
    return await call(ground, "repairUpdate", case.shop, aimed(ground, case, **more), who)


async def tell_transfer(ground: Ground) -> str:
    """The merchant's system tells what became of money."""
    case = ground.pick(CaseKind.REFUND)
    if case is None:
        return "no refund"
    dice = ground.dice
    drawn = ("SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "STARTED", "FAILED", "REVERSED")
    wish = aimed(ground, case, outcome=TransferStatus[dice.choice(drawn)].name, reference=f"t{dice.randint(1, 3)}")
    wish["refundId"] = wish.pop("id")
    if ground.chance(0.4):
        wish["amount"] = {"amount": f"{dice.choice((0, 1, 500, 20000, 999999)) / 100:.2f}", "currency": "CNY"}
    if ground.chance(0.1):
        wish["tender"] = dice.choice(list(Tender)).name
    return await call(ground, "refundTransferConfirm", case.shop, wish, caller(ground, case.shop, order_of(case)))


PUSH = "mutation($input: [TrackingEventInput!]!) { trackingEventsPush(input: $input) { results { outcome } } }"


async def scan(ground: Ground) -> str:
    """The carrier tells of a parcel of a case."""
    if not ground.numbers:
        return "no parcel"
    number = ground.dice.choice(sorted(ground.numbers)[-40:])
    usual = [TrackingStatus.PICKED_UP, TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED, TrackingStatus.DELIVERED]
    status = ground.dice.choice(usual * 3 + list(TrackingStatus))
    news = {"trackingNumber": number, "status": status.name, "occurredAt": ground.now.isoformat()}
    told = await ground.ask(ground.carrier, PUSH, ground.shops[0], [news])
    outcome = told["errors"][0]["message"] if told.get("errors") else told["data"]["trackingEventsPush"]["results"]
    return f"scan {number} {status.name} -> {outcome}"


async def stock(ground: Ground) -> str:
    """A warehouse tells how much lies there."""
    shop = ground.dice.choice(ground.shops)
    text = "mutation($input: StockSyncInput!) { stockSync(input: $input) { results { outcome } userErrors { code } } }"
    items = [{"sku": ground.dice.choice(SKUS), "onHand": ground.dice.choice((0, 1, 5, 30))}]
    told = await ground.ask(shop.who, text, shop, {"warehouse": "SH", "items": items})
    return f"stock {items} -> {told.get('data')} {[each['message'] for each in told.get('errors', [])]}"


async def time_passes(ground: Ground) -> str:
    """Hours or days go by."""
    hours = ground.dice.choice(HOURS)
    await ground.pass_time(hours)
    return f"{hours} hours pass"


async def work(ground: Ground) -> str:
    """The worker's turn."""
    return f"the worker did {await ground.work()}"


STEPS: dict[Step, int] = {
    order: 1,
    request: 16,
    change_return: 30,
    change_pickup: 7,
    change_exchange: 9,
    change_repair: 10,
    tell_transfer: 10,
    scan: 16,
    stock: 2,
    time_passes: 3,
    work: 10,
}
