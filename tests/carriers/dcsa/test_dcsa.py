import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from carriers.carrier import CannotAsk, Incoming, Parcel, PushRejected, Reply, SandboxSubscription
from carriers.dcsa import CARRIER, push, sandbox, signing, subscribing, tracking
from db.enums import Classifier, TrackingStatus
from tests.carriers.bench import CALLBACK, NOW, SHARED, World, access, answered, answers, incoming, parcel_in

FOLDER = SHARED / "dcsa"
BOX = "MSKU1234565"

# The published values: a made-up one of version 2, and the official example of the sister standard.
V2_BODY = b'[{"eventID":"84db923d-2a19-4eb0-beb5-446c1ec57d34"}]'
V2_SIGNATURE = "sha256=f839e2485a682434fdfee6d3566ecee3052a63332d68ca2eacc455a9600dfc2b"
STAMPED = {
    "signature-timestamp": "2026-03-12T14:47:00Z",
    "request-id": "01KKH4JGKBPT6J9VJX1WXKWPGK",
    "notification-signature": "sha256=8d3a7837713e319d1466139903ffd5b1b8d96f6a769f6d53c03a29dc5c3f3630",
}
STAMPED_BODY = b'{"lastName":"Doe" , "firstName":"John",  "age":40}'
STAMPED_AT = datetime.fromisoformat("2026-03-12T14:47:00Z")


def verify(body: bytes, headers: dict[str, str], secret: str, at: datetime = NOW) -> None:
    signing.verify(Incoming(body, at, headers), replace(access(CARRIER), push_secret=secret))


def test_the_published_signatures_are_ours() -> None:
    verify(V2_BODY, {"notification-signature": V2_SIGNATURE}, base64.b64decode("bWFkZS11cC1zZWNyZXQ=").decode())
    verify(STAMPED_BODY, STAMPED, base64.b64decode("OWY4YzdhNGQ=").decode(), STAMPED_AT)


def test_the_vectors_of_the_file_are_those() -> None:
    for path in FOLDER.glob("signature.vectors.json"):  # none where the material is absent
        told = json.loads(path.read_text())
        assert told["tnt_v2"]["made_up"]["body"].encode() == V2_BODY
        assert told["tnt_v2"]["made_up"]["Notification-Signature"] == V2_SIGNATURE
        example = told["ovs_hub_notification_v1"]["official_example"]
        assert example["body_as_sent"].encode() == STAMPED_BODY
        assert example["signed_text"].endswith(signing.canonical(json.loads(STAMPED_BODY)))
        assert example["Notification-Signature"] == STAMPED["notification-signature"]


@pytest.mark.parametrize(
    ("body", "signature"),
    [(V2_BODY + b" ", V2_SIGNATURE), (V2_BODY, V2_SIGNATURE[:-1] + "0"), (V2_BODY, ""), (V2_BODY, "é")],
    ids=["white space counts", "wrong", "empty", "not hex"],
)
def test_a_notification_wrongly_signed_is_rejected(body: bytes, signature: str) -> None:
    with pytest.raises(PushRejected):
        verify(body, {"notification-signature": signature}, "made-up-secret")


def test_a_notification_unsigned_or_without_a_secret_is_rejected() -> None:
    with pytest.raises(PushRejected):
        verify(V2_BODY, {}, "made-up-secret")
    with pytest.raises(PushRejected):
        verify(V2_BODY, {"notification-signature": signing.sign("", V2_BODY)}, "")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_signed_timestamp_too_far_off_is_rejected(seconds: int) -> None:
    verify(STAMPED_BODY, STAMPED, "9f8c7a4d", STAMPED_AT + timedelta(seconds=seconds - seconds // abs(seconds)))
    with pytest.raises(PushRejected, match="300"):
        verify(STAMPED_BODY, STAMPED, "9f8c7a4d", STAMPED_AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("body", [b"not json", b'{"a": NaN}', b"[" * 900 + b"]" * 900, b'{"a": "\\ud800"}'])
def test_what_has_no_canonical_form_is_rejected(body: bytes) -> None:
    with pytest.raises(PushRejected):
        verify(body, STAMPED, "9f8c7a4d", STAMPED_AT)


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    told = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27, 1e-7, -0.0],
        "\u20ac": '\u000f\n"',
        "\ud83d\ude00": [True, None],
    }
    told = json.loads(json.dumps(told))
    assert signing.canonical(told) == (
        '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,1e-7,0],"€":"\\u000f\\n\\"","😀":[true,null]}'
    )


def test_a_container_and_a_booking_are_asked_for_by_their_own_parameters() -> None:
    for number, parameter in ((BOX, "equipmentReference"), ("ABC709951", "carrierBookingReference")):
        request = tracking.request([Parcel(number)], access(CARRIER))
        assert request.url == f"http://host/dcsa/v2/events?{parameter}={number}&limit=1000"
    assert request.headers == {
        "Consumer-Key": "sandbox-consumer_key",
        "API-Version": "2",
        "Authorization": "Bearer sandbox-access_token",
        "Accept": "application/json",
    }


def test_an_account_without_an_environment_names_its_own_address() -> None:
    account = replace(access(CARRIER), base_url="", credentials={"base_url": "https://line.test", "consumer_key": "k"})
    request = tracking.request([Parcel(BOX)], account)
    assert request.url.startswith("https://line.test/v2/events?")
    assert "Authorization" not in request.headers
    with pytest.raises(CannotAsk, match="base_url"):
        tracking.request([Parcel(BOX)], replace(account, credentials={"consumer_key": "k"}))


def test_the_secret_travels_as_base64() -> None:
    request = subscribing.request([Parcel(BOX)], replace(access(CARRIER), push_secret="made-up-secret"))
    assert json.loads(request.body) == {
        "callbackUrl": CALLBACK,
        "secret": "bWFkZS11cC1zZWNyZXQ=",
        "equipmentReference": BOX,
    }


def test_only_what_happened_is_actual() -> None:
    def classified(classifier: object) -> Classifier:
        event = {
            "eventType": "EQUIPMENT",
            "eventClassifierCode": classifier,
            "equipmentEventTypeCode": "LOAD",
            "eventDateTime": "2026-01-01T00:00:00Z",
            "equipmentReference": BOX,
        }
        [shipment] = tracking.read_events(json.dumps([event]).encode()).shipments
        return shipment.scans[0].classifier

    assert [classified(each) for each in ("ACT", "EST", "PLN", "REQ", "XXX", None)] == [
        Classifier.ACTUAL,
        Classifier.ESTIMATED,
        *[Classifier.PLANNED] * 4,
    ]


def test_booking_and_container_are_linked_but_not_one() -> None:
    event = {
        "eventType": "EQUIPMENT",
        "eventClassifierCode": "ACT",
        "equipmentEventTypeCode": "LOAD",
        "eventDateTime": "2026-01-01T00:00:00Z",
        "references": [{"referenceType": "EQ", "referenceValue": number} for number in (BOX, "TCLU7654321")],
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "ABC709951"}],
    }
    first, second = tracking.read_events(json.dumps([event]).encode()).shipments
    assert (first.tracking_number, first.linked_numbers) == (BOX, ("TCLU7654321", "ABC709951"))
    assert (second.tracking_number, second.linked_numbers) == ("TCLU7654321", (BOX, "ABC709951"))


@pytest.mark.parametrize("number", [BOX, "ABC709951"])
@pytest.mark.parametrize("status", [s for s in sandbox.SAYS if s is not TrackingStatus.DELIVERED], ids=lambda s: s.name)
def test_the_sandbox_answer_and_push_read_back_to_their_script(status: TrackingStatus, number: str) -> None:
    parcel = parcel_in(status, number)
    [shipment] = answers(CARRIER, World({number: parcel}), number).shipments
    assert shipment.tracking_number == number
    request = sandbox.push(parcel, parcel.scans, SandboxSubscription(CALLBACK, "our sécret"))
    received = incoming(request)
    signing.verify(received, access(CARRIER))
    [pushed] = push.read(received).shipments
    assert pushed == shipment
    [scan] = shipment.scans
    assert (scan.meaning.status, scan.occurred_at) == (status, parcel.scans[0].occurred_at)
    assert push.acknowledge(received).status == 204


def test_a_subscription_at_the_sandbox_is_pushed_with_the_secret_we_gave() -> None:
    world = World()
    reply = answered(CARRIER, subscribing.request([Parcel(BOX)], access(CARRIER)), world)
    assert subscribing.read(reply, [Parcel(BOX)]).subscription_id == "sandbox-subscription"
    request = sandbox.push(parcel_in(TrackingStatus.PICKED_UP, BOX), [], world.subscriptions[BOX])
    signing.verify(incoming(request), access(CARRIER))


def test_the_sandbox_refuses_in_the_form_of_the_standard() -> None:
    [unknown] = answers(CARRIER, World(), BOX).errors
    assert (unknown.code, unknown.not_found) == ("404", True)
    request = subscribing.request([Parcel(BOX)], access(CARRIER))
    [keyless] = tracking.read(answered(CARRIER, replace(request, headers={}), World())).errors
    assert (keyless.code, keyless.not_found) == ("401", False)
    refused = subscribing.read(answered(CARRIER, replace(request, body=b"{}"), World()), [Parcel(BOX)])
    assert [error.code for error in refused.errors] == ["400"]


def test_a_gateway_page_is_an_error_to_try_again() -> None:
    [error] = tracking.read(Reply(503, b"<html>")).errors
    assert (error.code, error.retryable) == ("503", True)
