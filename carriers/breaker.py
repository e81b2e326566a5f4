"""A circuit breaker: after enough failures nobody is sent out for a while, then exactly one goes to look.

Opens at half of the last twenty calls failed (ten at least) or five timeouts in a row; stays open for 15 seconds,
doubling to 120, a fifth more or less; closes after two probes in a row that succeeded. Time is passed in.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW, AT_LEAST, SHARE, TIMEOUTS, SUCCESSES = 20, 10, 0.5, 5, 2
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(seconds=120)
JITTER = 0.2


@dataclass(slots=True)
class Breaker:
    """One carrier's host. ``random`` gives 0 to 1; every call that ``admits`` must be followed by one of the others."""

    random: Callable[[], float]
    _outcomes: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _timeouts: int = 0
    _wait: timedelta = FIRST_WAIT
    _until: datetime | None = None
    _is_probing: bool = False
    _successes: int = 0

    def admits(self, now: datetime) -> bool:
        """Whether a call may go out. While open, only the one probe once the wait is over."""
        if self._until is None:
            return True
        if self._is_probing or now < self._until:
            return False
        self._is_probing = True
        return True

    @property
    def until(self) -> datetime | None:
        """When the next probe may go; None while it is closed."""
        return self._until

    @property
    def is_open(self) -> bool:
        """Whether calls are held back, but for probes."""
        return self._until is not None

    def succeeded(self) -> None:
        """The call was answered."""
        self._timeouts = 0
        if self._until is None:
            self._outcomes.append(True)
            return
        if not self._is_probing:
            return  # it was under way when the breaker opened
        self._is_probing = False
        self._successes += 1
        if self._successes >= SUCCESSES:
            self._until, self._wait, self._successes = None, FIRST_WAIT, 0
            self._outcomes.clear()

    def failed(self, now: datetime, *, timeout: bool = False) -> None:
        """The call was not answered, or with a failure of the carrier's own."""
        if self._until is not None:
            if self._is_probing:
                self._wait = min(self._wait * 2, LONGEST_WAIT)
                self._open(now)
            return
        self._outcomes.append(False)
        self._timeouts = self._timeouts + 1 if timeout else 0
        failures = self._outcomes.count(False)
        too_many = len(self._outcomes) >= AT_LEAST and failures >= SHARE * len(self._outcomes)
        if too_many or self._timeouts >= TIMEOUTS:
            self._open(now)

    def abandoned(self) -> None:
        """The call was given up by us; it says nothing of the carrier. A probe may go again."""
        self._is_probing = False

    def _open(self, now: datetime) -> None:
        self._until = now + self._wait * (1 - JITTER + 2 * JITTER * self.random())
        self._is_probing, self._successes, self._timeouts = False, 0, 0
