"""Directives of the schema: two that price a field (read by api/limits), two about idempotent mutations."""

from typing import Any

import strawberry
from strawberry.directive import DirectiveLocation, DirectiveValue
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many items this list is assumed to hold when a query is priced and no page argument says.",
)
class ListSize:
    """The assumed length of a list field; a page argument (`first`, `last`) overrides it."""

    assumed_size: int


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="What this field costs, instead of 1 for an object, 0 for a scalar and 10 for a mutation.",
)
class Cost:
    """The weight of one field in points, 0 or more; multiplied by the sizes of the lists around it."""

    weight: int


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requiresIdempotency",
    description="This mutation must be called with @idempotent(key:), or alone in its document with the header "
    "Idempotency-Key; else it is refused with BAD_USER_INPUT.",
)
class RequiresIdempotency:
    """Marks a mutation that is refused with BAD_USER_INPUT when no key comes with it."""


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    name="idempotent",
    description="Repeats of this mutation with the same key (1 to 255 printable characters, of your own choice) have one "
    "effect and one answer for seven days; other arguments under it are refused with KEY_REUSED. Mutations of many items "
    "need none, since sending an item again changes only what differs; with a key a repeat is answered item by item as the "
    "first call was. customerTokenCreate keeps nothing, so its repeat mints another token.",
)
def idempotent(value: DirectiveValue[Any], key: str) -> Any:  # noqa: ARG001  # the key is read from the document by the mutation's edge
    """Leaves the field's value as it is: the key acts before the resolver runs, not after."""
    return value
