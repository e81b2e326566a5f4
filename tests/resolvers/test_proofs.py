"""Heads and proofs through the API, checked as a partner checks them: with what they kept, a hash and a signature."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from aftersales.rules import heads, merkle
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.test_feed import read, stir
from worker import sealing

HEAD = "query($size: Int) { logHead(size: $size) { size rootHash signedAt note publicKey } }"
INCLUSION = """query($position: String!, $size: Int) { logInclusionProof(position: $position, size: $size) {
  change { number } entry content salt leafHash index path head { size rootHash } } }"""
CONSISTENCY = """query($from: Int!, $to: Int!) { logConsistencyProof(from: $from, to: $to) {
  fromSize toSize fromRootHash toRootHash path } }"""


async def seller_with(store: Store, entries: int) -> make.Someone:
    """A merchant whose log has so many entries, under a head signed now."""
    seller = await make.merchant(store)
    assert seller.merchant
    parcel = await make.shipment(store, seller.merchant.id, f"SF4{seller.merchant.id.int % 10**12:012}")
    await stir(store, parcel, entries - 1)
    await sealing.drain(store)
    await sealing.sign(store, make.NOW)
    return seller


async def test_an_entry_is_proven_from_a_head_that_was_kept(api: Api, store: Store) -> None:
    seller = await seller_with(store, 11)
    assert seller.merchant
    kept = (await api.ask(seller, HEAD))["logHead"]
    head = heads.read(kept["note"], heads.read_key(kept["publicKey"]))
    assert (head.merchant_id, head.size, head.root.hex()) == (seller.merchant.id, 11, kept["rootHash"])

    for change in (await read(api, seller))["nodes"]:
        proof = (await api.ask(seller, INCLUSION, position=change["position"]))["logInclusionProof"]

        commitment = hashlib.sha256(bytes.fromhex(proof["salt"]) + proof["content"].encode()).hexdigest()
        assert f'"commitment":"{commitment}"' in proof["entry"]
        assert f'"number":{change["number"]},' in proof["entry"]
        assert f'"subjectId":"{change["subjectId"]}"' in proof["entry"]
        leaf = hashlib.sha256(b"\x00" + proof["entry"].encode()).digest()
        assert leaf.hex() == proof["leafHash"]
        assert proof["index"] == change["number"] - 1 == proof["change"]["number"] - 1
        path = [bytes.fromhex(each) for each in proof["path"]]
        assert merkle.includes(leaf, (proof["index"], head.size), path, head.root)


async def test_a_later_log_continues_the_one_that_was_kept(api: Api, store: Store) -> None:
    seller = await seller_with(store, 5)
    assert seller.merchant
    early = (await api.ask(seller, HEAD))["logHead"]
    await stir(store, await make.shipment(store, seller.merchant.id, "SF3000000000001"), 8)
    await sealing.drain(store)
    assert await sealing.sign(store, make.NOW + timedelta(minutes=59)) == 0
    assert await sealing.sign(store, make.NOW + timedelta(minutes=60)) == 1
    late = (await api.ask(seller, HEAD))["logHead"]

    told = await api.ask(seller, CONSISTENCY, **{"from": early["size"], "to": late["size"]})
    proof = told["logConsistencyProof"]

    assert (early["size"], late["size"]) == (5, 14)
    assert (proof["fromRootHash"], proof["toRootHash"]) == (early["rootHash"], late["rootHash"])
    roots = (bytes.fromhex(early["rootHash"]), bytes.fromhex(late["rootHash"]))
    assert merkle.continues((5, 14), [bytes.fromhex(each) for each in proof["path"]], roots)
    assert (await api.ask(seller, HEAD, size=5))["logHead"] == early


async def test_an_entry_is_proven_under_an_older_head_too(api: Api, store: Store) -> None:
    seller = await seller_with(store, 3)
    assert seller.merchant
    await stir(store, await make.shipment(store, seller.merchant.id, "SF3000000000002"), 2)
    await sealing.drain(store)
    changes = (await read(api, seller))["nodes"]

    proven = await api.ask(seller, INCLUSION, position=changes[0]["position"], size=3)
    not_yet = await api.ask(seller, INCLUSION, position=changes[4]["position"])

    assert proven["logInclusionProof"]["head"]["size"] == 3
    assert not_yet == {"logInclusionProof": None}


async def test_a_head_is_due_after_a_thousand_entries(store: Store) -> None:
    seller = await seller_with(store, 1)
    assert seller.merchant
    parcels = [await make.shipment(store, seller.merchant.id, f"SF50000000000{number:02}") for number in range(3)]
    for parcel in parcels:
        await stir(store, parcel, 1)
    await sealing.drain(store)

    assert await sealing.sign(store, make.NOW + timedelta(minutes=1)) == 0


async def test_proofs_are_the_merchants(api: Api, store: Store) -> None:
    seller, other = await seller_with(store, 2), await seller_with(store, 2)
    assert seller.merchant
    agent = await make.platform(store, seller)
    [change, *_] = (await read(api, seller))["nodes"]
    position: Any = change["position"]

    assert await api.ask(other, INCLUSION, position=position) == {"logInclusionProof": None}
    assert await api.refused(await make.carrier(store, "sf"), HEAD) == "FORBIDDEN"
    assert await api.refused(agent, HEAD) == "BAD_USER_INPUT"
    named = await api.raw(agent, HEAD, headers_={"waybridge-merchant": seller.merchant.typeid})
    assert named["data"]["logHead"]["size"] == 2
    only_orders = await make.another_key(store, seller, "orders:read")
    assert await api.refused(only_orders, INCLUSION, position=position) == "FORBIDDEN"


@pytest.mark.parametrize("sizes", [(0, 1), (2, 1), (1, 3), (-1, 2)])
async def test_sizes_that_are_none_are_refused(api: Api, store: Store, sizes: tuple[int, int]) -> None:
    seller = await seller_with(store, 2)

    assert await api.refused(seller, CONSISTENCY, **{"from": sizes[0], "to": sizes[1]}) == "BAD_USER_INPUT"


async def test_a_position_that_is_none_is_refused(api: Api, store: Store) -> None:
    assert await api.refused(await seller_with(store, 1), INCLUSION, position="nonsense") == "BAD_USER_INPUT"
    assert await api.ask(await make.merchant(store), HEAD) == {"logHead": None}
