from aftersales import orders
from aftersales.forms import OrderForm
from tests import make


def phones(customer: str | None, shipping: str | None) -> tuple[str | None, str | None, list[str]]:
    """The recipient's phone, the buyer's, and the places of what is wrong with phones."""
    form = make.order_form()
    form["customer"] = {"externalId": "c-1", **({"phone": customer} if customer else {})}
    form["shippingAddress"] = {**form["shippingAddress"], "phone": shipping}
    checked = orders.check(OrderForm.model_validate(form))
    wrong = [problem.field for problem in checked.problems if problem.flag.value == "phone_invalid"]
    return checked.phone, checked.buyer.e164, wrong


def test_the_buyer_keeps_their_own_phone_beside_the_recipients() -> None:
    assert phones("13912345678", "13800138000") == ("+8613800138000", "+8613912345678", [])


def test_a_buyer_without_a_phone_has_the_recipients() -> None:
    assert phones(None, "13800138000") == ("+8613800138000", "+8613800138000", [])


def test_what_is_wrong_is_named_by_its_place() -> None:
    assert phones("123", "13800138000") == ("+8613800138000", None, ["customer.phone"])
    assert phones("13912345678", "5") == (None, "+8613912345678", ["shippingAddress.phone"])
    assert phones("123", None) == (None, None, ["customer.phone"])
