"""STO's codes: Chinese words at home, action codes abroad, numbers for an order's dispatch.

From STO's documentation (the first two through the OLTS mappings, CC BY 4.0).
"""

from carriers.table import Table, codes
from db.enums import Confidence, PickupStatus

SCAN = "scanType"
ABROAD = "intl action code"
DISPATCH = "order dispatch status"

CODES = (
    *codes(
        SCAN,
        [
            ("收件", "收件", "picked_up"),
            ("发件", "发件", "departed_from_hub"),
            ("到件", "到件", "arrived_at_hub"),
            ("派件", "派件", "out_for_delivery"),
            ("第三方代派", "第三方代派", "out_for_delivery"),
            ("柜机代收", "柜机代收", "delivery_to_locker"),
            ("驿站代收", "驿站代收", "delivery_to_locker"),
            ("快件取出", "快件取出", "out_for_delivery"),
            ("驿站出库", "驿站出库", "delivery_to_locker"),
            ("问题件", "问题件", "exception"),
            ("退回件", "退回件", "returned_to_sender"),
            ("改地址件", "改地址件", "address_issue"),
            ("转邮", "转邮", "in_transit"),
            ("转同行", "转同行", "transferred_to_carrier"),
            ("签收", "签收", "delivered"),
        ],
        Confidence.MEDIUM,
    ),
    *codes(
        ABROAD,
        [
            ("PU_PICKUP_SUCCESS", "国际揽收", "picked_up"),
            ("MOT_TRANSIT", "中转", "in_transit"),
            ("SC_INBOUND_SUCCESS", "分拣", "arrived_at_hub"),
            ("SC_ORDER_WEIGHT", "称重", "in_transit"),
            ("SC_ORDER_PAY_SUCCESS", "付款", "order_created"),
            ("SC_ORDER_PACKET_SUCCESS", "集包", "in_transit"),
            ("SC_ORDER_PACKET_OUT", "退出集包", "in_transit"),
            ("LH_DEPART", "出发", "departed_from_hub"),
            ("LH_ARRIVE", "抵达", "arrived_at_hub"),
            ("CC_START", "提货", "in_transit"),
            ("CC_IM_START", "清关中", "customs_declared"),
            ("CC_IM_SUCCESS", "清关完成", "customs_released"),
            ("CC_IM_FAILURE", "清关异常", "customs_held"),
            ("GOT", "清关转交成功", "transferred_to_carrier"),
        ],
        Confidence.MEDIUM,
    ),
    *codes(
        DISPATCH,
        [
            ("1", "已分配", "pickup_scheduled"),
            ("2", "已调派", "pickup_scheduled"),
            ("4", "已取消", "order_cancelled"),
            ("5", "已完成", "picked_up"),
            ("6", "打回", "pickup_failed"),
        ],
        Confidence.LOW,
    ),
)

TABLE = Table(CODES)

# 1: given to a branch; 2: given to a courier; 6: sent back by the branch.
PICKUPS = {
    "1": PickupStatus.ACCEPTED,
    "2": PickupStatus.COURIER_ASSIGNED,
    "4": PickupStatus.CANCELED,
    "5": PickupStatus.PICKED_UP,
    "6": PickupStatus.FAILED,
}

ERRORS = {
    "005": "运单号错误",
    "006": "无权限访问",
    "007": "签名错误",
    "008": "请求参数错误",
    "009": "系统繁忙",
}

NOT_FOUND, BUSY = "005", "009"
