"""Carriers that book and whose answers are lost: ``python -m benchmarks.bookings_lost --bookings 1000 --database URL``.

A real ``waybridge serve`` with its worker, and the carriers' sandbox over HTTP behind a line that loses three of ten answers:
the connection breaks off before the carrier did what it was asked, in the middle of its answer, or after it did it. So many
returns are asked for and approved, spread over several carriers, of which those that promise nothing about a reference make
one more booking each time they are asked. A minute after the last request each return must have exactly one booking, and
nothing may be in doubt. (UPS tells of pickups of today and tomorrow alone: where its next day is later, its doubts stay, and
are told.) Carriers that can neither be asked nor sent to again (``--unasked``) must have no booking twice, and
every one whose answer was lost must be told as doubtful. Ends with 1 where that does not hold. The database is made by the
command and must be empty or absent: ``sqlite+aiosqlite:////tmp/lost.db`` or ``postgresql+asyncpg://.../lost``; without one a
PostgreSQL of its own is started.
"""

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select, update

from aftersales import orders
from aftersales.forms import OrderForm
from benchmarks.lossy import Fate, Line, losing
from benchmarks.postgres import postgres
from benchmarks.serving import SECRET_KEY, Served, serving
from benchmarks.table import Figure, show
from carriers.registry import BY_CODE
from cli.console import tell
from db import migrate
from db.enums import Environment, OrderStatus
from db.ids import typeid, uuid7
from db.models.messages import Job
from db.models.orders import Order, OrderLine
from db.models.pickups import Pickup
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault
from tests import make

SETTLED_SECONDS = 60.0
AT_ONCE = 8
ASKED = ("sf", "jd", "kuaidi100", "ups", "usps")
UNASKED = ("fedex", "dhl_express", "cainiao", "zto", "sto", "yto")
ERRORS = "userErrors { code message }"
REQUEST = f"""mutation ($input: ReturnRequestInput!, $key: String!) {{ returnRequest(input: $input) @idempotent(key: $key) {{
  return {{ id status method pickups {{ id }} }} {ERRORS} }} }}"""
APPROVE = f"""mutation ($input: ReturnRefInput!) {{ returnApprove(input: $input) {{
  return {{ id status method pickups {{ id }} }} {ERRORS} }} }}"""
CHINESE = """{"name": "仓库", "phone": "02161234567", "country": "CN", "region": "上海市", "city": "上海市",
  "district": "浦东新区", "street": ["张江路1号"], "postalCode": "201203"}"""
AMERICAN = """{"name": "Returns", "phone": "+12015550199", "country": "US", "region": "New Jersey", "regionCode": "US-NJ",
  "city": "Allendale", "street": ["123 Main Street"], "postalCode": "07401", "company": "Shop"}"""
DOOR = {
    "name": "Jane Smith",
    "phone": "+12175551234",
    "country": "US",
    "region": "IL",
    "city": "Springfield",
    "street": ["456 Oak Avenue"],
    "postalCode": "62701",
}


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with one carrier, and the lines of orders to send back."""

    carrier: str
    who: make.Someone
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """How it stands with one carrier: its pickups, what it booked, how many times its answers were lost."""

    carrier: str
    pickups: Sequence[Pickup]
    bookings: Counter[str]
    lost: int

    @property
    def doubles(self) -> int:
        """References that were booked more than once."""
        return sum(count > 1 for count in self.bookings.values())

    @property
    def without(self) -> int:
        """Pickups that the carrier never booked."""
        return sum(self.bookings[each.reference] == 0 for each in self.pickups)

    @property
    def open(self) -> int:
        """Pickups that have not come to an end (``is_open``)."""
        return sum(is_open(each) for each in self.pickups)

    @property
    def doubtful(self) -> int:
        """Pickups that are told as doubtful."""
        return sum(each.doubtful for each in self.pickups)

    @property
    def wrong(self) -> int:
        """Pickups that we hold for booked and the carrier has not."""
        return sum(each.confirmation is not None and self.bookings[each.reference] == 0 for each in self.pickups)


def is_open(pickup: Pickup) -> bool:
    """Whether nobody knows if it was booked; of a carrier that cannot tell, whether nothing says so either."""
    return pickup.confirmation is None and (pickup.carrier_code in ASKED or not pickup.doubtful)


async def opened(store: Store, carrier: str, url: str, count: int) -> Shop:
    """A merchant whose only account is with this carrier, and so many orders that arrived yesterday."""
    who = await make.merchant(store, f"{carrier} {uuid7().hex}")
    is_american = BY_CODE[carrier].country != "CN"
    wish: dict[str, Any] = {
        "credentials": {name: f"sandbox-{name}" for name in BY_CODE[carrier].credentials},
        "base_url": f"{url}/{carrier}",
        "environment": Environment.TEST,
    }
    await make.account(store, who.merchant_id, carrier, **wish)
    async with store.writing(EVERYTHING) as session:
        place = Warehouse(merchant_id=who.merchant_id, code="W", name="W", country="US" if is_american else "CN")
        place.is_default = True
        place.seal(store.vault, address=AMERICAN if is_american else CHINESE)
        session.add(place)
    now = datetime.now(UTC)
    more: dict[str, Any] = {"placedAt": (now - timedelta(days=5)).isoformat()}
    if is_american:
        more |= {"shippingAddress": DOOR}
    forms = [make.order_form(f"L-{uuid7().hex}", **more) for _ in range(count)]
    checked = [orders.check(OrderForm.model_validate(form)) for form in forms]
    async with store.writing(EVERYTHING) as session:
        await orders.sync(session, store.vault, who.merchant_id, checked, by=make.BY, now=now)
        arrived = {"delivered_at": now - timedelta(days=1), "status": OrderStatus.DELIVERED}
        await session.execute(update(Order).where(Order.merchant_id == who.merchant_id).values(**arrived))
    async with store.reading(EVERYTHING) as session:
        ids = await session.scalars(select(OrderLine.id).where(OrderLine.merchant_id == who.merchant_id))
        return Shop(carrier, who, [typeid(OrderLine.prefix, each) for each in ids])


async def ask(client: httpx2.AsyncClient, shop: Shop, line: str) -> None:
    """A return that is asked for and approved. RuntimeError where no courier is booked for it: nothing is measured then."""
    wish = {"lines": [{"orderLineId": line, "quantity": 1, "reason": "DEFECTIVE"}], "method": "DOOR_PICKUP"}
    made = await told(client, shop, REQUEST, "returnRequest", input=wish, key=uuid7().hex)
    if made["status"] == "REQUESTED":
        made = await told(client, shop, APPROVE, "returnApprove", input={"id": made["id"]})
    if made["status"] != "APPROVED" or not made["pickups"]:
        raise RuntimeError(f"no courier of {shop.carrier} was booked: {made}")


async def told(client: httpx2.AsyncClient, shop: Shop, text: str, name: str, **variables: Any) -> Any:
    """The return that a mutation answers with."""
    answer = await client.post("/graphql", json={"query": text, "variables": variables}, headers=shop.who.headers)
    body = answer.json()
    made = ((body.get("data") or {}).get(name) or {}).get("return")
    if made is None:
        raise RuntimeError(f"{name} for {shop.carrier}: {body}")
    return made


async def ask_all(served: Served, shops: Sequence[Shop], progress: Progress) -> None:
    """All returns, a few at a time, the carriers in turn."""
    wishes: Iterator[tuple[Shop, str]] = (
        each
        for row in itertools.zip_longest(*([(shop, line) for line in shop.lines] for shop in shops))
        for each in row
        if each is not None
    )
    bar = progress.add_task("returns asked for", total=sum(len(shop.lines) for shop in shops))

    async def some(client: httpx2.AsyncClient) -> None:
        for shop, line in wishes:
            await ask(client, shop, line)
            progress.advance(bar)

    url = f"http://127.0.0.1:{served.port}"
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        await asyncio.gather(*(some(client) for _ in range(AT_ONCE)))


async def settled(store: Store, shops: Sequence[Shop], line: Line, progress: Progress) -> tuple[list[Found], float]:
    """How it stands once nothing is open, or after a minute; and after how many seconds."""
    began, bar = (
        time.perf_counter(),
        progress.add_task("known for certain", total=sum(len(each.lines) for each in shops)),
    )
    while True:
        found = [await stands(store, shop, line) for shop in shops]
        seconds, left = time.perf_counter() - began, sum(each.open for each in found)
        progress.update(bar, completed=sum(len(each.pickups) for each in found) - left)
        if left == 0 or seconds > SETTLED_SECONDS:
            return found, seconds
        await asyncio.sleep(0.5)


async def stands(store: Store, shop: Shop, line: Line) -> Found:
    """How it stands with a shop's carrier now."""
    async with store.reading(EVERYTHING) as session:
        rows = list(await session.scalars(select(Pickup).where(Pickup.merchant_id == shop.who.merchant_id)))
    lost = sum(
        count for (carrier, fate), count in line.fates.items() if carrier == shop.carrier and fate != Fate.ANSWERED
    )
    return Found(shop.carrier, rows, line.bookings(shop.carrier), lost)


async def measure(url: str, given: argparse.Namespace) -> bool:
    """Prints what was found. Gives whether all promises were kept."""
    store, line = Store(url, Vault(SECRET_KEY)), Line(given.share / 100, random.Random(given.seed))
    carriers = (*ASKED, *UNASKED) if given.unasked else ASKED
    counts = [given.bookings // len(carriers) + (n < given.bookings % len(carriers)) for n in range(len(carriers))]
    try:
        await migrate.to_head(store)
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
            async with losing(line) as address, serving(url) as served:
                shops = [
                    await opened(store, code, address, count) for code, count in zip(carriers, counts, strict=True)
                ]
                await ask_all(served, shops, progress)
                found, seconds = await settled(store, shops, line, progress)
        why = await reasons(store, [each for shop in found for each in shop.pickups if is_open(each)])
    finally:
        await store.close()
    figures = [_figure(each) for each in found]
    left = sum(each.open for each in found)
    show(
        f"{given.bookings} returns, {line.fates.total()} calls of which {sum(each.lost for each in found)} lost",
        [*figures, Figure("unknown after a minute", "0", f"{left} (after {seconds:.0f} s)", left == 0)],
    )
    for line_ in why:
        tell(line_)
    return all(each.is_met is not False for each in figures) and left == 0


async def reasons(store: Store, pickups: Sequence[Pickup]) -> list[str]:
    """What the worker says of these."""
    found = select(Job).where(Job.reference.in_([each.reference for each in pickups[:20]]))
    async with store.reading(EVERYTHING) as session:
        return [f"{each.reference}, try {each.attempts}: {each.last_error}" for each in await session.scalars(found)]


def _figure(found: Found) -> Figure:
    is_asked = found.carrier in ASKED
    goal = "one booking each, nothing in doubt" if is_asked else "no booking twice, doubts told"
    kept = found.doubles == found.wrong == 0 and (not is_asked or found.without == found.doubtful == 0)
    measured = (
        f"{len(found.pickups)} returns, {found.bookings.total()} bookings, {found.doubles} twice, {found.lost} answers lost, "
        f"{found.doubtful} doubtful"
    )
    return Figure(found.carrier, goal, measured, kept)


def main() -> None:
    """Reads the arguments."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--bookings", type=int, default=1000)
    words.add_argument("--share", type=int, default=30, help="of a hundred answers so many are lost, in tens (30)")
    words.add_argument("--seed", type=int, default=7)
    words.add_argument(
        "--unasked", action="store_true", help="also carriers that can neither be asked nor sent to again"
    )
    words.add_argument("--database", metavar="URL", help="sqlite+aiosqlite:///FILE or postgresql+asyncpg://...")
    given = words.parse_args()
    with ExitStack() as stack:
        url = given.database or stack.enter_context(postgres()).url
        sys.exit(not asyncio.run(measure(url, given)))


if __name__ == "__main__":
    main()
