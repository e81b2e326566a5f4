"""DHL Express through its MyDHL API: tracking by query, pickups, no pushes."""

from datetime import timedelta

from carriers.carrier import Carrier, Tracking
from carriers.dhl_express import pickups, sandbox, statuses, tracking
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
    },
    codes=statuses.TABLE.rows,
    confidence={
        "tracking": Confidence.HIGH,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.HIGH,
    },
    notes=(
        "Codes and texts are DHL's official list; their meaning in our words is read from the texts.",
        "We always ask for each event's offset; an answer without it is read in the zone of the service area.",
        "The answer to a cancelled pickup is rebuilt from a public integration's test, never captured.",
        "There is no push in this API; DHL's unified push covers Express accounts.",
    ),
    homepage="https://developer.dhl.com/api-reference/dhl-express-mydhl-api",
    tracking=Tracking(tracking.request, tracking.read, no_oftener=timedelta(minutes=30)),
    read_pickup=pickups.read,
    read_error=tracking.read_error,
    recognise=pickups.recognise,
    sandbox=sandbox.SANDBOX,
)
