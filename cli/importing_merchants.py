"""Whose orders a file holds: each merchant found by id, external id or name, once; or made."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import partners
from aftersales.refusals import Refusal, RefusalCode, Refused
from db.ids import parse_typeid
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store


@dataclass(frozen=True, slots=True)
class Merchants:
    """The merchants met so far by what the file calls them. ``create`` makes those that are missing, with that as name
    and external id."""

    create: bool
    column: str = ""
    known: dict[str, UUID] = field(default_factory=dict)

    async def find(self, store: Store, texts: Collection[str]) -> None:
        """Learns these merchants' ids, as far as they exist, and brings their keys to hand."""
        missing = set(texts) - self.known.keys()
        if missing:
            async with store.reading(EVERYTHING) as session:
                self.known.update(await _found(session, missing))
        await store.keys_of(*(self.known[text] for text in texts if text in self.known))

    async def id_of(self, session: AsyncSession, store: Store, text: str, now: datetime) -> UUID:
        """The merchant's id; Refused when there is none and none may be made. One that is made here is not ``known``
        before its transaction has ended."""
        if text in self.known:
            return self.known[text]
        if not text:
            raise self._refused("The line names no merchant.")
        if not self.create:
            raise self._refused(
                "No one merchant has this external id, name or id; --create-merchants makes missing ones."
            )
        try:
            wish = partners.MerchantWish(text, external_id=text)
            return (await partners.create_merchant(session, store.vault, wish, now=now)).id
        except Refused as no:
            raise self._refused(*(each.message for each in no.refusals)) from None

    def _refused(self, *messages: str) -> Refused:
        return Refused(*(Refusal(RefusalCode.NOT_FOUND, message, (self.column,)) for message in messages))


async def _found(session: AsyncSession, texts: Collection[str]) -> dict[str, UUID]:
    """By external id before name; a name that several have is nobody's."""
    ids = {parsed[1]: text for text in texts if (parsed := parse_typeid(text)) and parsed[0] == Merchant.prefix}
    wanted = or_(Merchant.external_id.in_(texts), Merchant.name.in_(texts), Merchant.id.in_(ids))
    rows = list(await session.scalars(select(Merchant).where(wanted)))
    names = [row.name for row in rows]
    return (
        {row.name: row.id for row in rows if names.count(row.name) == 1 and row.name in texts}
        | {row.external_id: row.id for row in rows if row.external_id in texts and row.external_id}
        | {ids[row.id]: row.id for row in rows if row.id in ids}
    )
