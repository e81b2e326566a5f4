import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from carriers.carrier import (
    CannotAsk,
    Incoming,
    Parcel,
    PushRejected,
    Reply,
    Request,
    SandboxSubscription,
    Unreadable,
)
from carriers.dhl_unified import CARRIER, push, sandbox, subscribing
from db.enums import TrackingStatus
from tests.carriers.bench import CALLBACK, NOW, SHARED, World, access, answered, answers, incoming, parcel_in

FOLDER = SHARED / "dhl_unified"
VALIDATE = {"scope": "subscription.validate", "self": "https://evil.test/a/sub-123", "secret": "shhh"}


def heard(body: object, **headers: str) -> Incoming:
    return Incoming(json.dumps(body).encode(), NOW, {"x-waybridge-token": "our sécret"} | headers)


def test_a_query_names_the_number_the_language_and_the_key() -> None:
    assert CARRIER.tracking
    request = CARRIER.tracking.request([Parcel("00340434161094000017", postal_code="53113")], access(CARRIER))
    assert request == Request(
        "GET",
        "http://host/dhl_unified/track/shipments"
        "?trackingNumber=00340434161094000017&language=en&recipientPostalCode=53113",
        {"DHL-API-Key": "sandbox-api_key", "Accept": "application/json"},
    )


def test_without_a_key_nothing_can_be_asked() -> None:
    assert CARRIER.tracking
    with pytest.raises(CannotAsk, match="api_key"):
        CARRIER.tracking.request([Parcel("1")], replace(access(CARRIER), credentials={}))


def test_the_subscription_is_the_documented_one() -> None:
    for path in FOLDER.glob("push.subscription_create.request.json"):  # none where the material is absent
        sample = json.loads(path.read_text())
        sample["hook"]["authentication"] |= {"header": "X-Waybridge-Token", "token": "our sécret"}
        assert set(sample["events"]) <= set(subscribing.EVENTS)
        account = replace(
            access(CARRIER),
            callback_url=sample["hook"]["uri"],
            credentials={"api_key": "k", "service": "express", "account_id": "string"},
        )
        request = subscribing.request([], account)
        assert json.loads(request.body) == sample | {"events": subscribing.EVENTS}
        assert request.url == "http://host/dhl_unified/tracking/push/v1/subscription"
        assert request.headers["DHL-API-Key"] == "k"


def test_a_push_needs_the_token_we_chose() -> None:
    body = {"scope": "subscription.push", "shipments": []}
    push.verify(heard(body), access(CARRIER))
    for wrong in ("", "our secret", "other"):
        with pytest.raises(PushRejected):
            push.verify(heard(body, **{"x-waybridge-token": wrong}), access(CARRIER))
    with pytest.raises(PushRejected):
        push.verify(Incoming(b"{}", NOW), access(CARRIER))
    with pytest.raises(PushRejected):
        push.verify(heard(body, **{"x-waybridge-token": ""}), replace(access(CARRIER), push_secret=""))


def test_validation_is_confirmed_with_the_secret_at_our_own_address_of_dhl() -> None:
    answer = push.handshake(heard(VALIDATE), access(CARRIER))
    assert answer
    assert answer.reply.status == 200
    assert not answer.activates
    assert answer.call == Request(
        "POST",
        "http://host/dhl_unified/tracking/push/v1/subscription/sub-123",
        {"DHL-API-Key": "sandbox-api_key", "DHL-API-Hook-Secret": "shhh"},
    )


def test_ready_says_that_the_subscription_lives() -> None:
    answer = push.handshake(heard({"scope": "subscription.ready", "self": "x/sub-r"}), access(CARRIER))
    assert answer
    assert answer.activates
    assert answer.call is None


def test_news_is_no_handshake_and_is_thanked_with_200() -> None:
    news = heard({"scope": "subscription.push", "shipments": []})
    assert push.handshake(news, access(CARRIER)) is None
    assert push.acknowledge(news).status == 200


@pytest.mark.parametrize("missing", ["self", "secret"])
def test_a_validation_without_its_parts_is_unreadable(missing: str) -> None:
    with pytest.raises(Unreadable, match=missing):
        push.handshake(heard({k: v for k, v in VALIDATE.items() if k != missing}), access(CARRIER))


def test_a_push_of_another_scope_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="scope"):
        push.read(heard({"scope": "subscription.other"}))


def test_the_subscription_id_is_read_however_it_is_named() -> None:
    for named in ({"subscriptionId": "s-1"}, {"id": "s-1"}, {"self": "https://api-eu.dhl.com/x/subscription/s-1"}):
        taken = subscribing.read(Reply(202, json.dumps(named).encode()), [Parcel("1")])
        assert (taken.subscription_id, taken.accepted) == ("s-1", ("1",))
    refused = subscribing.read(Reply(400, b'{"detail": "Unknown service", "status": 400}'), [Parcel("1")])
    assert [error.message for error in refused.errors] == ["Unknown service"]


def test_too_many_calls_may_be_tried_again_and_a_gateway_page_too() -> None:
    assert CARRIER.tracking
    for status, body in ((429, b'{"title": "Too many requests", "status": 429}'), (503, b"<html>")):
        [error] = CARRIER.tracking.read(Reply(status, body)).errors
        assert (error.code, error.retryable, error.not_found) == (str(status), True, False)


def test_out_for_delivery_and_customs_are_free_text_only() -> None:
    statuses = {code.code: code.meaning.status for code in CARRIER.codes if code.namespace == "statusCode"}
    assert TrackingStatus.OUT_FOR_DELIVERY not in statuses.values()
    texts = {code.code: code.meaning.status for code in CARRIER.codes if code.namespace == "text"}
    assert texts["out for delivery"] is TrackingStatus.OUT_FOR_DELIVERY
    assert texts["customs"] is TrackingStatus.CUSTOMS


def test_a_time_missing_everywhere_is_unreadable() -> None:
    assert CARRIER.tracking
    body = b'{"shipments": [{"id": "1", "status": {"statusCode": "transit"}}]}'
    with pytest.raises(Unreadable, match="time"):
        CARRIER.tracking.read(Reply(200, body))
    [shipment] = CARRIER.tracking.read(Reply(200, body, received_at=NOW)).shipments
    assert shipment.scans[0].occurred_at == NOW


@pytest.mark.parametrize("status", sandbox.SAYS, ids=lambda s: s.name)
def test_the_sandbox_answer_reads_back_to_its_script(status: TrackingStatus) -> None:
    parcel = parcel_in(status)
    [shipment] = answers(CARRIER, World({parcel.tracking_number: parcel}), parcel.tracking_number).shipments
    [scan] = shipment.scans
    assert scan.meaning.status is status
    assert scan.occurred_at == parcel.scans[0].occurred_at
    assert shipment.estimated_delivery_at == parcel.estimated_delivery_at


@pytest.mark.parametrize("status", sandbox.SAYS, ids=lambda s: s.name)
def test_the_sandbox_push_is_believed_and_reads_back(status: TrackingStatus) -> None:
    world, parcel = World(), parcel_in(status)
    answered(CARRIER, subscribing.request([], access(CARRIER)), world)
    request = sandbox.push(parcel, parcel.scans, world.subscriptions["*"])
    assert request.url == access(CARRIER).callback_url
    received = incoming(request)
    push.verify(received, access(CARRIER))
    [shipment] = push.read(received).shipments
    assert shipment.scans[0].meaning.status is status


def test_the_sandbox_refuses_as_dhl_does() -> None:
    [unknown] = answers(CARRIER, World(), "8264715546").errors
    assert (unknown.code, unknown.not_found, unknown.tracking_number) == ("404", True, "8264715546")
    keyless = replace(subscribing.request([], access(CARRIER)), headers={})
    assert answered(CARRIER, keyless, World()).status == 401
    empty = replace(subscribing.request([], access(CARRIER)), body=b"{}")
    assert answered(CARRIER, empty, World()).status == 400


def test_the_sandbox_takes_the_activation() -> None:
    subscription = SandboxSubscription(CALLBACK, "our sécret")
    received = json.loads(sandbox.push(parcel_in(TrackingStatus.DELIVERED), (), subscription).body)
    answer = push.handshake(heard(VALIDATE | {"self": received["self"]}), access(CARRIER))
    assert answer
    assert answer.call
    assert answered(CARRIER, answer.call, World()).status == 204


def test_a_naive_time_is_local_to_its_country() -> None:
    assert CARRIER.tracking
    place = {"address": {"countryCode": "DE"}}
    event = {"timestamp": "2026-07-01T08:00:00", "statusCode": "transit", "location": place}
    body = json.dumps({"shipments": [{"id": "1", "events": [event, {**event, "location": None}]}]}).encode()
    [shipment] = CARRIER.tracking.read(Reply(200, body)).shipments
    assert [scan.occurred_at.astimezone(UTC).hour for scan in shipment.scans] == [6, 8]
    assert datetime(2026, 7, 1, 6, tzinfo=UTC) == shipment.scans[0].occurred_at
