"""Orders at SF beside the real files, where they lie beside the checkout."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from carriers.booking import Contact, Fee, Item, Order, Ref, Window
from carriers.carrier import Reply
from carriers.intercepting import Diversion
from carriers.sf import booking, booking_changes, booking_quotes, intercepting
from carriers.times import BEIJING
from tests.carriers import booking_bench as desk
from tests.carriers.bench import material, real
from tests.carriers.sf.orders import ZHANG, access, message_of

FOLDERS = [path.parent for path in material("sf", "statuses.csv")]

if FOLDERS:

    def test_the_order_equals_the_sample_but_for_the_courier_called() -> None:
        sample = real("sf", "create_order.request.json")
        sender = replace(ZHANG, street=("十堰市丹江口市公园路155号",), company="清雅轩保健品专营店")
        recipient = Contact(
            "郭襄阳",
            "+8618900008829",
            "CN",
            "湖北省",
            city="襄阳市",
            district="襄城区",
            street=("湖北省襄阳市襄城区环城东路122号",),
        )
        rug = Item("君宝牌地毯", 1, Decimal(308), 6600)
        wish = Order("QIAO-20200728-002", sender, recipient, window=desk.WINDOW, weight_grams=6000, items=(rug,))
        message = message_of(booking.request(wish, access(monthly_card="7551234567")))
        assert message.pop("isDocall") == 1
        assert message.pop("sendStartTm") == "2026-03-02 09:00:00"
        del sample["cargoDetails"][0]["volume"]  # nobody says in which unit
        assert message == sample

    def test_the_other_requests_equal_the_samples() -> None:
        asked = message_of(booking_changes.ask(Ref("QIAO-20200605-003"), access()))
        assert asked == real("sf", "order_query.request.json")
        stopped = message_of(booking_changes.cancel(Ref("QIAO-20200605-0031"), None, access()))
        assert stopped == real("sf", "cancel_order.request.json")

    def test_the_question_of_hours_equals_the_sample_but_for_the_city() -> None:
        door = replace(ZHANG, street=("深圳市南山区软件产业基地1栋A座",))
        message = message_of(booking_quotes.ask_hours(door, date(2021, 3, 21), access()))
        sample = real("sf", "pickup_time_check.request.json")
        assert sample.pop("cityCode") == "755"  # SF's own code; the names of the place stand for it
        assert {message.pop(name) for name in ("province", "city", "county")} == {"湖北省", "十堰市", "武当山风景区"}
        assert message == sample

    def test_the_question_of_a_price_equals_the_sample() -> None:
        sample = real("sf", "rate_query.request.json")

        def door(told: dict[str, str]) -> Contact:
            return replace(
                ZHANG, region=told["province"], city=told["city"], district=told["district"], street=(told["address"],)
            )

        begins = datetime(2020, 9, 30, 17, 1, 48, tzinfo=BEIJING)
        wish = Order(
            "WB1",
            door(sample["srcAddress"]),
            door(sample["destAddress"]),
            window=Window(begins, begins + timedelta(hours=1)),
            service="2",
        )
        message = message_of(booking_quotes.ask_price(wish, access()))
        assert message.pop("consignedTime") == sample.pop("consignedTime").replace(": ", ":")  # it was typed by hand
        assert message == sample

    def test_the_interception_equals_the_sample() -> None:
        sample = real("sf", "intercept_return.request.json")
        told = sample["newDestAddress"]
        door = Contact(
            told["contact"],
            told["phone"],
            "CN",
            told["province"],
            city=told["city"],
            district=told["county"],
            street=(told["address"],),
        )
        window = Window(datetime(2020, 4, 30, 9, tzinfo=BEIJING), datetime(2020, 4, 30, 12, tzinfo=BEIJING))
        ref = Ref("WB1", number=sample["waybillNo"])
        wish = Diversion("reschedule", to=door, window=window)
        request = intercepting.request(wish, ref, access(monthly_card="9999999999"))
        assert message_of(request) == sample

    def test_the_answers_of_the_samples_are_read() -> None:
        [folder] = FOLDERS
        taken = booking.read(Reply(body=(folder / "create_order.response.envelope.json").read_bytes()), desk.ORDER)
        assert (taken.confirmation, taken.number) == ("OrderNum20250523", "SF7444496931331")
        assert taken.labels[0].content.startswith(b"MMM={'k1':'020W'")
        parsed = booking.read(Reply(body=(folder / "create_order.response.parsed.json").read_bytes()), desk.ORDER)
        assert parsed == taken
        again = booking.read(Reply(body=(folder / "error.duplicate_order.8016.envelope.json").read_bytes()), desk.ORDER)
        assert again.is_repeat
        stopped = Reply(body=(folder / "cancel_order.response_data.json").read_bytes())
        assert booking_changes.read_cancel(stopped, Ref("WB1")) == ()
        [quote] = booking_quotes.read_price(
            Reply(body=(folder / "rate_query.response_data.json").read_bytes()), desk.ORDER
        )
        assert (quote.service, quote.fee) == ("2", Fee(Decimal(119), "CNY"))
        assert quote.delivery_at == datetime(2020, 10, 20, 18, tzinfo=BEIJING)
