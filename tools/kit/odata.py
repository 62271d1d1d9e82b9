"""Times as OData V2 and V4 write them."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_V2_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{1,4})?\)/")


def moment_of(value: Any, zone: ZoneInfo) -> datetime | None:
    """An OData V2 time: `/Date(ms+0000)/` is an instant, `/Date(ms)/` a day or wall time without zone,
    which is taken in `zone`; ISO text likewise. None for an empty one; ValueError for anything else."""
    return None if value in (None, "") else _moment(str(value), zone)


@lru_cache(maxsize=10_000)
def _moment(text: str, zone: ZoneInfo) -> datetime:
    """The same few days come again and again."""
    found = _V2_DATE.fullmatch(text)
    if found is None:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found.group(1)))
    return wall if found.group(2) else wall.replace(tzinfo=zone)
