"""What a call of the table stands on: a merchant of its own with their buyer, and what all its rows are by now."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Boolean, Connection, Enum, Integer, Table, select
from sqlalchemy.sql import ColumnElement

from aftersales.credentials import CUSTOMER_SCOPES, SCOPES, mint_customer_token
from db.enums import PartnerKind
from db.models.base import Row
from db.models.orders import Order
from db.models.partners import Partner
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import Bought, bought

NOT_TOLD = {"api_keys", "partners", "merchants", "merchant_links", "data_keys"}  # who calls, made by the tests
OF_THE_LOG = {"heads", "trees", "seals"}  # what is sealed after the commit, whoever calls meanwhile
OF_KEYS = {"replays"}
WORDS = {"status", "state", "waiting_on", "on_deadline", "carrier_code"}
NO_SHAPE = {"position", "number", "party"}  # places in the log and in a queue, which others move; and who it was
_NUMBERS = count(1)

Rows = Mapping[str, frozenset[tuple[str, ...]]]
Shape = Counter[tuple[str, ...]]


@dataclass
class Ground:
    """One merchant's, prepared for one call. ``order`` is the last that was bought there."""

    api: Api
    store: Store
    who: make.Someone
    caller: make.Someone
    headers: dict[str, str] = field(default_factory=dict)
    order: Bought | None = None

    @property
    def merchant_id(self) -> UUID:
        """Whose rows these are."""
        return self.who.merchant_id

    def word(self, prefix: str) -> str:
        """A word that nobody had."""
        return f"{prefix}{next(_NUMBERS)}"

    def number(self) -> str:
        """A parcel's number that nobody had, as SF has them."""
        return f"SF{uuid4().int % 10**13:013d}"

    def fedex(self) -> str:
        """A parcel's number that nobody had, as FedEx has them."""
        return f"7946447{next(_NUMBERS):05d}"

    async def bought(self, **given: Any) -> Bought:
        """An order of a buyer of its own that arrived a day ago."""
        phone = f"138{next(_NUMBERS):08d}"
        given.setdefault("customer", {"externalId": self.word("c"), "name": "王小明", "phone": phone})
        self.order = await bought(self.store, self.who, **given)
        return self.order

    async def stranger(self) -> make.Someone:
        """Another buyer of the same merchant."""
        other = await make.order(self.store, self.merchant_id, self.word("S"), customer={"externalId": self.word("s")})
        return self.buyer(other)

    def buyer(self, order: Order | None = None) -> make.Someone:
        """Whose order it is, with all that a buyer may do."""
        row = order or (self.order.order if self.order else None)
        assert row
        given = (self.store.vault, row.merchant_id, row.customer_id, timedelta(hours=1), make.NOW, CUSTOMER_SCOPES)
        return make.Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), mint_customer_token(*given)[0])


async def ground(api: Api, store: Store, kind: PartnerKind) -> Ground:
    """A merchant who may do everything, and who calls for them: they themselves, a platform or a carrier."""
    who = await make.merchant(store, scopes=list(SCOPES))
    assert who.merchant
    if kind is PartnerKind.PLATFORM:
        platform = await make.platform(store, who, scopes=list(SCOPES))
        return Ground(api, store, who, platform, {"Waybridge-Merchant": who.merchant.typeid})
    if kind is PartnerKind.CARRIER:
        return Ground(api, store, who, await make.carrier(store, "sf", scopes=list(SCOPES)))
    return Ground(api, store, who, who)


def _owned(table: Table, it: Ground) -> ColumnElement[bool] | None:
    """Which rows of a table are this merchant's, or of who calls for them; None: of nobody."""
    case, endpoint = (Row.metadata.tables[name] for name in ("cases", "webhook_endpoints"))
    partners = [it.who.partner.id, it.caller.partner.id]
    ways: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "merchant_id": lambda column: column == it.merchant_id,
        "partner_id": lambda column: column.in_(partners),
        "owner_id": lambda column: column.in_(partners),
        "endpoint_id": lambda column: column.in_(select(endpoint.c.id).where(endpoint.c.merchant_id == it.merchant_id)),
        "id": lambda column: column.in_(select(case.c.id).where(case.c.merchant_id == it.merchant_id)),
    }
    if table.name in NOT_TOLD | OF_THE_LOG:
        return None
    return next((way(table.c[name]) for name, way in ways.items() if name in table.c), None)


async def rows(it: Ground) -> Rows:
    """All that is kept of a merchant, column by column."""
    owned = {name: _owned(table, it) for name, table in Row.metadata.tables.items()}
    wanted = {name: select(Row.metadata.tables[name]).where(rule) for name, rule in owned.items() if rule is not None}

    def read(connection: Connection) -> Rows:
        told = ((name, connection.execute(statement)) for name, statement in wanted.items())
        return {name: frozenset(tuple(map(str, each)) for each in found) for name, found in told}

    async with it.store.reading(EVERYTHING) as session:
        return await (await session.connection()).run_sync(read)


def effect(of: Rows) -> Rows:
    """Without the memory of keys: what a call did to the world."""
    return {name: each for name, each in of.items() if name not in OF_KEYS}


def shape(of: Rows) -> Shape:
    """What two grounds have in common on which the same happened: how many rows there are, their states, amounts and
    counts, without ids, names and moments."""
    told: Shape = Counter()
    for name, each in effect(of).items():
        columns = list(Row.metadata.tables[name].c)
        for row in each:
            told[name, *(text for column, text in zip(columns, row, strict=True) if _is_shape(column))] += 1
    return told


def _is_shape(column: Any) -> bool:
    if column.primary_key or column.foreign_keys or column.name in NO_SHAPE:
        return False
    return column.name in WORDS or isinstance(column.type, Integer | Boolean | Enum)


def unlike(one: Shape, other: Shape) -> tuple[list[Any], list[Any]]:
    """What the one has more, and what the other."""
    return sorted((one - other).items()), sorted((other - one).items())
