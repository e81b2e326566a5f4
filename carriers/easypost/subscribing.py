"""Makes the account's webhook: EasyPost tells every tracker of the account there."""

from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Finding, Parcel, Reply, Request, Subscribed
from carriers.easypost import errors, tracking


def request(_: Sequence[Parcel], access: Access) -> Request:
    """The webhook, with the secret its events will be signed with."""
    webhook = {"url": access.callback_url, "webhook_secret": access.push_secret}
    url = f"{access.base_url}/v2/webhooks"
    return wire.json_request("POST", url, {"webhook": webhook}, tracking.headers(access))


def read(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    """The webhook's id, or the refusal."""
    message = wire.object_of(reply.body)
    identity = wire.word(message.get("id"))
    if message.get("object") != "Webhook" or not identity:
        return Subscribed(errors=errors.of(message))
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels), subscription_id=identity)


def search(parcels: Sequence[Parcel], access: Access) -> Request:
    """The account's webhooks: each asking would make another."""
    del parcels
    return Request("GET", f"{access.base_url}/v2/webhooks", tracking.headers(access))


def found(reply: Reply, parcels: Sequence[Parcel], access: Access) -> Subscribed:
    """The webhook at our address, if there is one; a disabled one is none."""
    if reply.status in wire.NO_SUCH_QUESTION:
        return Subscribed()
    message = wire.object_of(reply.body)
    if "webhooks" not in message:
        return Subscribed(errors=errors.of(message))
    for each in wire.objects(message["webhooks"], "webhooks"):
        if each.get("url") == access.callback_url and each.get("disabled_at") is None:
            numbers = tuple(parcel.tracking_number for parcel in parcels)
            return Subscribed(numbers, subscription_id=wire.needed(each.get("id"), "the webhook's id"))
    return Subscribed()


FINDING = Finding(search, found)
