"""Labels at their carriers: made, kept as files, taken back, each a job done after the commit.

An answer that was lost is asked for before anything is sent again, as with pickups (``worker.bookings``). A carrier that
makes no labels gets one of our own drawing, with its barcode."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from aftersales import label_answers as answers
from aftersales import label_files, labels
from aftersales.access import Opened
from aftersales.calling import Caller
from carriers.booking import Booked, Booking, LabelFile
from carriers.carrier import CannotAsk, Unreadable
from db.models.cases import Case
from db.models.labels import LabelState, ReturnLabel
from db.models.messages import Job
from db.reach import EVERYTHING
from worker.jobs import Kind

NO_FILE = "The carrier made the label but gives no file of it that can be printed."


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who makes the label: its account opened, its carrier's ability."""

    account: Opened
    ability: Booking


async def order(caller: Caller, job: Job) -> None:
    """Has the label made; nothing where the wish is gone by now."""
    label = await _label(caller, job)
    if label.state is not LabelState.PENDING:
        return
    desk = await _desk(caller, label)
    if desk is None:
        await _draw(caller, label)
        return
    async with caller.store.reading(EVERYTHING) as session:
        wish = await answers.order_of(session, caller.store.vault, label)
    wish = replace(wish, method=answers.made_as(label, desk.ability.methods) or wish.method)
    try:
        reply = await caller.call(desk.account, partial(desk.ability.request, wish))
    except CannotAsk as no:
        await _refuse(caller, label, str(no))
        return
    await _write(caller, label, desk.ability.read(reply, wish))


async def asked(caller: Caller, job: Job) -> bool:
    """Whether an earlier try made it: asked by our reference. False: it may be sent again. A label whose number is known
    was made; one of ours may be drawn again."""
    label = await _label(caller, job)
    desk = await _desk(caller, label)
    if desk is None or desk.ability.same_reference_same_booking:
        return False
    if desk.ability.asking is not None:
        try:
            reply = await caller.call(desk.account, partial(desk.ability.asking.request, answers.ref_of(label)))
            found = desk.ability.asking.read(reply, answers.ref_of(label))
        except (CannotAsk, Unreadable):  # it does not say of this one whether there is one
            await _doubt(caller, label)
            raise
        if found is not None:
            await _write(caller, label, found)
        return found is not None
    if label.tracking_number or label.confirmation:
        await _refuse(caller, label, NO_FILE)
        return True
    if label.state is LabelState.PENDING:
        await _doubt(caller, label)
        raise CannotAsk(
            "a label was asked for and the answer lost; ask the carrier, it can neither be asked nor sent again"
        )
    return True


async def void(caller: Caller, job: Job) -> None:
    """Tells the carrier that the label will not be used, and takes its file away. A label that it never made is done."""
    label = await _label(caller, job)
    if label.file_name is not None:
        await asyncio.to_thread((caller.files / label.file_name).unlink, missing_ok=True)
    desk = await _desk(caller, label)
    if desk is None or desk.ability.canceling is None or label.asked_at is None:
        return
    ref = answers.ref_of(label)
    if not (ref.number or ref.confirmation):
        return
    reply = await caller.call(desk.account, partial(desk.ability.canceling.request, ref, None))
    if any(error.retryable for error in desk.ability.canceling.read(reply, ref)):
        raise Unreadable("the carrier did not cancel yet")


async def tidy(caller: Caller, at_most: int = 500) -> int:
    """Takes away the files of labels of returns that have ended, once the last link to them is no longer good, a few at a
    time; the labels stay. The file goes first: whoever is cut off between finds it again. Gives how many."""
    last = caller.clock() - label_files.LINK_LASTS
    over = (Case.finalized_at < last, ReturnLabel.file_name.is_not(None))
    is_closed = or_(ReturnLabel.expires_at < last, ReturnLabel.expires_at.is_(None))
    wanted = select(ReturnLabel.id, ReturnLabel.file_name).join(Case, Case.id == ReturnLabel.return_id)
    async with caller.store.reading(EVERYTHING) as session:
        rows = await session.execute(wanted.where(*over, is_closed).limit(at_most))
        found = [(id_, name) for id_, name in rows if name is not None]
    if not found:
        return 0
    for _, name in found:
        await asyncio.to_thread((caller.files / name).unlink, missing_ok=True)
    gone = update(ReturnLabel).where(ReturnLabel.id.in_([id_ for id_, _ in found])).values(file_name=None)
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await session.execute(gone, execution_options={"synchronize_session": False})
    return len(found)


async def _label(caller: Caller, job: Job) -> ReturnLabel:
    """The label as it stands, its merchant's key at hand."""
    await caller.store.keys_of(job.merchant_id)
    async with caller.store.reading(EVERYTHING) as session:
        found = await session.scalar(select(ReturnLabel).where(ReturnLabel.id == UUID(job.arguments["label"])))
    assert found is not None, "labels are not deleted"
    return found


async def _desk(caller: Caller, label: ReturnLabel) -> _Desk | None:
    """None where the carrier makes no such label, or the merchant has no account: it is ours to draw."""
    carrier = caller.carriers.get(label.carrier_code or "")
    if carrier is None or carrier.booking is None or answers.made_as(label, carrier.booking.methods) is None:
        return None
    if label.account_id is None:
        return None
    accounts = await caller.accounts([label.account_id])
    account = accounts.get(label.account_id)
    return None if account is None else _Desk(account, carrier.booking)


async def _doubt(caller: Caller, label: ReturnLabel) -> None:
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await answers.doubted(session, label.id, caller.clock())


async def _write(caller: Caller, label: ReturnLabel, booked: Booked) -> None:
    """What the carrier answered: its number first, then the file, then that there is one. A crash in between is asked
    about again."""
    vault, now = caller.store.vault, caller.clock()
    if not booked.was_taken:
        no = booked.errors[0].message if booked.errors else "The carrier made no label."
        await _refuse(caller, label, no)
        return
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await answers.taken(session, vault, label.id, booked, now)
    made = _best(label, booked)
    if made is None:
        await _refuse(caller, label, NO_FILE)
        return
    await _keep(caller, label, made)


async def _draw(caller: Caller, label: ReturnLabel) -> None:
    async with caller.store.reading(EVERYTHING) as session:
        printed = await answers.printed(session, label)
    content = await asyncio.to_thread(_drawing().page, printed)
    await _keep(caller, label, LabelFile("application/pdf", content))


async def _keep(caller: Caller, label: ReturnLabel, made: LabelFile) -> None:
    """The file, outside any transaction; then the word of it."""
    name = await asyncio.to_thread(label_files.keep, caller.store.vault, caller.files, label, made.content)
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await answers.ready(session, label.id, answers.Made(name, made.media_type), caller.clock())


async def _refuse(caller: Caller, label: ReturnLabel, why: str) -> None:
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await answers.refused(session, caller.store.vault, label.id, why, caller.clock())


def _best(label: ReturnLabel, booked: Booked) -> LabelFile | None:
    """Of the files the one for this way: a code to show or a page to print. The text of a code is drawn."""
    order = ["text/plain", "image/png", "application/pdf"]
    ranked = order if answers.prefers_code(label) else order[::-1]
    for media_type in ranked:
        for file in booked.labels:
            if file.media_type == media_type and (made := _usable(file)) is not None:
                return made
    return None


def _usable(file: LabelFile) -> LabelFile | None:
    if file.media_type == "text/plain":
        try:
            return LabelFile("image/png", _drawing().code_picture(file.content.decode()), file.number)
        except ValueError:
            return None
    return file if label_files.is_label(file.media_type, file.content) else None


KINDS: Mapping[str, Kind] = {labels.ORDER: Kind(order, asked), labels.VOID: Kind(void)}
"""Cancelling what is cancelled changes nothing; making a label is asked about first."""


def _drawing() -> Any:
    """The drawing of labels, loaded when the first is drawn: its library takes fifteen megabytes, and most processes draw
    none."""
    return import_module("aftersales.label_drawing")
