"""STO Express."""

from carriers.carrier import Carrier, Pushing, Sandbox, Subscribing, Tracking
from carriers.sto import booking, push, sandbox, sandbox_booking, subscribing, tracking
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
        "order_source": "Optional: the source code of our orders; without it nothing can be ordered.",
        "site_code": "Optional: the branch that holds the waybill account; needed to order.",
        "customer_name": "Optional: the customer code at that branch; needed to order.",
        "site_password": "Optional: the password of the waybill account; needed to order.",
        "month_customer_code": "Optional: the monthly account that orders are charged to.",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.LOW,
        "push": Confidence.LOW,
        "subscribing": Confidence.LOW,
        "booking": Confidence.LOW,
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
        "Answers to an order and its cancellation were not seen; they are read as the documentation lists their fields.",
        "An order has no field for when to collect: STO's courier arranges it, and its states tell of it.",
        "What STO says to an order sent twice was not seen, and no question after an order: a person must look.",
        "A waybill number may come with a state of the order, by push; settled fees are not told.",
    ),
    homepage="https://open.sto.cn",
    tracking=Tracking(request=tracking.request, read=tracking.read, at_most=10),
    subscribing=Subscribing(request=subscribing.request, read=subscribing.read, at_most=10),
    pushing=Pushing(PushAuthenticity.SIGNED, push.verify, push.read, push.acknowledge),
    read_pickup=push.read_pickup,
    read_error=tracking.read_error,
    recognise=push.recognise,
    booking=booking.BOOKING,
    sandbox=Sandbox(sandbox.answer, sandbox.push, sandbox_booking.push_booking),
)
