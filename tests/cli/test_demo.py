"""The demo as a person starts it: one process, real sockets, four keys, parcels that move, a second start."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
PARCELS = "{ shipments(first: 50) { nodes { trackingNumber carrier { code } status events { occurredAt } } } }"
STARTS_WITHIN = 30.0  # seconds; ten on a machine of its own


@dataclass
class Demo:
    """A running demo and a client for it."""

    process: Process
    ready: dict[str, Any]
    http: httpx2.AsyncClient
    seconds: float

    async def ask(self, role: str, query: str) -> Any:
        """The data that this role's key gets."""
        headers = {"authorization": f"Bearer {self.ready['keys'][role]}"}
        answer = await self.http.post(f"{self.ready['url']}/graphql", json={"query": query}, headers=headers)
        told = answer.json()
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def parcels(self, role: str = "platform") -> dict[str, dict[str, Any]]:
        """Every parcel that the role sees, by number."""
        told = await self.ask(role, PARCELS)
        return {node["trackingNumber"]: node for node in told["shipments"]["nodes"]}

    async def stop(self, sign: signal.Signals) -> tuple[int, str]:
        """How it ended, and what it said on stdout after its first line."""
        self.process.send_signal(sign)
        rest, _ = await asyncio.wait_for(self.process.communicate(), 15)
        assert self.process.returncode is not None
        return self.process.returncode, rest.decode()


def environ() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("WAYBRIDGE_")}


async def launched(*words: str) -> Process:
    code = "from cli.main import app; app()"
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, "demo", *words), cwd=ROOT, env=environ(), stdout=PIPE, stderr=PIPE
    )


@asynccontextmanager
async def running(db: Path) -> AsyncIterator[Demo]:
    began = time.monotonic()
    process = await launched("--port", "0", "--json", "--db", str(db))
    assert process.stdout
    assert process.stderr
    try:
        line = await asyncio.wait_for(process.stdout.readline(), STARTS_WITHIN)
        assert line, (await process.stderr.read()).decode()[-2000:]
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
            yield Demo(process, json.loads(line), http, time.monotonic() - began)
    finally:
        if process.returncode is None:
            process.kill()
            with contextlib.suppress(ProcessLookupError):
                await process.communicate()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "waybridge-demo.db"


async def test_the_sample_world_is_there_for_every_role_and_moves(file: Path) -> None:
    async with running(file) as demo:
        assert set(demo.ready) == {"url", "sandbox", "keys"}
        assert set(demo.ready["keys"]) == {"merchant", "platform", "carrier", "customer"}
        for role, fewest in (("merchant", 12), ("platform", 20), ("carrier", 4), ("customer", 3)):
            assert len(await demo.parcels(role)) >= fewest
        orders = await demo.ask("merchant", "{ orders(first: 50) { nodes { number flags shipments { status } } } }")
        flags = {flag for order in orders["orders"]["nodes"] for flag in order["flags"]}
        assert {"PHONE_INVALID", "FORBIDDEN_GOODS"} <= flags

        first = await demo.parcels()
        deadline = time.monotonic() + 60
        while True:
            now = await demo.parcels()
            moved = [number for number in now if now[number]["status"] != first[number]["status"]]
            heard_of = {parcel["carrier"]["code"] for parcel in now.values() if parcel["events"]}
            if moved and len(heard_of) >= 8:
                break
            assert time.monotonic() < deadline, (moved, heard_of)
            await asyncio.sleep(1)
        overview = (await demo.http.get(demo.ready["sandbox"])).json()
        assert len(overview["journeys"]) >= 20
        assert await demo.stop(signal.SIGTERM) == (0, "")


async def test_a_second_start_on_the_same_file_finds_the_same_world(file: Path) -> None:
    async with running(file) as demo:
        before = await demo.parcels()
        orders = await demo.ask("platform", "{ orders(first: 50) { nodes { number } } }")
        numbers = [order["number"] for order in orders["orders"]["nodes"]]
        assert len(numbers) == len(set(numbers)) == 19
        await asyncio.sleep(6)  # long enough for every carrier to be asked, and to push, once more
        after = await demo.parcels()
        assert before.keys() == after.keys()
        for parcel in after.values():
            moments = [event["occurredAt"] for event in parcel["events"]]
            assert len(moments) == len(set(moments)), parcel
        assert await demo.stop(signal.SIGINT) == (0, "")


async def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = await launched("--port", port, "--db", str(tmp_path / "demo.db"))
        out, err = await asyncio.wait_for(process.communicate(), STARTS_WITHIN)
    assert process.returncode == 2
    assert out == b""
    assert f"port {port}" in err.decode()
    assert not (tmp_path / "demo.db").exists()


async def test_a_database_of_a_real_gateway_is_left_alone(tmp_path: Path) -> None:
    db = tmp_path / "real.db"
    for words in (("migrate",), ("merchants", "create", "A real shop")):
        code = "from cli.main import app; app()"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code, "--db", str(db), *words), cwd=ROOT, env=environ(), stdout=PIPE, stderr=PIPE
        )
        _, err = await process.communicate()
        assert process.returncode == 0, err.decode()
    process = await launched("--port", "0", "--db", str(db))
    _, err = await asyncio.wait_for(process.communicate(), STARTS_WITHIN)
    assert process.returncode == 2
    assert "other data" in err.decode()


async def test_people_are_given_keys_and_three_things_to_try(tmp_path: Path) -> None:
    process = await launched("--port", "0", "--db", str(tmp_path / "demo.db"))
    assert process.stdout
    told = ""
    async with asyncio.timeout(STARTS_WITHIN):
        while told.count("curl ") < 3 or not told.endswith("'\n"):
            line = await process.stdout.readline()
            assert line, told
            told += line.decode()
    assert "/graphql" in told
    for role in ("merchant", "platform", "carrier", "customer"):
        assert f"  {role}" in told
    command = told[told.index("curl ") :].split("\n\n")[0]
    curl = await asyncio.create_subprocess_shell(command, stdout=PIPE)
    out, _ = await curl.communicate()
    assert json.loads(out)["data"]["orders"]["nodes"]
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 0
