"""Every mutation: called by who may not, for whom it is not, or on what is no more, it is refused and nothing has changed;
called again or at the same moment it does no more than it should. The calls are in the table beside; what a call takes is
read from the published schema. That nothing has changed is seen when a ground is spent, after all that was refused on it."""

import asyncio
from uuid import uuid4

import pytest

from aftersales.credentials import SCOPES
from db.enums import PartnerKind
from db.ids import typeid, uuid7
from db.session import Store
from resolvers.mutation import Touches
from tests import make
from tests.matrix import contract
from tests.matrix.calls import CALLS
from tests.matrix.conftest import Prepare, Take, Two
from tests.matrix.contract import MUTATIONS, promise
from tests.matrix.ground import unlike

UNSCOPED = {"exportCancel"}
"""Without a scope: what may be exported takes the scopes of what is read, and was asked when the export was made."""
OF_BUYERS = [each for each in CALLS if promise(each).touches is Touches.BUYERS_ROWS]


@pytest.fixture(scope="module")
async def carrier(store: Store) -> make.Someone:
    """A carrier that may do everything."""
    return await make.carrier(store, scopes=list(SCOPES))


@pytest.fixture(scope="module")
async def platform(store: Store) -> make.Someone:
    """A platform that may do everything, for a merchant of whom no call is."""
    return await make.platform(store, await make.merchant(store), scopes=list(SCOPES))


def test_every_mutation_has_its_row() -> None:
    assert {promise(call).name for call in CALLS} == set(MUTATIONS)


@pytest.mark.parametrize("call", CALLS)
async def test_without_its_scope_it_is_forbidden(kept: Prepare, store: Store, call: str) -> None:
    one = await kept(call)
    assert one.needed or call in UNSCOPED
    for scope in one.needed:
        who = await make.another_key(store, one.it.caller, *(each for each in SCOPES if each != scope))
        told = await one.ask(who=who)
        assert (told.error, told.message) == ("FORBIDDEN", f"This credential lacks the scope {scope}.")


@pytest.mark.parametrize("call", CALLS)
async def test_who_is_not_meant_is_forbidden(kept: Prepare, carrier: make.Someone, call: str) -> None:
    one, touches = await kept(call), promise(call).touches
    strangers = [one.it.who] if touches is Touches.CARRIERS_ROWS else []
    if touches not in {Touches.CARRIERS_ROWS, Touches.OWN_THINGS}:
        strangers.append(carrier)
    if touches is not Touches.BUYERS_ROWS and one.it.order:
        strangers.append(one.it.buyer())
    for who in strangers:
        assert (await one.ask(who=who, headers={})).error == "FORBIDDEN"


@pytest.mark.parametrize("call", [each for each in CALLS if CALLS[each].kind is not PartnerKind.CARRIER])
async def test_a_platform_names_a_merchant_of_its_own(kept: Prepare, platform: make.Someone, call: str) -> None:
    one = await kept(call)
    assert one.it.who.merchant
    if promise(call).touches is not Touches.OWN_THINGS:
        unnamed = await one.ask(who=platform, headers={})
        assert unnamed.error == "BAD_USER_INPUT"
        assert "Waybridge-Merchant" in unnamed.message
    named = {"Waybridge-Merchant": one.it.who.merchant.typeid}
    assert (await one.ask(who=platform, headers=named)).error == "FORBIDDEN"


@pytest.mark.parametrize("call", [each for each in CALLS if CALLS[each].is_foreign])
async def test_what_is_another_merchants_is_not_found(two: Two, call: str) -> None:
    one, other = await two(call)
    told = await other.ask(one.input)
    assert set(told.codes) == {"NOT_FOUND"}
    for path in contract.ids(one.input):  # one id of theirs among our own
        theirs = contract.at(one.input, path)
        told = await other.ask(contract.put(other.input, path, theirs))
        never = await other.ask(contract.put(other.input, path, typeid(theirs[:3], uuid7())))
        assert (told.error, {*told.codes}) == (None, {"NOT_FOUND" if len(path) == 1 else one.row.foreign}), path
        assert told == never


@pytest.mark.parametrize("call", [each for each in OF_BUYERS if CALLS[each].buyers])
async def test_what_is_another_buyers_is_not_found(kept: Prepare, call: str) -> None:
    one = await kept(call)
    assert set((await one.ask(who=one.stranger, headers={})).codes) == {one.row.buyers}


@pytest.mark.parametrize("call", [each for each in CALLS if promise(each).has_version])
async def test_on_a_version_that_is_past_it_is_a_conflict(kept: Prepare, call: str) -> None:
    one = await kept(call)
    now = await one.version()
    for wrong in (now - 1, now + 1):
        assert (await one.ask({**one.input, "expectedVersion": wrong})).codes == ["CONFLICT"]


@pytest.mark.parametrize("call", [each for each in CALLS if promise(each).is_keyed])
async def test_where_a_key_is_needed_nothing_begins_without(kept: Prepare, call: str) -> None:
    one = await kept(call)
    assert (await one.ask(key=None)).error == "BAD_USER_INPUT"


@pytest.mark.parametrize("call", CALLS)
async def test_with_its_scope_alone_on_the_version_that_is_it_is_done(turned: Take, call: str) -> None:
    told = await turned(call)
    assert (told.first.error, told.first.codes, told.first.is_replay) == (None, [], False)
    assert told.has_effect is not CALLS[call].stays


@pytest.mark.parametrize("call", [each for each in CALLS if promise(each).touches is not Touches.NOTHING])
async def test_a_repeat_under_its_key_is_answered_alike_and_another_call_refused(turned: Take, call: str) -> None:
    told = await turned(call)
    assert told.repeats
    again, other = told.repeats
    assert (again.payload, again.is_replay) == (told.first.payload, True)
    assert (other.codes, other.is_replay) == (["KEY_REUSED"], False)
    assert told.is_left


@pytest.mark.parametrize("call", CALLS)
async def test_two_at_once_come_to_what_two_in_turn_come_to(turned: Take, spent: Prepare, call: str) -> None:
    turns, race = await turned(call), await spent(call)

    told = await asyncio.gather(race.ask(), race.ask())

    assert [each.error for each in (turns.second, *told)] == [None] * 3
    done = sum(each.is_done for each in told)
    assert 1 <= done <= 1 + turns.second.is_done
    assert unlike(await race.shape(), turns.shapes[done - 1]) == ([], [])
    assert {code for each in told for code in each.codes} <= {"CONFLICT", *turns.second.codes, *race.row.races}


@pytest.mark.parametrize("call", [each for each in CALLS if promise(each).touches is not Touches.NOTHING])
async def test_twins_under_one_key_have_one_effect_its_buyers_too(turned: Take, fresh: Prepare, call: str) -> None:
    turns, twins, key = await turned(call), await fresh(call), uuid4().hex
    how = {"who": twins.it.buyer(), "headers": {}} if call in OF_BUYERS and twins.row.buyers != "POLICY" else {}

    told = await asyncio.gather(twins.ask(key=key, **how), twins.ask(key=key, **how))

    done = [each for each in told if each.is_done]
    assert [each.error for each in told] == [None, None]
    assert {code for each in told for code in each.codes} <= {"CONFLICT"}
    assert [each.is_replay for each in done].count(False) == 1
    assert all(each.payload == done[0].payload for each in done)
    assert unlike(await twins.shape(), turns.shapes[0]) == ([], [])
