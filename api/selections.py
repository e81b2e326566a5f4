"""A partner's own selection for webhooks: a selection on one entry of the log, checked against the schema and the limits
when it is stored, evaluated when a message is sent, as the endpoint's owner may see it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    print_ast,
)

from aftersales import positions
from aftersales.webhook_telling import Told
from api.documents import Documents
from api.errors import Failure, Invalid, located, rendered
from api.limits import Limits
from db.enums import PartnerKind
from db.models.webhooks import WebhookEndpoint
from db.reach import Reach
from db.session import Store
from resolvers.context import Context, Viewer
from schema.root import SCHEMA

_CORE: GraphQLSchema = SCHEMA._schema  # noqa: SLF001  # Strawberry has no public way to its graphql-core schema
SECONDS = 10.0
KEPT = 256


class Selections:
    """Checks selections within the limits of any request."""

    def __init__(self, limits: Limits) -> None:
        self._documents = Documents(_CORE, limits)
        self._limits = limits

    def fault(self, text: str) -> str | None:
        """What is wrong with a selection, in a sentence; None when it may be stored."""
        try:
            known = self._documents.find(_composed(text, self._limits.tokens), {})
            self._documents.price(known, self._documents.operation(known, None), {})
        except (Failure, Invalid) as fault:
            return str(rendered(fault, "", dev=False)[0]["message"])
        except GraphQLSyntaxError as fault:
            return fault.message[:300]
        return None


class _NotASelection(Failure):
    code = "BAD_USER_INPUT"

    def __init__(self) -> None:
        super().__init__(
            "Give one selection on Change without variables, such as { kind node { id } }, and its fragments."
        )


def _composed(text: str, tokens: int) -> str:
    """The document that asks for one entry with this selection. It is printed from what was parsed, so that a text cannot
    reach out of its place."""
    given = parse(text, max_lexical_tokens=tokens, no_location=True)
    operations = [each for each in given.definitions if isinstance(each, OperationDefinitionNode)]
    fragments = [each for each in given.definitions if isinstance(each, FragmentDefinitionNode)]
    [only] = operations if len(operations) == 1 else [None]
    is_plain = (
        only is not None
        and len(fragments) + 1 == len(given.definitions)
        and only.operation is OperationType.QUERY
        and not (only.variable_definitions or only.directives or only.name)
    )
    if only is None or not is_plain:
        raise _NotASelection
    around = f"query($position: String!) {{ change(position: $position) {print_ast(only.selection_set)} }}"
    return "\n".join([around, *(print_ast(each) for each in fragments)])


@lru_cache(KEPT)
def _document(text: str) -> DocumentNode:
    return parse(_composed(text, Limits().tokens), no_location=True)


async def render(store: Store, told: Told, now: datetime) -> Mapping[str, Any]:
    """``data``, and ``errors`` where there were any, of a told entry by its endpoint's selection."""
    endpoint = told.endpoint
    assert endpoint.selection
    assert told.seal
    context = Context(viewer=_viewer(endpoint), store=store, clock=lambda: now, request_id=told.delivery.typeid)
    result = execute(
        _CORE,
        _document(endpoint.selection),
        context_value=context,
        variable_values={"position": positions.text_of(store.vault, told.seal.position)},
        executor_class=SCHEMA.execution_context_class,
        hide_suggestions=True,
    )
    if not isinstance(result, ExecutionResult):
        async with asyncio.timeout(SECONDS):
            result = await result
    errors = {"errors": located(result.errors, context.request_id, dev=False)} if result.errors else {}
    return {"data": (result.data or {}).get("change"), **errors}


def _viewer(endpoint: WebhookEndpoint) -> Viewer:
    owner = endpoint.partner_id
    if endpoint.carrier_code is not None:
        reach, kind = Reach(carrier_code=endpoint.carrier_code, partner_id=owner), PartnerKind.CARRIER
    elif endpoint.merchant_id is not None:
        reach, kind = Reach(merchant_id=endpoint.merchant_id, partner_id=owner), PartnerKind.MERCHANT
    else:
        reach, kind = Reach(platform_id=owner, partner_id=owner), PartnerKind.PLATFORM
    scopes = frozenset(endpoint.scopes)
    return Viewer(reach, scopes, endpoint.id, kind=kind, partner_id=owner, acting_for=endpoint.merchant_id)
