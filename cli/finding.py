"""The row that a command names: by its id (``mer_01...``), or by its name where only one has it."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.console import Problem
from db.ids import parse_typeid
from db.models.partners import ApiKey, CarrierAccount, Merchant, Partner

R = TypeVar("R", ApiKey, CarrierAccount, Merchant, Partner)


async def find(session: AsyncSession, model: type[R], text: str, place: str) -> R:
    """The row. Problem at ``place`` when there is none, or when several have the name."""
    parsed = parse_typeid(text)
    if parsed is not None and parsed[0] == model.prefix:
        row = await session.get(model, parsed[1])
        rows = [] if row is None else [row]
    else:
        rows = list(await session.scalars(select(model).where(model.name == text).order_by(model.id).limit(2)))
    if not rows:
        raise Problem(place, f"nothing here is called {text!r}")
    if len(rows) > 1:
        raise Problem(place, f"several are called {text!r}; name one by its id, {model.prefix}_...")
    return rows[0]
