"""What every table shares: ids, moments, names of constraints, whose row it is, and columns that are sealed."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    UniqueConstraint,
    Uuid,
    inspect,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeDecorator

from db.ids import typeid, uuid7
from db.vault import Sealed, Vault


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite forgets zones and PostgreSQL does not: this makes them agree."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Going in: a moment without a zone is our mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 its signature
        """Coming out: always UTC."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Counter = BigInteger().with_variant(Integer, "sqlite")


def now() -> datetime:
    """The moment a row is made, for columns that only say when we wrote it."""
    return datetime.now(UTC)


class Row(DeclarativeBase):
    """One row of any table."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        },
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        UUID: Uuid(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
        Sealed: LargeBinary,
        StrEnum: Enum(StrEnum, native_enum=False, length=40, values_callable=lambda words: [w.value for w in words]),
    }


class Identified(Row):
    """A row with a UUIDv7, known to partners by a TypeID."""

    __abstract__ = True
    prefix: ClassVar[str] = ""

    id: Mapped[UUID] = mapped_column(primary_key=True)

    def __init__(self, **values: Any) -> None:
        """The id exists before the row is stored: sealed columns are bound to it. So does what columns say by default: a row
        is read, and a case moved, before that."""
        super().__init__(**{"id": uuid7(), **_defaults(type(self)), **values})

    @property
    def typeid(self) -> str:
        """The id as partners see it."""
        return typeid(self.prefix, self.id)


@cache
def _defaults(model: type[Identified]) -> dict[str, Any]:
    columns = ((name, column.default) for name, column in inspect(model).columns.items())
    return {name: default.arg for name, default in columns if isinstance(default, ScalarElementColumnDefault)}


class MerchantOwned(Identified):
    """A row of one merchant. ``merchant_id`` is in its keys, so no row can point across merchants, and the tables
    can be distributed by it later."""

    __abstract__ = True

    @declared_attr
    def merchant_id(cls) -> Mapped[UUID]:  # noqa: N805 declared_attr is a class-level attribute
        """Whose row it is."""
        return mapped_column(ForeignKey("merchants.id"))

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805  # declared_attr hands in the class
        return (UniqueConstraint("merchant_id", "id"), *getattr(cls, "constraints", lambda: ())())

    def seal(self, vault: Vault, **columns: str | None) -> None:
        """Stores personal texts encrypted, each bound to its merchant, table, row and column."""
        for column, text in columns.items():
            setattr(self, column, None if text is None else vault.seal(self.merchant_id, self._place(column), text))

    def open(self, vault: Vault, column: str) -> str | None:
        """The text of a sealed column. The merchant's key must be at hand (``Vault.fetch``)."""
        sealed = getattr(self, column)
        return None if sealed is None else vault.open(self.merchant_id, self._place(column), sealed)

    def _place(self, column: str) -> str:
        return f"{self.__tablename__}|{self.id.hex}|{column}"


class Versioned:
    """Caught when two writers meet: the second gets StaleDataError, which partners see as CONFLICT."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  # declared_attr hands in the class
        return {"version_id_col": cls.version}


class Money(NamedTuple):
    """An amount and its currency (ISO 4217), never apart."""

    amount: Decimal
    currency: str


EXPONENTS = {0: "JPY KRW VND CLP ISK UGX XAF XOF XPF PYG RWF KMF GNF DJF BIF VUV", 3: "BHD IQD JOD KWD LYD OMR TND"}
_EXPONENT = {currency: digits for digits, names in EXPONENTS.items() for currency in names.split()}


def minor_digits(currency: str) -> int:
    """How many decimals a currency has (ISO 4217)."""
    return _EXPONENT.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount as a whole number of the currency's smallest unit. ValueError when it has more decimals than that."""
    scaled = amount.scaleb(minor_digits(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{currency} has {minor_digits(currency)} decimals")
    return int(scaled)


def from_minor(minor: int, currency: str) -> Money:
    """The amount again, with all its decimals."""
    return Money(Decimal(minor).scaleb(-minor_digits(currency)), currency)
