import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx2
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Asked
from werkzeug import Response

from carriers import http
from carriers.breaker import Breaker
from carriers.carrier import Request
from carriers.http import CarrierError, Failure, Outside
from tests.worker.making import NOON


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def outside(clock: Clock) -> AsyncIterator[Outside]:
    async with http.new_client() as client:
        yield Outside(client, clock, lambda: 0.5)


def get(server: HTTPServer, path: str) -> Request:
    return Request("GET", server.url_for(path))


async def test_an_answer_comes_back_whole_also_a_refusal(outside: Outside, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data(b"hello", 404, {"X-Mark": "7"})
    reply = await outside.send("tiny", get(httpserver, "/a"))
    assert (reply.status, reply.body, reply.headers["x-mark"], reply.received_at) == (404, b"hello", "7", NOON)


@pytest.mark.parametrize("status", [301, 429, 500, 503])
async def test_the_carriers_own_failure_is_an_error(outside: Outside, httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/a").respond_with_data(b"secret words", status, {"Location": "/b"})
    with pytest.raises(CarrierError, match=f"tiny: status {status}") as caught:
        await outside.send("tiny", get(httpserver, "/a"))
    assert caught.value.kind is Failure.STATUS


async def test_an_endless_answer_is_cut(outside: Outside, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_data(b"x" * (http.MOST_BYTES + 1))
    with pytest.raises(CarrierError) as caught:
        await outside.send("tiny", get(httpserver, "/a"))
    assert caught.value.kind is Failure.TOO_LARGE


async def test_a_slow_answer_is_given_up_in_time(outside: Outside, httpserver: HTTPServer) -> None:
    def slow(_: Asked) -> Response:
        time.sleep(0.5)
        return Response("late")

    httpserver.expect_request("/a").respond_with_handler(slow)
    started = time.monotonic()
    with pytest.raises(CarrierError) as caught:
        await outside.send("tiny", get(httpserver, "/a"), within=0.1)
    assert caught.value.kind is Failure.TIMEOUT
    assert time.monotonic() - started < 0.4


async def test_nobody_there_is_refused(outside: Outside) -> None:
    with pytest.raises(CarrierError) as caught:
        await outside.send("tiny", Request("GET", "http://127.0.0.1:1/"))
    assert caught.value.kind is Failure.REFUSED


async def test_after_enough_failures_nobody_goes_and_then_exactly_one_looks(
    outside: Outside, clock: Clock, httpserver: HTTPServer
) -> None:
    calls: list[int] = []
    healthy = False

    def carrier(_: Asked) -> Response:
        calls.append(1)
        if healthy:
            time.sleep(0.05)
        return Response("ok", 200 if healthy else 500)

    httpserver.expect_request("/a").respond_with_handler(carrier)

    async def send() -> str:
        try:
            await outside.send("tiny", get(httpserver, "/a"))
        except CarrierError as error:
            return error.kind.value
        return "ok"

    assert {await send() for _ in range(10)} == {"status"}
    assert await send() == "open"
    assert len(calls) == 10
    healthy = True
    clock.passes(15)
    outcomes = await asyncio.gather(*(send() for _ in range(20)))
    assert sorted(outcomes) == ["ok"] + ["open"] * 19
    assert len(calls) == 11
    assert await send() == "ok"
    assert not outside.breaker("tiny", httpserver.url_for("/a")).is_open
    assert await asyncio.gather(*(send() for _ in range(5))) == ["ok"] * 5


async def test_one_carriers_breaker_is_not_anothers(outside: Outside, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/bad").respond_with_data(b"", 500)
    httpserver.expect_request("/good").respond_with_data(b"fine")
    for _ in range(12):
        with pytest.raises(CarrierError):
            await outside.send("one", get(httpserver, "/bad"))
    assert (await outside.send("other", get(httpserver, "/good"))).body == b"fine"


async def test_a_probe_that_was_cancelled_lets_another_go(
    outside: Outside, clock: Clock, httpserver: HTTPServer
) -> None:
    httpserver.expect_ordered_request("/a")
    breaker = outside.breaker("tiny", httpserver.url_for("/a"))
    for _ in range(5):
        breaker.admits(clock())
        breaker.failed(clock(), timeout=True)
    clock.passes(60)
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: pytest.fail("not reached")))
    stuck = Outside(client, clock, lambda: 0.5, _breakers=outside._breakers)
    for seat in range(http.AT_ONCE):
        await stuck._seats["tiny"].acquire()
        assert seat < http.AT_ONCE
    task = asyncio.create_task(stuck.send("tiny", get(httpserver, "/a")))
    await asyncio.sleep(0.01)
    assert not breaker.admits(clock())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert breaker.admits(clock())
    await client.aclose()


def test_five_timeouts_in_a_row_open_and_each_failed_probe_doubles_the_wait() -> None:
    breaker, now = Breaker(lambda: 0.5), NOON
    for _ in range(5):
        assert breaker.admits(now)
        breaker.failed(now, timeout=True)
    for seconds in (15, 30, 60, 120, 120):
        assert not breaker.admits(now + timedelta(seconds=seconds - 1))
        now += timedelta(seconds=seconds)
        assert breaker.admits(now)
        assert not breaker.admits(now)
        breaker.failed(now, timeout=True)
    now += timedelta(seconds=120)
    assert breaker.admits(now)
    breaker.succeeded()
    assert breaker.is_open
    assert breaker.admits(now)
    breaker.succeeded()
    assert not breaker.is_open


def test_less_than_half_failing_keeps_it_closed() -> None:
    breaker = Breaker(lambda: 0.5)
    for turn in range(100):
        assert breaker.admits(NOON)
        if turn % 5 in {0, 2}:
            breaker.failed(NOON)
        else:
            breaker.succeeded()
    assert not breaker.is_open
