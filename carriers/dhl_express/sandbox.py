"""MyDHL's side of the tracking query and of pickups, in the shapes of its samples."""

import re
from collections.abc import Iterable
from typing import Any

from carriers import wire
from carriers.carrier import Incoming, Place, Reply, Sandbox, SandboxParcel, SandboxWorld, Scan
from carriers.dhl_express import sandbox_booking
from carriers.dhl_express.sandbox_booking import problem as _problem
from db.enums import TrackingStatus as S

SAYS = {
    S.INFO_RECEIVED: ("104", "Shipment information received"),
    S.PICKED_UP: ("PU", "Shipment picked up"),
    S.IN_TRANSIT: ("PL", "Processed"),
    S.CUSTOMS: ("IC", "Processed for clearance"),
    S.OUT_FOR_DELIVERY: ("WC", "Shipment is out with courier for delivery"),
    S.AVAILABLE_FOR_PICKUP: ("CC", "Awaiting collection by the consignee"),
    S.ATTEMPT_FAILED: ("NH", "Delivery attempted; consignee premises closed"),
    S.EXCEPTION: ("OH", "Shipment is on hold"),
    S.DELIVERED: ("OK", "Delivered"),
    S.RETURNED: ("RT", "Returned to shipper"),
    S.DISPOSED: ("DS", "Shipment destroyed"),
}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """Plays the tracking query; offsets come only when asked for, as with the carrier."""
    if wire.basic_credentials(incoming) != ("sandbox-api_key", "sandbox-api_secret"):
        return _problem(401, "Unauthorized", "Invalid Credentials", incoming.path)
    found = re.fullmatch(r"/shipments/([^/]+)/tracking", incoming.path)
    if incoming.method != "GET" or found is None:
        gone = _problem(404, "Not found", "No such resource", incoming.path)
        return sandbox_booking.answer(incoming, world) or gone
    parcel = world.parcel(found.group(1))
    if parcel is None:
        return _problem(404, "Not data found", "No data found", f"/expressapi{incoming.path}")
    offsets = incoming.query.get("requestGMTOffsetPerEvent") == "true"
    return wire.json_reply({"shipments": [_shipment(parcel, offsets=offsets)]})


def _shipment(parcel: SandboxParcel, *, offsets: bool) -> dict[str, Any]:
    events = [_event(scan, offsets=offsets) for scan in parcel.scans]
    if events and parcel.signed_by:
        events[-1]["signedBy"] = parcel.signed_by
    told: dict[str, Any] = {
        "shipmentTrackingNumber": parcel.tracking_number,
        "status": "Success",
        "productCode": "P",
        "shipperDetails": {"name": "", "serviceArea": _areas(parcel.origin)},
        "receiverDetails": {"name": "", "serviceArea": _areas(parcel.destination)},
        "unitOfMeasurements": "metric",
        "events": events,
        "numberOfPieces": 1,
        "pieces": [{"number": 1, "trackingNumber": f"JD01{parcel.tracking_number}", "events": events}],
    }
    if parcel.estimated_delivery_at:
        told["estimatedDeliveryDate"] = parcel.estimated_delivery_at.isoformat()
    return told


def _event(scan: Scan, *, offsets: bool) -> dict[str, Any]:
    # CS, "closed shipment", is the code that says least: for what MyDHL has no code of.
    code, text = SAYS.get(scan.meaning.status, ("CS", "Closed shipment"))
    date, time = scan.occurred_at.isoformat(timespec="seconds").split("T")
    told: dict[str, Any] = {"date": date, "time": time[:8], "typeCode": code, "description": text}
    if offsets:
        told["GMTOffset"] = time[8:]
    return told | {"serviceArea": _areas(scan.place)}


def _areas(place: Place | None) -> Iterable[dict[str, str]]:
    if place is None or not place.city:
        return []
    return [{"code": place.city[:3].upper(), "description": f"{place.city.upper()}-{place.country or ''}"}]


SANDBOX = Sandbox(answer=answer)
