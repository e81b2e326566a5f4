from dataclasses import replace

from aftersales.rules.addresses import Address
from aftersales.rules.goods import Goods
from aftersales.rules.intake import LineFacts, OrderFacts, check, likeness
from db.enums import OrderFlag as F

GOOD = OrderFacts(
    phone="13800138000",
    address=Address("CN", street=("广东省深圳市南山区科技园路5号",)),
    lines=(LineFacts("A-1", Goods("Cotton shirt"), 1, 300),),
)


def test_an_order_without_faults_has_no_problems() -> None:
    assert check(GOOD) == ()


def test_everything_odd_is_told_at_once_in_one_order() -> None:
    bad = OrderFacts(
        phone="123",
        address=Address("CN", region="广东省", city="杭州市"),
        lines=(LineFacts("A-1", Goods("Shirt")), LineFacts("B-2", Goods("Gasoline"), 1, 0)),
        twin="W-1001",
    )
    found = [(p.flag, p.line, p.field) for p in check(bad)]
    assert found == [
        (F.PHONE_INVALID, None, "phone"),
        (F.ADDRESS_INCOMPLETE, None, "shippingAddress.street"),
        (F.REGION_MISMATCH, None, "shippingAddress.city"),
        (F.DUPLICATE, None, "number"),
        (F.FORBIDDEN_GOODS, 1, "title"),
        (F.WEIGHT_MISSING, 0, "weightGrams"),
        (F.WEIGHT_MISSING, 1, "weightGrams"),
    ]
    assert check(bad) == check(bad)


def test_the_duplicate_names_its_twin_and_the_goods_their_ground() -> None:
    [problem] = check(replace(GOOD, twin="W-1001"))
    assert "W-1001" in problem.message
    [problem] = check(replace(GOOD, lines=(LineFacts("X", Goods("Fireworks"), 1, 5),)))
    assert "IATA class 1" in problem.message


def test_no_message_repeats_what_is_personal() -> None:
    address = Address("US", region="Mars", city="Kvothe", street=("7 Denna Lane",), postal_code="ZZ-9", name="Elodin")
    told = " ".join(problem.message for problem in check(replace(GOOD, phone="4242", address=address)))
    for secret in ("4242", "Mars", "Kvothe", "Denna", "ZZ-9", "Elodin"):
        assert secret not in told


def test_the_phone_is_read_with_the_region_found_in_a_free_address() -> None:
    beijing = Address("CN", street=("北京市朝阳区建国路88号",))
    assert check(replace(GOOD, phone="62345678", address=beijing)) == ()


def test_likeness_is_of_goods_and_total_not_of_the_order_of_lines() -> None:
    a, b = LineFacts("A", Goods("a"), 2), LineFacts("b ", Goods("b"), 1)
    assert likeness((a, b), "10 CNY") == likeness((replace(b, sku="B"), a), "10 CNY")
    assert likeness((a, b), "10 CNY") == likeness((replace(a, quantity=1), b, replace(a, quantity=1)), "10 CNY")
    assert likeness((a, b), "10 CNY") != likeness((a, b), "11 CNY")
    assert likeness((a,), "10 CNY") != likeness((replace(a, quantity=3),), "10 CNY")
