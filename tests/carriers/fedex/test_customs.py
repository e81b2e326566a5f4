"""What FedEx tells customs of goods that come back, and what its sandbox takes."""

from dataclasses import replace

import pytest

from carriers.fedex import CARRIER, booking, booking_labels
from tests.carriers import booking_bench as desk
from tests.carriers.fedex.test_booking import ABROAD, access, body_of


@pytest.mark.parametrize(("reason", "told_"), booking_labels.RETURNED.items())
def test_customs_are_told_why_it_comes_back_and_what_it_went_out_under(reason: str, told_: str) -> None:
    wish = replace(ABROAD, customs_reason=reason, invoice="A-1001", export_reference="794953535000")
    told = body_of(booking.request(wish, access()))["requestedShipment"]["customsClearanceDetail"]
    assert told["customsOption"] == {"type": told_}
    assert told["commercialInvoice"]["comments"] == ["Returned goods, sent out under 794953535000"]
    assert told["commercialInvoice"]["customerReferences"][0] == {
        "customerReferenceType": "INVOICE_NUMBER",
        "value": "A-1001",
    }


def test_the_sandbox_takes_nothing_undeclared_over_a_border() -> None:
    world, nameless = desk.world(CARRIER), replace(ABROAD, items=(replace(ABROAD.items[0], hs_code=""),))
    refused = desk.booked(CARRIER, nameless, world)
    assert "customsClearanceDetail" in refused.errors[0].message
    assert desk.booked(CARRIER, ABROAD, world).was_taken
