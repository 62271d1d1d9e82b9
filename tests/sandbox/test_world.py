"""The story's truths, worked out again from what the vendors' systems serve and nothing else.

No rule of the product is used here: minutes are counted one by one, invoices compared by hand.
"""

import csv
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.world import DROP
from tests.sandbox.clients import Ironclad, Sap, ServiceNow, odata_day, utc

BERLIN, NEW_YORK, STOCKHOLM = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Europe/Stockholm"))
MINUTE = timedelta(minutes=1)
AS_OF = datetime(2026, 11, 10, 12, 0, tzinfo=BERLIN)
ITEMS = "API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube"
INVOICES = "API_SUPPLIERINVOICE_PROCESS_SRV/A_SupplierInvoice"


# -- availability -----------------------------------------------------------------------------------


def downtime(snow: ServiceNow, service: str, month: tuple[int, int], zone: ZoneInfo) -> tuple[int, int]:
    """Minutes of the month down, and all its minutes: outages united, announced maintenance left out."""
    first = datetime(*month, 1, tzinfo=zone)
    after = datetime(month[0] + month[1] // 12, month[1] % 12 + 1, 1, tzinfo=zone)
    down: set[datetime] = set()
    spared: set[datetime] = set()
    for row in snow.rows("cmdb_ci_outage", query=f"cmdb_ci.name={service}"):
        begin, end = utc(row["begin"]), utc(row["end"])
        minutes = {begin + n * MINUTE for n in range(int((end - begin) / MINUTE))}
        if row["type"] == "planned" and begin - utc(row["u_announced_at"]) >= timedelta(days=5):
            spared |= minutes
        elif row["type"] == "outage":
            down |= minutes
    inside = {m for m in down - spared if first.astimezone(UTC) <= m < after.astimezone(UTC)}
    return len(inside), int((after.astimezone(UTC) - first.astimezone(UTC)) / MINUTE)


@pytest.mark.parametrize(
    ("service", "month", "zone", "expected"),
    [
        ("Order Platform", (2026, 9), BERLIN, (20, 43_200)),
        ("Order Platform", (2026, 10), BERLIN, (115, 44_700)),
        ("Storefront", (2026, 9), STOCKHOLM, (30, 43_200)),
        ("Storefront", (2026, 10), STOCKHOLM, (20, 44_700)),
        ("Cirrus Ledger", (2026, 10), NEW_YORK, (250, 44_640)),
        ("WAN", (2026, 10), BERLIN, (30, 44_700)),
        ("WAN", (2026, 8), BERLIN, (0, 44_640)),
    ],
)
def test_downtime(
    snow: ServiceNow, service: str, month: tuple[int, int], zone: ZoneInfo, expected: tuple[int, int]
) -> None:
    assert downtime(snow, service, month, zone) == expected


# -- tickets ----------------------------------------------------------------------------------------


def open_minutes(start: datetime, end: datetime, zone: ZoneInfo, opens: int, closes: int) -> int:
    """Minutes Monday to Friday between two hours of the day; no holiday falls on a weekday of the story."""
    moments = (start + n * MINUTE for n in range(int((end - start) / MINUTE)))
    local = [at.astimezone(zone) for at in moments]
    return sum(at.weekday() < 5 and opens <= at.hour < closes for at in local)


class History:
    """A ticket put together from incident, journal and audit rows."""

    def __init__(self, snow: ServiceNow, number: str) -> None:
        self.row = snow.incident(number)
        key = self.row["sys_id"]
        people = {user["user_name"]: user["company"] for user in snow.rows("sys_user")}
        comments = snow.rows(
            "sys_journal_field", query=f"element_id={key}^element=comments^ORDERBYsys_created_on"
        )
        vendors = [c for c in comments if people.get(c["sys_created_by"]) == self.row["company"]]
        self.opened = utc(self.row["opened_at"])
        self.responded = utc(vendors[0]["sys_created_on"])
        self.resolved = utc(self.row["resolved_at"]) if self.row["resolved_at"] else None
        self.trail = snow.rows("sys_audit", query=f"documentkey={key}^ORDERBYsys_created_on")

    @property
    def paused(self) -> timedelta:
        """Time the ticket waited for the caller."""
        total, since = timedelta(0), None
        for change in self.trail:
            if change["fieldname"] == "hold_reason":
                at = utc(change["sys_created_on"])
                if change["newvalue"] == "1":
                    since = at
                elif since is not None:
                    total, since = total + (at - since), None
        return total

    def minutes(self, until: datetime) -> int:
        return int((until - self.opened) / MINUTE)


@pytest.mark.parametrize(
    ("number", "response", "resolution"),
    [
        ("INC0010398", 6, 420),
        ("INC0010405", 40, 360),
        ("INC0010419", 75, 245),
        ("INC0010427", 11, 420),
        ("INC0010436", 20, 35),
        ("INC0010445", 90, 420),
        ("INC0010448", 10, 210),
        ("INC0010452", 40, 420),
        ("INC0010461", 8, None),
    ],
)
def test_tickets_counted_around_the_clock(
    snow: ServiceNow, number: str, response: int, resolution: int | None
) -> None:
    ticket = History(snow, number)
    assert ticket.minutes(ticket.responded) == response
    if resolution is None:
        assert ticket.resolved is None
        assert ticket.minutes(AS_OF) == 270
    else:
        assert ticket.resolved is not None
        assert ticket.minutes(ticket.resolved) - ticket.paused / MINUTE == resolution


@pytest.mark.parametrize(
    ("number", "response", "resolution"),
    [("INC0010411", 120, 19 * 60), ("INC0010431", 50, 540), ("INC0010440", 330, 22 * 60)],
)
def test_tickets_counted_in_support_hours(
    snow: ServiceNow, number: str, response: int, resolution: int
) -> None:
    ticket = History(snow, number)
    assert ticket.resolved is not None
    assert open_minutes(ticket.opened, ticket.responded, BERLIN, 8, 18) == response
    assert open_minutes(ticket.opened, ticket.resolved, BERLIN, 8, 18) == resolution


def test_priority_was_raised_after_an_hour(snow: ServiceNow) -> None:
    raised = [c for c in History(snow, "INC0010452").trail if c["fieldname"] == "priority"]
    assert [(c["oldvalue"], c["newvalue"], c["sys_created_on"]) for c in raised] == [
        ("3", "2", "2026-10-28 09:00:00")
    ]


def test_the_question_was_answered_within_two_business_days(snow: ServiceNow) -> None:
    ticket = History(snow, "INC0010455")
    opened, answered = (at.astimezone(BERLIN) for at in (ticket.opened, ticket.responded))
    assert (opened.strftime("%a %H:%M"), answered.strftime("%a %H:%M")) == ("Thu 15:00", "Mon 10:00")
    assert (answered.date() - opened.date()).days == 4


def test_service_level_clocks_agree_with_the_tickets(snow: ServiceNow) -> None:
    """What ServiceNow itself shows as breached is what the story says, among those it has clocks for."""
    rows = snow.rows("task_sla", fields="task.number,sla.name,sla.vendor,task.company,stage,has_breached")
    assert all(row["sla.vendor"] == row["task.company"] for row in rows)
    breached = {(row["task.number"], row["sla.name"]) for row in rows if row["has_breached"] == "true"}
    assert breached == {
        ("INC0010419", "Cirrus Severity 1 response"),
        ("INC0010427", "Acme P1 resolution"),
        ("INC0010440", "Acme P3 response"),
    }
    assert {row["task.number"] for row in rows if row["stage"] == "cancelled"} == {"INC0010452"}
    running = [row for row in rows if row["stage"] == "in_progress"]
    assert [(row["task.number"], row["sla.name"]) for row in running] == [
        ("INC0010461", "Acme P1 resolution")
    ]
    clock = snow.rows("task_sla", query="stage=in_progress")[0]
    assert (clock["planned_end_time"], clock["business_percentage"]) == ("2026-11-10 12:30:00", "75.00")
    assert clock["business_time_left"] == "1970-01-01 01:30:00"


def test_everyday_tickets_are_comfortably_in_time(snow: ServiceNow) -> None:
    told = {"398", "405", "411", "419", "427", "431", "436", "440", "445", "448", "452", "455", "461"}
    everyday = [row["number"] for row in snow.rows("incident") if row["number"][-3:] not in told]
    assert len(everyday) == 16
    shares = [
        float(row["business_percentage"])
        for row in snow.rows("task_sla", fields="task.number,business_percentage")
        if row["task.number"] in everyday
    ]
    assert max(shares) < 65


# -- money ------------------------------------------------------------------------------------------


def day(text: str) -> date:
    return date.fromisoformat(odata_day(text))


@pytest.mark.parametrize(
    ("number", "dated", "received", "gross", "cleared", "due_on"),
    [
        ("ACM-2026-08", "2026-09-01", "2026-09-02", "57120.00 EUR", "2026-09-30", "2026-10-02"),
        ("ACM-2026-09", "2026-10-01", "2026-10-02", "57120.00 EUR", "2026-10-30", "2026-11-01"),
        ("ACM-2026-10", "2026-11-02", "2026-11-03", "57120.00 EUR", "", "2026-12-03"),
        ("ACM-S3-2026-08", "2026-09-01", "2026-09-03", "14875.00 EUR", "2026-10-16", "2026-10-18"),
        ("NWH-2026-09", "2026-10-01", "2026-10-02", "11662.00 EUR", "2026-10-29", "2026-10-31"),
        ("NWL-8841", "2026-10-05", "2026-10-06", "18200.00 EUR", "2026-10-26", "2026-10-19"),
        ("CIR-7001", "2025-12-15", "2025-12-16", "120000.00 USD", "2026-01-20", "2026-01-29"),
        ("PW-1190", "2026-10-08", "2026-10-09", "24380.00 EUR", "2026-10-16", "2026-11-07"),
        ("STG-5520", "2026-10-01", "2026-10-05", "9600.00 GBP", "2026-11-02", "2026-11-04"),
        ("KST-310", "2026-10-01", "2026-10-02", "4760.00 EUR", "2026-10-28", "2026-10-31"),
        ("BAL-77", "2026-10-12", "2026-10-14", "7350.00 EUR", "2026-11-03", "2026-11-04"),
        ("ARD-298", "2026-07-15", "2026-07-16", "21420.00 EUR", "2026-08-31", "2026-08-31"),
        ("DTV-140", "2026-10-01", "2026-10-02", "3570.00 EUR", "2026-10-27", "2026-10-31"),
    ],
)
def test_invoices_of_the_story(
    sap: Sap, number: str, dated: str, received: str, gross: str, cleared: str, due_on: str
) -> None:
    invoice = sap.all(INVOICES, filter=f"SupplierInvoiceIDByInvcgParty eq '{number}'")[0]
    assert odata_day(invoice["DocumentDate"]) == dated
    assert odata_day(invoice["InvoiceReceiptDate"]) == received
    assert f"{invoice['InvoiceGrossAmount']} {invoice['DocumentCurrency']}" == gross
    item = sap.all(ITEMS, filter=f"DocumentReferenceID eq '{number}'")[0]
    assert item["Supplier"] == invoice["InvoicingParty"]
    assert item["OriginalReferenceDocument"] == invoice["SupplierInvoice"] + invoice["FiscalYear"]
    assert odata_day(item["ClearingDate"]) == cleared
    assert odata_day(item["NetDueDate"]) == due_on


def test_only_one_supplier_was_paid_late(sap: Sap) -> None:
    """By the ERP's own terms, among everything it holds."""
    items = sap.all(ITEMS, filter="AccountingDocumentType eq 'RE' and IsCleared eq true")
    days = {
        row["DocumentReferenceID"]: (day(row["ClearingDate"]) - day(row["NetDueDate"])).days for row in items
    }
    late = {number: over for number, over in days.items() if over > 0}
    assert late == {"NWL-8841": 7}


def test_the_plant_network_invoice_names_its_order(sap: Sap) -> None:
    invoice = sap.all(
        INVOICES,
        filter="SupplierInvoiceIDByInvcgParty eq 'ACM-S3-2026-08'",
        expand="to_SuplrInvcItemPurOrdRef",
    )[0]
    order = invoice["to_SuplrInvcItemPurOrdRef"]["results"][0]["PurchaseOrder"]
    assert order == "4500000104"
    assert invoice["AssignmentReference"] == "IC-104"
    held = sap.get(f"API_PURCHASEORDER_PROCESS_SRV/A_PurchaseOrder('{order}')").json()["d"]
    assert held["CorrespncInternalReference"] == "IC-104"


def test_credit_memo_and_receivable(sap: Sap) -> None:
    memo = sap.all(INVOICES, filter="SupplierInvoiceIsCreditMemo eq 'X'")
    assert [m["SupplierInvoiceIDByInvcgParty"] for m in memo] == ["NWH-CM-09"]
    assert (memo[0]["InvoiceGrossAmount"], day(memo[0]["DocumentDate"])) == ("980.00", date(2026, 10, 15))
    assert "2026-09" in memo[0]["DocumentHeaderText"]
    owed = sap.all(ITEMS, filter="FinancialAccountType eq 'D'")
    assert [(o["Customer"], o["DocumentReferenceID"]) for o in owed] == [("10100001", "TES-5501")]
    assert (owed[0]["AmountInTransactionCurrency"], owed[0]["IsCleared"]) == ("86000.00", False)
    due_on = day(owed[0]["NetDueDate"])
    assert (due_on, (AS_OF.date() - due_on).days) == (date(2026, 10, 2), 39)


# -- reports and notices ----------------------------------------------------------------------------


def reports(vendor: str, contract: str) -> dict[str, str]:
    with (DROP / "reports.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Vendor"].startswith(vendor)]
    return {row["Period"]: row["Received at"] for row in rows if row["Contract"] == contract}


@pytest.mark.parametrize(
    ("vendor", "contract", "expected"),
    [
        ("Acme", "IC-101", {"2026-09": "2026-10-07T16:00+02:00", "2026-10": "2026-11-09T09:30+01:00"}),
        ("Nordwind Logistik", "IC-106", {"2026-09": "2026-10-12", "2026-10": "2026-11-05"}),
        ("Stonegate", "IC-110", {"2026-Q3": ""}),
        ("Pellworm", "IC-108", {"2026-Q3": "2026-10-14"}),
        ("Baltica", "IC-113", {"2026-09": "2026-10-09", "2026-10": ""}),
        ("Arden", "IC-114", {"2026-09": "2026-10-02", "2026-10": "2026-11-04"}),
        ("Datavane", "IC-115", {"2026-09": "2026-10-08", "2026-10": "2026-11-09"}),
    ],
)
def test_reports(vendor: str, contract: str, expected: dict[str, str]) -> None:
    got = reports(vendor, contract)
    for period, received in expected.items():
        assert got.get(period, "").startswith(received)
        assert bool(got.get(period)) == bool(received)


def test_weekly_reports_came_every_friday_before_five() -> None:
    got = reports("Acme", "IC-104")
    fridays = [date(2026, 9, 4) + timedelta(days=7 * n) for n in range(10)]
    for friday in fridays:
        year, week, _ = friday.isocalendar()
        at = datetime.fromisoformat(got[f"{year}-W{week:02d}"])
        assert at.date() == friday
        assert at.hour < 17
        assert at.utcoffset() == at.astimezone(BERLIN).utcoffset()
    assert fridays[-1] == date(2026, 11, 6)


def test_august_reports_were_in_time_when_watching_starts() -> None:
    days = {"IC-101": "2026-09-07", "IC-106": "2026-09-07", "IC-113": "2026-09-10", "IC-114": "2026-09-03",
            "IC-115": "2026-09-10"}  # fmt: skip
    for contract, last in days.items():
        assert reports("", contract)["2026-08"][:10] <= last


def test_notices() -> None:
    with (DROP / "notices.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["Effect"]: row for row in csv.DictReader(file) if row["Effect"] != "other"}
    assert set(rows) == {"non_renewal"}
    notice = rows["non_renewal"]
    assert (notice["Contract"], notice["Sent on"], notice["Received on"], notice["Sent by"]) == (
        "IC-105", "2026-10-20", "2026-10-22", "us",
    )  # fmt: skip


# -- one world --------------------------------------------------------------------------------------


def test_the_systems_mean_the_same_parties(clm: Ironclad, snow: ServiceNow, sap: Sap) -> None:
    companies = {row["u_erp_number"]: row["name"] for row in snow.rows("core_company") if row["u_erp_number"]}
    for record in clm.get("/records", pageSize=100).json()["list"]:
        properties = {name: held["value"] for name, held in record["properties"].items()}
        number = properties.get("supplierNumber") or properties.get("customerNumber")
        if number:
            assert companies[number] == properties["counterpartyName"]
    for item in sap.all(ITEMS):
        name = item["SupplierName"] or item["CustomerName"]
        assert companies[item["Supplier"] or item["Customer"]] == name
