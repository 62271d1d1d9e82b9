"""How durations, days, instants, shares and counts read in a summary. Exact: nothing is rounded so that
it would seem to be on the other side of its target."""

from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from obligations.quantities import Duration, Quantity

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MINUTE = timedelta(minutes=1)


def span_text(span: timedelta) -> str:
    """ "11 min", "7 h 00 min", "6 h 00 min 20 s", "20 s"; a negative span reads like its positive."""
    micros = abs(span) // timedelta(microseconds=1)
    seconds = -(-micros // 1_000_000)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if seconds and not (hours or minutes):
        return f"{seconds} s"
    text = f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
    return f"{text} {seconds} s" if seconds else text


def allowance_text(duration: Duration, business: bool) -> str:
    """A target as people say it: "6 h", "15 min", "30 days", "5 business days"."""
    if not duration.in_days:
        span = duration.elapsed
        return f"{duration.seconds // 3600} h" if span and not duration.seconds % 3600 else span_text(span)
    words = duration.words()
    if business:
        words = words.replace("days", "business days").replace("1 day", "1 business day")
        words = words.replace("business business", "business")
    return words


def count_text(number: int, noun: str) -> str:
    """ "1 day", "7 days"."""
    return f"{number} {noun}{'' if abs(number) == 1 else 's'}"


def day_text(day: date) -> str:
    """ "Friday 2026-11-06"."""
    return f"{WEEKDAY_NAMES[day.weekday()]} {day.isoformat()}"


def instant_text(instant: datetime, zone: tzinfo) -> str:
    """ "2026-11-10 13:30" on the clocks of `zone`; with seconds only where there are any."""
    local = instant.astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def share_text(share: Decimal, target: Decimal) -> str:
    """A percentage with four decimals, or as many as it takes not to seem equal to another `target`."""
    for places in (4, 6, 8, 12):
        shown = share.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        if (shown < target) == (share < target) and (shown != target or share == target):
            break
    return f"{plain(shown)} %"


def plain(number: Decimal) -> str:
    """A decimal without trailing zeros or an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def minutes_of(span: timedelta) -> Decimal:
    """A span in minutes, exact to the microsecond."""
    return Decimal(span // timedelta(microseconds=1)) / Decimal(60_000_000)


def minutes_text(minutes: Decimal) -> str:
    """ "44.7", "44,700", "115": at most two decimals, never rounded to nothing."""
    shown = minutes.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if not shown and minutes:
        shown = minutes.normalize()
    text = f"{shown:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def span_quantity(span: timedelta, text: str = "") -> Quantity:
    """A span as minutes; a negative one reads "-1 h 00 min"."""
    sign = "-" if span < timedelta() else ""
    return Quantity(value=minutes_of(span), unit="minutes", text=text or f"{sign}{span_text(span)}")


def day_quantity(day: date) -> Quantity:
    return Quantity(unit="date", text=day.isoformat())


def days_quantity(number: int, business: bool = False) -> Quantity:
    noun = "business day" if business else "day"
    unit = "business_days" if business else "days"
    return Quantity(value=Decimal(number), unit=unit, text=count_text(number, noun))
