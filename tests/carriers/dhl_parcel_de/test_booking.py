"""Pickups and returns at DHL in Germany: what we ask, what we read, and the sandbox's desk."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carriers import wire
from carriers.booking import Contact, Order, Ref, Window
from carriers.carrier import Access, CannotAsk, Reply, Request, Unreadable
from carriers.dhl_parcel_de import CARRIER, booking, booking_labels
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P
from tests.carriers import bench, west
from tests.carriers import booking_bench as desk

BERLIN = ZoneInfo("Europe/Berlin")
WINDOW = Window(datetime(2026, 3, 2, 9, tzinfo=BERLIN), datetime(2026, 3, 2, 17, tzinfo=BERLIN))
MAXI = Contact("Maxi Mustermann", "+491515555", "DE", "", "DE-NW", "Bonn", "", ("Hauptstr. 20",), "", "53113")
ORDER = Order("WB1234567890", MAXI, west.RECIPIENT, window=WINDOW, weight_grams=1500, currency="EUR")
LABEL = replace(ORDER, method=ReturnMethod.LABEL, window=None)
QR = replace(LABEL, method=ReturnMethod.BOX_FREE_QR)


def access(**credentials: str) -> Access:
    return replace(bench.access(CARRIER, **credentials), token="bearer")


def order(scenario: str = "5678", **changes: Any) -> Order:
    sender = replace(MAXI, phone="+49151555" + scenario)
    return replace(ORDER, **{"reference": f"WB00000{scenario}", "sender": sender, **changes})


def body_of(request: Request) -> Any:
    return json.loads(request.body)


def made(number: str = "") -> dict[str, Any]:
    value = {"orderID": "8376", "confirmedShipments": [{"shipmentNo": number}]}
    return {"confirmation": {"type": "ORDERPICKUP", "value": value}}


NO = {"title": "Bad Request", "status": 400, "detail": "malformed"}
DONE = {"confirmedCancellations": [{"orderID": "8376", "orderState": "STORNIERT"}], "failedCancellations": []}
FAILED = {"failedCancellations": [{"orderID": "8376", "orderState": "UNBEKANNT", "message": "no"}]}
LABELS = {
    "sstatus": {"status": 201},
    "shipmentNo": "999991587211",
    "label": {"b64": "JVBERi0xLjQK"},
    "qrLabel": {"b64": "iVBORw0KGgo="},
    "qrLink": "https://www.dhl.de/retoure/qr/999991587211",
}


# --- what we ask ------------------------------------------------------------------------------------------------


def test_a_pickup_says_where_between_which_hours_and_bears_our_reference() -> None:
    wish = replace(ORDER, parcels=2, number="999991587211", remark="Klingel defekt")
    request = booking.request(wish, access())
    assert (request.method, request.url) == (
        "POST",
        "http://host/dhl_parcel_de/parcel/de/transportation/pickup/v3/orders",
    )
    assert request.headers["authorization"] == "Bearer bearer"
    body = body_of(request)
    assert body["customerDetails"] == {"billingNumber": "sandbox-billing_number"}
    assert body["pickupLocation"] == {
        "type": "Address",
        "pickupAddress": {
            "name1": "Maxi Mustermann",
            "addressStreet": "Hauptstr.",
            "addressHouse": "20",
            "postalCode": "53113",
            "city": "Bonn",
            "country": "DE",
        },
        "businessHours": [{"timeFrom": "09:00", "timeUntil": "17:00"}],
    }
    assert body["contactPerson"] == [{"name": "Maxi Mustermann", "phone": "+491515555"}]
    assert body["pickupDetails"] == {
        "pickupDate": {"type": "Date", "value": "2026-03-02"},
        "totalWeight": {"uom": "g", "value": 1500},
        "comment": "Klingel defekt",
    }
    parcel = {"transportationType": "PAKET", "customerReference": "WB1234567890", "shipmentNo": "999991587211"}
    assert body["shipmentDetails"] == {"shipments": [parcel, parcel]}


@pytest.mark.parametrize(
    ("line", "street", "house"),
    [
        ("Hauptstr. 20", "Hauptstr.", "20"),
        ("Straße des 17. Juni 135 a", "Straße des 17. Juni", "135 a"),
        ("Am Markt 1-3", "Am Markt", "1-3"),
        ("Hof", "Hof", None),
    ],
)
def test_the_house_number_stands_apart(line: str, street: str, house: str | None) -> None:
    told = booking_labels.address(replace(MAXI, street=(line,)))
    assert (told["addressStreet"], told.get("addressHouse")) == (street, house)


def test_a_return_is_a_label_or_a_code() -> None:
    label, code = (booking.request(wish, access()) for wish in (LABEL, QR))
    path = "http://host/dhl_parcel_de/parcel/de/shipping/returns/v1/orders"
    assert (label.url, code.url) == (f"{path}?labelType=SHIPMENT_LABEL", f"{path}?labelType=QR_LABEL")
    assert body_of(label)["receiverId"] == "sandbox-receiver_id"
    assert body_of(booking.request(LABEL, access(receiver_id="")))["receiverId"] == "deu"


def test_every_try_is_the_same_request() -> None:
    for wish in (ORDER, LABEL):
        first, again = (booking.request(wish, replace(access(), nonce=nonce)) for nonce in ("1", "2"))
        assert first == again


def test_what_is_missing_is_named() -> None:
    for wish, missing in (
        (replace(ORDER, window=None), "window"),
        (replace(LABEL, parcels=2), "one parcel"),
        (replace(LABEL, method=ReturnMethod.LOCKER), "labels"),
        (replace(LABEL, sender=replace(MAXI, country="CH")), "outside"),
        (replace(LABEL, sender=replace(MAXI, country="1A")), "ISO 3166"),
    ):
        with pytest.raises(CannotAsk, match=missing):
            booking.request(wish, access(receiver_id=""))
    with pytest.raises(CannotAsk, match="billing_number"):
        booking.request(ORDER, access(billing_number=""))
    with pytest.raises(CannotAsk, match="label"):
        booking.cancel(Ref("WB1", number="999991587211"), None, access())


def test_countries_have_their_three_letters() -> None:
    found = {two: booking_labels.alpha3(two) for two in ("DE", "FR", "CH", "CN", "US", "YE")}
    assert found == {"DE": "DEU", "FR": "FRA", "CH": "CHE", "CN": "CHN", "US": "USA", "YE": "YEM"}


# --- what we read -----------------------------------------------------------------------------------------------


def test_a_pickup_is_known_by_its_order_and_may_have_a_number() -> None:
    for number in ("", "999991587211"):
        booked = booking.read(wire.json_reply(made(number)), ORDER)
        assert (booked.confirmation, booked.number, booked.status) == ("8376", number, P.ACCEPTED)


def test_a_return_is_read_with_its_label_its_code_and_its_link() -> None:
    booked = booking.read(wire.json_reply(LABELS, 201), LABEL)
    assert (booked.confirmation, booked.number) == ("", "999991587211")
    assert [each.media_type for each in booked.labels] == ["application/pdf", "image/png"]
    assert booked.extras == {"qrLink": "https://www.dhl.de/retoure/qr/999991587211"}


@pytest.mark.parametrize("reply", [wire.json_reply(NO, 400), wire.json_reply(NO), Reply(400, b"<html>")])
@pytest.mark.parametrize("wish", [ORDER, LABEL])
def test_a_refusal_is_no_booking(reply: Reply, wish: Order) -> None:
    booked = booking.read(reply, wish)
    assert not booked.was_taken
    assert [error.code for error in booked.errors] == ["400"]


@pytest.mark.parametrize("told", [{}, [], {"confirmation": {}}, {"shipmentNo": ""}, {"sstatus": {"status": 201}}])
def test_an_answer_that_is_no_booking_is_unreadable(told: object) -> None:
    for wish in (ORDER, LABEL):
        with pytest.raises(Unreadable):
            booking.read(wire.json_reply(told), wish)


def test_a_cancellation_is_done_or_refused() -> None:
    assert booking.read_cancel(wire.json_reply(DONE), Ref("WB1")) == ()
    [error] = booking.read_cancel(wire.json_reply(FAILED), Ref("WB1"))
    assert error.code == "UNBEKANNT"
    [error] = booking.read_cancel(wire.json_reply(NO, 400), Ref("WB1"))
    assert error.code == "400"
    for told in (b"{}", b'{"confirmedCancellations": [], "failedCancellations": []}'):
        with pytest.raises(Unreadable):
            booking.read_cancel(Reply(body=told), Ref("WB1"))


def test_only_unreadable_escapes_whatever_comes() -> None:
    messages = [json.dumps(each).encode() for each in (made("1"), NO, DONE, FAILED, LABELS)]
    for wish in (ORDER, LABEL):
        desk.survives(CARRIER, wish, messages)


# --- the sandbox ------------------------------------------------------------------------------------------------


def test_booked_repeated_and_cancelled() -> None:
    first, about, world = desk.called_off(CARRIER, order())
    assert first.number == ""
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, replace(about, confirmation="NEVER"), world) == ["UNBEKANNT"]


def test_what_was_collected_what_is_past_and_what_is_out_of_reach_is_refused() -> None:
    world, wish = desk.world(CARRIER), order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["UNBEKANNT"]
    early = Window(WINDOW.start - timedelta(days=3), WINDOW.end)
    for refused, code in ((order("1111", window=early), "460"), (order("0002"), "458")):
        assert [error.code for error in desk.booked(CARRIER, refused, world).errors] == [code]
    refused = order("0002", method=ReturnMethod.LABEL, reference="WB2")
    assert [error.code for error in desk.booked(CARRIER, refused, world).errors] == ["422"]


@pytest.mark.parametrize(("method", "kind"), [(LABEL.method, "application/pdf"), (QR.method, "image/png")])
def test_a_return_is_made_in_the_sandbox(method: ReturnMethod, kind: str) -> None:
    world, wish = desk.world(CARRIER), order(method=method, window=None)
    first = desk.booked(CARRIER, wish, world)
    assert first.number == world.bookings.entries[wish.reference].number != ""
    assert [each.media_type for each in first.labels] == [kind]
    assert desk.booked(CARRIER, wish, world).number == first.number


def test_the_sandbox_wants_its_bearer_and_every_field() -> None:
    world = desk.world(CARRIER)
    refused = bench.answered(CARRIER, booking.request(ORDER, access()), world)
    assert [error.code for error in booking.read(refused, ORDER).errors] == ["401"]
    account = bench.authorized(CARRIER, world)
    for wish in (ORDER, LABEL):
        bare = replace(
            booking.request(wish, account), body=b'{"customerDetails": {"billingNumber": "sandbox-billing_number"}}'
        )
        assert [e.code for e in booking.read(bench.answered(CARRIER, bare, world), wish).errors] == ["400"]
    unknown = replace(booking.request(ORDER, account), body=b"{}")
    assert [e.code for e in booking.read(bench.answered(CARRIER, unknown, world), ORDER).errors] == ["456"]
