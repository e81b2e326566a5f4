"""Goods no carrier takes, or takes only by special agreement.

Sources: CN = Catalogue of articles forbidden in postal and express delivery (禁止寄递物品指导目录, annexed to rule 国邮发〔2016〕107号,
in force since 2016-12-16), by its item; CN-POST = Implementing Rules of the Postal Law (邮政法实施细则), article 33;
IATA = Dangerous Goods Regulations, by class; CITES = Convention on trade in endangered species.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ground:
    """Why goods are forbidden. ``words`` are English words or phrases (plural understood) and Chinese ones; where one of
    ``unless`` stands in the same text, words mean something else (a battery in a phone, a toy gun). ``source`` names
    the rule, ``dangerous_class`` IATA's class where there is one."""

    code: str
    sentence: str
    source: str
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    dangerous_class: str | None = None


_PRETENCE = (
    "toy",
    "replica poster",
    "book",
    "costume",
    "print",
    "printed",
    "sticker",
    "game",
    "keychain",
    "玩具",
    "图案",
    "模型",
    "贴纸",
    "书",
)

GROUNDS: tuple[Ground, ...] = (
    Ground(
        "FIREARMS",
        "Firearms, their parts and ammunition may not be sent.",
        "CN item 1",
        ("firearm", "pistol", "revolver", "rifle", "shotgun", "handgun", "airgun", "air gun", "air rifle", "ammunition", "ammo", "gun barrel", "silencer for gun", "枪支", "手枪", "步枪", "猎枪", "气枪", "弹药", "子弹", "仿真枪"),
        (*_PRETENCE, "water pistol", "glue gun", "massage gun", "子弹头", "子弹杯", "打气枪", "喷气枪", "充气枪", "热气枪", "吹气枪", "水枪", "ammo box for tools"),
        ("firearms", "guns", "ammunition", "枪支弹药"),
        "1",
    ),
    Ground(
        "WEAPONS",
        "Controlled knives, crossbows, stun devices and other controlled weapons may not be sent.",
        "CN item 2",
        ("switchblade", "butterfly knife", "brass knuckle", "crossbow", "stun gun", "taser", "pepper spray", "dagger", "管制刀具", "匕首", "弹簧刀", "三棱刀", "弩", "电击器", "电棍", "催泪器", "催泪喷射器"),
        _PRETENCE,
        ("weapons", "管制器具"),
    ),
    Ground(
        "EXPLOSIVES",
        "Explosives, gunpowder, fireworks and firecrackers may not be sent.",
        "CN item 3; IATA class 1",
        ("gunpowder", "black powder", "firework", "firecracker", "sparkler", "explosive", "detonator", "dynamite", "smoke bomb", "火药", "黑火药", "炸药", "雷管", "烟花", "爆竹", "鞭炮", "摔炮", "仙女棒", "发令纸", "导火索"),
        (*_PRETENCE, "led", "电子", "裙", "灯", "explosive power training", "explosive speed", "非爆炸"),
        ("fireworks", "explosives", "烟花爆竹"),
        "1",
    ),
    Ground(
        "GASES",
        "Compressed and liquefied gases, and aerosols that burn, may not be sent.",
        "CN item 4; IATA class 2",
        ("butane", "propane", "lpg", "compressed gas", "gas cylinder", "gas canister", "aerosol", "lighter refill", "camping gas", "丁烷", "丙烷", "液化气", "气罐", "压缩气体", "打火机气体", "氧气瓶", "气雾剂", "喷雾罐"),
        ("empty", "regulator", "hose", "空瓶", "阀", "软管", "stove adapter"),
        ("compressed gas", "压缩气体"),
        "2.1",
    ),
    Ground(
        "FLAMMABLE_LIQUIDS",
        "Flammable liquids may not be sent.",
        "CN item 5; IATA class 3",
        ("gasoline", "petrol", "kerosene", "diesel fuel", "methanol", "ethanol", "acetone", "turpentine", "paint thinner", "lighter fluid", "flammable liquid", "汽油", "柴油", "煤油", "酒精", "乙醇", "甲醇", "丙酮", "松节油", "香蕉水", "天那水", "油漆", "稀释剂", "打火机油", "易燃液体"),
        ("alcohol-free", "alcohol free", "petrol station", "petrol blue", "gasoline engine", "gasoline generator", "petrol generator", "can empty", "无酒精", "不含酒精", "非酒精", "酒精炉", "酒精灯", "酒精测试", "汽油机", "柴油机", "汽油滤", "柴油滤", "油漆刷", "wipe", "湿巾", "棉片", "test kit"),
        ("flammable liquids", "易燃液体"),
        "3",
    ),
    Ground(
        "FLAMMABLE_SOLIDS",
        "Matches, lighters and solids that burn or ignite by themselves may not be sent.",
        "CN item 6; IATA class 4",
        ("safety match", "matches box", "matchbox of match", "disposable lighter", "gas lighter", "white phosphorus", "sodium metal", "magnesium powder", "solid fuel tablet", "火柴", "打火机", "白磷", "红磷", "金属钠", "镁粉", "固体酒精", "易燃固体"),
        (*_PRETENCE, "火柴人", "火柴盒玩具", "充电打火机", "点烟器", "usb lighter", "case", "打火机套", "打火机壳"),
        ("flammable solids", "易燃固体"),
        "4.1",
    ),
    Ground(
        "OXIDISERS",
        "Oxidising substances and organic peroxides may not be sent.",
        "CN item 7; IATA class 5",
        ("hydrogen peroxide", "potassium permanganate", "ammonium nitrate", "sodium chlorate", "organic peroxide", "过氧化氢", "双氧水", "高锰酸钾", "硝酸铵", "氯酸钾", "过氧化物"),
        ("test strip", "试纸"),
        ("oxidisers", "氧化剂"),
        "5.1",
    ),
    Ground(
        "POISONS",
        "Poisonous substances may not be sent.",
        "CN item 8; IATA class 6.1",
        ("cyanide", "arsenic", "strychnine", "paraquat", "rat poison", "mercury metal", "砒霜", "氰化物", "氰化钾", "百草枯", "老鼠药", "毒鼠强", "水银", "汞"),
        ("arsenic and old lace", "test kit", "mercury-free", "mercury free", "无汞", "不含汞", "检测", "水银色", "水银镜"),
        ("poisons", "毒性物质"),
        "6.1",
    ),
    Ground(
        "INFECTIOUS",
        "Infectious substances and biological samples may not be sent.",
        "CN item 9; IATA class 6.2",
        ("blood sample", "virus sample", "bacterial culture", "medical waste", "infectious substance", "血液样本", "病毒样本", "菌种", "医疗废物"),
        (),
        ("infectious", "感染性物质"),
        "6.2",
    ),
    Ground(
        "RADIOACTIVE",
        "Radioactive substances may not be sent.",
        "CN item 10; IATA class 7",
        ("uranium", "plutonium", "radium", "cobalt-60", "radioactive", "放射性", "铀", "钚", "镭"),
        (*_PRETENCE, "uranium glass", "detector", "检测仪", "镭射", "镭雕"),
        ("radioactive", "放射性物质"),
        "7",
    ),
    Ground(
        "CORROSIVES",
        "Corrosive substances may not be sent.",
        "CN item 11; IATA class 8",
        ("sulfuric acid", "sulphuric acid", "hydrochloric acid", "nitric acid", "caustic soda", "sodium hydroxide", "car battery acid", "硫酸", "盐酸", "硝酸", "烧碱", "氢氧化钠", "蓄电池液"),
        ("resistant", "耐酸", "硫酸软骨素", "硫酸锌", "硫酸钡", "硫酸镁", "盐酸二甲双胍", "盐酸左", "盐酸氨", "硝酸甘油片"),
        ("corrosives", "腐蚀性物质"),
        "8",
    ),
    Ground(
        "DRUGS",
        "Narcotics, psychotropic substances and things to take them with may not be sent.",
        "CN item 12",
        ("cocaine", "heroin", "methamphetamine", "cannabis", "marijuana", "ketamine", "lsd", "mdma", "opium", "fentanyl", "海洛因", "冰毒", "大麻", "可卡因", "氯胺酮", "鸦片", "摇头丸", "芬太尼", "罂粟"),
        (*_PRETENCE, "opium perfume", "perfume", "香水", "test kit", "试纸", "heroine", "火麻", "工业大麻布"),
        ("narcotics", "毒品"),
    ),
    Ground(
        "COUNTERFEITS",
        "Counterfeit money, forged papers and counterfeit goods may not be sent.",
        "CN items 15 and 16",
        ("counterfeit", "counterfeit money", "fake banknote", "fake passport", "forged document", "fake id", "假币", "假钞", "伪钞", "假证", "假发票", "假冒", "高仿", "A货"),
        ("detector", "验钞", "点钞", "anti-counterfeit", "防伪", "anti counterfeit"),
        ("counterfeits", "伪造物品"),
    ),
    Ground(
        "MONEY",
        "Cash and bearer papers may not be sent as parcels.",
        "CN-POST item 4",
        ("banknote", "cash money", "bearer bond", "现金", "钞票", "人民币现钞"),
        (*_PRETENCE, "album", "holder", "counter", "detector", "collector", "wallet", "现金流", "钱包", "点钞", "验钞", "收藏册", "register", "收银"),
        ("cash", "现金"),
    ),
    Ground(
        "PROTECTED_WILDLIFE",
        "Endangered animals and plants, and what is made of them, may not be sent.",
        "CN item 17; CITES",
        ("ivory", "rhino horn", "pangolin", "tiger bone", "sea turtle shell", "象牙", "犀牛角", "犀角", "穿山甲", "虎骨", "玳瑁", "红珊瑚"),
        (*_PRETENCE, "ivory white", "ivory color", "ivory colour", "colour: ivory", "color: ivory", "ivory coloured", "ivory dress", "ivory paper", "ivory soap", "象牙白", "象牙色", "象牙塔", "仿象牙", "象牙芒", "穿山甲机器"),
        ("ivory", "象牙制品"),
    ),
    Ground(
        "LIVE_ANIMALS",
        "Live animals may not be sent as parcels.",
        "CN-POST item 7; IATA Live Animals Regulations",
        ("live animal", "live fish", "live turtle", "live puppy", "live hamster", "live snake", "live chick", "live cat", "live dog", "活体", "活的动物", "活鱼", "活龟", "活鸡", "宠物活体", "活兔"),
        ("拼音活体", "活体字", "活体检测", "book", "toy", "玩具", "trap", "food", "饲料"),
        ("live animals", "活体动物"),
    ),
    Ground(
        "LITHIUM_BATTERIES",
        "Lithium batteries on their own may not be sent by air; packed in or with a device they may.",
        "IATA class 9, UN 3480 and UN 3090",
        ("loose lithium battery", "lithium battery", "lithium batteries", "lithium ion battery", "lithium-ion battery", "li-ion battery", "lipo battery", "18650 battery", "21700 battery", "18650 cell", "lithium cell", "power bank", "锂电池", "锂离子电池", "聚合物电池", "电芯", "充电宝", "移动电源"),
        ("with lithium", "built-in", "built in", "including lithium", "contains lithium", "powered by", "case for", "battery charger", "battery tester", "battery case", "battery holder", "power bank case", "内置", "自带", "含锂电池", "电池充电器", "保护套", "收纳", "测试仪", "powered", "drill", "vacuum", "phone with"),
        ("lithium batteries", "power banks", "锂电池", "充电宝"),
        "9",
    ),
)  # fmt: skip

# UN numbers that are declared in attributes, to the ground they fall under (IATA DGR list of dangerous goods).
UN_NUMBERS: Mapping[str, str] = {
    "UN0012": "FIREARMS",
    "UN0027": "EXPLOSIVES",
    "UN0161": "EXPLOSIVES",
    "UN0335": "EXPLOSIVES",
    "UN0336": "EXPLOSIVES",
    "UN0337": "EXPLOSIVES",
    "UN1011": "GASES",
    "UN1057": "GASES",
    "UN1075": "GASES",
    "UN1950": "GASES",
    "UN1978": "GASES",
    "UN2037": "GASES",
    "UN1090": "FLAMMABLE_LIQUIDS",
    "UN1170": "FLAMMABLE_LIQUIDS",
    "UN1203": "FLAMMABLE_LIQUIDS",
    "UN1223": "FLAMMABLE_LIQUIDS",
    "UN1230": "FLAMMABLE_LIQUIDS",
    "UN1263": "FLAMMABLE_LIQUIDS",
    "UN1993": "FLAMMABLE_LIQUIDS",
    "UN1944": "FLAMMABLE_SOLIDS",
    "UN1490": "OXIDISERS",
    "UN2014": "OXIDISERS",
    "UN1680": "POISONS",
    "UN1689": "POISONS",
    "UN2814": "INFECTIOUS",
    "UN2900": "INFECTIOUS",
    "UN1789": "CORROSIVES",
    "UN1823": "CORROSIVES",
    "UN1830": "CORROSIVES",
    "UN2031": "CORROSIVES",
    "UN3090": "LITHIUM_BATTERIES",
    "UN3480": "LITHIUM_BATTERIES",
}
