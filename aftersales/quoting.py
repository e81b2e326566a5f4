"""Prices asked of carriers: of all accounts at once, each within its time, outside any transaction; and kept for a day, so
that a return is planned without waiting for anybody."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP
from functools import partial
from typing import Any

from aftersales import failing, kept_quotes
from aftersales.access import Opened
from aftersales.calling import Caller
from aftersales.kept_quotes import End
from carriers.booking import Order, Quoted
from carriers.carrier import Carrier
from db.case_enums import ReturnMethod
from db.ids import uuid7
from db.models.base import minor_digits
from db.models.partners import CarrierAccount
from db.models.quotes import CarrierQuote

NO_PRICE = "The carrier told no price for this parcel and way."


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where a parcel goes, as answers are kept by it, and as carriers are told it."""

    start: End
    finish: End
    order: Order


@dataclass(frozen=True, slots=True)
class Question:
    """What one account is asked. ``at_door``: a courier collects it; None: the price is the same either way."""

    account: CarrierAccount
    way: Way
    at_door: bool | None

    @property
    def lane(self) -> tuple[Any, ...]:
        """What its answers are kept by, beside the way of handing in."""
        return (self.account.id, *self.way.start, self.way.order.weight_grams, *self.way.finish)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an account would take, at once bookable where its carrier names the service so."""

    question: Question
    quoted: Quoted
    asked_at: datetime

    @property
    def days(self) -> int | None:
        """How many days it takes, to the nearest."""
        at = self.quoted.delivery_at
        return None if at is None else max(0, round((at - self.asked_at) / timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Silent:
    """A carrier without an answer: a code to act on and a sentence."""

    carrier: str
    code: str
    because: str


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking: answers to keep, and who was silent."""

    rows: Sequence[CarrierQuote] = ()
    silent: tuple[Silent, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """How to ask: the way out and how many seconds each carrier has."""

    caller: Caller
    seconds: float = 2.0


def can_quote(carrier: Carrier) -> bool:
    """Whether it tells what a parcel costs."""
    return carrier.booking is not None and carrier.booking.pricing is not None and carrier.booking.pricing.is_whole


def questions(account: CarrierAccount, carrier: Carrier, way: Way, at_door: Collection[bool]) -> list[Question]:
    """What to ask an account of one parcel: once, or for each way of handing in where that is priced apart."""
    if not can_quote(carrier):
        return []
    assert carrier.booking
    assert carrier.booking.pricing
    mover = next(iter(carrier.booking.services), "") if carrier.is_aggregator else ""
    apart: list[bool | None] = [*sorted(at_door)] if carrier.booking.pricing.by_method else [None]
    methods = {True: ReturnMethod.DOOR_PICKUP, False: ReturnMethod.LABEL, None: way.order.method}
    asked = [(each, replace(way.order, reference=_reference(), method=methods[each], carrier=mover)) for each in apart]
    return [Question(account, replace(way, order=order), each) for each, order in asked]


def _reference() -> str:
    return "WQ" + uuid7().hex[:26].upper()


async def ask(live: Live, asked: Sequence[Question], known: Sequence[CarrierQuote] = ()) -> Told:
    """Asks every account at once what is not known yet. Must be outside any transaction; nothing that a carrier does is
    an error here: who does not answer in time, or not to the point, is silent."""
    have = {(*kept_quotes.lane_of(row), row.at_door) for row in known}
    left = [each for each in asked if (*each.lane, each.at_door is not False) not in have]
    accounts = await live.caller.accounts({each.account.id for each in left}) if left else {}
    heard = await asyncio.gather(*(_one(live, each, accounts.get(each.account.id)) for each in left))
    rows = [row for found in heard if not isinstance(found, Silent) for row in rows_of(found)]
    silent = {each.carrier: each for each in heard if isinstance(each, Silent)}
    return Told(rows, tuple(silent[code] for code in sorted(silent)))


async def _one(live: Live, question: Question, account: Opened | None) -> Answer | Silent:
    code = question.account.carrier_code
    carrier, caller = live.caller.carriers[code], live.caller
    if account is None:
        return Silent(code, "CANNOT_ASK", "The account was disabled meanwhile.")
    assert carrier.booking
    assert carrier.booking.pricing
    pricing_ = carrier.booking.pricing
    try:
        async with asyncio.timeout(live.seconds * 1.5):  # a bearer may have to be had first
            reply = await caller.call(account, partial(pricing_.request, question.way.order), within=live.seconds)
        quoted = pricing_.read(reply, question.way.order)
    except TimeoutError:
        return Silent(code, "CARRIER_TIMEOUT", failing.SLOW)
    except failing.EXPECTED as no:
        return Silent(code, *failing.words(no))
    services = carrier.booking.services
    best = min(quoted, key=lambda each: (each.service not in services, each.fee.amount), default=None)
    return Silent(code, "NO_PRICE", NO_PRICE) if best is None else Answer(question, best, caller.clock())


def rows_of(answer: Answer) -> list[CarrierQuote]:
    """The rows that keep an answer."""
    question, quoted = answer.question, answer.quoted
    digits = minor_digits(quoted.fee.currency)
    values: dict[str, Any] = {
        "merchant_id": question.account.merchant_id,
        "account_id": question.account.id,
        **dict(zip(("from_country", "from_region", "from_postal"), question.way.start, strict=True)),
        **dict(zip(("to_country", "to_region", "to_postal"), question.way.finish, strict=True)),
        "grams": question.way.order.weight_grams,
        "service": quoted.service,
        "price_minor": int(quoted.fee.amount.scaleb(digits).to_integral_value(ROUND_HALF_UP)),
        "currency": quoted.fee.currency,
        "billed_grams": quoted.billed_grams,
        "days": answer.days,
        "asked_at": answer.asked_at,
        "expires_at": answer.asked_at + kept_quotes.KEPT_FOR,
    }
    ways = (True, False) if question.at_door is None else (question.at_door,)
    return [CarrierQuote(**values, at_door=each) for each in ways]
