from datetime import UTC, datetime

from aftersales.messages import named
from carriers.carrier import Meaning, ReadError, Reading, ReadShipment, Scan

SCAN = Scan(datetime(2026, 6, 1, tzinfo=UTC), Meaning(), "x")


def test_an_answer_without_a_number_is_about_the_one_number_asked_for() -> None:
    reading = Reading((ReadShipment("", (SCAN,)),), errors=(ReadError("E", "no"),))

    told = named(reading, ["73100000000001"])

    assert told.shipments[0].tracking_number == "73100000000001"
    assert told.errors[0].tracking_number == "73100000000001"


def test_a_number_that_the_answer_names_stays() -> None:
    assert named(Reading((ReadShipment("OTHER"),)), ["ASKED"]).shipments[0].tracking_number == "OTHER"


def test_of_several_asked_for_none_is_guessed() -> None:
    reading = Reading((ReadShipment(""),))

    assert named(reading, ["A1", "A2"]) == reading
