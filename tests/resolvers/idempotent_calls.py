"""Creates under idempotency keys, and a model of what must come of them: which call has an effect, which is answered as
an earlier one was, which is refused."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import permutations
from typing import Any

from db.models.messages import REPLAYS_KEPT

ACCOUNT, ENDPOINT = "carrierAccountCreate", "webhookEndpointCreate"
MOST_ENDPOINTS = 50
_INPUTS = {ACCOUNT: "CarrierAccountCreateInput", ENDPOINT: "WebhookEndpointCreateInput"}
_NODES = {ACCOUNT: "carrierAccount", ENDPOINT: "webhookEndpoint"}
_WIDE = {ACCOUNT: "carrierAccount { name carrier { code } id }", ENDPOINT: "webhookEndpoint { url topics id }"}


@dataclass(frozen=True, slots=True)
class Call:
    """One create by one of the merchants. The ``number`` is its argument; 0 cannot be meant."""

    who: int
    key: int
    field: str
    number: int

    def document(self, *, is_wide: bool) -> str:
        """The mutation, with a few fields or with more."""
        node = _WIDE[self.field] if is_wide else f"{_NODES[self.field]} {{ id }}"
        return (
            f"mutation($input: {_INPUTS[self.field]}!, $key: String!) {{ "
            f"{self.field}(input: $input) @idempotent(key: $key) {{ {node} userErrors {{ code }} }} }}"
        )

    def variables(self) -> dict[str, Any]:
        """Its arguments and its key."""
        account = {"carrier": "sf", "name": f"n{self.number}" if self.number else " "}
        endpoint = {"url": f"https://hook.example/{self.number}" if self.number else "?"}
        return {"input": account if self.field == ACCOUNT else endpoint, "key": f"k{self.key}"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: the object's id or the refusal's code, or the code of an error; whether it was one given before."""

    id: str | None = None
    code: str | None = None
    error: str | None = None
    is_replay: bool = False


def told(answer: dict[str, Any], call: Call) -> Told:
    """An answer, read."""
    if "errors" in answer:
        return Told(error=answer["errors"][0]["extensions"]["code"])
    payload = answer["data"][call.field]
    node, refusals = payload[_NODES[call.field]], payload["userErrors"]
    return Told(
        id=node["id"] if node else None,
        code=refusals[0]["code"] if refusals else None,
        is_replay=answer["extensions"].get("replayed", False),
    )


@dataclass(slots=True)
class _Kept:
    call: Call
    id: str | None  # None of what was done, too, where the answer was lost
    code: str | None
    at: datetime


@dataclass(slots=True)
class Model:
    """What is remembered under each key, and what exists."""

    kept: dict[tuple[int, int], _Kept] = field(default_factory=dict)
    made: Counter[tuple[int, str]] = field(default_factory=Counter)
    names: set[tuple[int, int]] = field(default_factory=set)

    def copy(self) -> "Model":
        """One that may be tried out."""
        kept = {which: replace(each) for which, each in self.kept.items()}
        return Model(kept, Counter(self.made), set(self.names))

    def remembered(self, call: Call, now: datetime) -> _Kept | None:
        """What is known of the call's key."""
        kept = self.kept.get((call.who, call.key))
        return kept if kept is not None and now - kept.at <= REPLAYS_KEPT else None

    def refusal(self, call: Call) -> str | None:
        """Why a call that is the first under its key is refused."""
        if call.number == 0:
            return "INVALID"
        if call.field == ACCOUNT:
            return "DUPLICATE" if (call.who, call.number) in self.names else None
        return "LIMIT" if self.made[call.who, ENDPOINT] >= MOST_ENDPOINTS else None

    def takes(self, call: Call, answer: Told, now: datetime) -> bool:
        """Whether this may be the answer, now; if so it has happened."""
        kept = self.remembered(call, now)
        if kept is not None:
            if kept.call != call:
                return answer == Told(code="KEY_REUSED")
            kept.id = kept.id or (answer.id if kept.code is None else None)
            return answer == Told(kept.id, kept.code, is_replay=True) and bool(answer.id) != bool(answer.code)
        code = self.refusal(call)
        if answer.error or answer.is_replay or answer.code != code or (answer.id is None) != (code is not None):
            return False
        self.do(call, answer.id, now)
        return True

    def do(self, call: Call, id_: str | None, now: datetime) -> None:
        """The first call under its key has happened; ``id_`` is None where nobody heard the answer."""
        code = self.refusal(call)
        if code == "INVALID":
            return
        self.kept[call.who, call.key] = _Kept(call, id_, code, now)
        if code is None:
            self.made[call.who, call.field] += 1
            self.names |= {(call.who, call.number)} if call.field == ACCOUNT else set()

    def after(self, happened: Sequence[tuple[Call, Told]], now: datetime) -> "Model | None":
        """What is so after calls that ran at the same time: one order must explain every answer. None: none does. A
        retryable CONFLICT is nothing happened."""
        real = [each for each in happened if len(happened) == 1 or each[1].code != "CONFLICT"]
        for order in permutations(real):
            model = self.copy()
            if all(model.takes(call, answer, now) for call, answer in order):
                return model
        return None

    def known(self, now: datetime) -> Iterator[tuple[int, int]]:
        """The keys that must be remembered."""
        return (which for which, kept in self.kept.items() if now - kept.at <= REPLAYS_KEPT)
