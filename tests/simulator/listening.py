"""What the service complains of while it is played: kept for whoever has to find out why a seed fails, else silent."""

import traceback
import warnings
from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

KEPT = 8
LOUD = {"warning", "error", "exception", "critical"}


@contextmanager
def overheard() -> Iterator[deque[str]]:
    """The last complaints, with their tracebacks."""
    kept: deque[str] = deque(maxlen=KEPT)

    def keep(_: Any, level: str, told: MutableMapping[str, Any]) -> Any:
        if level in LOUD:
            error = told.pop("exc_info", None)
            if error is True:
                told["traceback"] = traceback.format_exc()
            elif isinstance(error, BaseException):
                told["traceback"] = "".join(traceback.format_exception(error))
            kept.append("\n".join(f"{name}: {value}" for name, value in told.items()))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep], wrapper_class=structlog.BoundLogger, cache_logger_on_first_use=False)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)  # of the dead
            yield kept
    finally:
        structlog.configure(**before)
