"""Real orders through the front doors: one merchant a seller, every parcel followed from its carrier's own words.

``python -m benchmarks.olist --database URL`` makes the database's tables where they are missing, imports the orders with
their parcels (as ``waybridge import orders`` does), tells through ``trackingEventsPush`` what the carrier told, asks as a
platform which orders are delayed, and says how long each took. Begin with an empty database.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson
from sqlalchemy import select

from aftersales import credentials, partners
from api.app import Clock
from benchmarks import olist_api
from benchmarks.olist_data import CARRIER, DATA, Olist, read
from cli.importing_file import Format, Wish, imported
from db import migrate
from db.enums import PartnerKind
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store
from db.settings import database_url
from db.vault import Vault

KEY = b"olist benchmark's own secret key"


@dataclass(slots=True)
class Figures:
    """Seconds by the clock and of this process's CPU, by stage."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures what is done inside."""
        wall, cpu = time.perf_counter(), _cpu()
        yield
        self.wall[name], self.cpu[name] = time.perf_counter() - wall, _cpu() - cpu


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: ``told`` counts the pushes by outcome, ``delayed`` are orders as (merchant, number)."""

    figures: Figures
    refused: int
    told: Counter[str]
    delayed: list[tuple[str, str]]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def run(store: Store, olist: Olist, folder: Path, clock: Clock = lambda: datetime.now(UTC)) -> Result:
    """The whole, in an empty database; ``folder`` takes the file to import and its outcome."""
    figures = Figures()
    async with store.writing(EVERYTHING) as session:
        await partners.add_carrier(session, partners.CarrierWish(CARRIER, "Olist", country="BR"), now=clock())
    file = folder / "olist.jsonl"
    file.write_bytes(b"".join(orjson.dumps(order, option=orjson.OPT_APPEND_NEWLINE) for order in olist.orders))
    wish = Wish(file, Format.JSONL, folder / "olist.outcome.jsonl", merchant_column="merchant", create_merchants=True)
    with figures.stage("import and register"):
        refused, whole = await imported(store, wish)
    assert whole
    carrier_key, platform_key = await _keys(store, clock())
    async with olist_api.serving(store, KEY, clock) as http:
        with figures.stage("push"):
            told = await olist_api.push(olist_api.Partner(http, carrier_key), olist.scans())
        with figures.stage("delayed orders"):
            delayed = await olist_api.delayed_orders(olist_api.Partner(http, platform_key))
    return Result(figures, refused, told, delayed)


async def _keys(store: Store, now: datetime) -> tuple[str, str]:
    """The carrier's key, and that of a platform that acts for every merchant."""
    async with store.writing(EVERYTHING) as session:
        wish = partners.PartnerWish("Olist carrier", PartnerKind.CARRIER, carrier_code=CARRIER)
        carrier = await partners.create_partner(session, wish, now=now)
        wish = partners.PartnerWish("Olist platform", PartnerKind.PLATFORM)
        platform = await partners.create_partner(session, wish, now=now)
        for merchant in await session.scalars(select(Merchant)):
            await partners.link_merchant(session, platform, merchant, now=now)
        made = [
            await credentials.create_key(session, each, "olist", credentials.DEFAULT_SCOPES[each.kind])
            for each in (carrier, platform)
        ]
    return made[0][1], made[1][1]


async def _measured(url: str, folder: Path) -> None:
    store = Store(url, Vault(KEY))
    try:
        await migrate.to_head(store)
        olist = read(folder)
        with tempfile.TemporaryDirectory() as place:
            result = await run(store, olist, Path(place))
    finally:
        await store.close()
    print(
        f"{len(olist.orders):,} orders, {result.refused} refused; {dict(result.told)}; {len(result.delayed):,} delayed"
    )
    for stage, wall in result.figures.wall.items():
        print(f"{stage:20} {wall:7.1f} s, {result.figures.cpu[stage]:7.1f} s of CPU here")
    figures = result.figures
    whole = [sum(each[stage] for stage in ("import and register", "push")) for each in (figures.wall, figures.cpu)]
    print(f"{'import to push':20} {whole[0]:7.1f} s, {whole[1]:7.1f} s of CPU here")


def main() -> None:
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument(
        "--database", required=True, metavar="URL", help="An empty one: sqlite:///FILE or postgresql://..."
    )
    words.add_argument("--data", type=Path, default=DATA, help="The folder with the data set's .csv.gz files.")
    given = words.parse_args()
    url = database_url({"WAYBRIDGE_DATABASE_URL": given.database}).render_as_string(hide_password=False)
    asyncio.run(_measured(url, given.data))


if __name__ == "__main__":
    main()
