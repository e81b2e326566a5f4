import pytest

from aftersales.rules.goods import Goods, forbidden
from aftersales.rules.tables.goods import GROUNDS, UN_NUMBERS


def codes(title: str, category: str = "", *attributes: tuple[str, str]) -> list[str]:
    return [found.ground.code for found in forbidden(Goods(title, category, attributes))]


@pytest.mark.parametrize(
    ("title", "ground"),
    [
        ("Loose lithium battery 18650, 4 pcs", "LITHIUM_BATTERIES"),
        ("大容量充电宝 20000毫安", "LITHIUM_BATTERIES"),
        ("Power banks 10000 mAh fast charger", "LITHIUM_BATTERIES"),
        ("Black Gunpowder 500 g", "EXPLOSIVES"),
        ("FIREWORKS assortment", "EXPLOSIVES"),
        ("春节烟花爆竹大礼包", "EXPLOSIVES"),
        ("Live turtle, 10 cm", "LIVE_ANIMALS"),
        ("活体仓鼠一对", "LIVE_ANIMALS"),
        ("75%酒精消毒液 500ml", "FLAMMABLE_LIQUIDS"),
        ("Gasoline, 5 l", "FLAMMABLE_LIQUIDS"),
        ("Acetone 99 %", "FLAMMABLE_LIQUIDS"),
        ("管制刀具 匕首", "WEAPONS"),
        ("Fake banknotes 100 EUR", "COUNTERFEITS"),
        ("假币", "COUNTERFEITS"),
        ("Cannabis seeds", "DRUGS"),
        ("Ｂｕｔａｎｅ gas canister", "GASES"),
        ("浓硫酸 500ml", "CORROSIVES"),
        ("象牙手镯", "PROTECTED_WILDLIFE"),
    ],
)
def test_forbidden_goods_are_named_in_both_languages(title: str, ground: str) -> None:
    assert ground in codes(title)


@pytest.mark.parametrize(
    "title",
    [
        "Smartphone with lithium battery built in",
        "内置锂电池蓝牙音箱",
        "Günther's trifle bowl",
        "Toy pistol for water games",
        "打气枪 家用",
        "筋膜枪",
        "Fireworks print T-shirt",
        "Petrol blue sofa",
        "无酒精爽肤水",
        "Ivory white curtain",
        "象牙白衬衫",
        "硫酸软骨素胶囊",
        "火柴人玩具",
        "Notebook A5",
        "Alive: a novel",
        "Opium perfume 50 ml",
        "",
    ],
)
def test_words_within_other_words_and_harmless_goods_pass(title: str) -> None:
    assert codes(title) == []


def test_categories_and_declared_un_numbers_tell_too() -> None:
    assert codes("Assortment", "Fireworks") == ["EXPLOSIVES"]
    assert codes("Cells", "", ("hazard", "UN 3480, PI 965")) == ["LITHIUM_BATTERIES"]
    assert codes("Curtain", "", ("color", "Ivory")) == []


def test_every_ground_has_its_source_and_a_sentence() -> None:
    known = {ground.code for ground in GROUNDS}
    assert len(known) == len(GROUNDS)
    assert set(UN_NUMBERS.values()) <= known
    for ground in GROUNDS:
        assert ground.source
        assert ground.sentence.endswith(".")
        assert {found.ground.code for found in forbidden(Goods("", ground.categories[0]))} == {ground.code}


def test_a_book_for_a_title_is_cut_not_read() -> None:
    assert codes("x" * 100_000 + " gasoline") == []
