"""Calendars, amounts, days, pause rules: what a document defines."""

from datetime import date, time
from decimal import Decimal

import pytest

from extraction.definitions import Definitions, read_definitions
from extraction.hours import read_calendar, windows_in
from extraction.model import ContractFacts, ContractHints, DefinedTerm, Extraction
from extraction.sentences import segment
from obligations.calendars.spec import Calendar
from obligations.document import Span
from tests.extraction.conftest import document


def defined(text: str, zone: str | None = None, hints: ContractHints | None = None) -> Definitions:
    given = document(text)
    return read_definitions(given, segment(given), zone, hints or ContractHints())


def calendar(text: str, name: str, zone: str | None = None) -> Calendar:
    found = defined(text, zone).calendars[name].calendar
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "zone", "region"),
    [
        (
            "“Business Day” means any day from Monday to Friday that is not a public holiday in Munich.",
            "Europe/Berlin",
            "DE-BY",
        ),
        (
            "“Business Day” means a day other than a Saturday, Sunday or public holiday in England.",
            "Europe/London",
            "GB-ENG",
        ),
        (
            "“Business Day” means a day from Monday through Friday other than a United States federal "
            "holiday.",
            "America/New_York",
            "US",
        ),
        (
            "“Business Day” is every day from Monday to Friday, except public holidays in Hamburg.",
            "Europe/Berlin",
            "DE-HH",
        ),
        ("Business Day means Monday to Friday except Swedish public holidays.", "Europe/Stockholm", "SE"),
    ],
)
def test_business_days(text: str, zone: str, region: str) -> None:
    found = calendar(text, "business day")
    assert (found.zone, found.holiday_region) == (zone, region)
    assert [w.days for w in found.windows] == [("mon", "tue", "wed", "thu", "fri")]
    assert found.windows[0].opens == found.windows[0].closes == time(0, 0)


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("Monday to Friday from 08:00 to 18:00", [(5, time(8), time(18))]),
        ("9 a.m. to 6 p.m., Monday through Friday", [(5, time(9), time(18))]),
        ("weekdays, 9:00 to 5:00 PST", [(5, time(9), time(17))]),
        ("Mon–Thu 08:00–17:00 and Fri 08:00–15:00", [(4, time(8), time(17)), (1, time(8), time(15))]),
        ("between 07.00 and 19.00 hours, Monday to Saturday", [(6, time(7), time(19))]),
        ("every day from 6 am to 10 pm", [(7, time(6), time(22))]),
        ("22:00 to 06:00, Monday to Friday", [(5, time(22), time(6))]),
        ("24 hours a day", []),
    ],
)
def test_opening_hours(text: str, windows: list[tuple[int, time, time]]) -> None:
    from extraction.flat import plain

    assert [(len(w.days), w.opens, w.closes) for w in windows_in(plain(text))] == windows


def test_round_the_clock_is_a_calendar_without_windows() -> None:
    found = read_calendar("at any time, day or night", "24x7", "Europe/Berlin")
    assert found is not None
    assert found.always_open


def test_hours_without_a_zone_are_no_calendar() -> None:
    assert defined("“Support Hours” means Monday to Friday 08:00 to 18:00.").calendars == {}


def test_working_days_may_follow_from_working_hours() -> None:
    text = (
        "“Working Hours” means 08:00 to 17:00, London time, Monday to Friday, other than bank holidays "
        "in England; "
        "and a “Working Day” is a day on which there are Working Hours."
    )
    day = calendar(text, "working day")
    assert (day.holiday_region, day.windows[0].opens, day.windows[0].closes) == ("GB-ENG", time(0), time(0))


def test_hours_on_business_days_take_their_holidays() -> None:
    text = (
        "“Business Day” means Monday to Friday except public holidays in Bavaria.\n\n“Support Hours” "
        "means 08:00 to 18:00 on Business Days."
    )
    found = calendar(text, "support hours")
    assert (found.holiday_region, found.windows[0].opens) == ("DE-BY", time(8))


@pytest.mark.parametrize(
    ("text", "name", "amount"),
    [
        ("“Monthly Fee” means EUR 9,800.", "monthly fee", "9800"),
        (
            "The Customer shall pay a Monthly Service Charge of EUR 48,000 for the Services.",
            "monthly service charge",
            "48000",
        ),
        (
            "Customer pays USD 120,000 a year (the “Annual Subscription Fee”).",
            "annual subscription fee",
            "120000",
        ),
        (
            "“Monthly Charge” means one twelfth of the Annual Charge of £96,000, being £8,000.",
            "monthly charge",
            "8000",
        ),
    ],
)
def test_defined_charges(text: str, name: str, amount: str) -> None:
    found = defined(text).amounts[name].amount
    assert found is not None
    assert found.amount == Decimal(amount)


def test_defined_days() -> None:
    assert defined("“Effective Date” means 1 March 2024.").days["effective date"].day == date(2024, 3, 1)
    assert defined("Subscription Start | 1 May 2025").days["subscription start"].day == date(2025, 5, 1)


def test_definitions_of_a_parent_are_used_and_overridden() -> None:
    span = Span(document_id="p", start=0, end=1, quote="x")
    parent = DefinedTerm(
        name="Business Day", calendar=Calendar(name="Business Day", zone="Europe/Paris"), span=span
    )
    hints = ContractHints(parents=(Extraction(facts=ContractFacts(definitions=(parent,))),))
    assert defined("No definitions here.", hints=hints).calendars["business day"].span == span
    own = defined("“Business Day” means Monday to Friday except public holidays in Bavaria.", hints=hints)
    assert own.calendars["business day"].span != span


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("The clock stops while the Ticket awaits the Customer.", ("awaiting_customer",)),
        (
            "Time spent waiting for information from the Client is excluded from the resolution time.",
            ("awaiting_customer",),
        ),
        (
            "The time runs without interruption, save while the Provider is waiting for a decision that "
            "only the Customer can give.",
            ("awaiting_customer",),
        ),
        ("The clock does not stop while the Supplier waits for its own subcontractors.", ()),
        (
            "Response targets are suspended while the incident is on hold or pending a third party.",
            ("awaiting_vendor", "on_hold"),
        ),
        ("The clock shows the time in the lobby.", ()),
    ],
)
def test_rules_that_stop_the_clock(text: str, statuses: tuple[str, ...]) -> None:
    found = defined("Support\n\n" + text).pauses
    assert tuple(s for pause in found for s in pause.statuses) == statuses


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Automatic acknowledgements do not count as a response.", False),
        ("An automated reply constitutes a response.", True),
        ("An automatic confirmation is not a response.", False),
        (
            "The target is met once the ticket system has confirmed receipt, whether or not staff have "
            "seen it; response follows.",
            True,
        ),
    ],
)
def test_automatic_replies(text: str, counts: bool) -> None:
    found = defined(text).automatic
    assert found is not None
    assert found.counts is counts
