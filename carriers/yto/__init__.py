"""YTO Express."""

from carriers.carrier import Carrier, Sandbox, Tracking
from carriers.yto import sandbox, tracking
from carriers.yto.statuses import CODES
from db.enums import Confidence

CARRIER = Carrier(
    code="yto",
    name_en="YTO Express",
    name_zh="圆通速递",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://openapi.yto.net.cn", "test": "https://openuat.yto56.com.cn:6443"},
    credentials={
        "user_id": "The user id in the address of every call.",
        "client_code": "The client code of the tracking interface; the last part of its address.",
        "track_secret": "The secret of the tracking interface: each of YTO's interfaces has its own.",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.HIGH,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "YTO serves only addresses on the account's IP white list.",
        "A live account may be given a port of its own; that is not confirmed.",
        "Times carry no offset and are taken as Beijing time; scans abroad may be off.",
        "Subscribing exists, but the form of its pushes is not known, so parcels are polled.",
    ),
    homepage="https://open.yto.net.cn",
    tracking=Tracking(request=tracking.request, read=tracking.read),
    read_error=tracking.read_error,
    recognise=tracking.recognise,
    sandbox=Sandbox(sandbox.answer),
)
