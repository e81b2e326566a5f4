"""Calls a carrier with one of our accounts: its secrets opened, its bearer kept until it expires, its quota counted."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, or_, select, update

from aftersales import access
from aftersales.access import Opened
from carriers.carrier import Access, Carrier, Parcel, Reply, Request
from carriers.http import BACKGROUND_SECONDS, CarrierError, Failure, Outside
from carriers.registry import BY_CODE
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store

EARLIER = timedelta(seconds=60)  # a bearer is renewed before it expires


class QuotaSpent(Exception):
    """The account's calls of the day are used up. ``until`` is the carrier's midnight, in UTC."""

    def __init__(self, until: datetime) -> None:
        super().__init__("the account's calls of the day are used up")
        self.until = until


@dataclass(slots=True)
class Caller:
    """What all that goes out to carriers shares, in the worker and in the server."""

    store: Store
    outside: Outside
    clock: Callable[[], datetime]
    public_url: str = ""
    carriers: Mapping[str, Carrier] = field(default_factory=lambda: BY_CODE)
    files: Path = Path("waybridge-files")
    _tokens: dict[UUID, tuple[str, datetime]] = field(default_factory=dict)

    async def accounts(self, ids: Collection[UUID]) -> dict[UUID, Opened]:
        """The active accounts of these ids, opened; all keys of their merchants are at hand then."""
        async with self.store.reading(EVERYTHING) as session:
            wanted = select(CarrierAccount).where(CarrierAccount.id.in_(ids), CarrierAccount.disabled_at.is_(None))
            found = [account for account in await session.scalars(wanted) if account.carrier_code in self.carriers]
        await self.store.keys_of(*{account.merchant_id for account in found})
        return {account.id: access.opened(self.store.vault, account) for account in found}

    def parcel(self, shipment: Shipment) -> Parcel:
        """What the carrier may be told of the parcel; the merchant's key must be at hand."""
        return Parcel(
            tracking_number=shipment.tracking_number,
            phone_tail=shipment.open(self.store.vault, "phone_tail") or "",
            reference=shipment.external_id or "",
            carrier=shipment.carrier_code,
            destination_country=shipment.destination_country or "",
        )

    async def call(
        self, account: Opened, build: Callable[[Access], Request], *, within: float = BACKGROUND_SECONDS
    ) -> Reply:
        """The carrier's answer, each exchange within so many seconds. CannotAsk when a credential is missing, QuotaSpent,
        CarrierError, Unreadable when no bearer was granted. A bearer that was refused is renewed once."""
        carrier = self.carriers[account.account.carrier_code]
        token = await self._token(carrier, account, within) if carrier.authorizing else ""
        request = build(self._access(carrier, account, token))  # CannotAsk comes before anything is counted
        await self._count(carrier, account)
        reply = await self.outside.send(carrier.code, request, within=within)
        if reply.status == 401 and carrier.authorizing:
            self._tokens.pop(account.account.id, None)
            token = await self._token(carrier, account, within)
            request = build(self._access(carrier, account, token))
            reply = await self.outside.send(carrier.code, request, within=within)
        return reply

    def _access(self, carrier: Carrier, account: Opened, token: str = "") -> Access:
        return access.access(carrier, account, self.public_url, self.clock(), token=token)

    async def _token(self, carrier: Carrier, account: Opened, within: float) -> str:
        kept = self._tokens.get(account.account.id)
        now = self.clock()
        if kept is not None and now < kept[1]:
            return kept[0]
        assert carrier.authorizing is not None
        request = carrier.authorizing.request(self._access(carrier, account))
        try:
            reply = await self.outside.send(carrier.code, request, within=within)
        except CarrierError as error:  # nothing but a bearer was asked for: what it was for did not go out
            raise CarrierError(error.kind, carrier.code, error.status, sent=False, until=error.until) from None
        if reply.status == 401:
            raise CarrierError(Failure.STATUS, carrier.code, 401)
        token = carrier.authorizing.read(reply)
        self._tokens[account.account.id] = (token.value, now + token.lasts - EARLIER)
        return token.value

    async def _count(self, carrier: Carrier, account: Opened) -> None:
        """Takes one of the day's calls, in one UPDATE: two workers never take the last one both."""
        now, zone = self.clock(), ZoneInfo(carrier.zone)
        today = now.astimezone(zone).date()
        row = CarrierAccount
        is_today = row.calls_on == today
        free = or_(
            row.daily_quota.is_(None),
            (row.daily_quota > 0) & or_(row.calls_on.is_(None), ~is_today, row.calls_made < row.daily_quota),
        )
        taken = (
            update(row)
            .where(row.id == account.account.id, free)
            .values(calls_made=case((is_today, row.calls_made + 1), else_=1), calls_on=today)
        )
        async with self.store.writing(EVERYTHING, patient=True) as session:
            took = await session.scalar(taken.returning(row.id), execution_options={"synchronize_session": False})
        if took is None:
            tomorrow = today + timedelta(days=1)
            midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
            raise QuotaSpent(midnight.astimezone(UTC))
