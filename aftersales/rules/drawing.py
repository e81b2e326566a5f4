"""The lives as a page with diagrams (docs/lives.md), drawn from their tables."""

from typing import Any

from aftersales.rules.lives import LIVES
from aftersales.rules.machine import Machine

_HEADING = """# Lives

What a case can go through, who may do it, and what time does. Drawn from the tables in `aftersales/rules/`; a test keeps
this page true (`waybridge log lives > docs/lives.md`). An arrow with a word in brackets happens by itself when the clock of
that name has run; how long it runs is policy.
"""


def page() -> str:
    """Every life: a Mermaid state diagram and a table of its events."""
    return "\n".join([_HEADING, *(_life(life) for life in LIVES.values())])


def _life(life: Machine[Any, Any]) -> str:
    lines = [f"## {life.name.capitalize()}", "", "```mermaid", "stateDiagram-v2", f"  [*] --> {life.start.name}"]
    for state, ways in life.table.items():
        for event, target in ways.items():
            lines.append(f"  {state.name} --> {target.name}: {event.name}{_clock(life, state, event)}")
        if state in life.final and not ways:
            lines.append(f"  {state.name} --> [*]")
    lines += ["```", "", "| event | who may | mutation |", "|---|---|---|"]
    for event, parties in life.who.items():
        who = ", ".join(sorted(party.name for party in parties))
        lines.append(f"| {event.name} | {who} | {life.commands.get(event, '')} |")
    waiting = ", ".join(f"{state.name}: {party.name}" for state, party in life.waiting.items())
    return "\n".join([*lines, "", f"Whose move it is: {waiting}.", ""])


def _clock(life: Machine[Any, Any], state: Any, event: Any) -> str:
    clock = life.clock(state, event)
    return f" [{clock.within}]" if clock else ""
