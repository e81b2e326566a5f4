"""What is odd about an order as it enters (requirements B1): everything at once, so that a partner mends it in one go."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from aftersales.rules import addresses, goods, phones
from aftersales.rules.addresses import Address, Standardised
from aftersales.rules.goods import Goods
from db.enums import OrderFlag

# Two orders of one customer with the same goods and total are likely one sent twice when placed within this time: a
# platform's retry comes within hours, a real second order of the same things rarely on the same day. Our choice.
TWIN_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line of an order; the weight is of one piece, in grams."""

    sku: str
    goods: Goods
    quantity: int = 1
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as it was sent in. ``twin`` is the number of an order found to be its likely twin (``likeness``,
    ``TWIN_WINDOW``)."""

    phone: str | None
    address: Address
    lines: tuple[LineFacts, ...] = ()
    twin: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One oddity: the flag, a sentence that holds nothing personal, the line counted from 0 (None: the whole order), and
    the field in partners' spelling, from the order or from the line."""

    flag: OrderFlag
    message: str
    line: int | None
    field: str


def check(order: OrderFacts) -> tuple[Problem, ...]:
    """Every problem, in the order of the flags' declaration, then of the lines. An empty tuple: nothing is odd."""
    standard = addresses.standardise(order.address)
    found = [*_phone(order.phone, standard.address), *_address(standard), *_twin(order), *_lines(order)]
    rank = {flag: position for position, flag in enumerate(OrderFlag)}
    return tuple(sorted(found, key=lambda problem: (rank[problem.flag], -1 if problem.line is None else problem.line)))


def likeness(lines: Iterable[LineFacts], total: str) -> bytes:
    """What two orders of the same goods and total share: 16 bytes of a digest. The order of lines is nothing, and two lines of
    one article are one. ``total`` is amount and currency as a text that has one form only."""
    pieces: dict[str, int] = {}
    for line in lines:
        article = line.sku.strip().casefold() or line.goods.title.strip().casefold()
        pieces[article] = pieces.get(article, 0) + line.quantity
    listed = "\n".join(f"{article}\t{count}" for article, count in sorted(pieces.items()))
    return hashlib.sha256(f"{total}\n{listed}".encode()).digest()[:16]


def _phone(written: str | None, address: Address) -> Iterator[Problem]:
    phone = phones.parse(written, address.country, region=address.region, postal_code=address.postal_code)
    if phone.problem:
        yield Problem(OrderFlag.PHONE_INVALID, phone.problem, None, "phone")


def _address(standard: Standardised) -> Iterator[Problem]:
    for problem in standard.problems:
        yield Problem(problem.flag, problem.message, None, f"shippingAddress.{problem.field}")


def _twin(order: OrderFacts) -> Iterator[Problem]:
    if order.twin is not None:
        message = f"Order {order.twin} has the same customer, goods and total and was placed within a day."
        yield Problem(OrderFlag.DUPLICATE, message, None, "number")


def _lines(order: OrderFacts) -> Iterator[Problem]:
    for number, line in enumerate(order.lines):
        for found in goods.forbidden(line.goods):
            message = f"{found.ground.sentence} Ground: {found.ground.source}; found by {found.word!r}."
            yield Problem(OrderFlag.FORBIDDEN_GOODS, message, number, found.field)
        if line.weight_grams is None or line.weight_grams <= 0:
            yield Problem(OrderFlag.WEIGHT_MISSING, "The line lacks its weight.", number, "weightGrams")
