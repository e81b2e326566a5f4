"""What buyers want to know before asking."""

from datetime import datetime
from typing import Any

import strawberry

from db.enums import AlertKind
from resolvers import alerts as answers
from schema.connections import PageInfo
from schema.fields import described, resolved
from schema.links import ShipmentLink


@strawberry.type(description="What to expect.")
class ExpectedImpact:
    sentence: str = resolved(by=answers.sentence, description="One sentence for the recipient, in their zone.")
    delay_hours: float | None = resolved(
        by=answers.delay_hours, description="Hours later than promised; null: unknown or none."
    )
    new_estimate: datetime | None = resolved(
        by=answers.new_estimate, description="When it will likely arrive instead (UTC)."
    )


def _itself(root: Any) -> Any:
    return root


@strawberry.type(description="Something the buyer wants to know now, with what can be done.")
class Alert:
    kind: AlertKind = resolved(by=lambda root: root.alert.kind, description="What it is.")
    since: datetime = resolved(by=lambda root: root.alert.since, description="Since when it holds (UTC).")
    expected_impact: ExpectedImpact = resolved(by=_itself, description="What to expect.")
    actions: list[str] = resolved(
        by=answers.actions,
        description="What can be done, best first: WAIT, CONTACT_CARRIER, PROVIDE_DOCUMENTS, PAY_DUTIES, COLLECT_PARCEL, "
        "CORRECT_ADDRESS, OPEN_CLAIM, and of these what the carrier takes from the merchant now: RESCHEDULE_DELIVERY "
        "(deliveryReschedule), REDIRECT_DELIVERY and LEAVE_DELIVERY_WITH (deliveryRedirect), HOLD_DELIVERY "
        "(deliveryHold). More may be added.",
        size=2,
    )
    shipment: ShipmentLink = described("The parcel it is about.")


@strawberry.type(description="An alert and its place.")
class AlertEdge:
    cursor: str = described("Where it stands; pass it as `after`.")
    node: Alert = resolved(by=_itself, description="The alert.")


def _page_info(root: Any) -> PageInfo:
    told = root.told
    return PageInfo(
        has_next_page=root.has_next,
        has_previous_page=False,
        start_cursor=told[0].cursor if told else None,
        end_cursor=told[-1].cursor if told else None,
    )


@strawberry.type(description="A page of alerts.")
class AlertConnection:
    edges: list[AlertEdge] = resolved(by=lambda root: root.told, description="The alerts with their cursors.")
    nodes: list[Alert] = resolved(by=lambda root: root.told, description="The alerts alone.")
    page_info: PageInfo = resolved(by=_page_info, description="Where this page stands.")


@strawberry.type
class AlertQueries:
    alerts: AlertConnection = resolved(
        by=answers.alerts,
        description="Alerts over all parcels within reach, those of the most recently changed parcels first. "
        "Needs the scope shipments:read.",
    )
