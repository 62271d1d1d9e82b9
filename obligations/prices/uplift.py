"""The price of an agreement after it renews: raised by a percentage, or by an index within its limits."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import Fact, Source
from obligations.periods import Period, add_months, containing
from obligations.prices.index_linking import IndexValues
from obligations.quantities import Duration, Money
from obligations.terms import Uplift
from obligations.wording import plain

_HUNDRED = Decimal(100)
_YEAR = 12


@dataclass(frozen=True)
class Raised:
    """A price after a renewal. `most` is what the cap allows where the index is not published; `price` is
    unrounded, None where it is not known. `says` is how it was found."""

    price: Money | None
    most: Money | None
    says: str
    records: tuple[Source, ...] = ()


def raised(
    price: Money, uplift: Uplift, renewed_on: date, length: Duration | None, values: IndexValues
) -> Raised:
    """The price from a renewal day on, for terms of `length`."""
    if uplift.percent is not None:
        rise = _limited(uplift, uplift.percent)
        return Raised(_by(price, rise), None, f"raised by {plain(rise)} %{_limits(uplift, uplift.percent)}")
    month = add_months(renewed_on.replace(day=1), -uplift.lag)
    before = add_months(month, -(length.months if length is not None and length.months else _YEAR))
    months = [containing("month", day) for day in (before, month)]
    old, new = (_value(values, uplift.index or "", each) for each in months)
    if old is None or new is None:
        lacking = [each.words for each, held in zip(months, (old, new), strict=True) if held is None]
        most = _by(price, uplift.cap) if uplift.cap is not None else None
        return Raised(None, most, f"{uplift.index} for {' and '.join(lacking)} is not known")
    (old_fact, was), (new_fact, now) = old, new
    change = (now / was - 1) * _HUNDRED
    rise = _limited(uplift, change)
    shown = plain(round(change, 4))
    says = (
        f"{uplift.index} went from {plain(was)} ({months[0].words}) to {plain(now)} ({months[1].words}), "
        f"{shown} %{_limits(uplift, change)}"
    )
    return Raised(_by(price, rise), None, says, (old_fact.source, new_fact.source))


def _by(price: Money, percent: Decimal) -> Money:
    return price.times(1 + percent / _HUNDRED)


def _limited(uplift: Uplift, change: Decimal) -> Decimal:
    if uplift.cap is not None and change > uplift.cap:
        return uplift.cap
    return uplift.floor if uplift.floor is not None and change < uplift.floor else change


def _limits(uplift: Uplift, change: Decimal) -> str:
    if uplift.cap is not None and change > uplift.cap:
        return f", capped at {plain(uplift.cap)} %"
    if uplift.floor is not None and change < uplift.floor:
        return f", at least {plain(uplift.floor)} %"
    return ""


def _value(values: IndexValues, index: str, month: Period) -> tuple[Fact, Decimal] | None:
    """The value of an index for a month; None where there is none, or several that differ."""
    held = values.of(index, month)
    if len({value.value for _, value in held}) != 1:
        return None
    return held[0][0], held[0][1].value
