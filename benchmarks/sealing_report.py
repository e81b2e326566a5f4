"""What the sealing benchmark prints: each figure beside its goal, whether it is met, and how busy the machine was."""

import os
import tempfile
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Goal:
    """A bound on a figure, as it is said."""

    bound: float
    unit: str = ""
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:,.0f} {self.unit}".rstrip()

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


@dataclass
class Report:
    """Lines as they come; at the end the goals alone."""

    judged: list[tuple[str, str, str, str]] = field(default_factory=list)

    def head(self) -> None:
        self._print("what", "figure", "goal", "verdict", "load")

    def tell(self, what: str, figure: str, goal: Goal | None = None, value: float = 0.0) -> None:
        """One line; with a goal, ``value`` is judged."""
        verdict = "" if goal is None else "met" if goal.met(value) else "MISSED"
        self._print(what, figure, str(goal or ""), verdict, f"{os.getloadavg()[0]:.1f}")
        if goal is not None:
            self.judged.append((what, figure, str(goal), verdict))

    def end(self) -> None:
        print("\n| what | figure | goal | verdict |\n|---|---|---|---|")
        for row in self.judged:
            print(f"| {' | '.join(row)} |")

    @staticmethod
    def _print(*cells: str) -> None:
        what, figure, goal, verdict, load = cells
        print(f"{what:<58} {figure:<58} {goal:<14} {verdict:<7} {load:>5}", flush=True)


def at(values: list[float], share: float) -> float:
    """A percentile of seconds, in milliseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def spread(values: list[float]) -> str:
    return f"p50 {at(values, 0.5):.1f} / p99 {at(values, 0.99):.1f} ms"


def bare_sync(report: Report, times: int = 1000) -> float:
    """What this disk gives to whoever syncs 8 KB at a time and does nothing else: no single writer can commit more often."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(times):
            start = time.perf_counter()
            file.write(b"w" * 8192)
            file.flush()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - start)
    rate = times / sum(took)
    report.tell(
        "the disk alone: 8 KB and fdatasync", f"{rate:,.0f}/s, p50 {at(took, 0.5):.2f} / p99 {at(took, 0.99):.2f} ms"
    )
    return rate
