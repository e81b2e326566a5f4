"""Sums of refunds: exact, rounded once, whatever the currency's decimals."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules.money import Account, Back, Sold, apportioned, percent, worked_out
from db.case_enums import RefundStep
from db.models.base import from_minor, to_minor

MINOR = st.integers(0, 10**12)
LINES = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10**7)), min_size=1, max_size=6)


def sold(*lines: tuple[int, int]) -> list[Sold]:
    return [Sold(UUID(int=index + 1), quantity, unit) for index, (quantity, unit) in enumerate(lines)]


def back(line: Sold, pieces: int, **more: int) -> Back:
    return Back(UUID(int=line.id.int + 1000), "Tee", line.id, line.unit_minor, pieces, **more)


def kinds(working: Sequence[object]) -> list[tuple[str, int]]:
    return [(step.kind.name, step.minor) for step in working]  # type: ignore[attr-defined]  # steps, told short


@given(MINOR, st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any))
def test_shares_are_exact_in_the_sum_and_within_one_of_their_part(total: int, weights: list[int]) -> None:
    parts = apportioned(total, weights)

    assert sum(parts) == total
    whole = sum(weights)
    assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


@given(MINOR)
def test_where_nothing_has_weight_nothing_is_shared(total: int) -> None:
    assert apportioned(total, [0, 0]) == [0, 0]
    assert apportioned(total, []) == []


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [-1, 2])])
def test_what_is_negative_is_not_shared(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        apportioned(total, weights)


def test_what_is_left_over_goes_to_the_largest_remainders_first() -> None:
    assert apportioned(100, [1, 1, 1]) == [34, 33, 33]
    assert apportioned(10, [1, 2, 4]) == [1, 3, 6]


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_a_percentage_is_rounded_once_a_half_up(minor: int, hundredths: int) -> None:
    assert abs(percent(minor, hundredths) * 100 - minor * hundredths) <= 50
    assert percent(50, 1) == 1
    assert percent(minor, 100) == minor


@given(LINES, st.data())
def test_pieces_that_come_back_one_by_one_bring_what_all_at_once_would(
    lines: list[tuple[int, int]], data: st.DataObject
) -> None:
    bought = sold(*lines)
    price = sum(each.quantity * each.unit_minor for each in bought)
    total = data.draw(st.integers(0, price + 10_000))
    pieces = data.draw(st.permutations([each for each in bought for _ in range(each.quantity)]))
    at_once = worked_out(
        Account(total, bought, returns_shipping=True, left_minor=total),
        [back(each, each.quantity) for each in bought],
    )
    given_: dict[UUID, int] = {}
    granted = shipping = 0
    for line in pieces:
        account = Account(total, bought, dict(given_), shipping, returns_shipping=True, left_minor=total - granted)
        working = worked_out(account, [back(line, 1)])
        assert working.amount_minor >= 0
        granted += working.amount_minor
        shipping += working.shipping_minor
        given_[line.id] = given_.get(line.id, 0) + 1

    assert granted == at_once.amount_minor == total
    assert RefundStep.GIVEN_BEFORE not in {step.kind for step in at_once.steps}


@given(LINES, st.data())
def test_a_sum_is_what_its_steps_say_never_below_nothing_and_never_more_than_is_left(
    lines: list[tuple[int, int]], data: st.DataObject
) -> None:
    bought = sold(*lines)
    total, left, fee = (data.draw(st.integers(0, 10**8)) for _ in range(3))
    backs = []
    for each in bought:
        pieces = data.draw(st.integers(0, each.quantity))
        withheld = data.draw(st.integers(0, each.quantity - pieces))
        backs.append(back(each, pieces, withheld=withheld, restocking_percent=data.draw(st.integers(0, 100))))

    working = worked_out(Account(total, bought, returns_shipping=True, left_minor=left), backs, fee)

    assert 0 <= working.amount_minor <= left
    assert 0 <= working.fee_minor <= fee
    shares = sum(share.minor for share in working.shares)
    before = -sum(step.minor for step in working.steps if step.kind is RefundStep.GIVEN_BEFORE)
    assert working.amount_minor == shares + working.shipping_minor - working.fee_minor - before
    assert all(step.minor for step in working.steps)


@given(st.sampled_from([("JPY", 0), ("CNY", 2), ("KWD", 3)]), MINOR)
def test_an_amount_keeps_the_decimals_of_its_currency(currency: tuple[str, int], minor: int) -> None:
    name, digits = currency

    told = from_minor(minor, name)

    assert -int(told.amount.as_tuple().exponent) == digits
    assert to_minor(told.amount, name) == minor


def test_a_discount_is_shared_by_price() -> None:
    bought = sold((1, 10_000), (2, 5_000))

    working = worked_out(Account(15_000, bought, left_minor=15_000), [back(bought[1], 1)])

    assert kinds(working.steps) == [("PRICE", 5_000), ("DISCOUNT", -1_250)]


def test_what_the_order_costs_beyond_its_goods_comes_back_with_the_last_of_them() -> None:
    bought = sold((2, 5_000))

    first = worked_out(Account(11_200, bought, returns_shipping=True, left_minor=11_200), [back(bought[0], 1)])
    last = worked_out(
        Account(11_200, bought, {bought[0].id: 1}, returns_shipping=True, left_minor=6_200), [back(bought[0], 1)]
    )

    assert kinds(first.steps) == [("PRICE", 5_000)]
    assert kinds(last.steps) == [("PRICE", 5_000), ("SHIPPING", 1_200)]


def test_what_is_withheld_restocked_and_owed_for_the_way_is_told_apart() -> None:
    bought = sold((3, 1_000))

    working = worked_out(
        Account(3_000, bought, left_minor=3_000), [back(bought[0], 2, withheld=1, restocking_percent=15)], 500
    )

    assert kinds(working.steps) == [("PRICE", 3_000), ("WITHHELD", -1_000), ("RESTOCKING", -300), ("RETURN_FEE", -500)]
    assert working.amount_minor == 1_200


def test_a_fee_never_takes_more_than_there_is() -> None:
    bought = sold((1, 300))

    working = worked_out(Account(300, bought, left_minor=300), [back(bought[0], 1)], 500)

    assert (working.amount_minor, working.fee_minor) == (0, 300)


def test_goods_without_an_order_bring_their_price() -> None:
    working = worked_out(Account(), [Back(UUID(int=1), "Tee", None, 700, 2)])

    assert kinds(working.steps) == [("PRICE", 1_400)]
