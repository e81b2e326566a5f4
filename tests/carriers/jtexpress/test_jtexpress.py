"""J&T: its digests, its query, its answers, and its sandbox read back."""

import json
from urllib.parse import parse_qsl

import pytest

from carriers import wire
from carriers.carrier import Parcel, Reply, SandboxParcel
from carriers.jtexpress import CARRIER, sandbox, signing, tracking
from db.enums import TrackingStatus as S
from tests.carriers import bench
from tests.carriers.bench import NUMBER

ACCESS = bench.access(CARRIER)


def test_the_published_signature_is_reproduced() -> None:
    digest = signing.customer_digest("J0086474299", "H5CD3zE6", "0258d71b55fc45e3ad7a7f38bf4b201a")
    assert digest == "qonqb4O1eNr6VCWS07Ieeg=="


def test_the_query_equals_the_published_sample() -> None:
    request = tracking.request([Parcel("JT2099306666983")], ACCESS)
    [(name, content)] = parse_qsl(request.body.decode())
    assert request.url == "http://host/jtexpress/webopenplatformapi/api/logistics/trace"
    assert name == "bizContent"
    assert json.loads(content) == {"billCodes": "JT2099306666983", "lang": "zh", "timeType": "1"}
    assert request.headers["apiAccount"] == "sandbox-api_account"
    assert request.headers["timestamp"] == "1772366400000"
    assert request.headers["digest"] == signing.digest(content, "sandbox-private_key")


def test_a_scan_goes_by_its_name_even_when_it_is_out_of_use() -> None:
    row = {"scanTime": "2026-01-05 09:00:00", "scanType": "入仓扫描"}
    body = {"code": "1", "data": [{"billCode": NUMBER, "details": [row]}]}
    [shipment] = tracking.read(Reply(200, wire.compact(body).encode())).shipments
    assert shipment.scans[0].meaning.status is S.IN_TRANSIT


def test_several_parcels_are_asked_for_at_once() -> None:
    first, second = bench.scan(S.PICKED_UP), bench.scan(S.DELIVERED)
    world = bench.World({n: SandboxParcel(n, (s,)) for n, s in (("JT1", first), ("JT2", second))})
    request = tracking.request([Parcel("JT1"), Parcel("JT2"), Parcel("JT3")], ACCESS)
    reading = tracking.read(bench.answered(CARRIER, request, world))
    assert [shipment.tracking_number for shipment in reading.shipments] == ["JT1", "JT2"]
    assert [(error.tracking_number, error.not_found) for error in reading.errors] == [("JT3", True)]


def test_the_list_runs_newest_first_and_is_read_oldest_first() -> None:
    scans = [
        bench.scan(S.PICKED_UP, hour=9),
        bench.scan(S.IN_TRANSIT, hour=11),
        bench.scan(S.DELIVERED, hour=12),
    ]
    [shipment] = bench.asked(CARRIER, scans).shipments
    assert [scan.meaning.status for scan in shipment.scans] == [S.PICKED_UP, S.IN_TRANSIT, S.DELIVERED]


@pytest.mark.parametrize("status", sandbox.SAYS)
def test_every_status_jt_can_tell_is_asked_for_and_read_back(status: S) -> None:
    [shipment] = bench.asked(CARRIER, [bench.scan(status, "script")]).shipments
    [scan] = shipment.scans
    assert scan.meaning.status is status
    assert scan.occurred_at.isoformat() == "2026-01-05T09:00:00+08:00"
    assert scan.place
    assert scan.place.facility == "青浦华新"


def test_the_script_s_own_code_is_kept_where_it_says_the_same() -> None:
    [shipment] = bench.asked(CARRIER, [bench.scan(S.ATTEMPT_FAILED, "问题件扫描/A11")]).shipments
    assert shipment.scans[0].raw_code == "问题件扫描/A11"


@pytest.mark.parametrize(
    ("credentials", "code"), [({"private_key": "wrong"}, "145003030"), ({"api_account": "nobody"}, "145003010")]
)
def test_the_sandbox_refuses_who_does_not_hold_its_secrets(credentials: dict[str, str], code: str) -> None:
    request = tracking.request([Parcel(NUMBER)], bench.access(CARRIER, **credentials))
    reply = bench.answered(CARRIER, request, bench.World())
    assert [error.code for error in tracking.read(reply).errors] == [code]
