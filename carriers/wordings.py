"""Which statuses a carrier has words for, found by trying: its sandbox tells each one, its adapter reads it back.

What a carrier cannot say (SF has no word for "lost") its sandbox leaves out, as the carrier would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

from carriers.carrier import (
    Access,
    CannotAsk,
    Carrier,
    Incoming,
    Meaning,
    Parcel,
    PushRejected,
    Reading,
    Request,
    Sandbox,
    SandboxParcel,
    SandboxSubscription,
    Scan,
    Unreadable,
)
from carriers.desk import Counter, Desk
from carriers.registry import BY_CODE
from db.enums import TrackingStatus as S

NUMBER, SECRET, BASE = "WBDU0000001", "sandbox-secret", "http://sandbox"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CALLBACK = "http://callback/push"


@dataclass(slots=True)
class _Stage:
    """A world of one parcel."""

    on_stage: SandboxParcel
    now: datetime = NOON

    @property
    def desk(self) -> Counter:
        """Nobody books here."""
        return Counter(Desk(""), self.now)

    def parcel(self, number: str) -> SandboxParcel | None:
        return self.on_stage if number == self.on_stage.tracking_number else None

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        """Nobody listens here."""


def asked_words(carrier: Carrier) -> frozenset[S]:
    """The statuses that its answers can say."""
    return _words(carrier.code, _asked)


def pushed_words(carrier: Carrier) -> frozenset[S]:
    """The statuses that its pushes can say."""
    return _words(carrier.code, _pushed)


def credentials_of(carrier: Carrier) -> dict[str, str]:
    """What a sandbox account holds: "sandbox-<name>" for each name."""
    return {name: f"sandbox-{name}" for name in carrier.credentials if name != "base_url"}


def incoming(request: Request, received_at: datetime, prefix: str = "") -> Incoming:
    """A request as its receiver sees it; ``prefix`` is the part of the path before the receiver's own."""
    parts = urlsplit(request.url)
    return Incoming(
        body=request.body,
        received_at=received_at,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        method=request.method,
        path=unquote(parts.path).removeprefix(prefix),
    )


@cache
def _words(code: str, say: Callable[[Carrier, Sandbox, SandboxParcel], Reading]) -> frozenset[S]:
    carrier = BY_CODE[code]
    return frozenset(status for status in S if status is not S.UNKNOWN and _reads_back(carrier, status, say))


def _reads_back(carrier: Carrier, status: S, say: Callable[[Carrier, Sandbox, SandboxParcel], Reading]) -> bool:
    if carrier.sandbox is None:
        return False
    parcel = SandboxParcel(NUMBER, (Scan(NOON, Meaning(status), "", status.value),))
    try:
        read = say(carrier, carrier.sandbox, parcel)
    except (Unreadable, PushRejected, CannotAsk):
        return False
    return any(each.scans and each.scans[-1].meaning.status is status for each in read.shipments)


def _asked(carrier: Carrier, sandbox: Sandbox, parcel: SandboxParcel) -> Reading:
    if carrier.tracking is None:
        return Reading()
    access, stage, token = Access(BASE, credentials_of(carrier), NOON, "0" * 32), _Stage(parcel), ""
    if carrier.authorizing is not None:
        granted = sandbox.answer(incoming(carrier.authorizing.request(access), NOON), stage)
        token = carrier.authorizing.read(granted).value
    asked = Access(BASE, credentials_of(carrier), NOON, "0" * 32, token=token)
    moved_by = "sf" if carrier.is_aggregator else carrier.code
    request = carrier.tracking.request([Parcel(NUMBER, "0000", carrier=moved_by)], asked)
    return carrier.tracking.read(sandbox.answer(incoming(request, NOON), stage))


def _pushed(carrier: Carrier, sandbox: Sandbox, parcel: SandboxParcel) -> Reading:
    if carrier.pushing is None or sandbox.push is None:
        return Reading()
    subscription = SandboxSubscription(CALLBACK, SECRET, {"com": "shunfeng"})
    told = incoming(sandbox.push(parcel, parcel.scans, subscription), NOON)
    access = Access(BASE, credentials_of(carrier), NOON, "0" * 32, CALLBACK, SECRET)
    carrier.pushing.verify(told, access)
    return carrier.pushing.read(told)
