"""Who am I."""

from typing import Any

import strawberry
from sqlalchemy import select

from db.ids import typeid
from db.models.orders import Customer
from db.models.partners import Merchant
from resolvers import edges
from resolvers.context import Info, Viewer


def viewer(info: Info) -> Viewer:
    """The call's viewer."""
    return info.context.viewer


async def partner(root: Viewer, info: Info) -> Any:
    """The partner behind the key."""
    return None if root.partner_id is None else await info.context.load(edges.partner_of_viewer, root.partner_id)


async def merchant(root: Viewer, info: Info) -> Any:
    """The merchant acted for."""
    acting = root.acting_for or root.reach.merchant_id
    return None if acting is None else await info.context.load(edges.merchant_of_row, acting)


async def merchants(info: Info) -> list[Merchant]:
    """The merchants within reach."""
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return list(await session.scalars(select(Merchant).order_by(Merchant.name, Merchant.id).limit(100)))


def carrier_code(root: Viewer) -> str | None:
    """The carrier one speaks for."""
    return root.reach.carrier_code


def customer_id(root: Viewer) -> strawberry.ID | None:
    """The buyer a customer token speaks for."""
    return None if root.customer_id is None else strawberry.ID(typeid(Customer.prefix, root.customer_id))


def scopes(root: Viewer) -> list[str]:
    """Sorted, so that answers compare."""
    return sorted(root.scopes)
