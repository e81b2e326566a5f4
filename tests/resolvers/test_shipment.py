"""One parcel, by id or by number, with what is derived for its reader."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db.enums import Classifier, DeliveryMode, TrackingReason, TrackingStatus, TrackingStep
from db.ids import typeid
from db.models.shipments import Shipment
from db.session import Store
from tests import make
from tests.asking import Api

S = TrackingStatus
ONE = """query($id: ID, $number: String, $carrier: String) {
  shipment(id: $id, trackingNumber: $number, carrier: $carrier) { id carrier { code } } }"""
FULL = """query($id: ID!, $last: Int, $classifier: Classifier) { shipment(id: $id) {
  status events(last: $last, classifier: $classifier) { rawCode description(locale: EN) carrierWords location { city } }
  latestEvent { rawCode } stages { stage reachedAt } proofOfDelivery { deliveredAt signedBy deliveryMode event { rawCode } }
  estimate { at source sample basis } tracking { method lastFailure { code message } } } }"""


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


async def one(api: Api, who: make.Someone, **given: Any) -> Any:
    return (await api.ask(who, ONE, **given))["shipment"]


async def test_a_parcel_is_found_by_number_however_it_is_spelt(api: Api, store: Store, seller: make.Someone) -> None:
    row = await make.shipment(store, seller.merchant_id, "SF123")
    for number in ("SF123", "sf123", " sf 12 3 "):
        assert (await one(api, seller, number=number))["id"] == row.typeid
    assert (await one(api, seller, id=row.typeid))["id"] == row.typeid
    assert await one(api, seller, number="SF12") is None
    assert await one(api, seller, number="SF123", carrier="zto") is None


async def test_a_number_of_two_carriers_asks_for_one(api: Api, store: Store, seller: make.Someone) -> None:
    await make.shipment(store, seller.merchant_id, "12345", "sf")
    await make.shipment(store, seller.merchant_id, "12345", "zto")

    told = await api.raw(seller, ONE, number="12345")

    assert told["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "carrier" in told["errors"][0]["message"]
    assert (await one(api, seller, number="12345", carrier="ZTO"))["carrier"] == {"code": "zto"}


async def test_a_number_of_two_merchants_asks_a_platform_for_one_and_shows_a_carrier_its_newest(
    api: Api, store: Store, seller: make.Someone
) -> None:
    other = await make.merchant(store)
    await make.shipment(store, seller.merchant_id, "SFBOTH", created_at=make.NOW)
    newest = await make.shipment(store, other.merchant_id, "SFBOTH", created_at=make.NOW + timedelta(hours=1))
    platform = await make.platform(store, seller, other)

    told = await api.raw(platform, ONE, number="SFBOTH")

    assert "Waybridge-Merchant" in told["errors"][0]["message"]
    assert (await one(api, await make.carrier(store), number="SFBOTH"))["id"] == newest.typeid
    assert await one(api, await make.carrier(store, "zto"), number="SFBOTH") is None


@pytest.mark.parametrize("given", [{}, {"id": "x", "number": "y"}])
async def test_exactly_one_of_id_and_number_is_given(api: Api, seller: make.Someone, given: dict[str, str]) -> None:
    assert await api.refused(seller, ONE, **given) == "BAD_USER_INPUT"


@pytest.mark.parametrize("id_", ["", "x", typeid("shp", UUID(int=1)), typeid("ord", UUID(int=1))])
async def test_an_id_that_is_no_parcels_is_no_parcel(api: Api, seller: make.Someone, id_: str) -> None:
    assert await one(api, seller, id=id_) is None


@pytest.fixture
async def travelled(store: Store, seller: make.Someone) -> Shipment:
    """Picked up, sorted, out for delivery, delivered; and a planned scan after all."""
    row = await make.shipment(
        store,
        seller.merchant_id,
        "SFT",
        status=S.DELIVERED,
        delivered_at=make.NOW + timedelta(hours=4),
        signed_by="王小明",
        learnt_delivery_at=make.NOW,
        learnt_sample=31,
        learnt_basis="CN-GD>CN-ZJ sf",
        last_failure={"code": "A1001", "message": "busy", "at": make.NOW.isoformat()},
    )
    scans: list[tuple[str, TrackingStatus, dict[str, Any]]] = [
        ("50", S.PICKED_UP, {}),
        ("31", S.IN_TRANSIT, {"step": TrackingStep.ARRIVED_AT_HUB, "location": {"city": "杭州市"}}),
        ("44", S.OUT_FOR_DELIVERY, {}),
        ("70", S.ATTEMPT_FAILED, {"reason": TrackingReason.RECIPIENT_UNAVAILABLE}),
        ("80", S.DELIVERED, {"delivery_mode": DeliveryMode.LOCKER}),
        ("99", S.DELIVERED, {"classifier": Classifier.PLANNED}),
    ]
    for hour, (code, status, more) in enumerate(scans):
        at = make.NOW + timedelta(hours=hour)
        await make.scan(store, row, status, raw_code=code, occurred_at=at, **more)
    return row


async def test_its_scans_its_proof_and_its_stages(api: Api, seller: make.Someone, travelled: Shipment) -> None:
    told = (await api.ask(seller, FULL, id=travelled.typeid))["shipment"]

    assert [each["rawCode"] for each in told["events"]] == ["50", "31", "44", "70", "80", "99"]
    assert all(each["description"] for each in told["events"])
    assert told["events"][1]["location"] == {"city": "杭州市"}
    assert told["latestEvent"] == {"rawCode": "80"}
    assert told["proofOfDelivery"]["deliveryMode"] == "LOCKER"
    assert told["proofOfDelivery"]["signedBy"] == "王**"
    assert told["estimate"] == {
        "at": make.NOW.isoformat(),
        "source": "LANE",
        "sample": 31,
        "basis": "CN-GD>CN-ZJ sf",
    }
    assert told["tracking"]["lastFailure"] == {"code": "A1001", "message": "busy"}
    reached = {each["stage"]: each["reachedAt"] for each in told["stages"]}
    assert "CUSTOMS" not in reached
    assert reached["PREPARED"] is None
    assert reached["DELIVERY"] == (make.NOW + timedelta(hours=2)).isoformat()
    assert reached["SIGNED"] == (make.NOW + timedelta(hours=4)).isoformat()


async def test_the_last_scans_of_a_kind(api: Api, seller: make.Someone, travelled: Shipment) -> None:
    two = await api.ask(seller, FULL, id=travelled.typeid, last=2)
    planned = await api.ask(seller, FULL, id=travelled.typeid, classifier="PLANNED")
    actual = await api.ask(seller, FULL, id=travelled.typeid, last=1, classifier="ACTUAL")

    assert [each["rawCode"] for each in two["shipment"]["events"]] == ["80", "99"]
    assert [each["rawCode"] for each in planned["shipment"]["events"]] == ["99"]
    assert [each["rawCode"] for each in actual["shipment"]["events"]] == ["80"]


@pytest.mark.parametrize("last", [0, -1, 101])
async def test_of_scans_1_to_100_are_asked_for(api: Api, seller: make.Someone, travelled: Shipment, last: int) -> None:
    assert await api.refused(seller, FULL, id=travelled.typeid, last=last) in {"BAD_USER_INPUT", "LIMIT_EXCEEDED"}


async def test_a_parcel_nobody_has_seen_tells_nothing(api: Api, store: Store, seller: make.Someone) -> None:
    row = await make.shipment(store, seller.merchant_id, "SFNEW")

    told = (await api.ask(seller, FULL, id=row.typeid))["shipment"]

    assert told["events"] == []
    assert told["latestEvent"] is told["proofOfDelivery"] is told["estimate"] is None
    assert {each["reachedAt"] for each in told["stages"]} == {None}


async def test_a_scan_is_described_in_the_readers_language(api: Api, seller: make.Someone, travelled: Shipment) -> None:
    query = "query($id: ID!) { shipment(id: $id) { events(last: 6) { description } } }"
    english = await api.raw(seller, query, id=travelled.typeid, headers_={"accept-language": "en"})
    chinese = await api.raw(seller, query, id=travelled.typeid, headers_={"accept-language": "zh-CN,en;q=0.5"})

    for told, is_chinese in ((english, False), (chinese, True)):
        for each in told["data"]["shipment"]["events"]:
            assert any("\u4e00" <= letter <= "\u9fff" for letter in each["description"]) is is_chinese
