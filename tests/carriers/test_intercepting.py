"""Every carrier that changes deliveries, through its own sandbox: each of its kinds taken, refused with a code, asked about."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from carriers import magic, wire
from carriers.booking import Contact, Ref
from carriers.carrier import Carrier, Meaning, SandboxParcel, Scan
from carriers.intercepting import Diversion, Outcome
from carriers.registry import CARRIERS
from carriers.scripts import DELIVERED
from db.enums import TrackingStatus as S
from tests.carriers import bench, west
from tests.carriers import booking_bench as desk
from tests.carriers.bench import NOW, answered

ABLE = [carrier for carrier in CARRIERS if carrier.intercepting]
KINDS = [
    (carrier, kind) for carrier in ABLE for kind in sorted(carrier.intercepting.kinds if carrier.intercepting else ())
]
EVERY_KIND = pytest.mark.parametrize(("carrier", "kind"), KINDS, ids=[f"{c.code}-{kind}" for c, kind in KINDS])


def door(carrier: Carrier) -> Contact:
    return desk.SENDER if carrier.country == "CN" else west.SENDER


def wish(carrier: Carrier, kind: str) -> Diversion:
    return Diversion(kind, door(carrier), door(carrier), desk.WINDOW if kind == "reschedule" else None, "Mrs Li")


def number_of(carrier: Carrier) -> str:
    return magic.number("yto" if carrier.is_aggregator else carrier.code, DELIVERED)


def world(carrier: Carrier, status: S = S.IN_TRANSIT) -> bench.World:
    number = number_of(carrier)
    return bench.World({number: SandboxParcel(number, (Scan(NOW, Meaning(status), ""),))})


def told(carrier: Carrier, kind: str, there: bench.World, number: str = "", reference: str = "WB1") -> list[str]:
    """The codes of the refusals."""
    assert carrier.intercepting
    ref = Ref(reference, number=number or number_of(carrier), carrier="yto" if carrier.is_aggregator else carrier.code)
    request = carrier.intercepting.request(wish(carrier, kind), ref, bench.authorized(carrier, there))
    return [error.code for error in carrier.intercepting.read(answered(carrier, request, there), ref)]


@EVERY_KIND
def test_a_wish_for_a_parcel_on_its_way_is_taken_once(carrier: Carrier, kind: str) -> None:
    there = world(carrier)

    assert told(carrier, kind, there) == []
    assert told(carrier, kind, there, reference="WB2") != []
    again = told(carrier, kind, there)
    assert carrier.intercepting
    assert (again == []) is carrier.intercepting.same_reference_same_wish


@EVERY_KIND
def test_a_parcel_that_arrived_or_is_not_known_is_refused_with_a_code(carrier: Carrier, kind: str) -> None:
    for there, number in (
        (world(carrier, S.DELIVERED), ""),
        (world(carrier), "1Z0" if carrier.code == "ups" else "000"),
    ):
        [code] = told(carrier, kind, there, number)
        assert code


def asked() -> Iterator[tuple[Carrier, str]]:
    yield from ((carrier, kind) for carrier, kind in KINDS if carrier.intercepting and carrier.intercepting.asking)


@pytest.mark.parametrize(("carrier", "kind"), list(asked()))
def test_who_can_be_asked_tells_what_stands(carrier: Carrier, kind: str) -> None:
    assert carrier.intercepting
    inquiring = carrier.intercepting.asking
    assert inquiring
    there, ref = world(carrier), Ref("WB1", number=number_of(carrier))

    def found() -> Outcome | None:
        assert inquiring
        request = inquiring.request(wish(carrier, kind), ref, bench.authorized(carrier, there))
        standing = inquiring.read(answered(carrier, request, there), wish(carrier, kind), ref)
        return None if standing is None else standing.outcome

    assert found() is None
    assert told(carrier, kind, there) == []
    assert found() is Outcome.TAKEN
    there = replace(there, now=NOW + timedelta(hours=7))
    assert found() is (
        Outcome.DONE if carrier.code == "zto" else Outcome.TAKEN
    )  # UPS does not tell what was carried out


@pytest.mark.parametrize("kind", ["return", "redirect", "hold", "reschedule"])
def test_ups_refuses_a_call_without_what_it_needs(kind: str) -> None:
    ups = next(carrier for carrier in ABLE if carrier.code == "ups")  # the others sign what they send
    assert ups.intercepting
    there, ref = world(ups), Ref("WB1", number=number_of(ups))
    request = ups.intercepting.request(wish(ups, kind), ref, bench.authorized(ups, there))

    reply = answered(ups, replace(request, body=wire.compact({"requestType": "XX"}).encode()), there)

    assert ups.intercepting.read(reply, ref)
    assert there.desk.diversion(ref.number) is None
