"""What a document says of itself: title, relation, dates, law, zone, order of precedence."""

from datetime import date

import pytest

from extraction import read
from extraction.endings import last_day
from extraction.model import ContractFacts
from tests.extraction.conftest import document


def facts(text: str) -> ContractFacts:
    return read(document(text)).facts


@pytest.mark.parametrize(
    ("text", "title", "kind", "relation", "parent"),
    [
        (
            "Master Services Agreement\n\nThis Agreement is made …",
            "Master Services Agreement",
            "msa",
            "master",
            "",
        ),
        (
            "Schedule 2\n\nService Level Agreement\n\nto the Master Services Agreement dated 1 May 2024",
            "Schedule 2 – Service Level Agreement",
            "sla",
            "schedule",
            "Master Services Agreement",
        ),
        (
            "Amendment No. 1\n\nto the Managed Services Agreement dated 12 February 2024\n\nThis "
            "Amendment takes effect on 1 July 2026.",
            "Amendment No. 1 to the Managed Services Agreement",
            "amendment",
            "amendment",
            "Managed Services Agreement",
        ),
        (
            "Statement of Work No. 3\n\nNetwork Rollout\n\nunder the Managed Services Agreement dated "
            "12 February 2024",
            "Statement of Work No. 3 – Network Rollout",
            "sow",
            "sow",
            "Managed Services Agreement",
        ),
        (
            "EXHIBIT 10.5\n\nHOSTING AGREEMENT\n\nThis Hosting Agreement …",
            "HOSTING AGREEMENT",
            "hosting",
            "standalone",
            "",
        ),
        (
            "Mutual Non-Disclosure Agreement\n\nbetween",
            "Mutual Non-Disclosure Agreement",
            "nda",
            "standalone",
            "",
        ),
    ],
)
def test_titles(text: str, title: str, kind: str, relation: str, parent: str) -> None:
    found = facts(text)
    assert (found.title, found.type, found.relation, found.parent_title) == (title, kind, relation, parent)


@pytest.mark.parametrize(
    ("text", "agreed", "effective"),
    [
        (
            "This Agreement is made on 12 February 2024 between A and B. It takes effect on 1 March 2024.",
            "2024-02-12",
            None,
        ),
        (
            "This Agreement is made on 12 February 2024.\n\n“Effective Date” means 1 March 2024.",
            "2024-02-12",
            "2024-03-01",
        ),
        (
            'This Agreement is entered into as of December 8, 2025 (the "Effective Date") by A.',
            "2025-12-08",
            "2025-12-08",
        ),
        ("Supply Agreement\n\nof 9 December 2024\n\nbetween A and B", "2024-12-09", None),
        (
            "Data Agreement\n\n22 April 2025\n\nThis Agreement commences on 1 May 2025.",
            "2025-04-22",
            "2025-05-01",
        ),
        ("Schedule 1 to the Supply Agreement dated 1 May 2020\n\nMunich, 3 June 2021", "2021-06-03", None),
        ("Amendment\n\nThis Amendment takes effect on 1 July 2026.", None, "2026-07-01"),
    ],
)
def test_dates(text: str, agreed: str | None, effective: str | None) -> None:
    found = facts(text)
    assert found.agreed_on == (date.fromisoformat(agreed) if agreed else None)
    if effective is not None:
        assert found.effective_on == date.fromisoformat(effective)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("This Agreement is governed by the laws of Germany; the UN Convention does not apply.", "Germany"),
        (
            "This Agreement shall be governed by and construed in accordance with the laws of the State "
            "of New York.",
            "New York",
        ),
        (
            "THIS AGREEMENT SHALL BE GOVERNED BY THE LAWS OF THE STATE OF TEXAS WITHOUT REGARD TO CONFLICTS.",
            "Texas",
        ),
        ("The law of the Federal Republic of Germany applies.", "Germany"),
        ("Swedish law governs this Agreement.", "Sweden"),
        ("This contract is subject to English law.", "England"),
        ("Alpha Inc. is a corporation organized under the laws of Delaware.", ""),
        ("This Agreement is governed by the laws of England and Wales.", "England and Wales"),
    ],
)
def test_governing_law(text: str, law: str) -> None:
    assert facts(text).governing_law == law


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Times of day are times in Munich.", "Europe/Berlin"),
        ("Support is given from 9:00 a.m. to 6:00 p.m. Eastern Time on weekdays.", "America/New_York"),
        ("The month is measured in the time zone Europe/Stockholm.", "Europe/Stockholm"),
        ("This Agreement is governed by the laws of Poland.", "Europe/Warsaw"),
        ("Nothing is said.", None),
    ],
)
def test_zone(text: str, zone: str | None) -> None:
    assert facts(text).zone == zone


@pytest.mark.parametrize(
    ("text", "order"),
    [
        (
            "If the documents contradict one another, the following order applies: (i) Amendments; (ii) "
            "these clauses; (iii) the Schedules; (iv) the Statements of Work.",
            ("amendment", "master", "schedule", "sow"),
        ),
        ("Should a Schedule conflict with the clauses, the clauses shall prevail.", ("master", "schedule")),
        (
            "In the event of a conflict between the Order Form and this Agreement, the Order Form shall "
            "prevail.",
            ("order", "master"),
        ),
        ("The heat shall prevail.", ()),
    ],
)
def test_precedence(text: str, order: tuple[str, ...]) -> None:
    assert facts(text).precedence == order


@pytest.mark.parametrize(
    ("starts", "months", "last"),
    [
        ("2023-03-01", 36, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-27"),
        ("2025-08-31", 6, "2026-02-27"),
        ("2026-01-01", 12, "2026-12-31"),
    ],
)
def test_the_last_day_of_a_term_is_the_day_before_its_anniversary(
    starts: str, months: int, last: str
) -> None:
    assert last_day(date.fromisoformat(starts), months, 0) == date.fromisoformat(last)


def test_the_end_follows_from_the_start_and_the_length() -> None:
    text = (
        "This Agreement takes effect on 1 March 2024. This Agreement runs for an initial term of "
        "thirty-six (36) months."
    )
    assert facts(text).expires_on == date(2027, 2, 28)


def test_every_fact_says_where_it_stands() -> None:
    text = (
        "Supply Agreement\n\nThis Agreement is made on 1 May 2024.\n\nThis Agreement is governed by the "
        "laws of Germany."
    )
    found = facts(text)
    for name, span in found.spans.items():
        assert span.quote == text[span.start : span.end], name
    assert {"title", "agreed_on", "governing_law"} <= set(found.spans)
