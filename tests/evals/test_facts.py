"""A fact is found however an answer writes it, and not found where it is not said."""

import pytest

from evals.facts import says, stated

SAID = [
    ("Notice by Fri 13 Nov 2026", "2026-11-13"),
    ("by November 13, 2026", "2026-11-13"),
    ("13 November is the last day", "2026-11-13"),
    ("on 13.11.2026", "2026-11-13"),
    ("due at 13:30 CET", "13:30"),
    ("due at 1:30 p.m.", "13:30"),
    ("€2,400 in credits", "EUR 2,400.00"),
    ("2400.00 EUR", "EUR 2,400.00"),
    ("£5,000,000 each", "GBP 5,000,000"),
    ("it was 99.7427 %", "99.74%"),
    ("it was 99.74 per cent", "99.74%"),
    ("took 7 h 00 min", "7 h"),
    ("took seven hours", "7 h"),
    ("took 5h30", "5 h 30 min"),
    ("after 1 hour and 15 minutes", "75 min"),
    ("1 h 15 min against 1 h, 15 min over", "1 h"),
    ("1 hour, 15 minutes", "75 min"),
    ("within thirty (30) days after receipt", "30 days"),
    ("within two (2) Business Days", "2 business days"),
    ("of 44700 minutes", "44,700"),
    ("three breaches", "3"),
    ("NORDWIND  Hosting AB", "Nordwind Hosting"),
    ("the “Automatic” one", '"automatic" one'),
]
NOT_SAID = [
    ("Notice by 14 November 2026", "2026-11-13"),
    ("13 November 2025", "2026-11-13"),
    ("due at 13:31", "13:30"),
    ("due at 1:30 a.m.", "13:30"),
    ("EUR 2,400.01", "EUR 2,400.00"),
    ("USD 2,400.00", "EUR 2,400.00"),
    ("it was 99.7 %", "99.74%"),
    ("it was 99.75 %", "99.74%"),
    ("took 7 h 30 min", "7 h"),
    ("within 2 days", "2 business days"),
    ("EUR 12,500", "500"),
    ("30 breaches", "3"),
    ("Nordwindhosting", "Nordwind Hosting"),
    ("INC00104271", "INC0010427"),
]


@pytest.mark.parametrize(("text", "fact"), SAID)
def test_said(text: str, fact: str) -> None:
    assert says(stated(text), fact)


@pytest.mark.parametrize(("text", "fact"), NOT_SAID)
def test_not_said(text: str, fact: str) -> None:
    assert not says(stated(text), fact)
