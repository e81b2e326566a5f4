"""Figures beside their goals, as every benchmark prints them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what was promised, and whether that was kept; None where nothing was promised."""

    what: str
    goal: str
    measured: str
    is_met: bool | None = None


def show(title: str, figures: Sequence[Figure]) -> None:
    """Prints them as a table."""
    verdicts = {True: "met", False: "MISSED", None: ""}
    rows = [
        ("", "goal", "measured", ""),
        *((each.what, each.goal, each.measured, verdicts[each.is_met]) for each in figures),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    print(f"\n{title}")
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def at(ordered: Sequence[float], share: float) -> float:
    """The value below which so much of them lies; they come sorted."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
