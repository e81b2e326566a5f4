"""One row of every table for one merchant, so that every table's reach can be tried."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from db.enums import EventSource, Subject
from db.ids import uuid7
from db.models.base import Row
from db.models.log import Event, Head, Seal, Tree, Unsealed
from db.models.messages import Inbox, Job, Parked, Replay
from db.models.orders import Customer, Order, OrderLine
from db.models.partners import ApiKey, CarrierRow, DataKey, Merchant, MerchantLink, Partner
from db.models.shipments import LanePast, Shipment, ShipmentOrder, TrackingEvent, UnmappedCode
from db.reach import EVERYTHING
from db.session import Store
from tests import make

OPEN = {CarrierRow, LanePast, UnmappedCode}
MODELS: dict[str, type[Row]] = dict(sorted((each.class_.__name__, each.class_) for each in Row.registry.mappers))
CLOSED = {name: model for name, model in MODELS.items() if model not in OPEN}


@dataclass(frozen=True)
class Seeded:
    """A merchant, a platform linked to it, and one row of every table that is somebody's."""

    seller: make.Someone
    platform: make.Someone
    rows: dict[type[Row], Any]

    @property
    def merchant_id(self) -> Any:
        return self.rows[Merchant].id


async def seed(store: Store, carrier: str) -> Seeded:
    """A whole merchant, whose parcel travels with this carrier."""
    seller = await make.merchant(store)
    assert seller.merchant
    owner = seller.merchant.id
    platform = await make.platform(store, seller)
    account = await make.account(store, owner, carrier, name=uuid4().hex)
    order = await make.order(store, owner, uuid4().hex)
    parcel = await make.shipment(store, owner, uuid4().hex.upper(), carrier, [order])
    scan = await make.scan(store, parcel)
    made = [seller.merchant, account, order, parcel, scan, seller.partner]
    async with store.writing(EVERYTHING) as session:
        inbox = Inbox(
            merchant_id=owner,
            account_id=account.id,
            carrier_code=carrier,
            source=EventSource.PUSH,
            digest=uuid4().bytes,
            body=b"sealed",
            headers=b"sealed",
            received_at=make.NOW,
        )
        session.add(inbox)
        await session.flush()
        parked = Parked(account_id=account.id, tracking_number="X", inbox_id=inbox.id, merchant_id=owner)
        job = Job(merchant_id=owner, kind="poll", resource="r", arguments={}, reference=uuid4().hex)
        replay = Replay(owner_id=uuid7(), key="k", fingerprint=b"f", outcome={}, created_at=make.NOW)
        event = await session.scalar(
            select(Event).where(Event.merchant_id == owner, Event.subject == Subject.SHIPMENT).limit(1)
        )
        assert event
        head = Head(merchant_id=owner, size=1, root=b"r", signed_at=make.NOW, signature=b"s")
        session.add_all([parked, job, replay, head])
        made += [inbox, parked, job, replay, head, event, await session.merge(Unsealed(event_id=event.id))]
        if not store.is_sqlite:
            seal = Seal(position=event.id, event_id=event.id, merchant_id=owner, number=1, leaf=b"l", subtrees=b"")
            session.add_all([seal, Tree(merchant_id=owner, size=1, peaks=b"p")])
        await session.flush()
        made.append(await session.scalar(select(Seal).where(Seal.event_id == event.id)))
        made.append(await session.get_one(Tree, owner))
        for model in (Customer, OrderLine, ShipmentOrder, DataKey):
            made.append(await session.scalar(select(model).where(model.merchant_id == owner).limit(1)))
        for model_, partner in ((ApiKey, seller.partner.id), (MerchantLink, platform.partner.id)):
            made.append(await session.scalar(select(model_).where(model_.partner_id == partner).limit(1)))
    return Seeded(seller, platform, {type(row): row for row in made})


__all__ = ["CLOSED", "MODELS", "OPEN", "Order", "Partner", "Seeded", "Shipment", "TrackingEvent", "seed"]
