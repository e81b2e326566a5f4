"""How far an import is: a bar on a terminal, a line now and then elsewhere. Ctrl-C is heard, and waits for a batch's end."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli.console import tell

SECONDS_BETWEEN_LINES = 5.0

Told = Callable[[int, int], None]
"""Takes the position in the file and the entries done so far."""


@contextmanager
def progress(name: str, size: int, done: int, noun: str = "orders") -> Iterator[Told]:
    """Shows how far it is, the entries a second and the time left. ``done`` entries are an earlier run's."""
    started = time.monotonic()

    def rate(orders: int) -> float:
        return (orders - done) / max(time.monotonic() - started, 0.001)

    if not sys.stderr.isatty():
        yield _in_lines((name, noun), size, rate)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[orders]:,}} {noun}, {{task.fields[rate]:,.0f}} a second"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=size, orders=done, rate=0.0)
        yield lambda position, orders: bar.update(task, completed=position, orders=orders, rate=rate(orders))


def _in_lines(named: tuple[str, str], size: int, rate: Callable[[int], float]) -> Told:
    (name, noun), started = named, time.monotonic()
    told = started

    def say(position: int, orders: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told < SECONDS_BETWEEN_LINES:
            return
        told = now
        left = (now - started) * (size - position) / max(position, 1)
        tell(
            f"{name}: {orders:,} {noun}, {rate(orders):,.0f} a second, {decimal(position)} of {decimal(size)}, "
            f"about {left:,.0f} s left"
        )

    return say


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Gives a question: was Ctrl-C (or SIGTERM) heard? A second Ctrl-C ends the program as ever."""
    heard = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield heard.is_set
        return

    def hear(number: int, _frame: object) -> None:
        heard.set()
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        tell("stopping after this batch; once more stops at once")

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
