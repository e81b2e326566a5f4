"""A caller's connection in the experiments with kills: by hand, since a client library would cost more than the server."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

PATIENCE = 10.0
"""Seconds after which an answer is taken for lost."""

BREATH = 0.05
"""Seconds between two tries."""


class Lost(Exception):
    """There is no answer: nobody listens, the connection was cut, or it took too long. What was asked may have happened."""


@dataclass
class Wire:
    """One kept connection, opened anew after each failure. ``took`` are the seconds of every answer, ``lost`` counts
    tries without one."""

    port: int
    took: list[float] = field(default_factory=list)
    lost: int = 0
    _open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def until_answered(self, path: str, headers: Mapping[str, str], content: bytes) -> bytes:
        """The body of the first answer with status 200, however often it takes to ask."""
        while True:
            try:
                status, body = await self.post(path, headers, content)
            except Lost:
                self.lost += 1
            else:
                if status == 200:
                    return body
                assert status in {429, 500, 502, 503, 504}, f"{status}: {body!r}"
            await asyncio.sleep(BREATH)

    async def post(self, path: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
        """One try: the answer's status and body; Lost when there is none."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                status, body = await self._exchange(path, headers, content)
        except (OSError, EOFError, TimeoutError, ValueError) as why:
            self.close()
            raise Lost from why
        self.took.append(time.perf_counter() - started)
        return status, body

    def close(self) -> None:
        """Drops the connection."""
        if self._open is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._open[1].close()
            self._open = None

    async def _exchange(self, path: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._open
        told = {"host": "gate", "content-type": "application/json", "content-length": str(len(content)), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        writer.write(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        return int(head.split(" ", 2)[1]), await reader.readexactly(length)


def percentile(took: list[float], share: float) -> float:
    """The seconds that so large a share of the answers did not take longer than."""
    return sorted(took)[min(int(len(took) * share), len(took) - 1)]
