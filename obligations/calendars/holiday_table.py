"""Public holidays by region, from the `holidays` tables, one year at a time."""

from datetime import date
from functools import lru_cache

from obligations.errors import CalendarError


@lru_cache(maxsize=512)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """Public holidays of `region` ("DE-BY", "GB-ENG", "US") that fall in `year`.

    Substitute days are included where the region has them. Days that only some municipalities keep
    (Assumption Day in Bavaria) are not: a calendar names those in its own `holidays`.
    Raises CalendarError for a region the tables do not know.
    """
    # Imported here: the package takes a quarter of a second, and most calendars are compiled without it.
    import holidays

    country, _, subdivision = region.upper().partition("-")
    try:
        table = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    except NotImplementedError as error:
        raise CalendarError(
            f"no public holidays are known for the region {region!r}",
            remedy="use an ISO 3166 code with subdivision such as DE-BY, or list the days as `holidays`",
        ) from error
    return frozenset(day for day in table if day.year == year)
