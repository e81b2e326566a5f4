"""What real carriers send that looks like something else: one test for each trap we know of, in messages of our own.

The carriers' own tests and cases go further; this page is the index.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from carriers import easypost, wire
from carriers.carrier import (
    Incoming,
    Parcel,
    PushRejected,
    ReadError,
    Reading,
    ReadShipment,
    Reply,
    Scan,
    Unreadable,
)
from carriers.easypost import statuses as easypost_statuses
from carriers.registry import BY_CODE, CARRIERS
from carriers.sf import signing
from carriers.times import BEIJING
from carriers.zto.statuses import PUSH, QUERY, RELAYED, TABLE
from db.enums import Classifier, PickupStatus, PushAuthenticity
from db.enums import TrackingStatus as S
from tests.carriers import bench
from tests.carriers.bench import NOW, only, read, refused, status

SF, KUAIDI100, ZTO, JD, YTO = (BY_CODE[code] for code in ("sf", "kuaidi100", "zto", "jd", "yto"))
FEDEX, UPS, USPS, DCSA = (BY_CODE[code] for code in ("fedex", "ups", "usps", "dcsa"))


def test_trap_1_no_carrier_message_is_taken_for_a_claim_since_claims_are_ours() -> None:
    event = {"object": "Event", "description": "claim.approved", "result": {"object": "Claim", "status": "approved"}}
    assert read("easypost", "push", event) == Reading()
    assert not any("claim" in ability for carrier in CARRIERS for ability in carrier.confidence)


def test_trap_2_sf_signs_no_push_so_the_address_is_the_secret_and_the_id_tells_repeats() -> None:
    assert SF.pushing
    assert SF.pushing.authenticity is PushAuthenticity.ADDRESS_ONLY
    route = {"mailno": "SF1", "id": "168", "opCode": "50", "acceptTime": "2026-01-05 09:00:00", "remark": "已收取"}
    shipment = only(read("sf", "push", {"Body": {"WaybillRoute": [route, dict(route)]}}))
    assert [scan.event_id for scan in shipment.scans] == ["168"]


def test_trap_3_sf_answers_in_three_layers_with_true_as_text_and_opcode_in_lower_case() -> None:
    route = {"acceptTime": "2026-01-05 09:00:00", "opcode": "80", "remark": "已签收"}
    inner = {"success": "true", "errorCode": "S0000", "msgData": {"routeResps": [{"mailNo": "SF1", "routes": [route]}]}}
    shipment = only(read("sf", "track", {"apiResultCode": "A1000", "apiResultData": json.dumps(inner)}))
    assert (shipment.scans[0].raw_code, status(shipment)) == ("80", S.DELIVERED)


def test_trap_4_sf_signs_over_text_encoded_as_java_does() -> None:
    assert signing.java_encoded("a b*c~d") == "a+b*c%7Ed"
    assert signing.digest("a b*c~d", "1", "w") == b64encode(hashlib.md5(b"a+b*c%7Ed1w").digest()).decode()


def test_trap_5_sf_44_is_read_by_its_text_922_says_nothing_and_30_is_no_pickup() -> None:
    def said(operation: str, remark: str) -> S:
        route = {"mailno": "SF1", "id": "1", "opCode": operation, "acceptTime": "2026-01-05 09:00:00", "remark": remark}
        return status(only(read("sf", "push", {"Body": {"WaybillRoute": [route]}})))

    assert said("44", "正在派送途中,请您准备签收") is S.OUT_FOR_DELIVERY
    assert said("44", "正在为您的快件分配最合适的快递员") is S.IN_TRANSIT
    assert said("44", "无文字") is said("922", "快件到达") is said("160", "签收") is S.UNKNOWN
    assert said("30", "完成分拣") is S.IN_TRANSIT


def test_trap_6_kuaidi100_signs_param_byte_for_byte_or_not_at_all_and_a_corrected_carrier_is_no_failure() -> None:
    param = '{"status": "abort",  "comNew": "shentong", "lastResult": {"nu": "770", "status": "201"}}'
    sign = hashlib.md5((param + bench.SECRET).encode()).hexdigest().upper()
    assert not refused(KUAIDI100, Incoming(urlencode({"param": param, "sign": sign}).encode(), NOW))
    tidied = json.dumps(json.loads(param))
    assert refused(KUAIDI100, Incoming(urlencode({"param": tidied, "sign": sign}).encode(), NOW))
    assert refused(KUAIDI100, Incoming(urlencode({"param": param}).encode(), NOW))
    [error] = read("kuaidi100", "push", urlencode({"param": param}).encode()).errors
    assert (error.corrected_carrier, error.not_found) == ("sto", False)


def test_trap_7_a_kuaidi100_receipt_is_no_return() -> None:
    assert KUAIDI100.subscribing
    assert KUAIDI100.tracking
    parcel, account = Parcel("1", carrier="sto"), bench.access(KUAIDI100)
    asked = (KUAIDI100.tracking.request([parcel], account), KUAIDI100.subscribing.request([parcel], account))
    assert not any(b"backOrder" in request.body for request in asked)
    with pytest.raises(Unreadable):
        read("kuaidi100", "pickup", {"result": True, "returnCode": "200", "data": {"attachments": ["receipt.jpg"]}})


def test_trap_8_cainiaos_epoch_is_right_its_text_beijing_and_delivering_only_under_way() -> None:
    event = {"time": 1748410407000, "timeStr": "2025-05-28 13:33:27", "timeZone": "GMT-3", "actionCode": "LH_ARRIVE"}
    told = read("cainiao", "track", {"success": True, "module": [{"mailNo": "LP1", "detailList": [event]}]})
    assert only(told).scans[0].occurred_at == datetime(2025, 5, 28, 13, 33, 27, tzinfo=BEIJING)
    header = {"success": True, "module": [{"mailNo": "LP1", "status": "DELIVERING", "detailList": []}]}
    assert status(only(read("cainiao", "track", header))) is S.IN_TRANSIT


def test_trap_9_zto_has_three_families_of_codes_two_clocks_pushes_out_of_order_and_a_spelling_of_its_own() -> None:
    assert TABLE.meaning(QUERY, "SIGNED") == TABLE.meaning(PUSH, "SIGNED") == TABLE.meaning(RELAYED, "301")
    assert TABLE.meaning(QUERY, "DEPARTURE").status is not TABLE.meaning(PUSH, "DEPARTURE").status
    scan = {"scanType": "收件", "scanDate": "1609297452000", "billCode": "731"}
    answered = only(read("zto", "track", {"status": True, "statusCode": "0000", "result": [scan]}))
    assert answered.scans[0].occurred_at.isoformat() == "2020-12-30T11:04:12+08:00"

    def pushed(action: str, hour: int) -> tuple[Scan, ...]:
        event = {"billCode": "731", "action": action, "actionTime": f"2026-01-05 {hour:02}:00:00"}
        return only(read("zto", "push", urlencode({"data": json.dumps(event)}).encode())).scans

    assert pushed("GOT", 9)[0].occurred_at.isoformat() == "2026-01-05T09:00:00+08:00"
    assert status(ReadShipment("731", (*pushed("SIGNED", 12), *pushed("DISPATCH", 11)))) is S.DELIVERED
    assert ZTO.subscribing
    assert b"subsrcibe" in ZTO.subscribing.request([Parcel("1", "5514")], bench.access(ZTO)).url.encode()


def test_trap_10_jds_state_is_a_text_in_pushes_and_a_number_in_answers_and_a_repeated_order_is_no_tracking() -> None:
    scan = {"waybillCode": "JDV1", "operationTime": "2026-01-05 09:00:00", "category": 420, "state": "200001"}
    answer = {"code": 0, "success": True, "data": {"traceDetails": [{**scan, "state": 200001}]}}
    assert only(read("jd", "push", scan)) == only(read("jd", "track", answer))
    repeated = {"success": True, "code": 0, "subCode": "0_0001", "data": {"waybillCode": "JDV1"}}
    with pytest.raises(Unreadable):
        read("jd", "track", repeated)


def test_trap_11_yto_answers_an_array_or_an_object_and_its_older_api_has_no_codes_and_unpadded_dates() -> None:
    older = [{"Waybill_No": "YT1", "Upload_Time": "2026/1/5 9:00:00", "ProcessInfo": "已收件"}]
    [scan] = only(read("yto", "track", older)).scans
    assert (scan.occurred_at, scan.raw_code) == (datetime(2026, 1, 5, 9, tzinfo=BEIJING), "")
    [error] = read("yto", "error", {"code": "1001", "map": {"YT1": []}, "message": "查询结果为空。"}).errors
    assert error == ReadError("1001", "查询结果为空。", "YT1", not_found=True)


def test_trap_12_sto_refuses_in_xml_and_yunda_wants_a_subscription_before_a_query() -> None:
    xml = "<response><success>false</success><errorCode>007</errorCode><errorMsg>签名错误</errorMsg></response>"
    [error] = read("sto", "error", xml.encode()).errors
    assert error.code == "007"
    yunda = BY_CODE["yunda"]
    assert yunda.subscribing
    assert yunda.subscribing.before_query
    url = yunda.subscribing.request([Parcel("1")], bench.access(yunda)).url
    assert url.endswith("/openapi/outer/logictis/subscribe")


def test_trap_13_usps_does_not_know_a_number_in_a_400_and_its_z_is_local_time() -> None:
    body = {"error": {"code": "400", "errors": [{"status": "400", "code": "150002", "detail": "not yet available"}]}}
    assert USPS.tracking
    [error] = USPS.tracking.read(Reply(400, json.dumps(body).encode())).errors
    assert (error.code, error.not_found, error.retryable) == ("150002", True, True)
    event = {"eventTimestamp": "2026-01-05T07:31:00Z", "eventCode": "03", "eventCity": "RENO", "eventState": "NV"}
    told = read("usps", "track", {"trackingNumber": "94", "trackingEvents": [event]})
    assert only(told).scans[0].occurred_at.isoformat() == "2026-01-05T07:31:00-08:00"


def test_trap_14_a_usps_pickup_keeps_the_confirmation_that_its_change_must_name_beside_the_etag() -> None:
    [pickup] = read("usps", "pickup", {"confirmationNumber": "WTC1", "packageCount": "1"}).pickups
    assert (pickup.confirmation, pickup.status) == ("WTC1", PickupStatus.ACCEPTED)


def test_trap_15_ups_warns_within_a_200_spells_gmt_twice_repeats_stale_states_and_sends_many_packages() -> None:
    warned = {"trackResponse": {"shipment": [{"inquiryNumber": "1Z1", "warnings": [{"code": "TW0001"}]}]}}
    [error] = read("ups", "track", warned).errors
    assert (error.tracking_number, error.not_found) == ("1Z1", True)
    stale, newest = (
        {"type": kind, "code": code, "statusCode": known}
        for kind, code, known in map(str.split, ("I DP 005", "D F4 011"))
    )
    day = {"date": "20260105", "gmtDate": "20260105"}
    earlier = {**day, "time": "024700", "gmtTime": "10:47:00", "status": stale}
    delivered = {**day, "time": "94100", "gmtTime": "174100", "status": newest}
    package = {"trackingNumber": "1Z1", "currentStatus": stale, "activity": [earlier, delivered]}
    second = {"trackingNumber": "1Z2", "activity": [earlier]}
    both = read("ups", "track", {"trackResponse": {"shipment": [{"package": [package, second]}]}}).shipments
    assert [(each.tracking_number, status(each)) for each in both] == [("1Z1", S.DELIVERED), ("1Z2", S.IN_TRANSIT)]
    moments = [scan.occurred_at.isoformat() for scan in both[0].scans]
    assert moments == ["2026-01-05T02:47:00-08:00", "2026-01-05T09:41:00-08:00"]


def test_trap_16_ups_alerts_carry_the_bearer_we_issued_and_no_offset() -> None:
    push = {
        "trackingNumber": "1Z1",
        "localActivityDate": "20260105",
        "localActivityTime": "230000",
        "gmtActivityDate": "20260106",
        "gmtActivityTime": "040000",
        "activityStatus": {"type": "I", "code": "OT", "descriptionCode": "021", "description": "Out for Delivery"},
    }
    [scan] = only(read("ups", "push", push)).scans
    assert scan.occurred_at.isoformat() == "2026-01-05T23:00:00-05:00"
    assert UPS.pushing
    issued = replace(bench.access(UPS), token="issued", push_secret="")
    UPS.pushing.verify(Incoming(b"{}", NOW, {"authorization": "Bearer issued"}), issued)
    with pytest.raises(PushRejected):
        UPS.pushing.verify(Incoming(b"{}", NOW, {"authorization": "Bearer other"}), issued)


def test_trap_17_fedex_reuses_numbers_refuses_single_ones_within_a_200_and_leaves_offsets_out() -> None:
    def result(unique: str, date: str) -> dict[str, Any]:
        event = {"date": date, "eventType": "OC", "scanLocation": {"stateOrProvinceCode": "CA", "countryCode": "US"}}
        info = {"trackingNumber": "1", "trackingNumberUniqueId": unique}
        return {"trackingNumberInfo": info, "scanEvents": [event]}

    unknown = {"error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": "unknown"}}
    asked = [
        {
            "trackingNumber": "1",
            "trackResults": [result("a", "2026-01-05T09:00:00-05:00"), result("b", "2026-07-05T09:00:00")],
        },
        {"trackingNumber": "2", "trackResults": [unknown]},
    ]
    found = read("fedex", "track", {"output": {"completeTrackResults": asked}})
    assert [each.unique_id for each in found.shipments] == ["a", "b"]
    assert found.shipments[1].scans[0].occurred_at.isoformat() == "2026-07-05T09:00:00-07:00"
    assert [(error.tracking_number, error.not_found) for error in found.errors] == [("2", True)]


def test_trap_18_mydhl_is_asked_for_offsets_and_repeats_its_events_under_each_piece() -> None:
    express = BY_CODE["dhl_express"]
    assert express.tracking
    assert "requestGMTOffsetPerEvent=true" in express.tracking.request([Parcel("1")], bench.access(express)).url
    event = {"date": "2026-01-05", "time": "09:00:00", "GMTOffset": "+08:00", "typeCode": "PU", "description": "x"}
    own = {**event, "typeCode": "OH"}
    pieces = [{"trackingNumber": "JD1", "events": [event]}, {"trackingNumber": "JD2", "events": [event, own]}]
    told = {"shipments": [{"shipmentTrackingNumber": "1", "events": [event], "pieces": pieces}]}
    scans = only(read("dhl_express", "track", told)).scans
    assert [(scan.raw_code, scan.piece) for scan in scans] == [("PU", None), ("OH", "JD2")]
    assert scans[0].occurred_at.isoformat() == "2026-01-05T09:00:00+08:00"


def test_trap_19_dhls_code_outweighs_its_text_but_only_text_tells_delivery_tours_and_times_may_be_missing() -> None:
    def said(event: dict[str, str]) -> Scan:
        return only(read("dhl_unified", "track", {"shipments": [{"id": 777, "status": event}]})).scans[0]

    assert said({"statusCode": "pre-transit", "status": "DELIVERED"}).meaning.status is S.INFO_RECEIVED
    assert said({"statusCode": "transit", "status": "Out for delivery"}).meaning.status is S.OUT_FOR_DELIVERY
    assert said({"statusCode": "transit"}).occurred_at == NOW


def test_trap_20_dcsa_plans_and_estimates_did_not_happen() -> None:
    def event(classifier: str, hour: int) -> dict[str, Any]:
        head = {"eventType": "EQUIPMENT", "equipmentEventTypeCode": "LOAD", "eventClassifierCode": classifier}
        return {**head, "eventDateTime": f"2026-01-05T{hour:02}:00:00Z", "equipmentReference": "MSKU1234565"}

    planned = only(read("dcsa", "track", [event("PLN", 9), event("EST", 10)]))
    assert [scan.classifier for scan in planned.scans] == [Classifier.PLANNED, Classifier.ESTIMATED]
    assert status(planned) is S.UNKNOWN
    assert status(only(read("dcsa", "track", [event("PLN", 9), event("ACT", 8)]))) is S.IN_TRANSIT


def test_trap_21_epcis_drops_what_was_declared_erroneous_and_checks_the_signature_agreed_on() -> None:
    def event(identity: str, step: str, **more: object) -> dict[str, Any]:
        head = {"type": "ObjectEvent", "eventID": identity, "eventTime": "2026-01-05T09:00:00Z", "bizStep": step}
        return {**head, "eventTimeZoneOffset": "+01:00", "epcList": ["urn:epc:id:sscc:0614141.1234567890"], **more}

    declared = event("a", "shipping", errorDeclaration={"correctiveEventIDs": ["b"]})
    told = {
        "type": "EPCISDocument",
        "epcisBody": {"eventList": [event("a", "shipping"), declared, event("b", "collecting")]},
    }
    [scan] = only(read("epcis", "push", told)).scans
    assert (scan.event_id, scan.corrects, scan.meaning.status) == ("b", True, S.PICKED_UP)
    epcis, body = BY_CODE["epcis"], b'{"type": "EPCISDocument"}'
    signed = hmac.new(bench.SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert not refused(epcis, Incoming(body, NOW, {"gs1-signature": signed}))
    assert refused(epcis, Incoming(body + b" ", NOW, {"gs1-signature": signed}))


def test_trap_22_easypost_has_two_shapes_of_error_one_l_in_canceled_pickups_and_signs_the_bytes_as_sent() -> None:
    for particulars in (["no funds"], [{"field": "amount", "message": "no funds"}]):
        body = {"error": {"code": "X", "message": "Refused.", "errors": particulars}}
        assert read("easypost", "error", body).errors[0].message.endswith("no funds")
    assert easypost_statuses.PICKUPS["canceled"] is PickupStatus.CANCELED
    assert easypost_statuses.TABLE.meaning("tracker", "cancelled").status is S.CANCELED
    sent = b'{"object":"Event","result":{"weight":614.40}}'
    headers = {"x-hmac-signature": easypost.push.signature(bench.SECRET, sent)}
    assert not refused(easypost.CARRIER, Incoming(sent, NOW, headers))
    assert refused(easypost.CARRIER, Incoming(wire.compact(json.loads(sent)).encode(), NOW, headers))
