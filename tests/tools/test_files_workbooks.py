"""Workbooks and Parquet files: cells that are numbers and dates need no guess; what is hostile is refused."""

import builtins
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.facts import Invoice, ReportReceived, Ticket
from tests.tools.drops import facts_of, read, table
from tools.files import FilesDrop, parse_map, preview, propose_map
from tools.files.limits import Limits
from tools.kit import Misconfigured

INVOICES: dict[str, Any] = {
    "kind": "invoice",
    "date_order": "day_first",
    "decimal": "comma",
    "columns": {"number": "No", "invoiced_on": "Date", "gross": "Gross", "period": "Month"},
}


def workbook(folder: Path, fill: Callable[[Any], None], name: str = "book.xlsx") -> Path:
    book = openpyxl.Workbook()
    fill(book)
    book.save(folder / name)
    return folder


def invoices(book: Any) -> None:
    """A sheet as people keep them: a title above, typed cells, one amount as text."""
    sheet = book.active
    sheet.title = "Invoices"
    sheet.append(["Invoices of the quarter"])
    sheet.append([])
    sheet.append(["No", "Date", "Gross", "Month", "Vendor"])
    sheet.append([17, datetime(2026, 9, 3), 57120.5, date(2026, 9, 1), "Acme Managed Services Ltd"])
    sheet.append(["ACM-2", "4/10/2026", "1.120,50 €", "Sep 2026", "Acme Managed Services Ltd"])
    for row in (4, 5):
        sheet.cell(row, 3).number_format = "#,##0.00 [$€-407]"
        sheet.cell(row, 4).number_format = "mmm yyyy"
    sheet.cell(4, 1).number_format = "00000"


class TestWorkbook:
    def test_typed_cells_are_read_as_what_they_are(self, tmp_path: Path) -> None:
        folder = workbook(tmp_path, invoices)
        facts, places = facts_of(folder, parse_map(_map(header_line=3, **INVOICES), "map"))
        assert not places
        first, second = (f.data for f in facts if isinstance(f.data, Invoice))
        assert (first.number, first.gross.amount, first.gross.currency) == (
            "00017",
            Decimal("57120.5"),
            "EUR",
        )
        assert (first.invoiced_on, first.period) == (date(2026, 9, 3), "2026-09")
        assert (second.gross.amount, second.invoiced_on) == (Decimal("1120.50"), date(2026, 10, 4))
        assert facts[0].source.url == "book.xlsx!Invoices#L4"

    def test_a_map_is_proposed_for_each_sheet(self, tmp_path: Path) -> None:
        def fill(book: Any) -> None:
            sheet = book.active
            sheet.title = "Reports"
            sheet.append(["Report", "Vendor", "Period", "Received at"])
            sheet.append(["Monthly report", "Acme", "2026-09", datetime(2026, 10, 7, 16, 0)])
            tickets = book.create_sheet("Tickets")
            tickets.append(["Export of 7 October"])
            tickets.append(["Ticket", "Opened", "Priority"])
            tickets.append(["T1", datetime(2026, 10, 3, 4, 5), "P1"])
            book.create_sheet("Notes").append(["Colour", "Shape"])
            hidden = book.create_sheet("Hidden")
            hidden.sheet_state = "hidden"

        folder = workbook(tmp_path, fill)
        proposed = propose_map(folder, "Europe/Berlin")
        assert [(t.sheet, t.kind, t.header_line) for t in proposed.tables] == [
            ("Reports", "report_received", 1),
            ("Tickets", "ticket", 2),
            ("Notes", "ignore", 1),
        ]
        assert not proposed.tables[0].asks
        assert not proposed.tables[1].asks
        facts, places = facts_of(folder, proposed)
        assert not places
        ticket = next(f.data for f in facts if isinstance(f.data, Ticket))
        assert ticket.opened_at == datetime(2026, 10, 3, 2, 5, tzinfo=UTC)
        report = next(f.data for f in facts if isinstance(f.data, ReportReceived))
        assert report.received_at == datetime(2026, 10, 7, 14, tzinfo=UTC)
        assert [shown.file for shown in preview(folder, proposed)] == [
            "book.xlsx!Reports",
            "book.xlsx!Tickets",
        ]

    def test_numbers_leave_the_decimal_mark_open_to_nobody(self, tmp_path: Path) -> None:
        def fill(book: Any) -> None:
            book.active.append(["Invoice number", "Invoice date", "Amount", "Currency"])
            book.active.append(["A-1", datetime(2026, 3, 4), 1.234, "EUR"])

        folder = workbook(tmp_path, fill)
        (proposed,) = propose_map(folder, "UTC").tables
        assert not proposed.asks
        ((fact,), _) = facts_of(folder, propose_map(folder, "UTC"))
        assert isinstance(fact.data, Invoice)
        assert fact.data.gross.amount == Decimal("1.234")

    @pytest.mark.parametrize(
        ("value", "style", "said"),
        [
            (0.1 + 0.2, "General", "0.3"),
            (0.15, "0%", "15.00 %"),
            (4500000101.0, "General", "4500000101"),
            (42, "000000", "000042"),
            (9.5, '"EUR" 0.00', "9.5 EUR"),
            (9.5, '0.00 "pcs"', "9.5"),
            (True, "General", "yes"),
            (datetime(2026, 2, 1), "mmm yy", "2026-02-01"),
            (datetime(2026, 2, 1, 13, 30), "General", "2026-02-01T13:30:00"),
        ],
    )
    def test_a_cell_as_its_map_reads_it(self, tmp_path: Path, value: Any, style: str, said: str) -> None:
        from tools.files.cells import as_text
        from tools.files.workbook import Sheet

        def fill(book: Any) -> None:
            book.active.append(["A"])
            book.active.append([value])
            if style != "General":
                book.active.cell(2, 1).number_format = style

        path = workbook(tmp_path, fill) / "book.xlsx"
        (line,) = Sheet(path, "", "book.xlsx").lines()
        assert as_text(line.fields[0]) == said

    def test_an_error_in_a_mapped_cell_is_listed_and_the_rest_goes_on(self, tmp_path: Path) -> None:
        def fill(book: Any) -> None:
            book.active.append(["Report", "Period", "Received at", "Note"])
            book.active.append(["A", "2026-09", "2026-10-07T16:00Z", "#N/A"])
            book.active.append(["B", "#REF!", "2026-10-07T16:00Z", "x"])

        columns = {"report": "Report", "period": "Period", "received_at": "Received at"}
        folder = workbook(tmp_path, fill)
        facts, problems = read(folder, parse_map(_map(kind="report_received", columns=columns), "map"))
        assert [f.source.label for f in facts] == ["A 2026-09"]
        assert [p.place for p in problems] == ["book.xlsx!Sheet:3"]
        assert "#REF!" in problems[0].what

    def test_a_workbook_with_several_sheets_needs_one_named(self, tmp_path: Path) -> None:
        folder = workbook(tmp_path, lambda book: book.create_sheet("More"))
        _, (problem,) = read(folder, parse_map(_map(**INVOICES), "map"))
        assert "2 sheets" in problem.what
        assert "Sheet, More" in problem.remedy
        _, (problem,) = read(folder, parse_map(_map(sheet="None", **INVOICES), "map"))
        assert "no sheet 'None'" in problem.what

    def test_what_unpacks_to_too_much_is_not_opened(self, tmp_path: Path) -> None:
        folder = workbook(tmp_path, invoices)
        with zipfile.ZipFile(folder / "book.xlsx", "a", zipfile.ZIP_DEFLATED) as book:
            book.writestr("xl/media/bomb.bin", b"\0" * 30_000_000)
        assert (folder / "book.xlsx").stat().st_size < 100_000
        problem = _refusal(folder, Limits(workbook=20_000_000))
        assert "unpacks to 30" in problem
        assert "limits.workbook" in problem

    def test_a_size_that_lies_does_not_unpack_to_more(self, tmp_path: Path) -> None:
        folder = workbook(tmp_path, invoices)
        _replace(folder / "book.xlsx", "xl/sharedStrings.xml", b"<sst>" + b" " * 30_000_000 + b"</sst>")
        raw = (folder / "book.xlsx").read_bytes()
        true = (30_000_011).to_bytes(4, "little")
        assert raw.count(true) >= 2, "in the entry and in the directory"
        (folder / "book.xlsx").write_bytes(raw.replace(true, (1_000).to_bytes(4, "little")))
        assert "damaged" in _refusal(folder, Limits(workbook=20_000_000))

    def test_entities_are_refused(self, tmp_path: Path) -> None:
        folder = workbook(tmp_path, invoices)
        bomb = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><sst>&lol;</sst>'
        _replace(folder / "book.xlsx", "xl/sharedStrings.xml", bomb)
        assert "entities" in _refusal(folder)

    @pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
    def test_a_broken_part_is_a_damaged_file(self, tmp_path: Path, part: str) -> None:
        folder = workbook(tmp_path, invoices)
        _replace(folder / "book.xlsx", part, b"<broken")
        assert "damaged" in _refusal(folder)

    def test_an_old_or_protected_workbook_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "book.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100)
        assert "protected" in _refusal(tmp_path)

    def test_more_rows_than_allowed_end_the_file(self, tmp_path: Path) -> None:
        folder = workbook(tmp_path, invoices)
        assert "more than 1 rows" in _refusal(folder, Limits(rows=1), header_line=3)

    def test_a_file_beyond_its_size_is_not_opened(self, tmp_path: Path) -> None:
        assert "limits.file" in _refusal(workbook(tmp_path, invoices), Limits(file=100))


class TestParquet:
    def test_columns_keep_their_types(self, tmp_path: Path) -> None:
        data = pa.table(
            {
                "No": pa.array(["A", "B"]).dictionary_encode(),
                "Date": pa.array([date(2026, 9, 3), date(2026, 10, 4)]),
                "Gross": pa.array([Decimal("57120.50"), Decimal("0.10")], pa.decimal128(12, 2)),
                "Month": pa.array(["2026-09", None]),
                "Tags": pa.array([["x"], ["y"]]),
            }
        )
        pq.write_table(data, tmp_path / "file.csv")
        facts, places = facts_of(tmp_path, table(**INVOICES, constants={"currency": "EUR"}))
        assert not places
        first, second = (f.data for f in facts if isinstance(f.data, Invoice))
        assert (first.gross.amount, first.invoiced_on, first.period) == (
            Decimal("57120.50"),
            date(2026, 9, 3),
            "2026-09",
        )
        assert second.gross.amount == Decimal("0.10")

    def test_instants_with_and_without_zone(self, tmp_path: Path) -> None:
        at = datetime(2026, 10, 7, 16)
        aware = pa.array([at, None], pa.timestamp("ns", "America/New_York"))
        data = pa.table({"Ticket": ["T1", "T2"], "Priority": ["P1", "P2"]})
        data = data.append_column("Opened", pa.array([at, at], pa.timestamp("ns")))
        data = data.append_column("Resolved", aware)
        pq.write_table(data, tmp_path / "tickets.parquet")
        proposed = propose_map(tmp_path, "Europe/Berlin")
        assert [(t.kind, t.asks) for t in proposed.tables] == [("ticket", ())]
        facts, places = facts_of(tmp_path, proposed)
        assert not places
        ticket = facts[-1].data
        assert isinstance(ticket, Ticket)
        assert ticket.opened_at == datetime(2026, 10, 7, 14, tzinfo=UTC)
        resolved = [f.data.resolved_at for f in facts if isinstance(f.data, Ticket)]
        assert datetime(2026, 10, 7, 16, tzinfo=UTC) in resolved

    def test_a_list_in_a_mapped_column_is_listed(self, tmp_path: Path) -> None:
        data = pa.table({"No": [["A"]], "Date": [date(2026, 1, 1)], "Gross": [1.5], "Month": [""]})
        pq.write_table(data, tmp_path / "file.csv")
        facts, problems = read(tmp_path, table(**INVOICES))
        assert not facts
        assert "list" in problems[0].what

    @pytest.mark.parametrize("content", [b"PAR1 nothing more", b"PAR1" + b"\0" * 50 + b"PAR1"])
    def test_a_damaged_file_says_so(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "file.csv").write_bytes(content)
        _, (problem,) = read(tmp_path, table(**INVOICES))
        assert "damaged" in problem.what or "cannot be read" in problem.what

    def test_without_the_library_the_remedy_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pq.write_table(pa.table({"No": ["A"]}), tmp_path / "file.csv")
        whole = builtins.__import__

        def missing(name: str, *rest: Any) -> Any:
            if name.startswith("pyarrow"):
                raise ImportError(name)
            return whole(name, *rest)

        monkeypatch.setattr(builtins, "__import__", missing)
        _, (problem,) = read(tmp_path, table(**INVOICES))
        assert "pyarrow, which is not installed" in problem.what
        assert "pip install 'pacta[parquet]'" in problem.remedy


AMOUNTS = st.decimals(Decimal("0.01"), Decimal("9999999.99"), places=2)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(
    rows=st.lists(st.tuples(AMOUNTS, DAYS), min_size=1, max_size=5),
    decimal=st.sampled_from(["point", "comma"]),
)
@settings(max_examples=25, deadline=None)
def test_the_same_rows_give_the_same_facts_in_every_format(rows: Any, decimal: str) -> None:
    mark = "," if decimal == "comma" else "."
    with TemporaryDirectory() as name:
        folder = Path(name)
        lines = [
            f"A{n};{day:%d.%m.%Y};{str(gross).replace('.', mark)}" for n, (gross, day) in enumerate(rows)
        ]
        (folder / "a.csv").write_text("\n".join(["No;Date;Gross", *lines]))

        def fill(book: Any) -> None:
            book.active.append(["No", "Date", "Gross"])
            for number, (gross, day) in enumerate(rows):
                book.active.append([f"A{number}", day, float(gross)])

        workbook(folder, fill, "b.xlsx")
        columns = {"No": [f"A{n}" for n in range(len(rows))], "Date": [day for _, day in rows]}
        pq.write_table(pa.table({**columns, "Gross": [gross for gross, _ in rows]}), folder / "c.parquet")
        read_as = {**INVOICES, "decimal": decimal, "delimiter": ";", "constants": {"currency": "EUR"}}
        read_as["columns"] = {"number": "No", "invoiced_on": "Date", "gross": "Gross"}
        given_files = [{"file": file, **read_as} for file in ("a.csv", "b.xlsx", "c.parquet")]
        found = []
        for each in given_files:
            facts, places = facts_of(folder, parse_map({"zone": "UTC", "tables": [each]}, "map"))
            assert not places
            found.append([(f.data, f.known_at) for f in facts])
        assert found[0] == found[1] == found[2]
        assert len(found[0]) == len(rows)


def _map(**given: Any) -> dict[str, Any]:
    return {"zone": "Europe/Berlin", "tables": [{"file": "book.xlsx", **given}]}


def _refusal(folder: Path, limits: Limits | None = None, **given: Any) -> str:
    """What is said of a workbook that is not read."""
    drop = FilesDrop(folder, parse_map(_map(**INVOICES, **given), "map"), limits=limits)
    problems = [problem for batch in drop.read("invoice", None) for problem in batch.problems]
    assert problems[0].place.startswith("book.xlsx")
    assert problems[0].remedy or "no header" in problems[0].what
    with pytest.raises(Misconfigured):
        drop.writer()
    return f"{problems[0].what} {problems[0].remedy}"


def _replace(path: Path, part: str, content: bytes) -> None:
    """The workbook with another part in the place of one of its own."""
    held = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), part}:
            new.writestr(name, content if name == part else old.read(name))
    path.write_bytes(held.getvalue())
