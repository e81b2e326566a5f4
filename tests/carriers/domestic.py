"""What the tests of the Chinese domestic carriers share: a sandbox with one scripted parcel, and its two ends."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

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
)
from carriers.times import BEIJING
from carriers.vocabulary import meaning
from db.enums import TrackingStatus

SHARED = Path(__file__).parents[3] / "shared" / "carriers"
NOW = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
NUMBER = "700000000001"
CALLBACK = "https://waybridge.example/carriers/push/unguessable"


@dataclass
class World:
    """A sandbox that knows the given parcels."""

    parcels: dict[str, SandboxParcel] = field(default_factory=dict)
    subscribed: list[str] = field(default_factory=list)
    now: datetime = NOW

    def parcel(self, number: str) -> SandboxParcel | None:
        return self.parcels.get(number)

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        self.subscribed.append(number)


def material(code: str, name: str) -> list[Path]:
    """The file of a carrier's material in a list, which is empty where the material is absent."""
    path = SHARED / code / name
    return [path] if path.exists() else []


def access(carrier: Carrier, **credentials: str) -> Access:
    """An account the carrier's sandbox accepts."""
    own = {name: f"sandbox-{name}" for name in carrier.credentials} | credentials
    return Access(f"http://host/{carrier.code}", own, NOW, "5f9c3a4e-0000-4000-8000-000000000001", CALLBACK)


def incoming(carrier: Carrier, request: Request) -> Incoming:
    """A request of ours as the carrier's sandbox gets it, or its push as we get it."""
    url = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    path = url.path.removeprefix(f"/{carrier.code}")
    return Incoming(request.body, NOW, headers, dict(parse_qsl(url.query)), request.method, path)


def answered(carrier: Carrier, request: Request, world: World) -> Reply:
    """What the sandbox says to a request."""
    assert carrier.sandbox
    reply = carrier.sandbox.answer(incoming(carrier, request), world)
    return Reply(reply.status, reply.body, reply.headers, NOW)


def scan(status: TrackingStatus, raw_code: str = "", hour: int = 9) -> Scan:
    """A scripted scan of a status; its code is the script's, not the carrier's."""
    moment = datetime(2026, 1, 5, hour, tzinfo=BEIJING)
    place = Place(facility="青浦华新", city="上海市")
    return Scan(moment, Meaning(status), raw_code, description=f"步骤 {hour}", place=place)


def asked(carrier: Carrier, scans: Sequence[Scan], number: str = NUMBER) -> Reading:
    """The scripted parcel, asked for at the sandbox and read back."""
    assert carrier.tracking
    world = World({NUMBER: SandboxParcel(NUMBER, tuple(scans))})
    request = carrier.tracking.request([Parcel(number, phone_tail="5514")], access(carrier))
    return carrier.tracking.read(answered(carrier, request, world))


def pushed(carrier: Carrier, each: Scan, signed_by: str | None = None) -> Reading:
    """The scripted scan, pushed by the sandbox, verified and read back."""
    assert carrier.sandbox
    assert carrier.sandbox.push
    assert carrier.pushing
    request = carrier.sandbox.push(
        SandboxParcel(NUMBER, (each,), signed_by=signed_by), [each], SandboxSubscription(CALLBACK)
    )
    assert request.url == CALLBACK
    received = incoming(carrier, request)
    carrier.pushing.verify(received, access(carrier))
    return carrier.pushing.read(received)


def unclassified(carrier: Carrier, table: str) -> set[tuple[str, str]]:
    """The rows of a published table that the carrier's own does not have, or has in another meaning."""
    own = {(row.namespace, row.code): row.meaning for row in carrier.codes}
    missing = set()
    for line in table.splitlines():
        namespace, code, word = line.split("|")
        if (namespace, code) not in own or own[namespace, code] not in (meaning(word), Meaning()):
            missing.add((namespace, code))
    return missing


def published(path: Path, word_column: str) -> str:
    """A carrier's statuses.csv as lines of namespace|code|word."""
    with path.open(newline="") as file:
        return "\n".join(f"{r['namespace']}|{r['code']}|{r[word_column]}" for r in csv.DictReader(file))
