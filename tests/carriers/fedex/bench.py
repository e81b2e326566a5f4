"""What the tests of these carriers share: a sandbox world, both sides of the wire, real files, mangled messages."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import strategies as st

from carriers.carrier import (
    Access,
    Carrier,
    Incoming,
    Meaning,
    Parcel,
    Place,
    Reading,
    Reply,
    Request,
    SandboxParcel,
    SandboxSubscription,
    Scan,
    Unreadable,
)
from db.enums import TrackingStatus

SHARED = Path(__file__).parents[4] / "shared" / "carriers"
CASES = Path(__file__).parents[1]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOCAL = timezone(timedelta(hours=-7))
HOST = "http://sandbox.test"


@dataclass
class World:
    """A sandbox world of known parcels that remembers who subscribed to what."""

    parcels: dict[str, SandboxParcel] = field(default_factory=dict)
    subscriptions: dict[str, SandboxSubscription] = field(default_factory=dict)
    now: datetime = NOW

    def parcel(self, number: str) -> SandboxParcel | None:
        return self.parcels.get(number)

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        self.subscriptions[number] = subscription


def access(carrier: Carrier, **changes: Any) -> Access:
    """An account of the sandbox."""
    credentials = {name: f"sandbox-{name}" for name in carrier.credentials}
    whole = Access(
        base_url=f"{HOST}/{carrier.code}",
        credentials=credentials,
        now=NOW,
        nonce="0b0f4c34-52a9-4c3c-8f3a-0a4d1f1a9d11",
        callback_url="https://us.test/push/abc",
        push_secret="our sécret",
    )
    return replace(whole, **changes)


def incoming(request: Request, mount: str = "") -> Incoming:
    """A request of one side as the other receives it."""
    parts = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    path = parts.path.removeprefix(mount)
    return Incoming(request.body, NOW, headers, query, request.method, path)


def sent(carrier: Carrier, request: Request, world: World) -> Reply:
    """What the carrier's sandbox answers to a request of ours."""
    assert carrier.sandbox
    return replace(carrier.sandbox.answer(incoming(request, f"/{carrier.code}"), world), received_at=NOW)


def authorized(carrier: Carrier, world: World) -> Access:
    """An account that holds the sandbox's token, where the carrier has one."""
    account = access(carrier)
    if carrier.authorizing is None:
        return account
    token = carrier.authorizing.read(sent(carrier, carrier.authorizing.request(account), world))
    assert token.lasts > timedelta(minutes=30)
    return replace(account, token=token.value)


def asked(carrier: Carrier, world: World, *numbers: str) -> Reading:
    """What we read of the sandbox's answer to a query."""
    assert carrier.tracking
    request = carrier.tracking.request([Parcel(number) for number in numbers], authorized(carrier, world))
    return carrier.tracking.read(sent(carrier, request, world))


def parcel_in(status: TrackingStatus, number: str = "1ZTEST0000000001") -> SandboxParcel:
    """A parcel with one scan of that status, in Denver."""
    place = Place(city="DENVER", region="CO", postal_code="80202", country="US")
    scan = Scan(datetime(2026, 2, 27, 8, 5, 9, tzinfo=LOCAL), Meaning(status), "demo", "Said so", place)
    return SandboxParcel(number, (scan,), estimated_delivery_at=datetime(2026, 3, 2, 18, tzinfo=LOCAL))


def real(code: str, name: str) -> Any:
    """A real file beside the checkout, as JSON."""
    return json.loads((SHARED / code / name).read_text("utf-8"))


def values(value: Any) -> Iterator[tuple[list[Any], Any]]:
    """Every path of a JSON value with what is there."""
    yield [], value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        for path, found in values(each):
            yield [key, *path], found


def changed(value: Any, path: Sequence[Any], new: Any) -> Any:
    """A copy of a JSON value with one place replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "\ud800", "99999999", "-14:00", "1e999"]),
    st.just([]),
    st.just({}),
    st.just([None, 1, "x", [], {}]),
    st.just({"x": [{}]}),
)


@st.composite
def mangled(draw: Callable[[Any], Any], code: str) -> bytes:
    """A case of a carrier, with up to three places replaced by odd values, or cut off somewhere."""
    files = sorted(CASES.glob(f"{code}/cases/*/message.json"))
    body: Any = json.loads(draw(st.sampled_from(files)).read_text("utf-8"))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from([path for path, _ in values(body)]))
        body = changed(body, path, draw(ODD))
    raw = json.dumps(body).encode()
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw


def read_everywhere(carrier: Carrier, body: bytes) -> None:
    """Every reader of a carrier is given the bytes; nothing but Unreadable may escape."""
    for read in _readers(carrier, body):
        try:
            result = read()
        except Unreadable:
            continue
        if isinstance(result, Reading):
            for shipment in result.shipments:
                assert all(scan.occurred_at.tzinfo for scan in shipment.scans)
                assert list(shipment.scans) == sorted(shipment.scans, key=lambda scan: scan.occurred_at)


def _readers(carrier: Carrier, body: bytes) -> list[Callable[[], object]]:
    reply = Reply(200, body, {}, NOW)
    of_body = (carrier.read_pickup, carrier.read_error, carrier.recognise)
    readers: list[Callable[[], object]] = [partial(read, body) for read in of_body if read]
    if carrier.tracking:
        readers.append(partial(carrier.tracking.read, reply))
    if carrier.pushing:
        readers.append(partial(carrier.pushing.read, Incoming(body, NOW)))
    if carrier.subscribing:
        readers.append(partial(carrier.subscribing.read, reply, [Parcel("1")]))
    if carrier.authorizing:
        readers.append(partial(carrier.authorizing.read, reply))
    return readers
