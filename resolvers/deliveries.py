"""What partners and buyers wish of a parcel on its way."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import delivery_changes, delivery_wishes
from aftersales.delivery_changes import Wish
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from db.enums import PartnerKind
from db.ids import parse_typeid
from db.models.deliveries import ChangeState, DeliveryChange, DeliveryWish
from db.models.orders import Order
from db.models.partners import CarrierAccount
from db.models.points import DropOffPoint
from db.models.shipments import Shipment, ShipmentOrder
from resolvers import edges
from resolvers.cases import step
from resolvers.context import Context, Info
from resolvers.errors import aware
from resolvers.inputs import locked, no_such, plain
from resolvers.order_sync import AddressInput
from resolvers.pickups import TimeWindowInput

LONGEST_PLACE = 200


@strawberry.enum(description="Where else a parcel is brought.")
class RedirectMode(StrEnum):
    """Where else a parcel is brought."""

    ADDRESS = "ADDRESS"
    LEAVE_WITH = "LEAVE_WITH"


@strawberry.input(description="Another time for a delivery.")
class DeliveryRescheduleInput:
    shipment_id: strawberry.ID = strawberry.field(description="The parcel (shp_...).")
    window: TimeWindowInput = strawberry.field(description="When it may be brought instead.")


@strawberry.input(description="Another door for a delivery, or somebody who takes it.")
class DeliveryRedirectInput:
    shipment_id: strawberry.ID = strawberry.field(description="The parcel (shp_...).")
    mode: RedirectMode = strawberry.field(default=RedirectMode.ADDRESS, description="To another door, or left there.")
    address: AddressInput | None = strawberry.field(
        default=None,
        description="The other door, for ADDRESS; for LEAVE_WITH the neighbour's, unless it is the parcel's own. Who "
        "receives and their phone stay unless given.",
    )
    leave_with: str | None = strawberry.field(
        default=None, description="For LEAVE_WITH: a neighbour's name or a place, at most 200 characters."
    )


@strawberry.input(description="A parcel to be kept for its recipient.")
class DeliveryHoldInput:
    shipment_id: strawberry.ID = strawberry.field(description="The parcel (shp_...).")
    point_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="At which of the carrier's points (pnt_...); the carrier chooses unless given. No carrier takes one "
        "from us so far: the wish is REFUSED then.",
    )


@strawberry.input(description="A parcel that shall come back before it is delivered.")
class DeliveryReturnInput:
    shipment_id: strawberry.ID = strawberry.field(description="The parcel (shp_...).")


@dataclass(frozen=True, slots=True)
class Window:
    """The time wished for, in UTC, with the zone of the parcel's door."""

    start: datetime
    end: datetime
    zone: str = "UTC"


def window(root: DeliveryChange) -> Window | None:
    """The time wished for."""
    return Window(root.window_start, root.window_end) if root.window_start and root.window_end else None


async def reschedule(info: Info, input: DeliveryRescheduleInput) -> DeliveryChange:
    """Another time."""
    with inside("input"):
        start, end = aware(input.window.start, "window.start"), aware(input.window.end, "window.end")
        assert start is not None
        assert end is not None
        return await _wish(info, input.shipment_id, Wish(DeliveryWish.RESCHEDULE, window=(start, end)))


async def redirect(info: Info, input: DeliveryRedirectInput) -> DeliveryChange:
    """Another door, or left with somebody."""
    with inside("input"):
        if input.mode is RedirectMode.LEAVE_WITH:
            place = (input.leave_with or "").strip()
            if not 0 < len(place) <= LONGEST_PLACE:
                sentence = "Say with whom or where, in at most 200 characters."
                raise Refused(Refusal(RefusalCode.INVALID, sentence, ("leaveWith",)))
            to = plain(input.address) if input.address else None
            return await _wish(info, input.shipment_id, Wish(DeliveryWish.LEAVE_WITH, to, leave_with=place))
        if input.address is None:
            raise Refused(Refusal(RefusalCode.INVALID, "Say where to.", ("address",)))
        return await _wish(info, input.shipment_id, Wish(DeliveryWish.REDIRECT, to=plain(input.address)))


async def hold(info: Info, input: DeliveryHoldInput) -> DeliveryChange:
    """Kept at a point."""
    with inside("input"):
        point: UUID | None = None
        if input.point_id is not None:
            parsed = parse_typeid(input.point_id)
            if parsed is None or parsed[0] != DropOffPoint.prefix:
                raise no_such("point", ("pointId",))
            point = parsed[1]
        return await _wish(info, input.shipment_id, Wish(DeliveryWish.HOLD, point_id=point))


async def send_back(info: Info, input: DeliveryReturnInput) -> DeliveryChange:
    """Back to its sender."""
    with inside("input"):
        return await _wish(info, input.shipment_id, Wish(DeliveryWish.RETURN))


async def allowed_actions(root: Shipment, info: Info) -> list[str]:
    """The mutations that this viewer may call on it now."""
    viewer = info.context.viewer
    if viewer.kind is PartnerKind.CARRIER or "deliveries:write" not in viewer.scopes:
        return []
    return list(dict.fromkeys(delivery_wishes.MUTATIONS[kind] for kind in await possible(root, info)))


async def possible(root: Shipment, info: Info) -> Sequence[DeliveryWish]:
    """What its carrier takes now of what this viewer may wish; nothing while it has not answered to a wish."""
    if not delivery_wishes.is_on_its_way(root):
        return ()
    changes, accounts = await asyncio.gather(
        info.context.load(edges.changes_of_shipment, root.id),
        info.context.load(ACCOUNTS, root.merchant_id),
    )
    if any(each.state is ChangeState.REQUESTED for each in changes):
        return ()
    is_buyer = info.context.viewer.customer_id is not None
    found = delivery_wishes.possible(root, accounts)
    return tuple(kind for kind in found if not (is_buyer and kind is DeliveryWish.RETURN))


async def _accounts(session: AsyncSession, merchants: Sequence[UUID]) -> list[Any]:
    """Of each merchant the accounts in use: ids and carriers' codes, nothing of what they hold, for whoever may see one of
    its parcels."""
    row: Any = CarrierAccount.__table__.c
    wanted = select(row.merchant_id, row.id, row.carrier_code)
    wanted = wanted.where(row.merchant_id.in_(merchants), row.disabled_at.is_(None))
    found: dict[UUID, list[delivery_wishes.Account]] = defaultdict(list)
    for merchant, id_, code in await session.execute(wanted, execution_options={"reached": True}):
        found[merchant].append((id_, code))
    return [found[each] for each in merchants]


ACCOUNTS = edges.Edge("accounts_in_use", "merchant_id", _accounts)


async def _wish(info: Info, shipment_id: str, wish: Wish) -> DeliveryChange:
    context = info.context
    assert context.session
    shipment = await _own(context, shipment_id)
    whose = Wish(wish.kind, wish.to, wish.leave_with, wish.window, wish.point_id, context.viewer.customer_id)
    by = step(context, "delivery" + wish.kind.name.title().replace("_", ""))
    return await delivery_changes.request(context.session, context.store.vault, shipment, whose, by)


async def _own(context: Context, id_: str) -> Shipment:
    """The parcel, locked; a buyer's own only."""
    assert context.session
    row = await locked(context, Shipment, id_, "shipment", ("shipmentId",))
    buyer = context.viewer.customer_id
    if buyer is not None:
        carried = select(Order.id).join(ShipmentOrder, ShipmentOrder.order_id == Order.id)
        own = carried.where(ShipmentOrder.shipment_id == row.id, Order.customer_id == buyer).limit(1)
        if await context.session.scalar(own) is None:
            raise no_such("shipment", ("shipmentId",))
    return row
