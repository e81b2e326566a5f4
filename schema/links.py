"""The back edges of the graph, spelled once."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.orders import Order
    from schema.shipments import Shipment

OrderLink = Annotated["Order", strawberry.lazy("schema.orders")]
ShipmentLink = Annotated["Shipment", strawberry.lazy("schema.shipments")]
