"""Warehouses and stock as partners see them."""

from datetime import date, datetime

import strawberry

from resolvers import consolidations as hubs
from resolvers import warehouses as answers
from schema.fields import described, mutation, resolved
from schema.links import AddressLink, ConsolidationLink, ConsolidationSheetLink
from schema.node import Node
from schema.payloads import Payload, UserError, item_errors, value, values
from schema.scalars import CountryCode


@strawberry.type(description="Days on which nobody works in a warehouse.")
class Closure:
    first: date = described("The first of them, by the warehouse's calendar.")
    last: date = described("The last of them.")
    because: str = described("Why.")


@strawberry.type(description="A place of a merchant where goods lie or come back to.")
class Warehouse(Node):
    code: str = described("The merchant's word for it.")
    name: str = described("Its name.")
    country: CountryCode = described("The country.")
    region: str | None = described("The region's code, as addresses have it.")
    latitude: float | None = described("Degrees north (WGS 84); null: not known.")
    longitude: float | None = described("Degrees east (WGS 84); null: not known.")
    zone: str = described("The IANA zone of its clock.")
    hours: str | None = described(
        "Its openings, in the usual short form; null: the working days of its country, 9 to 18."
    )
    works_holidays: bool = described("Whether it works on its country's holidays as on other days.")
    closures: list[Closure] = resolved(
        by=answers.closures, description="Its own closings: clocks of working time stand still.", size=3
    )
    address: AddressLink = resolved(by=answers.address, description="Where it is; masked as addresses are.")
    returns: bool = described("Whether it takes goods back.")
    is_hub: bool = described("Whether it gathers the returns of its country.")
    consolidation: ConsolidationSheetLink | None = resolved(
        by=hubs.of_hub, description="What waits at it to be sent on, at most 250 lines; null where it is no hub."
    )
    consolidations: list[ConsolidationLink] = resolved(
        by=hubs.latest, description="The parcels that it sent on, the latest 20, the last first.", size=3
    )
    is_default: bool = described("Whether goods go there where nothing else says so.")


@strawberry.type(description="How much of one thing lies in one warehouse.")
class Stock:
    sku: str = described("The stock number.")
    on_hand: int = described("So many lie there.")
    reserved: int = described("So many of them are kept for exchanges.")
    free: int = resolved(by=answers.free, description="So many can still be promised.")
    wanted: int = described("So many more the warehouse would like to have.")
    updated_at: datetime = described("When it was last counted or kept (UTC).")


@strawberry.type(description="One item's outcome.")
class StockSyncResult:
    index: int = described("Its place in the input, counted from 0.")
    sku: str = described("Its stock number as sent.")
    outcome: str = described("CREATED, UPDATED, UNCHANGED or REFUSED.")
    stock: Stock | None = described("The count as it stands; null when refused.")
    user_errors: list[UserError] = resolved(by=item_errors, description="Why it was refused.", size=1)


@strawberry.type(description="One outcome an item, in the order of the input.")
class StockSyncPayload(Payload):
    results: list[StockSyncResult] = values("One outcome an item.")


@strawberry.type(description="A warehouse, or why not.")
class WarehousePayload(Payload):
    warehouse: Warehouse | None = value("The warehouse as it stands; null when refused.")


@strawberry.type
class WarehouseQueries:
    warehouses: list[Warehouse] = resolved(
        by=answers.warehouses,
        description="The warehouses within reach (at most 100), by code. Needs the scope returns:read.",
        size=5,
    )


@strawberry.type
class WarehouseMutations:
    warehouse_save: WarehousePayload = mutation(
        by=answers.save,
        scope="returns:write",
        description="Makes a warehouse, or changes the one of this code to what is told; safe to repeat.",
    )
    warehouse_days_save: WarehousePayload = mutation(
        by=answers.save_days,
        scope="returns:write",
        description="Says when a warehouse works: its openings, and the days on which it is closed. Clocks that a policy "
        "tells in working days or hours count by it; safe to repeat.",
    )
    stock_sync: StockSyncPayload = mutation(
        by=answers.sync,
        scope="returns:write",
        description="Takes counts of one warehouse over, one outcome an item; safe to repeat.",
    )
