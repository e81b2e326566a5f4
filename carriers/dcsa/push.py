"""An ocean carrier's notifications of events."""

from carriers.carrier import Incoming, Reading, Reply
from carriers.dcsa import tracking


def read(incoming: Incoming) -> Reading:
    """The events of a notification, of either version."""
    return tracking.read_events(incoming.body)


def acknowledge(_incoming: Incoming) -> Reply:
    """204, as the standard asks."""
    return Reply(204)


def recognise(body: bytes) -> str:
    """Answers and notifications have one form; both are called a track. Unreadable for anything else."""
    tracking.read_events(body)
    return "track"
