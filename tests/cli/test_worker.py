"""`waybridge worker` as a process of its own: its metrics can be read, and a port in use is said in one line."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from tests.cli.conftest import said

COMMAND = [sys.executable, "-c", "from cli.main import app; app()"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def scraped(port: int, seconds: float = 20.0) -> str:
    """Its metrics, as soon as it has begun to work."""
    end = time.monotonic() + seconds
    while True:
        try:
            text = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        except httpx2.TransportError:
            text = ""
        if "waybridge_webhook_endpoints_disabled" in text or time.monotonic() > end:
            return text
        time.sleep(0.1)


def test_the_worker_serves_its_metrics_where_it_is_told_to(tmp_path: Path) -> None:
    port, file = free_port(), str(tmp_path / "w.db")
    said("--db", file, "migrate")
    with subprocess.Popen([*COMMAND, "--db", file, "worker", "--metrics-port", str(port)]) as working:
        try:
            told = scraped(port)
        finally:
            working.kill()

    assert "# TYPE waybridge_webhook_endpoints_disabled_total counter" in told
    assert "# TYPE waybridge_carrier_messages_unreadable_total counter" in told


def test_a_port_in_use_is_said_in_a_line(tmp_path: Path) -> None:
    file = str(tmp_path / "w.db")
    said("--db", file, "migrate")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = said("--db", file, "worker", "--metrics-port", str(listener.getsockname()[1]))

    assert told.code == 2
    assert told.err.startswith("--metrics-port")
