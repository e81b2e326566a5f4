"""The sample world's people, goods and orders: invented, with every kind of trouble among them.

A parcel is (carrier, script, hours of its journey that have passed at the beginning, speed: hours that pass in one).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from carriers import scripts
from carriers.scripts import Script

QUICK, CALM, SLOW = 1800.0, 300.0, 60.0
Address = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel and how its journey is played."""

    carrier: str
    script: Script
    passed: float = 0
    speed: float = QUICK


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order: number, who bought, what (by key of GOODS, with quantities), its parcels, and how many days after the
    beginning delivery was promised for."""

    number: str
    buyer: str
    goods: tuple[tuple[str, int], ...]
    parcels: tuple[Parcel, ...]
    promised_in_days: int = 2


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with its accounts and orders. ``is_linked``: the platform acts for it."""

    name: str
    country: str
    zone: str
    currency: str
    external_id: str
    is_linked: bool
    accounts: tuple[str, ...]
    purchases: tuple[Purchase, ...]


GOODS: Mapping[str, tuple[str, str, str, int | None]] = {
    "tea": ("TEA-OOLONG-250", "乌龙茶 250克", "89.00", 300),
    "cup": ("CUP-CELADON", "青瓷茶杯一对", "168.00", 650),
    "shirt": ("SHIRT-LINEN-M", "亚麻衬衫 米色 M", "259.00", 280),
    "umbrella": ("UMB-BAMBOO", "竹柄晴雨伞", "129.00", 520),
    "lighter": ("LIGHTER-GAS", "丁烷气体打火机", "35.00", 60),
    "jacket": ("JKT-RAIN-L", "Rain jacket, moss green, L", "149.00", 540),
    "boots": ("BOOT-TRAIL-42", "Trail boots, size 42", "189.00", 1350),
    "lamp": ("LAMP-CAMP", "Camping lamp, hand crank", "39.90", None),
    "train": ("TOY-TRAIN-SET", "Wooden train set, 48 pieces", "64.50", 1900),
    "blocks": ("TOY-BLOCKS-100", "Building blocks, 100 pieces", "32.00", 1200),
}
"""Stock number, title, price in the shop's currency, grams."""


def _cn(name: str, phone: str, *place: str) -> Address:
    region, city, district, street, postal = place
    return {
        "name": name,
        "phone": phone,
        "country": "CN",
        "region": region,
        "city": city,
        "district": district,
        "street": [street],
        "postalCode": postal,
    }


def _abroad(name: str, phone: str, country: str, *place: str) -> Address:
    region, city, street, postal = place
    told: dict[str, str | list[str]] = {
        "name": name,
        "phone": phone,
        "country": country,
        "city": city,
        "street": [street],
        "postalCode": postal,
    }
    return told | ({"region": region} if region else {})


BUYERS: Mapping[str, Address] = {
    "lin": _cn("林晓雨", "13916550021", "上海市", "上海市", "静安区", "愚园路388弄12号602室", "200040"),
    "zhao": _cn("赵子墨", "13701886642", "上海市", "上海市", "浦东新区", "世纪大道1200号18楼", "200120"),
    "he": _cn("何佳宁", "13564120837", "上海市", "上海市", "徐汇区", "衡山路210号3单元401室", "200030"),
    "gu": _cn("顾明远", "1391655", "上海市", "上海市", "长宁区", "江苏路500号9室", "200050"),
    "baker": _abroad("Ruth Baker", "+14122815544", "US", "PA", "Pittsburgh", "412 Forbes Avenue, Apt 7", "15219"),
    "ortiz": _abroad("Daniel Ortiz", "+14126211020", "US", "PA", "Pittsburgh", "88 Penn Avenue", "15222"),
    "keller": _abroad("Jonas Keller", "+4922855512340", "DE", "", "Bonn", "Kaiserstraße 31", "53113"),
    "hoffmann": _abroad("Mira Hoffmann", "+4922898765430", "DE", "", "Bonn", "Sternstraße 8", "53111"),
    "reed": _abroad("Alice Reed", "+14123913000", "US", "PA", "Pittsburgh", "Grant Street", "15219"),
}

WAREHOUSES: Mapping[str, Address] = {
    "CN": _cn("竹潮仓库", "02158881234", "上海市", "上海市", "嘉定区", "曹安公路2000号", "201804"),
    "DE": _abroad("Northlight Lager", "+4922144556677", "DE", "", "Köln", "Hafenstraße 12", "50735"),
    "US": _abroad("Maple Warehouse", "+14125550100", "US", "PA", "Pittsburgh", "2500 Smallman Street", "15222"),
}
"""Where a shop's returns go, by its country."""

TIDE = Shop(
    name="Bamboo & Tide",
    country="CN",
    zone="Asia/Shanghai",
    currency="CNY",
    external_id="demo-bamboo-tide",
    is_linked=True,
    accounts=("sf", "zto", "yto", "jd", "jtexpress", "kuaidi100"),
    purchases=(
        Purchase("BT-1001", "lin", (("tea", 2),), (Parcel("sf", scripts.DELIVERED),)),
        Purchase("BT-1002", "lin", (("cup", 1),), (Parcel("zto", scripts.COLLECTION),)),
        Purchase("BT-1003", "zhao", (("shirt", 1),), (Parcel("yto", scripts.ATTEMPT),)),
        Purchase("BT-1004", "zhao", (("umbrella", 1), ("tea", 1)), (Parcel("jd", scripts.DELIVERED, 10),)),
        Purchase("BT-1005", "he", (("cup", 2),), (Parcel("sf", scripts.DAMAGED, 12),)),
        Purchase("BT-1006", "he", (("tea", 6),), (Parcel("jtexpress", scripts.STALLED, 24),), -2),
        Purchase("BT-1007", "gu", (("shirt", 2),), (Parcel("sto", scripts.RETURNED, 4),)),
        Purchase("BT-1008", "lin", (("lighter", 1),), (Parcel("sf", scripts.UNKNOWN),)),
        Purchase("BT-1009", "zhao", (("umbrella", 1),), (Parcel("yunda", scripts.DELIVERED, 0, CALM),)),
        Purchase(
            "BT-1010", "he", (("shirt", 1),), (Parcel("sf", scripts.DELAYED, 30), Parcel("sto", scripts.DELIVERED))
        ),
        Purchase("BT-1011", "zhao", (("tea", 3),), (Parcel("jtexpress", scripts.CUSTOMS, 12),)),
    ),
)

NORTHLIGHT = Shop(
    name="Northlight Outfitters",
    country="DE",
    zone="Europe/Berlin",
    currency="EUR",
    external_id="demo-northlight",
    is_linked=True,
    accounts=("fedex", "ups", "usps", "dhl_express", "dhl_parcel_de", "dhl_unified"),
    purchases=(
        Purchase("NL-2001", "keller", (("jacket", 1),), (Parcel("dhl_parcel_de", scripts.DELIVERED),)),
        Purchase("NL-2002", "hoffmann", (("boots", 1),), (Parcel("dhl_parcel_de", scripts.LOST, 20),), -1),
        Purchase("NL-2003", "baker", (("jacket", 2),), (Parcel("ups", scripts.CUSTOMS, 8),)),
        Purchase("NL-2004", "ortiz", (("lamp", 1),), (Parcel("usps", scripts.ATTEMPT, 6),)),
        Purchase("NL-2005", "baker", (("boots", 1),), (Parcel("fedex", scripts.DELAYED, 34),), 1),
        Purchase("NL-2006", "keller", (("lamp", 2),), (Parcel("dhl_express", scripts.ABROAD, 0, CALM),)),
        Purchase("NL-2007", "hoffmann", (("jacket", 1),), (Parcel("dhl_unified", scripts.COLLECTION),)),
        Purchase("NL-2008", "ortiz", (("boots", 1), ("lamp", 1)), (Parcel("ups", scripts.DELIVERED, 0, SLOW),)),
    ),
)

MAPLE = Shop(
    name="Maple Street Toys",
    country="US",
    zone="America/New_York",
    currency="USD",
    external_id="demo-maple-street",
    is_linked=False,
    accounts=("easypost", "dcsa"),
    purchases=(
        Purchase("MS-3001", "reed", (("train", 1),), (Parcel("usps", scripts.DELIVERED),)),
        Purchase("MS-3002", "reed", (("train", 1),), (Parcel("usps", scripts.DELIVERED, 15),)),
        Purchase("MS-3003", "ortiz", (("blocks", 2),), (Parcel("fedex", scripts.ADDRESS, 10),)),
        Purchase("MS-3004", "baker", (("blocks", 40),), (Parcel("dcsa", scripts.IN_TRANSIT, 0, SLOW),), 20),
    ),
)

SHOPS = (TIDE, NORTHLIGHT, MAPLE)
