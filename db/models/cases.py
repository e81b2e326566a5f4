"""What return, pickup, refund, exchange and repair share: one row each, with the details of its kind in a table beside it.
The columns of the life (status, whose move, until when, what then) are written by ``aftersales.cases`` alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from db.case_enums import CaseKind
from db.enums import Party
from db.models.base import MerchantOwned, Versioned, now

TOLD_CARRIERS = frozenset({CaseKind.PICKUP, CaseKind.CLAIM})
"""The kinds that are a carrier's business too."""


class Case(Versioned, MerchantOwned):
    """One case. ``number`` is printed for people and unique for its merchant and kind. ``order_id`` is its only order, or
    null; ``parent_id`` is the return that a pickup, refund, exchange or repair belongs to. ``policy`` names the version
    that decides (code and version), ``decision`` is what was decided and because of what. ``breaches`` counts the times
    that its clock passed without an end; ``clock_from`` is when the one that runs began. Every moment is UTC."""

    __tablename__ = "cases"

    kind: Mapped[CaseKind]
    number: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(40))
    waiting_on: Mapped[Party | None]
    deadline_at: Mapped[datetime | None]
    on_deadline: Mapped[str | None] = mapped_column(String(40))
    clock_from: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    breaches: Mapped[int] = mapped_column(default=0)
    finalized_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(default=now)
    order_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    carrier_code: Mapped[str | None] = mapped_column(ForeignKey("carriers.code"))
    parent_id: Mapped[UUID | None]
    policy: Mapped[dict[str, Any] | None]
    decision: Mapped[dict[str, Any] | None]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  # declared_attr hands in the class
        """Versioned, and one class a kind. A version is a fact told of the case (``aftersales.cases``), which counts them."""
        return {"version_id_col": cls.version, "version_id_generator": False, "polymorphic_on": "kind"}

    @property
    def is_terminal(self) -> bool:
        """Whether it has ended."""
        return self.finalized_at is not None

    @property
    def told_carrier(self) -> str | None:
        """The carrier that may read of it: that of a pickup or a claim; a return is between buyer and merchant."""
        return self.carrier_code if self.kind in TOLD_CARRIERS else None

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by number, by order, by return; the clock takes what is due; every list has its index."""
        return (
            UniqueConstraint("merchant_id", "kind", "number"),
            Index(None, "merchant_id", "kind", "opened_at", "id"),
            Index(None, "merchant_id", "kind", "status", "id"),
            Index(None, "merchant_id", "deadline_at", "id"),
            Index(None, "merchant_id", "customer_id", "opened_at"),
            Index(None, "kind", "opened_at", "id"),
            Index(None, "deadline_at"),
            Index(None, "order_id"),
            Index(None, "parent_id"),
            Index(None, "carrier_code", "id"),
            Index(None, "number"),
            ForeignKeyConstraint(["merchant_id", "order_id"], ["orders.merchant_id", "orders.id"]),
            ForeignKeyConstraint(["merchant_id", "customer_id"], ["customers.merchant_id", "customers.id"]),
            ForeignKeyConstraint(["merchant_id", "parent_id"], ["cases.merchant_id", "cases.id"]),
        )


def life_of(kind: CaseKind) -> dict[str, Any]:
    """The mapper's words for the class of one kind: a page of cases loads the details of a kind in one statement more."""
    return {"polymorphic_identity": kind, "polymorphic_load": "selectin"}
