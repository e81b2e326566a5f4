"""The clients that partners use, from the registry and unchanged, against a real server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.session import Store
from tests import make
from tests.api.live import Gateway, parcels, serving, stir, until
from tests.npm import npm_packages, run

__all__ = ["npm_packages"]


@pytest.fixture(scope="module")
async def gateway(store: Store) -> AsyncIterator[Gateway]:
    async with serving(store) as running:
        yield running


@pytest.mark.usefixtures("npm_packages")
@pytest.mark.parametrize("client", ["live-ws.cjs", "live-sse.cjs"])
async def test_a_client_from_the_registry_follows_resumes_is_refused_and_asks(
    gateway: Gateway, store: Store, client: str
) -> None:
    seller = await make.merchant(store)
    [parcel] = await parcels(store, seller, "SF4000000000001")
    url = gateway.url.replace("http", "ws") if "ws" in client else gateway.url

    async def follow(*after: str) -> Any:
        return await asyncio.to_thread(run, client, f"{url}/graphql", seller.key, "3", *after)

    following = asyncio.create_task(follow())
    await until(lambda: not gateway.app.state.live.tail._ended(), within=30)
    await asyncio.sleep(0.1)
    await stir(store, parcel, 5)
    first = await following
    rest = await follow(first["found"][0]["data"]["changes"]["position"])

    assert [numbers(each) for each in (first, rest)] == [[2, 3, 4], [3, 4, 5]]
    assert first["refused"] == rest["refused"] == "GRAPHQL_VALIDATION_FAILED"
    assert [answer["data"] for answer in first["answers"]] == [{"viewer": {"kind": "MERCHANT"}}]


def numbers(told: Any) -> list[int]:
    return [each["data"]["changes"]["number"] for each in told["found"]]
