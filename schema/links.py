"""The back edges of the graph, spelled once."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.cases import Case
    from schema.consolidations import Consolidation, ConsolidationSheet
    from schema.customs import ReturnCustoms
    from schema.deliveries import DeliveryChange
    from schema.exchanges import Exchange, SizeAdvice
    from schema.green import ReusePoints
    from schema.labels import ReturnLabel
    from schema.orders import Address, Order, OrderLine
    from schema.pickups import Pickup
    from schema.refunds import MoneyBack, Refund, RefundPreview
    from schema.repairs import Repair
    from schema.returns import Eligibility, Return, ReturnLine
    from schema.shipments import Shipment

AddressLink = Annotated["Address", strawberry.lazy("schema.orders")]
OrderLineLink = Annotated["OrderLine", strawberry.lazy("schema.orders")]
OrderLink = Annotated["Order", strawberry.lazy("schema.orders")]
ShipmentLink = Annotated["Shipment", strawberry.lazy("schema.shipments")]
ConsolidationLink = Annotated["Consolidation", strawberry.lazy("schema.consolidations")]
ConsolidationSheetLink = Annotated["ConsolidationSheet", strawberry.lazy("schema.consolidations")]
CustomsLink = Annotated["ReturnCustoms", strawberry.lazy("schema.customs")]
CaseLink = Annotated["Case", strawberry.lazy("schema.cases")]
EligibilityLink = Annotated["Eligibility", strawberry.lazy("schema.returns")]
ReusePointsLink = Annotated["ReusePoints", strawberry.lazy("schema.green")]
ReturnLink = Annotated["Return", strawberry.lazy("schema.returns")]
ReturnLineLink = Annotated["ReturnLine", strawberry.lazy("schema.returns")]
DeliveryChangeLink = Annotated["DeliveryChange", strawberry.lazy("schema.deliveries")]
LabelLink = Annotated["ReturnLabel", strawberry.lazy("schema.labels")]
PickupLink = Annotated["Pickup", strawberry.lazy("schema.pickups")]
RefundLink = Annotated["Refund", strawberry.lazy("schema.refunds")]
RefundPreviewLink = Annotated["RefundPreview", strawberry.lazy("schema.refunds")]
MoneyBackLink = Annotated["MoneyBack", strawberry.lazy("schema.refunds")]
ExchangeLink = Annotated["Exchange", strawberry.lazy("schema.exchanges")]
SizeAdviceLink = Annotated["SizeAdvice", strawberry.lazy("schema.exchanges")]
RepairLink = Annotated["Repair", strawberry.lazy("schema.repairs")]
