"""A real ``waybridge serve`` in a process of its own, to be stopped, killed and started again on the same port.

``async with serving(url) as served`` starts it (the database is to be migrated before) and ends it; in between
``served.kill()`` (SIGKILL), ``await served.stop()`` (SIGTERM) and ``await served.start()``, as often as wanted. What it
writes goes to ``served.log``.
"""

import asyncio
import base64
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SECRET_KEY = b"b" * 32
COMMAND = (sys.executable, "-c", "from cli.main import app; app()", "serve", "--port")
READY_SECONDS = 120.0
_READY = b"GET /readyz HTTP/1.1\r\nhost: waybridge\r\nconnection: close\r\n\r\n"


@dataclass
class Served:
    """The process. ``ready_seconds``: of every start, how long it took until it was ready."""

    url: str
    port: int
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    secret_key: bytes = SECRET_KEY
    words: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    ready_seconds: list[float] = field(default_factory=list)

    def spawn(self) -> None:
        """Starts it and waits for nothing."""
        environ = {
            **os.environ,
            "WAYBRIDGE_DATABASE_URL": self.url,
            "WAYBRIDGE_SECRET_KEY": base64.b64encode(self.secret_key).decode(),
            "WAYBRIDGE_DEV": "1",
            "WAYBRIDGE_LOG_LEVEL": "warning",
            "WAYBRIDGE_FILES": str(self.log.with_suffix(".files")),
            **self.environ,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, str(self.port), *self.words], env=environ, stdout=log, stderr=log
            )

    async def start(self) -> float:
        """Starts it; gives after how many seconds it was ready. RuntimeError with its last words when it ends instead."""
        started = time.perf_counter()
        self.spawn()
        while not await self.is_ready():
            if self.process is None or self.process.poll() is not None or time.perf_counter() - started > READY_SECONDS:
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")
            await asyncio.sleep(0.01)
        self.ready_seconds.append(time.perf_counter() - started)
        return self.ready_seconds[-1]

    async def is_ready(self) -> bool:
        """Whether /readyz says so now."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(_READY)
            return b" 200 " in await asyncio.wait_for(reader.readline(), 2)
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()

    def cpu_seconds(self) -> float:
        """What the process has used of the processors so far."""
        assert self.process
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """SIGKILL: it ends between any two instructions. Nothing when it does not run."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    async def stop(self, at_most: float = 15.0) -> tuple[int, float]:
        """SIGTERM: gives its exit code and after how many seconds it ended. TimeoutError when it does not in time."""
        assert self.process
        started = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        while self.process.poll() is None:
            if time.perf_counter() - started > at_most:
                raise TimeoutError(f"the server did not end within {at_most} s")
            await asyncio.sleep(0.005)
        code, self.process = self.process.returncode, None
        return code, time.perf_counter() - started


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to clients: a client that knocks while the server
    is away would else now and then be connected to itself."""
    while True:
        port = random.randint(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@contextlib.asynccontextmanager
async def serving(url: str, *words: str, **environ: str) -> AsyncIterator[Served]:
    """A server over this database, started and ready; killed at the end. ``words``: further words of its command;
    ``environ``: further settings, by variable."""
    with tempfile.TemporaryDirectory(prefix="served") as folder:
        served = Served(url, free_port(), Path(folder) / "log", environ, words=words)
        try:
            await served.start()
            yield served
        finally:
            served.kill()


@dataclass
class Pace:
    """How long the server lives between two kills (seconds, from when it is ready), which share of its starts are cut
    short, and after how many kills it is left alone (None: never). ``stretch`` lengthens lives on a machine that has other
    things to do. ``kills`` counts."""

    dice: random.Random
    shortest: float = 1.4
    longest: float = 2.6
    cut_short: float = 0.1
    at_most: int | None = None
    stretch: float = 1.0
    kills: int = 0


@contextlib.asynccontextmanager
async def killing(served: Served, pace: Pace) -> AsyncIterator[None]:
    """Kills and starts the server while the body runs, and once more after it. Afterwards it runs, and is ready. A start
    that fails breaks off the body, which would wait for its answers for ever."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_kill_until(over, served, pace), name="killer")
        yield
        over.set()


async def _kill_until(over: asyncio.Event, served: Served, pace: Pace) -> None:
    is_over = False
    while not is_over and (pace.at_most is None or pace.kills < pace.at_most):
        await asyncio.sleep(pace.dice.uniform(pace.shortest, pace.longest) * pace.stretch)
        is_over = over.is_set()
        served.kill()
        pace.kills += 1
        if pace.dice.random() < pace.cut_short:
            served.spawn()
            await asyncio.sleep(pace.dice.uniform(0.2, 1.4) * pace.stretch)
            served.kill()
            pace.kills += 1
        await served.start()
