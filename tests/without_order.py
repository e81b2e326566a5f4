"""Goods without an order, as a merchant takes them back."""

from typing import Any

from tests import make
from tests.asking import Api
from tests.returning import requested

HOME: dict[str, Any] = {
    "name": "王小明",
    "phone": "13800138000",
    "country": "cn",
    "region": "广东省",
    "city": "深圳市",
    "district": "南山区",
    "street": ["科技园路1号3栋501室"],
    "postalCode": "518057",
}


def loose(quantity: int = 1, reason: str = "DEFECTIVE", **told: Any) -> dict[str, Any]:
    """A line of goods without an order: lamps of 80.00 CNY unless told."""
    worth = {"amount": "80.00", "currency": "CNY"}
    return {
        "quantity": quantity,
        "reason": reason,
        "goods": {"sku": "LAMP", "title": "Lamp", "unitValue": worth} | told,
    }


async def taken(api: Api, who: make.Someone, *lines: dict[str, Any], **more: Any) -> Any:
    """The return of goods without an order, approved at once unless told."""
    told = await requested(api, who, *lines, **{"pickupAddress": HOME, "approve": True, **more})
    assert told["userErrors"] == []
    return told["return"]
