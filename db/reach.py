"""Whose rows a session may touch. Reach is a property of the session and closed by default.

``criteria`` is the one place that says it, for the ORM and for anything that builds statements itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, exists, false, select, true
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.visitors import iterate

from db import tables
from db.models import (
    calendars,
    cases,
    deliveries,
    exchanges,
    exports,
    green,
    labels,
    log,
    messages,
    orders,
    partners,
    pickups,
    points,
    policies,
    refunds,
    repairs,
    returns,
    shipments,
    tariffs,
    webhooks,
)
from db.models.base import Row


class _Within(LoaderCriteriaOption):
    """As ``with_loader_criteria``, which leaves a rule about the table itself where the right side of a JOIN is an alias
    of it: the alias would then be bounded by nothing; and of the entity alone, not of those that inherit from it."""

    _cache_key_traversal = LoaderCriteriaOption._traverse_internals  # noqa: SLF001 cached by the same parts

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        if ext_info.mapper is not self.entity.mapper:  # type: ignore[union-attr]  # an entity here, never a mixin
            return true()  # a kind of case has a rule of its own, which holds also where its table stands alone
        rule = super()._resolve_where_criteria(ext_info)
        adapted: ColumnElement[bool] = ext_info._adapter.traverse(rule) if ext_info.is_aliased_class else rule  # noqa: SLF001 SQLAlchemy's own way
        return adapted


class Rules(CriteriaOption):
    """The rules of a reach over all tables as one option, since every statement carries them: its part of a statement's
    cache key is made once. Reaches of one shape have the same rules but for their values, which come out of the
    parameters."""

    propagate_to_loaders = True

    def __init__(self, shape: tuple[bool, ...], rules: Sequence[LoaderCriteriaOption]) -> None:
        self.shape, self.rules = shape, rules
        found = (each for rule in rules for each in iterate(rule.where_criteria) if isinstance(each, BindParameter))
        self.values = tuple({id(each): each for each in found}.values())

    def process_compile_state(self, compile_state: Any) -> None:
        """As each of the rules would."""
        self.get_global_criteria(compile_state.global_attributes)

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        """As each of the rules would."""
        for rule in self.rules:
            rule.get_global_criteria(attributes)

    def _gen_cache_key(self, _anon_map: Any, bindparams: list[BindParameter[Any]]) -> tuple[Any, ...]:
        bindparams += self.values
        return (Rules, self.shape)


@dataclass(frozen=True, slots=True)
class Reach:
    """One viewer's reach. Exactly one of the shapes below; nothing given reaches nothing but the carriers' table.

    ``merchant_id``: a merchant, or a platform acting for one. ``platform_id``: all merchants linked to it (reads only).
    ``carrier_code``: the shipments that name the carrier. ``customer_id`` with ``merchant_id``: one buyer's orders.
    ``partner_id`` is who called, for their own keys and spent idempotency keys.
    """

    merchant_id: UUID | None = None
    platform_id: UUID | None = None
    carrier_code: str | None = None
    customer_id: UUID | None = None
    partner_id: UUID | None = None
    everything: bool = False

    @property
    def shape(self) -> tuple[bool, ...]:
        """What is given of it: reaches of one shape have the same rules, about other values."""
        return tuple(getattr(self, each.name) not in {None, False} for each in fields(self))

    @property
    def is_whole_merchant(self) -> bool:
        """Whether it is all that one merchant's rows are, no less."""
        return self.merchant_id is not None and self.customer_id is None and self.carrier_code is None

    def rules(self) -> Rules:
        """The criteria of every mapped class as one option."""
        return _rules(self)

    def may_write(self, row: object) -> bool:
        """Whether a new or changed row is within reach; one that is no merchant's is."""
        owner: UUID | None = getattr(row, "merchant_id", None)
        return owner is None or self.may_write_for(owner)

    def may_write_for(self, merchant_id: UUID | None) -> bool:
        """Whether rows of this merchant may be written."""
        return self.everything or (self.merchant_id is not None and merchant_id == self.merchant_id)


EVERYTHING = Reach(everything=True)
KEPT = 1024  # reaches whose rules are kept: who calls, calls again


@lru_cache(KEPT)
def _rules(reach: Reach) -> Rules:
    all_ = {model: criteria(reach, model) for model in tables.mapped()}  # values are told apart by their place
    bounded = [_Within(model, rule, include_aliases=True) for model, rule in all_.items() if rule is not None]
    return Rules(reach.shape, bounded)


def criteria(reach: Reach, model: type[Row]) -> ColumnElement[bool] | None:
    """The rows of a table within reach; None: all of them. A table nobody thought of is out of reach."""
    if reach.everything or model in _OPEN:
        return None
    if issubclass(model, cases.Case) and model is not cases.Case:
        return _detail_of_case(reach, model)
    rule = _rule(reach, model)
    return false() if rule is None else rule(reach, model)


Rule = Callable[["Reach", Any], ColumnElement[bool]]


def _rule(reach: Reach, model: type[Row]) -> Rule | None:
    if reach.customer_id is not None:
        rule: Rule | None = _CUSTOMER.get(model)
    elif reach.carrier_code is not None:
        rule = _CARRIER.get(model)
    elif reach.merchant_id is not None or reach.platform_id is not None:
        rule = _merchant if _has_merchant(model) else _OWNER.get(model)
    else:
        rule = None
    return _OWN.get(model) if rule is None else rule


_OPEN = {
    partners.CarrierRow,
    shipments.LanePast,
    shipments.UnmappedCode,
    points.DropOffPoint,
    calendars.CalendarDay,
    tariffs.Tariff,
}
_WORKER_ONLY = {messages.Inbox, messages.Parked, partners.DataKey}


def _has_merchant(model: type[Row]) -> bool:
    return hasattr(model, "merchant_id") and model not in _WORKER_ONLY and model not in _OWNER and model not in _OWN


def _merchant(reach: Reach, model: Any) -> ColumnElement[bool]:
    column = model.id if model is partners.Merchant else model.merchant_id
    if reach.merchant_id is not None:
        return column == reach.merchant_id
    link = partners.MerchantLink.__table__
    return column.in_(select(link.c.merchant_id).where(link.c.partner_id == reach.platform_id))


# Made once: an alias copies all columns of its table, and a reach is made for every request.
_ORDER, _LINK = orders.Order.__table__.alias(), shipments.ShipmentOrder.__table__.alias()
_SHIPMENT, _ENDPOINT = shipments.Shipment.__table__.alias(), webhooks.WebhookEndpoint.__table__.alias()
_CASE = cases.Case.__table__.alias()


def _order_of_customer(reach: Reach, order_id: Any) -> ColumnElement[bool]:
    return exists().where(
        _ORDER.c.id == order_id, _ORDER.c.merchant_id == reach.merchant_id, _ORDER.c.customer_id == reach.customer_id
    )


def _shipment_of_customer(reach: Reach, shipment_id: Any) -> ColumnElement[bool]:
    return exists().where(
        _LINK.c.shipment_id == shipment_id,
        _ORDER.c.id == _LINK.c.order_id,
        _ORDER.c.merchant_id == reach.merchant_id,
        _ORDER.c.customer_id == reach.customer_id,
    )


def _shipment_of_carrier(reach: Reach, shipment_id: Any) -> ColumnElement[bool]:
    return exists().where(_SHIPMENT.c.id == shipment_id, _SHIPMENT.c.carrier_code == reach.carrier_code)


def _case_of_customer(reach: Reach, case_id: Any) -> ColumnElement[bool]:
    return exists().where(
        _CASE.c.id == case_id, _CASE.c.merchant_id == reach.merchant_id, _CASE.c.customer_id == reach.customer_id
    )


def _case_of_carrier(reach: Reach, case_id: Any) -> ColumnElement[bool]:
    return exists().where(
        _CASE.c.id == case_id, _CASE.c.carrier_code == reach.carrier_code, _CASE.c.kind.in_(cases.TOLD_CARRIERS)
    )


def _detail_of_case(reach: Reach, model: Any) -> ColumnElement[bool]:
    """What only one kind of case has is within reach where its case is: said of the table beside, too, so that no statement
    that names it alone goes by it."""
    rule, detail = _rule(reach, cases.Case), model.__table__
    return false() if rule is None else exists().where(_CASE.c.id == detail.c.id, rule(reach, _CASE.c))


def _endpoint_of_partner(reach: Reach, endpoint_id: Any) -> ColumnElement[bool]:
    return exists().where(_ENDPOINT.c.id == endpoint_id, _ENDPOINT.c.partner_id == reach.partner_id)


_OWNER: dict[type[Row], Callable[[Reach, Any], ColumnElement[bool]]] = {partners.Merchant: _merchant}
_OWN: dict[type[Row], Callable[[Reach, Any], ColumnElement[bool]]] = {
    partners.Partner: lambda reach, model: model.id == reach.partner_id,
    partners.ApiKey: lambda reach, model: model.partner_id == reach.partner_id,
    partners.MerchantLink: lambda reach, model: model.partner_id == reach.partner_id,
    messages.Replay: lambda reach, model: model.owner_id == reach.partner_id,
    exports.Export: lambda reach, model: model.partner_id == reach.partner_id,
    webhooks.WebhookEndpoint: lambda reach, model: model.partner_id == reach.partner_id,
    webhooks.WebhookDelivery: lambda reach, model: _endpoint_of_partner(reach, model.endpoint_id),
    webhooks.WebhookAttempt: lambda reach, model: _endpoint_of_partner(reach, model.endpoint_id),
}
_CUSTOMER: dict[type[Row], Callable[[Reach, Any], ColumnElement[bool]]] = {
    partners.Merchant: lambda reach, model: model.id == reach.merchant_id,
    orders.Customer: lambda reach, model: (model.id == reach.customer_id) & (model.merchant_id == reach.merchant_id),
    orders.Order: lambda reach, model: (
        (model.customer_id == reach.customer_id) & (model.merchant_id == reach.merchant_id)
    ),
    orders.OrderLine: lambda reach, model: _order_of_customer(reach, model.order_id),
    shipments.ShipmentOrder: lambda reach, model: _order_of_customer(reach, model.order_id),
    shipments.Shipment: lambda reach, model: _shipment_of_customer(reach, model.id),
    shipments.TrackingEvent: lambda reach, model: _shipment_of_customer(reach, model.shipment_id),
    deliveries.DeliveryChange: lambda reach, model: _shipment_of_customer(reach, model.shipment_id),
    cases.Case: lambda reach, model: (
        (model.customer_id == reach.customer_id) & (model.merchant_id == reach.merchant_id)
    ),
    returns.ReturnLine: lambda reach, model: _case_of_customer(reach, model.return_id),
    green.ReusePoints: lambda reach, model: (
        (model.customer_id == reach.customer_id) & (model.merchant_id == reach.merchant_id)
    ),
    returns.ReturnOrder: lambda reach, model: _case_of_customer(reach, model.return_id),
    returns.CaseShipment: lambda reach, model: _case_of_customer(reach, model.case_id),
    pickups.PickupAttempt: lambda reach, model: _case_of_customer(reach, model.pickup_id),
    labels.ReturnLabel: lambda reach, model: _case_of_customer(reach, model.return_id),
    policies.ReturnPolicy: lambda reach, model: (
        (model.merchant_id == reach.merchant_id) & model.published_at.is_not(None)
    ),
    exchanges.ExchangeItem: lambda reach, model: _case_of_customer(reach, model.exchange_id),
    repairs.RepairStep: lambda reach, model: _case_of_customer(reach, model.repair_id),
    refunds.RefundLine: lambda reach, model: _case_of_customer(reach, model.refund_id),
    refunds.RefundTransfer: lambda reach, model: _case_of_customer(reach, model.refund_id),
    refunds.OrderMoney: lambda reach, model: _order_of_customer(reach, model.order_id),
    log.Event: lambda reach, model: (model.customer_id == reach.customer_id) & (model.merchant_id == reach.merchant_id),
    log.Seal: lambda reach, model: (model.customer_id == reach.customer_id) & (model.merchant_id == reach.merchant_id),
}
_CARRIER: dict[type[Row], Callable[[Reach, Any], ColumnElement[bool]]] = {
    shipments.Shipment: lambda reach, model: model.carrier_code == reach.carrier_code,
    shipments.TrackingEvent: lambda reach, model: _shipment_of_carrier(reach, model.shipment_id),
    deliveries.DeliveryChange: lambda reach, model: _shipment_of_carrier(reach, model.shipment_id),
    cases.Case: lambda reach, model: (model.carrier_code == reach.carrier_code) & model.kind.in_(cases.TOLD_CARRIERS),
    returns.CaseShipment: lambda reach, model: _case_of_carrier(reach, model.case_id),
    pickups.PickupAttempt: lambda reach, model: _case_of_carrier(reach, model.pickup_id),
    log.Event: lambda reach, model: model.carrier_code == reach.carrier_code,
    log.Seal: lambda reach, model: model.carrier_code == reach.carrier_code,
}


def where(reach: Reach, model: type[Row]) -> ColumnElement[bool]:
    """The same rule as one condition, for statements that are not the ORM's."""
    rule = criteria(reach, model)
    return true() if rule is None else rule
