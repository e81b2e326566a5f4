"""Orders at Cainiao beside the real files, where they lie beside the checkout."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from carriers import wire
from carriers.booking import Contact, Window
from carriers.cainiao import booking, booking_changes
from carriers.carrier import Courier, Reply, Request
from carriers.times import BEIJING
from db.enums import PickupStatus as P
from tests.carriers import booking_bench as desk
from tests.carriers.bench import material, real
from tests.carriers.cainiao.orders import AFTERNOON, DAY, OURS, access, message_of

FOLDERS = [path.parent for path in material("cainiao", "statuses.csv")]

if FOLDERS:
    [folder] = FOLDERS

    def sample(name: str) -> tuple[str, Any]:
        form = real("cainiao", f"pickup.{name}.request.json")["form"]
        return form["msg_type"], json.loads(form["logistics_interface"])["request"]

    def asks(request: Request) -> tuple[str, Any]:
        return wire.form_of(request.body)["msg_type"], message_of(request)

    def door(told: dict[str, str]) -> Contact:
        return Contact(
            told["name"],
            told["mobile"],
            "CN",
            told["provinceName"],
            city=told["cityName"],
            district=told["areaName"],
            street=(told["address"],),
        )

    ACCOUNT = access(account_id="<appKey>")

    def test_the_order_equals_the_sample() -> None:
        kind, expected = sample("create")
        morning = Window(datetime(2023, 8, 1, 9, tzinfo=BEIJING), datetime(2023, 8, 1, 12, tzinfo=BEIJING))
        wish = replace(
            desk.ORDER,
            reference="RET-2025-0001",
            sender=door(expected["senderInfo"]),
            recipient=door(expected["receiverInfo"]),
            items=(replace(desk.ORDER.items[0], title="clothing"),),
            window=morning,
            remark="电话联系",
        )
        assert asks(booking.request(wish, access(account_id="10001"))) == (kind, expected)

    def test_the_questions_and_changes_equal_the_samples() -> None:
        assert asks(booking_changes.ask(OURS, ACCOUNT)) == sample("detail")
        assert asks(booking_changes.cancel(OURS, None, ACCOUNT)) == sample("cancel")
        kind, expected = sample("modify")
        del expected["senderInfo"], expected["receiverInfo"]  # the doors stay as they are
        assert expected.pop("externalUserId") == "10001"
        asked_kind, message = asks(booking_changes.move(OURS, AFTERNOON, ACCOUNT))
        assert message.pop("externalUserId") == "<appKey>"
        assert (asked_kind, message) == (kind, expected)

    def test_the_question_of_times_equals_the_sample_but_for_the_destination() -> None:
        kind, expected = sample("preview")
        del expected["queryCondition"]["receiverInfo"]
        sender = door(expected["queryCondition"]["senderInfo"])
        assert asks(booking_changes.ask_times(sender, DAY, access(account_id="10001"))) == (kind, expected)

    def test_the_answers_of_the_samples_are_read() -> None:
        def reply(name: str) -> Reply:
            return Reply(body=(folder / f"pickup.{name}.json").read_bytes())

        taken = booking.read(reply("create.response"), desk.ORDER)
        assert (taken.confirmation, taken.number, taken.pickup_code) == ("CN123456", "SF123456789", "GOT123456")
        stands = booking_changes.read(reply("detail.response"), OURS)
        assert (stands.confirmation, stands.number, stands.status) == ("CN123456", "SF123456789", P.COURIER_ASSIGNED)
        assert stands.courier == Courier("张三", "13700007777")
        assert booking_changes.read_change(reply("modify.response"), OURS) == ()
        assert [error.code for error in booking_changes.read_change(reply("modify.response.refused"), OURS)] == [
            "false"
        ]
        slots = booking_changes.read_times(reply("preview.response"), desk.SENDER, DAY)
        assert [(slot.window.start.hour, slot.is_free) for slot in slots] == [(9, True), (14, True), (18, False)]
