"""Tables from cells, from lines with pipes, and from columns of white space."""

import pytest

from extraction.priorities import Priorities, find_priorities
from extraction.sentences import segment
from extraction.tables import column_kind, read_tables
from obligations.document import Cell, Document, Table
from tests.extraction.conftest import document


def test_lines_with_pipes_make_a_table() -> None:
    given = document(
        "Service levels\n\nPriority | Response | Resolution\nP1 | 15 min | 4 h\nP2 | 1 h | 8 h\n\nEnd."
    )
    (grid,) = read_tables(given, segment(given))
    assert grid.head == ("Priority", "Response", "Resolution")
    assert [row.text for row in grid.rows] == ["P1 | 15 min | 4 h", "P2 | 1 h | 8 h"]
    assert "service levels" in grid.topic
    row = grid.rows[0]
    assert given.text[row.start : row.end] == "P1 | 15 min | 4 h"


def test_cells_of_the_document_are_used_where_it_has_them() -> None:
    text = "Priority | Response\nP1 | within\n15 minutes\n"
    cells = (
        Cell(row=0, column=0, start=0, end=8),
        Cell(row=0, column=1, start=11, end=19),
        Cell(row=1, column=0, start=20, end=22),
        Cell(row=1, column=1, start=25, end=42),
    )
    given = Document(
        id="d",
        name="d",
        media_type="text/plain",
        text=text,
        tables=(Table(start=0, end=len(text), cells=cells),),
    )
    (grid,) = read_tables(given, segment(given))
    assert grid.rows[0].cells[1].text == "within 15 minutes"


def test_columns_of_white_space_make_a_table() -> None:
    given = document(
        "Severity      Response time     Fix\nSev 1         30 minutes        4 hours\nSev 2         2 "
        "hours           1 day\n"
    )
    (grid,) = read_tables(given, segment(given))
    assert [cell.text for cell in grid.rows[1].cells] == ["Sev 2", "2 hours", "1 day"]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Response within", "response"),
        ("Time to restore", "resolution"),
        ("Workaround", "workaround"),
        ("Made safe or repaired within", "resolution"),
        ("Severity level", "priority"),
        ("Status updates", "update"),
        ("Service Credit (% of Monthly Fee)", "credit"),
        ("Monthly Uptime", "availability"),
        ("Clock runs", "clock"),
        ("Colour", ""),
    ],
)
def test_columns_are_known_by_their_titles(title: str, kind: str) -> None:
    assert column_kind(title) == kind


@pytest.mark.parametrize(
    ("text", "priorities"),
    [
        ("Priority 1 Incidents", [("P1",)]),
        ("Severity One", [("P1",)]),
        ("Sev-2 tickets and P3 tickets", [("P2",), ("P3",)]),
        ("Priority 1 and 2 incidents", [("P1", "P2")]),
        ("levels P2 to P4", [("P2", "P3", "P4")]),
        ("critical incidents", [("P1",)]),
        ("a high price", []),
        ("Level IV faults", [("P4",)]),
    ],
)
def test_priorities_are_normalised(text: str, priorities: list[tuple[str, ...]]) -> None:
    assert [m.priorities for m in Priorities().mentions(text)] == priorities


def test_the_contracts_own_table_decides_what_a_name_means() -> None:
    given = document(
        "Priority | Name | Meaning\nP1 | Urgent | all down\nP2 | Critical | some down\nP3 | Low | rest\n"
    )
    sentences = segment(given)
    names = find_priorities(read_tables(given, sentences), sentences)
    assert [m.priorities for m in names.mentions("critical incidents")] == [("P2",)]
    assert [m.priorities for m in names.mentions("low incidents")] == [("P3",)]


def test_a_definition_may_name_a_priority() -> None:
    given = document("“Priority 3 Call” or “Routine Call” means any other report of a defect.")
    names = find_priorities((), segment(given))
    assert [m.priorities for m in names.mentions("a Routine Call is answered")] == [("P3",)]
