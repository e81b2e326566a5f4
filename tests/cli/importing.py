"""Files to import, and what became of them."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from db.ids import parse_typeid
from db.models.orders import Order, OrderLine
from db.reach import EVERYTHING
from db.session import Store

InStore = Callable[[Any], Any]
HEADER = "number,placedAt,total.amount,total.currency,shippingAddress.country,shippingAddress.city,lines.sku,lines.title,lines.quantity,lines.unitPrice.amount"


def jsonl(path: Path, items: Iterable[Any]) -> Path:
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in items), "utf-8")
    return path


def csv_file(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def outcomes(path: Path) -> list[dict[str, Any]]:
    """The outcome file's lines of orders."""
    told = [json.loads(line) for line in path.with_name(f"{path.name}.outcome.jsonl").read_text().splitlines()]
    return [each for each in told if "line" in each]


def kept(in_store: InStore, merchant: str) -> dict[str, list[tuple[str, int]]]:
    """The merchant's orders by number, each with its lines."""

    async def work(store: Store) -> dict[str, list[tuple[str, int]]]:
        parsed = parse_typeid(merchant)
        assert parsed
        async with store.reading(EVERYTHING) as session:
            orders = {
                row.id: row.number for row in await session.scalars(select(Order).where(Order.merchant_id == parsed[1]))
            }
            found: dict[str, list[tuple[str, int]]] = {number: [] for number in orders.values()}
            for line in await session.scalars(
                select(OrderLine).where(OrderLine.order_id.in_(orders)).order_by(OrderLine.position)
            ):
                found[orders[line.order_id]].append((line.sku, line.quantity))
        return found

    result: dict[str, list[tuple[str, int]]] = in_store(work)
    return result
