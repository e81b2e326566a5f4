"""Hints that something was committed, so that who follows the log need not wait for the next look. Never the truth:
writers of other processes give none."""

import contextlib
from collections.abc import Callable, Iterator

from sqlalchemy import event
from sqlalchemy.orm import Session

from db.session import Store


@contextlib.contextmanager
def on_commit(store: Store, tell: Callable[[], None]) -> Iterator[None]:
    """Calls ``tell`` after each commit of this process to the store. Only on SQLite, where what is committed is sealed; on
    PostgreSQL the sealer tells."""
    writer = store.writer.sync_engine if store.is_sqlite else None

    def committed(session: Session) -> None:
        if session.bind is writer:
            tell()

    event.listen(Session, "after_commit", committed)
    try:
        yield
    finally:
        event.remove(Session, "after_commit", committed)
