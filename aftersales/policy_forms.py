"""What a merchant may set in a policy of returns: every field within its bounds, and the law held."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from aftersales import policies
from aftersales.forms import Country, Form, MoneyForm, Name, Sentence, Text, refusals
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules.clocks import DEFAULTS, Unit, Wait
from aftersales.rules.policies import FAULTS, LAWS, Policy, below_law
from db.case_enums import RefundTrigger, Resolution, ReturnMethod, ReturnReason

YEAR = 365 * 24 * 3600


def _clock(word: str) -> str:
    if word not in DEFAULTS:
        raise ValueError(f"is no clock; there are {', '.join(sorted(DEFAULTS))}")
    return word


Days = Annotated[int, Field(ge=0, le=3650)]
Percent = Annotated[int, Field(ge=0, le=100)]
Amounts = Annotated[tuple[MoneyForm, ...], Field(max_length=20)]
Category = Annotated[Text, Field(min_length=1, max_length=60)]
Reasons = Annotated[tuple[ReturnReason, ...], Field(max_length=len(ReturnReason))]
Code = Annotated[str, BeforeValidator(lambda v: v.strip().lower()), Field(pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]


class WindowForm(Form):
    """How long the goods may come back for one reason."""

    reason: ReturnReason
    days: Days


class ExclusionForm(Form):
    """A category that is not taken back without a fault, and the sentence that says why."""

    category: Category
    sentence: Annotated[Sentence, Field(min_length=1)]


class ClockForm(Form):
    """How long one clock of a case runs: seconds, or working time by the calendar of the place concerned."""

    clock: Annotated[str, BeforeValidator(_clock)]
    seconds: Annotated[int, Field(ge=60, le=YEAR)] | None = None
    working_hours: Annotated[int, Field(ge=1, le=2000)] | None = None
    working_days: Annotated[int, Field(ge=0, le=260)] | None = None

    @model_validator(mode="after")
    def _told_once(self) -> Self:
        if len(self._told()) != 1:
            raise ValueError("needs one of seconds, workingHours and workingDays")
        return self

    def wait(self) -> Wait:
        """As the rules read it."""
        [wait] = self._told()
        return wait

    def _told(self) -> list[Wait]:
        units = {
            Unit.SECONDS: self.seconds,
            Unit.WORKING_HOURS: self.working_hours,
            Unit.WORKING_DAYS: self.working_days,
        }
        return [Wait(amount, unit) for unit, amount in units.items() if amount is not None]


class AutoForm(Form):
    """What is approved without a person."""

    most: Amounts = ()
    reasons: Reasons = tuple(ReturnReason)
    most_returns: Annotated[int, Field(ge=0, le=1000)] = 5


class RulesForm(Form):
    """The rules of one version."""

    no_reason_days: Days
    windows: Annotated[tuple[WindowForm, ...], Field(max_length=len(ReturnReason))] = ()
    resolutions: Annotated[tuple[Resolution, ...], Field(min_length=1)] = (Resolution.REFUND, Resolution.EXCHANGE)
    methods: Annotated[tuple[ReturnMethod, ...], Field(min_length=1)] = tuple(ReturnMethod)
    excluded: Annotated[tuple[ExclusionForm, ...], Field(max_length=200)] = ()
    opened_excluded: Annotated[tuple[ExclusionForm, ...], Field(max_length=200)] = ()
    buyer_pays: Reasons = ()
    fees: Amounts = ()
    restocking_percent: Percent = 0
    photo_for: Reasons = ()
    shipping_for: Reasons = tuple(FAULTS)
    auto: AutoForm = AutoForm()
    trigger: RefundTrigger = RefundTrigger.INSPECTION
    express_within: Annotated[int, Field(ge=3600, le=30 * 24 * 3600)] = 24 * 3600
    clocks: Annotated[tuple[ClockForm, ...], Field(max_length=len(DEFAULTS))] = ()
    keep_below: Amounts = ()
    refund_lost: bool = True
    failed_delivery_percent: Percent = 0

    def as_rules(self) -> dict[str, Any]:
        """The JSON form that a version keeps (``policies.read``)."""
        return {
            "noReasonDays": self.no_reason_days,
            "windows": {each.reason.name: each.days for each in self.windows},
            "resolutions": [each.name for each in self.resolutions],
            "methods": [each.name for each in self.methods],
            "excluded": {each.category.lower(): each.sentence for each in self.excluded},
            "openedExcluded": {each.category.lower(): each.sentence for each in self.opened_excluded},
            "buyerPays": [each.name for each in self.buyer_pays],
            "feeMinor": _minor(self.fees),
            "restockingPercent": self.restocking_percent,
            "photoFor": [each.name for each in self.photo_for],
            "shippingFor": [each.name for each in self.shipping_for],
            "auto": {
                "mostMinor": _minor(self.auto.most),
                "reasons": [each.name for each in self.auto.reasons],
                "mostReturns": self.auto.most_returns,
            },
            "trigger": self.trigger.name,
            "expressWithin": self.express_within,
            "clocks": {each.clock: each.wait().kept() for each in self.clocks},
            "keepBelowMinor": _minor(self.keep_below),
            "refundLost": self.refund_lost,
            "failedDeliveryPercent": self.failed_delivery_percent,
        }


class PolicyForm(Form):
    """A version as its merchant writes it. ``country`` is the buyers' it is for (EU: its members); None: all that have no
    policy of their own."""

    code: Code
    name: Name
    country: Country | None = None
    rules: RulesForm


def read(item: Mapping[str, Any]) -> PolicyForm:
    """The form, held against the law. Refused: INVALID with the field's path, POLICY with the law's sentence."""
    try:
        form = PolicyForm.model_validate(item)
    except ValidationError as bad:
        raise Refused(*refusals(bad)) from None
    if form.code in {seed.code for seed in policies.seeds()}:
        no = f"{form.code!r} is the code of a country's own rules; choose another for yours."
        raise Refused(Refusal(RefusalCode.INVALID, no, ("code",)))
    demand_law(policy_of(form, 1, None))
    return form


def policy_of(form: PolicyForm, version: int, effective_at: datetime | None) -> Policy:
    """The version as the rules read it."""
    named = {"code": form.code, "version": version, "name": form.name, "country": form.country, "source": form.name}
    day = (effective_at.date() if effective_at else policies.seeds()[0].effective_from).isoformat()
    return policies.read({**form.rules.as_rules(), **named, "effectiveFrom": day})


def demand_law(policy: Policy) -> None:
    """Refused (POLICY) where a policy is below the law of a place whose buyers it is for; one for all is for each."""
    where = LAWS if policy.country is None else {each for each in policies.places(policy.country) if each}
    short = below_law(policy, [*where])
    if short:
        raise Refused(*(Refusal(RefusalCode.POLICY, sentence, ("rules", field)) for field, sentence in short))


def _minor(amounts: Iterable[MoneyForm]) -> dict[str, int]:
    return {each.currency: each.minor for each in amounts}
