"""The real messages of FedEx about bookings, built and read, where they lie beside the checkout."""

from dataclasses import replace
from decimal import Decimal

from carriers import wire
from carriers.booking import Contact, Fee, Item, Order, Ref
from carriers.carrier import Reply
from carriers.fedex import booking, booking_prices
from db.case_enums import ReturnMethod
from tests.carriers import west
from tests.carriers.bench import material, real
from tests.carriers.fedex.test_booking import ABROAD, LABEL, access, body_of

FOLDERS = [path.parent for path in material("fedex", "statuses.csv")]

if FOLDERS:

    def test_the_pickup_equals_the_sample() -> None:
        sample = real("fedex", "pickup_create.request.json")
        jane = replace(west.SENDER, unit="Suite 789", company="XYZ Inc.", email="jane.smith@xyz.com", name="Jane Smith")
        wish = Order("WB1", jane, west.RECIPIENT, window=west.WINDOW, weight_grams=9072)
        body = body_of(booking.request(wish, access(account_number="2349857")))
        origin, asked = body["originDetail"], sample["originDetail"]
        for name in ("readyDateTimestamp", "customerCloseTime"):  # the sample closes before it opens
            assert len(origin.pop(name)) == len(asked.pop(name))
        assert body == sample

    def test_the_cancellations_equal_the_samples() -> None:
        extras = {"carrierCode": "FDXE", "scheduledDate": "2020-07-03", "location": "NQAA"}
        pickup = Ref("WB1", "XXX561073", extras=extras)
        asked = booking.cancel(pickup, None, access(account_number="2349857"))
        assert body_of(asked) == real("fedex", "pickup_cancel.request.json")
        asked = booking.cancel(Ref("WB1", number="794953555571"), None, access(account_number="2349857"))
        assert body_of(asked) == real("fedex", "ship_cancel.request.json")

    def test_the_label_has_the_fields_of_the_sample_but_for_what_makes_it_a_return() -> None:
        sample = real("fedex", "ship_create.request.json")
        wish = replace(ABROAD, size_mm=(305, 305, 305), service="FEDEX_INTERNATIONAL_PRIORITY")
        body = body_of(booking.request(wish, access(account_number="2349857")))
        shipment, asked = body.pop("requestedShipment"), sample.pop("requestedShipment")
        assert body == sample
        assert shipment.keys() == asked.keys() - {"shippingDocumentSpecification"}  # no invoice is printed with it
        same = ("blockInsightVisibility", "labelSpecification", "packagingType", "pickupType", "rateRequestType")
        assert {name: shipment[name] for name in same} == {name: asked[name] for name in same}
        [package], [their] = shipment["requestedPackageLineItems"], asked["requestedPackageLineItems"]
        assert package.keys() == their.keys() - {"declaredValue"}
        [goods], [theirs] = (each["customsClearanceDetail"]["commodities"] for each in (shipment, asked))
        assert goods.keys() == theirs.keys()

    def test_the_question_of_a_price_equals_the_sample_but_for_what_it_does_not_need() -> None:
        sample = real("fedex", "rate.request.json")
        canada = Contact("", "", "CA", region_code="CA-PQ", postal_code="H3N1S4")
        togo = Contact("", "", "TG", city="Lome")
        goods = Item("test", 1, Decimal(1), 10_000, "00339BB")
        wish = Order("WB1", canada, togo, ReturnMethod.LABEL, weight_grams=10_000, currency="USD")
        wish = replace(wish, items=(goods,), size_mm=(100, 30, 30))
        body = body_of(booking_prices.request(wish, access(account_number="2349857")))
        shipment, asked = body["requestedShipment"], sample["requestedShipment"]
        assert asked.pop("shipDateStamp") == "<dynamic>"
        assert shipment.pop("shipDateStamp") == "2026-03-01"
        assert asked.pop("smartPostInfoDetail")  # another product
        assert asked.pop("shipmentSpecialServices")  # one rate
        assert sample["rateRequestControlParameters"].pop("variableOptions")
        [package] = asked["requestedPackageLineItems"]
        assert package.pop("declaredValue")
        package["dimensions"]["units"], package["weight"]["units"] = "CM", "KG"  # a Canadian scale
        [commodity] = asked["customsClearanceDetail"]["commodities"]
        commodity["weight"]["units"] = "KG"
        for place in (asked["recipient"], asked["shipper"]):
            place["address"]["residential"] = True  # no company is named
        assert body == sample

    def test_the_answers_of_the_samples_are_read() -> None:
        [folder] = FOLDERS

        def sample(name: str) -> Reply:
            return Reply(body=(folder / name).read_bytes())

        assert booking.read(sample("pickup_create.response.json"), west.ORDER).extras["location"] == "COSA"
        assert booking.read_cancel(sample("pickup_cancel.response.json"), Ref("WB1")) == ()
        assert booking.read_cancel(sample("ship_cancel.response.json"), Ref("WB1")) == ()
        booked = booking.read(sample("return_label.response.json"), LABEL)
        assert (booked.number, booked.labels[0].media_type) == ("794953535000", "application/pdf")
        assert booked.labels[0].content.endswith(b"%%EOF")
        [quote] = booking_prices.read(sample("rate.response.json"), west.ORDER)
        assert (quote.service, quote.fee) == ("FEDEX_EXPRESS_SAVER", Fee(Decimal("38.54"), "USD"))
        assert quote.billed_grams == 3400

    def test_documented_refusals_of_bookings_are_read() -> None:
        for name in ("errors.pickup.json", "errors.ship.json"):
            for call, body in real("fedex", name).items():
                reply = wire.json_reply(body, int(call[-3:]))
                found = (
                    booking.read_cancel(reply, Ref("WB1")) if "cancel" in call else booking.read(reply, LABEL).errors
                )
                assert [error.code for error in found] == [each["code"] for each in body["errors"]]
