import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules import chinese, units
from aftersales.rules.addresses import Address, standardise, zone_of
from aftersales.rules.tables.china import PROVINCES
from db.enums import OrderFlag

INCOMPLETE, MISMATCH = OrderFlag.ADDRESS_INCOMPLETE, OrderFlag.REGION_MISMATCH


def problems(address: Address) -> list[tuple[OrderFlag, str]]:
    return [(p.flag, p.field) for p in standardise(address).problems]


def test_the_table_has_every_province_and_prefecture() -> None:
    assert len(PROVINCES) == 34
    assert len({p.code for p in PROVINCES}) == 34
    codes = [code for p in PROVINCES for code in p.cities]
    assert len(codes) == len(set(codes)) == 337
    for province in PROVINCES:  # cities are matched with the library's data by their first two characters
        heads = [name[:2] for name in province.cities.values()]
        assert len(heads) == len(set(heads))


@pytest.mark.parametrize(
    ("text", "province", "city", "district", "rest"),
    [
        ("广东省深圳市南山区科技园路5号", "广东省", "深圳市", "南山区", "科技园路5号"),
        ("广东深圳南山区粤海街道", "广东省", "深圳市", "南山区", "粤海街道"),
        ("北京朝阳区建国路88号", "北京市", "北京市", "朝阳区", "建国路88号"),
        ("北京市北京市密云区鼓楼大街", "北京市", "北京市", "密云区", "鼓楼大街"),
        ("北京市市辖区海淀区中关村", "北京市", "北京市", "海淀区", "中关村"),
        ("吉林市船营区北京路", "吉林省", "吉林市", "船营区", "北京路"),
        ("海南藏族自治州共和县", "青海省", "海南藏族自治州", "共和县", ""),
        ("云南省大理市古城", "云南省", "大理白族自治州", "大理市", "古城"),
        ("江苏省昆山市花桥镇", "江苏省", "苏州市", "昆山市", "花桥镇"),
        ("湖北省仙桃市干河街道", "湖北省", "仙桃市", "", "干河街道"),
        ("哈密市伊州区", "新疆维吾尔自治区", "哈密市", "伊州区", ""),
        ("广东省中山市中山路1号", "广东省", "中山市", "", "中山路1号"),
    ],
)
def test_a_line_of_chinese_is_split_into_places(text: str, province: str, city: str, district: str, rest: str) -> None:
    place = chinese.locate(text)
    assert place.province is not None
    assert place.city is not None
    assert (place.province.name, place.city.name, place.district, place.rest) == (province, city, district, rest)


@pytest.mark.parametrize("street", ["北京路12号", "中山大道西1号", "南京东路100号", "苏州路12号"])
def test_a_street_named_after_a_place_is_no_place(street: str) -> None:
    assert chinese.locate(street) == chinese.Place(rest=street)


def test_one_line_is_enough_for_a_chinese_address() -> None:
    line = "　广东省 深圳市南山区科技园路５号１２栋３单元５０１室"
    found = standardise(Address("cn", street=(line,)))
    assert found.problems == ()
    assert found.address == Address(
        "CN",
        region="广东省",
        region_code="44",
        city="深圳市",
        city_code="4403",
        district="南山区",
        street=("科技园路5号",),
        unit="12栋3单元501室",
    )


def test_parts_and_latin_names_find_the_same_codes() -> None:
    written = Address("CN", region="Guangdong", city="Shenzhen", district="Nanshan", street=("5 Keji Road",))
    address = standardise(written).address
    assert (address.region_code, address.city_code, address.region) == ("44", "4403", "广东省")


def test_a_city_of_another_province_is_a_mismatch() -> None:
    assert problems(Address("CN", region="广东省", city="杭州市", street=("文一路",))) == [(MISMATCH, "city")]
    assert problems(Address("CN", region="广东省", city="昆山市", street=("人民路",))) == [(MISMATCH, "city")]
    both = Address("CN", region="广东省", city="深圳市", street=("浙江省杭州市文一路1号",))
    assert problems(both) == [(MISMATCH, "region")]


def test_a_postal_code_must_be_the_regions() -> None:
    assert problems(Address("CN", "广东", city="深圳", street=("a",), postal_code="100000")) == [
        (MISMATCH, "postalCode")
    ]
    assert problems(Address("US", "CA", city="LA", street=("1 Main St",), postal_code="10001")) == [
        (MISMATCH, "postalCode")
    ]
    assert problems(Address("US", "CA", city="LA", street=("1 Main St",), postal_code="1000")) == [
        (INCOMPLETE, "postalCode")
    ]
    assert problems(Address("US", "California", city="LA", street=("1 Main St",), postal_code="90001-1234")) == []


def test_everything_missing_is_named_at_once() -> None:
    assert problems(Address("DE")) == [(INCOMPLETE, "city"), (INCOMPLETE, "street"), (INCOMPLETE, "postalCode")]
    assert problems(Address("CN")) == [(INCOMPLETE, "region"), (INCOMPLETE, "city"), (INCOMPLETE, "street")]
    assert problems(Address("XX")) == [(INCOMPLETE, "country")]
    assert problems(Address("")) == [(INCOMPLETE, "country")]


def test_an_unknown_region_is_a_mismatch() -> None:
    assert (MISMATCH, "region") in problems(Address("CN", region="Atlantis", street=("x",)))
    assert (MISMATCH, "region") in problems(Address("BR", region="Atlantis", street=("x",)))


@pytest.mark.parametrize(
    ("country", "written", "name", "code"),
    [
        ("US", "california", "California", "CA"),
        ("BR", "sao paulo", "São Paulo", "SP"),
        ("MX", "Nuevo Leon", "Nuevo León", "NLE"),
        ("MX", "N.L.", "Nuevo León", "NLE"),
        ("JP", "Tokyo", "東京都", "13"),
        ("CA", "qc", "Quebec", "QC"),
    ],
)
def test_a_region_has_one_name_and_one_code(country: str, written: str, name: str, code: str) -> None:
    address = standardise(Address(country, region=written)).address
    assert (address.region, address.region_code) == (name, code)


@pytest.mark.parametrize(
    ("line", "street", "unit"),
    [
        ("科技路5号12栋3单元501室", "科技路5号", "12栋3单元501室"),
        ("XX小区12-3-501", "XX小区", "12-3-501"),
        ("建国路88号现代城B座1203", "建国路88号现代城", "B座1203"),
        ("5号院3号楼401", "5号院", "3号楼401"),
        ("幸福里小区二栋三单元五零一", "幸福里小区", "二栋三单元五零一"),
        ("1 Main St Apt 4B", "1 Main St", "Apt 4B"),
        ("1 Main St #5", "1 Main St", "#5"),
        ("Suite 200, 5 Main St", "5 Main St", "Suite 200"),
        ("5/12 High Street", "12 High Street", "5"),
        ("Av. Paulista 1000, Bloco B Apto 101", "Av. Paulista 1000", "Bloco B Apto 101"),
        ("12 Flat Rock Road", "12 Flat Rock Road", ""),
        ("科技路5号", "科技路5号", ""),
    ],
)
def test_the_unit_is_kept_apart(line: str, street: str, unit: str) -> None:
    assert units.split(line) == (street, unit)


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("CN", "新疆", "Asia/Shanghai"),
        ("CN", "香港", "Asia/Hong_Kong"),
        ("US", "Hawaii", "Pacific/Honolulu"),
        ("US", "", "America/New_York"),
        ("BR", "AC", "America/Rio_Branco"),
        ("AU", "WA", "Australia/Perth"),
        ("MX", "Baja California", "America/Tijuana"),
        ("CA", "BC", "America/Vancouver"),
        ("DE", "", "Europe/Berlin"),
        ("GB", "", "Europe/London"),
        ("JP", "", "Asia/Tokyo"),
    ],
)
def test_a_recipient_keeps_the_zone_of_the_state(country: str, region: str, zone: str) -> None:
    found = zone_of(Address(country, region=region))
    assert (found.zone.key, found.is_known) == (zone, True)


@given(st.text(max_size=4), st.text(max_size=8))
def test_a_zone_is_always_found(country: str, region: str) -> None:
    found = zone_of(Address(country, region=region))
    assert found.is_known or found.zone.key == "UTC"


_REGIONS = st.sampled_from(["", "广东省", "广东", "北京", "Guangdong", "CA", "SP", "NSW"])
_CITIES = st.sampled_from(["", "深圳市", "深圳", "北京市", "Shenzhen", "Los Angeles"])
_STREETS = st.tuples(
    st.sampled_from(["", "广东省", "广东", "北京"]),
    st.sampled_from(["", "深圳市", "深圳", "朝阳区", "南山区"]),
    st.sampled_from(["", "北京路", "中山", "1 Main St", "中山大道"]),
    st.sampled_from(["", "5号", " 5"]),
    st.sampled_from(["", "3栋501室", "A座1203", ", Apt 4", " #12"]),
).map("".join)


@given(st.sampled_from(["CN", "US", "BR", "HK", "AU"]), _REGIONS, _CITIES, _STREETS)
def test_an_address_without_problems_is_left_as_it_is(country: str, region: str, city: str, street: str) -> None:
    once = standardise(Address(country, region=region, city=city, street=(street,)))
    if not once.problems:
        assert standardise(once.address) == once


def test_a_region_elsewhere_is_flagged_and_does_not_run_into_the_district() -> None:
    read = standardise(Address("CN", region="加利福尼亚", city="深圳市", district="南山区", street=("科技园路1号",)))

    assert [(problem.flag, problem.field) for problem in read.problems] == [(OrderFlag.REGION_MISMATCH, "region")]
    assert (read.address.region, read.address.district) == ("加利福尼亚", "南山区")


def test_a_district_written_short_does_not_begin_the_street() -> None:
    read = standardise(Address("CN", region="广东", city="深圳", district="南山", street=("科技园路1号",)))

    assert (read.address.region, read.address.city, read.address.district) == ("广东省", "深圳市", "南山")
    assert read.address.street == ("科技园路1号",)
