"""Asks UPS Track Alert to be told of numbers, for fourteen days."""

from collections.abc import Sequence
from typing import Any

from carriers import wire
from carriers.carrier import Access, Parcel, ReadError, Reply, Request, Subscribed, Unreadable
from carriers.ups import tracking


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """Version 1 carries our address and secret; version 2 has them from UPS's developer portal."""
    version = "v2" if access.credentials.get("alert_version") == "v2" else "v1"
    body: dict[str, Any] = {
        "locale": "zh_CN" if access.locale == "zh" else "en_US",
        "countryCode": "US",
        "trackingNumberList": [parcel.tracking_number for parcel in parcels],
    }
    if version == "v1":
        secret = {"credentialType": "Bearer", "credential": access.push_secret}
        body["destination"] = {"url": access.callback_url, **secret}
    url = f"{access.base_url}/api/track/{version}/subscription/standard/package"
    return wire.json_request("POST", url, body, tracking.headers(access))


def read(reply: Reply, _: Sequence[Parcel]) -> Subscribed:
    """Which numbers were taken, and which were not."""
    message = wire.object_of(reply.body)
    refused = [
        ReadError("invalidTrackingNumbers", "", number) for number in _numbers(message, "invalidTrackingNumbers")
    ]
    accepted = _numbers(message, "validTrackingNumbers")
    whole = () if accepted or (refused and "response" not in message) else tracking.errors_of(message)
    return Subscribed(accepted, (*refused, *whole))


def _numbers(message: dict[str, object], name: str) -> tuple[str, ...]:
    listed = message.get(name) or []
    if not isinstance(listed, list):
        raise Unreadable(f"{name} is not a list")
    return tuple(number for number in map(wire.word, listed) if number)
