"""What becomes a fact, kind by kind."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from obligations.facts import Notice, Outage, Ticket, latest
from tests.tools.drops import LOG, LOG_MAP, REPORT_MAP, REPORTS, Drop, facts_of, putter, table
from tools.kit import Misconfigured


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return putter(tmp_path)


class TestTicketLog:
    def test_rows_are_folded_into_versions(self, drop: Drop) -> None:
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

    def test_what_a_row_tells_of_the_future_is_not_known_yet(self, drop: Drop) -> None:
        facts, _ = facts_of(drop(LOG), table(**LOG_MAP))
        (then,) = latest(
            [f for f in facts if f.source.record == "INC1"], datetime(2016, 2, 29, 4, tzinfo=UTC)
        )
        assert isinstance(then.data, Ticket)
        assert (then.data.status, then.data.resolved_at) == ("in_progress", None)

    def test_rows_in_any_order_give_the_same(self, drop: Drop) -> None:
        ordered = {f.id for f in facts_of(drop(LOG), table(**LOG_MAP))[0]}
        head, *rows = LOG.splitlines()
        mixed = "\n".join([head, *rows[::2], *rows[1::2]]) + "\n"
        assert {f.id for f in facts_of(drop(mixed), table(**LOG_MAP))[0]} == ordered

    def test_an_update_stamped_before_the_opening_counts_from_it(self, drop: Drop) -> None:
        rows = LOG.splitlines()[0] + "\nINC9;Active;4 - Low;1/3/2016 08:00;1/3/2016 07:00;?\n"
        ((fact,), places) = facts_of(drop(rows), table(**LOG_MAP))
        assert not places
        assert isinstance(fact.data, Ticket)
        assert [e.at.hour for e in fact.data.events] == [8, 8, 8, 8]
        assert fact.data.status == "in_progress"

    def test_without_history_there_is_one_fact_a_ticket(self, drop: Drop) -> None:
        facts, _ = facts_of(drop(LOG), table(**LOG_MAP, history=False))
        assert sorted(f.source.record for f in facts) == ["INC1", "INC2"]

    def test_an_unknown_status_skips_the_ticket_and_says_where(self, drop: Drop) -> None:
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
    def test_a_ticket_in_one_row(self, drop: Drop) -> None:
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

    def test_an_outage_is_first_known_without_its_end(self, drop: Drop) -> None:
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

    def test_a_notice_of_ours_is_known_when_sent_and_again_when_received(self, drop: Drop) -> None:
        rows = "s,e,sent,got,by\nNon-renewal,non-renewal,2026-10-20,2026-10-22,us\n"
        columns = {"subject": "s", "effect": "e", "sent_on": "sent", "received_on": "got", "by": "by"}
        facts, _ = facts_of(drop(rows), table(kind="notice", columns=columns))
        assert [f.data.received_on for f in facts if isinstance(f.data, Notice)] == [None, date(2026, 10, 22)]
        assert facts[0].known_at < facts[1].known_at

    def test_currency_beside_the_amount_and_in_the_column_must_agree(self, drop: Drop) -> None:
        rows = "no,on,sum,cur\nA,2026-10-01,EUR 5.00,EUR\nB,2026-10-01,USD 5.00,EUR\nC,2026-10-01,5.00,\n"
        columns = {"number": "no", "credited_on": "on", "amount": "sum", "currency": "cur"}
        facts, places = facts_of(drop(rows), table(kind="credit", columns=columns))
        assert [f.source.label for f in facts] == ["A"]
        assert places == ["file.csv:3", "file.csv:4"]

    def test_a_corrected_file_can_count_from_its_own_time(self, drop: Drop) -> None:
        folder = drop(REPORTS)
        facts, _ = facts_of(folder, table(**REPORT_MAP, known="file_time"))
        changed_at = datetime.fromtimestamp((folder / "file.csv").stat().st_mtime, tz=UTC)
        assert {f.known_at for f in facts} == {changed_at}

    def test_a_time_without_zone_stops_with_a_remedy(self, drop: Drop) -> None:
        rows = "Report,Vendor,Period,Received at\nA,Acme,2026-09,2026-10-07 16:00\n"
        with pytest.raises(Misconfigured, match="without zone") as caught:
            facts_of(drop(rows), table(**REPORT_MAP, zone=None))
        assert "file.csv:2" in caught.value.place
        assert "Europe/Berlin" in caught.value.remedy
