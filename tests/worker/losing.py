"""A carrier that books what it is asked to and then loses some of its answers, and so of every other answer."""

import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from carriers import wire
from carriers.booking import Asking, Booked, Booking, Order, Ref
from carriers.carrier import Access, Carrier, Reply, Request
from db.case_enums import ReturnMethod
from db.enums import PickupStatus


@dataclass
class Losing:
    """Its books: how often each reference was booked, which is once more each time it is asked. Of each ten answers it loses
    its ``share``, in random places: evenly spread, so that no breaker opens."""

    share: float = 0.3
    random: Random = field(default_factory=lambda: Random(7))
    made: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    _deck: list[bool] = field(default_factory=list)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Does what it is asked; the answer may not arrive."""
        told: Any = json.loads(request.content)
        reference = told["reference"]
        if request.url.path.endswith("/book"):
            self.made[reference] += 1
        known = {"confirmation": f"C-{reference}"} if self.made[reference] else {}
        if self._loses():
            self.lost += 1
            raise httpx2.ReadError("the connection broke off", request=request)
        return httpx2.Response(200, stream=httpx2.ByteStream(json.dumps(known).encode()))

    def _loses(self) -> bool:
        if not self._deck:
            self._deck = [place < self.share * 10 for place in range(10)]
            self.random.shuffle(self._deck)
        return self._deck.pop()


def _book(order: Order, access: Access) -> Request:
    return wire.json_request("POST", f"{access.base_url}/book", {"reference": order.reference}, {})


def _ask(ref: Ref, access: Access) -> Request:
    return wire.json_request("POST", f"{access.base_url}/ask", {"reference": ref.reference}, {})


def _read(reply: Reply) -> Booked:
    told = wire.object_of(reply.body)
    return Booked(confirmation=str(told.get("confirmation", "")), status=PickupStatus.ACCEPTED)


def _found(reply: Reply, _ref: Ref) -> Booked | None:
    found = _read(reply)
    return found if found.was_taken else None


BOOKING = Booking(
    frozenset({ReturnMethod.DOOR_PICKUP}), _book, lambda reply, _order: _read(reply), asking=Asking(_ask, _found)
)


def carrier(booking: Booking = BOOKING) -> Carrier:
    """The carrier, with one ability."""
    return Carrier(
        code="tiny",
        name_en="Tiny",
        name_zh="",
        country="CN",
        zone="Asia/Shanghai",
        hosts={},
        credentials={},
        codes=(),
        confidence={},
        booking=booking,
    )
