from pathlib import Path
from typing import Any

import pytest

from aftersales.refusals import Refused, Transition
from aftersales.rules import drawing
from aftersales.rules.clocks import DEFAULTS
from aftersales.rules.lives import LIVES
from aftersales.rules.machine import Machine
from db.enums import Party

EVERY = [pytest.param(life, id=life.name) for life in LIVES.values()]
PAIRS = [
    pytest.param(life, state, event, id=f"{life.name}-{state.value}-{event.value}")
    for life in LIVES.values()
    for state in life.table
    for event in life.who
]
Life = Machine[Any, Any]


@pytest.mark.parametrize("life", EVERY)
def test_the_table_is_total_and_speaks_only_of_its_own_words(life: Life) -> None:
    states: Any = type(life.start)
    assert set(life.table) == set(states)
    events = {event for ways in life.table.values() for event in ways}
    every: Any = type(next(iter(events)))
    assert events == set(life.who) == set(every)
    assert {target for ways in life.table.values() for target in ways.values()} <= set(life.table)


@pytest.mark.parametrize("life", EVERY)
def test_every_state_that_is_no_end_has_a_way_on_a_party_and_a_clock(life: Life) -> None:
    for state in set(life.table) - life.final:
        assert any(target is not state or event in life.finalizing for event, target in life.table[state].items())
        assert life.waiting[state]
        clock = life.clock(state)
        assert clock is not None
        assert clock.event in life.table[state]


@pytest.mark.parametrize("life", EVERY)
def test_every_clock_runs_a_known_time_and_leads_somewhere_that_time_may_go(life: Life) -> None:
    for state, clocks in life.clocks.items():
        for clock in clocks:
            assert clock.within in DEFAULTS
            assert clock.event in life.table[state]
            assert Party.WAYBRIDGE in life.who[clock.event]


@pytest.mark.parametrize("life", EVERY)
def test_every_state_can_be_reached_and_from_each_an_end_can_be(life: Life) -> None:
    reached, found = {life.start}, [life.start]
    while found:
        for target in life.table[found.pop()].values():
            if target not in reached:
                reached.add(target)
                found.append(target)
    unread = {state for state in life.table if state.value == "unknown"}
    assert reached == set(life.table) - unread
    ending = set(life.final) | {
        state for state, ways in life.table.items() if any(event in life.finalizing for event in ways)
    }
    while True:
        more = {state for state, ways in life.table.items() if set(ways.values()) & ending} - ending
        if not more:
            break
        ending |= more
    assert ending == set(life.table)


@pytest.mark.parametrize(("life", "state", "event"), PAIRS)
def test_a_pair_outside_the_table_is_refused_and_says_what_is_allowed(life: Life, state: Any, event: Any) -> None:
    ways = life.table[state]
    if event in ways:
        assert life.after(state, event) is ways[event]
        return
    with pytest.raises(Refused) as no:
        life.after(state, event)
    detail = no.value.refusals[0].detail
    assert isinstance(detail, Transition)
    targets = {row[event].value for row in life.table.values() if event in row}
    assert detail.from_ == state.value
    assert detail.to == (targets.pop() if len(targets) == 1 else None)
    assert list(detail.allowed) == list(dict.fromkeys(after.value for after in ways.values()))


@pytest.mark.parametrize("life", EVERY)
def test_a_finalized_life_allows_nothing_but_what_revives_it(life: Life) -> None:
    for state, ways in life.table.items():
        for event in ways:
            if state in life.final:
                assert life.after(state, event, finalized=True) is ways[event]
            else:
                with pytest.raises(Refused):
                    life.after(state, event, finalized=True)


@pytest.mark.parametrize("life", EVERY)
def test_what_a_party_is_offered_is_what_it_may_do(life: Life) -> None:
    for state in life.table:
        for party in Party:
            offered = set(life.allowed(state, party))
            possible = {
                life.commands[event]
                for event in life.table[state]
                if event in life.commands and party in life.who[event]
            }
            assert offered == possible


def test_the_page_is_drawn_from_the_tables() -> None:
    kept = Path(__file__).parents[3] / "docs" / "lives.md"

    assert kept.read_text() == drawing.page()
