"""The sandbox over real HTTP: every adapter asks it, reads it back, and believes its pushes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aftersales.rules.numbers import identify
from carriers import magic, scripts, wordings
from carriers.carrier import Access, Carrier, Incoming, Parcel, Reading, Reply, Unreadable
from carriers.carrier import Request as Asked
from carriers.registry import BY_CODE, CARRIERS
from carriers.sandbox import Book, World, playable
from carriers.scripts import Script
from cli import hosting
from cli.sandbox import create_app
from db.enums import TrackingStatus as S

OWN = [carrier for carrier in CARRIERS if carrier.code in magic.FORMS]
PUSHING = [carrier for carrier in CARRIERS if carrier.sandbox and carrier.sandbox.push]
PLAYED = [
    (carrier, script) for carrier in OWN for script in playable(carrier) if script.steps and script is not scripts.SLOW
]
SECRET = "a secret of ours"


@dataclass
class Heard:
    """A callback server: keeps what it was sent, thanks in the carrier's words unless told to be rude."""

    pushes: list[tuple[str, Incoming]] = field(default_factory=list)
    rude: int = 0

    async def __call__(self, request: Request) -> Response:
        code = request.path_params["code"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        incoming = Incoming(await request.body(), datetime.now(UTC), headers, dict(request.query_params))
        self.pushes.append((code, incoming))
        if self.rude:
            self.rude -= 1
            return Response(status_code=503)
        pushing = BY_CODE[code].pushing
        assert pushing
        reply = pushing.acknowledge(incoming)
        return Response(reply.body, reply.status, dict(reply.headers))


@dataclass
class Played:
    """A sandbox on a real port, a client, and a callback server on another."""

    http: httpx2.AsyncClient
    url: str
    callback_url: str
    heard: Heard

    def access(self, carrier: Carrier, token: str = "") -> Access:
        return Access(
            base_url=f"{self.url}/{carrier.code}",
            credentials=wordings.credentials_of(carrier),
            now=datetime.now(UTC),
            nonce="4be9a3f0-59e6-4aa7-9a02-5bd6db3e1c2a",
            callback_url=f"{self.callback_url}/{carrier.code}",
            push_secret=SECRET,
            token=token,
        )

    async def send(self, request: Asked) -> Reply:
        answer = await self.http.request(request.method, request.url, headers=request.headers, content=request.body)
        return Reply(answer.status_code, answer.content, dict(answer.headers), datetime.now(UTC))

    async def token(self, carrier: Carrier) -> str:
        if carrier.authorizing is None:
            return ""
        return carrier.authorizing.read(await self.send(carrier.authorizing.request(self.access(carrier)))).value

    async def reply(self, carrier: Carrier, numbers: Sequence[str]) -> Reply:
        assert carrier.tracking
        access = self.access(carrier, await self.token(carrier))
        return await self.send(carrier.tracking.request([parcel_of(number) for number in numbers], access))

    async def ask(self, carrier: Carrier, number: str) -> Reading:
        assert carrier.tracking
        return carrier.tracking.read(await self.reply(carrier, [number]))

    async def subscribe(self, carrier: Carrier, number: str) -> None:
        """By the carrier's own subscription; by its console where that has no address or does not exist."""
        if carrier.subscribing is not None:
            access = self.access(carrier, await self.token(carrier))
            parcels = [parcel_of(number)]
            answer = await self.send(carrier.subscribing.request(parcels, access))
            assert not carrier.subscribing.read(answer, parcels).errors
        told = {"carrier": carrier.code, "url": f"{self.callback_url}/{carrier.code}", "secret": SECRET}
        if carrier.subscribing is None or carrier.code in {"sf", "zto", "sto", "jd"}:
            assert (await self.http.post(f"{self.url}/_control/callback", json=told)).status_code == 200

    async def advance(self, hours: float) -> None:
        assert (await self.http.post(f"{self.url}/_control/advance", json={"hours": hours})).status_code == 200


def parcel_of(number: str) -> Parcel:
    found = magic.meant(number)
    return Parcel(number, "0000", carrier=found[0] if found else "")


@asynccontextmanager
async def playing(speed: float = 1) -> AsyncIterator[Played]:
    heard, started = Heard(), asyncio.Event()
    callback = Starlette(routes=[Route("/{code}", heard.__call__, methods=["POST"])])
    sandbox_socket, callback_socket = hosting.bound(0), hosting.bound(0)

    async def beside() -> None:
        started.set()
        await asyncio.Event().wait()

    both = [hosting.Hosted(create_app(Book(speed)), sandbox_socket), hosting.Hosted(callback, callback_socket)]
    running = asyncio.create_task(hosting.host(both, beside))
    await started.wait()
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        yield Played(http, hosting.address(sandbox_socket), hosting.address(callback_socket), heard)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture(scope="module")
async def played() -> AsyncIterator[Played]:
    async with playing() as sandbox:
        yield sandbox


async def until(true: Callable[[], bool], within: float = 5.0) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.05)


def statuses(reading: Reading) -> list[S]:
    return [scan.meaning.status for shipment in reading.shipments for scan in shipment.scans]


@pytest.mark.parametrize(("carrier", "script"), [pytest.param(c, s, id=f"{c.code}-{s.name}") for c, s in PLAYED])
async def test_a_journey_is_read_back_as_its_script_tells_it(played: Played, carrier: Carrier, script: Script) -> None:
    number = magic.number(carrier.code, script)
    await played.ask(carrier, number)
    await played.advance(1000)
    words = wordings.asked_words(carrier)
    reading = await played.ask(carrier, number)
    assert statuses(reading) == [step.status for step in script.steps if step.status in words]
    assert not reading.unmapped
    [shipment] = reading.shipments
    assert shipment.tracking_number.endswith(number) or not shipment.tracking_number  # ZTO and Cainiao do not repeat it


@pytest.mark.parametrize("carrier", OWN, ids=lambda carrier: carrier.code)
async def test_a_number_the_carrier_does_not_know_is_not_found(played: Played, carrier: Carrier) -> None:
    for number in (magic.number(carrier.code, scripts.UNKNOWN), "WB00000000"):
        reading = await played.ask(carrier, number)
        assert not any(statuses(reading))
        assert all(error.not_found for error in reading.errors)
        assert reading.errors or carrier.code in {"epcis", "cainiao", "dcsa"}


@pytest.mark.parametrize("carrier", OWN, ids=lambda carrier: carrier.code)
async def test_refused_credentials_are_refused_in_the_carriers_own_words(played: Played, carrier: Carrier) -> None:
    assert carrier.tracking
    reply = await played.reply(carrier, [magic.number(carrier.code, scripts.LOCKED_OUT)])
    reading = carrier.tracking.read(reply)
    assert reading.errors
    assert not any(error.not_found for error in reading.errors)
    assert not reading.shipments


@pytest.mark.parametrize("carrier", OWN, ids=lambda carrier: carrier.code)
async def test_an_error_500_and_a_page_of_rubbish_come_as_they_are(played: Played, carrier: Carrier) -> None:
    assert carrier.tracking
    assert (await played.reply(carrier, [magic.number(carrier.code, scripts.BROKEN)])).status == 500
    rubbish = await played.reply(carrier, [magic.number(carrier.code, scripts.GARBAGE)])
    assert rubbish.status == 200
    with pytest.raises(Unreadable):
        carrier.tracking.read(rubbish)


async def test_a_slow_answer_comes_after_five_seconds(played: Played) -> None:
    began = time.monotonic()
    reading = await played.ask(BY_CODE["fedex"], magic.number("fedex", scripts.SLOW))
    assert time.monotonic() - began >= 5
    assert statuses(reading)[:1] == [S.INFO_RECEIVED]


@pytest.mark.parametrize("carrier", PUSHING, ids=lambda carrier: carrier.code)
async def test_a_push_is_believed_and_read_back(played: Played, carrier: Carrier) -> None:
    assert carrier.pushing
    owner = "sf" if carrier.code == "kuaidi100" else carrier.code
    script = scripts.DELIVERED if S.DELIVERED in wordings.pushed_words(carrier) else scripts.IN_TRANSIT
    number = magic.number(owner, script, variant=4)
    await played.subscribe(carrier, number)
    await played.ask(carrier, number)
    await played.advance(1000)
    expected = [step.status for step in script.steps if step.status in wordings.pushed_words(carrier)]
    told: list[S] = []

    def all_told() -> bool:
        told.clear()
        for code, incoming in played.heard.pushes:
            if code == carrier.code and carrier.pushing:
                carrier.pushing.verify(incoming, played.access(carrier))
                reading = carrier.pushing.read(incoming)
                told.extend(
                    scan.meaning.status
                    for each in reading.shipments
                    if each.tracking_number == number
                    for scan in each.scans[-1:]
                )
        return len(told) >= len(expected)

    await until(all_told)
    assert told == expected


async def test_a_push_that_is_not_acknowledged_is_sent_again() -> None:
    async with playing() as played:
        played.heard.rude = 1
        number = magic.number("ups", scripts.DELIVERED, variant=9)
        await played.subscribe(BY_CODE["ups"], number)
        await until(lambda: len(played.heard.pushes) >= 2)
        first, second = (incoming.body for _, incoming in played.heard.pushes[:2])
        assert first == second


async def test_a_journey_played_fast_lies_in_the_past_and_moves_while_one_watches() -> None:
    async with playing(speed=36_000) as played:
        number = magic.number("usps", scripts.DELIVERED)
        first = statuses(await played.ask(BY_CODE["usps"], number))
        assert first == [S.INFO_RECEIVED]
        await asyncio.sleep(3.2)  # 32 hours of the journey
        [shipment] = (await played.ask(BY_CODE["usps"], number)).shipments
        assert shipment.scans[-1].meaning.status is S.DELIVERED
        assert shipment.scans[-1].occurred_at <= datetime.now(UTC)
        assert shipment.scans[-1].occurred_at - shipment.scans[0].occurred_at == timedelta(hours=30)


async def test_the_sandbox_tells_what_it_plays(played: Played) -> None:
    told = (await played.http.get(played.url)).json()
    assert set(magic.FORMS) <= set(told["carriers"])
    assert {"carrier", "trackingNumber", "script", "hour", "of"} == set(told["journeys"][0])


async def test_the_controls_refuse_what_they_cannot_mean(played: Played) -> None:
    for body in (b"", b"[]", b'{"hours": -1}', b'{"hours": "1"}'):
        assert (await played.http.post(f"{played.url}/_control/advance", content=body)).status_code == 400
    for told in ({}, {"carrier": "nobody", "url": "http://x"}, {"carrier": "sf", "url": 1}):
        assert (await played.http.post(f"{played.url}/_control/callback", json=told)).status_code == 400
    assert (await played.http.post(f"{played.url}/nobody/x")).status_code == 404


@pytest.mark.parametrize("carrier", OWN, ids=lambda carrier: carrier.code)
def test_a_magic_number_has_its_carriers_form_and_check_digit(carrier: Carrier) -> None:
    number = magic.number(carrier.code, scripts.CUSTOMS, variant=12)
    assert magic.meant(number) == (carrier.code, scripts.CUSTOMS)
    candidates = {candidate.carrier_code for candidate in identify(number)}
    formless = {"easypost", "dcsa", "epcis", "dhl_unified"}  # no form of theirs is known to the rules
    assert carrier.code in candidates or carrier.code in formless


def test_every_carrier_with_a_sandbox_can_be_played() -> None:
    assert {carrier.code for carrier in CARRIERS if carrier.sandbox} == {carrier.code for carrier in OWN} | {
        "kuaidi100"
    }


def test_what_the_sandbox_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carriers.sandbox.MOST_NUMBERS", 10)
    book = Book()
    world = World(datetime.now(UTC), BY_CODE["sf"], book)
    for variant in range(50):
        world.parcel(magic.number("sf", scripts.DELIVERED, variant))
    assert len(book.journeys) == 10
