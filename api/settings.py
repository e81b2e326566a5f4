"""What this entrance needs of the environment, as one frozen value; nothing below reads it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from api.limits import Limits
from db.settings import BadSetting, DatabaseSettings, database_settings, files_folder
from db.variables import cors_origins, egress_proxy, is_dev, public_url

LONGEST_QUOTE = 20  # seconds; a caller waits no longer for a price
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Settings:
    """``public_url`` is how the world reaches us, without a trailing slash. ``dev`` names masked exceptions and allows
    http targets. ``cors_origins`` are the browsers' origins that may call; ``files`` is the folder of exports;
    ``egress_proxy`` is what calls to carriers and webhooks go through; ``quote_seconds`` is how long a carrier has to tell
    a price or its times."""

    database: DatabaseSettings
    public_url: str = "http://127.0.0.1:8000"
    log_level: str = "info"
    dev: bool = False
    cors_origins: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    files: Path = Path("waybridge-files")
    egress_proxy: str | None = field(default=None, repr=False)
    quote_seconds: float = 2.0

    @staticmethod
    def from_environ(environ: Mapping[str, str]) -> "Settings":
        """Reads WAYBRIDGE_* once. BadSetting names the variable that cannot be used."""
        level = environ.get("WAYBRIDGE_LOG_LEVEL", "info").lower()
        if level not in LEVELS:
            raise BadSetting("WAYBRIDGE_LOG_LEVEL", f"must be one of {', '.join(LEVELS)}")
        return Settings(
            database=database_settings(environ),
            public_url=public_url(environ),
            log_level=level,
            dev=is_dev(environ),
            cors_origins=cors_origins(environ),
            limits=_limits(environ),
            files=files_folder(environ),
            egress_proxy=egress_proxy(environ),
            quote_seconds=_seconds(environ),
        )


def _seconds(environ: Mapping[str, str]) -> float:
    name = "WAYBRIDGE_QUOTE_SECONDS"
    try:
        value = float(environ.get(name) or 2.0)
    except ValueError:
        raise BadSetting(name, "must be a number") from None
    if not 0 < value <= LONGEST_QUOTE:
        raise BadSetting(name, f"must be more than 0 and at most {LONGEST_QUOTE}")
    return value


def _limits(environ: Mapping[str, str]) -> Limits:
    """Each limit has its variable: WAYBRIDGE_LIMIT_DEPTH, WAYBRIDGE_LIMIT_COST, ..."""
    limits = Limits()
    for each in fields(Limits):
        name = f"WAYBRIDGE_LIMIT_{each.name.upper()}"
        given = environ.get(name)
        if given:
            kind = type(getattr(limits, each.name))
            try:
                value = kind(given)
            except ValueError:
                raise BadSetting(name, f"must be a {'whole ' if kind is int else ''}number") from None
            if not 0 < value < math.inf:
                raise BadSetting(name, "must be a number more than 0")
            limits = replace(limits, **{each.name: value})
    return limits
