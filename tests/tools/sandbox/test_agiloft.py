"""Agiloft's connector against its stand-in: a second witness, written from the documentation by others."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.world import AS_OF
from tests.tools.sandbox.reading import asked, opened
from tests.tools.test_ironclad import action
from tools.kit import Fatal, Misconfigured, NotFound, Retryable, Unauthorised, WrongAnswer
from tools.kit.contracts import RawContract

pytestmark = pytest.mark.xdist_group("tools-sandbox")
KB = "Tessaly CLM"
OFFICE = timedelta(hours=1)  # Munich in winter
BEFORE = datetime(2026, 10, 20, 12, tzinfo=UTC)


def password(user: str = "pacta.integration", word: str = "agiloft-demo-password") -> dict[str, str]:
    return {"type": "login", "knowledge_base": KB, "user": user, "password": word}


def agiloft(box: RunningSandbox, **changes: Any) -> Any:
    """The connector as this knowledge base would configure it."""
    settings: dict[str, Any] = {
        "base_url": f"{box.base_url}/agiloft/ewws/alrest/Tessaly%20CLM",
        "auth": password(),
        "zone": "Europe/Berlin",
        "fields": {
            "number": ["external_contract_id", "id"],
            "type": ["contract_type"],
            "relation": ["contract_type"],
            "parent": ["parent_contract_id"],
            "agreed_on": ["date_signed"],
            "business_unit": ["business_unit"],
            "governing_law": ["governing_law"],
            "party_keys": {"sap_s4hana": ["supplier_number"]},
        },
        "relations": {
            "Master Agreement": "master",
            "Standalone Agreement": "standalone",
            "Statement of Work": "sow",
            "Schedule": "schedule",
            "Amendment": "amendment",
        },
        "tasks": {
            "text": "description",
            "due_on": "date_due",
            "state": "wfstate",
            "contract": "contract_id",
            "states": {"open": "Assigned", "done": "Completed"},
        },
        "entities": {
            "obligation": {
                "table": "obligation",
                "contract": "contract_id",
                "fields": {"title": "obligation_title", "due_on": "due_date", "amount": "amount"},
            },
            "audit": {
                "table": "audit_entry",
                "contract": "contract_id",
                "fields": {"what": "event", "detail": "detail"},
            },
        },
        "contract_fields": {
            "performance": "performance_summary",
            "completed": "number_of_obligations_completed",  # the knowledge base counts it itself
        },
    }
    return opened("agiloft", settings, **changes)


def contracts(source: Any, cursor: str | None = None) -> tuple[dict[str, RawContract], str]:
    """All contracts read since the cursor, by number, without any problem; and the last cursor."""
    found: dict[str, RawContract] = {}
    for batch in source.read("contract", cursor):
        assert not batch.problems, batch.problems
        for record in batch.records:
            made = source.to_contract(record)
            assert not made.problems, made.problems
            found[made.id] = made
        cursor = batch.cursor
    return found, cursor or ""


def searches(box: RunningSandbox) -> list[str]:
    return [r["body"] for r in asked(box, "/contract/search")]


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        health = agiloft(box).check()
        assert health.ok
        for table in ("contract", "task", "obligation", "audit_entry"):
            assert table in health.detail

    def test_a_column_that_is_not_there_is_told(self, box: RunningSandbox) -> None:
        health = agiloft(box, fields={"number": ["contract_number"]}).check()
        assert not health.ok
        assert any("contract_number" in problem.what for problem in health.problems)

    def test_contracts_with_their_hierarchy(self, box: RunningSandbox) -> None:
        found, _ = contracts(agiloft(box))
        assert len(found) == 15
        family = {n: (c.relation, c.parent) for n, c in found.items() if c.parent or c.relation == "master"}
        assert family == {
            "IC-101": ("master", None),
            "IC-102": ("schedule", "IC-101"),
            "IC-103": ("amendment", "IC-101"),
            "IC-104": ("sow", "IC-101"),
        }

    def test_metadata_join_with_other_systems(self, box: RunningSandbox) -> None:
        found, _ = contracts(agiloft(box))
        hosting = found["IC-105"]
        assert (hosting.counterparty, hosting.party_keys) == (
            "Nordwind Hosting AB",
            {"sap_s4hana": "17300002"},
        )
        assert (hosting.agreed_on, hosting.expires_on) == (date(2025, 1, 14), date(2027, 1, 31))
        assert (found["IC-109"].party_keys, found["IC-109"].expires_on) == ({}, None)

    def test_times_are_those_of_the_office(self, box: RunningSandbox) -> None:
        found, cursor = contracts(agiloft(box))
        assert found["IC-105"].updated_at == datetime(2026, 10, 20, 15, 5, tzinfo=UTC)
        assert datetime.fromisoformat(cursor) == found["IC-105"].updated_at

    def test_one_by_number_and_by_id_with_its_document(self, box: RunningSandbox) -> None:
        connector = agiloft(box)
        amendment = connector.contract("IC-103")
        assert amendment == connector.contract(amendment.record_id)
        content, name = connector.document("IC-103")
        assert content.startswith(b"%PDF")
        assert name == amendment.document_name == "acme-amendment-1.pdf"
        with pytest.raises(NotFound):
            connector.contract("IC-999")

    def test_a_small_page_gives_the_same(self, box: RunningSandbox) -> None:
        assert contracts(agiloft(box, page_size=2))[0] == contracts(agiloft(box))[0]

    def test_a_filter_in_their_words_narrows(self, box: RunningSandbox) -> None:
        narrow = agiloft(box, filter="contract_type='Amendment' || contract_type='Statement of Work'")
        assert set(contracts(narrow)[0]) == {"IC-103", "IC-104"}


class TestLater:
    def test_a_late_update_comes_with_the_next_read(self, box: RunningSandbox) -> None:
        box.set_clock(BEFORE)
        connector = agiloft(box)
        first, cursor = contracts(connector)
        box.set_clock(AS_OF)
        later, moved = contracts(connector, cursor)
        assert set(later) == {"IC-105"} | {n for n, c in first.items() if _recent(c, cursor)}
        assert later["IC-105"].updated_at > first["IC-105"].updated_at
        assert moved > cursor

    def test_what_was_asked_for_is_told_in_the_office_time(self, box: RunningSandbox) -> None:
        contracts(agiloft(box, overlap="PT0S"), "2026-11-01T10:00:00+00:00")
        assert "date_updated>='2026-11-01 11:00:00'" in searches(box)[0]

    def test_an_idle_read_asks_once_and_keeps_its_place(self, box: RunningSandbox) -> None:
        connector = agiloft(box)
        _, cursor = contracts(connector)
        before = len(searches(box))
        late = "2026-11-09T00:00:00+00:00"
        assert contracts(connector, late) == ({}, late)
        assert len(searches(box)) == before + 1
        assert contracts(connector, cursor)[1] == cursor

    def test_a_token_that_grew_old_is_renewed(self, box: RunningSandbox) -> None:
        connector = agiloft(box)
        contracts(connector)
        box.set_clock(AS_OF + timedelta(minutes=16))
        assert len(contracts(connector)[0]) == 15
        assert len(asked(box, "/login")) == 2

    def test_a_token_that_grew_old_in_the_middle_of_a_read(self, box: RunningSandbox) -> None:
        connector = agiloft(box, page_size=5)
        whole, _ = contracts(agiloft(box))
        batches = connector.read("contract", None)
        records = list(next(batches).records)
        box.set_clock(AS_OF + timedelta(minutes=16))
        records += [record for batch in batches for record in batch.records]
        assert {connector.to_contract(r).id for r in records} == set(whole)

    def test_sign_in_by_oauth(self, box: RunningSandbox) -> None:
        oauth = {
            "type": "oauth2",
            "token_url": f"{box.base_url}/agiloft/ewws/otoken",
            "client_id": "pacta-agiloft-client",
            "client_secret": "agiloft-demo-secret",
            "client_auth": "form",
        }
        assert contracts(agiloft(box, auth=oauth)) == contracts(agiloft(box))


def _recent(contract: RawContract, cursor: str) -> bool:
    """Changed within the overlap before the cursor, so that it comes again."""
    return contract.updated_at >= datetime.fromisoformat(cursor) - timedelta(minutes=65)


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut", "slow", "401"])
    @pytest.mark.parametrize("skip", [0, 1])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str, skip: int) -> None:
        expected, _ = contracts(agiloft(box))
        more = {"seconds": 0.2} if kind == "slow" else {}
        box.order_fault(kind, vendor="agiloft", path="/contract/search", skip=skip, **more)
        assert contracts(agiloft(box))[0] == expected

    def test_a_storm_changes_nothing(self, box: RunningSandbox) -> None:
        expected, _ = contracts(agiloft(box))
        storm = {"share": 0.1, "seed": 5, "kinds": ["429", "503", "cut", "slow"]}
        httpx.post(f"{box.base_url}/_sandbox/storm", json=storm).raise_for_status()
        connector = agiloft(box, page_size=1, http={"attempts": 6})
        assert contracts(connector)[0] == expected

    def test_a_web_page_in_between_is_told(self, box: RunningSandbox) -> None:
        expected = contracts(agiloft(box))
        box.order_fault("html", vendor="agiloft", path="/contract/search", skip=1)
        connector = agiloft(box)
        with pytest.raises(WrongAnswer, match="html") as caught:
            contracts(connector)
        assert caught.value.remedy
        assert contracts(connector) == expected

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle", "loop"])
    def test_doubles_disorder_and_loops_come_to_the_same(self, box: RunningSandbox, kind: str) -> None:
        expected, cursor = contracts(agiloft(box))
        box.order_fault(kind, vendor="agiloft", path="/contract/search", times=99)
        assert contracts(agiloft(box, page_size=4)) == (expected, cursor)

    def test_who_may_not_come_in_is_told(self, box: RunningSandbox) -> None:
        for auth in (password(word="wrong"), password("priya.nair", "agiloft-priya-password")):
            with pytest.raises(Unauthorised) as caught:
                contracts(agiloft(box, auth=auth))
            assert caught.value.remedy
            assert auth["password"] not in str(caught.value)

    def test_the_name_of_the_knowledge_base_counts_as_written(self, box: RunningSandbox) -> None:
        wrong = agiloft(box, auth={**password(), "knowledge_base": "tessaly clm"})
        assert not wrong.check().ok


def rows(box: RunningSandbox, table: str, *field: str, **where: str) -> list[dict[str, Any]]:
    """What stands in a table, asked for without the connector's own code for it."""
    query = " && ".join(f"{name}='{value}'" for name, value in where.items())
    found: list[dict[str, Any]] = agiloft(box)._rest.search(table, query, ["id", *field])
    return found


TASK = {"title": "Claim the credit", "text": "EUR 980.00\nChloé's team agrees", "due_on": "2026-11-30"}


class TestWriting:
    def test_a_task_is_written_once_whoever_tries(self, box: RunningSandbox) -> None:
        todo = action("create_task", TASK, "IC-105")
        made = agiloft(box).writer().create(todo)
        assert agiloft(box).writer().create(todo) == made == agiloft(box).writer().find("pacta-1f2e")
        (held,) = rows(box, "task", "summary", "date_due", "contract_title", external_id="pacta-1f2e")
        assert (held["summary"], held["date_due"]) == ("Claim the credit", "2026-11-30")
        assert "Hosting" in str(held["contract_title"])
        assert len(asked(box, "/task/upsert")) == 1

    def test_a_task_about_no_contract_of_theirs_is_refused(self, box: RunningSandbox) -> None:
        with pytest.raises(NotFound):
            agiloft(box).writer().create(action("create_task", TASK, "IC-999"))
        assert asked(box, "/task/upsert") == []

    def test_a_task_done_and_opened_again(self, box: RunningSandbox) -> None:
        writer = agiloft(box).writer()
        made = writer.create(action("create_task", TASK, "IC-105"))
        for state, shown in (("done", "Completed"), ("open", "Assigned")):
            assert writer.create(action("update_task", {**TASK, "state": state}, "IC-105")) == made
            (held,) = rows(box, "task", "wfstate", external_id="pacta-1f2e")
            assert held["wfstate"] == shown

    def test_somebody_elses_task_is_changed_by_its_id(self, box: RunningSandbox) -> None:
        (held,) = rows(box, "task", external_id="T-ORCHARD")
        done = {**TASK, "state": "done"}
        agiloft(box).writer().create(action("update_task", done, f"task/{held['id']}"))
        (now,) = rows(box, "task", "wfstate", external_id="T-ORCHARD")
        assert now["wfstate"] == "Completed"

    def test_an_obligation_and_an_audit_entry(self, box: RunningSandbox) -> None:
        writer = agiloft(box).writer()
        duty = {"title": "Credit of October", "due_on": "2026-11-30", "amount": "-980.00"}
        first = writer.create(action("put_record", {"entity": "obligation", "fields": duty}, "IC-105"))
        entry = {"what": "Breach", "detail": "Answered 40 min late;\n'P1' of 3 Nov"}
        second = writer.create(
            action("put_record", {"entity": "audit", "fields": entry}, "IC-105", "pacta-2")
        )
        assert {first.record.partition("/")[0], second.record.partition("/")[0]} == {
            "obligation",
            "audit_entry",
        }
        (held,) = rows(box, "audit_entry", "event", "detail", "contract_id", external_id="pacta-2")
        assert (held["event"], held["detail"]) == ("Breach", entry["detail"])
        (due,) = rows(box, "obligation", "amount", "due_date", "contract_id", external_id="pacta-1f2e")
        assert str(held["contract_id"]) == str(due["contract_id"]) == "1005"
        assert (float(due["amount"]), due["due_date"]) == (-980.0, "2026-11-30")

    def test_performance_on_the_contract_comes_back_with_the_next_read(self, box: RunningSandbox) -> None:
        connector = agiloft(box)
        _, cursor = contracts(connector)
        fields = {"performance": "2 of 3 kept"}
        connector.writer().create(action("set_fields", {"fields": fields}, "IC-102"))
        assert "IC-102" in contracts(connector, cursor)[0]
        (held,) = rows(box, "contract", "performance_summary", id="1002")
        assert held["performance_summary"] == "2 of 3 kept"

    def test_what_the_knowledge_base_reckons_itself_is_refused(self, box: RunningSandbox) -> None:
        with pytest.raises(Fatal, match="number_of_obligations_completed"):
            agiloft(box).writer().create(action("set_fields", {"fields": {"completed": 12}}, "IC-102"))

    @pytest.mark.parametrize("kind", ["cut", "html", "500"])
    def test_a_lost_answer_is_found_the_next_time(self, box: RunningSandbox, kind: str) -> None:
        box.order_fault(kind, vendor="agiloft", method="POST", path="/task/upsert")
        with pytest.raises((Retryable, WrongAnswer)):
            agiloft(box).writer().create(action("create_task", TASK, "IC-105"))
        agiloft(box).writer().create(action("create_task", TASK, "IC-105"))
        assert len(rows(box, "task", external_id="pacta-1f2e")) == 1

    def test_a_number_twice_counts_as_one(self, box: RunningSandbox) -> None:
        duty = {"title": "Recycling", "due_on": "2026-11-30"}
        again = action("put_record", {"entity": "obligation", "fields": duty}, "IC-113", "OB-RECYCLING")
        held = rows(box, "obligation", external_id="OB-RECYCLING")
        made = agiloft(box).writer().create(again)
        assert made.record == f"obligation/{min(int(row['id']) for row in held)}"
        assert len(rows(box, "obligation", external_id="OB-RECYCLING")) == 2

    def test_a_choice_that_is_none_is_refused_in_their_words(self, box: RunningSandbox) -> None:
        tasks = {"state": "wfstate", "states": {"open": "Open", "done": "Completed"}}
        with pytest.raises(Fatal, match="wfstate"):
            agiloft(box, tasks=tasks).writer().create(action("create_task", {"title": "x"}, "IC-105"))
        assert rows(box, "task", external_id="pacta-1f2e") == []

    def test_what_is_not_offered_is_refused_unasked(self, box: RunningSandbox) -> None:
        for verb in ("comment", "send_message", "create_invoice", "schedule_payment"):
            with pytest.raises(Fatal, match=verb):
                agiloft(box).writer().create(action(verb, {}, "IC-105"))
        unknown = {"entity": "unknown", "fields": {"a": "b"}}
        with pytest.raises(Misconfigured, match="unknown"):
            agiloft(box).writer().create(action("put_record", unknown, "IC-105"))
        assert asked(box, "/agiloft") == []
