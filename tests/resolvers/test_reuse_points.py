"""Packaging that is used again earns points, once the warehouse has the goods."""

from typing import Any

import pytest

from db.session import Store
from tests import make
from tests.asking import Api
from tests.refunding import policy
from tests.returning import bought, change, requested

SEEN = """query($id: ID!) { return(id: $id) { packaging reusePoints { packaging points grantedAt }
  order { customer { reusePoints { points } } } } }"""


async def seen(api: Api, who: make.Someone, rma: dict[str, Any]) -> Any:
    return (await api.ask(who, SEEN, id=rma["id"]))["return"]


@pytest.mark.parametrize(("packaging", "points"), [("REUSABLE", 20), ("ORIGINAL", 10), ("NEW", None), (None, None)])
async def test_points_come_with_the_goods_and_once(api: Api, store: Store, packaging: str | None, points: int) -> None:
    who = await make.merchant(store)
    await policy(store, who)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line(quantity=2), packaging=packaging))["return"]
    assert (await seen(api, who, rma))["packaging"] == packaging
    [line] = rma["lines"]

    await change(api, who, "returnReceive", rma, lines=[{"id": line["id"], "received": 1}])
    assert (await seen(api, who, rma))["reusePoints"] is None
    await change(api, who, "returnReceive", rma, lines=[{"id": line["id"], "received": 1}])

    told = await seen(api, who, rma)
    assert (told["reusePoints"] or {}).get("points") == points
    assert [each["points"] for each in told["order"]["customer"]["reusePoints"]] == ([points] if points else [])
