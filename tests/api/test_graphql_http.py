"""GraphQL over HTTP at our own door: what it takes, what it refuses, and in which words."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from api.graphql import new_request_id
from tests.api.toy import GRAPHQL, Door, door

JSON = "application/json"


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_a_query_is_answered_with_its_cost_and_request_id() -> None:
    answer = await door().ask("{ orders(first: 2) { edges { node { id lines { title } returns { id } } } } }")

    assert [edge["node"]["id"] for edge in answer["data"]["orders"]["edges"]] == ["0", "1"]
    # A connection, two edges, two orders, two lines and a return of each.
    assert answer["extensions"]["cost"]["requested"] == answer["extensions"]["cost"]["actual"] == 11
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", answer["extensions"]["requestId"]
    )


async def test_the_request_id_given_by_the_application_is_the_one_told() -> None:
    knock = door()

    async def with_id(scope: Scope, receive: Receive, send: Send) -> None:
        await knock.endpoint({**scope, "state": {"request_id": "req-1"}}, receive, send)

    good = await Door(with_id, knock.context, knock.endpoint).send(json={"query": "{ hello }"})
    bad = await Door(with_id, knock.context, knock.endpoint).send("PUT")

    assert good.json()["extensions"]["requestId"] == "req-1"
    assert bad.json()["errors"][0]["extensions"]["requestId"] == "req-1"


def test_request_ids_sort_by_time() -> None:
    assert new_request_id()[:8] <= new_request_id()[:8]


async def test_the_actual_cost_is_what_came_back() -> None:
    answer = await door().ask(
        "query ($n: Int!) { orders(first: $n) { edges { node { shipments { events(last: 1) { id } } } } } }", n=3
    )
    short = await door().ask('{ order(number: "1") { shipments { events { id } claims { id } } } }')
    empty = await door().ask("{ orders(first: 0) { totalCount edges { node { id } } } }")

    assert answer["extensions"]["cost"]["requested"] == answer["extensions"]["cost"]["actual"] == 1 + 3 * 4
    assert short["extensions"]["cost"]["actual"] == 1 + 1 + 6 + 1
    assert empty["extensions"]["cost"]["requested"] == empty["extensions"]["cost"]["actual"] == 21


async def test_braces_in_text_never_raise_the_actual_cost_above_the_requested() -> None:
    answer = await door().ask('{ order(number: "{{{{{{") { number } }')

    assert answer["extensions"]["cost"]["actual"] == answer["extensions"]["cost"]["requested"] == 1


async def test_the_context_is_charged_before_and_settled_after_and_closed() -> None:
    knock = door()
    knock.context.replayed = True

    answer = await knock.ask('mutation { book(names: ["a"]) @idempotent(key: "k") { id } }')

    assert knock.context.charged == [10]
    assert knock.context.settled == [10]
    assert knock.context.closed == 1
    assert answer["extensions"]["cost"]["available"] == 9_990
    assert answer["extensions"]["replayed"] is True


async def test_an_empty_bucket_is_429_with_the_wait_for_both_media_types() -> None:
    knock = door()
    knock.context.credit = 0

    for accept in (JSON, GRAPHQL):
        response = await knock.send(json={"query": '{ order(number: "1") { id } }'}, headers={"accept": accept})
        assert response.status_code == 429
        assert response.headers["retry-after"] == "2"
        assert response.json()["errors"][0]["extensions"]["retryAfterMs"] == 1_500
        assert codes(response.json()) == ["RATE_LIMITED"]


async def test_a_wrong_credential_is_401_before_the_body_is_read() -> None:
    headers = {"authorization": "Bearer wrong", "content-type": JSON}
    response = await door().send(content=b"not json", headers=headers)

    assert response.status_code == 401
    assert codes(response.json()) == ["UNAUTHENTICATED"]
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.5", JSON),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, multipart/mixed", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
    ],
)
async def test_the_accept_header_chooses_the_media_type(accept: str | None, media: str) -> None:
    response = await door().send(json={"query": "{ hello }"}, headers={"accept": accept} if accept else {"accept": ""})

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/plain", "application/json;q=0", "image/*", "text/event-stream", "a/b;q=x"])
async def test_what_cannot_be_accepted_is_406(accept: str) -> None:
    response = await door().send(json={"query": "{ hello }"}, headers={"accept": accept})

    assert response.status_code == 406
    assert codes(response.json()) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain;application/json",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "",
    ],
)
async def test_other_content_types_are_415(content_type: str) -> None:
    response = await door().send(content=b'{"query":"{hello}"}', headers={"content-type": content_type})

    assert response.status_code == 415
    assert codes(response.json()) == ["BAD_USER_INPUT"]


async def test_utf_8_may_be_named() -> None:
    for name in ("application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'):
        response = await door().send(content=b'{"query":"{hello}"}', headers={"content-type": name})
        assert response.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_405_and_say_which_are_not(method: str) -> None:
    response = await door().send(method)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert codes(response.json()) == ["BAD_USER_INPUT"]


async def test_queries_may_be_sent_by_get() -> None:
    parameters = {
        "query": "query A($n: String!) { hello(name: $n) } query B { hello }",
        "operationName": "A",
        "variables": '{"n":"é"}',
    }
    response = await door().send("GET", params=parameters, headers={"accept": GRAPHQL})

    assert response.json()["data"] == {"hello": "Hello é"}


async def test_mutations_may_not_be_sent_by_get() -> None:
    response = await door().send(
        "GET", params={"query": "mutation { book(names: []) { id } }"}, headers={"accept": JSON}
    )

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json()["errors"][0]["message"] == "Only queries may be sent by GET; use POST."


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"),
        ("query ($n: Int!) { orders(first: $n) { totalCount } }", "BAD_USER_INPUT"),
        ("subscription { ticks }", "BAD_USER_INPUT"),
        ("{ orders(first: 100000) { edges { node { id } } } }", "COST_EXCEEDED"),
    ],
)
async def test_a_wrong_request_is_400_in_the_newer_type_and_200_in_the_older(query: str, code: str) -> None:
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = await door().send(json={"query": query}, headers={"accept": accept})
        assert response.status_code == status
        assert codes(response.json()) == [code]
        assert "data" not in response.json()
        assert response.json()["errors"][0]["extensions"]["requestId"] == response.json()["extensions"]["requestId"]


async def test_an_unknown_operation_name_is_refused() -> None:
    response = await door().send(json={"query": "query A { hello }", "operationName": "B"})

    assert codes(response.json()) == ["OPERATION_RESOLUTION_FAILURE"]


async def test_a_persisted_query_without_text_is_not_found() -> None:
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}}
    response = await door().send(json=body)

    assert codes(response.json()) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"


async def test_a_body_over_a_mebibyte_is_413_before_it_is_parsed() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"[" * 1024

    whole = await door().send(content=b"[" * 1_048_577, headers={"content-type": JSON})
    chunked = await door().send(content=endless(), headers={"content-type": JSON})

    for response in (whole, chunked):
        assert response.status_code == 413
        assert response.json()["errors"][0]["extensions"]["maximum"] == 1_048_576
        assert codes(response.json()) == ["LIMIT_EXCEEDED"]
