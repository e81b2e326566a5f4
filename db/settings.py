"""Where the store is and what opens it, read from the environment once: WAYBRIDGE_DATABASE_URL and WAYBRIDGE_SECRET_KEY."""

import base64
import contextlib
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.session import Store
from db.vault import Vault, parse_master

DEFAULT_URL = "sqlite+aiosqlite:///waybridge.db"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class BadSetting(Exception):
    """A setting cannot be used. ``name`` is the variable or file; the sentence says what to do, never a secret."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """``url`` names an async driver and may hold a password; ``secret_key`` is the vault's master key of 32 bytes."""

    url: str = field(repr=False)
    secret_key: bytes = field(repr=False)


def database_url(environ: Mapping[str, str]) -> URL:
    """The database's URL with its async driver: a SQLite file (``waybridge.db`` here, unless told) or PostgreSQL."""
    given = environ.get("WAYBRIDGE_DATABASE_URL") or DEFAULT_URL
    try:
        url = make_url(given)
    except ArgumentError:
        raise BadSetting("WAYBRIDGE_DATABASE_URL", "not a database URL such as sqlite:///waybridge.db") from None
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise BadSetting("WAYBRIDGE_DATABASE_URL", f"{url.get_backend_name()} is not sqlite or postgresql")
    if driver.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise BadSetting("WAYBRIDGE_DATABASE_URL", "SQLite needs a file, as in sqlite:///waybridge.db")
    return _asyncpg_words(url.set(drivername=driver))


def _asyncpg_words(url: URL) -> URL:
    """``sslmode`` is libpq's word for what asyncpg calls ``ssl``; hosts hand out URLs with the former."""
    mode = url.query.get("sslmode")
    if mode is None or url.get_backend_name() != "postgresql":
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def database_file(url: URL) -> Path | None:
    """The SQLite file of a URL; None on PostgreSQL."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def key_file(database: Path) -> Path:
    """Where the embedded default keeps its secret key: beside the database file."""
    return database.with_name(database.name + ".key")


def files_folder(environ: Mapping[str, str]) -> Path:
    """The folder for files (exports): WAYBRIDGE_FILES, else beside the SQLite file, else ``waybridge-files`` here. It is
    made when the first file is. BadSetting for an address."""
    given = environ.get("WAYBRIDGE_FILES")
    if given and "://" in given:
        raise BadSetting("WAYBRIDGE_FILES", "must be a folder")
    file = database_file(database_url(environ))
    return Path(given) if given else Path("waybridge-files") if file is None else file.with_name(file.name + ".files")


def database_settings(environ: Mapping[str, str], *, making: bool = True) -> DatabaseSettings:
    """The settings. Without WAYBRIDGE_SECRET_KEY a SQLite database's key is read from its file, or made there (mode
    600, whole or not at all; unless ``making``, a passing one that is kept nowhere); PostgreSQL must be given one.
    BadSetting otherwise."""
    url = database_url(environ)
    file = database_file(url)
    given = environ.get("WAYBRIDGE_SECRET_KEY")
    if given:
        key = _master(given, "WAYBRIDGE_SECRET_KEY")
    elif file is None:
        raise BadSetting(
            "WAYBRIDGE_SECRET_KEY", "PostgreSQL needs it: 32 random bytes in Base64 (openssl rand -base64 32)"
        )
    else:
        key = _kept_key(file, making=making)
    return DatabaseSettings(url.render_as_string(hide_password=False), key)


def open_store(settings: DatabaseSettings) -> Store:
    """The store of these settings; nothing is connected before its first use."""
    return Store(settings.url, Vault(settings.secret_key))


def _master(text: str, name: str) -> bytes:
    try:
        return parse_master(text.strip())
    except ValueError:
        raise BadSetting(name, "must be 32 bytes in Base64 (openssl rand -base64 32)") from None


def _kept_key(database: Path, *, making: bool) -> bytes:
    path = key_file(database)
    try:
        if not path.exists():
            if _holds_sealed_data(database) and not path.exists():
                raise BadSetting(
                    str(path), "this key opens the database and is gone: put it back or set WAYBRIDGE_SECRET_KEY"
                )
            if not making:
                return os.urandom(32)
            _make_key(path)
        return _master(path.read_text("ascii", "replace"), str(path))
    except OSError as bad:
        raise BadSetting(str(path), f"the secret key cannot be kept here: {bad.strerror}") from None


def _holds_sealed_data(database: Path) -> bool:
    """Whether merchants' data keys lie here already, so that a fresh secret key could not open them."""
    if not database.exists():
        return False
    address = f"file:{quote(str(database.absolute()))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as kept:
            return kept.execute("SELECT 1 FROM data_keys LIMIT 1").fetchone() is not None
    except sqlite3.Error as bad:
        if str(bad).startswith("no such table"):
            return False
        raise BadSetting(str(database), f"cannot be read: {bad}") from None


def _make_key(path: Path) -> None:
    """Written aside and linked into place: two processes that start together keep one key, a crash leaves none."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(32)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
