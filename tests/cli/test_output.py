"""How the command line writes what it shows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cli.output import when

BERLIN = "Europe/Berlin"


def test_an_instant_is_told_in_the_companys_zone() -> None:
    assert when(datetime(2026, 11, 10, 12, 30, tzinfo=UTC), BERLIN) == "Tue 10 Nov 2026 13:30"
    assert when(None, BERLIN) == ""


def test_the_end_of_a_day_elsewhere_keeps_its_day() -> None:
    new_york, london = ZoneInfo("America/New_York"), ZoneInfo("Europe/London")
    assert when(datetime(2026, 11, 13, 23, 59, tzinfo=new_york), BERLIN) == "Fri 13 Nov 2026 23:59 EST"
    assert when(datetime(2026, 11, 30, 23, 59, tzinfo=london), BERLIN) == "Mon 30 Nov 2026 23:59 GMT"
    # An hour that is the same day here is told in our own zone.
    assert when(datetime(2026, 11, 13, 9, 0, tzinfo=new_york), BERLIN) == "Fri 13 Nov 2026 15:00"
