"""The connector to SAP revenue accounting against its stand-in: a customer's service, written by others."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from obligations.facts import Fact, Milestone, Progress, latest
from obligations.model import Action
from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, facts_of, opened
from tests.tools.vendors import START, Json
from tools.kit import Fatal, Misconfigured, PageLoop, Retryable, Unauthorised, WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
KIND = "performance_obligation"
SERVICE = "zrevenueaccounting_o4/srvd_a2x/sap/zrevenueaccounting/0001"
SETTINGS: Json = {
    "odata": "v4",
    "zone": "Europe/Berlin",
    "obligations": {
        "path": f"{SERVICE}/PerformanceObligation",
        "changed": "YY1_LastChangeDateTime_POB",
        "created": "",
        "changed_is": "instant",
        "references": ["YY1_ContractNumber_POB"],
        "fulfilled_on": ["RAPerfOblgnCompletionDate"],
    },
    "contracts": {"path": f"{SERVICE}/RevenueAccountingContract", "references": ["YY1_ContractNumber_RAC"]},
    "fulfilment": {
        "path": f"{SERVICE}/PerfOblgnFulfillment",
        "key": ["PerformanceObligation", "RAFulfillment"],
        "day": "RAFulfillmentDate",
        "quantity": "RAFulfilledQuantity",
        "percent": "RAFulfillmentPercent",
        "changed": "CreationDateTime",
        "changed_is": "instant",
    },
    "schedule": {
        "path": f"{SERVICE}/RevenueScheduleItem",
        "key": ["PerformanceObligation", "RevnAcctgReconciliationKey"],
        "posted": "RevnAcctgPostgAmtInSlsDocCrcy",
        "only": {"RevnAcctgRecnclnKeyStatus": ["C"]},
        "changed": "YY1_LastChangeDateTime_SCH",
        "changed_is": "instant",
        "as_progress": True,
    },
    "records": {
        "obligation": {
            "path": f"{SERVICE}/PerformanceObligation",
            "key": ["PerformanceObligation"],
            "reference": "YY1_ExternalReference_POB",
            "under": f"{SERVICE}/RevenueAccountingContract",
            "way": "_PerformanceObligation",
            "fields": {
                "title": "PerformanceObligationClass",
                "type": "RAPerformanceObligationType",
                "fulfilment": "PerfOblgnFulfillmentType",
                "event": "PerfOblgnEventType",
                "starts_on": "PerformanceObligationStartDate",
                "ends_on": "PerformanceObligationEndDate",
            },
        }
    },
    "obligation_fields": {"ends_on": "PerformanceObligationEndDate"},
}


def revenue(box: RunningSandbox, **changes: Any) -> Any:
    auth = {"type": "basic", "user": "PACTA_RAR", "password": "sap-revenue-demo-password"}
    base = f"{box.base_url}/sap_revenue/sap/opu/odata4/sap"
    return opened("sap_revenue", {**SETTINGS, "base_url": base, "auth": auth}, **changes)


def progress(found: list[Fact], name: str) -> dict[date, Progress]:
    return {f.data.on: f.data for f in found if isinstance(f.data, Progress) and f.data.of == name}


def action(verb: str, payload: Json, target: str) -> Action:
    about = {"id": "act-1", "system": "sap_revenue", "reason": "breached", "proposed_by": "policy"}
    told = {"verb": verb, "target": target, "payload": payload, "reference": "pacta-9c4e11"}
    return Action.model_validate({**about, **told, "proposed_at": START})


class TestReading:
    def test_everything_can_be_read(self, box: RunningSandbox) -> None:
        assert revenue(box).check().ok
        ids, _, problems = read_all(revenue(box), KIND)
        assert len(ids) == len(set(ids)) >= 30
        assert not problems

    def test_a_lot_that_came_in_two_parts(self, box: RunningSandbox) -> None:
        found = facts_of(revenue(box), KIND)[0]
        lot = progress(latest(found, NOW), "TX-400 analysers lot 2")
        assert {on: (p.units, p.units_expected) for on, p in lot.items()} == {
            date(2026, 6, 26): (Decimal(3), Decimal(4)),
            date(2026, 7, 9): (Decimal(4), Decimal(4)),
        }
        before = progress(latest(found, datetime(2026, 7, 12, tzinfo=UTC)), "TX-400 analysers lot 2")
        assert set(before) == {date(2026, 6, 26)}, "the second part was entered four days later"
        assert {f.contract_hint for f in found if "lot 2" in f.source.label} == {"IC-109"}
        assert {f.party_hint for f in found} == {"10100001"}

    def test_an_estimate_that_was_taken_back(self, box: RunningSandbox) -> None:
        found = facts_of(revenue(box), KIND)[0]
        name, day = "Installation and demonstration", date(2026, 6, 30)
        assert progress(latest(found, datetime(2026, 7, 5, tzinfo=UTC)), name)[day].percent == 85
        assert progress(latest(found, NOW), name)[day].percent == 70
        assert progress(latest(found, NOW), name)[date(2026, 7, 31)].percent == 100

    def test_what_is_done_at_once_is_a_milestone(self, box: RunningSandbox) -> None:
        found = latest(facts_of(revenue(box), KIND)[0], NOW)
        steps = {f.data.name: f.data for f in found if isinstance(f.data, Milestone)}
        assert [step.on for step in steps["TX-400 analysers lot 1"].events] == [date(2026, 4, 28)]
        assert steps["Operator training in Wilmington"].events == ()
        amount = steps["TX-400 analysers lot 1"].amount
        assert amount is not None
        assert (amount.amount, amount.currency) == (Decimal("248000"), "USD")

    def test_goods_that_came_back_count_less(self, box: RunningSandbox) -> None:
        found = latest(facts_of(revenue(box), KIND)[0], NOW)
        by_record: dict[str, list[Decimal]] = {}
        for fact in found:
            if isinstance(fact.data, Progress) and fact.data.units is not None:
                by_record.setdefault(fact.source.record.split("/")[1], []).append(fact.data.units)
        assert any(units[-1] < max(units) for units in by_record.values())

    def test_posted_revenue_tells_the_progress_of_time(self, box: RunningSandbox) -> None:
        plan = progress(latest(facts_of(revenue(box), KIND)[0], NOW), "Service plan for ten analysers")
        shares = [plan[on].percent or Decimal() for on in sorted(plan)]
        assert shares == sorted(shares)
        assert max(plan) == date(2026, 10, 31), "November is posted in December"

    def test_later_changes_come_with_the_next_read(self, box: RunningSandbox) -> None:
        source = revenue(box)
        before, cursor, _ = read_all(source, KIND)
        box.set_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
        after, moved, _ = read_all(source, KIND, cursor)
        assert set(after) - set(before), "an obligation that came meanwhile"
        assert set(after) & set(before), "one that was fulfilled meanwhile"
        assert len(set(after)) < len(set(before))
        assert moved > cursor

    def test_read_piece_by_piece_or_in_one_go_it_is_the_same(self, box: RunningSandbox) -> None:
        pieces: list[Fact] = []
        cursor: str | None = None
        for day in (date(2026, 6, 1), date(2026, 7, 5), date(2026, 8, 1), date(2026, 11, 10)):
            box.set_clock(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
            found, cursor = facts_of(revenue(box), KIND, cursor)
            pieces += found
        whole = latest(facts_of(revenue(box), KIND)[0], NOW)
        told = {f.source.record: f.data for f in latest(pieces, NOW)}
        assert {f.source.record: f.data for f in whole if f.source.record in told} == {
            record: data for record, data in told.items() if record in {f.source.record for f in whole}
        }
        assert {f.source.record for f in whole} <= set(told)


class TestBadDays:
    @pytest.mark.parametrize("kind", ["429", "503", "cut"])
    def test_a_bad_minute_is_waited_for(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(revenue(box), KIND)[0]}
        box.order_fault(kind, vendor="sap_revenue", path="/PerformanceObligation")
        assert {f.id for f in facts_of(revenue(box), KIND)[0]} == clean

    def test_a_log_in_page_is_told(self, box: RunningSandbox) -> None:
        box.order_fault("html", vendor="sap_revenue", path="/PerformanceObligation", times=9)
        with pytest.raises(WrongAnswer, match="html"):
            read_all(revenue(box), KIND)

    def test_a_page_that_comes_again_ends_the_read(self, box: RunningSandbox) -> None:
        box.order_fault("loop", vendor="sap_revenue", path="/PerformanceObligation", times=99)
        with pytest.raises(PageLoop):
            read_all(revenue(box), KIND)

    @pytest.mark.parametrize("kind", ["duplicate", "shuffle"])
    def test_doubles_and_disorder_change_no_fact(self, box: RunningSandbox, kind: str) -> None:
        clean = {f.id for f in facts_of(revenue(box), KIND)[0]}
        box.order_fault(kind, vendor="sap_revenue", path="/PerformanceObligation", times=99)
        assert {f.id for f in facts_of(revenue(box), KIND)[0]} == clean

    def test_a_wrong_password_is_for_a_person(self, box: RunningSandbox) -> None:
        auth = {"type": "basic", "user": "PACTA_RAR", "password": "guess"}
        with pytest.raises(Unauthorised):
            read_all(revenue(box, auth=auth), KIND)


class TestWriting:
    CONTRACT = "00000030000001"
    FIELDS: ClassVar[Json] = {
        "title": "Acceptance protocol",
        "type": "INSTRUMENT",
        "fulfilment": "E",
        "event": "MA",
        "starts_on": "2026-11-15",
        "ends_on": "2026-12-31",
    }

    def promise(self) -> Action:
        return action("put_record", {"entity": "obligation", "fields": self.FIELDS}, self.CONTRACT)

    def posted(self, box: RunningSandbox) -> int:
        return sum(r["method"] == "POST" for r in asked(box, "/_PerformanceObligation"))

    def test_an_obligation_is_entered_once(self, box: RunningSandbox) -> None:
        made = revenue(box).writer().create(self.promise())
        assert revenue(box).writer().create(self.promise()) == made
        assert revenue(box).writer().find("pacta-9c4e11") == made
        assert self.posted(box) == 1

    def test_a_lost_answer_is_found_by_the_next_attempt(self, box: RunningSandbox) -> None:
        box.order_fault("cut", vendor="sap_revenue", path="/_PerformanceObligation")
        with pytest.raises(Retryable) as caught:
            revenue(box).writer().create(self.promise())
        assert caught.value.maybe_done
        revenue(box).writer().create(self.promise())
        assert self.posted(box) <= 2

    def test_an_end_is_moved(self, box: RunningSandbox) -> None:
        (open_one,) = (
            r
            for b in revenue(box).read(KIND, None)
            for r in b.records
            if r.data["row"]["PerformanceObligationClass"] == "Operator training in Wilmington"
        )
        change = action("set_fields", {"fields": {"ends_on": "2027-01-31"}}, open_one.id)
        revenue(box).writer().create(change)
        found = latest(facts_of(revenue(box), KIND)[0], datetime(2027, 1, 1, tzinfo=UTC))
        steps = {f.data.name: f.data.planned_on for f in found if isinstance(f.data, Milestone)}
        assert steps["Operator training in Wilmington"] == date(2027, 1, 31)

    def test_what_the_service_does_not_take_is_refused(self, box: RunningSandbox) -> None:
        schedule = {**SETTINGS["records"]["obligation"], "path": f"{SERVICE}/RevenueScheduleItem"}
        line = {**schedule, "reference": "RevenueAccountingContract", "under": "", "way": ""}
        with pytest.raises(Fatal, match="for reading only"):
            revenue(box, records={"obligation": line}).writer().create(self.promise())
        with pytest.raises(Misconfigured, match="no service"):
            revenue(box, records={}).writer().create(self.promise())
