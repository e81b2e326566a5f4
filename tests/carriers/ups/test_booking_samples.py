"""The real messages of UPS about bookings, built and read, where they lie beside the checkout."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from carriers import wire
from carriers.booking import Contact, Fee, Order, Ref, Window
from carriers.carrier import Reply, Unreadable
from carriers.intercepting import Diversion
from carriers.ups import booking, booking_changes, intercepting
from db.enums import PickupStatus as P
from tests.carriers import west
from tests.carriers.bench import NOW, material, real
from tests.carriers.ups.test_booking import LABEL, access, body_of

FOLDERS = [path.parent for path in material("ups", "statuses.csv")]

if FOLDERS:

    def test_the_pickup_equals_the_sample_but_for_what_an_order_does_not_know() -> None:
        sample = real("ups", "pickup_create.request.json")
        door = Contact(
            "Pickup Manager", "+15555555555", "US", "", "US-NJ", "Allendale", "", ("123 Main Street",), "R01"
        )
        door = replace(door, postal_code="07401", company="Pickup Proxy")
        window = Window(datetime(2022, 12, 14, 5, tzinfo=west.EASTERN), datetime(2022, 12, 14, 14, tzinfo=west.EASTERN))
        wish = Order(
            "CreatePickupRef",
            door,
            west.RECIPIENT,
            window=window,
            weight_grams=2500,
            parcels=27,
            service="001",
            remark="Test ",
        )
        body = body_of(booking.request(wish, access(account_number="ShipperNumber")))
        address = sample["PickupCreationRequest"]["PickupAddress"]
        for name in ("Floor", "Urbanization", "PickupPoint"):
            del address[name]
        del address["Phone"]["Extension"]
        address["ResidentialIndicator"] = "N"  # a company is named
        del sample["PickupCreationRequest"]["PickupPiece"][1]  # one service for all
        assert body == sample

    def test_the_question_of_a_price_equals_the_sample() -> None:
        sample = real("ups", "pickup_rate.request.json")
        door = Contact("", "", "US", "", "US-NJ", "Allendale", "", ("315 Saddle Bridge Drive",), "", "07401")
        window = Window(datetime(2016, 4, 5, 9, tzinfo=west.EASTERN), datetime(2016, 4, 5, 20, tzinfo=west.EASTERN))
        body = body_of(booking_changes.ask_price(Order("WB1", door, west.RECIPIENT, window=window), access()))
        assert sample["PickupRateRequest"]["PickupDateInfo"]["ReadyTime"] == "900"
        sample["PickupRateRequest"]["PickupDateInfo"]["ReadyTime"] = "0900"
        assert body == sample

    def test_the_label_has_the_fields_of_the_sample() -> None:
        sample = real("ups", "return_shipment.request.json")["ShipmentRequest"]
        body = body_of(booking.request(replace(LABEL, size_mm=(178, 127, 51)), access()))["ShipmentRequest"]
        assert body["LabelSpecification"]["LabelStockSize"] == sample["LabelSpecification"]["LabelStockSize"]
        assert body["LabelSpecification"]["LabelImageFormat"]["Code"] == "PNG"
        sample["Request"]["TransactionReference"]["CustomerContext"] = "WB1234567890"
        assert body["Request"] == sample["Request"]
        ours, theirs = body["Shipment"], sample["Shipment"]
        assert ours.keys() == theirs.keys()
        sides = {side: ours["Package"][0]["Dimensions"][side] for side in ("Length", "Width", "Height")}
        assert sides == {side: theirs["Package"][0]["Dimensions"][side] for side in sides}
        assert ours["ReturnService"]["Code"] == theirs["ReturnService"]["Code"] == "9"
        assert ours["ReferenceNumber"] == {"Value": "WB1234567890"}
        for party in ("ShipFrom", "ShipTo", "Shipper"):
            unknown = {"TaxIdentificationNumber", "CompanyDisplayableName"}
            assert ours[party].keys() == theirs[party].keys() - unknown
            assert ours[party]["Address"].keys() == theirs[party]["Address"].keys()

    def test_the_answers_of_the_samples_are_read() -> None:
        [folder] = FOLDERS

        def sample(name: str) -> Reply:
            return Reply(body=(folder / name).read_bytes(), received_at=NOW)

        assert (
            booking.read(sample("pickup_create.response.PLACEHOLDERS.json"), west.ORDER).confirmation == "stringstrin"
        )
        found = booking_changes.read(sample("pickup_pending.response.json"), Ref("WB1", "2928H4MPOLF"))
        assert found
        assert (found.status, found.raw_code) == (P.REQUESTED, "012")
        for name in ("pickup_cancel.response.json", "shipment_cancel.response.PLACEHOLDERS.json"):
            assert booking_changes.read_cancel(sample(name), Ref("WB1")) == ()
        [quote] = booking_changes.read_price(sample("pickup_rate.response.json"), west.ORDER)
        assert quote.fee == Fee(Decimal("10.46"), "USD")
        booked = booking.read(sample("return_shipment.response.json"), LABEL)
        assert (booked.number, booked.fee) == ("1ZXXXXXXXXXXXXXXXX", Fee(Decimal("25.00"), "USD"))
        assert booked.labels[0].media_type == "image/png"
        assert [error.code for error in booking.read(sample("pickup.error.json"), west.ORDER).errors] == ["9560131"]

    def test_the_examples_of_what_may_be_asked_are_read() -> None:
        examples = real("ups", "delivery_intercept.return_to_sender.examples.json")
        good, bad = examples["GET /eligibility/intercept/{tracking_number} 200"]
        for kind in intercepting.CALLS:
            told = wire.json_reply(good["SUCCESS"])
            assert intercepting.read_asked(told, Diversion(kind), Ref("WB1")) is None  # it could be made: none stands
        with pytest.raises(Unreadable):
            intercepting.read_asked(wire.json_reply(bad["ERROR"]), Diversion("return"), Ref("WB1"))

    def test_the_examples_of_a_parcel_called_back_are_built_and_read() -> None:
        examples = real("ups", "delivery_intercept.return_to_sender.examples.json")
        theirs = examples["POST /return/{tracking_number} request"][0]["example"]
        to = Contact("andreas", "+112010000000", "US", email="aups@ups.com")
        ours = body_of(intercepting.request(Diversion("return", to), Ref("WB1", number="1Z1"), access()))
        asker = theirs["requesterContactInfo"]
        theirs["requesterContactInfo"] = {n: v for n, v in asker.items() if "Ext" not in n and "alt" not in n}
        theirs["specialInstructions"] = None  # it goes to drivers who bring a parcel elsewhere only
        assert ours == theirs
        good, bad = examples["POST /return/{tracking_number} 200"]
        assert intercepting.read(wire.json_reply(good["SUCCESS"]), Ref("WB1")) == ()
        [error] = intercepting.read(wire.json_reply(bad["ERROR"]), Ref("WB1"))
        assert error.code == "500"
        for status, code in ((400, "710"), (401, "605")):
            [example] = examples[f"POST /return/{{tracking_number}} {status}"]
            [error] = intercepting.read(wire.json_reply(example["example"], status), Ref("WB1"))
            assert error.code == code
