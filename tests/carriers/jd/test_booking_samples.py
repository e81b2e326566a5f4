"""Orders at JD beside the real files, where they lie beside the checkout."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from carriers.booking import Contact, Fee, Item, Order, Ref, Window
from carriers.carrier import Courier, Incoming, Reply, Request
from carriers.jd import CARRIER, booking, booking_changes, booking_quotes, push
from carriers.times import BEIJING
from db.enums import PickupStatus as P
from tests.carriers import bench
from tests.carriers import booking_bench as desk
from tests.carriers.bench import NOW, material, real

ACCESS = bench.access(CARRIER)


def message_of(request: Request) -> Any:
    [message] = json.loads(request.body)
    return message


if material("jd", "create_order.request.json"):

    def test_the_order_equals_the_sample_but_for_the_codes_of_the_account() -> None:
        [sample] = real("jd", "create_order.request.json")
        sender, recipient = (
            Contact(each["name"], each["mobile"], "CN", street=(each["fullAddress"],))
            for each in (sample["senderContact"], sample["receiverContact"])
        )
        wish = Order(
            "LG202204141438",
            sender,
            recipient,
            items=(Item("文件", 1),),
            declared=Decimal(100),
            remark="测试单，请勿接单",
        )
        message = message_of(booking.request(wish, ACCESS))
        for side in ("volume", "length", "width"):  # a length and a width without a height
            del sample["cargoes"][0][side]
        sample["customerCode"] = "sandbox-customer_code"
        assert message == sample

    def test_the_cancellation_equals_the_sample() -> None:
        [sample] = real("jd", "cancel_order.request.json")
        sample["customerCode"] = "sandbox-customer_code"
        assert message_of(booking_changes.cancel(Ref("WB1", number="JDVE00132473532"), None, ACCESS)) == sample

    def test_the_check_equals_the_sample_but_for_texts_that_are_numbers() -> None:
        [sample] = real("jd", "precheck.request.json")
        sender, recipient = (
            Contact(each["name"], each["mobile"], "CN", street=(each["fullAddress"],))
            for each in (sample["senderContact"], sample["receiverContact"])
        )
        laptop = Item("联想笔记本电脑", 10)
        wish = Order("", sender, recipient, weight_grams=5000, parcels=10, size_mm=(500, 500, 500), items=(laptop,))
        message = message_of(booking_quotes.ask_price(wish, ACCESS))
        [cargo], [told] = message.pop("cargoes"), sample.pop("cargoes")
        assert told.pop("remark") == "测试"  # a remark goes with the order
        assert told.pop("volume") == "0.001"  # a cubic half metre is not
        assert cargo.pop("volume") == 125_000
        assert cargo == {name: value if name == "name" else float(value) for name, value in told.items()}
        assert sample["senderContact"].pop("warehouseCode") == "GZCDC"  # of JD's own warehouse
        assert message == {**sample, "orderOrigin": 1, "customerCode": "sandbox-customer_code"}

    def test_the_answers_of_the_samples_are_read() -> None:
        [path] = material("jd", "create_order.response.duplicate_reused.json")
        again = booking.read(Reply(body=path.read_bytes()), desk.ORDER)
        assert (again.confirmation, again.number) == ("EO0020042846988", "JDVE00132449789")
        assert again.is_repeat
        assert again.was_taken
        [path] = material("jd", "precheck.response.trimmed.json")
        checked = Reply(body=path.read_bytes())
        hours = booking_quotes.read_hours(checked, desk.SENDER, date(2025, 5, 21))
        assert len(hours) == 13
        assert hours[0].window == Window(
            datetime(2025, 5, 21, 9, tzinfo=BEIJING), datetime(2025, 5, 21, 10, tzinfo=BEIJING)
        )
        assert booking_quotes.read_hours(checked, desk.SENDER, date(2025, 5, 22)) == ()
        [quote] = booking_quotes.read_price(checked, desk.ORDER)
        assert (quote.service, quote.fee, quote.billed_grams) == ("ed-m-0001", Fee(Decimal(20), "CNY"), 5000)
        assert quote.delivery_at == datetime(2025, 5, 21, 15, tzinfo=BEIJING)

    def test_the_pushes_of_a_collection_tell_who_comes_and_that_it_was_collected() -> None:
        [path] = material("jd", "track_push.00_200034.json")
        [pickup] = push.read(Incoming(path.read_bytes(), NOW)).pickups
        assert (pickup.reference, pickup.tracking_number) == ("SJ202505201442", "JDVE00132473532")
        assert (pickup.status, pickup.courier) == (P.COURIER_ASSIGNED, Courier("张三", "13818888888"))
        [path] = material("jd", "track_push.01_200001.json")
        [pickup] = push.read(Incoming(path.read_bytes(), NOW)).pickups
        assert (pickup.status, pickup.occurred_at) == (P.PICKED_UP, datetime(2023, 8, 8, 10, tzinfo=BEIJING))
        [path] = material("jd", "track_push.05_200075.json")
        assert push.read(Incoming(path.read_bytes(), NOW)).pickups == ()
