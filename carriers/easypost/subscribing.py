"""Makes the account's webhook: EasyPost tells every tracker of the account there."""

from collections.abc import Sequence

from carriers import wire
from carriers.carrier import Access, Parcel, Reply, Request, Subscribed
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
