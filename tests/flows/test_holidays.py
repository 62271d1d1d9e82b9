"""Holidays that the tables lack reach the calendars of the promises that are assessed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.errors import SettingsError
from flows.settings import Settings
from flows.wiring import Pacta
from flows.world import World
from obligations.calendars import Calendar
from obligations.facts import Fact, Source, Ticket
from obligations.local_holidays import with_local_holidays
from obligations.model import AsOf, Obligation, Outcome
from obligations.rules import assess
from obligations.terms import ResolutionTime
from store import Scope
from tests.obligations.golden_cases import reader_of

OWN = """
DE-BY/Nuremberg:
  - {name: Works outing, on: 2026-06-12, source: company calendar of 2026}
"""


def calendar(site: str) -> Calendar:
    return Calendar.model_validate(
        {
            "zone": "Europe/Berlin",
            "holiday_region": "DE-BY",
            "site": site,
            "windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "18:00"}],
        }
    )


def promise(site: str) -> Obligation:
    terms = {"within": "PT4H", "clock": "business", "calendar": calendar(site)}
    return reader_of({}).obligation(
        {"kind": "resolution_time", "debtor": "vendor", "creditor": "us", "us": "us", "terms": terms}
    )


def outcome(promised: Obligation, opened: datetime, resolved: datetime) -> Outcome:
    ticket = Ticket(subject="", priority="P1", status="resolved", opened_at=opened, resolved_at=resolved)
    held = Fact(
        id="T1",
        source=Source(system="s", record="T1"),
        occurred_at=opened,
        known_at=opened,
        data=ticket,
        party="vendor",
    )
    (found,) = assess(promised, [held], AsOf.at(datetime(2026, 12, 31, tzinfo=UTC)))
    return found.outcome


def test_assumption_day_stops_the_clock_in_munich_and_not_in_nuremberg(tmp_path: Path) -> None:
    # Assumption Day 2025 is a Friday: from Thursday 17:00 to Monday 09:00 are two hours without it.
    opened, resolved = datetime(2025, 8, 14, 15, tzinfo=UTC), datetime(2025, 8, 18, 7, tzinfo=UTC)
    with Pacta(Settings(home=tmp_path)) as pacta:
        found = {
            site: outcome(with_local_holidays(promise(site), pacta.holidays), opened, resolved)
            for site in ("Munich", "Nuremberg")
        }
    assert found == {"Munich": Outcome.MET, "Nuremberg": Outcome.BREACHED}


def test_promises_that_are_assessed_have_them(tmp_path: Path) -> None:
    promised = promise("Munich")
    with Pacta(Settings(home=tmp_path)) as pacta:
        world = World(pacta, Scope.all(), 0)
        vars(world).update(read={promised.id: promised}, contracts={})
        held = world.obligations[promised.id].terms[0].terms
    assert isinstance(held, ResolutionTime)
    assert held.calendar is not None
    assert [holiday.name for holiday in held.calendar.local_holidays] == ["Assumption Day"]


def test_a_file_of_ones_own_takes_the_place_of_the_one_that_comes_along(tmp_path: Path) -> None:
    own = tmp_path / "holidays-of-ours.yaml"
    own.write_text(OWN, encoding="utf-8")
    with Pacta(Settings(home=tmp_path, holidays=own)) as pacta:
        terms = with_local_holidays(promise("Nuremberg"), pacta.holidays).terms[0].terms
        munich = promise("Munich")
        assert with_local_holidays(munich, pacta.holidays) is munich
    assert isinstance(terms, ResolutionTime)
    assert terms.calendar is not None
    assert [holiday.name for holiday in terms.calendar.local_holidays] == ["Works outing"]


@pytest.mark.parametrize("body", ["DE-BY/Munich: [{name: fair}]", "a: [", None])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, body: str | None) -> None:
    own = tmp_path / "holidays-of-ours.yaml"
    if body is not None:
        own.write_text(body, encoding="utf-8")
    with (
        Pacta(Settings(home=tmp_path, holidays=own)) as pacta,
        pytest.raises(SettingsError, match="holidays-of-ours"),
    ):
        _ = pacta.holidays
