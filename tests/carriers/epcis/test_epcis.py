import base64
import json
from dataclasses import replace

import pytest

from carriers.carrier import CannotAsk, Incoming, Parcel, PushRejected, Reply, SandboxSubscription
from carriers.epcis import CARRIER, events, exchange, identifiers, sandbox, statuses
from db.enums import TrackingReason, TrackingStatus
from tests.carriers.bench import CALLBACK, NOW, World, access, answered, answers, incoming, parcel_in

SSCC = "106141412345678908"
URN = "urn:epc:id:sscc:0614141.1234567890"


def test_a_query_matches_objects_wholes_and_parts() -> None:
    request = exchange.request([Parcel(URN), Parcel(SSCC)], access(CARRIER))
    assert request.url == (
        "http://host/epcis/events?MATCH_anyEPC=urn%3Aepc%3Aid%3Asscc%3A0614141.1234567890"
        "%7Chttps%3A%2F%2Fid.gs1.org%2F00%2F106141412345678908"
    )
    assert request.headers["Authorization"] == "Bearer sandbox-access_token"
    assert request.headers["GS1-EPCIS-Version"] == "2.0.0"


def test_an_account_without_an_environment_names_its_own_address() -> None:
    account = replace(
        access(CARRIER), base_url="", credentials={"base_url": "https://partner.test", "access_token": "t"}
    )
    assert exchange.request([Parcel(URN)], account).url.startswith("https://partner.test/events?")
    with pytest.raises(CannotAsk, match="query_name"):
        exchange.subscribe([], account)


def test_a_subscription_gives_the_partner_our_address_and_secret() -> None:
    request = exchange.subscribe([], access(CARRIER))
    assert request.url == "http://host/epcis/queries/sandbox-query_name/subscriptions"
    told = {"dest": CALLBACK, "signatureToken": "our sécret", "stream": True}
    assert json.loads(request.body) == told


def test_the_subscription_id_comes_from_the_location_or_the_body() -> None:
    named = Reply(201, b"", {"Location": "/queries/q/subscriptions/s-1"})
    told = Reply(201, b'{"subscriptionID": "s-1"}')
    for reply in (named, told):
        assert exchange.subscribed(reply, [Parcel(URN)]).subscription_id == "s-1"
    assert exchange.subscribed(Reply(404, b'{"title": "No such query"}'), []).errors[0].not_found


@pytest.mark.parametrize(
    ("step", "disposition", "status"),
    [
        ("shipping", "in_transit", TrackingStatus.IN_TRANSIT),
        ("shipping", "returned", TrackingStatus.RETURNING),
        ("receiving", "returned", TrackingStatus.RETURNED),
        ("receiving", "damaged", TrackingStatus.EXCEPTION),
        ("retail_selling", "retail_sold", TrackingStatus.DELIVERED),
        ("destroying", "destroyed", TrackingStatus.DISPOSED),
        ("transporting", "in_transit", TrackingStatus.IN_TRANSIT),
        ("transporting", "in_progress", TrackingStatus.UNKNOWN),
        ("", "", TrackingStatus.UNKNOWN),
    ],
)
def test_step_and_disposition_are_read_together(step: str, disposition: str, status: TrackingStatus) -> None:
    assert statuses.meaning(step, disposition).status is status


def test_damage_is_the_carriers() -> None:
    assert statuses.meaning("receiving", "damaged").reason is TrackingReason.CARRIER_DAMAGE


@pytest.mark.parametrize(
    "text",
    [
        "shipping",
        "cbv:BizStep-shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "https://ns.gs1.org/cbv/BizStep-shipping",
    ],
)
def test_a_term_may_be_bare_or_addressed(text: str) -> None:
    assert identifiers.term(text) == "shipping"


@pytest.mark.parametrize("text", ["https://example.com/shipping", "example:shipping", "Shipping", ""])
def test_a_foreign_term_is_not_taken_for_ours(text: str) -> None:
    assert identifiers.term(text) == ""


@pytest.mark.parametrize("epc", [URN, f"https://id.gs1.org/00/{SSCC}", f"https://shop.test/x/00/{SSCC}?a=b"])
def test_a_parcel_has_the_digits_on_its_label(epc: str) -> None:
    assert identifiers.sscc(epc) == SSCC


@pytest.mark.parametrize("epc", ["urn:epc:id:sgtin:0614141.107346.2017", "urn:epc:id:sscc:0614141.123", SSCC, ""])
def test_other_identifiers_have_none(epc: str) -> None:
    assert identifiers.sscc(epc) is None


def test_the_digits_are_a_linked_number() -> None:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-04-02T06:00:00Z",
        "eventTimeZoneOffset": "+02:00",
        "epcList": [URN],
        "bizStep": "shipping",
    }
    [shipment] = events.read(json.dumps(event).encode()).shipments
    assert shipment.linked_numbers == (SSCC,)
    assert shipment.scans[0].occurred_at.isoformat() == "2026-04-02T08:00:00+02:00"


def test_a_corrective_event_may_undo_a_delivery() -> None:
    common = {"type": "ObjectEvent", "eventTimeZoneOffset": "Z", "epcList": [URN], "eventTime": "2026-04-02T06:00:00Z"}
    declared = {**common, "eventID": "a", "errorDeclaration": {"correctiveEventIDs": ["b"]}}
    body = {"type": "EPCISDocument", "epcisBody": {"eventList": [declared, {**common, "eventID": "b"}]}}
    [shipment] = events.read(json.dumps(body).encode()).shipments
    assert [(scan.event_id, scan.corrects) for scan in shipment.scans] == [("b", True)]


def test_a_delivery_is_believed_in_hex_and_in_base64() -> None:
    body = b'{"type": "ObjectEvent"}'
    signed = exchange.signature("our sécret", body)
    in_base64 = base64.b64encode(bytes.fromhex(signed)).decode()
    for proof in (signed, f"sha256={signed}", in_base64, f"sha256={in_base64}"):
        exchange.verify(Incoming(body, NOW, {"gs1-signature": proof}), access(CARRIER))


@pytest.mark.parametrize("proof", ["", "0" * 64, "A" * 43 + "=", "é", "sha256="])
def test_a_delivery_wrongly_signed_is_rejected(proof: str) -> None:
    with pytest.raises(PushRejected):
        exchange.verify(Incoming(b"{}", NOW, {"gs1-signature": proof}), access(CARRIER))


def test_a_delivery_unsigned_or_without_a_secret_is_rejected() -> None:
    with pytest.raises(PushRejected):
        exchange.verify(Incoming(b"{}", NOW), access(CARRIER))
    signed = {"gs1-signature": exchange.signature("", b"{}")}
    with pytest.raises(PushRejected):
        exchange.verify(Incoming(b"{}", NOW, signed), replace(access(CARRIER), push_secret=""))


@pytest.mark.parametrize("status", sandbox.SAYS, ids=lambda s: s.name)
def test_the_sandbox_answer_and_push_read_back_to_their_script(status: TrackingStatus) -> None:
    parcel = parcel_in(status, URN)
    [shipment] = answers(CARRIER, World({URN: parcel}), URN).shipments
    request = sandbox.push(parcel, parcel.scans, SandboxSubscription(CALLBACK, "our sécret"))
    received = incoming(request)
    exchange.verify(received, access(CARRIER))
    assert exchange.read_push(received).shipments == (shipment,)
    [scan] = shipment.scans
    assert (scan.meaning.status, scan.occurred_at) == (status, parcel.scans[0].occurred_at)
    assert exchange.acknowledge(received).status == 204


def test_the_sandbox_refuses_with_problems_and_knows_nothing_without_error() -> None:
    assert answers(CARRIER, World(), URN).shipments == ()
    request = exchange.subscribe([], access(CARRIER))
    [error] = exchange.read(answered(CARRIER, replace(request, headers={}), World())).errors
    assert error.code == "401"
    assert answered(CARRIER, replace(request, body=b"{}"), World()).status == 400
    world = World()
    assert exchange.subscribed(answered(CARRIER, request, world), []).subscription_id == "sandbox-subscription"
    assert world.subscriptions["*"].secret == "our sécret"
