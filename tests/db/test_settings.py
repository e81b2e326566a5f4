import base64
import stat
import threading
from pathlib import Path

import pytest

from db.settings import BadSetting, database_settings, database_url, key_file

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (None, "sqlite+aiosqlite:///waybridge.db"),
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("sqlite+aiosqlite:////var/x.db", "sqlite+aiosqlite:////var/x.db"),
        ("postgres://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql://u:p%40@h:5433/d", "postgresql+asyncpg://u:p%40@h:5433/d"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"),
    ],
)
def test_a_url_is_given_its_async_driver(given: str | None, used: str) -> None:
    environ = {} if given is None else {"WAYBRIDGE_DATABASE_URL": given}

    assert database_url(environ).render_as_string(hide_password=False) == used


def test_a_given_key_is_used_and_none_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/w.db"

    settings = database_settings({"WAYBRIDGE_DATABASE_URL": url, "WAYBRIDGE_SECRET_KEY": KEY})

    assert settings.secret_key == bytes(range(32))
    assert list(tmp_path.iterdir()) == []
    assert KEY not in repr(settings)


def test_a_made_key_is_kept_for_the_next_time(tmp_path: Path) -> None:
    environ = {"WAYBRIDGE_DATABASE_URL": f"sqlite:///{tmp_path}/w.db"}

    first, second = database_settings(environ), database_settings(environ)

    assert first.secret_key == second.secret_key
    assert stat.S_IMODE(key_file(tmp_path / "w.db").stat().st_mode) == 0o600


def test_many_who_start_together_keep_one_key(tmp_path: Path) -> None:
    environ = {"WAYBRIDGE_DATABASE_URL": f"sqlite:///{tmp_path}/w.db"}
    found: list[bytes] = []
    starters = [threading.Thread(target=lambda: found.append(database_settings(environ).secret_key)) for _ in range(16)]

    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()

    assert len(found) == 16
    assert len(set(found)) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["w.db.key"]


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_a_damaged_key_file_is_named_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "w.db.key").write_text(text)

    with pytest.raises(BadSetting) as bad:
        database_settings({"WAYBRIDGE_DATABASE_URL": f"sqlite:///{tmp_path}/w.db"})

    assert bad.value.name == f"{tmp_path}/w.db.key"
    assert (tmp_path / "w.db.key").read_text() == text


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be kept here"):
        database_settings({"WAYBRIDGE_DATABASE_URL": f"sqlite:///{tmp_path}/no/w.db"})
