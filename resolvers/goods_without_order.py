"""Goods without an order in a ``returnRequest``: who may send them back, and what is told of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import strawberry
from pydantic import ValidationError

from aftersales import forms
from aftersales.goods_without_order import Goods, GoodsForm, Taken
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.returns import ReturnWish
from db.ids import parse_typeid
from db.models.orders import Customer
from resolvers.context import Context
from resolvers.inputs import no_such, optional, plain
from resolvers.order_sync import MoneyInput


@strawberry.input(description="What one of some goods is that no order here tells of.")
class ReturnGoodsInput:
    sku: str = strawberry.field(description="The merchant's stock number, at most 100 characters.")
    title: str = strawberry.field(description="What it is, at most 200 characters.")
    unit_value: MoneyInput = strawberry.field(
        description="What one is worth by the merchant's word; no more than that goes back for it, once."
    )
    category: str | None = optional("Its category, as in ordersSync; what must not travel or come back goes by it.")
    weight_grams: int | None = optional("The weight of one in grams; 1,000 for the whole parcel where nothing tells.")
    hs_code: str | None = optional("Its number in the Harmonized System, six to ten digits; needed over a border.")
    country_of_origin: str | None = optional("Where it was made (ISO 3166-1 alpha-2); needed over a border.")


def goods_of(lines: Sequence[Any]) -> tuple[Goods, ...]:
    """The goods without an order among the lines of a request; none: all are of orders. Refused (INVALID) where a line is
    both or neither, where the two are mixed, and for what cannot be."""
    wrong = [index for index, each in enumerate(lines) if (each.order_line_id is None) is (each.goods is None)]
    if wrong:
        sentence = "A line is of an order (orderLineId) or of goods without one (goods): give one of the two."
        raise Refused(*(Refusal(RefusalCode.INVALID, sentence, ("lines", str(index))) for index in wrong))
    if len({each.goods is None for each in lines}) > 1:
        sentence = "One return is of lines of orders or of goods without an order; make one for each."
        raise Refused(Refusal(RefusalCode.INVALID, sentence, ("lines",)))
    read = [_read(index, each) for index, each in enumerate(lines) if each.goods is not None]
    refusals = [no for each in read if not isinstance(each, Goods) for no in each]
    if refusals:
        raise Refused(*refusals)
    return tuple(each for each in read if isinstance(each, Goods))


def taken_of(context: Context, given: Any, goods: tuple[Goods, ...], wish: ReturnWish) -> Taken | None:
    """What a merchant takes back; None: lines of orders. Refused: POLICY for a buyer, INVALID for what only goods without an
    order have, NOT_FOUND for an id that is none of a buyer."""
    told = {"customerId": given.customer_id is not None, "approve": given.approve}
    if not goods:
        sentence = (
            "This is for goods without an order; lines of orders have their buyer and their policy. Leave it out."
        )
        refusals = [Refusal(RefusalCode.INVALID, sentence, (name,)) for name, is_told in told.items() if is_told]
        if refusals:
            raise Refused(*refusals)
        return None
    if context.viewer.customer_id is not None:
        sentence = (
            "Only the merchant takes back goods without an order; name lines of your orders, or ask the merchant."
        )
        raise Refused(Refusal(RefusalCode.POLICY, sentence, ("lines", "0", "goods")))
    _address(wish)
    parsed = None
    if given.customer_id is not None:
        parsed = parse_typeid(given.customer_id)
        if parsed is None or parsed[0] != Customer.prefix:
            raise no_such("buyer", ("customerId",))
    return Taken(context.viewer.merchant(), goods, wish, parsed[1] if parsed else None, is_approved=given.approve)


def _address(wish: ReturnWish) -> None:
    """Refused (INVALID) for an address that cannot be: no order's stands behind it."""
    try:
        forms.AddressForm.model_validate(wish.origin or {"country": "XX"})  # that there is none is told with the rest
    except ValidationError as wrong:
        raise Refused(*forms.refusals(wrong, ("pickupAddress",))) from wrong


def _read(index: int, given: Any) -> Goods | Iterable[Refusal]:
    try:
        form = GoodsForm.model_validate(plain(given.goods))
    except ValidationError as wrong:
        return forms.refusals(wrong, ("lines", str(index), "goods"))
    return Goods(form, given.quantity, given.reason, given.is_opened)
