"""FedEx: its request, signature, errors and sandbox; trap 17."""

import base64
import json
from dataclasses import replace

import pytest

from aftersales.rules import shipments
from carriers.carrier import CannotAsk, Incoming, Parcel, PushRejected, Reply, SandboxSubscription, Unreadable
from carriers.fedex import CARRIER, push, tracking
from carriers.fedex.sandbox import CODES
from cli.reading import seen
from db.enums import TrackingStatus
from tests.carriers import bench

NAMESPACES = {"scan/status code": "scan", "commit": "commit", "notif": "notification"}
# Where the published proposal contradicts the code's own text we follow the text.
TEXT_WINS = {
    "EA": TrackingStatus.IN_TRANSIT,
    "HL": TrackingStatus.AVAILABLE_FOR_PICKUP,
    "HELD_PACKAGE_AVAILABLE_FOR_RECIPIENT_PICKUP": TrackingStatus.AVAILABLE_FOR_PICKUP,
    "HELD_PACKAGE_AVAILABLE_FOR_RECIPIENT_PICKUP_WITH_ADDRESS": TrackingStatus.AVAILABLE_FOR_PICKUP,
    "ESTIMATED_DELIVERY_DATE_UNAVAILABLE": TrackingStatus.UNKNOWN,
}
# The published vector: body, security token, signature.
VECTOR = (b'{"output":{}}', "made-up-token", "n5uISsxKao5gxLw7Q5l/vsiL6l6iofQErz0SZp5D0c4=")


def signed(headers: dict[str, str]) -> Incoming:
    return Incoming(VECTOR[0], bench.NOW, headers)


ACCESS = replace(bench.access(CARRIER), push_secret=VECTOR[1])


def test_signature_vectors_are_reproduced() -> None:
    body, token, expected = VECTOR

    assert base64.b64encode(push.signature(token, body)).decode() == expected


def test_a_push_signed_in_base64_or_hex_is_believed() -> None:
    as_hex = push.signature(VECTOR[1], VECTOR[0]).hex()

    for given_signature in (VECTOR[2], as_hex, as_hex.upper()):
        push.verify(signed({"fdx-signature": given_signature}), ACCESS)


@pytest.mark.parametrize("headers", [{}, {"fdx-signature": ""}, {"fdx-signature": "n5uI"}, {"fdx-signature": "é"}])
def test_a_push_without_the_right_signature_is_rejected(headers: dict[str, str]) -> None:
    with pytest.raises(PushRejected):
        push.verify(signed(headers), ACCESS)


def test_a_changed_body_and_an_account_without_token_are_rejected() -> None:
    with pytest.raises(PushRejected):
        push.verify(replace(signed({"fdx-signature": VECTOR[2]}), body=b'{"output": {}}'), ACCESS)
    with pytest.raises(PushRejected, match="no security token"):
        push.verify(signed({"fdx-signature": VECTOR[2]}), replace(ACCESS, push_secret=""))


def test_a_push_is_thanked_with_an_empty_200() -> None:
    assert push.acknowledge(signed({})) == Reply(200)


def test_request_equals_the_sample() -> None:
    request = tracking.request([Parcel("399368623212"), Parcel("39936862321")], replace(ACCESS, token="t"))

    assert json.loads(request.body) == {
        "trackingInfo": [
            {"trackingNumberInfo": {"trackingNumber": "399368623212"}},
            {"trackingNumberInfo": {"trackingNumber": "39936862321"}},
        ],
        "includeDetailedScans": True,
    }
    assert request.url == "http://host/fedex/track/v1/trackingnumbers"
    assert request.headers["authorization"] == "Bearer t"


def test_two_shipments_under_one_number_keep_their_unique_ids() -> None:
    message = (bench.HERE / "fedex/cases/one_number_two_shipments/message.json").read_bytes()

    first, second = tracking.read(Reply(200, message)).shipments

    assert (first.tracking_number, first.unique_id) == (second.tracking_number, "1~a")
    assert second.unique_id == "2~b"


def test_what_a_result_says_beside_its_scans_is_read() -> None:
    message = (bench.HERE / "fedex/cases/in_transit_newest_first_with_twins/message.json").read_bytes()

    [shipment] = tracking.read(Reply(200, message)).shipments

    assert shipment.weight_grams == 1500
    assert shipment.pieces == 2


def test_errors_say_whether_to_ask_again() -> None:
    def error(code: str) -> tuple[bool, bool]:
        body = json.dumps({"errors": [{"code": code, "message": "m"}]}).encode()
        [found] = tracking.read(Reply(400, body)).errors
        return found.not_found, found.retryable

    assert error("TRACKING.TRACKINGNUMBER.NOTFOUND") == (True, False)
    assert error("SERVICE.UNAVAILABLE.ERROR") == (False, True)
    assert error("FORBIDDEN.ERROR") == (False, False)


def test_without_a_credential_no_token_is_asked_for() -> None:
    assert CARRIER.authorizing
    with pytest.raises(CannotAsk, match="client_secret"):
        CARRIER.authorizing.request(bench.access(CARRIER, client_secret=""))


def test_the_sandbox_refuses_wrong_credentials_and_missing_tokens() -> None:
    assert CARRIER.authorizing
    wrong = bench.access(CARRIER, client_secret="no")
    reply = bench.answered(CARRIER, CARRIER.authorizing.request(wrong), bench.World())
    untold = bench.answered(CARRIER, tracking.request([Parcel("1")], ACCESS), bench.World())

    with pytest.raises(Unreadable, match="access_token is missing"):
        CARRIER.authorizing.read(reply)
    assert untold.status == 401
    assert tracking.read(untold).errors[0].code == "NOT.AUTHORIZED.ERROR"


@pytest.mark.parametrize("status", CODES)
def test_the_sandbox_is_read_back(status: TrackingStatus) -> None:
    parcel = bench.parcel_in(status)
    world = bench.World({parcel.tracking_number: parcel})

    reading = bench.answers(CARRIER, world, parcel.tracking_number, "400000000000")

    [shipment] = reading.shipments
    assert shipments.fold(map(seen, shipment.scans)).status is status
    assert shipment.scans[0].occurred_at == parcel.scans[0].occurred_at
    assert shipment.estimated_delivery_at == parcel.estimated_delivery_at
    assert [(e.tracking_number, e.not_found) for e in reading.errors] == [("400000000000", True)]


@pytest.mark.parametrize("status", CODES)
def test_the_sandbox_pushes_what_we_believe_and_read(status: TrackingStatus) -> None:
    assert CARRIER.sandbox
    assert CARRIER.sandbox.push
    parcel = bench.parcel_in(status)
    request = CARRIER.sandbox.push(parcel, parcel.scans, SandboxSubscription(bench.CALLBACK, VECTOR[1]))
    received = bench.incoming(request)

    push.verify(received, ACCESS)
    [shipment] = push.read(received).shipments

    assert shipments.fold(map(seen, shipment.scans)).status is status
    assert CARRIER.recognise
    assert CARRIER.recognise(received.body) == "track"


if bench.SHARED.exists():

    def test_the_published_vector_and_request_are_those_above() -> None:
        made_up = bench.real("fedex", "webhook.signature.vectors.json")["made_up"]
        assert (made_up["body"].encode(), made_up["security_token"], made_up["fdx-signature"]) == VECTOR
        request = tracking.request([Parcel("399368623212"), Parcel("39936862321")], ACCESS)
        assert json.loads(request.body) == bench.real("fedex", "track.request.json")

    @pytest.mark.parametrize("name", ["errors.pickup.json", "errors.ship.json", "errors.track.json"])
    def test_documented_errors_are_read(name: str) -> None:
        for call, answer in bench.real("fedex", name).items():
            body = json.dumps(answer).encode()
            [error] = tracking.read_error(body).errors
            assert (error.code, error.message) == (answer["errors"][0]["code"], answer["errors"][0]["message"]), call
            later = call.endswith((" 401", " 500", " 503")) and error.code != "SHIPMENT.USER.UNAUTHORIZED"
            assert error.retryable == later, call
        whole = json.dumps(bench.real("fedex", name)).encode()
        assert len(tracking.read_error(whole).errors) == len(bench.real("fedex", name))
