"""The whole HTTP side: health, metrics, request ids, languages; and that no secret is written down."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from api.app import create_app, locale_of
from api.settings import Settings
from db.enums import Locale
from db.session import Store
from db.settings import DatabaseSettings
from db.vault import Vault
from tests import make
from tests.asking import Api
from tests.conftest import SECRET_KEY


@contextmanager
def all_words(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Everything that we log or print meanwhile (the client's own log is the test's)."""
    caplog.set_level(0)
    words: list[str] = []
    with capture_logs() as logs:
        yield words
    words += [json.dumps(logs, default=str, ensure_ascii=False), *capsys.readouterr()]
    words += [record.getMessage() for record in caplog.records if not record.name.startswith("http")]


async def test_alive_and_ready(api: Api) -> None:
    alive, ready = await api.http.get("/healthz"), await api.http.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_without_its_database_it_is_alive_and_not_ready(store: Store) -> None:
    url = "sqlite+aiosqlite:////nowhere/at/all.db" if store.is_sqlite else "postgresql+asyncpg://x@127.0.0.1:1/x"
    lost = Store(url, Vault(SECRET_KEY))
    app = create_app(Settings(DatabaseSettings(url, SECRET_KEY)), store=lost)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://x") as http:
        alive, ready = await http.get("/healthz"), await http.get("/readyz")
    await lost.close()

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.headers["retry-after"] == "1"
    assert "nowhere" not in ready.text
    assert "127.0.0.1" not in ready.text


async def test_who_is_stopping_is_not_ready(store: Store) -> None:
    settings = Settings(DatabaseSettings(store.url.render_as_string(hide_password=False), SECRET_KEY))
    app = create_app(settings, store=store)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://x") as http:
        async with app.router.lifespan_context(app):
            assert (await http.get("/readyz")).status_code == 200
        stopping = await http.get("/readyz")
    assert (stopping.status_code, stopping.json()["problem"]) == (503, "stopping")


async def test_requests_are_counted_by_route_method_and_status(api: Api) -> None:
    await api.http.get("/nothing/here")
    told = await api.http.get("/metrics")

    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/plain")
    assert 'waybridge_http_requests_total{method="GET",route="other",status="404"}' in told.text
    assert "waybridge_http_seconds_bucket" in told.text


@pytest.mark.parametrize("given", ["my-id-1", "a" * 100, "A.b_c:d-0"])
async def test_a_well_formed_request_id_is_kept(api: Api, store: Store, given: str) -> None:
    who = await make.merchant(store)
    answer = await api.http.post(
        "/graphql", json={"query": "{ viewer { kind } }"}, headers={**who.headers, "x-request-id": given}
    )
    assert answer.headers["x-request-id"] == answer.json()["extensions"]["requestId"] == given
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", " ", "a b", "a" * 101, 'x"y', "<script>", "é"])
async def test_another_request_id_is_replaced(api: Api, given: str) -> None:
    answer = await api.http.get("/healthz", headers=[(b"x-request-id", given.encode())])
    assert len(answer.headers["x-request-id"]) == 36
    assert given.strip() not in answer.headers["x-request-id"] or not given.strip()


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", Locale.EN),
        ("zh", Locale.ZH),
        ("zh-CN,zh;q=0.9,en;q=0.8", Locale.ZH),
        ("en-GB,zh;q=0.9", Locale.EN),
        ("fr-FR,ZH-Hans;q=0.7", Locale.ZH),
        ("fr", Locale.EN),
        ("*", Locale.EN),
        (",;q=,,", Locale.EN),
        ("fr," * 30 + "zh", Locale.EN),
    ],
)
def test_the_language_is_the_first_of_ours(header: str, locale: Locale) -> None:
    assert locale_of(header) is locale


async def test_a_key_is_written_down_nowhere(
    api: Api, store: Store, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    who = await make.merchant(store)
    with all_words(capsys, caplog) as words:
        await api.ask(who, "{ viewer { kind } }")
        await api.raw(make.Someone(who.partner, who.key[:-1]), "{ viewer { kind } }")
        await api.http.get(f"/graphql?query={who.key}", headers=who.headers)

    written = "".join(words)
    assert "answered" in written
    assert who.key not in written
    assert who.key[:-1] not in written
    assert who.key[:-1] not in (await api.http.get("/metrics")).text


async def test_a_push_token_is_written_down_nowhere(
    api: Api, store: Store, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    seller = await make.merchant(store)
    account = await make.account(store, seller.merchant_id)
    token = account.open(store.vault, "push_token") or ""
    paths = [f"/carriers/sf/push/{token}", f"/carriers/zto/push/{token}", f"/carriers/sf/push/{token}/more"]
    with all_words(capsys, caplog) as words:
        for path in paths:
            await api.http.post(path, content=b"{}")
            await api.http.get(path)

    written = "".join(words) + (await api.http.get("/metrics")).text
    assert "answered" in written
    assert token not in written


async def test_no_path_of_a_strangers_choosing_becomes_a_label(api: Api) -> None:
    for word in ("aaaa", "bbbb"):
        await api.http.post(f"/carriers/{word}/push/x", content=b"{}")
        await api.http.request(word.upper(), f"/{word}")
    told = (await api.http.get("/metrics")).text
    assert "aaaa" not in told
    assert "BBBB" not in told


async def test_a_failure_of_ours_is_masked_and_its_request_id_told(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is made to fail as a lost database would; what it says stays with us."""
    who: Any = await make.merchant(store)
    await api.ask(who, "{ viewer { kind } }")

    def broken(*_: Any) -> Any:
        raise ConnectionError("postgresql://user:password@host/db")

    monkeypatch.setattr(store, "reading", broken)
    answer = await api.http.post("/graphql", json={"query": "{ carriers { code } }"}, headers=who.headers)

    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert "password" not in answer.text
