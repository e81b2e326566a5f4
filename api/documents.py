"""Documents by their text: parsed, measured and validated once, then kept in a cache with a byte budget."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.analysis import Analysis, Price, analyse
from api.errors import ERRORS_SHOWN, CostExceeded, Invalid, Rejected, of_syntax
from api.limits import Limits, check_inputs
from api.pricing import Prices
from api.walk import sized

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
CACHE_BYTES = 64 * 1024 * 1024
SIZES_KEPT = 16
# Measured: a syntax tree takes 50 to 150 bytes for each character of its text, most documents about 100.
BYTES_PER_CHARACTER, BYTES_PER_DOCUMENT = 120, 4_000


@dataclass(frozen=True, slots=True)
class Known:
    """A valid document, its operations by name, and its prices for the sizes it was last asked for."""

    document: DocumentNode
    operations: Mapping[str | None, OperationDefinitionNode]
    sized_by: tuple[str, ...]
    priced: dict[tuple[int | None, ...], Mapping[str | None, Price]] = field(default_factory=dict)


class Documents:
    """Every document this process has seen lately."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, budget: int = CACHE_BYTES) -> None:
        self.schema = schema
        self.limits = limits
        self.budget = budget
        self.held = 0
        self._prices = Prices(schema)
        self._known: OrderedDict[str, Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, text: str, variables: Mapping[str, Any]) -> Known:
        """The document of this text; raises LimitExceeded, BadUserInput or Invalid. Only valid documents are kept."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = self._parsed(text)
        analysis = analyse(document, self._prices, self.limits, variables)
        complaints = validate(self.schema, document, RULES, max_errors=ERRORS_SHOWN, hide_suggestions=True)
        if complaints:
            raise Invalid(complaints, "GRAPHQL_VALIDATION_FAILED")
        operations = {
            node.name.value if node.name else None: node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        known = Known(document, operations, analysis.sized_by)
        known.priced[_sizes(known, variables)] = analysis.prices
        self._keep(text, known)
        return known

    def operation(self, known: Known, name: str | None) -> OperationDefinitionNode:
        """The operation a request names, or the only one; anything else is OPERATION_RESOLUTION_FAILURE."""
        if name is None and len(known.operations) == 1:
            return next(iter(known.operations.values()))
        if name is None:
            raise Rejected("OPERATION_RESOLUTION_FAILURE", "Name one of the document's operations in operationName.")
        operation = known.operations.get(name)
        if operation is None:
            raise Rejected("OPERATION_RESOLUTION_FAILURE", "The document has no operation of that name.")
        return operation

    def price(self, known: Known, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Price:
        """What the operation costs with these variables; raises CostExceeded above the limit."""
        if variables:
            check_inputs(variables, self.limits)
        sizes = _sizes(known, variables)
        prices = known.priced.get(sizes)
        if prices is None:
            prices = self._analysed(known, variables).prices
            if len(known.priced) >= SIZES_KEPT:
                known.priced.clear()
            known.priced[sizes] = prices
        price = prices[operation.name.value if operation.name else None]
        if price.requested > self.limits.cost:
            raise CostExceeded(price.requested, self.limits.cost)
        return price

    def _analysed(self, known: Known, variables: Mapping[str, Any]) -> Analysis:
        return analyse(known.document, self._prices, self.limits, variables)

    def _parsed(self, text: str) -> DocumentNode:
        limits = self.limits
        try:
            return parse(
                text,
                max_lexical_tokens=limits.tokens,
                max_comments=limits.comments,
                max_source_length=limits.source_characters,
            )
        except GraphQLSyntaxError as error:
            raise of_syntax(error) from None

    def _keep(self, text: str, known: Known) -> None:
        self._known[text] = known
        self.held += _weight(text)
        while self.held > self.budget:
            oldest, _ = self._known.popitem(last=False)
            self.held -= _weight(oldest)


def _weight(text: str) -> int:
    return BYTES_PER_DOCUMENT + BYTES_PER_CHARACTER * len(text)


def _sizes(known: Known, variables: Mapping[str, Any]) -> tuple[int | None, ...]:
    return tuple([-1 if name not in variables else sized(variables[name]) for name in known.sized_by])
