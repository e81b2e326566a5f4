"""Whatever is sent to the door is answered soon, briefly, as JSON with a code, and never with a 5xx."""

import gc
import time
from typing import Any

import pytest
from httpx2 import Response

from tests.api.toy import GRAPHQL, Door, door
from tests.hostile.bodies import BODIES
from tests.hostile.documents import DOCUMENTS

SECONDS = 0.25
ANSWER_BYTES = 16 * 1024
KNOCK = door()


async def answered(knock: Door, **arguments: Any) -> Response:
    """The answer, held to what every answer promises; the fastest of three tries counts against noisy neighbours."""
    best = SECONDS
    for _ in range(3):
        gc.collect()
        started = time.perf_counter()
        response = await knock.send(**arguments)
        best = min(best, time.perf_counter() - started)
        if best < SECONDS:
            break
    assert best < SECONDS
    assert response.status_code < 500
    assert len(response.content) <= ANSWER_BYTES
    assert "Did you mean" not in response.text
    assert "Traceback" not in response.text
    return response


def codes(response: Response) -> set[str]:
    body = response.json()
    assert all(error["extensions"]["requestId"] for error in body.get("errors", ()))
    return {error["extensions"]["code"] for error in body.get("errors", ())}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_hostile_document_is_refused_or_cheap(name: str) -> None:
    response = await answered(KNOCK, json={"query": DOCUMENTS[name]}, headers={"accept": GRAPHQL})

    found = codes(response)
    assert "INTERNAL" not in found
    assert found or response.json()["extensions"]["cost"]["requested"] <= 5_000


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_body_is_a_clear_refusal(name: str) -> None:
    response = await answered(KNOCK, content=BODIES[name], headers={"content-type": "application/json"})

    refused = {"BAD_USER_INPUT", "LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED"}
    assert response.status_code in ({200} if name == "a wide list" else {413} if name == "too long" else {400})
    assert len(codes(response) & refused) == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "identity, gzip"])
async def test_compressed_bodies_are_refused(encoding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": encoding}
    response = await answered(KNOCK, content=BODIES["gzip"], headers=headers)

    assert response.status_code == 400
    assert codes(response) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize(
    "address",
    [
        "?query=%ff",
        "?query={hello}&query={hello}",
        "?query={hello}&variables=[1]",
        "?query={hello}&variables={",
        "?query={hello}&variables=" + "[" * 5_000,
        "?query=%00",
        "?query={hello}&variables={%22a%22:%22%5Cud800%22}",
        "?" + "&".join(f"a{n}=1" for n in range(1_000)),
        "?query",
        "?",
        "",
    ],
)
async def test_hostile_addresses_are_refused(address: str) -> None:
    response = await answered(KNOCK, method="GET", url=f"/graphql{address}", headers={"accept": "application/json"})

    assert response.status_code == 400
    assert codes(response) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "1e3", ""])
async def test_a_lying_content_length_does_no_harm(length: str) -> None:
    headers = {"content-type": "application/json", "content-length": length}
    response = await answered(KNOCK, content=b'{"query":"{hello}"}', headers=headers)

    assert response.status_code in {200, 413}
