"""How far an order may go at a merchant's word."""

from db.enums import OrderStatus

S = OrderStatus
FORWARD = (S.PLACED, S.PAID, S.FULFILLING, S.SHIPPED, S.PARTIALLY_DELIVERED, S.DELIVERED, S.COMPLETED)


def after_statement(current: OrderStatus, said: OrderStatus | None) -> OrderStatus:
    """The status after the merchant's statement: onwards only, since parcels know better; cancelled until delivered,
    and cancelled for good."""
    if said is None or said is current or current is S.CANCELED:
        return current
    if said is S.CANCELED:
        return current if current in {S.DELIVERED, S.COMPLETED} else S.CANCELED
    return said if FORWARD.index(said) > FORWARD.index(current) else current
