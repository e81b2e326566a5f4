"""Operations of one schema, whichever way they came in: prepared within all limits, run, told as JSON."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

import orjson
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute,
)
from strawberry.execution import optimized_is_awaitable

from api.analysis import Price
from api.documents import Documents, Known
from api.errors import Invalid, located
from api.limits import Limits
from api.requests import Asked

AWAITABLE = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)
_EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request ready to run: within all limits, valid, and worth this much."""

    asked: Asked
    known: Known
    operation: OperationDefinitionNode
    price: Price

    @property
    def name(self) -> str | None:
        """The operation's, where it has one."""
        return self.operation.name.value if self.operation.name else None

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation


class Operations:
    """How documents of a schema are run. Extensions of the Strawberry schema as a whole (`Schema(extensions=...)`) do
    not run; those of fields do. With `dev` an INTERNAL error names the exception's class.
    """

    def __init__(self, schema: strawberry.Schema, *, limits: Limits, dev: bool) -> None:
        core: GraphQLSchema = schema._schema  # noqa: SLF001  # Strawberry has no public way to its graphql-core schema
        self.schema = core
        self.limits = limits
        self.dev = dev
        self.documents = Documents(core, limits)
        self._executor = schema.execution_context_class

    def prepared(self, asked: Asked) -> Prepared:
        """The request, known to be valid, within all limits, and priced; raises Failure or Invalid."""
        known = self.documents.find(asked.query, asked.variables)
        operation = self.documents.operation(known, asked.operation)
        return Prepared(asked, known, operation, self.documents.price(known, operation, asked.variables))

    def executed(
        self, context: Any, prepared: Prepared, root: Any = None
    ) -> Awaitable[ExecutionResult] | ExecutionResult:
        """Runs the operation; for a subscription that is one event of it, with what happened as the root."""
        return execute(
            self.schema,
            prepared.known.document,
            root,
            context,
            dict(prepared.asked.variables),
            prepared.name,
            executor_class=self._executor,
            is_awaitable=AWAITABLE,
            hide_suggestions=True,
            operation_extensions=prepared.asked.extensions,
        )

    async def source(self, context: Any, prepared: Prepared) -> Any:
        """The stream that a subscription's resolver gives; raises Invalid, or whatever the resolver raised."""
        executor = self._executor.build(
            self.schema,
            prepared.known.document,
            context_value=context,
            raw_variable_values=dict(prepared.asked.variables),
            operation_name=prepared.name,
            is_awaitable=AWAITABLE,
            hide_suggestions=True,
            operation_extensions=prepared.asked.extensions,
        )
        if isinstance(executor, list):
            raise Invalid(executor, "BAD_USER_INPUT")
        stream = create_source_event_stream(executor)
        if inspect.isawaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            raise next(error.original_error or error for error in stream.errors or ())
        return stream

    def told(self, context: Any, prepared: Prepared, result: ExecutionResult, request_id: str) -> bytes:
        """The result as JSON, with what it cost."""
        data = orjson.dumps(result.data)
        requested, surcharge = prepared.price
        # Each object of the answer is one brace. A brace inside a text counts too, so this is never less than what was
        # returned; and never more than what was charged.
        actual = min(requested, max(data.count(b"{") - 1, 0) + surcharge)
        cost = {"requested": requested, "actual": actual}
        cost.update(offered(context, "settle", requested, actual) or _EMPTY)
        extensions: dict[str, object] = {"cost": cost, "requestId": request_id}
        if getattr(context, "replayed", False):
            extensions["replayed"] = True
        parts = [b'{"data":', data, b',"extensions":', orjson.dumps(extensions)]
        if result.errors:
            parts += [b',"errors":', orjson.dumps(located(result.errors, request_id, dev=self.dev))]
        return b"".join((*parts, b"}"))


def checked(result: ExecutionResult) -> ExecutionResult:
    """The result; raises Invalid where there is none because variables do not fit."""
    if result.data is None and result.errors and all(error.path is None for error in result.errors):
        raise Invalid(result.errors, "BAD_USER_INPUT")
    return result


def offered(context: Any, name: str, *arguments: int) -> Any:
    """Calls what a context may offer, if it does."""
    offer = getattr(context, name, None)
    return offer(*arguments) if offer else None
