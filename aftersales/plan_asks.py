"""What a plan is asked for: goods, a door, when money follows; and who cannot take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import policies
from aftersales.refusals import RefusalCode
from aftersales.rules import addresses, hindrances
from aftersales.rules.addresses import Address
from aftersales.rules.geometry import Position
from aftersales.rules.goods import Goods
from aftersales.rules.hindrances import Hindrance, Load
from aftersales.rules.pricing import Parcel
from aftersales.rules.tables.handling import ABILITIES, Handling
from carriers.carrier import Carrier
from db.case_enums import RefundTrigger, ReturnMethod
from db.models.orders import OrderLine
from db.models.returns import Return, ReturnLine
from db.session import held

WITHOUT_WEIGHT = 1000  # grams: what goods weigh of which nothing is known


@dataclass(frozen=True, slots=True)
class Item:
    """Some of one thing that comes back; grams are of one."""

    sku: str
    goods: Goods
    quantity: int = 1
    grams: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to come back, from where, and when money follows. ``zone`` is the door's; without a ``position`` or a
    ``point_id`` no points are offered. ``warehouse_id`` where it is settled already."""

    merchant_id: UUID
    country: str
    region: str | None
    zone: str
    items: tuple[Item, ...]
    methods: frozenset[ReturnMethod] = frozenset(ReturnMethod)
    postal_code: str = ""
    position: Position | None = None
    point_id: UUID | None = None
    size_mm: tuple[int, int, int] | None = None
    trigger: RefundTrigger = RefundTrigger.INSPECTION
    clocks: Mapping[str, int | Mapping[str, int]] = field(default_factory=dict)
    warehouse_id: UUID | None = None
    currency: str | None = None

    @property
    def parcel(self) -> Parcel:
        """All of it as one parcel."""
        return Parcel(sum((i.grams or 0) * i.quantity for i in self.items) or WITHOUT_WEIGHT, self.size_mm)

    @property
    def needs(self) -> frozenset[Handling]:
        """What the goods need beside being carried."""
        told = {
            v.strip()
            for i in self.items
            for n, value in i.goods.attributes
            if n == "handling"
            for v in value.split(",")
        }
        return frozenset(each for each in Handling if each.value in told)


async def of_return(session: AsyncSession, rma: Return, lines: Sequence[ReturnLine], origin: Mapping[str, Any]) -> Ask:
    """What a return asks for, from where its goods are (the fields of an address)."""
    ids = [line.order_line_id for line in lines if line.order_line_id]
    bought = await held(session, OrderLine, ids)
    at = addresses.standardise(Address(origin.get("country") or "", region=origin.get("region") or "")).address
    policy = await policies.kept(session, rma.merchant_id, rma.policy) if rma.policy else None
    return Ask(
        merchant_id=rma.merchant_id,
        country=at.country,
        region=origin.get("regionCode") or at.region_code or None,
        zone=addresses.zone_of(at).zone.key,
        postal_code=origin.get("postalCode") or "",
        position=Position(*origin["position"]) if origin.get("position") else None,
        point_id=rma.point_id,
        size_mm=(rma.size_mm[0], rma.size_mm[1], rma.size_mm[2]) if rma.size_mm else None,
        items=tuple(_item(line, bought.get(line.order_line_id) if line.order_line_id else None) for line in lines),
        methods=frozenset(policy.methods) if policy else frozenset(ReturnMethod),
        trigger=rma.trigger,
        clocks=(rma.policy or {}).get("clocks", {}),
        warehouse_id=rma.warehouse_id,
        currency=rma.currency,
    )


def _item(line: ReturnLine, bought: OrderLine | None) -> Item:
    known = item_of(bought, line.quantity) if bought else Item(line.sku, goods_of(line), line.quantity)
    return Item(line.sku, known.goods, line.quantity, line.weight_grams)


def goods_of(line: ReturnLine) -> Goods:
    """Goods without an order, as their merchant declared them."""
    return Goods(line.title, line.category or "")


def item_of(line: OrderLine, quantity: int) -> Item:
    """Some of an order's line."""
    told = tuple((str(each["name"]).lower(), str(each["value"]).lower()) for each in line.attributes)
    return Item(line.sku, Goods(line.title, line.category or "", told), quantity, line.weight_grams)


def hindrance(carrier: Carrier, ask: Ask) -> Hindrance | None:
    """Why a carrier is not offered for goods that may travel; None: it is."""
    assert carrier.booking
    bounds = carrier.booking.bounds
    no = hindrances.of_door(bounds, ask.country) or hindrances.of_load(bounds, Load(ask.parcel.grams, ask.size_mm))
    ability = ABILITIES.get(carrier.code)
    lacking = ask.needs - (ability.handling if ability else frozenset())
    if no or not lacking:
        return no
    because = f"It cannot do {', '.join(sorted(each.name for each in lacking))}."
    return Hindrance(RefusalCode.NOT_ELIGIBLE, because, "Take a carrier of the plan that can.")
