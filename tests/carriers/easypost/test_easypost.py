"""EasyPost: trackers, events signed over raw bytes, two shapes of error, and its sandbox; trap 22."""

import json
from dataclasses import replace

import pytest

from aftersales.rules import shipments
from carriers.carrier import Incoming, Parcel, PushRejected, Reply
from carriers.easypost import CARRIER, push, subscribing, tracking
from carriers.easypost.sandbox import WORDS
from carriers.easypost.statuses import TABLE
from cli.reading import seen
from db.enums import TrackingStatus
from tests.carriers import bench

ACCESS = bench.access(CARRIER)
# The official test value: its secret has an accent, so it tells NFKD from NFC.
VECTOR_SECRET = "sécret"
VECTOR_SIGNATURE = "hmac-sha256-hex=e93977c8ccb20363d51a62b3fe1fc402b7829be1152da9e88cf9e8d07115a46b"
VECTOR_BODY = json.dumps(
    {
        "result": {
            "id": "batch_123...",
            "object": "Batch",
            "mode": "test",
            "state": "created",
            "num_shipments": 0,
            "reference": None,
            "created_at": "2022-07-26T17:22:32Z",
            "updated_at": "2022-07-26T17:22:32Z",
            "scan_form": None,
            "shipments": [],
            "status": {
                "created": 0,
                "queued_for_purchase": 0,
                "creation_failed": 0,
                "postage_purchased": 0,
                "postage_purchase_failed": 0,
            },
            "pickup": None,
            "label_url": None,
        },
        "description": "batch.created",
        "mode": "test",
        "previous_attributes": None,
        "completed_urls": None,
        "user_id": "user_123...",
        "status": "pending",
        "object": "Event",
        "id": "evt_123...",
    },
    separators=(",", ":"),
).encode()


def signed(body: bytes, signature: str | None) -> Incoming:
    headers = {} if signature is None else {"x-hmac-signature": signature}
    return Incoming(body, bench.NOW, headers)


def test_signature_vectors_are_reproduced() -> None:
    assert push.signature(VECTOR_SECRET, VECTOR_BODY) == VECTOR_SIGNATURE

    push.verify(signed(VECTOR_BODY, VECTOR_SIGNATURE), replace(ACCESS, push_secret=VECTOR_SECRET))


@pytest.mark.parametrize("signature", [None, "", "hmac-sha256-hex=00", VECTOR_SIGNATURE.removeprefix(push.PREFIX)])
def test_a_push_without_the_right_signature_is_rejected(signature: str | None) -> None:
    with pytest.raises(PushRejected):
        push.verify(signed(VECTOR_BODY, signature), replace(ACCESS, push_secret=VECTOR_SECRET))


def test_the_bytes_are_signed_and_not_what_they_say() -> None:
    sent, written_again = b'{"weight":136.0}', b'{"weight":136}'
    signature = push.signature(ACCESS.push_secret, sent)

    push.verify(signed(sent, signature), ACCESS)
    with pytest.raises(PushRejected):
        push.verify(signed(written_again, signature), ACCESS)
    with pytest.raises(PushRejected, match="no webhook secret"):
        push.verify(signed(sent, signature), replace(ACCESS, push_secret=""))


def test_an_event_of_a_batch_is_no_news() -> None:
    assert not push.read(signed(VECTOR_BODY, None)).shipments


def test_a_push_is_thanked_with_an_empty_200() -> None:
    assert push.acknowledge(signed(b"{}", None)) == Reply(200)


def test_request_equals_the_sample() -> None:
    request = tracking.request([Parcel("EZ1000000001")], ACCESS)
    named = tracking.request([Parcel("1", carrier="ups")], ACCESS)

    assert json.loads(request.body) == {"tracker": {"tracking_code": "EZ1000000001"}}
    assert request.headers["authorization"] == "Basic c2FuZGJveC1hcGlfa2V5Og=="
    assert json.loads(named.body) == {"tracker": {"tracking_code": "1", "carrier": "UPS"}}


def test_a_weight_in_ounces_is_told_in_grams() -> None:
    message = (bench.HERE / "easypost/cases/in_transit_without_a_zone/message.json").read_bytes()

    [shipment] = tracking.read(Reply(200, message)).shipments

    assert shipment.weight_grams == 454


def test_an_unknown_number_may_be_asked_after_again() -> None:
    reading = bench.answers(CARRIER, bench.World(), "EZTEST0009")

    [error] = reading.errors
    assert (error.tracking_number, error.not_found, error.retryable) == ("EZTEST0009", True, True)
    assert not reading.shipments[0].scans


def test_the_sandbox_refuses_as_easypost_does() -> None:
    stranger = bench.access(CARRIER, api_key="wrong")

    refused = tracking.read(bench.answered(CARRIER, tracking.request([Parcel("1")], stranger), bench.World()))
    blank = tracking.read(bench.answered(CARRIER, tracking.request([Parcel("")], ACCESS), bench.World()))

    assert refused.errors[0].code == "APIKEY.INACTIVE"
    assert blank.errors[0].message == "Missing required parameter. tracking_code cannot be blank"


EXPRESSIBLE = [status for status, word in WORDS.items() if TABLE.meaning("tracker", word).status is status]


def test_what_easypost_can_say_is_counted() -> None:
    assert len(EXPRESSIBLE) == 8


@pytest.mark.parametrize("status", EXPRESSIBLE)
def test_the_sandbox_is_read_back(status: TrackingStatus) -> None:
    parcel = bench.parcel_in(status)

    [shipment] = bench.answers(CARRIER, bench.World({parcel.tracking_number: parcel}), parcel.tracking_number).shipments

    assert shipments.fold(map(seen, shipment.scans)).status is status
    assert shipment.scans[0].occurred_at == parcel.scans[0].occurred_at
    assert shipment.estimated_delivery_at == parcel.estimated_delivery_at


@pytest.mark.parametrize("status", EXPRESSIBLE)
def test_the_sandbox_pushes_to_the_accounts_webhook_and_is_read(status: TrackingStatus) -> None:
    assert CARRIER.sandbox
    assert CARRIER.sandbox.push
    parcel, world = bench.parcel_in(status), bench.World()
    made = subscribing.read(bench.answered(CARRIER, subscribing.request([], ACCESS), world), [Parcel("1")])

    assert (made.subscription_id, made.accepted) == ("hook_sandbox", ("1",))
    received = bench.incoming(CARRIER.sandbox.push(parcel, parcel.scans, world.subscriptions["*"]))
    push.verify(received, ACCESS)
    [shipment] = push.read(received).shipments

    assert shipments.fold(map(seen, shipment.scans)).status is status


if bench.SHARED.exists():

    def test_the_published_vector_and_request_are_those_above() -> None:
        official = bench.real("easypost", "signature.vectors.json")["v1"]["official_test_value"]
        published = (official["secret"], official["body"].encode(), official["X-Hmac-Signature"])
        assert published == (VECTOR_SECRET, VECTOR_BODY, VECTOR_SIGNATURE)
        request = tracking.request([Parcel("EZ1000000001")], ACCESS)
        assert json.loads(request.body) == bench.real("easypost", "track_create.request.json")
