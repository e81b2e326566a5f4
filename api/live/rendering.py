"""What happened, as JSON: rendered once for all who asked the same and may see the same, in the same language."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
from graphql import ExecutionResult, VariableNode

from api.errors import Overloaded, Timeout, cause, overload, rendered
from api.graphql import new_request_id
from api.operations import Operations, Prepared
from resolvers.context import Context
from resolvers.live import Entry, told

KEPT = 16  # those who follow alike come to an entry at almost the same moment
AT_ONCE = 4
_ANYONE = UUID(int=0)


class Selection:
    """What one subscriber or many asked for and may see. Keeps the last renderings for those who come to them later."""

    def __init__(self, operations: Operations, seats: asyncio.Semaphore, prepared: Prepared, context: Context) -> None:
        self._operations, self._seats = operations, seats
        self._prepared, self._context = prepared, context
        self._made: OrderedDict[int, asyncio.Task[str]] = OrderedDict()

    async def rendered(self, entry: Entry) -> str:
        """The entry as a GraphQL result in JSON; what went wrong is part of it. Overloaded while the database is busy or
        away: nobody is told of the entry then, and whoever resumes is told all of it."""
        position = entry.seal.position
        made = self._made.get(position)
        if made is None:
            made = self._made[position] = asyncio.create_task(self._render(entry))
            made.add_done_callback(partial(self._drop_failed, position))
            if len(self._made) > KEPT:
                self._made.popitem(last=False)
        return await asyncio.shield(made)

    def _drop_failed(self, position: int, made: asyncio.Task[str]) -> None:
        """The next who comes to the entry tries again."""
        if made.cancelled() or made.exception() is not None:
            self._made.pop(position, None)

    async def _result(self, context: Context, entry: Entry) -> ExecutionResult:
        result = self._operations.executed(context, self._prepared, told(context, entry))
        if not isinstance(result, ExecutionResult):
            result = await result
        told_to_wait = overload(result.errors or ())
        if told_to_wait is not None:
            raise told_to_wait
        return result

    async def _render(self, entry: Entry) -> str:
        operations, prepared, request_id = self._operations, self._prepared, new_request_id()
        context = self._context.again(request_id)
        try:
            async with self._seats, asyncio.timeout(operations.limits.seconds):
                result = await self._result(context, entry)
            return operations.told(context, prepared, result, request_id).decode()
        except Exception as error:  # whatever else it is, the stream goes on; it is masked, and logged whole
            failure = Timeout(operations.limits.seconds) if isinstance(error, TimeoutError) else cause(error)
            if isinstance(failure, Overloaded):
                raise failure from error
            return orjson.dumps({"errors": rendered(failure, request_id, dev=operations.dev)}).decode()


class Renderings:
    """Every selection that somebody follows, for as long as somebody does. So many are rendered at once that
    connections are left to those who ask."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._seats = asyncio.Semaphore(AT_ONCE)
        self._selections: WeakValueDictionary[Hashable, Selection] = WeakValueDictionary()

    def selection(self, prepared: Prepared, context: Context) -> Selection:
        """The one that this subscriber shares with its like."""
        key = _likeness(prepared, context)
        selection = self._selections.get(key)
        if selection is None:
            selection = self._selections[key] = Selection(self._operations, self._seats, prepared, context)
        return selection


def _likeness(prepared: Prepared, context: Context) -> Hashable:
    """Everything that a rendering depends on. Whose key it is and from where it resumes is not among it."""
    resumes = _resumed_by(prepared)
    variables = {name: value for name, value in prepared.asked.variables.items() if name != resumes}
    return (
        prepared.asked.query,
        prepared.name,
        json.dumps(variables, sort_keys=True),
        replace(context.viewer, credential_id=_ANYONE),
        context.locale,
    )


def _resumed_by(prepared: Prepared) -> str | None:
    """The variable that says from where to resume, and nothing else."""
    root = prepared.operation.selection_set.selections[0]
    for argument in getattr(root, "arguments", None) or ():
        if argument.name.value == "after" and isinstance(argument.value, VariableNode):
            name = argument.value.name.value
            return name if prepared.asked.query.count(f"${name}") == 2 else None
    return None
