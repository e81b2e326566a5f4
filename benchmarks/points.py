"""How fast the nearest drop-off points are found among many, beside the goal (p99 within 10 ms):
``python -m benchmarks.points --database URL [--points 100000] [--asks 2000]``.

The database is to be migrated and is filled with points of a carrier of the benchmark's own: nine in ten in forty towns,
dense in their middles, the rest anywhere. Asked is for twenty within 3 km of a point of the same spread, one after another.
"""

import argparse
import random
import time
from datetime import UTC, datetime

import uvloop
from sqlalchemy import func, insert, select, text

from aftersales import points
from aftersales.points import Wanted
from aftersales.rules import geometry
from aftersales.rules.geometry import Position
from db import migrate
from db.ids import uuid7
from db.models.partners import CarrierRow
from db.models.points import DropOffPoint
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

GOAL_MS = 10.0
CARRIER = "benchmark_points"


def places(count: int, dice: random.Random) -> list[Position]:
    """Towns with dense middles, and some points anywhere."""
    towns = [Position(dice.uniform(20, 45), dice.uniform(80, 125)) for _ in range(40)]
    made = []
    for _ in range(count):
        if dice.random() < 0.1:
            made.append(Position(dice.uniform(18, 50), dice.uniform(75, 130)))
            continue
        town, spread = dice.choice(towns), dice.choice([0.02, 0.06, 0.15])
        made.append(Position(dice.gauss(town.latitude, spread), dice.gauss(town.longitude, spread)))
    return made


async def fill(store: Store, wanted: list[Position]) -> None:
    """The points, unless as many are there."""
    async with store.writing(EVERYTHING) as session:
        mine = select(func.count()).select_from(DropOffPoint).where(DropOffPoint.carrier_code == CARRIER)
        if await session.scalar(mine) == len(wanted):
            return
        if await session.get(CarrierRow, CARRIER) is None:
            session.add(CarrierRow(code=CARRIER, name="Benchmark"))
            await session.flush()
        for start in range(0, len(wanted), 5000):
            rows = [_row(n, at) for n, at in enumerate(wanted[start : start + 5000], start)]
            await session.execute(insert(DropOffPoint), rows)
    async with store.writing(EVERYTHING) as session:
        await session.execute(text("ANALYZE drop_off_points"), execution_options={"reached": True})


def _row(number: int, at: Position) -> dict[str, object]:
    return {
        "id": uuid7(),
        "carrier_code": CARRIER,
        "external_id": str(number),
        "name": f"Point {number}",
        "address": f"{number} Street",
        "country": "CN",
        "latitude": at.latitude,
        "longitude": at.longitude,
        "band": geometry.band(at.latitude),
        "zone": "Asia/Shanghai",
        "hours": [[[540, 1080]]] * 7,
        "accepts": ["DROP_OFF_POINT"],
        "updated_at": datetime.now(UTC),
    }


async def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument(
        "--database", metavar="URL", required=True, help="sqlite+aiosqlite:///FILE or postgresql+asyncpg://..."
    )
    words.add_argument("--points", type=int, default=100_000)
    words.add_argument("--asks", type=int, default=2000)
    given = words.parse_args()
    store = Store(given.database, Vault(b"b" * 32))
    await migrate.to_head(store)
    made = places(given.points, random.Random(1))
    await fill(store, made)
    dice, took, found = random.Random(2), [], 0
    for _ in range(given.asks):
        at = dice.choice(made)
        center = Position(at.latitude + dice.gauss(0, 0.005), at.longitude + dice.gauss(0, 0.005))
        started = time.perf_counter()
        async with store.reading(EVERYTHING) as session:
            found += len(await points.near(session, Wanted(center)))
        took.append((time.perf_counter() - started) * 1000)
    await store.close()
    took.sort()
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(f"{given.points:,} points, {given.asks:,} asks, {found / given.asks:.1f} found on average")
    print(f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, goal p99 {GOAL_MS:.0f} ms: {'kept' if p99 <= GOAL_MS else 'MISSED'}")


if __name__ == "__main__":
    uvloop.run(main())
