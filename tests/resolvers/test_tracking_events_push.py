from sqlalchemy import func, select

from db.models.log import Event
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

REGISTER = """mutation($input: [ShipmentInput!]!) { shipmentsRegister(input: $input) {
  results { outcome shipment { id } userErrors { message } } userErrors { message } } }"""
PUSH = """mutation($input: [TrackingEventInput!]!) { trackingEventsPush(input: $input) {
  results { index trackingNumber outcome userErrors { code message field } } userErrors { message } } }"""
READ = """query($n: String!) { shipment(trackingNumber: $n) { status deliveredAt promisedDeliveryAt isDelayed
  events { status source rawCode description carrierWords location { city } } proofOfDelivery { signedBy } } }"""


def scan(number: str, status: str, at: str, **more: object) -> dict[str, object]:
    return {"trackingNumber": number, "status": status, "occurredAt": at, **more}


async def _events(store: Store) -> int:
    async with store.reading(EVERYTHING) as session:
        return await session.scalar(select(func.count()).select_from(Event)) or 0


async def test_scans_reach_every_merchant_who_follows_the_number(api: Api, store: Store) -> None:
    one, two, carrier = await make.merchant(store), await make.merchant(store), await make.carrier(store, "sf")
    for each in (one, two):
        await api.ask(each, REGISTER, input=[{"carrier": "sf", "trackingNumber": "SF100"}])

    told = await api.ask(
        carrier,
        PUSH,
        input=[
            scan("SF100", "PICKED_UP", "2026-05-20T10:00:00+08:00", rawCode="50", location={"city": "深圳"}),
            scan("SF100", "DELIVERED", "2026-05-22T10:00:00+08:00", signedBy="李四"),
            scan("SF999", "DELIVERED", "2026-05-22T10:00:00+08:00"),
            {"trackingNumber": "SF100", "status": "DELIVERED"},
        ],
    )

    outcomes = [each["outcome"] for each in told["trackingEventsPush"]["results"]]
    assert outcomes == ["RECORDED", "RECORDED", "UNKNOWN_NUMBER", "REFUSED"]
    assert told["trackingEventsPush"]["results"][3]["userErrors"][0]["field"] == ["input", "3"]
    for each in (one, two):
        shipment = (await api.ask(each, READ, n="SF100"))["shipment"]
        assert shipment["status"] == "DELIVERED"
        assert [e["source"] for e in shipment["events"]] == ["PARTNER", "PARTNER"]
        assert shipment["proofOfDelivery"] == {"signedBy": "李**"}


async def test_a_repeat_changes_nothing(api: Api, store: Store) -> None:
    seller, carrier = await make.merchant(store), await make.carrier(store, "sf")
    await api.ask(seller, REGISTER, input=[{"carrier": "sf", "trackingNumber": "SF200"}])
    items = [scan("SF200", "IN_TRANSIT", "2026-05-20T10:00:00+08:00", promisedOn="2026-05-25")]
    await api.ask(carrier, PUSH, input=items)
    before = await _events(store)

    told = await api.ask(carrier, PUSH, input=items)

    assert told["trackingEventsPush"]["results"][0]["outcome"] == "REPEATED"
    assert await _events(store) == before


async def test_a_promised_day_is_kept_until_it_ends(api: Api, store: Store) -> None:
    seller, carrier = await make.merchant(store), await make.carrier(store, "sf")
    await api.ask(seller, REGISTER, input=[{"carrier": "sf", "trackingNumber": f"SF30{n}"} for n in range(2)])

    for number, at in (("SF300", "2026-05-25T23:59:59Z"), ("SF301", "2026-05-26T00:00:00Z")):
        await api.ask(carrier, PUSH, input=[scan(number, "DELIVERED", at, promisedOn="2026-05-25")])

    assert (await api.ask(seller, READ, n="SF300"))["shipment"]["isDelayed"] is False
    assert (await api.ask(seller, READ, n="SF301"))["shipment"]["isDelayed"] is True


async def test_only_a_carrier_may_push(api: Api, store: Store) -> None:
    seller = await make.merchant(store, scopes=["carriers:sync"])

    assert await api.refused(seller, PUSH, input=[]) == "FORBIDDEN"


async def test_250_items_are_the_most(api: Api, store: Store) -> None:
    carrier = await make.carrier(store, "sf")
    items = [scan(f"SF4{n}", "DELIVERED", "2026-05-25T23:59:59Z") for n in range(251)]

    assert await api.refused(carrier, PUSH, input=items) == "LIMIT_EXCEEDED"
