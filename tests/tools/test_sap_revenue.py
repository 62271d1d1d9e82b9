"""SAP revenue accounting: progress by fulfilment, by posted revenue, at the end; both versions of OData."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from obligations.facts import Fact, Milestone, Progress, latest
from tests.tools.conformance import Conformance, connector_of, read_all
from tests.tools.conformance_writing import WriterConformance
from tests.tools.sap_revenue_vendor import OBLIGATIONS, RECORDS, SapRevenueV2Vendor, SapRevenueVendor
from tests.tools.vendors import START, Json
from tools.kit import Fatal, Misconfigured, Skippable, harvest
from tools.kit.verbs import RawRecord
from tools.sap_revenue.facts import period_end
from tools.sap_revenue.settings import ScheduleMap

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


class TestConformance(Conformance, WriterConformance):
    vendor = SapRevenueVendor
    takes = ("put_record", "set_fields")
    example: ClassVar[Json] = {"entity": "obligation", "fields": {"title": "Support", "due_on": "2026-12-31"}}


class TestV2(Conformance, WriterConformance):
    vendor = SapRevenueV2Vendor
    takes = ("put_record", "set_fields")
    example: ClassVar[Json] = {"entity": "obligation", "fields": {"title": "Support", "due_on": "2026-12-31"}}


def connector(vendor: Any = None, **changes: Any) -> Any:
    return connector_of(vendor or SapRevenueVendor(), **changes)


def row(number: int = 7, **fields: Any) -> Json:
    return {**SapRevenueVendor().record(number), **fields}


def facts(data: Json, **changes: Any) -> list[Fact]:
    raw = RawRecord(kind="performance_obligation", id="7", data=data, updated_at=AT)
    return list(connector(**changes).to_facts(raw))


def fulfilment(on: Any, **fields: Any) -> Json:
    return {"FulfilmentId": "1", "EventDate": on, "ChangedOn": "2026-06-01", **fields}


def progress(found: list[Fact]) -> list[tuple[date, Decimal | None, Decimal | None]]:
    return [(f.data.on, f.data.percent, f.data.units) for f in found if isinstance(f.data, Progress)]


class TestFacts:
    def test_a_fulfilled_obligation_is_done_on_its_day(self) -> None:
        (fact,) = facts({"row": row(RAPerfOblgnCompletionDate="2026-07-15")})
        assert fact.data == Progress(of="Support 7", on=date(2026, 7, 15), percent=Decimal(100))
        assert (fact.party_hint, fact.contract_hint) == ("17100", f"{1:014d}")
        assert fact.source.record == f"obligation/{7:016d}"
        assert fact.known_at == AT
        assert fact.occurred_at.isoformat() == "2026-07-15T00:00:00+02:00"

    def test_the_revenue_contract_tells_ours(self) -> None:
        contract = {"RevenueAccountingContract": "1", "YY1_Contract": "C-204", "Customer": "4711"}
        (fact,) = facts({"row": row(Customer=""), "contract": contract})
        assert (fact.party_hint, fact.contract_hint) == ("4711", "C-204")

    def test_fulfilment_adds_up_by_day(self) -> None:
        rows = [
            fulfilment("2026-04-01", Quantity="2", ChangedOn="2026-06-01"),
            fulfilment("2026-02-01", Quantity="3.0", ChangedOn="2026-02-03"),
            fulfilment("2026-04-01", Quantity="1"),
            fulfilment("2026-05-01", Quantity="-1"),  # taken back
        ]
        found = facts({"row": row(), "fulfilment": rows})
        assert progress(found) == [
            (date(2026, 2, 1), None, Decimal(3)),
            (date(2026, 4, 1), None, Decimal(6)),
            (date(2026, 5, 1), None, Decimal(5)),
        ]
        assert {f.data.units_expected for f in found if isinstance(f.data, Progress)} == {Decimal(12)}
        assert [f.known_at.isoformat() for f in found][:2] == [
            "2026-02-02T23:00:00+00:00",
            "2026-05-31T22:00:00+00:00",
        ]

    def test_fulfilment_that_tells_the_state_is_taken_as_it_is(self) -> None:
        rows = [fulfilment("2026-02-01", Share="25"), fulfilment("2026-03-01", Share="40.5")]
        assert progress(facts({"row": row(), "fulfilment": rows})) == [
            (date(2026, 2, 1), Decimal(25), None),
            (date(2026, 3, 1), Decimal("40.5"), None),
        ]

    def test_a_state_that_is_corrected_was_known_before(self) -> None:
        rows = [
            fulfilment("2026-03-31", Share="70", ChangedOn="2026-04-10"),
            fulfilment("2026-03-31", Share="85", ChangedOn="2026-04-01"),
        ]
        found = facts({"row": row(), "fulfilment": rows})
        assert [value for _, value, _ in progress(found)] == [Decimal(85), Decimal(70)]
        assert len({f.source.record for f in found}) == 1
        (now,) = progress(latest(found, AT))
        (then,) = progress(latest(found, datetime(2026, 4, 5, tzinfo=UTC)))
        assert (now[1], then[1]) == (Decimal(70), Decimal(85))

    def test_a_late_row_changes_the_days_behind_it(self) -> None:
        rows = [
            fulfilment("2026-02-01", Quantity="1", ChangedOn="2026-02-01"),
            fulfilment("2026-03-01", Quantity="1", ChangedOn="2026-03-01"),
            fulfilment("2026-02-15", Quantity="1", ChangedOn="2026-03-05"),
        ]
        found = facts({"row": row(), "fulfilment": rows})
        assert [u for _, _, u in progress(latest(found, AT))] == [Decimal(1), Decimal(2), Decimal(3)]
        before = latest(found, datetime(2026, 3, 2, tzinfo=UTC))
        assert [u for _, _, u in progress(before)] == [Decimal(1), Decimal(2)]

    def test_only_rows_that_count_are_posted(self) -> None:
        names = {**SapRevenueVendor().settings()["schedule"], "only": {"Status": ["C"]}}
        posted = {"FiscalYear": "2026", "FiscalPeriod": "1", "PostedRevnInSlsDocCrcy": "600"}
        rows = [{**posted, "Status": state} for state in ("C", "O")]
        assert [p for _, p, _ in progress(facts({"row": row(), "schedule": rows}, schedule=names))] == [
            Decimal(5)
        ]

    @pytest.mark.parametrize(
        "strange",
        [
            {"EventDate": None},
            {"EventDate": "soon"},
            {"EventDate": 20260201},
            {"Share": "many"},
            {"Share": "101"},
            {"Quantity": "-3"},
            {"ChangedOn": "9999-13-01"},
        ],
    )
    def test_a_fulfilment_that_cannot_be_read_is_told(self, strange: Json) -> None:
        with pytest.raises(Skippable) as caught:
            facts({"row": row(), "fulfilment": [fulfilment("2026-02-01", **strange)]})
        assert caught.value.remedy

    def test_posted_revenue_tells_progress_where_that_is_set(self) -> None:
        posted = {"FiscalYear": "2026", "PostedRevnInSlsDocCrcy": "1000.00"}
        rows = [{**posted, "FiscalPeriod": period} for period in ("002", "001")]
        rows.append({**posted, "FiscalPeriod": "003", "PostedRevnInSlsDocCrcy": "0.00"})
        found = facts({"row": row(), "schedule": rows})
        assert progress(found) == [
            (date(2026, 1, 31), Decimal("8.333333"), None),
            (date(2026, 2, 28), Decimal("16.666667"), None),
        ]
        plain = {**SapRevenueVendor().settings()["schedule"], "as_progress": False}
        assert progress(facts({"row": row(), "schedule": rows}, schedule=plain)) == [
            (date(2026, 8, 31), Decimal(100), None)
        ]

    def test_an_event_is_a_milestone_too(self) -> None:
        found = facts({"row": row(PerfOblgnFulfillmentType="E")})
        (milestone,) = [f.data for f in found if isinstance(f.data, Milestone)]
        assert (milestone.name, milestone.planned_on) == ("Support 7", date(2026, 8, 31))
        assert str(milestone.amount and milestone.amount.amount) == "12000.00"
        assert [(e.on, e.change, e.by) for e in milestone.events] == [(date(2026, 8, 31), "completed", "us")]

    @pytest.mark.parametrize(
        "undone", [{"PerfOblgnIsFullyFulfilled": False}, {"PerfOblgnIsSoftDeleted": "X"}]
    )
    def test_what_is_taken_back_replaces_what_was_told(self, undone: Json) -> None:
        before = facts({"row": row(PerfOblgnFulfillmentType="E")})
        raw = RawRecord(
            kind="performance_obligation",
            id="7",
            data={"row": row(PerfOblgnFulfillmentType="E", **undone)},
            updated_at=AT + timedelta(days=3),
        )
        now = latest([*before, *connector().to_facts(raw)], AT + timedelta(days=4))
        assert progress(now) == [(date(2026, 1, 1), None, None)]
        assert [f.data.events for f in now if isinstance(f.data, Milestone)] == [()]

    def test_a_deleted_obligation_takes_its_fulfilment_back(self) -> None:
        data = {
            "row": row(PerfOblgnIsSoftDeleted=True),
            "fulfilment": [fulfilment("2026-02-01", Quantity="2")],
        }
        found = facts(data)
        assert progress(found) == [(date(2026, 2, 1), None, Decimal(2)), (date(2026, 2, 1), None, None)]
        assert progress(latest(found, AT)) == [(date(2026, 2, 1), None, None)]

    def test_one_that_is_open_since_it_was_made_says_nothing(self) -> None:
        made = row(PerfOblgnIsFullyFulfilled=False, PerfOblgnCreationDate="2026-09-02")
        assert facts({"row": made}) == []

    @pytest.mark.parametrize(
        ("lacks", "given"),
        [
            ({"PerformanceObligationClass": None}, "7"),
            ({"Customer": None}, ""),
            ({"AllocatedPriceInSalesDocCrcy": None, "SalesDocumentCurrency": None}, "Support 7"),
        ],
    )
    def test_what_is_missing_is_left_open(self, lacks: Json, given: str) -> None:
        found = facts({"row": row(PerfOblgnFulfillmentType="E", **lacks)})
        assert given in str([(f.data, f.party_hint) for f in found])

    def test_v2_says_days_in_milliseconds_and_yes_as_x(self) -> None:
        vendor = SapRevenueV2Vendor()
        raw = RawRecord(kind="performance_obligation", id="7", data={"row": vendor.record(7)}, updated_at=AT)
        assert progress(list(connector(vendor).to_facts(raw))) == [(date(2026, 8, 31), Decimal(100), None)]

    @pytest.mark.parametrize(
        ("year", "period", "first", "named", "end"),
        [
            (2026, 1, 1, "start", date(2026, 1, 31)),
            (2026, 12, 1, "start", date(2026, 12, 31)),
            (2026, 14, 1, "end", date(2026, 12, 31)),
            (2026, 1, 4, "start", date(2026, 4, 30)),
            (2026, 12, 4, "start", date(2027, 3, 31)),
            (2026, 1, 10, "end", date(2025, 10, 31)),
            (2028, 11, 4, "end", date(2028, 2, 29)),
        ],
    )
    def test_periods_of_fiscal_years(self, year: int, period: int, first: int, named: Any, end: date) -> None:
        assert period_end(year, period, ScheduleMap(path="a/b", first_month=first, named_by=named)) == end
        with pytest.raises(ValueError, match="no period"):
            period_end(year, 0, ScheduleMap(path="a/b"))


class TestReading:
    def test_a_late_fulfilment_brings_its_obligation_again(self) -> None:
        vendor = SapRevenueVendor(count=5)
        vendor.fulfilled(1, START, START, Quantity="2")
        _, cursor, _ = read_all(connector(vendor), "performance_obligation")
        late = START + timedelta(days=60)
        vendor.fulfilled(0, START, late, Quantity="4")
        again = connector(vendor, overlap="P1D")
        records = [r for batch in again.read("performance_obligation", cursor) for r in batch.records]
        ids = [r.id for r in records]
        assert f"{0:016d}" in ids
        assert f"{2:016d}" not in ids
        assert len(ids) == len(set(ids))
        assert (START.date(), None, Decimal(4)) in progress(list(harvest(again, records).facts))

    def test_what_broke_off_goes_on_behind_the_last_key(self) -> None:
        vendor = SapRevenueVendor(count=40, page_size=10)
        reading = connector(vendor).read("performance_obligation", None)
        some = [next(reading) for _ in range(2)]
        before = {r.id for batch in some for r in batch.records}
        after, cursor, _ = read_all(connector(vendor), "performance_obligation", some[-1].cursor)
        assert len(before) == 20
        assert before.isdisjoint(after)
        assert len(before | set(after)) == 40
        assert "after" not in cursor
        whole = read_all(connector(vendor), "performance_obligation")[1]
        assert cursor == whole

    def test_the_watermark_does_not_pass_the_beginning_of_the_read(self) -> None:
        vendor = SapRevenueVendor(count=40)
        vendor.at = START + timedelta(days=2)
        _, cursor, _ = read_all(connector(vendor), "performance_obligation")
        assert "2026-09-03T08:00:00" in cursor

    def test_pages_are_counted_where_the_server_gives_no_links(self) -> None:
        vendor = SapRevenueVendor(count=25, page_size=10)
        vendor.links = False
        ids, _, _ = read_all(connector(vendor, page_size=10), "performance_obligation")
        assert len(set(ids)) == 25

    def test_open_ones_are_read_each_time_where_that_is_set(self) -> None:
        vendor = SapRevenueVendor(count=3)
        plain = vendor.rows
        vendor.rows = lambda: [{**plain()[0], "Open": "yes"}, *plain()[1:]]  # type: ignore[method-assign]
        cursor = '{"obligation": "2027-01-01T00:00:00+00:00"}'
        again = connector(vendor, reread="Open eq 'yes'")
        vendor.fits = lambda row, condition: "eq 'yes'" in condition and "Open" in row  # type: ignore[method-assign]
        assert read_all(again, "performance_obligation", cursor)[0] == [f"{0:016d}"]

    def test_contracts_are_looked_up_once(self) -> None:
        vendor = SapRevenueVendor(count=9)
        vendor.contracts = [
            {"RevenueAccountingContract": f"{n:014d}", "YY1_Contract": f"C-{n}"} for n in range(3)
        ]
        made = connector(vendor)
        records = [r for batch in made.read("performance_obligation", None) for r in batch.records]
        assert {f.contract_hint for f in harvest(made, records).facts} == {"C-0", "C-1", "C-2"}
        read_all(made, "performance_obligation")
        assert sum(r.url.path.endswith("/RevenueContract") for r in vendor.requests) == 1


class TestWriting:
    def test_a_record_holds_our_fields_and_our_reference(self) -> None:
        vendor = SapRevenueVendor()
        fields = {"title": "Support", "due_on": "2026-12-31", "sum": "1200.50"}
        action = TestConformance().action("put_record", {"entity": "obligation", "fields": fields})
        made = connector(vendor).writer().create(action)
        assert made.record == "Promise/P-0"
        (row,) = vendor.own
        assert (row["Text"], row["DueDate"], row["Sum"]) == ("Support", "2026-12-31", "1200.50")
        assert row["ExternalId"] == "pacta-9c4e11"
        assert "IEEE754Compatible=true" in vendor.requests[-1].headers["content-type"]

    def test_v2_takes_days_in_milliseconds(self) -> None:
        vendor = SapRevenueV2Vendor()
        connector(vendor).writer().create(TestV2().action())
        assert vendor.own[0]["DueDate"] == "/Date(1798675200000)/"

    def test_without_a_service_that_takes_it_it_is_refused(self) -> None:
        vendor = SapRevenueVendor()
        action = TestConformance().action()
        with pytest.raises(Misconfigured, match="no service is configured") as caught:
            connector(vendor, records={}).writer().create(action)
        assert "act in SAP" in caught.value.remedy
        vendor.closed = {RECORDS, OBLIGATIONS}
        with pytest.raises(Fatal, match="for reading only"):
            connector(vendor).writer().create(action)
        change = TestConformance().action("set_fields", {"fields": {"ends_on": "2026-12-31"}})
        with pytest.raises(Fatal, match="for reading only"):
            connector(vendor).writer().create(change.model_copy(update={"target": f"{3:016d}"}))
        assert vendor.written == []

    @pytest.mark.parametrize("vendor", [SapRevenueVendor(), SapRevenueV2Vendor()])
    def test_fields_of_an_obligation_are_changed_at_the_version_that_was_read(self, vendor: Any) -> None:
        change = TestConformance().action("set_fields", {"fields": {"ends_on": "2026-12-31"}})
        made = connector(vendor).writer().create(change.model_copy(update={"target": f"{3:016d}"}))
        assert made.record == f"obligation/{3:016d}"
        assert made.label == "Support 3"
        assert vendor.requests[-1].headers["if-match"] == 'W/"1"'
        expected = vendor.day(datetime(2026, 12, 31, tzinfo=UTC))
        assert vendor.written == [{"PerformanceObligationEndDate": expected}]

    @pytest.mark.parametrize("target", ["../x", "a'b", "", "x/y"])
    def test_a_target_cannot_lead_elsewhere(self, target: str) -> None:
        vendor = SapRevenueVendor()
        change = TestConformance().action("set_fields", {"fields": {"ends_on": "2026-12-31"}})
        with pytest.raises(Fatal):
            connector(vendor).writer().create(change.model_copy(update={"target": target}))
        assert all("PerformanceObligation('" in r.url.raw_path.decode() for r in vendor.requests)

    def test_an_unmapped_field_is_told(self) -> None:
        for verb, body in (
            ("put_record", {"entity": "obligation", "fields": {"colour": "red"}}),
            ("set_fields", {"fields": {"colour": "red"}}),
        ):
            with pytest.raises(Misconfigured, match="colour"):
                connector().writer().create(TestConformance().action(verb, body))
