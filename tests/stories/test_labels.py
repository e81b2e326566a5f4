"""Goods go back with a label or a code, told through GraphQL, with the carriers' sandboxes over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from aftersales import credentials, label_files, planning
from aftersales.rules.planning import Route
from carriers.booking import Asking, Booked, LabelFile
from carriers.carrier import ReadError, Reply, Unreadable
from carriers.registry import BY_CODE
from carriers.wire import json_request
from db.case_enums import ReturnMethod
from db.enums import PartnerKind
from db.models.orders import Order
from db.models.partners import CarrierAccount, Partner
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from tests import make
from tests.asking import serving
from tests.returning import Bought, bought, change, requested
from tests.stories.conftest import Stage

SEEN = """query($id: ID!) { return(id: $id) { status method waitingOn
  labels { id state method carrier { code } trackingNumber reference mediaType url urlExpiresAt expiresAt reason doubtful }
  shipments { trackingNumber direction status } lines { logistics } } }"""
AMERICAN = {
    "name": "Jane Smith",
    "country": "US",
    "region": "IL",
    "city": "Springfield",
    "street": ["456 Oak Avenue"],
    "postalCode": "62701",
}
HOUSE = """{"name": "Returns", "phone": "+12015550199", "country": "US", "region": "New Jersey", "regionCode": "US-NJ",
  "city": "Allendale", "street": ["123 Main Street"], "postalCode": "07401", "company": "Shop"}"""


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says which ways the plan ranks: (method, carrier) each."""

    def plan(*routes: tuple[ReturnMethod, str]) -> None:
        async def planned(session: Any, _vault: Any, goods: Any, _now: Any) -> list[Route]:
            rows = await session.scalars(
                select(CarrierAccount).where(CarrierAccount.merchant_id == goods[0].merchant_id)
            )
            accounts = {row.carrier_code: str(row.id) for row in rows}
            return [Route(method, carrier, accounts.get(carrier)) for method, carrier in routes]

        monkeypatch.setattr(planning, "plan", planned)

    return plan


@pytest.fixture
def stage_of_files(stage: Stage, tmp_path: Path) -> Stage:
    stage.worker.settings = replace(stage.worker.settings, files=tmp_path)
    return stage


async def american(stage: Stage, *carriers: str) -> tuple[make.Someone, Bought]:
    who = await stage.seller(*carriers)
    async with stage.store.writing(EVERYTHING) as session:
        house = await session.scalar(select(Warehouse).where(Warehouse.merchant_id == who.merchant_id))
        assert house is not None
        house.country = "US"
        house.seal(stage.store.vault, address=HOUSE)
    address = {**AMERICAN, "phone": "+12175551234"}
    yesterday = stage.api.clock.now - timedelta(days=1)
    customer = {"externalId": uuid4().hex, "name": "Jane Smith", "phone": "+12175551234"}
    return who, await bought(stage.store, who, delivered_at=yesterday, shippingAddress=address, customer=customer)


async def sent_back(stage: Stage, who: make.Someone, order: Bought) -> Any:
    """An approved return of a piece of it."""
    rma = (await requested(stage.api, who, order.line()))["return"]
    if rma["status"] == "APPROVED":
        return rma
    return (await change(stage.api, who, "returnApprove", rma, kind="ReturnRefInput"))["return"]


def files_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


async def seen(stage: Stage, who: Any, rma: dict[str, Any]) -> Any:
    return (await stage.api.ask(who, SEEN, id=rma["id"]))["return"]


async def fetched(stage: Stage, folder: Path, url: str) -> Any:
    """What the link gives, at a door over the same store and folder."""
    async with serving(stage.store, files=folder) as door:
        door.clock.now = stage.api.clock.now
        return await door.http.get("/files/" + url.split("/files/")[1])


async def test_a_label_is_made_printed_and_followed(stage_of_files: Stage, tmp_path: Path, ways: Any) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex")
    ways((ReturnMethod.LABEL, "fedex"))
    rma = await sent_back(stage, who, order)
    [pending] = (await seen(stage, who, rma))["labels"]
    assert (pending["state"], pending["url"], pending["carrier"]) == ("PENDING", None, {"code": "fedex"})

    await stage.work()

    told = await seen(stage, who, rma)
    [label] = told["labels"]
    assert (label["state"], label["mediaType"], label["doubtful"]) == ("READY", "application/pdf", False)
    assert label["expiresAt"] is not None
    [parcel] = told["shipments"]
    assert (parcel["trackingNumber"], parcel["direction"]) == (label["trackingNumber"], "REVERSE")
    assert told["lines"][0]["logistics"] == "LABELED"
    given = await fetched(stage, tmp_path, label["url"])
    assert (given.status_code, given.headers["content-type"]) == (200, "application/pdf")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-disposition"] == f'attachment; filename="{label["id"]}.pdf"'
    assert given.content.startswith(b"%PDF-")


async def test_the_file_is_sealed_and_its_link_is_short_lived(stage_of_files: Stage, tmp_path: Path, ways: Any) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex")
    ways((ReturnMethod.LABEL, "fedex"))
    rma = await sent_back(stage, who, order)
    await stage.work()
    [label] = (await seen(stage, who, rma))["labels"]

    [file] = files_in(tmp_path)
    assert b"%PDF" not in file.read_bytes()
    other = label["url"][:-3] + ("AAA" if not label["url"].endswith("AAA") else "BBB")
    assert (await fetched(stage, tmp_path, other)).status_code == 403
    assert (await fetched(stage, tmp_path, "x/files/é")).status_code == 403
    file.unlink()
    assert (await fetched(stage, tmp_path, label["url"])).status_code == 404
    stage.api.clock.now += label_files.LINK_LASTS
    assert (await fetched(stage, tmp_path, label["url"])).status_code == 403


async def test_a_carrier_without_labels_gets_one_of_ours(stage_of_files: Stage, tmp_path: Path, ways: Any) -> None:
    stage = stage_of_files
    who = await stage.seller("kuaidi100")
    order = await stage.order(who)
    ways((ReturnMethod.LABEL, "kuaidi100"))
    rma = await sent_back(stage, who, order)

    await stage.work()

    [label] = (await seen(stage, who, rma))["labels"]
    assert (label["state"], label["mediaType"], label["trackingNumber"]) == ("READY", "application/pdf", None)
    given = await fetched(stage, tmp_path, label["url"])
    assert given.content.startswith(b"%PDF-")
    assert "王小明".encode() not in given.content


async def test_the_text_of_a_code_is_drawn(stage_of_files: Stage, tmp_path: Path, ways: Any) -> None:
    stage = stage_of_files
    who = await stage.seller("dhl_parcel_de")
    order = await stage.order(who)
    ways((ReturnMethod.BOX_FREE_QR, "dhl_parcel_de"))
    carrier = BY_CODE["dhl_parcel_de"]
    assert carrier.booking is not None

    def read(_reply: Reply, _order: Any) -> Booked:
        return Booked(number="340434188193", labels=(LabelFile("text/plain", b"340434188193"),))

    stage.worker.carriers = {**BY_CODE, carrier.code: replace(carrier, booking=replace(carrier.booking, read=read))}
    rma = await sent_back(stage, who, order)

    await stage.work()

    [label] = (await seen(stage, who, rma))["labels"]
    assert (label["state"], label["mediaType"]) == ("READY", "image/png")
    assert (await fetched(stage, tmp_path, label["url"])).content.startswith(b"\x89PNG")


async def test_a_refused_label_brings_the_next_way(stage_of_files: Stage, ways: Any) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex", "kuaidi100")
    ways((ReturnMethod.LABEL, "fedex"), (ReturnMethod.LABEL, "kuaidi100"))
    carrier = BY_CODE["fedex"]
    assert carrier.booking is not None

    def refused(_reply: Reply, _order: Any) -> Booked:
        return Booked(errors=(ReadError("X1", "Not from there."),))

    stage.worker.carriers = {**BY_CODE, "fedex": replace(carrier, booking=replace(carrier.booking, read=refused))}
    rma = await sent_back(stage, who, order)

    await stage.work()

    first, second = (await seen(stage, who, rma))["labels"]
    assert (first["state"], first["reason"], first["carrier"]["code"]) == ("FAILED", "Not from there.", "fedex")
    assert (second["state"], second["carrier"]["code"]) == ("READY", "kuaidi100")


async def test_a_cancelled_return_takes_its_label_back(stage_of_files: Stage, tmp_path: Path, ways: Any) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex")
    ways((ReturnMethod.LABEL, "fedex"))
    rma = await sent_back(stage, who, order)
    await stage.work()
    [label] = (await seen(stage, who, rma))["labels"]

    await change(stage.api, who, "returnCancel", rma)
    assert (await fetched(stage, tmp_path, label["url"])).status_code == 404
    await stage.work()

    [voided] = (await seen(stage, who, rma))["labels"]
    assert (voided["state"], voided["url"]) == ("VOIDED", None)
    assert files_in(tmp_path) == []
    [entry] = stage.book.desk("fedex").entries.values()
    assert entry.canceled_at is not None


async def test_a_buyer_sees_their_own_labels_only(stage_of_files: Stage, ways: Any) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex")
    ways((ReturnMethod.LABEL, "fedex"))
    rma = await sent_back(stage, who, order)
    await stage.work()
    stranger = {"externalId": uuid4().hex, "name": "N"}
    other = await make.order(stage.store, who.merchant_id, uuid4().hex, customer=stranger)

    [own] = (await seen(stage, buyer(stage, order.order), rma))["labels"]
    assert own["url"] is not None
    assert await seen(stage, buyer(stage, other), rma) is None


def buyer(stage: Stage, order: Order) -> make.Someone:
    now, scopes = stage.api.clock.now, ("returns:read", "shipments:read")
    given = (order.merchant_id, order.customer_id, timedelta(hours=1), now, scopes)
    token, _ = credentials.mint_customer_token(stage.store.vault, *given)
    return make.Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), token)


def forgetful(stage: Stage, asking: Asking | None) -> list[int]:
    """FedEx, whose first answer is lost. Gives what counts how often a label was asked for."""
    carrier, asked = BY_CODE["fedex"], [0]
    assert carrier.booking is not None
    of_old = carrier.booking.read

    def read(reply: Reply, order: Any) -> Booked:
        asked[0] += 1
        if asked[0] == 1:
            raise Unreadable("cut off")
        return of_old(reply, order)

    changed = replace(carrier.booking, read=read, asking=asking)
    stage.worker.carriers = {**BY_CODE, "fedex": replace(carrier, booking=changed)}
    return asked


async def after_a_while(stage: Stage) -> None:
    for _ in range(6):
        stage.api.clock.now += timedelta(seconds=10)
        await stage.work(1)


async def test_a_label_whose_answer_was_lost_is_sent_no_second_time(stage_of_files: Stage, ways: Any) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex")
    ways((ReturnMethod.LABEL, "fedex"))
    asked = forgetful(stage, None)
    rma = await sent_back(stage, who, order)

    await stage.work()
    await after_a_while(stage)

    [label] = (await seen(stage, who, rma))["labels"]
    assert (label["state"], label["doubtful"], asked) == ("PENDING", True, [1])


async def test_a_label_whose_answer_was_lost_is_asked_for(stage_of_files: Stage, ways: Any) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex", "kuaidi100")
    ways((ReturnMethod.LABEL, "fedex"))
    found = Booked(number="794600000000", labels=(LabelFile("application/pdf", b"%PDF-1.4 x"),))
    rates = {"accountNumber": {"value": "1"}}
    ask = Asking(
        lambda _ref, access: json_request("POST", access.base_url + "/rate/v1/rates/quotes", rates, {}),
        lambda *_: found,
    )
    asked = forgetful(stage, ask)
    rma = await sent_back(stage, who, order)

    await stage.work()
    await after_a_while(stage)

    [label] = (await seen(stage, who, rma))["labels"]
    assert (label["state"], label["trackingNumber"], asked) == ("READY", "794600000000", [1])


async def test_a_label_that_the_carrier_gives_no_second_time_makes_room_for_another(
    stage_of_files: Stage, ways: Any
) -> None:
    stage = stage_of_files
    who, order = await american(stage, "fedex", "kuaidi100")
    ways((ReturnMethod.LABEL, "fedex"), (ReturnMethod.LABEL, "kuaidi100"))
    ask = Asking(
        lambda _ref, access: json_request("POST", access.base_url + "/rate/v1/rates/quotes", {}, {}),
        lambda *_: Booked(number="794600000001"),
    )
    forgetful(stage, ask)
    rma = await sent_back(stage, who, order)

    await stage.work()
    await after_a_while(stage)

    first, second = (await seen(stage, who, rma))["labels"]
    assert (first["state"], first["trackingNumber"]) == ("FAILED", "794600000001")
    assert (second["state"], second["carrier"]["code"]) == ("READY", "kuaidi100")
