"""How a parcel is followed: through which of its merchant's accounts, by push, by asking, or by the carrier's own
people; and where its orders say it goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from carriers.carrier import Carrier
from carriers.registry import BY_CODE
from db.enums import TrackingMethod
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment


@dataclass(frozen=True, slots=True)
class Way:
    """Through which account a parcel is followed, how, and when it is first asked after and subscribed to (None: not
    by asking, not by subscribing)."""

    account_id: UUID | None
    method: TrackingMethod
    next_poll_at: datetime | None = None
    next_subscribe_at: datetime | None = None


async def accounts_of(session: AsyncSession, merchant_id: UUID) -> list[CarrierAccount]:
    """A merchant's active accounts, newest first."""
    wanted = select(CarrierAccount).where(
        CarrierAccount.merchant_id == merchant_id, CarrierAccount.disabled_at.is_(None)
    )
    return list(await session.scalars(wanted.order_by(CarrierAccount.id.desc())))


def way(
    carrier_code: str, accounts: Iterable[CarrierAccount], now: datetime, carriers: Mapping[str, Carrier] = BY_CODE
) -> Way:
    """The carrier's own account first, else an aggregator's. Without an adapter or an account only the carrier's own
    people can tell us."""
    able = [(account, carriers[account.carrier_code]) for account in accounts if account.carrier_code in carriers]
    own = [pair for pair in able if pair[0].carrier_code == carrier_code]
    found = next(iter(own or [pair for pair in able if pair[1].is_aggregator]), None)
    if found is None:
        return Way(None, TrackingMethod.PARTNER)
    account, carrier = found
    subscribes = carrier.subscribing is not None and not carrier.subscribing.whole_account
    waits = carrier.subscribing is not None and carrier.subscribing.before_query
    method = TrackingMethod.POLL if carrier.tracking else TrackingMethod.PARTNER
    return Way(
        account.id,
        TrackingMethod.PUSH if carrier.pushing else method,
        now if carrier.tracking and not waits else None,
        now if subscribes else None,
    )


def go(shipment: Shipment, way: Way) -> None:
    """Sets the way on the shipment; a subscription with another account is over."""
    if shipment.account_id != way.account_id:
        shipment.subscribed_at = shipment.subscribed_until = None
    shipment.account_id, shipment.tracking_method = way.account_id, way.method
    shipment.next_poll_at, shipment.next_subscribe_at = way.next_poll_at, way.next_subscribe_at
    shipment.failures, shipment.last_failure = 0, None


async def adopt(
    session: AsyncSession, account: CarrierAccount, now: datetime, carriers: Mapping[str, Carrier] = BY_CODE
) -> None:
    """Follows through a new account the merchant's parcels that nobody could be asked about yet. No fact: what is
    known of the parcels is as it was."""
    carrier = carriers.get(account.carrier_code)
    if carrier is None:
        return
    found = way(account.carrier_code, [account], now, carriers)
    alone = update(Shipment).where(
        Shipment.merchant_id == account.merchant_id,
        Shipment.account_id.is_(None),
        Shipment.tracking_stopped_at.is_(None),
    )
    if not carrier.is_aggregator:
        alone = alone.where(Shipment.carrier_code == account.carrier_code)
    values = {
        "account_id": account.id,
        "tracking_method": found.method,
        "next_poll_at": found.next_poll_at,
        "next_subscribe_at": found.next_subscribe_at,
    }
    await session.execute(alone.values(values), execution_options={"synchronize_session": False})
