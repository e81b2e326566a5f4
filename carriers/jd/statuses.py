"""JD's codes, from its documentation (through the OLTS mappings, CC BY 4.0).

``category`` is coarse and stable; ``state`` is fine, and new ones appear: then the category says what it can.
"""

from carriers.table import Table, codes
from db.enums import Confidence, PickupStatus

CATEGORY = "status"
STATE = "state"

CODES = (
    *codes(
        CATEGORY,
        [
            ("100", "已接单", "order_created"),
            ("390", "已下发", "pickup_scheduled"),
            ("403", "控单中", "exception"),
            ("420", "已揽收", "picked_up"),
            ("430", "运输中", "in_transit"),
            ("440", "派送中", "out_for_delivery"),
            ("480", "已拦截", "exception"),
            ("500", "异常终止", "exception"),
            ("510", "妥投", "delivered"),
            ("530", "拒收", "refused"),
            ("690", "已取消物流信息推送", "order_cancelled"),
            ("700", "退款", "exception"),
        ],
        Confidence.HIGH,
    ),
    *codes(
        STATE,
        [
            ("10010", "订单初始化", "order_created"),
            ("10032", "分拣中心验货", "arrived_at_hub"),
            ("10033", "站点验货&第三方运单回传", "arrived_at_destination"),
            ("10034", "妥投", "delivered"),
            ("10035", "拒收", "refused"),
            ("10042", "部分妥投", "delivered"),
            ("10054", "分拣中心发货", "departed_from_hub"),
            ("11000", "派件", "out_for_delivery"),
            ("200000", "其他", "exception"),
            ("200001", "揽收", "picked_up"),
            ("200002", "运单修改补打", "label_printed"),
            ("200003", "站点再投", "delivery_attempted"),
            ("200004", "铁路收货交接", "arrived_at_hub"),
            ("200006", "铁路出发", "departed_from_hub"),
            ("200007", "铁路到达", "arrived_at_hub"),
            ("200008", "铁路提货登记", "arrived_at_hub"),
            ("200009", "铁路提货交接", "arrived_at_hub"),
            ("200010", "取消完成", "order_cancelled"),
            ("200011", "已配载", "in_transit"),
            ("200012", "公路发货", "departed_from_hub"),
            ("200013", "在途转运", "in_transit"),
            ("200017", "分拣中心收货", "arrived_at_hub"),
            ("200018", "揽收任务分配", "pickup_scheduled"),
            ("200019", "站点装箱发货", "departed_from_hub"),
            ("200020", "换单打印", "label_printed"),
            ("200023", "协商再投", "delivery_attempted"),
            ("200030", "抢单成功", "pickup_scheduled"),
            ("200031", "待再投", "delivery_attempted"),
            ("200032", "再投后报废", "exception"),
            ("200033", "再投后退回", "returned_to_sender"),
            ("200034", "揽收任务分配", "pickup_scheduled"),
            ("200035", "配送员接受揽收任务", "pickup_scheduled"),
            ("200036", "待取件", "pickup_scheduled"),
            ("200037", "抢单成功", "pickup_scheduled"),
            ("200038", "骑士到店", "in_transit"),
            ("200039", "温馨提示", "in_transit"),
            ("200040", "转三方", "transferred_to_carrier"),
            ("200050", "订单入站", "arrived_at_destination"),
            ("200051", "自提上架", "delivery_to_locker"),
            ("200052", "终止揽收", "pickup_failed"),
            ("200053", "揽件再取", "pickup_scheduled"),
            ("200054", "上门接货退货完成", "returned_to_sender"),
            ("200055", "已交付高铁", "departed_from_hub"),
            ("200056", "高铁提货", "arrived_at_hub"),
            ("200057", "便民点收货", "delivery_to_locker"),
            ("200058", "三方揽收交接成功", "transferred_to_carrier"),
            ("200059", "三方揽收交接终止", "pickup_failed"),
            ("200060", "三方收货退货", "return_initiated"),
            ("200061", "交接任务分配", "transferred_to_carrier"),
            ("200062", "待支付", "order_created"),
            ("200063", "已支付", "order_created"),
            ("200064", "众包超时未抢单", "pickup_failed"),
            ("200065", "申请退款成功", "exception"),
            ("200066", "退款成功", "exception"),
            ("200067", "取货失败", "pickup_failed"),
            ("200068", "O2O拒收退回", "refused"),
            ("200069", "待拒收", "delivery_attempted"),
            ("200070", "弃货", "exception"),
            ("200071", "团购成功", "order_created"),
            ("200072", "分拣中心分拣", "in_transit"),
            ("200075", "站点收货", "arrived_at_destination"),
            ("200076", "封车", "departed_from_hub"),
            ("200077", "站点装箱", "in_transit"),
        ],
        Confidence.HIGH,
    ),
)

TABLE = Table(CODES)

# What a state says of the order that its courier comes for; every other one is the parcel's alone.
PICKUPS = {
    "10010": PickupStatus.ACCEPTED,
    "200018": PickupStatus.COURIER_ASSIGNED,
    "200030": PickupStatus.COURIER_ASSIGNED,
    "200034": PickupStatus.COURIER_ASSIGNED,
    "200035": PickupStatus.COURIER_ASSIGNED,
    "200036": PickupStatus.COURIER_ASSIGNED,
    "200037": PickupStatus.COURIER_ASSIGNED,
    "200053": PickupStatus.REQUESTED,  # to be collected after all
    "200001": PickupStatus.PICKED_UP,
    "200052": PickupStatus.FAILED,
    "200059": PickupStatus.FAILED,
    "200064": PickupStatus.FAILED,
    "200067": PickupStatus.FAILED,
    "200010": PickupStatus.CANCELED,
}
