"""Alerts over all parcels, page by page, as each parcel's own."""

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest

from db.enums import AlertKind, TrackingReason, TrackingStatus
from db.session import Store
from tests import make
from tests.asking import Api

S = TrackingStatus
PAGE = """query($first: Int!, $after: String, $kinds: [AlertKind!]) { alerts(first: $first, after: $after, kinds: $kinds) {
  nodes { kind since actions expectedImpact { sentence delayHours newEstimate } shipment { trackingNumber } }
  edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
EACH = "{ shipments(first: 100, sort: UPDATED_AT_DESC) { nodes { trackingNumber alerts { kind } } } }"
ROWS: dict[str, dict[str, Any]] = {
    "LOST": {"status": S.LOST},
    "CUSTOMS": {"status": S.CUSTOMS, "reason": TrackingReason.CUSTOMS_DUTIES, "action_required": True},
    "FAILED": {"status": S.ATTEMPT_FAILED},
    "WAITING": {"status": S.AVAILABLE_FOR_PICKUP},
    "ODD": {"status": S.EXCEPTION},
    "LATE": {"status": S.IN_TRANSIT, "promised_delivery_at": make.NOW - timedelta(hours=5)},
    "LATE_AND_STALLED": {
        "status": S.IN_TRANSIT,
        "promised_delivery_at": make.NOW - timedelta(hours=5),
        "stalls_at": make.NOW - timedelta(hours=1),
    },
    "ARRIVING": {"status": S.OUT_FOR_DELIVERY},
    "DONE": {"status": S.DELIVERED, "delivered_at": make.NOW},
    "FINE": {"status": S.IN_TRANSIT, "promised_delivery_at": make.NOW + timedelta(days=3)},
}


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    made = await make.merchant(store)
    for number, (name, columns) in enumerate(ROWS.items()):
        at = make.NOW - timedelta(minutes=number // 3)
        await make.shipment(store, made.merchant_id, name, status_since=at, last_event_at=at, **columns, updated_at=at)
    return made


async def test_the_pages_are_the_parcels_own_alerts(api: Api, seller: make.Someone) -> None:
    parcels = (await api.ask(seller, EACH))["shipments"]["nodes"]
    own = [(parcel["trackingNumber"], alert["kind"]) for parcel in parcels for alert in parcel["alerts"]]

    for size in (1, 2, 3, 5, 100):
        told, after, more = [], None, True
        while more:
            page = (await api.ask(seller, PAGE, first=size, after=after))["alerts"]
            assert len(page["nodes"]) == len(page["edges"]) <= size
            told += [(each["shipment"]["trackingNumber"], each["kind"]) for each in page["nodes"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert sorted(told) == sorted(own)
        assert len(set(told)) == len(told)

    assert {kind for _, kind in own} == {kind.name for kind in AlertKind}


async def test_every_alert_has_a_sentence_and_something_to_do(api: Api, seller: make.Someone) -> None:
    for each in (await api.ask(seller, PAGE, first=100))["alerts"]["nodes"]:
        assert each["expectedImpact"]["sentence"]
        assert each["actions"]


@pytest.mark.parametrize("kind", [kind.name for kind in AlertKind])
async def test_only_the_kinds_asked_for(api: Api, seller: make.Someone, kind: str) -> None:
    nodes = (await api.ask(seller, PAGE, first=1, kinds=[kind]))["alerts"]["nodes"]
    assert [each["kind"] for each in nodes] == [kind]


async def test_another_merchant_is_told_nothing(api: Api, store: Store, seller: make.Someone) -> None:
    other = await make.merchant(store)
    assert (await api.ask(other, PAGE, first=100))["alerts"]["nodes"] == []


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        forged(1),
        forged("2026-06-01T00:00:00+00:00", "0" * 32, "no kind"),
        forged("0001-01-01T00:00:00+14:00", "0" * 32, "lost"),
        forged("soon", "0" * 32, "lost"),
    ],
)
async def test_a_cursor_that_is_none_is_refused(api: Api, seller: make.Someone, cursor: str) -> None:
    assert await api.refused(seller, PAGE, first=1, after=cursor) == "BAD_USER_INPUT"


async def test_a_forged_cursor_without_offset_breaks_nothing(api: Api, seller: make.Someone) -> None:
    await api.ask(seller, PAGE, first=1, after=forged("2026-06-01T00:00:00", "0" * 32, "lost"))


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_has_1_to_100(api: Api, seller: make.Someone, first: int) -> None:
    assert await api.refused(seller, PAGE, first=first) in {"BAD_USER_INPUT", "LIMIT_EXCEEDED"}
