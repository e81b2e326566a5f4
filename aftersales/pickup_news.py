"""What carriers tell of pickups by push reaches the pickups it names."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import bookings
from aftersales.cases import Step
from aftersales.log import By
from carriers.carrier import ReadPickup
from db.enums import Party, PickupStatus
from db.models.messages import Inbox
from db.models.pickups import Pickup
from db.vault import Vault


async def take_in(session: AsyncSession, vault: Vault, told: Iterable[tuple[Inbox, ReadPickup]], now: datetime) -> None:
    """Moves each pickup that is named: by our reference, the carrier's number of the booking or the waybill's, of this
    account's merchant and carrier alone. What names none of ours is passed over; a status we do not know moves nothing."""
    for row, said in told:
        if said.status is PickupStatus.UNKNOWN:
            continue
        found = await _named(session, row, said)
        if found is not None:
            step = Step(By(Party.CARRIER, "push", reference=str(row.id)), now)
            await bookings.tell(session, vault, found, said, step)


async def _named(session: AsyncSession, row: Inbox, said: ReadPickup) -> UUID | None:
    names = [
        Pickup.reference == said.reference if said.reference else None,
        Pickup.confirmation.in_([each for each in (said.confirmation, said.reference) if each]),
        Pickup.tracking_number == said.tracking_number if said.tracking_number else None,
    ]
    wanted = select(Pickup.id).where(
        Pickup.merchant_id == row.merchant_id,
        Pickup.carrier_code == row.carrier_code,
        or_(*(name for name in names if name is not None)),
    )
    found: UUID | None = await session.scalar(wanted.order_by(Pickup.id.desc()).limit(1))
    return found
