"""Links of exports: what they give, to whom, for how long; in parts, and gzipped."""

import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.ids import typeid, uuid7
from db.session import Store
from tests import make
from tests.asking import serving
from tests.exporting import CANCEL, Exporting


@pytest.fixture(scope="module")
async def exporting(store: Store, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exporting]:
    folder: Path = tmp_path_factory.mktemp("files")
    async with serving(store, files=folder) as api:
        yield Exporting(api, store, folder)


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    who = await make.merchant(store)
    for number in range(7):
        await make.order(store, who.merchant_id, f"D-{number}", externalId=f"外部-{number}")
    return who


@pytest.fixture
async def done(exporting: Exporting, seller: make.Someone) -> AsyncIterator[Any]:
    exporting.api.clock.now = make.NOW
    made = await exporting.create(seller, "{ orders(sort: PLACED_AT_ASC) { nodes { number externalId } } }")
    await exporting.drain()
    yield await exporting.show(seller, made["id"])
    await exporting.end_all()


async def test_a_line_is_a_node(exporting: Exporting, done: Any) -> None:
    lines = await exporting.lines(done["url"])

    assert sorted(lines, key=lambda line: line["number"]) == [
        {"number": f"D-{number}", "externalId": f"外部-{number}"} for number in range(7)
    ]
    assert done["sizeBytes"] == sum(len('{"number":"D-0","externalId":"外部-0"}\n'.encode()) for _ in range(7))


async def test_the_answer_is_a_file_to_keep_private(exporting: Exporting, done: Any) -> None:
    answer = await exporting.api.http.get(done["url"], headers={"accept-encoding": "identity"})

    assert answer.headers["content-type"] == "application/jsonl; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{done["id"]}.jsonl"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-length"] == str(int(done["sizeBytes"]))
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_download_that_broke_off_goes_on(exporting: Exporting, done: Any) -> None:
    http = exporting.api.http
    whole = await http.get(done["url"], headers={"accept-encoding": "identity"})
    rest = await http.get(done["url"], headers={"range": "bytes=50-", "if-range": whole.headers["etag"]})
    beyond = await http.get(done["url"], headers={"range": "bytes=5000-"})

    assert (rest.status_code, rest.headers["content-range"]) == (
        206,
        f"bytes 50-{len(whole.content) - 1}/{len(whole.content)}",
    )
    assert whole.content[:50] + rest.content == whole.content
    assert "content-encoding" not in rest.headers
    assert beyond.status_code == 416


async def test_it_is_gzipped_for_who_takes_that(exporting: Exporting, done: Any) -> None:
    plain = await exporting.api.http.get(done["url"], headers={"accept-encoding": "identity"})
    for offer, is_packed in (("gzip, br", True), ("gzip;q=0", False), ("br", False)):
        async with exporting.api.http.stream("GET", done["url"], headers={"accept-encoding": offer}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert (answer.headers.get("content-encoding") == "gzip") is is_packed
        assert (gzip.decompress(raw) if is_packed else raw) == plain.content
        assert answer.headers["vary"] == "accept-encoding"


async def test_a_link_is_good_for_fifteen_minutes(exporting: Exporting, done: Any) -> None:
    assert done["urlExpiresAt"] == (make.NOW + timedelta(minutes=15)).isoformat()
    exporting.api.clock.now = make.NOW + timedelta(minutes=14, seconds=59)
    assert (await exporting.api.http.get(done["url"])).status_code == 200
    exporting.api.clock.now = make.NOW + timedelta(minutes=15)
    answer = await exporting.api.http.get(done["url"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_a_link_opens_nothing_but_its_own_file(exporting: Exporting, seller: make.Someone, done: Any) -> None:
    other = await exporting.create(seller, "{ shipments { nodes { id } } }")
    token = done["url"].partition("token=")[2]
    answers = [
        await exporting.api.http.get(f"/exports/{id_}.jsonl", params={"token": text})
        for id_, text in (
            (other["id"], token),
            (typeid("exp", uuid7()), token),
            ("../../waybridge", token),
            (done["id"], ""),
            (done["id"], token[:-1] + ("A" if token[-1] != "A" else "B")),
            (done["id"], token[:9] + ("A" if token[9] != "A" else "B") + token[10:]),
            (done["id"], "é\0"),
            (done["id"], "A" * 5000),
        )
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}
    assert not any("D-0" in answer.text for answer in answers)


async def test_before_it_is_done_and_after_its_file_is_gone_there_is_no_link(
    exporting: Exporting, seller: make.Someone, done: Any
) -> None:
    made = await exporting.create(seller, "{ orders { nodes { id } } }")
    assert (made["url"], made["urlExpiresAt"], made["fileUntil"]) == (None, None, None)
    await exporting.api.ask(seller, CANCEL, id=made["id"])
    assert done["fileUntil"] == (make.NOW + timedelta(days=7)).isoformat()
    (exporting.folder / "exports" / f"{done['id']}.jsonl").unlink()

    assert (await exporting.api.http.get(done["url"])).status_code == 404
