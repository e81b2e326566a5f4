"""`waybridge serve` as a process of its own: it stops soon, also while partners follow it live."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

COMMAND = [sys.executable, "-c", "from cli.main import app; app()"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A running gateway, its address, and a merchant's key."""
    command = [*COMMAND, "--db", str(tmp_path / "waybridge.db")]

    def said(*words: str) -> str:
        return subprocess.run([*command, *words], check=True, capture_output=True, text=True).stdout.strip()

    said("migrate")
    said("merchants", "create", "Shop", "--country", "CN", "--zone", "Asia/Shanghai")
    said("partners", "create", "Shop", "--kind", "merchant", "--merchant", "Shop")
    key = said("keys", "create", "--partner", "Shop")
    with subprocess.Popen([*command, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr
        address = next(found for line in serving.stderr if (found := re.search(r"http://(\S+)(?=/graphql)", line)))
        yield serving, address[1], key
        serving.kill()


async def test_it_stops_soon_and_tells_those_who_follow(shop: tuple[subprocess.Popen[str], str, str]) -> None:
    serving, address, key = shop
    query, authorization = "subscription { changes { number } }", {"authorization": f"Bearer {key}"}
    async with (
        connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket,
        AsyncClient() as client,
        client.stream(
            "POST",
            f"http://{address}/graphql",
            json={"query": query},
            headers={"accept": "text/event-stream", **authorization},
        ) as stream,
    ):
        await socket.send(json.dumps({"type": "connection_init", "payload": authorization}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        started = time.monotonic()
        serving.terminate()
        await asyncio.wait_for(socket.wait_closed(), 5)
        assert [line async for line in stream.aiter_lines() if line not in {":", ""}] == []

    assert socket.close_code in {1001, 1012}
    await asyncio.to_thread(serving.wait, 10)
    assert time.monotonic() - started < 5
