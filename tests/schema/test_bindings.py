"""A plain field is an attribute of the row that bears its type's name: no type checker sees this seam."""

from collections.abc import Iterator
from typing import Any

import pytest
from strawberry.types.base import StrawberryObjectDefinition

from db.models import partners
from db.models.base import Row
from schema.root import SCHEMA

ROWS: dict[str, Any] = {
    each.class_.__name__: each.class_
    for each in sorted(Row.registry.mappers, key=lambda mapper: mapper.class_.__name__)
}
NAMED = {"Carrier": partners.CarrierRow}
"""Types whose row has another name."""


def _bound() -> Iterator[tuple[str, str, Any]]:
    for name, concrete in SCHEMA.schema_converter.type_map.items():
        row = NAMED.get(name, ROWS.get(name))
        definition = concrete.definition
        if row is not None and isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            yield from ((name, field.python_name, row) for field in definition.fields if field.base_resolver is None)


PLAIN = sorted(_bound(), key=lambda each: each[:2])


@pytest.mark.parametrize(("name", "attribute", "row"), PLAIN, ids=[f"{name}.{field}" for name, field, _ in PLAIN])
def test_a_plain_field_is_an_attribute_of_its_row(name: str, attribute: str, row: Any) -> None:
    assert hasattr(row, attribute), f"{name}.{attribute} has no resolver, and {row.__name__} no such attribute"


def test_the_seam_is_not_empty() -> None:
    assert {"Order", "OrderLine", "Shipment", "TrackingEvent", "Merchant", "Carrier"} <= {name for name, _, _ in PLAIN}
