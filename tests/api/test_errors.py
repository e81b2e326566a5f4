"""How requests end badly: masked, translated, stopped in time, and cancelled when nobody waits any more."""

import asyncio
from typing import Any

import orjson
import pytest
from graphql import GraphQLError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs

from api.errors import Overloaded, cause, located
from api.limits import Limits
from db.write_lock import WriterBusy
from tests.api.toy import GRAPHQL, door, served

JSON = "application/json"


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_what_is_unexpected_is_masked_and_logged_whole_once() -> None:
    with capture_logs() as logged:
        answer = await door().ask("{ broken }")

    (line,) = logged
    assert codes(answer) == ["INTERNAL"]
    assert answer["errors"][0]["message"] == "Something went wrong on our side"
    assert answer["errors"][0]["path"] == ["broken"]
    assert "hunter2" not in str(answer)
    assert "hunter2" in str(line["exc_info"])
    assert line["request_id"] == answer["extensions"]["requestId"]


async def test_a_failed_field_that_may_not_be_null_takes_the_data_and_stays_200() -> None:
    with capture_logs():
        response = await door().send(json={"query": "{ brokenForAll }"}, headers={"accept": GRAPHQL})

    assert response.status_code == 200
    assert response.json()["data"] is None


async def test_in_development_the_class_of_what_is_masked_is_named() -> None:
    with capture_logs():
        answer = await door(dev=True).ask("{ broken }")

    assert answer["errors"][0]["extensions"]["exception"] == "RuntimeError"


async def test_expected_failures_keep_their_words() -> None:
    answer = await door().ask("{ carrierDown picky hello }")

    assert answer["data"]["hello"] == "Hello you"
    assert codes(answer) == ["CARRIER_UNAVAILABLE", "BAD_USER_INPUT"]
    assert answer["errors"][1]["extensions"]["field"] == "size"


@pytest.mark.parametrize("query", ["{ helo }", "{ hello(nam: 1) }", "{ ... on Ordr { id } }", "{ hello @skp }"])
async def test_nothing_is_suggested(query: str) -> None:
    assert "Did you mean" not in str(await door().ask(query))


async def test_long_messages_and_long_lists_of_errors_are_cut() -> None:
    answer = await door().ask("{ " + " ".join(f"{'x' * 400}{n}" for n in range(20)) + " }")

    assert len(answer["errors"]) == 5
    assert all(len(error["message"]) <= 300 for error in answer["errors"])


async def test_what_takes_too_long_is_stopped_and_cancelled() -> None:
    knock = door(Limits(seconds=0.05))
    for accept in (GRAPHQL, JSON):
        response = await knock.send(json={"query": "{ slow(seconds: 5) }"}, headers={"accept": accept})
        assert response.status_code == 504
        assert codes(response.json()) == ["TIMEOUT"]

    assert knock.context.cancelled == ["slow", "slow"]
    assert knock.context.closed == 2


async def test_a_client_that_hangs_up_takes_its_resolvers_with_it() -> None:
    knock = door()
    body = orjson.dumps({"query": "{ slow(seconds: 30) }"})
    async with served(knock.app) as address:
        _, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: {JSON}\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.close()
        async with asyncio.timeout(5):
            await knock.context.done.wait()

    assert knock.context.cancelled == ["slow"]


async def test_valid_documents_are_kept_and_the_oldest_make_room() -> None:
    knock = door()
    documents = knock.endpoint.documents
    documents.budget = 20_000
    for n in range(20):
        await knock.ask(f"{{ a{n}: hello }}")
    await knock.ask("{ a19: hello }")
    await knock.ask("{ wrong }")

    assert len(documents) == 3
    assert documents.held <= documents.budget


@pytest.mark.parametrize("busy", [WriterBusy("x"), PoolTimeout("x")])
def test_a_busy_database_is_a_busy_gateway(busy: Exception) -> None:
    [told] = located([GraphQLError("x", original_error=busy)], "r-1", dev=False)

    assert isinstance(cause(busy), Overloaded)
    assert told["extensions"]["code"] == "OVERLOADED"
    assert told["extensions"]["retryAfterMs"] > 0
