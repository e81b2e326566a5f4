"""Kuaidi100's requests, signs, pushes and sandbox."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from carriers import wire
from carriers.carrier import (
    Access,
    CannotAsk,
    Incoming,
    Meaning,
    Parcel,
    PushRejected,
    Reply,
    Request,
    SandboxParcel,
    SandboxSubscription,
    Scan,
)
from carriers.kuaidi100 import CARRIER, companies, push, sandbox, statuses, subscribing, tracking
from db.enums import PushAuthenticity, TrackingStatus
from tests.carriers import bench
from tests.carriers.bench import NOW, World, answered, material

NUMBER = "YT9693083639795"
PARCEL = Parcel(NUMBER, carrier="yto")
SALT = "a salt of thirty-two characters!"
FOLDERS = [path.parent for path in material("kuaidi100", "statuses.csv")]


def access(**credentials: str) -> Access:
    return replace(bench.access(CARRIER, **{"fine_statuses": "", **credentials}), push_secret=SALT)


def sent(request: Request, world: World) -> Reply:
    return answered(CARRIER, request, world)


def param_of(request: Request) -> Any:
    return json.loads(wire.form_of(request.body)["param"])


def told(message: Any) -> Incoming:
    """A push as they send it, with the number our callback repeats."""
    text = wire.compact(message)
    form = wire.form_request("", {"param": text, "sign": tracking.sign(text, SALT)})
    return Incoming(form.body, NOW, query={"number": NUMBER})


# --- signs and requests ----------------------------------------------------------------------------------------


def test_signs_equal_the_vectors() -> None:
    param = '{"com":"yuantong","num":"YT9693083639795"}'
    assert tracking.sign(param, "made-up-key", "MADEUPCUSTOMER") == "1E4E8A7E9142BE3853D913751955FB4B"
    ordered = tracking.sign(param, "1716000000000", "made-up-key", "made-up-secret")
    assert ordered == "C4C154248B5B63C93391ED61F937E824"


def test_the_query_equals_the_sample() -> None:
    request = tracking.request([PARCEL], access())
    fields = wire.form_of(request.body)
    assert request.url == "http://host/kuaidi100/poll/query.do"
    assert fields["sign"] == tracking.sign(fields["param"], "sandbox-key", "sandbox-customer")
    assert fields["param"] == (
        '{"com": "yuantong", "num": "YT9693083639795", "phone": "", "from": "", "to": "", '
        '"resultv2": "1", "show": "0", "order": "desc"}'
    )


def test_the_subscription_equals_the_sample() -> None:
    request = subscribing.request([replace(PARCEL, phone_tail="1234")], access())
    assert request.url == "http://host/kuaidi100/poll"
    assert wire.form_of(request.body)["schema"] == "json"
    asked = param_of(request)
    parameters = asked.pop("parameters")
    assert asked == {"company": "yuantong", "number": NUMBER, "from": "", "to": "", "key": "sandbox-key"}
    assert parameters["callbackurl"] == f"{bench.CALLBACK}?number={NUMBER}"
    assert (parameters["salt"], parameters["resultv2"], parameters["phone"]) == (SALT, "1", "1234")


def test_fine_states_are_asked_only_where_activated() -> None:
    assert param_of(tracking.request([PARCEL], access(fine_statuses="yes")))["resultv2"] == "4"


@pytest.mark.parametrize("carrier", ["", "nobody", "dcsa"])
def test_a_parcel_needs_a_carrier_they_have_a_code_for(carrier: str) -> None:
    with pytest.raises(CannotAsk, match="carrier"):
        tracking.request([Parcel(NUMBER, carrier=carrier)], access())


def test_their_companies_are_our_carriers() -> None:
    assert {code: companies.ours(com) for code, com in companies.COMS.items()} == {c: c for c in companies.COMS}
    assert companies.COMS["sf"] == "shunfeng"
    assert companies.ours("huitongkuaidi") == "huitongkuaidi"


def test_a_subscription_answer_is_understood() -> None:
    def read(result: Any, code: str) -> Any:
        body = wire.compact({"result": result, "returnCode": code, "message": "提交成功"}).encode()
        return subscribing.read(Reply(body=body), [PARCEL])

    assert read(True, "200").accepted == (NUMBER,)
    assert read(False, "501").accepted == (NUMBER,)
    [error] = read(False, "600").errors
    assert (error.code, error.tracking_number, error.retryable) == ("600", NUMBER, False)


# --- pushes ----------------------------------------------------------------------------------------------------

NEWS = {"status": "polling", "lastResult": {"nu": NUMBER, "status": "200", "state": "1", "data": []}}
ABORT = {"status": "abort", "message": "3天查询无记录", "lastResult": {"nu": "", "status": "201", "data": []}}


def test_a_signed_push_is_believed() -> None:
    assert push.PUSHING.authenticity is PushAuthenticity.SIGNED
    push.verify(told(NEWS), access())


def test_the_sign_is_over_param_as_received() -> None:
    text = '{ "status": "polling",  "lastResult": {"nu":"\\u0031"} }'
    form = wire.form_request("", {"param": text, "sign": tracking.sign(text, SALT)})
    push.verify(Incoming(form.body, NOW), access())
    rewritten = wire.form_request("", {"param": wire.compact(json.loads(text)), "sign": tracking.sign(text, SALT)})
    with pytest.raises(PushRejected):
        push.verify(Incoming(rewritten.body, NOW), access())


@pytest.mark.parametrize(
    "body", [b"", b"param=%7B%7D", b"param=%7B%7D&sign=00", b'{"param": "\\ud800", "sign": "0"}', b"\xff"]
)
def test_a_push_without_its_sign_is_refused(body: bytes) -> None:
    with pytest.raises(PushRejected):
        push.verify(Incoming(body, NOW), access())


def test_without_a_salt_nothing_is_believed() -> None:
    with pytest.raises(PushRejected, match="salt"):
        push.verify(told(NEWS), replace(access(), push_secret=""))


def test_the_acknowledgement_is_theirs() -> None:
    answer = json.loads(push.acknowledge(told(NEWS)).body)
    assert answer == {"result": True, "returnCode": "200", "message": "成功"}


def test_an_abort_with_a_new_company_corrects_the_carrier() -> None:
    [error] = push.read(told({**ABORT, "autoCheck": "0", "comNew": "shunfeng"})).errors
    assert error.corrected_carrier == "sf"
    assert (error.tracking_number, error.not_found, error.retryable) == (NUMBER, False, False)


def test_an_abort_without_one_knows_nothing_of_the_number() -> None:
    [error] = push.read(told({**ABORT, "comNew": ""})).errors
    assert (error.corrected_carrier, error.not_found, error.retryable) == (None, True, True)
    assert error.tracking_number == NUMBER


def test_no_record_is_not_found_and_may_be_asked_again() -> None:
    [error] = tracking.read(Reply(body=wire.compact(sandbox.NO_RECORD).encode())).errors
    assert (error.code, error.not_found, error.retryable) == ("201", True, True)


def test_different_scans_of_one_second_are_both_kept() -> None:
    at = {"time": "2026-03-01 10:00:00", "statusCode": "0"}
    events = [{**at, "context": "卸车"}, {**at, "context": "已到达"}, {**at, "context": "卸车"}]
    message = {"lastResult": {"nu": NUMBER, "status": "200", "state": "0", "data": events}}
    [shipment] = push.read(told(message)).shipments
    assert sorted(scan.description for scan in shipment.scans) == ["卸车", "已到达"]


def test_the_ends_of_the_route_are_read() -> None:
    route = {"from": {"name": "陕西,西安市,灞桥区"}, "to": {"name": "上海市"}}
    result = {"nu": NUMBER, "status": "200", "state": "0", "data": [], "routeInfo": route}
    [shipment] = push.read(told({"lastResult": result})).shipments
    assert shipment.origin
    assert (shipment.origin.region, shipment.origin.city) == ("陕西", "西安市")
    assert shipment.destination
    assert (shipment.destination.region, shipment.destination.city) == ("上海市", None)


# --- the sandbox -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sandbox.WRITTEN)
def test_a_status_comes_back_from_query_and_push(status: TrackingStatus) -> None:
    scans = tuple(
        Scan(NOW + timedelta(hours=n), Meaning(s), "x") for n, s in enumerate([TrackingStatus.PICKED_UP, status])
    )
    parcel = SandboxParcel(NUMBER, scans)
    reply = sent(tracking.request([PARCEL], access()), World({NUMBER: parcel}))
    pushed = sandbox.push(parcel, scans[1:], SandboxSubscription("https://ours.test/push", SALT, {"com": "yuantong"}))
    push.verify(Incoming(pushed.body, NOW), access())
    for reading in (tracking.read(reply), push.read(Incoming(pushed.body, NOW))):
        [shipment] = reading.shipments
        read = [(each.occurred_at, each.meaning.status) for each in shipment.scans]
        assert read == [(each.occurred_at, each.meaning.status) for each in scans]


def test_what_they_cannot_say_comes_back_by_the_name_beside_a_code_nobody_itemised() -> None:
    parcel = SandboxParcel(NUMBER, (Scan(NOW, Meaning(TrackingStatus.LOST), "x"),))
    [shipment] = tracking.read(sent(tracking.request([PARCEL], access()), World({NUMBER: parcel}))).shipments
    assert shipment.scans[0].meaning.status is TrackingStatus.EXCEPTION
    assert not statuses.meaning("201", "").is_mapped


def test_a_push_without_a_salt_carries_no_sign() -> None:
    pushed = sandbox.push(SandboxParcel(NUMBER, ()), [], SandboxSubscription("https://ours.test/push"))
    assert "sign" not in wire.form_of(pushed.body)


def test_the_sandbox_refuses_as_they_do() -> None:
    def codes(request: Request) -> list[str]:
        return [error.code for error in tracking.read(sent(request, World())).errors]

    assert codes(tracking.request([PARCEL], access())) == ["201"]
    assert codes(tracking.request([PARCEL], access(key="wrong"))) == ["503"]
    assert codes(replace(tracking.request([PARCEL], access()), body=b"param={}")) == ["400"]
    [error] = subscribing.read(sent(subscribing.request([PARCEL], access(key="wrong")), World()), [PARCEL]).errors
    assert error.code == "600"


def test_a_subscription_is_taken() -> None:
    world = World()
    taken = subscribing.read(sent(subscribing.request([PARCEL], access()), world), [PARCEL])
    assert taken.accepted == (NUMBER,)
    assert list(world.subscriptions) == [NUMBER]


# --- the real files, where they lie beside the checkout -------------------------------------------------------

if FOLDERS:
    [folder] = FOLDERS

    def test_the_real_requests_are_ours_but_for_the_places() -> None:
        def sample(name: str) -> Any:
            return json.loads(json.loads((folder / name).read_text())["param"])

        blank = {"from": "", "to": ""}
        assert param_of(tracking.request([PARCEL], access())) == sample("track_query.request.form.json") | blank
        ours, theirs = param_of(subscribing.request([PARCEL], access())), sample("subscribe.request.form.json")
        assert ours.keys() == theirs.keys()
        assert list(ours["parameters"]) == list(theirs["parameters"])

    def test_a_real_push_is_verified() -> None:
        kept = json.loads((folder / "push.jd_delivered_station.form.json").read_text())
        form = wire.form_request("", kept["form"])
        push.verify(Incoming(form.body, NOW), replace(access(), push_secret=kept["salt"]))
        with pytest.raises(PushRejected):
            push.verify(Incoming(form.body, NOW), access())
