"""``waybridge carriers``: what we can do with each carrier, and what we understand of a message of theirs.

``read`` and ``list`` need no settings and never touch the database, so its modules are not even imported for them.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum, auto
from pathlib import Path
from typing import Annotated, Any

import typer

from carriers.carrier import Carrier, Unreadable
from carriers.registry import BY_CODE, CARRIERS
from cli import reading
from cli.console import Json, print_json, print_rows

app = typer.Typer(no_args_is_help=True, help="Carriers: their abilities, and their messages as we understand them.")


class Kind(StrEnum):
    """What a message is; the words of ``reading.KINDS``, and auto."""

    AUTO = auto()
    TRACK = auto()
    PUSH = auto()
    PICKUP = auto()
    ERROR = auto()


class _Unusable(Exception):
    """Why there is no reading: a code for programs, a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@app.command("list")
def list_carriers(*, as_json: Json = False) -> None:
    """List the carriers we have an adapter for: what it can do and how well its formats are proven.

    Confidence is high (captured or official), medium (one source) or low (a shape only).
    """
    if as_json:
        print_json([_described(carrier) for carrier in CARRIERS])
    else:
        print_rows([_line(carrier) for carrier in CARRIERS], as_json=False)


@app.command()
def add(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="Its code: a-z, 0-9 and _, as royal_mail.")],
    name: Annotated[str, typer.Option(help="Its name, as people know it.")],
    name_zh: Annotated[str | None, typer.Option(help="Its Chinese name.")] = None,
    country: Annotated[str | None, typer.Option(help="Its home, ISO 3166-1: GB, CN...")] = None,
) -> None:
    """Add a carrier we have no adapter for: shipments may name it, and it may tell of them as a carrier partner."""
    from aftersales import partners  # noqa: PLC0415 see the module's docstring
    from cli.opening import run  # noqa: PLC0415 as above
    from db.reach import EVERYTHING  # noqa: PLC0415 as above
    from db.session import Store  # noqa: PLC0415 as above

    async def work(store: Store) -> str:
        async with store.writing(EVERYTHING) as session:
            wish = partners.CarrierWish(code, name, name_zh, country)
            return (await partners.add_carrier(session, wish, now=datetime.now(UTC))).code

    typer.echo(run(ctx, work))


@app.command()
def read(
    code: Annotated[str, typer.Argument(help="The carrier's code; `waybridge carriers list` has them.")],
    file: Annotated[str, typer.Argument(help="The message, byte for byte as it came; - reads it from stdin.")],
    kind: Annotated[Kind, typer.Option(help="What it is; auto finds out.")] = Kind.AUTO,
    headers: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The headers it came with: a JSON object, or one NAME: VALUE a line."),
    ] = None,
) -> None:
    """Show what we understand of a carrier's message, as one JSON object on stdout.

    Exit code 0 when it was read; 2 with {"error": {"code", "message"}} when it cannot be. No signature is checked and
    nothing is stored.
    """
    try:
        understood = _understood(
            _carrier(code), _bytes_of(file), kind.value, {} if headers is None else _headers(headers)
        )
    except _Unusable as bad:
        print_json({"error": {"code": bad.code, "message": str(bad)}})
        raise typer.Exit(2) from None
    print_json(understood)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8600,
    speed: Annotated[float, typer.Option(min=1, help="Hours of a parcel's journey that pass in one hour.")] = 60,
    *,
    list_: Annotated[bool, typer.Option("--list", help="List the magic tracking numbers and end.")] = False,
    as_json: Json = False,
) -> None:
    """Play every carrier's side on this machine, in its own wire format, with parcels whose numbers choose what happens.

    Point an account at http://127.0.0.1:PORT/CODE (its base url) and give each credential NAME the value sandbox-NAME.
    """
    from cli import sandbox as theatre  # noqa: PLC0415 see the module's docstring

    if list_:
        theatre.show_numbers(as_json=as_json)
    else:
        theatre.serve(port, speed)


def _carrier(code: str) -> Carrier:
    carrier = BY_CODE.get(code.lower())
    if carrier is None:
        raise _Unusable("UNKNOWN_CARRIER", f"no adapter for {code!r}; there are: {', '.join(BY_CODE)}")
    return carrier


def _understood(carrier: Carrier, body: bytes, kind: str, headers: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = reading.read(carrier, body, kind=kind, headers=dict(headers), now=datetime.now(UTC))
        return reading.as_json(carrier, found)
    except Unreadable as bad:
        raise _Unusable("UNREADABLE", str(bad)) from None
    except Exception as bad:  # noqa: BLE001 whatever a message does to an adapter, the answer keeps its form
        raise _Unusable("UNREADABLE", f"the {carrier.code} adapter failed on it: {type(bad).__name__}") from None


def _bytes_of(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as bad:
        raise _Unusable("FILE_NOT_READ", f"{path}: {bad.strerror}") from None
    except ValueError:
        raise _Unusable("FILE_NOT_READ", "that cannot be a file's name") from None


def _headers(path: str) -> dict[str, str]:
    text = _bytes_of(path).decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        try:
            pairs = [(str(name), str(value)) for name, value in json.loads(text).items()]
        except ValueError:
            raise _Unusable("FILE_NOT_READ", f"{path}: neither a JSON object nor header lines") from None
    else:
        pairs = [(name, value) for name, colon, value in (line.partition(":") for line in text.splitlines()) if colon]
    return {name.strip().lower(): value.strip() for name, value in pairs}


def _abilities(carrier: Carrier) -> dict[str, bool]:
    return {
        "track": carrier.tracking is not None,
        "subscribe": carrier.subscribing is not None,
        "push": carrier.pushing is not None,
        "pickups": carrier.read_pickup is not None,
        "errors": carrier.read_error is not None,
        "booking": carrier.booking is not None,
        "quotes": bool(carrier.booking and carrier.booking.pricing and carrier.booking.pricing.is_whole),
        "slots": bool(carrier.booking and carrier.booking.timing),
        "intercepting": carrier.intercepting is not None,
    }


def _line(carrier: Carrier) -> dict[str, Any]:
    return {
        "code": carrier.code,
        "name": carrier.name_en,
        "country": carrier.country or None,
        **{ability: "yes" if can else None for ability, can in _abilities(carrier).items()},
        "push proof": carrier.pushing.authenticity.value if carrier.pushing else None,
        "confidence": " ".join(f"{ability}:{how.value}" for ability, how in carrier.confidence.items()) or None,
    }


def _described(carrier: Carrier) -> dict[str, Any]:
    return {
        "code": carrier.code,
        "name": carrier.name_en,
        "nameZh": carrier.name_zh,
        "country": carrier.country,
        "zone": carrier.zone,
        "homepage": carrier.homepage or None,
        "isAggregator": carrier.is_aggregator,
        "abilities": _abilities(carrier),
        "pushAuthenticity": carrier.pushing.authenticity.name if carrier.pushing else None,
        "confidence": {ability: how.name for ability, how in carrier.confidence.items()},
        "credentials": dict(carrier.credentials),
        "codes": len(carrier.codes),
        "notes": list(carrier.notes),
    }
