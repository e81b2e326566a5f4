"""``waybridge webhooks``: listed, shown, tried out, told again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import webhooks
from aftersales.webhooks import EndpointWish
from db.enums import AttemptProblem, DeliveryStatus, DisabledBecause, SigningScheme
from db.ids import typeid, uuid7
from db.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.cli.conftest import Command, said
from tests.worker.receiving import owner_of
from worker import fanout, sealing

InStore = Callable[[Any], Any]


@pytest.fixture
def kept(in_store: InStore) -> tuple[make.Someone, WebhookEndpoint, WebhookEndpoint]:
    """A merchant with an endpoint that was told of three parcels, one in vain, and one that is gone."""

    async def write(store: Store) -> Any:
        seller = await make.merchant(store)
        async with store.writing(EVERYTHING) as session:
            made = [
                await webhooks.create(
                    session, store.vault, owner_of(seller), EndpointWish(url, ["*"]), SigningScheme.HMAC_SHA256, now=NOW
                )
                for url in ("https://hook.example/secret-path", "https://gone.example:8443/")
            ]
            made[1].disabled_at, made[1].disabled_because = NOW, DisabledBecause.GONE
        for number in range(3):
            await make.shipment(store, seller.merchant_id, f"SF72000000000{number:02}")
        await sealing.drain(store)
        while await fanout.fan_out(store, NOW):
            pass
        async with store.writing(EVERYTHING) as session:
            rows = list(await session.scalars(select(WebhookDelivery).where(WebhookDelivery.endpoint_id == made[0].id)))
            for row in rows:
                row.status, row.next_at = DeliveryStatus.DELIVERED, None
            rows[-1].status, rows[-1].attempts = DeliveryStatus.FAILED, 1
            attempt = {"delivery_id": rows[-1].id, "endpoint_id": made[0].id, "started_at": NOW, "duration_ms": 5}
            session.add(WebhookAttempt(**attempt, http_status=500, problem=AttemptProblem.ANSWERED))
        return seller, *made

    found: tuple[make.Someone, WebhookEndpoint, WebhookEndpoint] = in_store(write)
    return found


NOW = datetime.now(UTC).replace(microsecond=0)
Kept = tuple[make.Someone, WebhookEndpoint, WebhookEndpoint]


def test_endpoints_are_listed_without_their_paths(waybridge: Command, kept: Kept) -> None:
    seller, well, gone = kept
    whose = ("--partner", seller.partner.typeid)

    rows = waybridge("webhooks", "list", "--json", *whose).json

    assert rows[0] == {
        "id": well.typeid,
        "partner": seller.partner.typeid,
        "host": "hook.example",
        "state": "WELL",
        "topics": ["*"],
    }
    assert [each["id"] for each in rows] == [well.typeid, gone.typeid]
    assert waybridge("webhooks", "list", "--failing", "--json", *whose).json == [rows[1]]
    assert rows[1]["state"] == "GONE"
    assert "secret-path" not in waybridge("webhooks", "list").out


def test_an_endpoint_is_shown_without_its_secret(waybridge: Command, kept: Kept) -> None:
    _, well, _ = kept

    shown = waybridge("webhooks", "show", well.typeid, "--json").json
    text = waybridge("webhooks", "show", well.typeid).out

    assert shown["url"] == "https://hook.example/secret-path"
    assert shown["deliveries"] == {"WAITING": 0, "DELIVERED": 2, "FAILED": 1}
    assert "0 waiting, 2 delivered, 1 failed" in text
    assert "whsec_" not in text + str(shown)


def test_deliveries_are_listed_with_their_last_attempt(waybridge: Command, kept: Kept) -> None:
    _, well, _ = kept

    [failed] = waybridge("webhooks", "deliveries", well.typeid, "--status", "failed", "--json").json

    assert (failed["kind"], failed["problem"], failed["httpStatus"]) == ("shipment.registered", "ANSWERED", 500)
    assert failed["subject"].startswith("shp_")
    assert len(waybridge("webhooks", "deliveries", well.typeid, "--limit", "2", "--json").json) == 2


def test_a_test_is_queued_and_a_disabled_endpoint_takes_none(waybridge: Command, kept: Kept) -> None:
    _, well, gone = kept

    queued = waybridge("webhooks", "test", well.typeid, "--json").json
    [waits] = waybridge("webhooks", "deliveries", well.typeid, "--status", "waiting", "--json").json
    refused = waybridge("webhooks", "test", gone.typeid)

    assert (queued["delivery"], waits["kind"]) == (waits["id"], "webhook.test")
    assert refused.code == 2
    assert "disabled" in refused.err


def test_a_stretch_or_single_deliveries_are_told_again(waybridge: Command, kept: Kept) -> None:
    _, well, _ = kept
    [failed] = waybridge("webhooks", "deliveries", well.typeid, "--status", "failed", "--json").json

    one = waybridge("webhooks", "replay", well.typeid, "--delivery", failed["id"], "--json").json
    waiting = waybridge("webhooks", "deliveries", well.typeid, "--status", "waiting", "--json").json
    later = (NOW + timedelta(days=400)).date().isoformat()
    none = waybridge("webhooks", "replay", well.typeid, "--since", later)
    rest = waybridge("webhooks", "replay", well.typeid, "--since", "9000d", "--json").json

    assert one == {"replayed": 1}
    assert [each["id"] for each in waiting] == [failed["id"]]
    assert none.out.split() == ["replayed", "0"]
    assert rest == {"replayed": 3}


@pytest.mark.parametrize(
    "words",
    [
        ("show", "whk_nothing"),
        ("show", typeid("whk", uuid7())),
        ("replay", "ID"),
        ("replay", "ID", "--since", "1d", "--delivery", "dlv_x"),
        ("replay", "ID", "--delivery", "whk_x"),
        ("replay", "ID", "--delivery", typeid("dlv", uuid7())),
        ("replay", "ID", "--since", "someday"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(waybridge: Command, kept: Kept, words: tuple[str, ...]) -> None:
    told = waybridge("webhooks", *(kept[1].typeid if word == "ID" else word for word in words))

    assert told.code == 2
    assert told.err.count("\n") == 1


def test_the_version_is_printed() -> None:
    told = said("--version")

    assert (told.code, told.out) == (0, f"waybridge {version('waybridge')}\n")
