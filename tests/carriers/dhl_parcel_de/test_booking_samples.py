"""The real messages of DHL in Germany about bookings, built and read, where they lie beside the checkout."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from carriers import wire
from carriers.booking import Contact, Item, Ref, Window
from carriers.carrier import Reply
from carriers.dhl_parcel_de import booking
from tests.carriers.bench import material, real
from tests.carriers.dhl_parcel_de.test_booking import BERLIN, LABEL, MAXI, ORDER, access, body_of

FOLDERS = [path.parent for path in material("dhl_parcel_de", "statuses.csv")]

if FOLDERS:

    def test_the_pickups_equal_the_samples() -> None:
        sample = real("dhl_parcel_de", "pickup_create.request.json")
        maxi = replace(MAXI, street=("Charles-de-Gaulle-Str. 20",), phone="015155555", email="maxi@post.de")
        window = Window(datetime(2099, 4, 21, 9, tzinfo=BERLIN), datetime(2099, 4, 21, 17, tzinfo=BERLIN))
        wish = replace(ORDER, sender=maxi, window=window, weight_grams=5000, remark="Test API pickup")
        body = body_of(booking.request(wish, access(billing_number="22222222220801")))
        sample["pickupLocation"]["businessHours"] = sample.pop("businessHours")  # where the official examples have it
        sample["shipmentDetails"]["shipments"][0]["customerReference"] = "WB1234567890"
        assert body == sample

    def test_the_official_example_of_a_pickup_is_built() -> None:
        sample = real("dhl_parcel_de", "pickup_create.requests.official_examples.json")["einzel"]
        max_ = Contact("Lieferanteneingang", "09999 100111820", "DE", "", "DE-NW", "Bonn", postal_code="53113")
        max_ = replace(max_, company="Deutsche Post DHL Group", street=("Charles-de-Gaulle-Straße 20",))
        window = Window(datetime(2099, 4, 21, 9, tzinfo=BERLIN), datetime(2099, 4, 21, 12, tzinfo=BERLIN))
        wish = replace(ORDER, reference="987654321", sender=replace(max_, email="max@post.de"), window=window)
        body = body_of(booking.request(wish, access(billing_number="2222222222080")))
        del sample["contactPerson"][1], sample["pickupLocation"]["businessHours"][1]  # one window, one person
        sample["contactPerson"][0]["name"] = "Lieferanteneingang"
        del body["pickupDetails"]["totalWeight"]
        [parcel] = sample["shipmentDetails"]["shipments"]
        del parcel["size"], parcel["pickupServices"]  # no bicycle
        assert body == sample

    def test_the_labels_equal_the_samples() -> None:
        sender = Contact("Max Mustermann", "+49 123456789", "DE", "", "", "Bonn", "", ("Charles-de-Gaulle Str. 20",))
        sender = replace(sender, postal_code="53113", email="max@mustermann.de")
        wish = replace(LABEL, reference="Return Order 5678", sender=sender, weight_grams=1000)
        body = body_of(booking.request(wish, access(receiver_id="")))
        assert body == real("dhl_parcel_de", "return_create.request.json")
        swiss = replace(sender, country="CH", street=("Musterstr. 1",), city="Bern", postal_code="3344")
        goods = (
            Item("Artikel-Beschreibung 1", 1, Decimal(1000), 500, "88011900", "FR"),
            Item("Artikel-Beschreibung 2", 1, Decimal("12.99"), 700, "12345678", "DE"),
        )
        wish = replace(
            wish,
            reference="Return Order 9012",
            sender=replace(swiss, phone="+41 123456789"),
            items=goods,
            weight_grams=1200,
        )
        body = body_of(booking.request(wish, access(receiver_id="")))
        assert body == real("dhl_parcel_de", "return_create.request.customs.json")
        official = real("dhl_parcel_de", "return_create.requests.official_examples.json")["returnlabel_deu"]
        ours = body_of(booking.request(LABEL, access()))
        assert ours.keys() <= official.keys()
        assert ours["shipper"].keys() <= official["shipper"].keys()

    def test_the_answers_of_the_samples_are_read() -> None:
        [folder] = FOLDERS

        def sample(name: str, status: int = 200) -> Reply:
            return Reply(status, (folder / name).read_bytes())

        booked = booking.read(sample("pickup_create.response.json"), ORDER)
        assert booked.confirmation == "837624af601a4fab9550e20e746cb1fe"
        assert booking.read_cancel(sample("pickup_cancel.response.json"), Ref("WB1")) == ()
        [error] = booking.read(sample("pickup.error.json", 422), ORDER).errors
        assert error.code == "456"
        booked = booking.read(sample("return_create.response.json", 201), LABEL)
        assert booked.number == "999991587211"
        assert [each.media_type for each in booked.labels] == ["image/png"]  # the code in the sample is none
        [error] = booking.read(sample("return_create.error.json", 400), LABEL).errors
        assert error.code == "400"
        for call, body in real("dhl_parcel_de", "return.errors.official.json").items():
            [error] = booking.read(wire.json_reply(body, body["status"]), LABEL).errors
            assert call.endswith(error.code)
