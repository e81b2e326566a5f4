"""What this entrance needs of the environment, as one frozen value; nothing below reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from api.limits import Limits
from db.settings import BadSetting, DatabaseSettings, database_settings, files_folder

LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Settings:
    """``public_url`` is how the world reaches us, without a trailing slash. ``dev`` names masked exceptions and allows
    http targets. ``cors_origins`` are the browsers' origins that may call; ``files`` is the folder of exports."""

    database: DatabaseSettings
    public_url: str = "http://127.0.0.1:8000"
    log_level: str = "info"
    dev: bool = False
    cors_origins: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    files: Path = Path("waybridge-files")

    @staticmethod
    def from_environ(environ: Mapping[str, str]) -> "Settings":
        """Reads WAYBRIDGE_* once. BadSetting names the variable that cannot be used."""
        level = environ.get("WAYBRIDGE_LOG_LEVEL", "info").lower()
        if level not in LEVELS:
            raise BadSetting("WAYBRIDGE_LOG_LEVEL", f"one of {', '.join(LEVELS)}")
        origins = environ.get("WAYBRIDGE_CORS_ORIGINS", "")
        return Settings(
            database=database_settings(environ),
            public_url=environ.get("WAYBRIDGE_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
            log_level=level,
            dev=environ.get("WAYBRIDGE_DEV", "").lower() in {"1", "true", "yes"},
            cors_origins=tuple(each.strip() for each in origins.split(",") if each.strip()),
            limits=_limits(environ),
            files=files_folder(environ),
        )


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
                raise BadSetting(name, "must be a number") from None
            if value <= 0:
                raise BadSetting(name, "must be more than 0")
            limits = replace(limits, **{each.name: value})
    return limits
