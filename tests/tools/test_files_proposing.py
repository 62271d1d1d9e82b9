"""What is proposed for files, and what is asked."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from obligations.facts import FactData, Invoice, Notice, Payment
from tests.tools.drops import LOG, REPORTS, Drop, facts_of, putter
from tools import connect
from tools.files import FilesDrop, dump_map, load_map, parse_map, preview, propose_map
from tools.files.columns import KindName
from tools.files.headers import NAMES
from tools.files.kinds import KINDS, meanings
from tools.files.words import meaning
from tools.kit import Misconfigured

ASKED: dict[str, Any] = {"file": "a", "asks": ["Which?"]}
EXAMPLES = Path(__file__).parents[2] / "tools" / "examples"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return putter(tmp_path)


class TestProposing:
    def test_reports_and_notices(self, drop: Drop) -> None:
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

    def test_an_event_log_is_told_from_a_list_of_tickets(self, drop: Drop) -> None:
        (proposed,) = propose_map(drop(LOG), "Europe/Lisbon").tables
        assert proposed.kind == "ticket_log"
        assert proposed.delimiter == ";"
        assert proposed.date_order == "day_first"
        assert "29/2/2016" in proposed.evidence["opened_at"]
        assert proposed.values["status"]["Awaiting User Info"] == "awaiting_customer"
        single = "Ticket,Opened,Priority,Status\nT1,2026-01-01 10:00,P1,open\nT2,2026-01-01 10:00,P2,closed\n"
        assert propose_map(drop(single), "UTC").tables[0].kind == "ticket"

    def test_a_list_of_invoices_that_says_when_they_were_paid_is_two_tables(self, drop: Drop) -> None:
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
    def test_what_the_data_do_not_decide_is_asked(self, drop: Drop, rows: str, asks: str) -> None:
        folder = drop(rows)
        proposed = propose_map(folder, "UTC")
        assert asks in " ".join(proposed.tables[0].asks)
        health = FilesDrop(folder, proposed).check()
        if proposed.tables[0].kind != "ignore":
            assert not health.ok
            with pytest.raises(Misconfigured, match="open questions"):
                facts_of(folder, proposed)

    def test_times_without_zone_are_asked_about(self, drop: Drop) -> None:
        folder = drop("Ticket,Opened,Priority\nT1,2026-02-13 10:00,P1\n")
        assert "zone" in propose_map(folder).tables[0].asks[0]
        assert not propose_map(folder, "Europe/Berlin").tables[0].asks

    def test_a_column_follows_another_of_its_file(self, drop: Drop) -> None:
        rows = "Ticket,Opened,Resolved,Priority\nT1,13/2/2026 10:00,3/4/2026 10:00,P1\n"
        (proposed,) = propose_map(drop(rows), "UTC").tables
        assert proposed.date_order == "day_first"
        assert "like the other columns" in proposed.evidence["resolved_at"]

    def test_a_proposal_survives_yaml(self, drop: Drop, tmp_path: Path) -> None:
        proposed = propose_map(drop(LOG), "Europe/Lisbon")
        path = tmp_path / "map.yaml"
        path.write_text(dump_map(proposed), encoding="utf-8")
        assert load_map(path) == proposed

    def test_preview_changes_nothing_and_shows_facts_and_questions(self, drop: Drop) -> None:
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
            ({"tables": [{**ASKED, "kind": "ticket", "values": {"status": {"x": "odd"}}}]}, "odd"),
            ({"tables": [{**ASKED, "kind": "invoice", "values": {"gross": {"x": "1"}}}]}, "fixed words"),
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

    def test_every_kind_of_fact_can_come_by_file(self) -> None:
        facts = {model.model_fields["kind"].default for model in get_args(get_args(FactData)[0])}
        assert {kind.fact for kind in KINDS.values()} == facts
        assert set(KINDS) == set(get_args(KindName)) - {"ignore"} == set(NAMES)

    @pytest.mark.parametrize("name", KINDS)
    def test_the_roles_of_a_kind_fit_its_fact(self, name: str) -> None:
        kind = KINDS[name]
        assert not set(kind.needed) & set(kind.more)
        assert {*kind.known, *kind.later, *kind.planned, *kind.lines} <= set(kind.roles)
        assert set(kind.happened) <= {*kind.roles, "file_time"}
        named = {*kind.identity, *kind.label} - {"party", "contract"}
        assert named <= set(kind.roles)
        assert set(NAMES[name]) <= set(kind.roles)

    @pytest.mark.parametrize("name", KINDS)
    def test_every_fixed_word_is_understood_and_no_other(self, name: str) -> None:
        for role in KINDS[name].roles:
            for word in meanings(name, role) or ():
                assert meaning(name, role, word.replace("_", " ").title()) == word
            if meanings(name, role) is not None:
                assert meaning(name, role, "certainly no word of this role") is None


class TestPagesAndExamples:
    def test_every_kind_and_role_is_on_the_page(self) -> None:
        page = (EXAMPLES.parents[1] / "docs" / "connectors" / "files.md").read_text(encoding="utf-8")
        for name, kind in KINDS.items():
            assert f"| `{name}` | {kind.fact} | {', '.join(kind.needed)} | {', '.join(kind.more)} |" in page

    @pytest.mark.parametrize("name", ["files", "sftp"])
    def test_the_examples_connect(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PACTA_PARTNER_KEY", "a key")
        given = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())["connectors"]
        for settings in given.values():
            settings["map"] = str(EXAMPLES / "drop.yaml")
        assert [c.name for c in connect(given).values()] == list(given)
