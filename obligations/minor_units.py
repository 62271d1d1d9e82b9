"""What can be billed: money exists in whole cents, a price worked out often does not.

An amount between two cents may be billed at either of them, so that nobody is accused of half a cent.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

_PLACES = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Decimals of the currencies that do not have two (ISO 4217)."""


def unit_of(currency: str) -> Decimal:
    """The smallest amount that can be paid: 0.01 for most currencies."""
    return Decimal(1).scaleb(-_PLACES.get(currency, 2))


def at_most(amount: Decimal, currency: str) -> Decimal:
    """The most that may be billed for an exact amount: the whole cent on or above it."""
    return _to_unit(amount, currency, ROUND_CEILING)


def at_least(amount: Decimal, currency: str) -> Decimal:
    """The least that bills an exact amount in full: the whole cent on or below it."""
    return _to_unit(amount, currency, ROUND_FLOOR)


def to_the_unit(amount: Decimal, currency: str) -> Decimal:
    """An exact amount as it is shown and claimed, half a cent up."""
    return _to_unit(amount, currency, ROUND_HALF_UP)


def price_text(amount: Decimal, currency: str) -> str:
    """A price with as many decimals as it has, two at least and six at most: "EUR 0.0385", "EUR 96.00"."""
    if not amount.is_finite():
        return f"an amount in {currency} not known"
    shown = amount.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP).normalize()
    places = max(2, -int(shown.as_tuple().exponent))
    return f"{currency} {shown:,.{places}f}"


def _to_unit(amount: Decimal, currency: str, rounding: str) -> Decimal:
    if not amount.is_finite():
        return amount
    # Twenty digits hold any amount and drop the noise of a division such as 100 * (126 / 120) / 3.
    steady = Decimal(f"{amount:.12f}")
    return steady.quantize(unit_of(currency), rounding=rounding)
