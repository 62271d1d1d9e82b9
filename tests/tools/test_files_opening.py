"""Files: how they are opened, resumed, and what a bad one does."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from obligations.facts import ReportReceived
from tests.tools.drops import REPORT_MAP, REPORTS, Drop, facts_of, putter, read, table
from tools.files import FilesDrop, parse_map, propose_map
from tools.kit import Connector, Fatal, Misconfigured, Skippable


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return putter(tmp_path)


class TestOpening:
    @pytest.mark.parametrize(
        "change",
        [
            lambda t: b"\xef\xbb\xbf" + t.encode(),
            lambda t: t.replace("Acme", "Größe").encode("cp1252"),
            lambda t: t.encode("utf-16"),
            lambda t: t.replace(",", ";").encode(),
            lambda t: t.replace(",", "\t").encode(),
            lambda t: t.replace("\n", "\r\n").encode(),
            lambda t: gzip.compress(t.encode()),
            lambda t: t.replace("Monthly service report", '"Monthly, service\nreport"').encode(),
            lambda t: (t + "\n\n,,,,\n").encode(),
        ],
    )
    def test_a_file_reads_the_same_however_it_was_saved(
        self, drop: Drop, change: Callable[[str], bytes]
    ) -> None:
        folder = drop(change(REPORTS))
        facts, places = facts_of(folder, propose_map(folder, "Europe/Berlin"))
        assert len(facts) == 2
        assert not places
        assert isinstance(facts[0].data, ReportReceived)
        assert facts[0].data.received_at == datetime(2026, 10, 7, 14, tzinfo=UTC)

    def test_bad_rows_are_listed_with_their_line_and_the_rest_goes_on(self, drop: Drop) -> None:
        bad = (
            "Report,Vendor,Period,Received at\n"
            "A,Acme,2026-09,2026-10-07T16:00Z\n"
            "too,few\n"
            "far,too,many,2026-10-07T16:00Z,fields\n"
            "B,Acme,2026-09,soon\n"
            "C,Acme,whenever,2026-10-07T16:00Z\n"
            "D,Acme,2026-09,2026-10-08T16:00Z\n"
        )
        facts, places = facts_of(drop(bad), table(**REPORT_MAP))
        assert [f.data.report for f in facts] == ["A", "D"]  # type: ignore[union-attr]
        assert sorted(places) == ["file.csv:3", "file.csv:4", "file.csv:5", "file.csv:6"]

    def test_a_row_in_another_encoding_is_listed(self, drop: Drop) -> None:
        rows = REPORTS.encode() + "Bericht für uns,Acme,IC-1,2026-10,2026-11-09T09:30Z\n".encode("cp1252")
        facts, places = facts_of(drop(rows), table(**REPORT_MAP))
        assert len(facts) == 2
        assert places == ["file.csv:4"]

    def test_an_open_quote_ends_the_file_with_its_line(self, drop: Drop) -> None:
        rows = REPORTS + 'D,"Acme,IC-1,2026-10,2026-11-09T09:30Z\n' + "x" * 1_100_000
        facts, places = facts_of(drop(rows), table(**REPORT_MAP))
        assert len(facts) == 2
        assert places == ["file.csv:4"]

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "header"),
            (b"\n\n", "header"),
            (b"PK\x03\x04rest of a workbook", "workbook"),
            (b"\x1f\x8b broken gzip", "damaged"),
        ],
    )
    def test_a_file_that_is_none_says_what_it_is(self, drop: Drop, content: bytes, says: str) -> None:
        folder = drop(content)
        _, (problem,) = read(folder, table(**REPORT_MAP))
        assert says in problem.what
        assert "file.csv" in problem.place
        (proposed,) = propose_map(folder).tables
        assert proposed.kind == "ignore"
        assert says in proposed.asks[0]

    def test_a_damaged_file_does_not_stop_the_others(self, drop: Drop) -> None:
        drop(gzip.compress(REPORTS.encode())[:-20], "a.csv.gz")
        drop(b"PK\x03\x04", "b.csv")
        folder = drop(REPORTS, "c.csv")
        column_map = parse_map({"tables": [{"file": "*.csv*", **REPORT_MAP}]}, "map")
        facts, problems = read(folder, column_map)
        assert {f.source.url.split("#")[0] for f in facts} >= {"c.csv"}
        assert [p.place for p in problems] == ["a.csv.gz", "b.csv"]
        assert all(p.remedy for p in problems)

    def test_a_missing_column_names_those_there_are(self, drop: Drop) -> None:
        _, (problem,) = read(drop("Report,Vendor,Period\nA,B,2026-09\n"), table(**REPORT_MAP))
        assert "Received at" in problem.what
        assert "Report, Vendor" in problem.remedy

    def test_a_column_twice_is_refused(self, drop: Drop) -> None:
        _, (problem,) = read(drop("Report,Vendor,Period,Period,Received at\n"), table(**REPORT_MAP))
        assert "twice" in problem.what

    def test_nothing_outside_the_folder_is_read(self, drop: Drop, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        drop(REPORTS, "inside/a.csv")
        drop(REPORTS, "secret.csv")
        (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
        assert [t.file for t in propose_map(inside).tables] == ["a.csv"]
        for pattern in ("../secret.csv", "/etc/passwd"):
            with pytest.raises(Misconfigured, match="within the folder"):
                parse_map({"tables": [{"file": pattern, "kind": "ignore"}]}, "map")

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match="no such folder"):
            propose_map(tmp_path / "nowhere")


class TestConnector:
    def test_speaks_the_verbs(self, drop: Drop) -> None:
        connector = FilesDrop(drop(REPORTS), table(**REPORT_MAP), "drop")
        assert isinstance(connector, Connector)
        assert connector.check().ok
        assert connector.name == "drop"
        with pytest.raises(Fatal, match="report_received"):
            list(connector.read("ticket", None))

    def test_only_new_and_changed_files_are_read_again(self, drop: Drop) -> None:
        column_map = parse_map({"tables": [{"file": "*.csv", **REPORT_MAP}]}, "map")
        folder = drop(REPORTS, "a.csv")

        def ids(cursor: str | None) -> tuple[list[str], str]:
            batches = list(FilesDrop(folder, column_map).read("report_received", cursor))
            return [r.data["file"] for b in batches for r in b.records], batches[-1].cursor

        first, cursor = ids(None)
        assert first == ["a.csv", "a.csv"]
        assert ids(cursor)[0] == []
        drop(REPORTS, "b.csv")
        later, cursor = ids(cursor)
        assert later == ["b.csv", "b.csv"]
        drop(REPORTS.replace("16:00", "17:00"), "a.csv")
        assert ids(cursor)[0] == ["a.csv", "a.csv"]
        with pytest.raises(Misconfigured, match="watermark"):
            ids("2026-10-01")

    def test_a_changed_map_reads_its_files_again(self, drop: Drop) -> None:
        folder = drop(REPORTS)
        cursor = list(FilesDrop(folder, table(**REPORT_MAP)).read("report_received", None))[-1].cursor
        changed = table(**REPORT_MAP, constants={"contract": "IC-101"})
        batches = list(FilesDrop(folder, changed).read("report_received", cursor))
        assert sum(len(b.records) for b in batches) == 2

    def test_reading_twice_gives_the_same_facts(self, drop: Drop) -> None:
        folder = drop(REPORTS)
        one, other = (facts_of(folder, table(**REPORT_MAP))[0] for _ in range(2))
        assert [f.id for f in one] == [f.id for f in other]
        assert one[0].source.url == "file.csv#L2"

    def test_to_facts_is_pure_and_refuses_a_bad_row(self, drop: Drop) -> None:
        connector = FilesDrop(drop(REPORTS.replace("2026-09", "x")), table(**REPORT_MAP))
        (batch, *_) = connector.read("report_received", None)
        with pytest.raises(Skippable, match=r"file\.csv:2"):
            connector.to_facts(batch.records[0])
        assert connector.to_facts(batch.records[1]) == connector.to_facts(batch.records[1])
