"""The grounds of a module. Each is prepared once for a call of the table, left as it is by the calls that are refused, which
is seen to, and spent by those that are done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from db.session import Store
from resolvers.mutation import Touches
from tests import make
from tests.asking import Api
from tests.matrix import contract
from tests.matrix.calls import CALLS
from tests.matrix.contract import Promise, Told, ask
from tests.matrix.ground import Ground, Rows, Shape, effect, ground, rows, shape
from tests.matrix.rows import Row


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that could be made now, what its merchant's rows are, and another buyer of theirs."""

    call: str
    it: Ground
    input: Any
    stranger: make.Someone
    before: Rows

    @property
    def row(self) -> Row:
        """The call's row of the table."""
        return CALLS[self.call]

    @property
    def promise(self) -> Promise:
        """What is published of its mutation."""
        return contract.promise(self.call)

    @property
    def needed(self) -> list[str]:
        """The scopes that it takes."""
        return [*filter(None, [self.promise.scope]), *self.row.also]

    async def ask(self, input_: Any = None, **how: Any) -> Told:
        """What the mutation answers, asked with the prepared input and, where one is needed, a fresh key, unless told."""
        if self.promise.is_keyed:
            how.setdefault("key", uuid4().hex)
        return await ask(self.it, self.call, self.row, self.input if input_ is None else input_, **how)

    async def version(self) -> int:
        """Of the case that the input names."""
        [id_] = [value for name, value in self.input.items() if name in {"id", "refundId"}]
        told = await self.it.api.ask(
            self.it.who, "query($id: ID!) { node(id: $id) { ... on Case { version } } }", id=id_
        )
        found: int = told["node"]["version"]
        return found

    async def shape(self) -> Shape:
        """What its merchant's rows look like."""
        return shape(await rows(self.it))


@dataclass(frozen=True, slots=True)
class Turns:
    """A call that was done, then repeated under its key, varied under its key (None: it spends no key), and done again
    under another; what the first left, and whether the repeats left it so; what all looked like after each turn."""

    first: Told
    repeats: tuple[Told, Told] | None
    has_effect: bool
    is_left: bool
    second: Told
    shapes: tuple[Shape, Shape]


Prepare = Callable[[str], Awaitable[Prepared]]
Two = Callable[[str], Awaitable[tuple[Prepared, Prepared]]]
Take = Callable[[str], Awaitable[Turns]]


@pytest.fixture(scope="module")
def fresh(api: Api, store: Store) -> Prepare:
    """A ground of its own with a valid input of a call."""

    async def prepare(call: str) -> Prepared:
        it = await ground(api, store, CALLS[call].kind)
        input_ = await CALLS[call].ready(it)
        stranger = await it.stranger() if contract.promise(call).touches is Touches.BUYERS_ROWS else it.who
        return Prepared(call, it, input_, stranger, effect(await rows(it)))

    return prepare


@pytest.fixture(scope="module")
def grounds() -> dict[str, list[Prepared]]:
    """What was prepared and is not spent."""
    return {}


@pytest.fixture(scope="module")
def two(fresh: Prepare, grounds: dict[str, list[Prepared]]) -> Two:
    """A call's ground and that of another merchant, which nobody may change."""

    async def prepare(call: str) -> tuple[Prepared, Prepared]:
        known = grounds.setdefault(call, [])
        while len(known) < len("ab"):
            known.append(await fresh(call))
        return known[0], known[1]

    return prepare


@pytest.fixture(scope="module")
def kept(two: Two) -> Prepare:
    """A call's ground, which nobody may change."""

    async def prepare(call: str) -> Prepared:
        return (await two(call))[0]

    return prepare


@pytest.fixture(scope="module")
def spent(two: Two, grounds: dict[str, list[Prepared]]) -> Prepare:
    """A call's ground, to be changed: nobody else gets it."""

    async def prepare(call: str) -> Prepared:
        if not grounds.get(call):
            await two(call)
        one = grounds[call].pop()
        is_left = effect(await rows(one.it)) == one.before
        assert is_left, "what was refused has changed something"
        return one

    return prepare


@pytest.fixture(scope="module")
def turned(spent: Prepare) -> Take:
    """What came of a call in turn, by a credential of no more than the scopes that it takes."""
    known: dict[str, Turns] = {}

    async def take(call: str) -> Turns:
        if call not in known:
            known[call] = await _turns(await spent(call))
        return known[call]

    return take


async def _turns(one: Prepared) -> Turns:
    scopes = (*one.needed, *one.row.some) or ("analytics:read",)
    who, key = await make.another_key(one.it.store, one.it.caller, *scopes), uuid4().hex
    input_ = {**one.input, "expectedVersion": await one.version()} if one.promise.has_version else one.input
    is_kept = one.promise.touches is not Touches.NOTHING
    first = await one.ask(input_, who=who, key=key)
    left = await rows(one.it)
    repeats = None
    if is_kept:
        repeats = (await one.ask(input_, key=key), await one.ask(contract.varied(input_), key=key))
    again = await rows(one.it)
    second = await one.ask(who=who)
    return Turns(first, repeats, effect(left) != one.before, again == left, second, (shape(left), await one.shape()))
