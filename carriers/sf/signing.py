"""SF's request digest and the form every call is made of."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from carriers import wire
from carriers.carrier import Access, Request

PATH = "/std/service"


def java_encoded(text: str) -> str:
    """URL encoding as Java does it, which SF signs over: space is +, ``*`` stays, ``~`` is escaped."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def digest(message: str, timestamp: str, check_word: str) -> str:
    """``msgDigest``: Base64 of the MD5 of the encoded message, timestamp and check word together."""
    return wire.md5_base64(java_encoded(message + timestamp + check_word))


def signed(service: str, message: Mapping[str, Any], access: Access) -> Request:
    """A call of one service. ``nonce`` becomes the requestID: SF refuses a repeated one (A1007)."""
    body = wire.compact(message)
    timestamp = str(int(access.now.timestamp() * 1000))
    fields = {
        "partnerID": access.credential("partner_id"),
        "requestID": access.nonce,
        "serviceCode": service,
        "timestamp": timestamp,
        "msgDigest": digest(body, timestamp, access.credential("check_word")),
        "msgData": body,
    }
    return wire.form_request(access.base_url + PATH, fields)
