"""What a mutation answers with: the object or the refusals."""

from typing import Any

import strawberry

from aftersales.refusals import Refusal, RefusalCode
from resolvers.mutation import Outcome
from schema.details import ErrorDetail, detail_of
from schema.fields import described, resolved


@strawberry.type(description="One refusal, with the place in the input and the next step in the message.")
class UserError:
    code: RefusalCode = described("Why; a client acts on it.")
    message: str = described("A whole sentence for people.")
    field: list[str] | None = described('The path in the input, e.g. ["input", "2", "lines", "0", "sku"].')
    detail: ErrorDetail | None = described("Its facts, typed by what kind they are; null where the code says it all.")


def _user_errors(root: Any) -> list[UserError]:
    outcome: Outcome = root
    return [told(refusal) for refusal in outcome.user_errors]


def told(refusal: Refusal) -> UserError:
    """A refusal as partners see it."""
    return UserError(
        code=refusal.code, message=refusal.message, field=list(refusal.field) or None, detail=detail_of(refusal)
    )


def item_errors(root: Any) -> list[UserError]:
    """The refusals of one item, or of one line, as partners see them."""
    return [told(each) for each in root.refusals]


def _value(root: Any) -> Any:
    outcome: Outcome = root
    return outcome.value


def _values(root: Any) -> Any:
    outcome: Outcome = root
    return outcome.value or []


def value(description: str, *, name: str | None = None) -> Any:
    """The object a mutation is about; null when it was refused."""
    return resolved(by=_value, description=description, name=name)


def values(description: str, size: int = 50) -> Any:
    """What a mutation of many answers; empty when the whole was refused."""
    return resolved(by=_values, description=description, size=size)


@strawberry.type(description="What every mutation's answer has.")
class Payload:
    user_errors: list[UserError] = resolved(
        by=_user_errors, description="Why it was refused; empty when it was done.", size=1
    )
