"""The tables of this tenant's knowledgebase and their fields, as the registry (EWTable) tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# kind of field: SQL type, Agiloft's own type
COLUMN_TYPES: Mapping[str, tuple[str, str]] = {
    "id": ("BIGINT", "swautoincrementfield"),
    "text": ("VARCHAR", "swshorttextfield"),
    "long": ("TEXT", "swlongtextfield"),
    "choice": ("INTEGER", "swchoicefield"),
    "date": ("DATE", "swdatefield"),
    "datetime": ("TIMESTAMP", "swdatetimefield"),
    "integer": ("INTEGER", "swintegerfield"),
    "decimal": ("DECIMAL", "swdecimalfield"),
    "file": ("BIGINT", "swfilefield"),
}


@dataclass(frozen=True)
class Link:
    """A column shown from a record of another table; columns with the same `group` show the same record."""

    group: str
    table: str
    column: str


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    kind: str
    choices: tuple[str, ...] = ()
    link: Link | None = None
    required: bool = False
    readonly: bool = False


@dataclass(frozen=True)
class Table:
    """A table by its logical name, which is case-sensitive; `number` is its number in the knowledgebase."""

    name: str
    label: str
    number: int
    columns: Mapping[str, Column]
    buttons: Mapping[str, Mapping[str, str]]


def _table(number: int, name: str, label: str, *columns: Column, **buttons: Mapping[str, str]) -> Table:
    every = (
        Column("id", "ID", "id", readonly=True),
        *columns,
        Column("date_created", "Date Created", "datetime", readonly=True),
        Column("date_updated", "Date Updated", "datetime", readonly=True),
        Column("created_by", "Created By", "text", readonly=True),
        Column("updated_by", "Updated By", "text", readonly=True),
    )
    return Table(name, label, number, {column.name: column for column in every}, buttons)


def _text(name: str, label: str, required: bool = False) -> Column:
    return Column(name, label, "text", required=required)


def _choice(name: str, label: str, *choices: str) -> Column:
    return Column(name, label, "choice", choices)


def _linked(name: str, label: str, group: str, table: str, column: str) -> Column:
    return Column(name, label, "id" if column == "id" else "text", link=Link(group, table, column))


def _of_contract() -> tuple[Column, ...]:
    return (
        _linked("contract_id", "Contract ID", "contract", "contract", "id"),
        _linked("contract_title", "Contract Title", "contract", "contract", "contract_title1"),
    )


def _of_company() -> tuple[Column, ...]:
    return (
        _linked("company_id", "Company ID", "company", "company", "id"),
        _linked("company_name", "Company Name", "company", "company", "company_name"),
    )


_ALL = (
    _table(
        2788, "contract", "Contracts",
        _text("contract_title1", "Contract Title", required=True),
        _text("external_contract_id", "Contract Number"),
        _choice("contract_type", "Contract Type", "Master Agreement", "Schedule", "Amendment",
                "Statement of Work", "Standalone Agreement"),
        _choice("wfstate", "Status", "Draft", "Signed", "Active", "Expired", "Terminated"),
        *_of_company(),
        _linked("supplier_number", "Supplier Number", "company", "company", "supplier_number"),
        _linked("parent_contract_id", "Parent Contract ID", "parent", "contract", "id"),
        _linked("parent_contract_title", "Parent Contract Title", "parent", "contract", "contract_title1"),
        _linked("contract_owner", "Contract Owner", "owner", "contacts", "full_name"),
        _linked("contract_owner_email", "Contract Owner Email", "owner", "contacts", "email"),
        Column("date_signed", "Date Signed", "date"),
        Column("contract_start_date", "Contract Start Date", "date"),
        Column("contract_end_date", "Contract End Date", "date"),
        Column("contract_term_in_years", "Contract Term in Years", "decimal"),
        _choice("auto_renewal", "Automatic Renewal", "Yes", "No"),
        Column("date_notice_given", "Notice of Non-Renewal Given", "date"),
        Column("contract_amount", "Contract Amount", "decimal"),
        _choice("currency", "Currency", "EUR", "USD", "GBP"),
        _text("governing_law", "Governing Law"),
        _choice("business_unit", "Business Unit", "it", "operations", "sales", "legal"),
        Column("number_of_obligations_completed", "Obligations Completed", "integer", readonly=True),
        Column("performance_summary", "Performance Summary", "long"),
        Column("attached_file", "Attached File", "file"),
    ),
    _table(
        2801, "company", "Companies",
        _text("company_name", "Company Name", required=True),
        _text("supplier_number", "Supplier Number"),
        _text("customer_number", "Customer Number"),
        _choice("type_of_company", "Type of Company", "Vendor", "Customer", "Other"),
        _choice("status", "Status", "Active", "Inactive"),
        _text("country", "Country"),
        _text("city", "City"),
    ),
    _table(
        2790, "contacts", "People",
        _text("_login", "Login"), _text("full_name", "Full Name", required=True), _text("email", "Email"),
        *_of_company(),
    ),
    _table(
        2815, "task", "Tasks",
        _text("summary", "Summary", required=True),
        _text("external_id", "External ID"),
        Column("description", "Description", "long"),
        _choice("wfstate", "Status", "Assigned", "In Progress", "Completed", "Canceled"),
        _choice("priority", "Priority", "Low", "Medium", "High"),
        _text("assigned_to", "Assigned To"),
        Column("date_due", "Date Due", "date"),
        Column("date_completed", "Date Completed", "datetime"),
        *_of_contract(),
        Column("attached_file", "Attached File", "file"),
        ab_complete={"wfstate": "Completed"}, ab_reopen={"wfstate": "In Progress"},
    ),
    _table(
        2822, "obligation", "Obligations",
        _text("obligation_title", "Obligation Title", required=True),
        _text("external_id", "External ID"),
        Column("description", "Description", "long"),
        _choice("obligation_type", "Obligation Type", "Report", "Payment", "Delivery", "Service Level",
                "Certificate", "Notice", "Other"),
        _choice("wfstate", "Status", "Open", "In Progress", "Completed", "Overdue", "Waived"),
        _choice("responsible_party", "Responsible Party", "Us", "Counterparty"),
        Column("due_date", "Due Date", "date"),
        Column("date_completed", "Date Completed", "date"),
        Column("amount", "Amount", "decimal"),
        _choice("currency", "Currency", "EUR", "USD", "GBP"),
        *_of_contract(), *_of_company(),
        Column("evidence", "Evidence", "file"),
    ),
    _table(
        2840, "audit_entry", "Audit Entries",
        _text("external_id", "External ID"),
        _text("event", "Event", required=True),
        Column("detail", "Detail", "long"),
        Column("date_of_event", "Date of Event", "datetime"),
        *_of_contract(),
    ),
)  # fmt: skip
TABLES: Mapping[str, Table] = {table.name: table for table in _ALL}

# table: saved searches as label, name and query
SEARCHES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "contract": (("Active Contracts", "active_contracts", "wfstate='Active'"),),
    "task": (("Open Tasks", "open_tasks", "wfstate!='Completed' && wfstate!='Canceled'"),),
    "obligation": (("Open Obligations", "open_obligations", "wfstate='Open' || wfstate='Overdue'"),),
}


def described(table: Table, columns: bool, linked: bool) -> dict[str, Any]:
    """A table as EWTable tells it."""
    found: dict[str, Any] = {"label": table.label, "logicalName": table.name}
    if columns:
        found["fields"] = [_column(column, linked) for column in table.columns.values()]
    return found


def _column(column: Column, linked: bool) -> dict[str, Any]:
    sql, own = COLUMN_TYPES[column.kind]
    found: dict[str, Any] = {
        "columnLabel": column.label,
        "columnName": column.name,
        "columnType": sql,
        "columnTypeDomain": own,
    }
    if column.required:
        found["required"] = True
    if column.link is not None:
        found["isLinked"] = True
        if linked:
            source = {"linkedTable": column.link.table, "linkedColumn": column.link.column}
            found["linkedInfo"] = [{**source, "linkedDao": f"_dao_{column.link.group}"}]
    return found
