"""What merchants send us of their orders, checked for form: the same for the API and for files.

Form is what makes a value meaningless when broken (a quantity of 0, an unknown currency): the item is refused, with the
path of the field. What is only odd (a phone that cannot be) is flagged later and kept.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from babel.numbers import list_currencies
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from aftersales.refusals import Refusal, RefusalCode
from aftersales.rules import customs
from db.enums import (
    Classifier,
    DeliveryMode,
    Direction,
    Locale,
    OrderStatus,
    TrackingReason,
    TrackingStatus,
    TrackingStep,
)
from db.models.base import minor_digits

CURRENCIES = frozenset(list_currencies())
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _clean(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise ValueError("holds characters that cannot be printed")
    return text.strip()


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("is not a currency of ISO 4217")
    return code


def _possible(when: datetime) -> datetime:
    if not 1990 <= when.year <= 2100:
        raise ValueError("is out of any possible time")
    return when.astimezone(UTC)


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(_clean)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Reference = Annotated[Text, Field(min_length=1, max_length=100)]
Sentence = Annotated[Text, Field(max_length=500)]
Country = Annotated[
    str, BeforeValidator(lambda v: v.strip().upper() if isinstance(v, str) else v), Field(pattern="^[A-Z]{2}$")
]
When = Annotated[AwareDatetime, AfterValidator(_possible)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]
Grams = Annotated[int, Field(ge=0, le=100_000_000)]


class Form(BaseModel):
    """Fields are camelCase from outside; unknown ones are refused, so a misspelt name is noticed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class MoneyForm(Form):
    """An amount with no more decimals than its currency has, not negative."""

    amount: Annotated[Decimal, Field(ge=0, max_digits=15)]
    currency: Annotated[
        str, BeforeValidator(lambda v: v.strip().upper() if isinstance(v, str) else v), AfterValidator(_currency)
    ]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        digits = minor_digits(self.currency)
        if self.amount != round(self.amount, digits):
            raise ValueError(f"{self.currency} has {digits} decimals")
        return self

    @property
    def minor(self) -> int:
        """In the currency's smallest unit."""
        return int(self.amount.scaleb(minor_digits(self.currency)))


class AddressForm(Form):
    """Parts as far as the merchant has them; ``street`` may hold a whole line in free text."""

    country: Country
    name: Sentence | None = None
    company: Sentence | None = None
    phone: Annotated[Text, Field(max_length=40)] | None = None
    region: Sentence | None = None
    city: Sentence | None = None
    district: Sentence | None = None
    street: Annotated[list[Sentence], Field(max_length=6)] = []
    unit: Sentence | None = None
    postal_code: Annotated[Text, Field(max_length=20)] | None = None


class PreferenceForm(Form):
    """How a buyer likes to receive parcels."""

    mode: Annotated[DeliveryMode | None, BeforeValidator(_word)] = None
    window: Annotated[str, Field(pattern=r"^\d{2}:\d{2}-\d{2}:\d{2}$")] | None = None
    note: Sentence | None = None


class CustomerForm(Form):
    """Who bought. Known again by ``externalId``, else by phone."""

    external_id: Reference | None = None
    name: Sentence | None = None
    phone: Annotated[Text, Field(max_length=40)] | None = None
    email: Annotated[Text, Field(max_length=254, pattern="^[^@\\s]+@[^@\\s]+$")] | None = None
    locale: Annotated[Locale | None, BeforeValidator(_word)] = None
    delivery_preference: PreferenceForm | None = None


class AttributeForm(Form):
    """A name and a value."""

    name: Name
    value: Sentence


class LineForm(Form):
    """One item. ``weightGrams`` is the weight of one."""

    sku: Reference
    title: Name
    quantity: Annotated[int, Field(ge=1, le=100_000)]
    unit_price: MoneyForm
    weight_grams: Grams | None = None
    category: Sentence | None = None
    hs_code: Annotated[str, AfterValidator(customs.hs_code)] | None = None
    country_of_origin: Annotated[str, AfterValidator(customs.country)] | None = None
    attributes: Annotated[list[AttributeForm], Field(max_length=30)] = []


class ShipmentForm(Form):
    """A parcel to follow. A promised day is kept until it ends in the recipient's zone; a promised moment is exact."""

    carrier: Annotated[str, BeforeValidator(_word), Field(pattern="^[a-z0-9_]{2,40}$")]
    tracking_number: Annotated[Text, Field(min_length=1, max_length=60)]
    external_id: Reference | None = None
    service: Sentence | None = None
    direction: Annotated[Direction, BeforeValidator(_word)] = Direction.FORWARD
    promised_on: Day | None = None
    promised_at: When | None = None
    origin_country: Country | None = None
    origin_region: Sentence | None = None
    declared_value: MoneyForm | None = None
    freight: MoneyForm | None = None
    weight_grams: Grams | None = None
    phone: Annotated[Text, Field(max_length=40)] | None = None


class OrderForm(Form):
    """An order as its merchant sends it."""

    number: Reference
    external_id: Reference | None = None
    status: Annotated[OrderStatus | None, BeforeValidator(_word)] = None
    placed_at: When
    total: MoneyForm
    customer: CustomerForm
    shipping_address: AddressForm
    lines: Annotated[list[LineForm], Field(max_length=250)] = []
    promised_on: Day | None = None
    promised_at: When | None = None
    shipments: Annotated[list[ShipmentForm], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        for line in self.lines:
            if line.unit_price.currency != self.total.currency:
                raise ValueError("every line must be priced in the currency of the total")
        return self


class PlaceForm(Form):
    """Where a scan was made."""

    text: Sentence | None = None
    facility: Sentence | None = None
    city: Sentence | None = None
    region: Sentence | None = None
    postal_code: Annotated[Text, Field(max_length=20)] | None = None
    country: Country | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class ScanForm(Form):
    """A carrier partner's own scan. Without a status it tells only of a promise or an estimate."""

    tracking_number: Annotated[Text, Field(min_length=1, max_length=60)]
    occurred_at: When | None = None
    status: Annotated[TrackingStatus | None, BeforeValidator(_word)] = None
    step: Annotated[TrackingStep | None, BeforeValidator(_word)] = None
    reason: Annotated[TrackingReason | None, BeforeValidator(_word)] = None
    delivery_mode: Annotated[DeliveryMode | None, BeforeValidator(_word)] = None
    action_required: bool = False
    classifier: Annotated[Classifier, BeforeValidator(_word)] = Classifier.ACTUAL
    raw_code: Annotated[Text, Field(max_length=100)] | None = None
    description: Annotated[Text, Field(max_length=1000)] | None = None
    location: PlaceForm | None = None
    event_id: Reference | None = None
    piece: Reference | None = None
    signed_by: Sentence | None = None
    promised_on: Day | None = None
    promised_at: When | None = None
    estimated_at: When | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.status is None) != (self.occurred_at is None):
            raise ValueError("a scan has both status and occurredAt, or neither")
        if self.status is None and not (self.promised_on or self.promised_at or self.estimated_at):
            raise ValueError("give a status with occurredAt, a promise, or an estimate")
        return self


def moment_of(form: OrderForm | ShipmentForm | ScanForm) -> datetime | date | None:
    """The promise as given: a moment, a day, or none."""
    return form.promised_at or form.promised_on


OURS = "Value error, "
"""What pydantic puts before a sentence of ours."""


def refusals(error: ValidationError, path: tuple[str, ...] = ()) -> tuple[Refusal, ...]:
    """What pydantic found, as refusals with the field's path as it is spelt outside; never the value."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:10]
    places = [tuple(to_camel(str(part)) for part in each["loc"]) for each in found]
    return tuple(
        Refusal(RefusalCode.INVALID, f"{'.'.join(place) or 'the item'}: {said}.", (*path, *place))
        for said, place in zip((each["msg"].removeprefix(OURS) for each in found), places, strict=True)
    )
