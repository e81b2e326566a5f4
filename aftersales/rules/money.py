"""What goes back for goods that came back: prices, the order's discount shared among them, shipping, fees, step by step.

All amounts are whole numbers of the currency's smallest unit, whatever its decimals, so nothing is rounded but where it is
said. A share of many pieces is the difference of two running shares, so that pieces which come back one by one bring the
same sum as all at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from db.case_enums import RefundStep


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of an order."""

    id: UUID
    quantity: int
    unit_minor: int


@dataclass(frozen=True, slots=True)
class Back:
    """Some of a line of a return: so many ``pieces`` are paid for and so many ``withheld``. ``line`` is the order's line,
    null for goods without an order. ``restocking_percent`` is kept back of what was paid for it."""

    id: UUID
    title: str
    line: UUID | None
    unit_minor: int
    pieces: int
    withheld: int = 0
    restocking_percent: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """An order as its money sees it. ``given`` are the pieces of each line that were paid back for before, and
    ``shipping_given`` what of shipping. ``returns_shipping``: the way out is paid back once all goods came back.
    ``left_minor`` is what may still go back of it (None: no order, no bound)."""

    total_minor: int = 0
    sold: Sequence[Sold] = ()
    given: Mapping[UUID, int] = field(default_factory=dict)
    shipping_given: int = 0
    returns_shipping: bool = False
    left_minor: int | None = None

    @property
    def price_minor(self) -> int:
        """What the lines cost together, before any discount."""
        return sum(each.quantity * each.unit_minor for each in self.sold)

    @property
    def shipping_minor(self) -> int:
        """What the total has beyond the lines: shipping and taxes, which the order does not tell apart."""
        return max(self.total_minor - self.price_minor, 0)

    def paid(self) -> dict[UUID, int]:
        """What was paid for each line: its price, its share of the order's discount taken off; exact in the sum."""
        goods = min(self.total_minor, self.price_minor)
        shares = apportioned(goods, [each.quantity * each.unit_minor for each in self.sold])
        return {each.id: share for each, share in zip(self.sold, shares, strict=True)}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the sum; what is taken off is negative. ``line`` is the return's line it is about."""

    kind: RefundStep
    label: str
    minor: int
    line: UUID | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What is paid for the pieces of one line."""

    back: Back
    minor: int


@dataclass(frozen=True, slots=True)
class Working:
    """The whole sum. ``fee_minor`` and ``shipping_minor`` are the two parts that are no line's."""

    steps: tuple[Step, ...]
    shares: tuple[Share, ...]
    shipping_minor: int = 0
    fee_minor: int = 0

    @property
    def amount_minor(self) -> int:
        """What goes back: the steps together."""
        return sum(step.minor for step in self.steps)


def apportioned(total: int, weights: Sequence[int]) -> list[int]:
    """A total in whole parts by weight, exact in the sum: what is left over goes to the largest remainders, the first
    before the later. Where nothing has weight, nothing is given. ValueError: a total or weight below 0."""
    if total < 0 or min(weights, default=0) < 0:
        raise ValueError("only what is not negative can be shared")
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda index: -(total * weights[index] % whole))
    for index in rest[: total - sum(parts)]:
        parts[index] += 1
    return parts


def percent(minor: int, hundredths: int) -> int:
    """So many per cent of an amount, rounded once, a half up."""
    return (minor * hundredths + 50) // 100


def worked_out(account: Account, backs: Sequence[Back], fee_minor: int = 0) -> Working:
    """What goes back for these lines of one order, never below 0 and never more than is left of it. ``fee_minor`` is what
    the buyer owes for the way back, taken as far as the sum reaches."""
    steps: list[Step] = []
    shares: list[Share] = []
    given = dict(account.given)
    paid = account.paid()
    bought = {each.id: each.quantity for each in account.sold}
    for back in backs:
        before = given.get(back.line, 0) if back.line else 0
        upto = _running(back, paid, bought)
        full, due = upto(before + back.pieces + back.withheld) - upto(before), upto(before + back.pieces) - upto(before)
        kept = percent(due, back.restocking_percent)
        steps += _steps(back, full, due, kept)
        shares.append(Share(back, due - kept))
        if back.line is not None:
            given[back.line] = before + back.pieces
    all_back = bool(account.sold) and all(given.get(each.id, 0) >= each.quantity for each in account.sold)
    shipping = account.shipping_minor - account.shipping_given if account.returns_shipping and all_back else 0
    steps.append(Step(RefundStep.SHIPPING, "Shipping and taxes of the order, since all of it came back", shipping))
    sum_ = sum(share.minor for share in shares) + shipping
    fee = min(fee_minor, sum_)
    steps.append(Step(RefundStep.RETURN_FEE, "The way back, paid by the buyer", -fee))
    over = 0 if account.left_minor is None else max(sum_ - fee - account.left_minor, 0)
    steps.append(Step(RefundStep.GIVEN_BEFORE, "Given back of this order before", -over))
    return Working(tuple(step for step in steps if step.minor), tuple(shares), shipping, fee)


def _running(back: Back, paid: Mapping[UUID, int], bought: Mapping[UUID, int]) -> Callable[[int], int]:
    """What was paid for the first so many pieces of a line."""
    if back.line is None or back.line not in paid:
        return lambda pieces: back.unit_minor * pieces
    share, of = paid[back.line], bought[back.line]
    return lambda pieces: share * pieces // of


def _steps(back: Back, full: int, due: int, kept: int) -> list[Step]:
    all_ = back.pieces + back.withheld
    price = back.unit_minor * all_
    return [
        Step(RefundStep.PRICE, f"{all_} x {back.title}", price, back.id),
        Step(RefundStep.DISCOUNT, "Its share of the order's discount", full - price, back.id),
        Step(RefundStep.WITHHELD, f"{back.withheld} of it not paid for, as inspected", due - full, back.id),
        Step(RefundStep.RESTOCKING, f"{back.restocking_percent} % kept for restocking", -kept, back.id),
    ]
