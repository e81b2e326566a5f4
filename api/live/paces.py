"""How patient live updates are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paces:
    """Seconds. A credential is known for up to ``api.auth.KEPT_SECONDS`` after it was revoked; with ``check`` on top its
    streams end within 10. A reader who takes nothing for ``slow`` is cut. ``poll`` is how late a change comes at most
    when no hint came before it."""

    acknowledge: float = 10.0
    check: float = 4.0
    keep_alive: float = 12.0
    poll: float = 0.05
    slow: float = 6.0


PACES = Paces()
