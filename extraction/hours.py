"""Opening hours in words: days of the week, times of day, "24x7", turned into calendar windows."""

import re
from collections.abc import Iterator
from datetime import time

from extraction.patterns import search
from extraction.places import holiday_region_in, zone_in
from obligations.calendars.spec import WEEKDAYS, Calendar, Weekday, Window

_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:r|rs)?|fri|sat(?:ur)?|sun)(?:days?|\.)?"
_DAYS = re.compile(
    rf"\b(?P<first>{_DAY})\s?(?:to|through|thru|until|till|up to|-|/)\s?(?:and including\s)?"
    rf"(?P<last>{_DAY})\b"
    rf"|\b(?P<all>seven days (?:a|per) week|7 days (?:a|per) week|every day|each day|daily|any day"
    rf"|all days)\b"
    rf"|\b(?P<week>weekdays?|business days?|working days?|week days?)\b"
    rf"|\b(?P<one>(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?-i:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b\.?)"
    rf"(?P<also>(?:,?\s?(?:and|or|&|,)\s?{_DAY})*)",
    re.IGNORECASE,
)
_CLOCK = (
    r"(?:(?P<{0}h>\d{{1,2}})(?:[:.](?P<{0}m>\d\d))?(?:\s?(?P<{0}p>a\.?m\b\.?|p\.?m\b\.?))?|(?P<{0}n>noon"
    r"|midnight)|(?P<{0}f>\d{{4}}))"
    r"(?:\s?(?:hours|hrs|h|o'clock|uhr)\b)?"
)
_TIMES = re.compile(
    r"(?<![\d.,%$])"
    + _CLOCK.format("a")
    + r"(?:\s?(?:CET|CEST|GMT|BST|ET|EST|PST|PT|CT|Eastern|local time|\([A-Z/]{2,9}\)))?\s?(?:to"
    r"|through|until|till|and|-)\s?" + _CLOCK.format("b") + r"(?![\d%])",
    re.IGNORECASE,
)
ALWAYS = re.compile(
    r"\b24\s?[x/*-]\s?7(?:\s?[x/]\s?365)?\b|\b24\s?h(?:ours?|rs?)?\.?,?\s?(?:(?:a|per|each|every"
    r"|/)\s?day|/?\s?24h)|"
    r"\btwenty-?\s?four (?:\(24\) )?hours (?:a|per|each) day|\bat (?:any|all) times?\b"
    r"|\baround the clock\b|\bround[- ]the[- ]clock\b|"
    r"\b7d/7d\b|\bday (?:and|or) (?:by )?night\b|\bany hour of any day\b|\ball hours\b|\bany hour\b"
    r"|\b24 hours,? (?:7|seven) days\b",
    re.IGNORECASE,
)
HOLIDAYS = re.compile(
    r"\b(?:public|bank|national|federal|legal|statutory|banking|official|local)?[\s,/]*"
    r"(?:and banking )?holidays?\b",
    re.IGNORECASE,
)


def weekday(text: str) -> Weekday | None:
    """The weekday a word names ("Friday", "Fri."), None if it names none."""
    prefix = text.strip().lower()[:3]
    return next((day for day in WEEKDAYS if day == prefix), None)


def _days(match: re.Match[str]) -> tuple[Weekday, ...]:
    if match["all"]:
        return WEEKDAYS
    if match["week"]:
        return WEEKDAYS[:5]
    if match["one"]:
        named = {
            weekday(match["one"]),
            *(weekday(word) for word in re.findall(_DAY, match["also"] or "", re.IGNORECASE)),
        }
        return tuple(day for day in WEEKDAYS if day in named)
    first, last = weekday(match["first"]), weekday(match["last"])
    if first is None or last is None:
        return ()
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    return WEEKDAYS[begin : end + 1] if begin <= end else (*WEEKDAYS[begin:], *WEEKDAYS[: end + 1])


def _time(match: re.Match[str], side: str) -> tuple[int, int, str] | None:
    """Hours, minutes and the half of the day said ("a", "p" or "")."""
    if match[f"{side}n"]:
        return (12, 0, "p") if match[f"{side}n"].lower() == "noon" else (0, 0, "a")
    if match[f"{side}f"]:
        digits = match[f"{side}f"]
        return int(digits[:2]), int(digits[2:]), ""
    hours, minutes = int(match[f"{side}h"]), int(match[f"{side}m"] or 0)
    half = (match[f"{side}p"] or "").lower()[:1]
    return hours, minutes, half


def time_ranges(text: str) -> Iterator[tuple[int, int, time, time]]:
    """Every range of times of day: its place, when it opens, when it closes (24:00 becomes 00:00)."""
    for match in _TIMES.finditer(text):
        opens, closes = _time(match, "a"), _time(match, "b")
        plain_numbers = not any(match[f"{s}{k}"] for s in "ab" for k in "mpnf") and "-" in match.group()
        if opens is None or closes is None or plain_numbers:
            continue
        if not any(match[f"{s}{k}"] for s in "ab" for k in "mpnf") and "hour" not in match.group().lower():
            continue
        begin, end = _on_clock(opens, closes)
        if begin is None or end is None:
            continue
        yield match.start(), match.end(), begin, end


def _on_clock(opens: tuple[int, int, str], closes: tuple[int, int, str]) -> tuple[time | None, time | None]:
    """Turn the two ends into times; "9 to 5" and "8 to 6 pm" are a working day."""
    first, last = _hour(opens), _hour(closes)
    if not opens[2] and closes[2] == "p" and opens[0] > closes[0] % 12 and opens[0] < 12:
        first = opens[0]
    if not opens[2] and not closes[2] and last <= first and closes[0] < 12 and 5 <= first < 13:
        last = closes[0] + 12
    if first > 24 or last > 24 or opens[1] > 59 or closes[1] > 59:
        return None, None
    return time(first % 24, opens[1]), time(last % 24, closes[1])


def _hour(said: tuple[int, int, str]) -> int:
    hour, _, half = said
    if half == "p" and hour < 12:
        return hour + 12
    return 0 if half == "a" and hour == 12 else hour


def windows_in(text: str) -> tuple[Window, ...]:
    """The opening windows a text states; each range of times takes the days named before it."""
    if ALWAYS.search(text) and not any(True for _ in time_ranges(text)):
        return ()
    days = [
        (match.start(), match.end(), _days(match))
        for match in _DAYS.finditer(text)
        if not _excluded(text, match.start())
    ]
    if any(len(named) < 7 for _, _, named in days) or _weekend_excluded(text):
        days = [(begin, end, named) for begin, end, named in days if len(named) < 7]
    found: list[Window] = []
    for start, _, opens, closes in time_ranges(text):
        before = [named for begin, _, named in days if begin < start]
        after = [named for begin, _, named in days if begin > start]
        chosen = before[-1] if before else (after[0] if after else ())
        if chosen:
            found.append(Window(days=chosen, opens=opens, closes=closes))
    if not found and days:
        midnight = time(0, 0)
        found = [Window(days=days[0][2], opens=midnight, closes=midnight)]
    if not found and _weekend_excluded(text):
        found = [Window(days=WEEKDAYS[:5], opens=time(0, 0), closes=time(0, 0))]
    return tuple(dict.fromkeys(found))


def _excluded(text: str, at: int) -> bool:
    return bool(
        search(
            r"\b(?:other than|except(?:ing)?|excluding|not (?:being )?an?|but not|neither|nor|save for"
            r"|without)\b[^;.]{0,60}$",
            text[max(0, at - 70) : at],
        )
    )


def _weekend_excluded(text: str) -> bool:
    return bool(
        search(
            r"\b(?:other than|except(?:ing)?|excluding|not (?:being )?an?|but not|neither"
            r"|save for)\b[^;.]{0,40}"
            r"\b(?:saturdays?|sundays?|weekends?)\b",
            text,
        )
    )


def is_calendar(text: str) -> bool:
    """Does the text state opening hours or days?"""
    if any(True for _ in time_ranges(text)) and _DAYS.search(text):
        return True
    if ALWAYS.search(text):
        return True
    return bool(
        (HOLIDAYS.search(text) or _weekend_excluded(text)) and (_DAYS.search(text) or _weekend_excluded(text))
    )


def read_calendar(text: str, name: str, zone: str | None, region: str | None = None) -> Calendar | None:
    """The calendar a text states; `zone` is used where it names none itself.

    `region` is the holiday region where the text says "public holidays" without a place, or counts
    business days that are defined elsewhere. None where no zone is known or nothing is stated.
    """
    if ALWAYS.search(text) and not any(True for _ in time_ranges(text)):
        said = zone_in(text) or zone
        return Calendar(name=name, zone=said) if said else None
    windows = windows_in(text)
    if not windows:
        return None
    place = None
    if holidays := HOLIDAYS.search(text):
        place = holiday_region_in(text[max(0, holidays.start() - 30) :]) or holiday_region_in(text)
    elif search(r"\bbanks?\b[^.;]{0,40}\b(?:open|closed|business)\b", text) or (
        search(r"\b(?:business|working) day\b", text)
        and name.lower()
        in (
            "business day",
            "working day",
        )
    ):
        place = holiday_region_in(text)
    counted = HOLIDAYS.search(text) or search(r"\b(?:business|working) days?\b", text)
    code = place.region if place else (region if counted else None)
    said = zone_in(text) or (place.zone if place else None) or zone
    return Calendar(name=name, zone=said, windows=windows, holiday_region=code) if said else None
