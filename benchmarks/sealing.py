"""How fast the log is written, sealed and read, and that killing the sealer loses nothing, each figure beside its goal:
``python -m benchmarks.sealing [--database URL] [--long]``.

Without a URL both databases are measured, SQLite in a folder and PostgreSQL from a wheel; with one that kind alone:
PostgreSQL in a database made on that server and dropped, SQLite always in a file of its own. Clients and database share the machine.
"""

import argparse

import uvloop
from sqlalchemy import URL, make_url

from benchmarks import sealing_kills, sealing_sqlite
from benchmarks import sealing_postgresql as postgresql
from benchmarks.sealing_report import Report


async def _postgresql(report: Report, given: URL | None, *, is_long: bool) -> None:
    async with postgresql.server_of(given) as server:
        await postgresql.throughput(server, report, 10 if is_long else 4)
        await postgresql.lags(server, report, is_long=is_long)
        await postgresql.batches(server, report)
        await postgresql.proving(report, server.store)
        await sealing_kills.kills(server, report, 40 if is_long else 25)


async def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://...; both, without")
    words.add_argument("--long", action="store_true", help="minutes, not seconds")
    words.add_argument("--only", choices=["sqlite", "postgresql"], help="one kind")
    given = words.parse_args()
    url = make_url(given.database) if given.database else None
    kind = given.only or (url.get_backend_name() if url else None)
    report = Report()
    report.head()
    if kind != "postgresql":
        await sealing_sqlite.run(report, 15 if given.long else 4)
    if kind != "sqlite":
        await _postgresql(report, url, is_long=given.long)
    report.end()


if __name__ == "__main__":
    uvloop.run(main())
