"""The LINK gateway's form: one address, the service chosen by ``msg_type``, the message signed by its digest."""

from collections.abc import Mapping
from typing import Any

from carriers import wire
from carriers.carrier import Access, Request

PATH = "/gateway/api"


def digest(message: str, secret: str) -> str:
    """``data_digest``: Base64 of the MD5 of message and secret together."""
    return wire.md5_base64(message + secret)


def signed(msg_type: str, request: Mapping[str, Any], access: Access) -> Request:
    """A call of one service."""
    message = wire.compact({"request": request, "accessOption": {"accessCode": access.credential("access_code")}})
    fields = {
        "msg_type": msg_type,
        "logistic_provider_id": access.credential("provider_id"),
        "logistics_interface": message,
        "data_digest": digest(message, access.credential("secret")),
    }
    return wire.form_request(access.base_url + PATH, fields)
