"""Terms of what a party must be able to show: insurance, certificates and licences."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.quantities import Currency, DurationField, Frozen, Money
from obligations.terms.common import Per

RATINGS = ("A++", "A+", "A", "A-", "B++", "B+", "B", "B-", "C++", "C+", "C", "C-", "D", "E", "F")
"""Financial strength of an insurer, best first."""

Amount = Annotated[Decimal, Field(gt=0)]


class _Shown(Frozen):
    """By when evidence must be shown, and in whose name it must be."""

    show_by: date | None = Field(default=None, description="evidence must be shown by this day")
    within: DurationField | None = Field(default=None, description="shown so long after the start")
    not_older_than: DurationField | None = Field(default=None, description="age of the certificate at most")

    @model_validator(mode="after")
    def _shown_once(self) -> "_Shown":
        if self.show_by is not None and self.within is not None:
            raise ValueError("show_by and within both say by when it is shown; state one of them")
        return self


class Insurance(_Shown):
    """A policy to be held. `amount` is the limit for each event, or with `per: year` in the aggregate."""

    kind: Literal["insurance"] = "insurance"
    type: str | None = Field(default=None, description="general_liability, professional, cyber, workers, …")
    amount: Amount | None = Field(default=None, description="None: the text leaves the figure open")
    currency: Currency | None = None
    per: Per | None = Field(default=None, description="event: each occurrence; year: in the aggregate")
    aggregate: Amount | None = Field(default=None, description="aggregate limit beside the one per event")
    aggregate_per: Literal["policy", "project", "location"] | None = None
    umbrella: bool | None = Field(
        default=None, description="whether an umbrella policy may make up the limit"
    )
    basis: Literal["occurrence", "claims_made"] | None = None
    retroactive_by: date | None = Field(default=None, description="latest retroactive date; else the start")
    additional_insured: bool = False
    waiver_of_subrogation: bool = False
    primary: bool = Field(default=False, description="primary and non-contributory")
    endorsements: tuple[str, ...] = Field(default=(), description='forms to be attached, "CG 20 10"')
    rating: str | None = Field(default=None, description='least financial strength of the insurer, "A-"')
    insured: str | None = Field(default=None, description="legal name of the party to be insured")
    aliases: tuple[str, ...] = Field(default=(), description="other names of the same legal person")
    tail: DurationField | None = Field(default=None, description="cover after the end of the contract")

    @model_validator(mode="after")
    def _whole(self) -> "Insurance":
        if (self.amount or self.aggregate) and self.currency is None:
            raise ValueError("a limit needs its currency")
        if self.aggregate is not None and self.per == "year":
            raise ValueError("per year is the aggregate already; state the amount for each event beside it")
        if self.aggregate is not None and self.amount is not None and self.aggregate < self.amount:
            raise ValueError(f"the aggregate {self.aggregate} is less than {self.amount} for each event")
        if self.rating is not None and self.rating not in RATINGS:
            raise ValueError(f"rating {self.rating!r} is none of {', '.join(RATINGS)}")
        return self

    @property
    def each_event(self) -> Money | None:
        """The limit for each event that the text asks for."""
        return self._money(self.amount) if self.per != "year" else None

    @property
    def in_all(self) -> Money | None:
        """The limit in the aggregate that the text asks for."""
        return self._money(self.amount if self.per == "year" else self.aggregate)

    def _money(self, amount: Decimal | None) -> Money | None:
        if amount is None or self.currency is None:
            return None
        return Money(amount=amount, currency=self.currency)


class HeldCertificate(_Shown):
    """A certificate, licence or registration to be held ("ISO 27001"), with its surveillance."""

    kind: Literal["certificate"] = "certificate"
    standard: str | None = Field(default=None, description="standard or licence, as the certificate names it")
    holder: str | None = Field(default=None, description="legal name of the party that must hold it")
    aliases: tuple[str, ...] = ()
    issuer: str | None = Field(default=None, description="body that must have issued it")
    surveillance: DurationField | None = Field(
        default=None, description="longest time between two surveillance audits"
    )
