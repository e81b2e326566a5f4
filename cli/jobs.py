"""``waybridge jobs``: what must be done outside, what was given up, and putting it back."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from sqlalchemy import select

from aftersales import jobs
from cli.console import Json, Problem, print_json, print_rows
from cli.finding import find
from cli.opening import run
from db.enums import JobState
from db.ids import parse_typeid, typeid
from db.models.messages import Job
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Jobs: what must be done outside, and what was given up.")
Id = Annotated[str, typer.Argument(metavar="JOB", help="The job's id (job_...).")]


@app.command("list")
def list_jobs(
    ctx: typer.Context,
    state: Annotated[JobState | None, typer.Option(help="Only these.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, such as call_carrier.")] = None,
    merchant: Annotated[str | None, typer.Option(help="Only this merchant's: name or id (mer_...).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")] = 100,
    *,
    as_json: Json = False,
) -> None:
    """List jobs, the newest first. `--state dead` shows what was given up."""

    async def work(store: Store) -> list[Job]:
        wanted = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
        async with store.reading(EVERYTHING) as session:
            if state is not None:
                wanted = wanted.where(Job.state == state)
            if kind is not None:
                wanted = wanted.where(Job.kind == kind)
            if merchant is not None:
                owner = await find(session, Merchant, merchant, "--merchant")
                wanted = wanted.where(Job.merchant_id == owner.id)
            return list(await session.scalars(wanted))

    print_rows([_row(job) for job in run(ctx, work)], as_json=as_json)


@app.command()
def show(ctx: typer.Context, job: Id, *, as_json: Json = False) -> None:
    """Show one job: its tries, when it is due, how it failed last."""

    async def work(store: Store) -> Job:
        async with store.reading(EVERYTHING) as session:
            return _found(await session.get(Job, _id(job)), job)

    _print(run(ctx, work), as_json=as_json)


@app.command()
def retry(ctx: typer.Context, job: Id, *, as_json: Json = False) -> None:
    """Put a dead job back: due now, with all its tries before it. The worker does it."""

    async def work(store: Store) -> Job:
        async with store.writing(EVERYTHING) as session:
            row = _found(await session.get(Job, _id(job), with_for_update=True), job)
            jobs.retry(row, datetime.now(UTC))
            return row

    _print(run(ctx, work), as_json=as_json)


def _id(text: str) -> UUID:
    parsed = parse_typeid(text)
    return _found(parsed[1] if parsed is not None and parsed[0] == Job.prefix else None, text)


def _found(value: T | None, text: str) -> T:
    if value is None:
        raise Problem("JOB", f"nothing here is called {text!r}")
    return value


def _print(job: Job, *, as_json: bool) -> None:
    error = job.last_error
    shown = _row(job) | {
        "merchant": typeid(Merchant.prefix, job.merchant_id),
        "reference": job.reference,
        "lastError": {name: error[name] for name in ("code", "message", "at")} if error else None,
        "createdAt": job.created_at.isoformat(),
        "doneAt": job.done_at.isoformat() if job.done_at else None,
    }
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        text = f"{value['code']} at {value['at']}: {value['message']}" if isinstance(value, dict) else value
        typer.echo(f"{name:<10} {'-' if text is None else text}")


def _row(job: Job) -> dict[str, Any]:
    return {
        "id": job.typeid,
        "kind": job.kind,
        "state": job.state.name,
        "attempts": job.attempts,
        "runAt": job.run_at.isoformat(),
        "resource": job.resource,
        "lastError": job.last_error["code"] if job.last_error else None,
    }
