"""Exchanges and resends from the wish to the end: each story, each refusal, the scope, the foreign row, the repeat, the race."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from aftersales import cases, return_goods
from aftersales.cases import Step
from aftersales.log import By
from db.enums import Party, TrackingStatus
from db.ids import parse_typeid
from db.models.returns import Return
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.exchanging import call, codes, done, goods, received, scanned, stands, stock_of, stocked, text, time_is_up
from tests.returning import Bought, bought, change, requested

SMALL = "SIZE_TOO_SMALL"


async def asked(api: Api, who: make.Someone, order: Bought, quantity: int = 1, **wish: Any) -> Any:
    """A return with an exchange; its goods cost 99.50 each."""
    told = await requested(api, who, order.line(0, quantity, SMALL), resolution="EXCHANGE", exchange=wish)
    assert told["userErrors"] == []
    return await stands(api, who, told["return"])


async def test_an_exchange_for_a_dearer_size_goes_to_its_end(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    await stocked(store, who, "TEE-RED-L", 3)

    rma = await asked(api, who, order, **goods("120.00", title="T-shirt L"))
    exchange = rma["exchange"]
    assert (rma["status"], exchange["status"], exchange["waitingOn"]) == ("APPROVED", "AWAITING_RETURN", "BUYER")
    assert exchange["difference"] == {"amount": "20.50", "currency": "CNY"}
    assert exchange["items"][0]["isReserved"]
    assert await stock_of(store, who, "TEE-RED-L") == (3, 1)

    await received(api, who, rma)
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["status"], exchange["releasedAt"]) == ("AWAITING_PAYMENT", None)
    unpaid = await call(api, who, "exchangeRelease", exchange)
    assert codes(unpaid) == [("INVALID", ["input", "paymentReference"])]
    exchange = await done(api, who, "exchangeRelease", exchange, paymentReference="PAY-1")
    assert (exchange["status"], exchange["paid"]["amount"]) == ("RELEASED", "20.50")

    exchange = await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100001")
    assert (exchange["status"], exchange["trackingNumber"]) == ("SHIPPED", "SFX100001")
    assert await stock_of(store, who, "TEE-RED-L") == (2, 0)
    await scanned(api, store, "SFX100001", "PICKED_UP", "DELIVERED")
    rma = await stands(api, who, rma)
    assert (rma["exchange"]["status"], rma["exchange"]["onDeadline"]) == ("DELIVERED", "COMPLETE")
    assert rma["order"]["status"] == "DELIVERED"  # its own delivery is not touched by the new parcel
    await time_is_up(store, rma["exchange"])
    rma = await stands(api, who, rma)
    assert (rma["exchange"]["status"], rma["status"], rma["refunds"]) == ("COMPLETED", "COMPLETED", [])


async def test_what_the_new_goods_cost_less_goes_back_once_the_buyer_has_them(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("80.00"))
    await received(api, who, rma)

    exchange = (await stands(api, who, rma))["exchange"]
    assert exchange["status"] == "RELEASED"
    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100002")
    assert (await stands(api, who, rma))["refunds"] == []
    await scanned(api, store, "SFX100002", "DELIVERED")

    [refund] = (await stands(api, who, rma))["refunds"]
    assert (refund["purpose"], refund["amount"]["amount"]) == ("EXCHANGE", "19.50")


async def test_goods_sent_in_advance_for_old_ones_that_never_come_are_owed_for(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50", advance=True))
    exchange = rma["exchange"]
    assert (exchange["status"], exchange["isAdvance"]) == ("RELEASED", True)

    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100003")
    await scanned(api, store, "SFX100003", "DELIVERED")
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["status"], exchange["onDeadline"], exchange["receivable"]) == ("DELIVERED", "OWE", None)
    refused = await change(api, who, "returnCancel", rma)
    assert codes(refused) == [("STATE", ["input", "id"])]
    await time_is_up(store, exchange)
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["receivable"]["amount"], exchange["onDeadline"]) == ("99.50", "COMPLETE")

    await received(api, who, rma)  # they come after all: nothing is owed
    assert (await stands(api, who, rma))["exchange"]["receivable"] is None


async def test_goods_sent_in_advance_are_not_owed_for_once_the_old_ones_came(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50", advance=True))
    await done(api, who, "exchangeShip", rma["exchange"], carrier="sf", trackingNumber="SFX100004")
    await scanned(api, store, "SFX100004", "DELIVERED")

    await received(api, who, rma)

    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["onDeadline"], exchange["receivable"]) == ("COMPLETE", None)


async def test_an_exchange_becomes_a_refund_and_gives_back_what_was_paid_for_it(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TEE-RED-L", 1)
    rma = await asked(api, who, await bought(store, who), **goods("120.00"))
    await received(api, who, rma)
    exchange = await done(api, who, "exchangeRelease", (await stands(api, who, rma))["exchange"], paymentReference="P")

    exchange = await done(api, who, "exchangeConvert", exchange, reason="sold out")

    assert (exchange["status"], exchange["isTerminal"]) == ("CONVERTED_TO_REFUND", True)
    assert await stock_of(store, who, "TEE-RED-L") == (1, 0)
    rma = await stands(api, who, rma)
    assert rma["resolution"] == "REFUND"
    assert sorted((each["purpose"], each["amount"]["amount"]) for each in rma["refunds"]) == [
        ("EXCHANGE", "20.50"),
        ("RETURN", "99.50"),
    ]


async def test_a_difference_that_nobody_pays_becomes_a_refund_by_itself(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("120.00"))
    await received(api, who, rma)

    await time_is_up(store, (await stands(api, who, rma))["exchange"])

    rma = await stands(api, who, rma)
    assert (rma["exchange"]["status"], rma["resolution"]) == ("CONVERTED_TO_REFUND", "REFUND")
    assert [each["purpose"] for each in rma["refunds"]] == ["RETURN"]


async def test_a_resend_goes_out_at_once_and_nothing_comes_back(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    told = await requested(api, who, order.line(0, 1, "MISSING_PARTS"), resolution="RESEND")
    rma = await stands(api, who, told["return"])

    assert (rma["status"], rma["exchange"]["status"], rma["exchange"]["isResend"]) == ("RECEIVED", "RELEASED", True)
    assert rma["exchange"]["difference"]["amount"] == "0.00"
    await done(api, who, "exchangeShip", rma["exchange"], carrier="sf", trackingNumber="SFX100005")
    await scanned(api, store, "SFX100005", "LOST")
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["status"], exchange["trackingNumber"]) == ("RELEASED", None)  # lost on its way: once more
    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100006")
    await scanned(api, store, "SFX100006", "DELIVERED")
    await time_is_up(store, (await stands(api, who, rma))["exchange"])
    assert (await stands(api, who, rma))["status"] == "COMPLETED"


async def test_at_the_door_old_and_new_change_hands_with_the_first_scan(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50", atDoor=True))
    assert rma["exchange"]["status"] == "RELEASED"

    parsed = parse_typeid(rma["id"])
    assert parsed
    async with store.writing(EVERYTHING) as session:
        row = await cases.locked(session, Return, parsed[1])
        way = Shipment(
            merchant_id=row.merchant_id,
            carrier_code="sf",
            tracking_number="SFR1",
            status=TrackingStatus.PICKED_UP,
        )
        await return_goods.follow(session, row, way, Step(By(Party.CARRIER, "push"), make.NOW))

    assert (await stands(api, who, rma))["exchange"]["status"] == "DELIVERED"


async def test_a_return_called_off_takes_its_exchange_with_it(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TEE-RED-L", 1)
    rma = await asked(api, who, await bought(store, who), **goods("99.50"))

    await change(api, who, "returnCancel", rma)

    assert (await stands(api, who, rma))["exchange"]["status"] == "CANCELED"
    assert await stock_of(store, who, "TEE-RED-L") == (1, 0)


async def test_the_last_piece_is_kept_for_one(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    orders = [await bought(store, who) for _ in range(4)]
    await stocked(store, who, "TEE-RED-L", 1)

    told = await asyncio.gather(
        *(
            requested(api, who, order.line(0, 1, SMALL), resolution="EXCHANGE", exchange=goods("99.50"))
            for order in orders
        )
    )

    assert len([each for each in told if each["return"]]) == 1
    refused = {(code, tuple(field)) for each in told for code, field in codes(each)}
    assert refused == {("QUANTITY", ("input", "exchange", "quantity"))}
    assert await stock_of(store, who, "TEE-RED-L") == (1, 1)


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        ({"resolution": "EXCHANGE"}, ("INVALID", ["input", "exchange"])),
        ({"resolution": "REFUND", "exchange": goods("1.00")}, ("INVALID", ["input", "exchange"])),
        ({"resolution": "RESEND", "exchange": goods("1.00")}, ("INVALID", ["input", "exchange"])),
        ({"exchange": goods("1.005")}, ("INVALID", ["input", "exchange", "unitPrice"])),
        ({"exchange": goods("-1.00")}, ("INVALID", ["input", "exchange", "unitPrice"])),
        ({"exchange": goods("1.00", quantity=0)}, ("INVALID", ["input", "exchange", "quantity"])),
        ({"exchange": goods("1.00", sku=" ")}, ("INVALID", ["input", "exchange", "sku"])),
        ({"exchange": goods("1.00", warehouse="NOWHERE")}, ("NOT_FOUND", ["input", "exchange", "warehouse"])),
        (
            {"exchange": goods("1.00", atDoor=True), "method": "SHIP_YOURSELF"},
            ("INVALID", ["input", "exchange", "atDoor"]),
        ),
    ],
)
async def test_a_wish_that_cannot_be_is_refused_in_its_place(
    api: Api, store: Store, wish: dict[str, Any], refused: tuple[str, list[str]]
) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)

    told = await requested(api, who, order.line(0, 1, SMALL), **{"resolution": "EXCHANGE", **wish})

    assert codes(told) == [refused]


async def test_a_buyer_sets_no_prices_and_gets_nothing_in_advance(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    buyer = make.buyer(store, order.order, ("orders:read", "returns:read", "returns:write"))

    async def wished(**wish: Any) -> Any:
        return await requested(api, buyer, order.line(0, 1, SMALL), resolution="EXCHANGE", exchange=wish)

    assert codes(await wished(**goods("1.00", sku="TEE-RED-M"))) == [("POLICY", ["input", "exchange", "unitPrice"])]
    in_advance = await wished(**goods("99.50", sku="TEE-RED-M", advance=True))
    assert codes(in_advance) == [("POLICY", ["input", "exchange", "advance"])]
    rma = (await wished(**goods("99.50", sku="TEE-RED-M")))["return"]
    seen = await api.ask(
        buyer, "query($id: ID!) { return(id: $id) { exchange { id status items { sku } } } }", id=rma["id"]
    )
    assert seen["return"]["exchange"]["items"] == [{"sku": "TEE-RED-M"}]
    key = {"key": uuid4().hex}
    assert await api.refused(buyer, text("exchangeRelease"), input={"id": seen["return"]["exchange"]["id"]}, **key) == (
        "FORBIDDEN"
    )


async def test_what_its_life_does_not_allow_is_refused(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50"))
    exchange = rma["exchange"]

    early = await call(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100007")
    stale = await call(api, who, "exchangeConvert", exchange, expectedVersion=99)
    none = await call(api, who, "exchangeConvert", {"id": "exc_nothing"})
    wrong = await call(api, who, "exchangeShip", {"id": rma["id"]}, carrier="sf", trackingNumber="SFX100007")

    assert [code for code, _ in codes(early)] == ["STATE"]
    assert [code for code, _ in codes(stale)] == ["CONFLICT"]
    assert codes(none) == codes(wrong) == [("NOT_FOUND", ["input", "id"])]
    await done(api, who, "exchangeConvert", exchange)
    again = await call(api, who, "exchangeConvert", exchange)
    assert [code for code, _ in codes(again)] == ["STATE"]


async def test_a_parcel_of_something_else_is_not_taken(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    other = await bought(store, who)
    await make.shipment(store, who.merchant_id, "SFX100008", orders=[other.order])
    rma = await asked(api, who, await bought(store, who), **goods("99.50", advance=True))

    taken = await call(api, who, "exchangeShip", rma["exchange"], carrier="sf", trackingNumber="SFX100008")
    unknown = await call(api, who, "exchangeShip", rma["exchange"], carrier="nobody", trackingNumber="SFX100009")

    assert codes(taken) == [("DUPLICATE", ["input", "trackingNumber"])]
    assert codes(unknown) == [("NOT_FOUND", ["input", "carrier"])]


@pytest.mark.parametrize("name", ["exchangeRelease", "exchangeShip", "exchangeConvert"])
async def test_scope_and_foreign_rows(api: Api, store: Store, name: str) -> None:
    who, stranger = await make.merchant(store), await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50"))
    more = {"carrier": "sf", "trackingNumber": "SFX1"} if name == "exchangeShip" else {}
    wish, key = {"id": rma["exchange"]["id"], **more}, {"key": uuid4().hex} if name == "exchangeRelease" else {}

    reader = await make.another_key(store, who, "orders:read", "returns:read", "shipments:read")
    assert await api.refused(reader, text(name), input=wish, **key) == "FORBIDDEN"
    assert codes(await call(api, stranger, name, rma["exchange"], **more)) == [("NOT_FOUND", ["input", "id"])]
    seen = await api.ask(stranger, "query($id: ID!) { exchange(id: $id) { id } node(id: $id) { id } }", id=wish["id"])
    assert seen == {"exchange": None, "node": None}


async def test_a_release_needs_a_key_and_a_repeat_has_one_effect(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("120.00"))
    wish, key = {"id": rma["exchange"]["id"], "paymentReference": "PAY-2"}, uuid4().hex
    without = text("exchangeRelease").replace(" @idempotent(key: $key)", "").replace(", $key: String!", "")

    assert await api.refused(who, without, input=wish) == "BAD_USER_INPUT"
    first, second = [await api.raw(who, text("exchangeRelease"), input=wish, key=key) for _ in range(2)]

    assert first["data"] == second["data"]
    assert second["extensions"]["replayed"]
    assert first["data"]["exchangeRelease"]["exchange"]["paid"]["amount"] == "20.50"


async def test_of_releases_at_once_one_succeeds(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("120.00"))

    told = await asyncio.gather(
        *(call(api, who, "exchangeRelease", rma["exchange"], paymentReference=f"P-{turn}") for turn in range(4))
    )

    assert len([each for each in told if not each["userErrors"]]) == 1
    assert {code for each in told for code, _ in codes(each)} <= {"STATE", "CONFLICT"}
