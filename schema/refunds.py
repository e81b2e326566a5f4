"""Refunds as partners see them."""

from datetime import datetime

import strawberry

from db.case_enums import RefundPurpose, RefundStatus, RefundStep, RefundTrigger, Tender, TransferStatus
from resolvers import edges
from resolvers import refunds as answers
from schema.cases import Case
from schema.fields import described, mutation, related, resolved
from schema.links import ReturnLineLink, ReturnLink
from schema.payloads import Payload, value
from schema.scalars import Money


@strawberry.type(description="One step of a sum.")
class RefundSumStep:
    kind: RefundStep = described("What it stands for.")
    label: str = described("A sentence for people.")
    amount: Money = described("What it adds; less than 0: what it takes off.")
    return_line_id: strawberry.ID | None = described("The return's line (rln_...) it is about, if it is about one.")


@strawberry.type(description="What would go back as things stand; the same sum is granted.")
class RefundPreview:
    amount: Money = described("What would go back.")
    steps: list[RefundSumStep] = described("How it comes to that; they add up to the amount.", size=6)
    trigger: RefundTrigger = described("What makes it due, by the policy.")
    tender: Tender = described("In what form.")


@strawberry.type(description="What a refund pays for one line of a return.")
class RefundLine:
    return_line: ReturnLineLink | None = related(
        by=edges.return_line_of_refund_line, description="The line of the return."
    )
    quantity: int = described("How many pieces of it are paid for.")
    amount: Money = described("What is paid for them, discount and restocking taken off.")


@strawberry.type(description="One movement of money, as the merchant's system told of it.")
class RefundTransfer:
    reference: str = described("Its name there.")
    tender: Tender = described("In what form.")
    status: TransferStatus = described("How far it has come.")
    amount: Money = described("What it moves.")
    reason: str | None = described("Why it failed or came back.")
    started_at: datetime = described("When it was first told of (UTC).")
    ended_at: datetime | None = described("When it succeeded, failed or came back (UTC).")


@strawberry.type(
    description="Money granted to a buyer. The merchant's system moves it and confirms; its deadline is a promise."
)
class Refund(Case):
    status: RefundStatus = resolved(by=lambda root: RefundStatus(root.status), description="How far it has come.")
    purpose: RefundPurpose = described("What it is for.")
    return_: ReturnLink | None = related(by=edges.return_of_case, description="The return it is for.", name="return")
    amount: Money = described("What was granted.")
    paid: Money = described("What transfers have moved.")
    left: Money = described("What no transfer has moved yet.")
    shipping: Money = described("What of it is for the way out.")
    tender: Tender = described("In what form it goes back.")
    trigger: RefundTrigger | None = described("What made it due; null where no return did.")
    steps: list[RefundSumStep] = resolved(by=answers.steps, description="How it came to its amount.", size=6)
    lines: list[RefundLine] = related(by=edges.lines_of_refund, description="What it pays for.", size=2)
    transfers: list[RefundTransfer] = related(
        by=edges.transfers_of_refund, description="The movements of money, the first first.", size=1
    )
    promised_from: datetime = described(
        "When the promise began to run (UTC): the grant, or the pickup of an express return."
    )


@strawberry.type(description="What may go back of an order, over everything: never more than is due.")
class MoneyBack:
    due: Money = described("What may go back in all: the order's total, and what was added to it since.")
    granted: Money = described("What was granted of it.")
    paid: Money = described("What has moved.")
    left: Money = described("What may still be granted.")
    refunds: list[Refund] = related(
        by=edges.refunds_of_order, description="The grants, the first first.", size=1, scope="returns:read"
    )


@strawberry.type(description="A refund, or why not.")
class RefundPayload(Payload):
    refund: Refund | None = value("The refund as it stands; null when refused.")


@strawberry.type
class RefundQueries:
    refund: Refund | None = resolved(by=answers.refund, description="One refund, by id. Needs the scope returns:read.")
    refund_preview: RefundPreview | None = resolved(
        by=answers.preview,
        description="What would go back for a return (all of it that is not granted yet), or for goods that are in none; "
        "null: there is no such thing, or nothing is left to grant. Give either. Needs the scope returns:read.",
    )


@strawberry.type
class RefundMutations:
    refund_transfer_confirm: RefundPayload = mutation(
        by=answers.confirm,
        scope="returns:write",
        keyed=True,
        description="Tells what became of a transfer of a refund's money, all of it or a part. Once all has moved the "
        "refund has succeeded and the return closes.",
    )
