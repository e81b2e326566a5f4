"""Goods go back with a label or a code, told through GraphQL, with the carriers' sandboxes over HTTP."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aftersales import label_files
from carriers.booking import Booked, LabelFile
from carriers.carrier import ReadError, Reply
from carriers.registry import BY_CODE
from db.case_enums import ReturnMethod
from tests import make
from tests.returning import change
from tests.stories.conftest import Stage
from tests.stories.labeling import american, buyer, fetched, files_in, seen, sent_back
from worker import labels


async def test_a_label_is_made_printed_and_followed(stage: Stage, tmp_path: Path, ways: Any) -> None:
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


async def test_the_file_is_sealed_and_its_link_is_short_lived(stage: Stage, tmp_path: Path, ways: Any) -> None:
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


async def test_a_carrier_without_labels_gets_one_of_ours(stage: Stage, tmp_path: Path, ways: Any) -> None:
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


async def test_the_text_of_a_code_is_drawn(stage: Stage, tmp_path: Path, ways: Any) -> None:
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


async def test_a_refused_label_brings_the_next_way(stage: Stage, ways: Any) -> None:
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


async def test_a_cancelled_return_takes_its_label_back(stage: Stage, tmp_path: Path, ways: Any) -> None:
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


async def test_the_file_goes_when_its_return_has_ended_and_the_label_stays(
    stage: Stage, tmp_path: Path, ways: Any
) -> None:
    who = await stage.seller("kuaidi100")
    order = await stage.order(who)
    ways((ReturnMethod.LABEL, "kuaidi100"))
    rma = await sent_back(stage, who, order)
    await stage.work()
    [label] = (await seen(stage, who, rma))["labels"]
    stage.api.clock.now = datetime.fromisoformat(label["expiresAt"])
    await stage.work()
    told = await seen(stage, who, rma)
    assert (told["status"], told["labels"][0]["url"]) == ("EXPIRED", None)
    assert len(files_in(tmp_path)) == 1  # a link that was given at the last moment is good for a while

    stage.api.clock.now += label_files.LINK_LASTS + timedelta(seconds=1)
    assert await labels.tidy(stage.worker.caller) > 0
    assert await labels.tidy(stage.worker.caller) == 0

    assert files_in(tmp_path) == []
    [kept] = (await seen(stage, who, rma))["labels"]
    assert (kept["state"], kept["reference"], kept["url"]) == ("READY", label["reference"], None)


async def test_the_file_of_a_return_under_way_stays(stage: Stage, tmp_path: Path, ways: Any) -> None:
    who = await stage.seller("kuaidi100")
    order = await stage.order(who)
    ways((ReturnMethod.LABEL, "kuaidi100"))
    rma = await sent_back(stage, who, order)
    await stage.work()
    lines = [{"id": each["id"], "received": each["quantity"]} for each in rma["lines"]]
    await change(stage.api, who, "returnReceive", rma, lines=lines)

    stage.api.clock.now += timedelta(days=60)
    await labels.tidy(stage.worker.caller)

    assert len(files_in(tmp_path)) == 1


async def test_a_buyer_sees_their_own_labels_only(stage: Stage, ways: Any) -> None:
    who, order = await american(stage, "fedex")
    ways((ReturnMethod.LABEL, "fedex"))
    rma = await sent_back(stage, who, order)
    await stage.work()
    stranger = {"externalId": uuid4().hex, "name": "N"}
    other = await make.order(stage.store, who.merchant_id, uuid4().hex, customer=stranger)

    [own] = (await seen(stage, buyer(stage, order.order), rma))["labels"]
    assert own["url"] is not None
    assert await seen(stage, buyer(stage, other), rma) is None
