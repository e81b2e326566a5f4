"""DHL Paket in Germany (Post & Parcel): tracking by query in XML, pickups, no pushes of its own."""

from datetime import timedelta

from carriers import wire
from carriers.carrier import Authorizing, Carrier, Tracking
from carriers.dhl_parcel_de import booking, pickups, sandbox, statuses, tracking
from db.enums import Confidence

CARRIER = Carrier(
    code="dhl_parcel_de",
    name_en="DHL Paket (Germany)",
    name_zh="德国敦豪包裹",
    country="DE",
    zone="Europe/Berlin",
    hosts={"live": "https://api-eu.dhl.com", "test": "https://api-sandbox.dhl.com"},
    credentials={
        "api_key": "The key (client id) of the app in DHL's developer portal.",
        "api_secret": "The secret of that app.",
        "portal_user": "The user of DHL's business customer portal.",
        "portal_password": "The password of that user.",
        "billing_number": "Optional: the billing number of pickups; without it nobody is sent.",
        "receiver_id": "Optional: the receiver of returns set up in the portal, where it is not named by the country.",
        "tracking_user": "The name of the tracking user (appname inside the query).",
        "tracking_password": "The password of the tracking user.",
    },
    codes=statuses.TABLE.rows,
    confidence={
        "tracking": Confidence.MEDIUM,
        "booking": Confidence.HIGH,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "All times are German local time without seconds.",
        "A scan marked as Rücksendung is read as the way back of the same parcel: delivered then means returned.",
        "The words for event and reason codes follow a public mapping, corrected where DHL's own text is plain.",
        "Neither a pickup nor a label can be asked for by our reference, and sent twice it is two: a person must look.",
        "A return goes to a receiver of the business portal, whatever address it is told; its label is never cancelled.",
        "A QR code comes as a picture; where it can be opened (qrLink) is kept beside it.",
        "A pickup has a number only where a label was made before; it is not moved but cancelled and ordered anew.",
        "How a cancellation names its order (orderID) and a pickup its label (shipmentNo) was not seen; nor were prices.",
        "There is no push in this API; DHL's unified push covers these parcels.",
    ),
    homepage="https://developer.dhl.com/api-reference/parcel-de-tracking-post-parcel-germany",
    authorizing=Authorizing(pickups.authorize, wire.granted),
    tracking=Tracking(tracking.request, tracking.read, at_most=15, no_oftener=timedelta(hours=1)),
    read_pickup=pickups.read,
    read_error=pickups.read_error,
    recognise=pickups.recognise,
    booking=booking.BOOKING,
    sandbox=sandbox.SANDBOX,
)
