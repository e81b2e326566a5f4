"""How fast bulk exports run, and in how much memory: ``python -m benchmarks.exports --database URL --rows 50000``.

Makes that many orders of one merchant, each with a line (once: a database that has them is used again), then exports them
with their lines as a worker does, every page durable before its cursor is kept. Prints rows a second and the process's
resident memory: before, at its highest, and how much it grew over the second half (constant memory: next to nothing). The
database is made by the command and must be the benchmark's own: ``sqlite+aiosqlite:////tmp/exports.db`` or
``postgresql+asyncpg://.../exports``.
"""

import argparse
import asyncio
import logging
import os
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, insert, select

from aftersales import credentials, exports, orders, partners
from aftersales.exports import ExportWish, file_of
from aftersales.forms import OrderForm
from aftersales.log import By
from aftersales.partners import MerchantWish, PartnerWish
from api.exports import reading
from api.settings import Settings
from db import migrate
from db.enums import Locale, PartnerKind, Party
from db.ids import uuid7
from db.models.exports import Export, ExportState
from db.models.orders import Order, OrderLine
from db.models.partners import ApiKey, Merchant, Partner
from db.reach import EVERYTHING
from db.session import Store
from db.settings import DatabaseSettings
from db.vault import Vault
from worker.exports import Exporter

SECRET_KEY = b"b" * 32
NAME = "Benchmark of exports"
AT_ONCE = 1000
QUERY = """{ orders(sort: PLACED_AT_ASC) { nodes {
  id number status placedAt total { amount currency } lines { sku title quantity unitPrice { amount } } } } }"""


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def resident() -> float:
    """This process's memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def owner(store: Store) -> tuple[Merchant, Partner, ApiKey]:
    """The benchmark's merchant, made once."""
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now())
        row = await session.scalar(select(Merchant).where(Merchant.name == NAME))
        if row is None:
            row = await partners.create_merchant(session, store.vault, MerchantWish(NAME), now=now())
            wish = PartnerWish(NAME, PartnerKind.MERCHANT, merchant_id=row.id)
            caller = await partners.create_partner(session, wish, now=now())
            await credentials.create_key(session, caller, "bench", ["orders:read"])
        partner = (await session.scalars(select(Partner).where(Partner.name == NAME))).one()
        key = (await session.scalars(select(ApiKey).where(ApiKey.partner_id == partner.id))).one()
    await store.keys_of(row.id)
    return row, partner, key


def form() -> OrderForm:
    """An order as a merchant would send it; all others are copies of its row."""
    price = {"amount": "99.50", "currency": "CNY"}
    line = {"sku": "TEE-RED-M", "title": "T恤 红色", "quantity": 2, "unitPrice": price}
    address = {"country": "CN", "region": "广东省", "city": "深圳市", "street": ["科技园路1号"]}
    told = {"number": "B-0", "placedAt": "2026-05-20T08:00:00Z", "total": {"amount": "199.00", "currency": "CNY"}}
    return OrderForm.model_validate({**told, "customer": {}, "shippingAddress": address, "lines": [line]})


async def fill(store: Store, merchant: Merchant, rows: int) -> None:
    """Orders with a line each until there are so many."""
    async with store.writing(EVERYTHING) as session:
        checked = [orders.check(form())]
        by = By(Party.MERCHANT, "benchmark")
        [(first, _)] = await orders.sync(session, store.vault, merchant.id, checked, by=by, now=now())
    async with store.reading(EVERYTHING) as session:
        have = await session.scalar(select(func.count(Order.id)).where(Order.merchant_id == merchant.id)) or 0
        line = (await session.scalars(select(OrderLine).where(OrderLine.order_id == first.id).limit(1))).one()
    order_like, line_like = _columns(first), _columns(line)
    for start in range(have, rows, AT_ONCE):
        made = [
            order_like
            | {"id": uuid7(), "number": f"B-{number}", "placed_at": first.placed_at + timedelta(seconds=number)}
            for number in range(start, min(start + AT_ONCE, rows))
        ]
        lines = [line_like | {"id": uuid7(), "order_id": each["id"]} for each in made]
        async with store.writing(EVERYTHING) as session:
            await session.execute(insert(Order), made)
            await session.execute(insert(OrderLine), lines)


def _columns(row: Any) -> dict[str, Any]:
    return {each.key: getattr(row, each.key) for each in row.__mapper__.column_attrs}


@dataclass(slots=True)
class Watch:
    """The process's memory, by how many rows were written."""

    told: list[tuple[int, float]] = field(default_factory=list)

    def note(self, rows: int) -> None:
        """Notes it now."""
        self.told.append((rows, resident()))

    def grown(self) -> float:
        """MB from half of the rows to the end."""
        half = next(memory for rows, memory in self.told if rows >= self.told[-1][0] / 2)
        return self.told[-1][1] - half


async def run(store: Store, folder: Path, wish: ExportWish) -> None:
    """One export from beginning to end, watched."""
    async with store.writing(EVERYTHING) as session:
        export = await exports.create(session, wish, now())
    settings = Settings(DatabaseSettings("", SECRET_KEY))
    exporter = Exporter(store, now, folder, reading(settings)(store, now))
    watch, before, started = Watch(), resident(), time.perf_counter()
    while export.state is not ExportState.DONE:
        await exporter.step()
        async with store.reading(EVERYTHING) as session:
            export = await session.get_one(Export, export.id)
        assert export.state is not ExportState.FAILED, export.error
        watch.note(export.rows)
    took = time.perf_counter() - started
    size = file_of(folder, export).stat().st_size
    print(
        f"{store.url.get_backend_name():10} {export.rows:9,} rows  {export.rows / took:7,.0f} rows/s  {size / 1e6:7.1f} MB"
    )
    highest = max(memory for _, memory in watch.told)
    print(
        f"memory     {before:5.0f} MB before  {highest:5.0f} MB at most  {watch.grown():+.1f} MB over the second half"
    )


async def measure(url: str, rows: int) -> None:
    """Makes the rows, then exports them."""
    store = Store(url, Vault(SECRET_KEY))
    await migrate.to_head(store)
    merchant, partner, key = await owner(store)
    await fill(store, merchant, rows)
    wish = ExportWish(partner.id, key.id, merchant.id, QUERY, {}, Locale.EN)
    with tempfile.TemporaryDirectory() as folder:
        await run(store, Path(folder), wish)
    await store.close()


def main() -> None:
    """Reads the command line and measures."""
    parser = argparse.ArgumentParser(description="Measures bulk exports.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--rows", type=int, default=50_000)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(measure(given.database, given.rows))


if __name__ == "__main__":
    main()
