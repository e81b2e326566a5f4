"""STO Express."""

from carriers.carrier import Carrier, Pushing, Sandbox, Subscribing, Tracking
from carriers.sto import push, sandbox, subscribing, tracking
from carriers.sto.statuses import CODES
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="sto",
    name_en="STO Express",
    name_zh="申通快递",
    country="CN",
    zone="Asia/Shanghai",
    hosts={
        "live": "https://cloudinter-linkgatewayonline.sto.cn",
        "test": "http://cloudinter-linkgatewaytest.sto.cn",
    },
    credentials={
        "app_key": "The application's key; sent as from_appkey.",
        "secret_key": "Its secretKey; it signs our requests and STO's pushes.",
        "from_code": "The application's resource code, where it is not the key itself (optional).",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.LOW,
        "push": Confidence.LOW,
        "subscribing": Confidence.LOW,
        "pickup": Confidence.LOW,
        "error": Confidence.MEDIUM,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.LOW,
    },
    notes=(
        "Answers and pushes are read as the documentation lists their fields; none was ever captured.",
        "Pushes must carry the same digest as our own requests; that STO signs them so is not confirmed.",
        "The acknowledgement that a push expects is not confirmed.",
        "A scan whose time zone field is blank or not an offset is taken as Beijing time.",
    ),
    homepage="https://open.sto.cn",
    tracking=Tracking(request=tracking.request, read=tracking.read, at_most=10),
    subscribing=Subscribing(request=subscribing.request, read=subscribing.read, at_most=10),
    pushing=Pushing(PushAuthenticity.SIGNED, push.verify, push.read, push.acknowledge),
    read_pickup=push.read_pickup,
    read_error=tracking.read_error,
    recognise=push.recognise,
    sandbox=Sandbox(sandbox.answer, sandbox.push),
)
