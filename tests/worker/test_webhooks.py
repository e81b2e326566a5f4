"""Webhooks as a partner's server sees them: signed, thin, safe, over a real receiver."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.responses import Response

from aftersales import webhooks
from db.enums import DeliveryStatus, SigningScheme
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from tests import make
from tests.worker.receiving import Bench, Came, Receiver


def failing(_came: Came) -> Response:
    return Response("no", 500)


def verify(came: Came, secret: str) -> Any:
    return Webhook(secret).verify(came.body, came.headers)


async def test_a_change_arrives_signed_and_thin(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    bench.now = datetime.now(UTC)  # the library compares with the real clock
    endpoint = await bench.endpoint(seller, "/signed")
    parcel = await bench.parcel(seller, "SF7000000000001")
    await bench.run()

    [came] = receiver.came
    assert seller.merchant
    assert endpoint.shown_secret
    assert endpoint.shown_secret.startswith("whsec_")
    told = verify(came, endpoint.shown_secret)
    assert told["type"] == "shipment.registered"
    assert told["gap"] is False
    data = told["data"]
    assert (data["subject"], data["subjectId"], data["subjectVersion"]) == ("SHIPMENT", parcel.typeid, 1)
    assert (data["number"], data["kind"], data["before"]) == (1, "shipment.registered", None)
    assert data["after"]["trackingNumber"] == "SF7000000000001"
    assert data["actor"] == {"party": "MERCHANT", "credential": None}
    assert data["cause"] == {"kind": "test", "reference": None}
    assert data["merchantId"] == seller.merchant.typeid
    assert came.headers["content-type"] == "application/json"
    assert abs(int(came.headers["webhook-timestamp"]) - bench.now.timestamp()) < 2
    [delivery] = await bench.deliveries(endpoint)
    assert came.id == delivery.typeid
    assert delivery.status is DeliveryStatus.DELIVERED
    [attempt] = await bench.attempts(delivery)
    assert (attempt.http_status, attempt.problem, attempt.answer) == (200, None, "thanks")
    altered = Came(came.headers, came.body.replace(b"registered", b"delivered!"), came.path)
    with pytest.raises(WebhookVerificationError):
        verify(altered, endpoint.shown_secret)


async def test_ed25519_is_verified_with_the_public_key_alone(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/ed", signing=SigningScheme.ED25519)
    await bench.parcel(seller, "SF7000000000002")
    await bench.run()

    [came] = receiver.came
    assert endpoint.shown_secret == webhooks.public_key(bench.store.vault, endpoint)
    version, _, signature = came.headers["webhook-signature"].partition(",")
    assert version == "v1a"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(str(endpoint.shown_secret).removeprefix("whpk_")))
    signed = f"{came.id}.{came.headers['webhook-timestamp']}.".encode() + came.body
    key.verify(base64.b64decode(signature), signed)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + b" ")


async def test_for_a_day_after_a_rotation_both_secrets_sign(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    bench.now = datetime.now(UTC)
    endpoint = await bench.endpoint(seller, "/rotated")
    old = endpoint.shown_secret
    async with bench.store.writing(EVERYTHING) as session:
        row = await session.get_one(WebhookEndpoint, endpoint.id)
        await webhooks.rotate(session, bench.store.vault, row, now=bench.now)
        new = row.shown_secret
    assert old
    assert new
    assert old != new
    await bench.parcel(seller, "SF7000000000003")
    await bench.run()
    [came] = receiver.came
    assert verify(came, old) == verify(came, new)

    bench.now += timedelta(hours=24)
    await bench.parcel(seller, "SF7000000000004")
    await bench.run()
    later = receiver.came[-1]
    assert later.headers["webhook-signature"].count("v1,") == 1
    stamp = int(later.headers["webhook-timestamp"])
    signed = Webhook(new).sign(later.id, datetime.fromtimestamp(stamp, UTC), later.body.decode())
    assert later.headers["webhook-signature"] == signed


async def test_a_test_is_sent_once(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/try")
    receiver.answers["/try"] = failing
    async with bench.store.writing(EVERYTHING) as session:
        await webhooks.test(session, await session.get_one(WebhookEndpoint, endpoint.id), now=bench.now)
    await bench.run()
    await bench.after(hours=1)

    [came] = receiver.came
    assert came.told["type"] == "webhook.test"
    assert came.told["data"] == {"endpointId": endpoint.typeid}
    [delivery] = await bench.deliveries(endpoint)
    assert delivery.status is DeliveryStatus.FAILED


async def test_an_answer_is_kept_short_and_safe(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/talkative")
    receiver.answers["/talkative"] = lambda _: Response(b"\x1b[31m<b>\x00\xff" + b"a" * 100_000, 200)
    await bench.parcel(seller, "SF7000000000016")
    await bench.run()
    [delivery] = await bench.deliveries(endpoint)
    [attempt] = await bench.attempts(delivery)

    assert attempt.answer
    assert len(attempt.answer) == 1024
    assert attempt.answer.startswith("\ufffd[31m<b>\ufffd\ufffdaaa")


async def test_no_secret_and_no_address_is_logged(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/token-in-the-path")
    receiver.answers["/token-in-the-path"] = failing
    with structlog.testing.capture_logs() as logs:
        await bench.parcel(seller, "SF7000000000018")
        await bench.run()

    assert any(each["event"] == "webhooks.sent" for each in logs)
    assert str(endpoint.shown_secret) not in str(logs)
    assert "token-in-the-path" not in str(logs)
    assert str(endpoint.shown_secret) not in repr(endpoint)
    assert endpoint.secret.find(str(endpoint.shown_secret).encode()) < 0
