"""What the worker needs of the environment, read once; nothing below reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from db.settings import DatabaseSettings, database_settings, files_folder
from db.variables import egress_proxy, is_dev, public_url


@dataclass(frozen=True, slots=True)
class Paces:
    """How often each loop looks, in seconds, when nothing wakes it; and how much it takes at once."""

    inbox_seconds: float = 0.25
    polling_seconds: float = 2.0
    subscribing_seconds: float = 2.0
    jobs_seconds: float = 1.0
    webhooks_seconds: float = 0.25
    alerts_seconds: float = 5.0
    lanes_seconds: float = 3600.0
    tidying_seconds: float = 600.0
    messages_at_once: int = 25
    shipments_at_once: int = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """``public_url`` is how carriers reach us; ``database`` is needed only where the worker opens its own store; ``dev``
    lets webhooks go to http and to loopback; ``files`` is the folder of exports; through ``egress_proxy`` goes all that
    goes out."""

    public_url: str = "http://127.0.0.1:8000"
    paces: Paces = field(default_factory=Paces)
    database: DatabaseSettings | None = None
    dev: bool = False
    files: Path = Path("waybridge-files")
    egress_proxy: str | None = field(default=None, repr=False)

    @staticmethod
    def from_environ(environ: Mapping[str, str]) -> "Settings":
        """Reads WAYBRIDGE_*. BadSetting names the variable that cannot be used."""
        return Settings(
            public_url=public_url(environ),
            database=database_settings(environ),
            dev=is_dev(environ),
            files=files_folder(environ),
            egress_proxy=egress_proxy(environ),
        )
