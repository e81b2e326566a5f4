"""DHL Express through its MyDHL API: tracking by query, pickups, no pushes."""

from datetime import timedelta

from carriers.carrier import Carrier, Tracking
from carriers.dhl_express import booking, pickups, sandbox, statuses, tracking
from db.enums import Confidence

CARRIER = Carrier(
    code="dhl_express",
    name_en="DHL Express",
    name_zh="敦豪国际快递",
    country="DE",
    zone="UTC",
    hosts={"live": "https://express.api.dhl.com/mydhlapi", "test": "https://express.api.dhl.com/mydhlapi/test"},
    credentials={
        "api_key": "The API key (user) of the MyDHL account.",
        "api_secret": "The API secret (password) of the MyDHL account.",
        "account_number": "Optional: the shipper account that pays; without it nothing can be booked.",
    },
    codes=statuses.TABLE.rows,
    confidence={
        "tracking": Confidence.HIGH,
        "booking": Confidence.MEDIUM,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.HIGH,
    },
    notes=(
        "Codes and texts are DHL's official list; their meaning in our words is read from the texts.",
        "We always ask for each event's offset; an answer without it is read in the zone of the service area.",
        "The answer to a cancelled pickup is rebuilt from a public integration's test, never captured.",
        "A pickup cannot be asked for by our reference, and sent twice it is two: a lost answer needs a person.",
        "The change of a pickup was not seen: it is cancelled and made anew; one cancelled already is not found (404).",
        "That a pickup names a label made before (shipmentTrackingNumber) is DHL's public field, not in the sample.",
        "A pickup has no waybill number, no state and no price; return labels and rates have no sample and are not asked.",
        "A parcel that nobody measured is told to DHL as a cube that weighs by volume what it weighs.",
        "Products by letter: N at home, U within the European Union, P across a customs border, or the service named.",
        "There is no push in this API; DHL's unified push covers Express accounts.",
    ),
    homepage="https://developer.dhl.com/api-reference/dhl-express-mydhl-api",
    tracking=Tracking(tracking.request, tracking.read, no_oftener=timedelta(minutes=30)),
    read_pickup=pickups.read,
    read_error=tracking.read_error,
    recognise=pickups.recognise,
    booking=booking.BOOKING,
    sandbox=sandbox.SANDBOX,
)
