"""Mutations of returns."""

import strawberry

from resolvers import return_changes as changes
from resolvers.mutation import Touches
from schema.fields import mutation
from schema.payloads import Payload, value
from schema.returns import Return


@strawberry.type(description="A return, or why not.")
class ReturnPayload(Payload):
    return_: Return | None = value("The return as it stands; null when refused.", name="return")


@strawberry.type
class ReturnMutations:
    return_request: ReturnPayload = mutation(
        by=changes.request,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        keyed=True,
        description="Asks for goods to be taken back. The policy decides at once where it needs no person; then the way "
        "back is planned and begun.",
    )
    return_approve: ReturnPayload = mutation(
        by=changes.approve, scope="returns:write", description="The goods may come back; their way back begins."
    )
    return_decline: ReturnPayload = mutation(
        by=changes.decline, scope="returns:write", description="Not taken back, for a reason; the buyer may appeal."
    )
    return_cancel: ReturnPayload = mutation(
        by=changes.cancel,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        description="Calls a return off before any scan, with its pickup and its label.",
    )
    return_ask: ReturnPayload = mutation(
        by=changes.ask, scope="returns:write", description="Asks the buyer something; the merchant's clock waits."
    )
    return_answer: ReturnPayload = mutation(
        by=changes.answer,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        description="Answers what the merchant asked.",
    )
    return_dispute: ReturnPayload = mutation(
        by=changes.dispute,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        description="Appeals against a decision, once.",
    )
    return_rule: ReturnPayload = mutation(
        by=changes.rule, scope="returns:write", description="A platform's ruling over an appeal; final."
    )
    return_receive: ReturnPayload = mutation(
        by=changes.receive,
        scope="returns:write",
        description="What the warehouse counted, line by line, in parts or whole.",
    )
    return_inspect: ReturnPayload = mutation(
        by=changes.inspect, scope="returns:write", description="What becomes of the goods received."
    )
