"""Whether anything is lost, doubled or out of order when the gateway is killed every two seconds:
``python -m benchmarks.kills --database URL [--keys 10000] [--seed 1]``.

Six retrying clients send keyed mutations over HTTP to a real ``waybridge serve``, which is killed (SIGKILL) 1.4 to 2.6 s
after it became ready and started again at once; every tenth start is killed too, before it is done. A partner's endpoint
is told of everything and refuses 7 %. Afterwards what was acknowledged, what is stored and what arrived are compared.
The database is made by the command and must be empty or absent: ``sqlite+aiosqlite:////tmp/kills.db`` or
``postgresql+asyncpg://.../kills``.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from aftersales import credentials, partners, webhooks
from aftersales.partners import MerchantWish, PartnerWish
from aftersales.webhooks import EndpointWish, Owner
from benchmarks.kills_clients import CLIENTS, KEYS, Client, Ledger, tell_all
from benchmarks.kills_receiver import Heard, receiving
from benchmarks.kills_verdict import Findings, judge, until_empty
from benchmarks.kills_wire import Wire, percentile
from benchmarks.serving import SECRET_KEY, Pace, Served, killing, serving
from db import migrate
from db.enums import PartnerKind, SigningScheme, Subject
from db.ids import uuid7
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

SCOPES = ("orders:read", "orders:write", "shipments:read", "shipments:write", "webhooks:manage")
FULL_LENGTH, LEAST_KILLS = 10_000, 40
MOST_SECONDS, MOST_BACKLOG_SECONDS = 180.0, 10.0
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What the experiment runs on: a merchant's clients, and the endpoint that is told of what they do."""

    heard: Heard
    ledger: Ledger
    clients: list[Client]
    endpoint: UUID


@dataclass(frozen=True, slots=True)
class Result:
    """A run: what was found, and how it went. Times in seconds."""

    findings: Findings
    ledger: Ledger
    backlog_seconds: float
    lost_answers: int
    took: list[float]

    def violations(self, keys: int) -> list[str]:
        """What was lost, doubled or out of order, in words."""
        found = self.findings.violations()
        effects = self.findings.effects
        found += [f"{effects} effects of {keys} keys"] if effects != keys else []
        found += [f"another answer for {key}" for key in self.ledger.differing] + self.ledger.refused
        return found


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


async def prepare(store: Store, port: int, heard: Heard) -> Trial:
    """A merchant with an API key and an endpoint that is told of its orders and parcels, and six clients of it."""
    name = uuid7().hex
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now())
        owner = await partners.create_merchant(session, store.vault, MerchantWish(name), now=now())
        wish = PartnerWish(name, PartnerKind.MERCHANT, merchant_id=owner.id)
        partner = await partners.create_partner(session, wish, now=now())
        _, key = await credentials.create_key(session, partner, "kills", SCOPES)
        listens = Owner(partner.id, owner.id, None, [each.value for each in Subject], [])
        told = EndpointWish(heard.url, ["order.*", "shipment.*"], dev=True)
        made = await webhooks.create(session, store.vault, listens, told, SigningScheme.HMAC_SHA256, now=now())
    ledger, dice = Ledger(), random.Random(heard.seed)
    asking = [Client(Wire(port), key, made.typeid, ledger, random.Random(dice.random())) for _ in range(CLIENTS)]
    return Trial(heard, ledger, asking, made.id)


async def ask(trial: Trial, keys: int) -> None:
    """So many keyed mutations. Afterwards nothing is refused: what is due after the last kill is to be told within
    seconds, not by the schedule of retries."""
    await tell_all(trial.clients, [f"SF{number:013}" for number in range(keys // KEYS)])
    trial.heard.is_refusing = False


async def judged(store: Store, trial: Trial) -> Result:
    """Waits until everything is told, and compares."""
    backlog = await until_empty(store, PATIENCE)
    findings = await judge(store, trial.ledger, trial.heard.arrivals, trial.endpoint)
    wires = [client.wire for client in trial.clients]
    return Result(
        findings, trial.ledger, backlog, sum(each.lost for each in wires), [s for each in wires for s in each.took]
    )


def show(result: Result, served: Served, keys: int) -> None:
    """The run in a few lines."""
    found, ledger = result.findings, result.ledger
    restarts = served.ready_seconds[1:]
    print(f"{len(ledger.answered)} keys acknowledged, {found.effects} effects, {found.lost} lost, {keys} asked for")
    print(f"{ledger.resent} asked again: {len(ledger.differing)} not the same answer, named a repeat")
    print(f"{result.lost_answers} tries without an answer; keys stuck {found.stuck_keys}, unspent {found.unspent_keys}")
    print(f"ready again after {percentile(restarts, 0.5):.2f} s, {max(restarts):.2f} at most")
    print(f"webhooks: {found.entries} entries, {found.undelivered} undelivered, {found.out_of_order} out of order")
    print(f"          {found.twice} twice ({found.twice / found.entries:.1%}), backlog {result.backlog_seconds:.1f} s")
    print(
        f"answers: p50 {percentile(result.took, 0.5) * 1000:.0f} ms, p99 {percentile(result.took, 0.99) * 1000:.0f} ms"
    )


async def measure(url: str, keys: int, seed: int, stretch: float) -> list[str]:
    """Makes the database, runs, prints. Gives what broke a promise."""
    store, pace = Store(url, Vault(SECRET_KEY)), Pace(random.Random(seed), stretch=stretch)
    await migrate.to_head(store)
    try:
        async with receiving(seed) as heard, serving(url) as served:
            trial = await prepare(store, served.port, heard)
            started = time.perf_counter()
            async with killing(served, pace):
                await ask(trial, keys)
            result = await judged(store, trial)
            seconds = time.perf_counter() - started
    finally:
        await store.close()
    show(result, served, keys)
    print(f"{pace.kills} kills, {seconds:.0f} s in all; load {os.getloadavg()[0]:.1f}")
    found = result.violations(keys) + result.findings.too_many_twice()
    found += [f"backlog for {result.backlog_seconds:.1f} s"] if result.backlog_seconds > MOST_BACKLOG_SECONDS else []
    found += [f"{seconds:.0f} s in all"] if seconds > MOST_SECONDS else []
    return found + ([f"only {pace.kills} kills"] if pace.kills < LEAST_KILLS and keys >= FULL_LENGTH else [])


def main() -> None:
    """Reads the command line and runs; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Kills the gateway again and again, and looks what is left.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--keys", type=int, default=FULL_LENGTH)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stretch", type=float, default=1.0, help="lets the server live so many times as long")
    given = parser.parse_args()
    found = asyncio.run(measure(given.database, given.keys, given.seed, given.stretch))
    print("\n".join(found) or "every promise held")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
