"""A gateway as the guides start it: `waybridge serve` in a process of its own, on a fresh SQLite file, on loopback."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from carriers.times import BEIJING
from tests.cli.conftest import said

PARCEL = "SF0000000000105"
SCANS = (("50", "顺丰速运 已收取快件"), ("31", "快件到达深圳中转场"), ("70", "派件不成功,联系不上收件人"))
BUYER = {"name": "王小明", "phone": "13800138000"}


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with a key, and the environment its scripts run in."""

    name: str
    environ: dict[str, str]

    def post(self, query: str, **variables: Any) -> Any:
        """The whole answer."""
        headers = {"authorization": f"Bearer {self.environ['WAYBRIDGE_KEY']}", "content-type": "application/json"}
        body = json.dumps({"query": query, "variables": variables}).encode()
        return post(self.environ["WAYBRIDGE_URL"], body, headers)


def post(url: str, body: bytes, headers: dict[str, str]) -> Any:
    """The JSON that answers a POST."""
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=15) as answer:
        return json.load(answer)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running `waybridge serve`."""

    url: str
    db: Path

    def run(self, *words: str) -> str:
        """What a command says on stdout; it must end well."""
        told = said("--db", str(self.db), *words)
        assert told.code == 0, told.err
        return told.out.strip()

    def shop(self, name: str) -> Shop:
        """A merchant made by the guide's own commands, whose first parcel has been scanned three times."""
        self.run("merchants", "create", name, "--country", "CN", "--zone", "Asia/Shanghai")
        self.run("partners", "create", name, "--kind", "merchant", "--merchant", name)
        key = self.run("keys", "create", "--partner", name)
        shop = Shop(name, {**os.environ, "WAYBRIDGE_URL": f"{self.url}/graphql", "WAYBRIDGE_KEY": key})
        account = json.loads(self.run("accounts", "create", "--merchant", name, "--carrier", "sf", "--json"))
        shop.post(
            "mutation ($input: [ShipmentInput!]!) { shipmentsRegister(input: $input) { results { outcome } } }",
            input=[{"carrier": "sf", "trackingNumber": PARCEL}],
        )
        assert post(self.url + account["pushAddress"], pushed(), {})["return_code"] == "0000"
        self._wait_for_scans(shop)
        return shop

    def _wait_for_scans(self, shop: Shop) -> None:
        for _ in range(200):
            told = shop.post("query ($n: String!) { shipment(trackingNumber: $n) { events { id } } }", n=PARCEL)["data"]
            if len(told["shipment"]["events"]) == len(SCANS):
                return
            time.sleep(0.05)
        raise AssertionError("the worker did not read the push")


def pushed() -> bytes:
    """SF's push of three scans, the last an hour ago."""
    last = datetime.now(UTC).astimezone(BEIJING) - timedelta(hours=1)
    routes = [
        {
            "mailno": PARCEL,
            "orderid": "",
            "acceptAddress": "深圳市",
            "acceptTime": f"{last - timedelta(hours=5 * (len(SCANS) - 1 - n)):%Y-%m-%d %H:%M:%S}",
            "remark": remark,
            "opCode": code,
            "id": f"90000000000000{n}",
        }
        for n, (code, remark) in enumerate(SCANS)
    ]
    return json.dumps({"Body": {"WaybillRoute": routes}}).encode()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One for all guides; each test makes a shop of its own."""
    db = tmp_path_factory.mktemp("guides") / "waybridge.db"
    command = [sys.executable, "-c", "from cli.main import app; app()", "--db", str(db)]
    subprocess.run([*command, "migrate"], check=True, capture_output=True)
    serving = subprocess.Popen([*command, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    assert serving.stderr
    try:
        address = next(found for line in serving.stderr if (found := re.search(r"http://\S+(?=/graphql)", line)))
        yield Gateway(address[0], db)
    finally:
        serving.terminate()
        serving.communicate(timeout=20)
