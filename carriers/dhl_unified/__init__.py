"""DHL Shipment Tracking - Unified: one query and one push for all of DHL's divisions."""

from datetime import timedelta

from carriers.carrier import Carrier, Pushing, Subscribing, Tracking
from carriers.dhl_unified import push, sandbox, statuses, subscribing, tracking
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="dhl_unified",
    name_en="DHL (unified tracking)",
    name_zh="敦豪（统一查询）",
    country="DE",
    zone="UTC",
    hosts={"live": "https://api-eu.dhl.com", "test": "https://api-test.dhl.com"},
    credentials={
        "api_key": "The consumer key of the app in DHL's developer portal.",
        "account_id": "For pushes: the DHL customer account whose parcels are followed.",
        "service": "For pushes: the DHL service of that account, such as express or parcel-de.",
    },
    codes=statuses.TABLE.rows,
    confidence={
        "tracking": Confidence.MEDIUM,
        "push": Confidence.MEDIUM,
        "subscribing": Confidence.MEDIUM,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "DHL has five status codes; delivery tours, customs and returns are understood only from plain English text.",
        "A time without a zone is read in the zone of the scan's country, or as UTC where that is unclear.",
        "A push may hold a status without any time; it is then dated when we received it.",
        "DHL does not sign its pushes; it sends a header token that we choose.",
        "The starter quota is believed to be 250 calls a day and one in five seconds; not confirmed.",
    ),
    homepage="https://developer.dhl.com/api-reference/shipment-tracking",
    tracking=Tracking(tracking.request, tracking.read, no_oftener=timedelta(hours=1)),
    subscribing=Subscribing(subscribing.request, subscribing.read, whole_account=True),
    pushing=Pushing(
        PushAuthenticity.SHARED_SECRET,
        verify=push.verify,
        read=push.read,
        acknowledge=push.acknowledge,
        handshake=push.handshake,
    ),
    read_error=tracking.read_error,
    recognise=push.recognise,
    sandbox=sandbox.SANDBOX,
)
