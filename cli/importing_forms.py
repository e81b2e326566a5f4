"""What a file's reader hands on, and the fields an order may have, by their dotted names (``lines.unitPrice.amount``)."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from aftersales.forms import Form, OrderForm
from aftersales.refusals import Refusal, RefusalCode

LISTS = ("lines", "shipments")
ATTRIBUTE = "lines.attributes."
"""``lines.attributes.size`` is the attribute called size."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An order as the file has it. ``line`` is its first line; ``merchant`` is told by the file where a column says so;
    ``item`` is as in the API, empty where ``refused`` says why. ``rows`` are the lines of its lines and shipments."""

    line: int
    item: Mapping[str, Any] = field(default_factory=dict)
    merchant: str | None = None
    refused: tuple[Refusal, ...] = ()
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def number(self) -> str | None:
        """The order number, if it is a text at all."""
        told = self.item.get("number")
        return told.strip() if isinstance(told, str) and told.strip() else None


def invalid(message: str, *path: str) -> Refusal:
    """Why a value cannot be meant."""
    return Refusal(RefusalCode.INVALID, message, path)


def _inner(annotation: Any) -> type[Form] | None:
    """The form inside ``X``, ``X | None`` or ``list[X]``."""
    parts = get_args(annotation)
    if parts:
        return next((found for part in parts if (found := _inner(part))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, Form) else None


def _leaves(form: type[Form], start: str = "", *, needed: bool = True) -> Iterator[tuple[str, bool]]:
    for each in form.model_fields.values():
        name, must = f"{start}{each.alias}", needed and each.is_required()
        inner = _inner(each.annotation)
        if inner is None:
            yield name, must
        else:
            yield from _leaves(inner, f"{name}.", needed=must or name in LISTS)


FIELDS: Mapping[str, bool] = {name: must for name, must in _leaves(OrderForm) if not name.startswith(ATTRIBUTE)}
"""Every field, and whether an order (or a line, or a shipment) must have it."""


def is_field(name: str) -> bool:
    """Whether an order has such a field."""
    return name in FIELDS or (name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE))


def zoned(item: dict[str, Any], zone: ZoneInfo | None) -> dict[str, Any]:
    """The item with its moments in that zone where they say none."""
    if zone is not None:
        parcels = item.get("shipments")
        for part in (item, *(parcels if isinstance(parcels, list) else ())):
            for name in ("placedAt", "promisedAt"):
                if isinstance(part, dict) and isinstance(part.get(name), str):
                    part[name] = _aware(part[name], zone)
    return item


def _aware(text: str, zone: ZoneInfo) -> str:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=zone).isoformat() if moment.tzinfo is None else text
    return text
