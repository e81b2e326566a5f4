"""Yunda Express."""

from carriers.carrier import Carrier, Sandbox, Subscribing, Tracking
from carriers.yunda import sandbox, subscribing, tracking
from carriers.yunda.statuses import CODES
from db.enums import Confidence

CARRIER = Carrier(
    code="yunda",
    name_en="Yunda Express",
    name_zh="韵达速递",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://openapi.yundaex.com", "test": "https://u-openapi.yundasys.com"},
    credentials={
        "app_key": "The application's app-key.",
        "app_secret": "Its app-secret; it signs our requests.",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.LOW,
        "subscribing": Confidence.LOW,
        "error": Confidence.LOW,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.LOW,
    },
    notes=(
        "A parcel must be subscribed before Yunda answers a query for it.",
        "The answer is read as its fields are reported; none was ever captured.",
        "The form of Yunda's pushes is not known, so parcels are polled.",
        "Times carry no offset and are taken as Beijing time.",
    ),
    homepage="https://open.yundaex.com",
    tracking=Tracking(request=tracking.request, read=tracking.read),
    subscribing=Subscribing(request=subscribing.request, read=subscribing.read, before_query=True),
    read_error=tracking.read_error,
    recognise=tracking.recognise,
    sandbox=Sandbox(sandbox.answer),
)
