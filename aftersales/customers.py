"""Buyers, known again by the merchant's id for them, else by phone; what is personal is sealed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.forms import CustomerForm
from db.models.orders import Customer
from db.vault import Vault

Wish = tuple[CustomerForm, str | None, str]  # the form, the phone in E.164, the recipient's name


async def find_or_create(
    session: AsyncSession, vault: Vault, merchant_id: UUID, wishes: Sequence[Wish]
) -> list[Customer]:
    """One customer a wish, in their order; two wishes of one buyer give one row. What is told anew is taken over."""
    phones = [None if phone is None else vault.blind(merchant_id, phone) for _, phone, _ in wishes]
    externals = [form.external_id for form, _, _ in wishes if form.external_id]
    rows = await session.scalars(
        select(Customer)
        .where(
            Customer.merchant_id == merchant_id,
            or_(
                Customer.external_id.in_(externals),
                Customer.external_id.is_(None) & Customer.phone_index.in_([p for p in phones if p]),
            ),
        )
        .order_by(Customer.id),
    )
    by_external: dict[str, Customer] = {}
    by_phone: dict[bytes, Customer] = {}
    for row in rows:
        if row.external_id is not None:
            by_external[row.external_id] = row
        elif row.phone_index is not None:
            by_phone[row.phone_index] = row
    found: list[Customer] = []
    for (form, phone, name), index in zip(wishes, phones, strict=True):
        buyer = by_external.get(form.external_id) if form.external_id else by_phone.get(index) if index else None
        if buyer is None:
            buyer = Customer(merchant_id=merchant_id, external_id=form.external_id)
            session.add(buyer)
            if form.external_id:
                by_external[form.external_id] = buyer
            elif index:
                by_phone[index] = buyer
        _take_over(buyer, vault, form, (phone, index), name)
        found.append(buyer)
    return found


def _take_over(
    buyer: Customer, vault: Vault, form: CustomerForm, phone: tuple[str | None, bytes | None], name: str
) -> None:
    """Sealing makes new bytes each time, so only what differs is written."""
    number, index = phone
    told = {"name": form.name or name or None, "phone": number, "email": form.email}
    for column, text in told.items():
        if text is not None and buyer.open(vault, column) != text:
            buyer.seal(vault, **{column: text})
    if index is not None and buyer.phone_index != index:
        buyer.phone_index = index
    if form.locale is not None:
        buyer.locale = form.locale
    if form.delivery_preference is not None:
        shown = form.delivery_preference.model_dump(mode="json", exclude_none=True)
        if "mode" in shown:
            shown["mode"] = shown["mode"].upper()
        buyer.preferences = shown
