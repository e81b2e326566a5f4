"""The way of a request through its policy and of the return after it, as nodes and edges that a client can draw: made of the
checks that decide and of the table of the life, so the drawing is what happens."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from aftersales.rules.clocks import Clocks
from aftersales.rules.eligibility import BY_ITSELF, CHECKS
from aftersales.rules.returns import LIFE, E
from db.case_enums import ReturnStatus, Verdict

BY_HABIT = Clocks({})


class FlowKind(StrEnum):
    """What a node is."""

    START = "start"
    CHECK = "check"
    VERDICT = "verdict"
    STATUS = "status"
    END = "end"


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A node; ``id`` is unique in the drawing."""

    id: str
    kind: FlowKind
    text: str


@dataclass(frozen=True, slots=True)
class FlowEdge:
    """A way from one node to another. ``clock`` names the clock by which time alone goes it, ``within`` says how long it
    runs (``3 working days``)."""

    source: str
    target: str
    text: str
    clock: str | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """The drawing."""

    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]


def flow(clocks: Clocks = BY_HABIT) -> Flow:
    """From the request to the ends, with a policy's own clocks. A check that fails refuses (all are asked, so every refusal is told at once); one of
    those after them that fails brings a person in."""
    checks = [(f"check-{n}", text, Verdict.REFUSE) for n, (text, _) in enumerate(CHECKS, 1)]
    checks += [(f"auto-{n}", text, Verdict.REVIEW) for n, (text, _) in enumerate(BY_ITSELF, 1)]
    nodes = [FlowNode("request", FlowKind.START, "A return is asked for")]
    nodes += [FlowNode(id_, FlowKind.CHECK, text) for id_, text, _ in checks]
    nodes += [FlowNode(each.name, FlowKind.VERDICT, each.name) for each in Verdict]
    nodes += [
        FlowNode(each.name, FlowKind.END if each in LIFE.final else FlowKind.STATUS, each.name) for each in LIFE.table
    ]
    ids = ["request", *(id_ for id_, _, _ in checks), Verdict.AUTO_APPROVE.name]
    edges = [FlowEdge(left, right, "holds") for left, right in pairwise(ids[1:])]
    edges = [FlowEdge(ids[0], ids[1], "is checked"), *edges]
    edges += [FlowEdge(id_, otherwise.name, "does not hold") for id_, _, otherwise in checks]
    edges += [
        FlowEdge(Verdict.AUTO_APPROVE.name, ReturnStatus.APPROVED.name, "at once"),
        FlowEdge(Verdict.REVIEW.name, ReturnStatus.REQUESTED.name, "a person decides"),
    ]
    return Flow(tuple(nodes), (*edges, *_life(clocks)))


def _life(clocks: Clocks) -> list[FlowEdge]:
    return [
        FlowEdge(state.name, target.name, event.name, *_within(clocks, state, event))
        for state, ways in LIFE.table.items()
        for event, target in ways.items()
    ]


def _within(clocks: Clocks, state: ReturnStatus, event: E) -> tuple[str, str] | tuple[()]:
    clock = LIFE.clock(state, event)
    return (clock.within, str(clocks.wait(clock.within))) if clock else ()
