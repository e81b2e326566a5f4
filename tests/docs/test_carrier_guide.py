"""The carrier of the guide is built from its page, word by word, and held to what every carrier is held to."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import carriers
from carriers.carrier import Carrier, Incoming, PushRejected, Reply, Unreadable
from cli import reading
from tests.carriers import bench
from tests.carriers.test_cases import NOW, assert_says

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "add-a-carrier.md"
FILES = dict(re.findall(r"^`([\w/.]+)`\n```\w+\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL))
CASES = sorted({path.split("/")[4] for path in FILES if "/cases/" in path})


@pytest.fixture(scope="module")
def kestrel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    """The record, its folder written beside the real carriers' for as long as this module runs."""
    root = tmp_path_factory.mktemp("guide")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carriers, "__path__", [*carriers.__path__, str(root / "carriers")])
        made: Carrier = import_module("carriers.kestrel").CARRIER
        yield made


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("auto", [False, True], ids=["kind", "auto"])
def test_its_cases_are_read(kestrel: Carrier, name: str, auto: bool) -> None:
    folder = f"tests/carriers/kestrel/cases/{name}"
    told, message = json.loads(FILES[f"{folder}/case.json"]), FILES[f"{folder}/message.json"].encode()
    read = reading.read(kestrel, message, kind="auto" if auto else told["kind"], headers={}, now=NOW)
    assert_says(told["reads"], reading.as_json(kestrel, read))


def test_every_status_its_sandbox_tells_is_asked_for_and_read_back(kestrel: Carrier) -> None:
    for status in import_module("carriers.kestrel.sandbox").SAYS:
        [shipment] = bench.asked(kestrel, [bench.scan(status)]).shipments
        assert shipment.scans[0].meaning.status is status


def test_its_push_is_believed_signed_and_refused_otherwise(kestrel: Carrier) -> None:
    body, push = b'{"parcel": "K1", "scans": []}', import_module("carriers.kestrel.push")
    access = bench.access(kestrel)
    known = type(access)(access.base_url, access.credentials, access.now, access.nonce, push_secret="ours")
    push.verify(Incoming(body, NOW, {"x-kestrel-signature": push.sign(body, "ours")}), known)
    for headers in ({}, {"x-kestrel-signature": push.sign(body, "theirs")}):
        with pytest.raises(PushRejected):
            push.verify(Incoming(body, NOW, headers), known)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"scans": [1]}', b'{"parcel": "K", "scans": [{"at": 5}]}'])
def test_what_is_not_its_own_is_unreadable(kestrel: Carrier, body: bytes) -> None:
    assert kestrel.tracking
    with pytest.raises(Unreadable):
        kestrel.tracking.read(Reply(200, body))
