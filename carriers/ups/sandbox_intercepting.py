"""UPS's side of its Delivery Intercept API in the sandbox. A wish that it does not take is refused in a 200, with codes that
are the sandbox's own but for 500."""

from collections.abc import Callable
from functools import partial
from typing import Any

from carriers import wire
from carriers.carrier import Incoming, Reply, SandboxWorld, Unreadable
from carriers.diversions import TOO_LATE, No, divert
from carriers.ups import intercepting

REFUSALS = {
    No.UNKNOWN: ("500", "System Error"),
    No.TOO_LATE: ("7103", "The package is not eligible for this request"),
    No.ANOTHER: ("7104", "Another request stands for this package"),
}
NEEDED = {"AA": "newDeliveryAddress", "FD": "deliveryDate", "RS": "reasonForReturn"}


def wanted(kind: str, request: Incoming, number: str, world: SandboxWorld) -> Reply:
    """Takes a wish for a parcel that is on its way; a second one is another, UPS knowing no reference of ours."""
    body = wire.object_of(request.body)
    type_ = wire.word(body.get("requestType"))
    for name in ("name", "telephone"):
        wire.needed(wire.dig(body, "requesterContactInfo", name), f"requesterContactInfo.{name}")
    if type_ != intercepting.CALLS[kind][1] or (type_ in NEEDED and not body.get(NEEDED[type_])):
        raise Unreadable("the type or what it needs is missing")
    no = divert(world, number, kind, "")
    errors = None if no is None else [{"errorCode": REFUSALS[no][0], "errorMessage": REFUSALS[no][1]}]
    told = {"transactionId": "sandbox", "statusCode": "000", "statusMsg": "Success", "success": no is None}
    return wire.json_reply({**told, "errors": errors, "subStatusCode": ""})


def eligible(_request: Incoming, number: str, world: SandboxWorld) -> Reply:
    """What may be asked of a parcel: everything, or what stands called off, or nothing any more."""
    parcel, stands = world.parcel(number), world.desk.diversion(number)
    told: dict[str, Any] = {"transactionId": "sandbox", "statusCode": "000", "statusMsg": "SUCCESS", "success": True}
    if parcel is None:
        error = {"errorCode": "500", "errorMessage": "System Error"}
        return wire.json_reply(
            {"response": {**told, "success": False, "errors": [error], "commonEligibilityMap": None}}
        )
    is_late = parcel.scans[-1].meaning.status in TOO_LATE
    standing = "" if stands is None or is_late else intercepting.CALLS[stands.kind][2]
    features = [
        {
            "interceptFeature": feature,
            "eligibilityValue": {
                "createEligibility": _word(may=not is_late and stands is None),
                "modifyEligibility": "NOT_ELIGIBLE",
                "cancelEligibility": _word(may=feature == standing),
            },
        }
        for feature in sorted({feature for _, _, feature in intercepting.CALLS.values()})
    ]
    return wire.json_reply({"response": {**told, "errors": None, "commonEligibilityMap": features}})


def _word(*, may: bool) -> str:
    return intercepting.ELIGIBLE if may else "NOT_ELIGIBLE"


Service = tuple[str, str, Callable[[Incoming, str, SandboxWorld], Reply]]
SERVICES: tuple[Service, ...] = (
    *(
        ("POST", intercepting.BASE + path, partial(wanted, kind))
        for kind, (path, _, _) in intercepting.CALLS.items()
        if kind != "leave_with"  # which goes where a redirect goes
    ),
    ("GET", intercepting.ELIGIBILITY, eligible),
)
