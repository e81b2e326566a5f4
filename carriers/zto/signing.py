"""ZTO's digest: Base64(MD5(text + appSecret)), over our request's body and over a push's ``data`` alike."""

from typing import Any

from carriers import wire
from carriers.carrier import Access, CannotAsk, Parcel, Request


def digest(text: str, secret: str) -> str:
    """The digest of a text exactly as it is sent or was received."""
    return wire.md5_base64(text + secret)


def request(api: str, parcel: Parcel, access: Access) -> Request:
    """A signed call of one API about one parcel. CannotAsk without a phone tail: ZTO answers nobody without."""
    if not parcel.phone_tail:
        raise CannotAsk("the parcel has no phone_tail")
    fields: dict[str, Any] = {"billCode": parcel.tracking_number, "mobilePhone": parcel.phone_tail}
    return signed(api, fields, access)


def signed(api: str, fields: dict[str, Any], access: Access) -> Request:
    """A signed call of one API."""
    headers = {
        "x-appKey": access.credential("app_key"),
        "x-dataDigest": digest(wire.compact(fields), access.credential("app_secret")),
    }
    return wire.json_request("POST", f"{access.base_url}/{api}", fields, headers)
