"""Files: how they are opened, what is proposed, what becomes a fact, what is asked."""

import gzip
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from obligations.document import Problem
from obligations.facts import Fact, Invoice, Notice, Outage, Payment, ReportReceived, Ticket, latest
from tools.files import ColumnMap, FilesDrop, dump_map, load_map, parse_map, preview, propose_map
from tools.files.columns import KINDS
from tools.files.facts import WORDS, priority_of
from tools.files.values import Clock, amount, decimal_of, order_of, when
from tools.kit import Connector, Fatal, Misconfigured, Skippable, harvest

EXAMPLES = Path(__file__).parents[2] / "tools" / "examples"

REPORTS = (
    "Report,Vendor,Contract,Period,Received at\n"
    "Monthly service report,Acme Managed Services Ltd,IC-101,2026-09,2026-10-07T16:00+02:00\n"
    "Monthly service report,Acme Managed Services Ltd,IC-101,2026-10,2026-11-09T09:30+01:00\n"
)
LOG = (
    "number;incident_state;priority;opened_at;sys_updated_at;resolved_at\n"
    "INC1;New;3 - Moderate;29/2/2016 01:16;29/2/2016 01:23;29/2/2016 11:29\n"
    "INC1;Awaiting User Info;3 - Moderate;29/2/2016 01:16;29/2/2016 02:00;29/2/2016 11:29\n"
    "INC1;Active;2 - High;29/2/2016 01:16;29/2/2016 03:00;29/2/2016 11:29\n"
    "INC1;Resolved;2 - High;29/2/2016 01:16;29/2/2016 11:29;29/2/2016 11:29\n"
    "INC1;Active;2 - High;29/2/2016 01:16;1/3/2016 09:00;2/3/2016 10:00\n"
    "INC1;Resolved;2 - High;29/2/2016 01:16;2/3/2016 10:05;2/3/2016 10:00\n"
    "INC1;Closed;2 - High;29/2/2016 01:16;7/3/2016 12:00;2/3/2016 10:00\n"
    "INC2;New;4 - Low;1/3/2016 08:00;1/3/2016 08:00;?\n"
)


@pytest.fixture
def drop(tmp_path: Path) -> Callable[..., Path]:
    def put(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return put


def table(**given: Any) -> ColumnMap:
    zone = given.pop("zone", "Europe/Berlin")
    ambiguous = given.pop("ambiguous", "refuse")
    return parse_map({"zone": zone, "ambiguous": ambiguous, "tables": [{"file": "file.csv", **given}]}, "map")


def facts_of(folder: Path, column_map: ColumnMap) -> tuple[list[Fact], list[str]]:
    """All facts, and where the problems were."""
    facts, problems = read(folder, column_map)
    return facts, [problem.place for problem in problems]


def read(folder: Path, column_map: ColumnMap) -> tuple[list[Fact], list[Problem]]:
    connector = FilesDrop(folder, column_map)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for stream in connector.discover():
        for batch in connector.read(stream.kind, None):
            crop = harvest(connector, batch.records)
            facts += crop.facts
            problems += [*batch.problems, *crop.problems]
    return facts, problems


REPORT_MAP: dict[str, Any] = {
    "kind": "report_received",
    "columns": {"report": "Report", "party": "Vendor", "period": "Period", "received_at": "Received at"},
}


class TestValues:
    @pytest.mark.parametrize(
        ("text", "order", "day"),
        [
            ("2026-10-07", "year_first", date(2026, 10, 7)),
            ("07.10.2026", "day_first", date(2026, 10, 7)),
            ("7/10/2026", "day_first", date(2026, 10, 7)),
            ("10/7/2026", "month_first", date(2026, 10, 7)),
            ("2026/10/07", "day_first", date(2026, 10, 7)),
            ("20261007", "year_first", date(2026, 10, 7)),
            ("7-Oct-26", "year_first", date(2026, 10, 7)),
            ("7. Oktober 2026", "year_first", date(2026, 10, 7)),
            ("Oct 7, 2026", "year_first", date(2026, 10, 7)),
            ("29/2/2016 01:16", "day_first", date(2016, 2, 29)),
        ],
    )
    def test_days(self, text: str, order: Any, day: date) -> None:
        assert when(text, order).day == day

    @pytest.mark.parametrize(
        "text",
        ["", "soon", "7/10/2026", "31.02.2026", "2026-10-07 25:00", "2026-10-07x", "13 Uhr", "1/2", "2026-1"],
    )
    def test_what_is_no_day_under_this_order_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            when(text, "year_first")

    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("2026-10-07T16:00+02:00", datetime(2026, 10, 7, 14, tzinfo=UTC)),
            ("2026-10-07 16:00:30Z", datetime(2026, 10, 7, 16, 0, 30, tzinfo=UTC)),
            ("2026-10-07 04:00 PM", datetime(2026, 10, 7, 14, tzinfo=UTC)),
            ("2026-10-07 12:05 am", datetime(2026, 10, 6, 22, 5, tzinfo=UTC)),
            ("2026-12-07 16:00", datetime(2026, 12, 7, 15, tzinfo=UTC)),
            ("2026-10-07", datetime(2026, 10, 6, 22, tzinfo=UTC)),
        ],
    )
    def test_instants(self, text: str, instant: datetime) -> None:
        assert Clock("Europe/Berlin").instant(when(text, "year_first"), "x") == instant

    def test_an_hour_that_comes_twice_is_refused_or_read_as_told(self) -> None:
        twice = when("2026-10-25 02:30", "year_first")
        with pytest.raises(ValueError, match="twice"):
            Clock("Europe/Berlin").instant(twice, "x")
        earlier = Clock("Europe/Berlin", "earlier").instant(twice, "x")
        later = Clock("Europe/Berlin", "later").instant(twice, "x")
        assert (earlier.astimezone(UTC).hour, later.astimezone(UTC).hour) == (0, 1)

    def test_an_hour_that_never_was_is_refused(self) -> None:
        with pytest.raises(ValueError, match="does not exist"):
            Clock("Europe/Berlin", "earlier").instant(when("2026-03-29 02:30", "year_first"), "x")

    @pytest.mark.parametrize(
        ("text", "decimal", "value"),
        [
            ("57,120.00", "point", ("57120.00", "")),
            ("57.120,00 €", "comma", ("57120.00", "EUR")),
            ("EUR 980", "point", ("980", "EUR")),
            ("(USD 100.50)", "point", ("-100.50", "USD")),
            ("1 234,56", "comma", ("1234.56", "")),
            ("1'234.56 chf", "point", ("1234.56", "CHF")),
            ("£9600", "point", ("9600", "GBP")),
            ("-5", "point", ("-5", "")),
        ],
    )
    def test_amounts(self, text: str, decimal: Any, value: tuple[str, str]) -> None:
        assert amount(text, decimal) == (Decimal(value[0]), value[1])

    @pytest.mark.parametrize("text", ["", "many", "1.234,56", "1,23,4", "$5", "12 apples", "1.2.3"])
    def test_what_is_no_amount_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            amount(text, "point")

    @pytest.mark.parametrize(
        ("texts", "order"),
        [
            (["1/2/2016", "29/2/2016"], "day_first"),
            (["1/2/2016", "2/29/2016"], "month_first"),
            (["1/2/2016", "3/4/2016"], None),
            (["13/2/2016", "2/13/2016"], None),
            (["01.02.2016"], "day_first"),
            (["2016-01-02"], "year_first"),
            (["2-Jun-06"], "year_first"),
        ],
    )
    def test_the_order_of_dates_is_read_from_the_data(self, texts: list[str], order: str | None) -> None:
        found = order_of(texts)
        assert found.order == order
        assert found.evidence

    @pytest.mark.parametrize(
        ("texts", "mark"),
        [
            (["1.234,56", "100"], "comma"),
            (["1,234.56"], "point"),
            (["1,234"], None),
            (["1.234.567"], "comma"),
            (["12,5"], "comma"),
            (["1,234.5", "1.234,5"], None),
            (["100", "250"], "point"),
        ],
    )
    def test_the_decimal_mark_is_read_from_the_data(self, texts: list[str], mark: str | None) -> None:
        assert decimal_of(texts)[0] == mark

    @pytest.mark.parametrize(
        ("text", "level"),
        [
            ("1 - Critical", "P1"),
            ("P2", "P2"),
            ("Sev 3", "P3"),
            ("high", "P2"),
            ("priority-4", "P4"),
            ("5", "P5"),
            ("0", None),
            ("P7", None),
            ("Friday", None),
            ("1st", None),
        ],
    )
    def test_priorities(self, text: str, level: str | None) -> None:
        assert priority_of(text) == level


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
        self, drop: Callable[..., Path], change: Callable[[str], bytes]
    ) -> None:
        folder = drop(change(REPORTS))
        facts, places = facts_of(folder, propose_map(folder, "Europe/Berlin"))
        assert len(facts) == 2
        assert not places
        assert isinstance(facts[0].data, ReportReceived)
        assert facts[0].data.received_at == datetime(2026, 10, 7, 14, tzinfo=UTC)

    def test_bad_rows_are_listed_with_their_line_and_the_rest_goes_on(
        self, drop: Callable[..., Path]
    ) -> None:
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

    def test_a_row_in_another_encoding_is_listed(self, drop: Callable[..., Path]) -> None:
        rows = REPORTS.encode() + "Bericht für uns,Acme,IC-1,2026-10,2026-11-09T09:30Z\n".encode("cp1252")
        facts, places = facts_of(drop(rows), table(**REPORT_MAP))
        assert len(facts) == 2
        assert places == ["file.csv:4"]

    def test_an_open_quote_ends_the_file_with_its_line(self, drop: Callable[..., Path]) -> None:
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
    def test_a_file_that_is_none_says_what_it_is(
        self, drop: Callable[..., Path], content: bytes, says: str
    ) -> None:
        folder = drop(content)
        _, (problem,) = read(folder, table(**REPORT_MAP))
        assert says in problem.what
        assert "file.csv" in problem.place
        (proposed,) = propose_map(folder).tables
        assert proposed.kind == "ignore"
        assert says in proposed.asks[0]

    def test_a_damaged_file_does_not_stop_the_others(self, drop: Callable[..., Path]) -> None:
        drop(gzip.compress(REPORTS.encode())[:-20], "a.csv.gz")
        drop(b"PK\x03\x04", "b.csv")
        folder = drop(REPORTS, "c.csv")
        column_map = parse_map({"tables": [{"file": "*.csv*", **REPORT_MAP}]}, "map")
        facts, problems = read(folder, column_map)
        assert {f.source.url.split("#")[0] for f in facts} >= {"c.csv"}
        assert [p.place for p in problems] == ["a.csv.gz", "b.csv"]
        assert all(p.remedy for p in problems)

    def test_a_missing_column_names_those_there_are(self, drop: Callable[..., Path]) -> None:
        _, (problem,) = read(drop("Report,Vendor,Period\nA,B,2026-09\n"), table(**REPORT_MAP))
        assert "Received at" in problem.what
        assert "Report, Vendor" in problem.remedy

    def test_a_column_twice_is_refused(self, drop: Callable[..., Path]) -> None:
        _, (problem,) = read(drop("Report,Vendor,Period,Period,Received at\n"), table(**REPORT_MAP))
        assert "twice" in problem.what

    def test_nothing_outside_the_folder_is_read(self, drop: Callable[..., Path], tmp_path: Path) -> None:
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


class TestProposing:
    def test_reports_and_notices(self, drop: Callable[..., Path]) -> None:
        folder = drop(REPORTS, "reports.csv")
        drop(
            "Notice,Vendor,Contract,Effect,Sent on,Received on,Sent by\n"
            "Non-renewal,Nordwind Hosting AB,IC-105,non_renewal,2026-10-20,2026-10-22,us\n",
            "notices.csv",
        )
        proposed = propose_map(folder, "Europe/Berlin")
        assert {t.file: t.kind for t in proposed.tables} == {
            "reports.csv": "report_received",
            "notices.csv": "notice",
        }
        assert not any(t.asks for t in proposed.tables)
        facts, places = facts_of(folder, proposed)
        assert not places
        notices = [f.data for f in facts if isinstance(f.data, Notice)]
        assert notices[-1].effect == "non_renewal"
        assert [f.contract_hint for f in facts if f.kind == "notice"] == ["IC-105", "IC-105"]

    def test_an_event_log_is_told_from_a_list_of_tickets(self, drop: Callable[..., Path]) -> None:
        (proposed,) = propose_map(drop(LOG), "Europe/Lisbon").tables
        assert proposed.kind == "ticket_log"
        assert proposed.delimiter == ";"
        assert proposed.date_order == "day_first"
        assert "29/2/2016" in proposed.evidence["opened_at"]
        assert proposed.values["status"]["Awaiting User Info"] == "awaiting_customer"
        single = "Ticket,Opened,Priority,Status\nT1,2026-01-01 10:00,P1,open\nT2,2026-01-01 10:00,P2,closed\n"
        assert propose_map(drop(single), "UTC").tables[0].kind == "ticket"

    def test_a_list_of_invoices_that_says_when_they_were_paid_is_two_tables(
        self, drop: Callable[..., Path]
    ) -> None:
        rows = (
            "Rechnungsnummer;Rechnungsdatum;Eingangsdatum;Bruttobetrag;Lieferant;Bezahlt am\n"
            "ACM-1;01.09.2026;02.09.2026;57.120,00 €;Acme Managed Services Ltd;30.09.2026\n"
            "ACM-2;02.10.2026;03.10.2026;1.120,50 €;Acme Managed Services Ltd;\n"
        )
        folder = drop(rows)
        proposed = propose_map(folder, "Europe/Berlin")
        assert [t.kind for t in proposed.tables] == ["invoice", "payment"]
        assert not any(t.asks for t in proposed.tables)
        facts, places = facts_of(folder, proposed)
        assert not places
        invoices = [f.data for f in facts if isinstance(f.data, Invoice)]
        payments = [f.data for f in facts if isinstance(f.data, Payment)]
        assert [i.gross.amount for i in invoices] == [Decimal("57120.00"), Decimal("1120.50")]
        assert invoices[0].received_on == date(2026, 9, 2)
        assert [(p.invoice, p.paid_on) for p in payments] == [("ACM-1", date(2026, 9, 30))]

    @pytest.mark.parametrize(
        ("rows", "asks"),
        [
            ("Ticket,Opened,Priority\nT1,1/2/2026 10:00,P1\nT2,3/4/2026 10:00,P2\n", "both ways"),
            ("Ticket,Opened,Priority\nT1,13/2/2026 10:00,P1\nT2,2/13/2026 10:00,P2\n", "contradictory"),
            ("Ticket,Opened,Priority,Status\nT1,2026-02-13T10:00Z,P1,Parked\n", "Parked"),
            ("Ticket,Opened,Priority\nT1,2026-02-13T10:00Z,Friday\n", "Friday"),
            ("Invoice number,Invoice date,Amount\nA,2026-02-13,100.00\n", "currency"),
            ('Invoice number,Invoice date,Amount\nA,2026-02-13,"EUR 1,234"\n', "both ways"),
            ("Report,Received at\nA,2026-02-13T10:00Z\n", "period"),
            ("Colour,Shape\nred,round\n", "What does this file hold"),
        ],
    )
    def test_what_the_data_do_not_decide_is_asked(
        self, drop: Callable[..., Path], rows: str, asks: str
    ) -> None:
        folder = drop(rows)
        proposed = propose_map(folder, "UTC")
        assert asks in " ".join(proposed.tables[0].asks)
        health = FilesDrop(folder, proposed).check()
        if proposed.tables[0].kind != "ignore":
            assert not health.ok
            with pytest.raises(Misconfigured, match="open questions"):
                facts_of(folder, proposed)

    def test_times_without_zone_are_asked_about(self, drop: Callable[..., Path]) -> None:
        folder = drop("Ticket,Opened,Priority\nT1,2026-02-13 10:00,P1\n")
        assert "zone" in propose_map(folder).tables[0].asks[0]
        assert not propose_map(folder, "Europe/Berlin").tables[0].asks

    def test_a_column_follows_another_of_its_file(self, drop: Callable[..., Path]) -> None:
        rows = "Ticket,Opened,Resolved,Priority\nT1,13/2/2026 10:00,3/4/2026 10:00,P1\n"
        (proposed,) = propose_map(drop(rows), "UTC").tables
        assert proposed.date_order == "day_first"
        assert "like the other columns" in proposed.evidence["resolved_at"]

    def test_a_proposal_survives_yaml(self, drop: Callable[..., Path], tmp_path: Path) -> None:
        proposed = propose_map(drop(LOG), "Europe/Lisbon")
        path = tmp_path / "map.yaml"
        path.write_text(dump_map(proposed), encoding="utf-8")
        assert load_map(path) == proposed

    def test_preview_changes_nothing_and_shows_facts_and_questions(self, drop: Callable[..., Path]) -> None:
        folder = drop(REPORTS + "bad\n", "reports.csv")
        (shown,) = preview(folder, propose_map(folder, "UTC"), rows=5)
        assert (shown.file, shown.kind, len(shown.facts)) == ("reports.csv", "report_received", 2)
        assert shown.problems[0].place == "reports.csv:4"
        assert len(preview(folder, propose_map(folder, "UTC"), rows=1)[0].facts) == 1


class TestMap:
    def test_the_example_is_valid(self) -> None:
        example = load_map(EXAMPLES / "drop.yaml")
        assert example.kinds() == ("report_received", "ticket_log", "invoice")

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"tables": [{"file": "a", "kind": "rumour"}]}, "kind"),
            ({"tables": [{"file": "a", "kind": "ticket", "columns": {"number": "x"}}]}, "opened_at"),
            ({"tables": [{"file": "a", "kind": "notice", "columns": {"colour": "x"}}]}, "colour"),
            ({"zone": "Berlin"}, "time zone"),
            ({"tables": [{"file": "a", "kind": "ignore", "delimiter": ";;"}]}, "delimiter"),
            ({"tables": [{"file": "a", "kind": "ignore", "values": {"status": {"x": "odd"}}}]}, "odd"),
            ({"tables": [{"file": "a", "kind": "ignore", "values": {"gross": {"x": "1"}}}]}, "fixed words"),
            ({"table": []}, "table"),
            ([], "mapping"),
        ],
    )
    def test_a_wrong_one_says_where(self, given: Any, says: str) -> None:
        with pytest.raises(Misconfigured, match=says):
            parse_map(given, "map.yaml")

    def test_a_file_that_is_no_yaml_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "map.yaml"
        path.write_text("tables: [")
        with pytest.raises(Misconfigured, match=r"map\.yaml"):
            load_map(path)

    def test_every_kind_has_its_needed_roles_by_name(self) -> None:
        for kind, roles in KINDS.items():
            assert not set(roles.needed) & set(roles.more), kind
            assert set(roles.times) | set(roles.money) <= {*roles.needed, *roles.more}, kind

    def test_every_word_means_something_of_the_model(self) -> None:
        for role, words in WORDS.items():
            assert words("certainly no word of this role") is None, role


LOG_MAP: dict[str, Any] = {
    "kind": "ticket_log",
    "delimiter": ";",
    "date_order": "day_first",
    "zone": "UTC",
    "columns": {
        "number": "number",
        "status": "incident_state",
        "priority": "priority",
        "updated_at": "sys_updated_at",
        "opened_at": "opened_at",
        "resolved_at": "resolved_at",
    },
}


class TestTicketLog:
    def test_rows_are_folded_into_versions(self, drop: Callable[..., Path]) -> None:
        facts, places = facts_of(drop(LOG), table(**LOG_MAP))
        assert not places
        newest = {f.source.record: f.data for f in latest(facts, datetime(2020, 1, 1, tzinfo=UTC))}
        ticket = newest["INC1"]
        assert isinstance(ticket, Ticket)
        assert (ticket.status, ticket.priority) == ("closed", "P2")
        assert ticket.resolved_at == datetime(2016, 3, 2, 10, tzinfo=UTC)
        told = [(e.change, e.value) for e in ticket.events]
        assert told == [
            ("opened", ""),
            ("priority", "P3"),
            ("status", "open"),
            ("status", "awaiting_customer"),
            ("priority", "P2"),
            ("status", "in_progress"),
            ("status", "resolved"),
            ("reopened", "in_progress"),
            ("status", "in_progress"),
            ("status", "resolved"),
            ("status", "closed"),
        ]

    def test_what_a_row_tells_of_the_future_is_not_known_yet(self, drop: Callable[..., Path]) -> None:
        facts, _ = facts_of(drop(LOG), table(**LOG_MAP))
        (then,) = latest(
            [f for f in facts if f.source.record == "INC1"], datetime(2016, 2, 29, 4, tzinfo=UTC)
        )
        assert isinstance(then.data, Ticket)
        assert (then.data.status, then.data.resolved_at) == ("in_progress", None)

    def test_rows_in_any_order_give_the_same(self, drop: Callable[..., Path]) -> None:
        ordered = {f.id for f in facts_of(drop(LOG), table(**LOG_MAP))[0]}
        head, *rows = LOG.splitlines()
        mixed = "\n".join([head, *rows[::2], *rows[1::2]]) + "\n"
        assert {f.id for f in facts_of(drop(mixed), table(**LOG_MAP))[0]} == ordered

    def test_an_update_stamped_before_the_opening_counts_from_it(self, drop: Callable[..., Path]) -> None:
        rows = LOG.splitlines()[0] + "\nINC9;Active;4 - Low;1/3/2016 08:00;1/3/2016 07:00;?\n"
        ((fact,), places) = facts_of(drop(rows), table(**LOG_MAP))
        assert not places
        assert isinstance(fact.data, Ticket)
        assert [e.at.hour for e in fact.data.events] == [8, 8, 8, 8]
        assert fact.data.status == "in_progress"

    def test_without_history_there_is_one_fact_a_ticket(self, drop: Callable[..., Path]) -> None:
        facts, _ = facts_of(drop(LOG), table(**LOG_MAP, history=False))
        assert sorted(f.source.record for f in facts) == ["INC1", "INC2"]

    def test_an_unknown_status_skips_the_ticket_and_says_where(self, drop: Callable[..., Path]) -> None:
        facts, places = facts_of(drop(LOG.replace("INC1;Active", "INC1;Parked", 1)), table(**LOG_MAP))
        assert {f.source.record for f in facts} == {"INC2"}
        assert places == ["file.csv:4"]
        values = {"status": {"Parked": "ignore"}}
        facts, places = facts_of(
            drop(LOG.replace("INC1;Active", "INC1;Parked", 1)), table(**LOG_MAP, values=values)
        )
        assert {f.source.record for f in facts} == {"INC1", "INC2"}
        assert not places


class TestKinds:
    def test_a_ticket_in_one_row(self, drop: Callable[..., Path]) -> None:
        rows = (
            "id,opened,first,done,prio,state\n"
            "T1,2026-10-14 02:10,2026-10-14 02:21,2026-10-14 09:40,1,resolved\n"
            "T2,2026-10-14 02:10,,,3,waiting for customer\n"
        )
        columns = {
            "number": "id",
            "opened_at": "opened",
            "responded_at": "first",
            "resolved_at": "done",
            "priority": "prio",
            "status": "state",
        }
        facts, places = facts_of(drop(rows), table(kind="ticket", columns=columns))
        assert not places
        newest = {f.source.record: f for f in latest(facts, datetime(2026, 12, 1, tzinfo=UTC))}
        ticket = newest["T1"].data
        assert isinstance(ticket, Ticket)
        assert [(e.change, e.by) for e in ticket.events if e.change == "comment"] == [("comment", "provider")]
        assert ticket.resolved_at == datetime(2026, 10, 14, 7, 40, tzinfo=UTC)
        assert newest["T2"].data.status == "awaiting_customer"  # type: ignore[union-attr]

    def test_an_outage_is_first_known_without_its_end(self, drop: Callable[..., Path]) -> None:
        rows = (
            "svc,from,to,kind\nWAN,2026-10-27 11:00,2026-10-27 11:30,outage\nWAN,2026-11-01 01:00,,planned\n"
        )
        columns = {"service": "svc", "started_at": "from", "ended_at": "to", "type": "kind"}
        facts, _ = facts_of(drop(rows), table(kind="outage", columns=columns))
        assert [(f.data.type, f.data.ended_at is None) for f in facts if isinstance(f.data, Outage)] == [
            ("outage", True),
            ("outage", False),
            ("maintenance", True),
        ]

    def test_a_notice_of_ours_is_known_when_sent_and_again_when_received(
        self, drop: Callable[..., Path]
    ) -> None:
        rows = "s,e,sent,got,by\nNon-renewal,non-renewal,2026-10-20,2026-10-22,us\n"
        columns = {"subject": "s", "effect": "e", "sent_on": "sent", "received_on": "got", "by": "by"}
        facts, _ = facts_of(drop(rows), table(kind="notice", columns=columns))
        assert [f.data.received_on for f in facts if isinstance(f.data, Notice)] == [None, date(2026, 10, 22)]
        assert facts[0].known_at < facts[1].known_at

    def test_currency_beside_the_amount_and_in_the_column_must_agree(self, drop: Callable[..., Path]) -> None:
        rows = "no,on,sum,cur\nA,2026-10-01,EUR 5.00,EUR\nB,2026-10-01,USD 5.00,EUR\nC,2026-10-01,5.00,\n"
        columns = {"number": "no", "credited_on": "on", "amount": "sum", "currency": "cur"}
        facts, places = facts_of(drop(rows), table(kind="credit", columns=columns))
        assert [f.source.label for f in facts] == ["A"]
        assert places == ["file.csv:3", "file.csv:4"]

    def test_a_corrected_file_can_count_from_its_own_time(self, drop: Callable[..., Path]) -> None:
        folder = drop(REPORTS)
        facts, _ = facts_of(folder, table(**REPORT_MAP, known="file_time"))
        changed_at = datetime.fromtimestamp((folder / "file.csv").stat().st_mtime, tz=UTC)
        assert {f.known_at for f in facts} == {changed_at}

    def test_a_time_without_zone_stops_with_a_remedy(self, drop: Callable[..., Path]) -> None:
        rows = "Report,Vendor,Period,Received at\nA,Acme,2026-09,2026-10-07 16:00\n"
        with pytest.raises(Misconfigured, match="without zone") as caught:
            facts_of(drop(rows), table(**REPORT_MAP, zone=None))
        assert "file.csv:2" in caught.value.place
        assert "Europe/Berlin" in caught.value.remedy


class TestConnector:
    def test_speaks_the_verbs(self, drop: Callable[..., Path]) -> None:
        connector = FilesDrop(drop(REPORTS), table(**REPORT_MAP), "drop")
        assert isinstance(connector, Connector)
        assert connector.check().ok
        assert connector.name == "drop"
        with pytest.raises(Fatal, match="report_received"):
            list(connector.read("ticket", None))

    def test_only_new_and_changed_files_are_read_again(self, drop: Callable[..., Path]) -> None:
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

    def test_a_changed_map_reads_its_files_again(self, drop: Callable[..., Path]) -> None:
        folder = drop(REPORTS)
        cursor = list(FilesDrop(folder, table(**REPORT_MAP)).read("report_received", None))[-1].cursor
        changed = table(**REPORT_MAP, constants={"contract": "IC-101"})
        batches = list(FilesDrop(folder, changed).read("report_received", cursor))
        assert sum(len(b.records) for b in batches) == 2

    def test_reading_twice_gives_the_same_facts(self, drop: Callable[..., Path]) -> None:
        folder = drop(REPORTS)
        one, other = (facts_of(folder, table(**REPORT_MAP))[0] for _ in range(2))
        assert [f.id for f in one] == [f.id for f in other]
        assert one[0].source.url == "file.csv#L2"

    def test_to_facts_is_pure_and_refuses_a_bad_row(self, drop: Callable[..., Path]) -> None:
        connector = FilesDrop(drop(REPORTS.replace("2026-09", "x")), table(**REPORT_MAP))
        (batch, *_) = connector.read("report_received", None)
        with pytest.raises(Skippable, match=r"file\.csv:2"):
            connector.to_facts(batch.records[0])
        assert connector.to_facts(batch.records[1]) == connector.to_facts(batch.records[1])
