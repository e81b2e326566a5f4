"""A subscription whose answer was lost: whether it stands, asked before anything is sent again.

The rule, for every call that changes something at a carrier: what was certainly not sent may be sent again; what may have
arrived is asked about first, where the carrier can be asked; where it cannot, only what it knows by the parcel's number
(so that a repeat is the same subscription) is sent again.
"""

from collections.abc import Collection, Sequence
from functools import partial

from aftersales.access import Opened
from aftersales.calling import Caller
from aftersales.wishes import plain
from carriers.carrier import Access, Finding, Parcel, Request, Subscribed, Unreadable
from carriers.http import CarrierError
from db.models.messages import Job


def is_unknown(error: Exception) -> bool:
    """Whether a call that ended so may have had its effect."""
    return isinstance(error, Unreadable) or (isinstance(error, CarrierError) and error.is_unknown)


def may_have_arrived(job: Job) -> bool:
    """Whether an earlier try of a job may have had its effect: its answer was lost, or it began and nothing is known of it
    (the worker died). What certainly did not go out, or was refused, did nothing."""
    last = job.last_error or {}
    known = last.get("attempts", job.attempts - 1 if last else 0)  # the tries of which the end is known
    return bool(last.get("inDoubt")) or job.attempts > known + 1


async def standing(caller: Caller, account: Opened, parcels: Sequence[Parcel]) -> Collection[str | None]:
    """The numbers (plain) of the parcels that are subscribed, as far as the carrier can be asked. Raises what a call
    raises; Unreadable also when the carrier refused to say."""
    carrier = caller.carriers[account.account.carrier_code]
    assert carrier.subscribing is not None
    if carrier.subscribing.finding is not None:
        found = await find(caller, account, carrier.subscribing.finding, parcels)
        return {plain(number) for number in found.accepted}
    if carrier.subscribing.before_query and carrier.tracking is not None:
        return await _tracked(caller, account, parcels)
    return ()


async def find(caller: Caller, account: Opened, finding: Finding, parcels: Sequence[Parcel]) -> Subscribed:
    """What the carrier says of our subscriptions. Raises as ``standing``."""
    allowed: list[Access] = []

    def build(given: Access) -> Request:
        allowed.append(given)
        return finding.request(parcels, given)

    reply = await caller.call(account, build)
    found = finding.read(reply, parcels, allowed[-1])
    if found.errors:
        raise Unreadable("the carrier does not say which subscriptions there are")
    return found


async def _tracked(caller: Caller, account: Opened, parcels: Sequence[Parcel]) -> Collection[str | None]:
    """Of a carrier that tells where a parcel is only after it was subscribed: those it tells of."""
    tracking = caller.carriers[account.account.carrier_code].tracking
    assert tracking is not None
    numbers: set[str | None] = set()
    for start in range(0, len(parcels), tracking.at_most):
        batch = parcels[start : start + tracking.at_most]
        reply = await caller.call(account, partial(tracking.request, batch))
        told = tracking.read(reply).shipments
        numbers |= {plain(each.tracking_number or batch[0].tracking_number) for each in told}
    return numbers
