"""What the tests of all carriers share: a sandbox with scripted parcels, both ends of its wire, and real files."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aftersales.rules.shipments import fold
from carriers.carrier import (
    Access,
    Carrier,
    Incoming,
    Meaning,
    Parcel,
    Place,
    PushRejected,
    Reading,
    ReadShipment,
    Reply,
    Request,
    SandboxParcel,
    SandboxSubscription,
    Scan,
)
from carriers.desk import Counter, Desk
from carriers.registry import BY_CODE
from carriers.times import BEIJING
from cli import reading
from db.enums import TrackingStatus

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "carriers"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBER = "700000000001"
CALLBACK = "https://waybridge.example/carriers/push/unguessable"
SECRET = "our sécret"


@dataclass
class World:
    """A sandbox that knows the given parcels and remembers who subscribed to what."""

    parcels: dict[str, SandboxParcel] = field(default_factory=dict)
    subscriptions: dict[str, SandboxSubscription] = field(default_factory=dict)
    now: datetime = NOW
    bookings: Desk = field(default_factory=lambda: Desk("bench"))
    speed: float = 1

    @property
    def desk(self) -> Counter:
        return Counter(self.bookings, self.now, self.speed)

    def parcel(self, number: str) -> SandboxParcel | None:
        return self.parcels.get(number)

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        self.subscriptions[number] = subscription


def access(carrier: Carrier, **credentials: str) -> Access:
    """An account the carrier's sandbox accepts, but for the credentials given."""
    own = {name: f"sandbox-{name}" for name in carrier.credentials} | credentials
    nonce = "5f9c3a4e-0000-4000-8000-000000000001"
    return Access(f"http://host/{carrier.code}", own, NOW, nonce, CALLBACK, SECRET)


def incoming(request: Request, mount: str = "") -> Incoming:
    """A request of one side as the other, mounted under a path, receives it."""
    url = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Incoming(request.body, NOW, headers, query, request.method, url.path.removeprefix(mount))


def answered(carrier: Carrier, request: Request, world: World) -> Reply:
    """What the carrier's sandbox says to a request of ours."""
    assert carrier.sandbox
    return replace(carrier.sandbox.answer(incoming(request, f"/{carrier.code}"), world), received_at=NOW)


def authorized(carrier: Carrier, world: World) -> Access:
    """An account that holds the sandbox's token, where the carrier has one."""
    account = access(carrier)
    if carrier.authorizing is None:
        return account
    token = carrier.authorizing.read(answered(carrier, carrier.authorizing.request(account), world))
    assert token.lasts > timedelta(minutes=30)
    return replace(account, token=token.value)


def answers(carrier: Carrier, world: World, *numbers: str) -> Reading:
    """What we read of the sandbox's answer to a query."""
    assert carrier.tracking
    parcels = [Parcel(number, phone_tail="5514") for number in numbers]
    return carrier.tracking.read(
        answered(carrier, carrier.tracking.request(parcels, authorized(carrier, world)), world)
    )


def asked(carrier: Carrier, scans: Sequence[Scan], number: str = NUMBER) -> Reading:
    """The scripted parcel, asked for at the sandbox and read back."""
    return answers(carrier, World({NUMBER: SandboxParcel(NUMBER, tuple(scans))}), number)


def pushed(carrier: Carrier, each: Scan, signed_by: str | None = None) -> Reading:
    """The scripted scan, pushed by the sandbox, verified and read back."""
    assert carrier.sandbox
    assert carrier.sandbox.push
    assert carrier.pushing
    parcel = SandboxParcel(NUMBER, (each,), signed_by=signed_by)
    request = carrier.sandbox.push(parcel, [each], SandboxSubscription(CALLBACK, SECRET))
    assert request.url == CALLBACK
    carrier.pushing.verify(incoming(request), access(carrier))
    return carrier.pushing.read(incoming(request))


def scan(status: TrackingStatus, raw_code: str = "", hour: int = 9) -> Scan:
    """A scripted scan of a status in Shanghai; its code is the script's, not the carrier's."""
    moment = datetime(2026, 1, 5, hour, tzinfo=BEIJING)
    place = Place(facility="青浦华新", city="上海市")
    return Scan(moment, Meaning(status), raw_code, description=f"步骤 {hour}", place=place)


def parcel_in(status: TrackingStatus, number: str = "1ZTEST0000000001") -> SandboxParcel:
    """A parcel with one scan of that status, in Denver."""
    denver = timezone(timedelta(hours=-7))
    place = Place(city="DENVER", region="CO", postal_code="80202", country="US")
    each = Scan(datetime(2026, 2, 27, 8, 5, 9, tzinfo=denver), Meaning(status), "demo", "Said so", place)
    return SandboxParcel(number, (each,), estimated_delivery_at=datetime(2026, 3, 2, 18, tzinfo=denver))


def read(code: str, kind: str, told: Any) -> Reading:
    """A message, as JSON or as its bytes, read as its kind and recognised as it."""
    body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    carrier = BY_CODE[code]
    assert carrier.recognise
    assert carrier.recognise(body) == kind
    return reading.read(carrier, body, kind=kind, headers={}, now=NOW)


def only(found: Reading) -> ReadShipment:
    """The one shipment of a message."""
    [shipment] = found.shipments
    return shipment


def status(shipment: ReadShipment) -> TrackingStatus:
    """What all its scans together say."""
    return fold(reading.seen(scan) for scan in shipment.scans).status


def refused(carrier: Carrier, received: Incoming) -> bool:
    """Whether a push is not believed."""
    assert carrier.pushing
    try:
        carrier.pushing.verify(received, access(carrier))
    except PushRejected:
        return True
    return False


def material(code: str, name: str) -> list[Path]:
    """The file of a carrier's material in a list, which is empty where the material is absent."""
    path = SHARED / code / name
    return [path] if path.exists() else []


def real(code: str, name: str) -> Any:
    """A real file beside the checkout, as JSON."""
    return json.loads((SHARED / code / name).read_text("utf-8"))


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
