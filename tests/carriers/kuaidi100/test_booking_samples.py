"""Orders at Kuaidi100 beside the real files, where they lie beside the checkout."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from carriers import wire
from carriers.booking import Contact, Fee, Item, Order, Ref
from carriers.carrier import (
    Reply,
)
from carriers.intercepting import Diversion
from carriers.kuaidi100 import (
    booking,
    booking_changes,
    intercepting,
)
from tests.carriers import booking_bench as desk
from tests.carriers.bench import CALLBACK, SECRET, material, real
from tests.carriers.kuaidi100.orders import ORDER, access, message_of

FOLDERS = [path.parent for path in material("kuaidi100", "statuses.csv")]

if FOLDERS:
    [folder] = FOLDERS
    SENT: dict[str, Any] = {"weight_grams": 1000, "window": None, "carrier": "yto", "items": (Item("文件", 1),)}

    def door(name: str, phone: str, address: str) -> Contact:
        return Contact(name, phone, "CN", street=(address,))

    def test_the_order_equals_the_sample_but_for_what_is_ours() -> None:
        form = real("kuaidi100", "pickup_order_create.request.form.json")
        sample = json.loads(form["param"])
        who = {
            kind: door(*(sample[f"{kind}Man{part}"] for part in ("Name", "Mobile", "PrintAddr")))
            for kind in ("send", "rec")
        }
        order = Order("WB1", who["send"], who["rec"], **SENT)
        request = booking.request(order, access())
        message = message_of(request)
        assert message.pop("thirdOrderId") == "WB1"
        assert message.pop("salt") == SECRET
        assert message.pop("callBackUrl") == f"{CALLBACK}?booking=WB1"
        assert sample.pop("passwordSigning") == "Y"  # the buyer's password at the warehouse's door helps nobody
        assert message.pop("passwordSigning") == ""
        assert not sample.pop("salt")
        del sample["callBackUrl"]
        assert message == sample
        assert wire.form_of(request.body).keys() == form.keys()
        assert wire.form_of(request.body)["method"] == form["method"]

    def test_the_other_requests_equal_the_samples() -> None:
        sample = real("kuaidi100", "pickup_order_cancel.request.param.json")
        ref = Ref("WB1", sample["taskId"], extras={"orderId": sample["orderId"]})
        message = message_of(booking_changes.cancel(ref, None, access()))
        assert {**message, "cancelMsg": sample["cancelMsg"]} == sample
        rate = real("kuaidi100", "rate_query.request.param.json")
        order = Order("WB1", door("", "", rate["sendManPrintAddr"]), door("", "", rate["recManPrintAddr"]), **SENT)
        assert message_of(booking_changes.ask_price(order, access())) == rate

    def test_the_interception_equals_the_sample() -> None:
        sample = real("kuaidi100", "intercept.request.param.json")
        to = sample["recManInfo"]
        ref = Ref(sample["orderId"], number=sample["kuaidinum"], carrier="jtexpress")
        account = access(partner_id=sample["partnerId"], partner_key=sample["partnerKey"])
        account = replace(account, callback_url=sample["callbackUrl"], push_secret=sample["salt"])
        request = intercepting.request(
            Diversion("redirect", to=door(to["name"], to["mobile"], to["printAddr"])), ref, account
        )
        assert {**message_of(request), "reason": sample["reason"]} == sample
        live = replace(account, base_url="https://poll.kuaidi100.com")
        assert (
            intercepting.request(Diversion("redirect", to=desk.SENDER), ref, live).url
            == "https://api.kuaidi100.com/label/order"
        )

    def test_the_answers_of_the_samples_are_read() -> None:
        taken = booking.read(Reply(body=(folder / "pickup_order_create.response.json").read_bytes()), ORDER)
        assert (taken.confirmation, taken.number) == ("9FC293CA417E431F33046E64F4C4EC20", "YT2213099035201")
        assert taken.extras == {"orderId": "20066771"}
        stopped = Reply(body=(folder / "pickup_order_cancel.response.json").read_bytes())
        assert booking_changes.read_cancel(stopped, Ref("WB1")) == ()
        [quote] = booking_changes.read_price(Reply(body=(folder / "rate_query.response.json").read_bytes()), ORDER)
        assert (quote.fee, quote.carrier) == (Fee(Decimal("10.0"), "CNY"), "yto")
