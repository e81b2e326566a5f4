"""Pages of orders: forwards and backwards, whatever the size, they are the whole list."""

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from db.models.orders import Order
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.counting import counting

COUNT = 25
PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $sort: OrderSort! = PLACED_AT_DESC) {
  orders(first: $first, after: $after, last: $last, before: $before, sort: $sort) {
    nodes { number } edges { cursor node { number } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
SORTS = ["PLACED_AT_DESC", "PLACED_AT_ASC", "UPDATED_AT_DESC", "UPDATED_AT_ASC"]


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    """25 orders of five moments: five tie at each, to the microsecond."""
    made = await make.merchant(store)
    for number in range(COUNT):
        order = await make.order(store, made.merchant_id, f"P-{number:02}")
        at = make.NOW + timedelta(microseconds=number // 5)
        async with store.writing(EVERYTHING) as session:
            await session.execute(
                update(Order).where(Order.id == order.id).values(placed_at=at, updated_at=at + timedelta(days=1))
            )
    return made


async def page(api: Api, seller: make.Someone, **arguments: Any) -> Any:
    return (await api.ask(seller, PAGE, **arguments))["orders"]


async def whole(api: Api, seller: make.Someone, sort: str) -> list[str]:
    return [node["number"] for node in (await page(api, seller, first=100, sort=sort))["nodes"]]


@pytest.mark.parametrize("sort", SORTS)
async def test_ties_have_one_order_and_the_opposite_sort_is_its_mirror(
    api: Api, seller: make.Someone, sort: str
) -> None:
    opposite = sort.replace("DESC", "X").replace("ASC", "DESC").replace("X", "ASC")

    numbers = await whole(api, seller, sort)

    assert numbers == sorted(numbers, reverse=sort.endswith("DESC"))
    assert numbers == (await whole(api, seller, opposite))[::-1]
    assert len(numbers) == COUNT


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 12, 24, 25, 26])
@pytest.mark.parametrize("sort", SORTS)
async def test_forwards_and_backwards_pages_are_the_whole_list(
    api: Api, seller: make.Someone, sort: str, size: int
) -> None:
    numbers = await whole(api, seller, sort)
    forwards: list[str] = []
    cursor, more = None, True
    while more:
        shown = await page(api, seller, first=size, after=cursor, sort=sort)
        assert shown["pageInfo"]["hasPreviousPage"] is bool(forwards)
        forwards += [node["number"] for node in shown["nodes"]]
        cursor, more = shown["pageInfo"]["endCursor"], shown["pageInfo"]["hasNextPage"]
        assert more is (len(forwards) < COUNT)
    backwards: list[str] = []
    cursor, more = None, True
    while more:
        shown = await page(api, seller, last=size, before=cursor, sort=sort)
        assert shown["pageInfo"]["hasNextPage"] is bool(backwards)
        backwards = [node["number"] for node in shown["nodes"]] + backwards
        cursor, more = shown["pageInfo"]["startCursor"], shown["pageInfo"]["hasPreviousPage"]
        assert more is (len(backwards) < COUNT)

    assert forwards == backwards == numbers


@pytest.mark.parametrize(("after", "before"), [(0, 24), (3, 4), (3, 5), (7, 20), (20, 7)])
async def test_both_cursors_bound_a_page(api: Api, seller: make.Someone, after: int, before: int) -> None:
    edges = (await page(api, seller, first=100))["edges"]
    cursors, numbers = [edge["cursor"] for edge in edges], [edge["node"]["number"] for edge in edges]
    between = numbers[after + 1 : before]

    for size in (1, 2, 100):
        first = await page(api, seller, first=size, after=cursors[after], before=cursors[before])
        last = await page(api, seller, last=size, after=cursors[after], before=cursors[before])

        assert [node["number"] for node in first["nodes"]] == between[:size]
        assert [node["number"] for node in last["nodes"]] == between[-size:]
        for shown in (first, last):
            assert shown["pageInfo"]["hasNextPage"]
            assert shown["pageInfo"]["hasPreviousPage"]


async def test_an_empty_page_has_no_cursors(api: Api, store: Store) -> None:
    shown = await page(api, await make.merchant(store), first=10)

    assert shown["nodes"] == shown["edges"] == []
    assert shown["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


ID = "0" * 32
GARBAGE = [
    "",
    "x",
    "====",
    "💥",
    "eyJ9",
    forged(),
    forged(1, 2, 3),
    forged("PLACED_AT_DESC", None, ID),
    forged("PLACED_AT_DESC", "2026-06-01T00:00:00+00:00", "no id"),
    forged("PLACED_AT_DESC", "2026-06-01T00:00:00+00:00", 5),
    forged("PLACED_AT_DESC", "tomorrow", ID),
    forged("PLACED_AT_DESC", "0001-01-01T00:00:00+14:00", ID),
    forged("PLACED_AT_DESC", "9999-12-31T23:59:59-14:00", ID),
    forged(["PLACED_AT_DESC"], {}, []),
    forged("UPDATED_AT_DESC", "2026-06-01T00:00:00+00:00", ID),
    forged("PLACED_AT_ASC", "2026-06-01T00:00:00+00:00", ID),
]


@pytest.mark.parametrize("cursor", GARBAGE)
async def test_a_cursor_that_is_none_of_this_sort_is_refused(api: Api, seller: make.Someone, cursor: str) -> None:
    for arguments in ({"first": 1, "after": cursor}, {"last": 1, "before": cursor}):
        told = await api.raw(seller, PAGE, **arguments)

        [error] = told["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(("after is", "before is"))


@pytest.mark.parametrize("cursor", [forged("PLACED_AT_DESC", "2026-06-01T00:00:00", ID)])
async def test_a_forged_cursor_shows_nothing_that_a_page_would_not(api: Api, seller: make.Someone, cursor: str) -> None:
    shown = await page(api, seller, first=100, after=cursor)
    assert {node["number"] for node in shown["nodes"]} <= set(await whole(api, seller, "PLACED_AT_DESC"))


@pytest.mark.parametrize(
    "arguments", [{}, {"first": 0}, {"first": -1}, {"first": 101}, {"last": 0}, {"last": 101}, {"first": 1, "last": 1}]
)
async def test_a_page_needs_one_size_from_1_to_100(api: Api, seller: make.Someone, arguments: dict[str, int]) -> None:
    assert await api.refused(seller, PAGE, **arguments) in {"BAD_USER_INPUT", "LIMIT_EXCEEDED"}


async def test_rows_are_counted_only_when_asked(api: Api, store: Store, seller: make.Someone) -> None:
    await page(api, seller, first=2)
    with counting(store) as without:
        await page(api, seller, first=2)
    with counting(store) as with_count:
        told = await api.ask(seller, "{ orders(first: 2) { totalCount nodes { number } } }")
    filtered = await api.ask(seller, '{ orders(first: 2, filter: {search: "P-0"}) { totalCount } }')

    assert told["orders"]["totalCount"] == COUNT
    assert filtered["orders"]["totalCount"] == 10
    assert len(without) == 1
    assert len(with_count) == 2
    assert "count(" in with_count[1].lower()


async def test_a_count_is_of_ones_own_rows(api: Api, store: Store, seller: make.Someone) -> None:
    other = await make.merchant(store)
    assert (await api.ask(other, "{ orders(first: 1) { totalCount } }"))["orders"]["totalCount"] == 0
    platform = await make.platform(store, seller)
    assert (await api.ask(platform, "{ orders(first: 1) { totalCount } }"))["orders"]["totalCount"] == COUNT
