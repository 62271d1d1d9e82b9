"""Holidays of regions and sites that the tables of public holidays lack, added to the calendars they concern.

They are data: `{region: [{name, source, on or yearly}]}`, where a region is a country ("DE"), a subdivision
("DE-BY") or a site in one ("DE-BY/Munich"). `corpus/holidays.yaml` holds those that come with the product.
"""

from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from obligations.calendars.spec import Calendar, LocalHoliday
from obligations.errors import CalendarError

Additions = Mapping[str, tuple[LocalHoliday, ...]]

_ADDITIONS: TypeAdapter[dict[str, tuple[LocalHoliday, ...]]] = TypeAdapter(
    dict[str, tuple[LocalHoliday, ...]]
)


def additions_of(parsed: object) -> Additions:
    """Additions as read from a file. Raises CalendarError where one has no name, no source or no day."""
    try:
        return _ADDITIONS.validate_python(parsed)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CalendarError(
            f"the added holidays cannot be used: {where}: {first['msg']}",
            remedy="each needs `name`, `source` and either `on` (2026-08-15) or `yearly` (08-15)",
        ) from error


def with_additions(calendar: Calendar, additions: Additions) -> Calendar:
    """The calendar with the holidays added for its country, its region and its site; each counts once."""
    region = calendar.holiday_region
    if region is None:
        return calendar
    places = [region.partition("-")[0], region, *([f"{region}/{calendar.site}"] if calendar.site else [])]
    found = [holiday for place in dict.fromkeys(places) for holiday in additions.get(place, ())]
    kept = tuple(dict.fromkeys([*calendar.local_holidays, *found]))
    return (
        calendar if kept == calendar.local_holidays else calendar.model_copy(update={"local_holidays": kept})
    )
