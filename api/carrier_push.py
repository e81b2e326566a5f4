"""POST /carriers/{code}/push/{token}: a carrier's news, checked, written down, acknowledged in its own words.

Nothing is understood here: the worker reads what was written down. An unknown carrier, one that does not push and a
wrong token are answered alike.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter
from sqlalchemy import select
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from aftersales import access, calls, messages
from aftersales.access import Opened
from aftersales.partners import push_token_hash
from api.carrier_oauth import bearer_of, token_endpoint
from api.intake import Intake, order_call, remember_push
from carriers.carrier import Access, Carrier, Handshake, Incoming, Pushing, PushRejected, Reply, Unreadable
from carriers.registry import BY_CODE
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store

MOST_BYTES = 1024 * 1024
REMEMBERED = timedelta(seconds=3)  # a revoked address must stop within five
MOST_ACCOUNTS = 2000
NOTED_EVERY = timedelta(minutes=1)

PUSHES = Counter("waybridge_carrier_pushes", "Carrier pushes by carrier and outcome.", ("carrier", "outcome"))
log = structlog.get_logger("api.carrier_push")


@dataclass(frozen=True, slots=True)
class Door:
    """What the push endpoint needs. ``wake`` is called when something was written down for the worker."""

    store: Store
    clock: Callable[[], datetime]
    public_url: str = ""
    wake: Callable[[], None] = lambda: None
    carriers: Mapping[str, Carrier] = field(default_factory=lambda: BY_CODE)


class Accounts:
    """Accounts by push token, remembered for a few seconds."""

    def __init__(self, store: Store) -> None:
        """Remembers only accounts that exist, so guesses cost memory nothing."""
        self._store = store
        self._kept: OrderedDict[bytes, tuple[datetime, Opened]] = OrderedDict()
        self._noted: dict[object, datetime] = {}

    async def find(self, token: str, now: datetime) -> Opened | None:
        """The active account of the token. Found by digest: how long it takes tells nothing of a token."""
        digest = push_token_hash(token) if token.isascii() else b""
        kept = self._kept.get(digest)
        if kept is not None and now - kept[0] < REMEMBERED:
            return kept[1]
        async with self._store.reading(EVERYTHING) as session:
            wanted = select(CarrierAccount).where(CarrierAccount.push_token_hash == digest)
            account = await session.scalar(wanted.where(CarrierAccount.disabled_at.is_(None)))
        self._kept.pop(digest, None)
        if account is None:
            return None
        await self._store.keys_of(account.merchant_id)
        found = access.opened(self._store.vault, account)
        self._kept[digest] = (now, found)
        if len(self._kept) > MOST_ACCOUNTS:
            self._kept.popitem(last=False)
        return found

    def is_worth_noting(self, account: CarrierAccount, now: datetime) -> bool:
        """Whether it is time again to note that the account's carrier pushes."""
        noted = self._noted.get(account.id)
        if noted is not None and now - noted < NOTED_EVERY:
            return False
        self._noted[account.id] = now
        return True


def routes(door: Door) -> list[Route]:
    """The push address, with whatever a carrier adds behind it, and the address where UPS asks us for a token."""
    push = carrier_push(door)
    methods = ["POST", "PUT", "GET"]
    return [
        Route("/carriers/{code}/push/{token}", push, methods=methods),
        Route("/carriers/{code}/push/{token}/{rest:path}", push, methods=methods),
        Route("/oauth/token", token_endpoint(door.store, door.clock), methods=["POST"]),
    ]


def carrier_push(door: Door) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint."""
    intake, accounts = Intake(door.store), Accounts(door.store)

    async def endpoint(request: Request) -> Response:
        now = door.clock()
        code = request.path_params["code"]
        carrier = door.carriers.get(code)
        account = await accounts.find(request.path_params["token"], now)
        if carrier is None or carrier.pushing is None or account is None or account.account.carrier_code != code:
            PUSHES.labels("unknown", "not_found").inc()
            return Response(status_code=404)
        body = await _body(request)
        if body is None:
            PUSHES.labels(code, "too_large").inc()
            return Response(status_code=413)
        incoming = _incoming(request, body, now)
        allowed = _access(door, carrier, account, incoming)
        try:
            carrier.pushing.verify(incoming, allowed)
        except PushRejected as why:
            PUSHES.labels(code, "rejected").inc()
            log.info("push.rejected", carrier=code, account=account.account.typeid, why=str(why))
            return Response(status_code=401)
        handshake = _handshake(carrier.pushing, incoming, allowed)
        if handshake is not None:
            await _shake(door, account.account, handshake, now)
            PUSHES.labels(code, "handshake").inc()
            return _response(handshake.reply)
        if request.method == "GET":
            return Response(status_code=405, headers={"Allow": "POST, PUT"})
        row = messages.row(door.store.vault, account.account, messages.pushed(incoming))
        await intake.keep(row)
        PUSHES.labels(code, "kept").inc()
        door.wake()
        if accounts.is_worth_noting(account.account, now):
            await remember_push(door.store, account.account, row)
        return _response(_thanks(carrier.pushing, incoming))

    return endpoint


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is known to be too large: by its announced length, else while it comes."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > MOST_BYTES:
        return None
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                return None
            parts.append(part)
    except ClientDisconnect:
        return None
    return b"".join(parts)


def _incoming(request: Request, body: bytes, now: datetime) -> Incoming:
    return Incoming(
        body=body,
        received_at=now,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        method=request.method,
        path=request.path_params.get("rest", ""),
    )


def _access(door: Door, carrier: Carrier, account: Opened, incoming: Incoming) -> Access:
    token = bearer_of(incoming.headers, door.store.vault, account.account.typeid, incoming.received_at)
    return access.access(carrier, account, door.public_url, incoming.received_at, token=token)


def _handshake(pushing: Pushing, incoming: Incoming, allowed: Access) -> Handshake | None:
    """The handshake, if it is one. What cannot be read is none: it is kept, and named unreadable by the worker."""
    if pushing.handshake is None:
        return None
    try:
        return pushing.handshake(incoming, allowed)
    except Unreadable:
        return None


async def _shake(door: Door, account: CarrierAccount, handshake: Handshake, now: datetime) -> None:
    if handshake.call is None and not handshake.activates:
        return
    await order_call(door.store, calls.job(door.store.vault, account, handshake, now))
    door.wake()


def _thanks(pushing: Pushing, incoming: Incoming) -> Reply:
    """The carrier's own thank you; a plain one for a message that it cannot be made of."""
    try:
        return pushing.acknowledge(incoming)
    except Unreadable:
        return Reply()


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, dict(reply.headers))
