"""What an exchange does not do: each refusal in its place, the missing scope, the foreign row, the repeat, the races."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from db.session import Store
from tests import make
from tests.asking import Api
from tests.exchanging import SMALL, asked, call, codes, done, goods, stock_of, stocked, text
from tests.returning import bought, requested


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
