"""What goes over the wire between a carrier and us, and what one call may use. Values: nothing here opens a socket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class PushRejected(Exception):
    """The push is not provably the carrier's own: unsigned, wrongly signed, or without the shared secret."""


class CannotAsk(Exception):
    """A request cannot be built: a credential or a parcel's detail is missing; the text names it."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request we are about to send."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An HTTP request we received. Header names are lower case; ``received_at`` is aware UTC."""

    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: a carrier's to us, or ours to a carrier. ``received_at`` is when we read a carrier's."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What one call may use of one carrier account.

    ``base_url`` is the carrier's host of the account's environment (or the sandbox), without a trailing slash.
    ``credentials`` holds the names listed in ``Carrier.credentials``. ``token`` is the OAuth bearer, where the
    carrier has one. ``nonce`` is fresh for each call (a UUID text); ``now`` is aware UTC. ``callback_url`` is our
    push address for this account; ``push_secret`` is what we gave the carrier to prove its pushes with.
    """

    base_url: str
    credentials: Mapping[str, str]
    now: datetime
    nonce: str
    callback_url: str = ""
    push_secret: str = ""
    token: str = ""
    locale: str = "en"

    def credential(self, name: str) -> str:
        """The credential, or CannotAsk naming it."""
        value = self.credentials.get(name)
        if not value:
            raise CannotAsk(f"the account has no {name}")
        return value


@dataclass(frozen=True, slots=True)
class Parcel:
    """What we may tell a carrier about a parcel we ask after. ``phone_tail`` is the last four digits of the
    shipper's or recipient's phone: some carriers (SF, ZTO) answer only with it."""

    tracking_number: str
    phone_tail: str = ""
    reference: str = ""
    carrier: str = ""  # for aggregators: our code of the carrier that moves it
    destination_country: str = ""
    postal_code: str = ""
