"""J&T Express China."""

from carriers.carrier import Carrier, Sandbox, Tracking
from carriers.jtexpress import sandbox, tracking
from carriers.jtexpress.statuses import CODES
from db.enums import Confidence

CARRIER = Carrier(
    code="jtexpress",
    name_en="J&T Express China",
    name_zh="极兔速递",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://openapi.jtexpress.com.cn", "test": "https://uat-openapi.jtexpress.com.cn"},
    credentials={
        "api_account": "The apiAccount of the application in J&T's console.",
        "private_key": "Its privateKey; it signs our requests.",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.HIGH,
        "error": Confidence.MEDIUM,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "Subscribing exists, but the form of its pushes is not known, so parcels are polled.",
        "Times carry no offset and are taken as Beijing time.",
        "The codes of J&T's refusals are those it publishes for its international gateways.",
    ),
    homepage="https://open.jtexpress.com.cn",
    tracking=Tracking(request=tracking.request, read=tracking.read, at_most=30),
    read_error=tracking.read_error,
    recognise=tracking.recognise,
    sandbox=Sandbox(sandbox.answer),
)
