"""Warehouses and stock: read, saved, synchronised."""

from dataclasses import dataclass, replace
from datetime import date

import orjson
import strawberry
from sqlalchemy import select

from aftersales import calendars, warehouse_changes
from aftersales.forms import AddressForm
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.warehouse_changes import StockOutcome, StockWish, WarehouseWish
from db.models.warehouses import Stock, Warehouse
from resolvers.context import Info
from resolvers.inputs import at, few, no_such, optional, plain
from resolvers.order_sync import AddressInput
from resolvers.orders import PostalAddress, postal_address
from resolvers.points import GeoInput, position

MOST = 100
LONGEST = 200
LARGEST = 2_000_000_000


@strawberry.input(description="A warehouse, known by its code; what is left out is as the default says.")
class WarehouseSaveInput:
    code: str = strawberry.field(description="Your word for it, at most 60 characters.")
    name: str = strawberry.field(description="Its name.")
    address: AddressInput = strawberry.field(description="Where it is; kept encrypted.")
    position: GeoInput | None = optional("Its place on the globe, for distances.")
    returns: bool = strawberry.field(default=True, description="Whether it takes goods back.")
    is_hub: bool = strawberry.field(default=False, description="Whether it gathers the returns of its country.")
    is_default: bool = strawberry.field(default=False, description="Whether goods go there where nothing else says so.")


@strawberry.input(description="Days on which nobody works in a warehouse.")
class ClosureInput:
    first: date = strawberry.field(description="The first of them, by the warehouse's calendar.")
    last: date = strawberry.field(description="The last of them, at most 366 days later.")
    because: str = strawberry.field(description="Why, for people: Spring Festival, stocktaking.")


@strawberry.input(description="When a warehouse works: what clocks of working time count there.")
class WarehouseDaysSaveInput:
    warehouse: str = strawberry.field(description="The warehouse's code.")
    hours: str | None = optional(
        "Its openings by its own clock: `Mo-Fr 09:00-18:00; Sa 09:00-12:00`, `24/7`. Unless given it works on the working "
        "days of its country, from 9 to 18."
    )
    works_holidays: bool = strawberry.field(
        default=False, description="Whether it works on its country's holidays as on other days."
    )
    closures: list[ClosureInput] = strawberry.field(
        default_factory=list, description="Its own closings, at most 100, in place of those told before."
    )


@strawberry.input(description="How much of one thing lies there.")
class StockItemInput:
    sku: str = strawberry.field(description="The stock number, as order lines have it.")
    on_hand: int = strawberry.field(description="So many lie there, those kept for exchanges among them.")
    wanted: int = strawberry.field(default=0, description="So many more the warehouse would like to have.")


@strawberry.input(description="Counts of one warehouse.")
class StockSyncInput:
    warehouse: str = strawberry.field(description="The warehouse's code.")
    items: list[StockItemInput] = strawberry.field(
        description="At most 250; things that are not named stay as they are."
    )


async def warehouses(info: Info) -> list[Warehouse]:
    """Those within reach, by code."""
    info.context.viewer.must("returns:read")
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return list(await session.scalars(select(Warehouse).order_by(Warehouse.code, Warehouse.id).limit(MOST)))


async def address(root: Warehouse, info: Info) -> PostalAddress:
    """Where it is; masked unless the viewer may see it."""
    stored = orjson.loads(await info.context.reveal(root, "address") or "{}")
    return postal_address(stored, clear=info.context.viewer.sees_personal)


async def save(info: Info, input: WarehouseSaveInput) -> Warehouse:
    """Made or changed."""
    context = info.context
    assert context.session
    code, name = input.code.strip(), input.name.strip()
    if not 1 <= len(code) <= 60 or not 1 <= len(name) <= LONGEST:
        raise Refused(
            Refusal(RefusalCode.INVALID, "A code has 1 to 60 characters, a name 1 to 200.", ("input", "code"))
        )
    try:
        told = AddressForm.model_validate(plain(input.address)).model_dump(exclude_none=True)
    except ValueError:
        no = "That is no address; its country is two letters (ISO 3166-1), its parts at most 500 characters."
        raise Refused(Refusal(RefusalCode.INVALID, no, ("input", "address"))) from None
    wish = WarehouseWish(
        code=code,
        name=name,
        address=told,
        position=position(input.position) if input.position else None,
        returns=input.returns,
        is_hub=input.is_hub,
        is_default=input.is_default,
    )
    return await warehouse_changes.save(context.session, context.store.vault, context.viewer.merchant(), wish)


@dataclass(frozen=True, slots=True)
class Closure:
    """Days on which nobody works there."""

    first: date
    last: date
    because: str


def closures(root: Warehouse) -> list[Closure]:
    """Its own closings."""
    days = date.fromisoformat
    return [Closure(days(each["first"]), days(each["last"]), each["because"]) for each in root.closures or ()]


async def save_days(info: Info, input: WarehouseDaysSaveInput) -> Warehouse:
    """Its working time."""
    context = info.context
    assert context.session
    mine = (Warehouse.merchant_id == context.viewer.merchant(), Warehouse.code == input.warehouse.strip())
    row = await context.session.scalar(select(Warehouse).where(*mine).with_for_update())
    if row is None:
        raise no_such("warehouse", ("input", "warehouse"))
    with inside("input"):
        return calendars.set_days(row, {name: told for name, told in plain(input).items() if name != "warehouse"})


async def sync(info: Info, input: StockSyncInput) -> list[StockOutcome]:
    """Counts, one outcome each."""
    context = info.context
    assert context.session
    mine = (Warehouse.merchant_id == context.viewer.merchant(), Warehouse.code == input.warehouse.strip())
    row = await context.session.scalar(select(Warehouse).where(*mine))
    if row is None:
        raise no_such("warehouse", ("input", "warehouse"))
    for index, each in enumerate(few(input.items)):
        if not each.sku.strip() or len(each.sku) > LONGEST or max(each.on_hand, each.wanted) > LARGEST:
            no = "A stock number has 1 to 200 characters, and a count is at most two thousand million."
            raise Refused(Refusal(RefusalCode.INVALID, no, ("input", "items", str(index))))
    wishes = [StockWish(each.sku.strip(), each.on_hand, each.wanted) for each in input.items]
    done = await warehouse_changes.sync(context.session, row, wishes, context.clock())
    return [replace(each, refusals=at(each.index, each.refusals, "items")) for each in done]


def free(root: Stock) -> int:
    """What is not kept."""
    return root.on_hand - root.reserved
