"""What a cancellation needs to be heard."""

import asyncio


def hear_cancellation() -> None:
    """Raises CancelledError when the running task was told to end. For whoever goes on after any failure: a rollback that
    fails hides the cancellation that caused it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
