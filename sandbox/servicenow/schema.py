"""Which tables and fields the ServiceNow stand-in has, and how their values are shown.

A field's type is one of: string, integer, boolean, datetime, duration, journal, a choice list (a
mapping of value to label), or the name of the table it refers to, written `-> table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FieldType = str | Mapping[str, str]

STATES = {
    "1": "New",
    "2": "In Progress",
    "3": "On Hold",
    "6": "Resolved",
    "7": "Closed",
    "8": "Canceled",
}
HOLD = {"1": "Awaiting Caller", "3": "Awaiting Problem", "4": "Awaiting Vendor", "5": "Awaiting Change"}
PRIORITIES = {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"}
LEVELS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
STAGES = {
    "in_progress": "In progress",
    "paused": "Paused",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
OUTAGE_TYPES = {"outage": "Outage", "degradation": "Degradation", "planned": "Planned outage"}

SYSTEM: dict[str, FieldType] = {
    "sys_id": "string",
    "sys_created_on": "datetime",
    "sys_created_by": "string",
    "sys_updated_on": "datetime",
    "sys_updated_by": "string",
    "sys_mod_count": "integer",
}


@dataclass(frozen=True)
class Table:
    """A table's fields, the field shown where it is referred to, and whether clients may write it."""

    display: str
    fields: Mapping[str, FieldType]
    writable: frozenset[str] = field(default_factory=frozenset)


def _table(display: str, fields: Mapping[str, FieldType], writable: frozenset[str] = frozenset()) -> Table:
    return Table(display, {**SYSTEM, **fields}, writable)


INCIDENT: dict[str, FieldType] = {
    "number": "string",
    "short_description": "string",
    "description": "string",
    "state": STATES,
    "incident_state": STATES,
    "hold_reason": HOLD,
    "priority": PRIORITIES,
    "impact": LEVELS,
    "urgency": LEVELS,
    "severity": LEVELS,
    "category": "string",
    "subcategory": "string",
    "contact_type": "string",
    "active": "boolean",
    "made_sla": "boolean",
    "knowledge": "boolean",
    "escalation": "integer",
    "reopen_count": "integer",
    "reassignment_count": "integer",
    "opened_at": "datetime",
    "opened_by": "-> sys_user",
    "caller_id": "-> sys_user",
    "assigned_to": "-> sys_user",
    "assignment_group": "-> sys_user_group",
    "company": "-> core_company",
    "cmdb_ci": "-> cmdb_ci",
    "business_service": "-> cmdb_ci",
    "resolved_at": "datetime",
    "resolved_by": "-> sys_user",
    "closed_at": "datetime",
    "closed_by": "-> sys_user",
    "close_code": "string",
    "close_notes": "string",
    "correlation_id": "string",
    "correlation_display": "string",
    "sla_due": "datetime",
    "due_date": "datetime",
    "parent": "-> incident",
    "comments": "journal",
    "work_notes": "journal",
    "comments_and_work_notes": "journal",
    "sys_class_name": "string",
}
INCIDENT_WRITABLE = frozenset(
    {
        "short_description", "description", "state", "incident_state", "hold_reason", "impact", "urgency",
        "category", "subcategory", "contact_type", "caller_id", "assigned_to", "assignment_group", "company",
        "cmdb_ci", "business_service", "close_code", "close_notes", "correlation_id", "correlation_display",
        "due_date", "parent", "comments", "work_notes",
    }
)  # fmt: skip

TABLES: dict[str, Table] = {
    "incident": _table("number", INCIDENT, INCIDENT_WRITABLE),
    "sys_journal_field": _table(
        "sys_id", {"name": "string", "element": "string", "element_id": "string", "value": "string"}
    ),
    "sys_audit": _table(
        "sys_id",
        {
            "tablename": "string",
            "documentkey": "string",
            "fieldname": "string",
            "oldvalue": "string",
            "newvalue": "string",
            "user": "string",
            "reason": "string",
            "record_checkpoint": "integer",
        },
    ),
    "cmdb_ci_outage": _table(
        "number",
        {
            "number": "string",
            "cmdb_ci": "-> cmdb_ci",
            "type": OUTAGE_TYPES,
            "begin": "datetime",
            "end": "datetime",
            "duration": "duration",
            "short_description": "string",
            "details": "string",
            "task_number": "-> incident",
            "u_announced_at": "datetime",
        },
    ),
    "task_sla": _table(
        "sys_id",
        {
            "task": "-> incident",
            "sla": "-> contract_sla",
            "stage": STAGES,
            "active": "boolean",
            "has_breached": "boolean",
            "start_time": "datetime",
            "end_time": "datetime",
            "planned_end_time": "datetime",
            "original_breach_time": "datetime",
            "duration": "duration",
            "business_duration": "duration",
            "pause_duration": "duration",
            "time_left": "duration",
            "business_time_left": "duration",
            "percentage": "string",
            "business_percentage": "string",
            "schedule": "-> cmn_schedule",
            "timezone": "string",
        },
    ),
    "contract_sla": _table(
        "name",
        {
            "name": "string",
            "type": "string",
            "target": "string",
            "collection": "string",
            "duration": "duration",
            "schedule": "-> cmn_schedule",
            "timezone": "string",
            "vendor": "-> core_company",
            "active": "boolean",
            "start_condition": "string",
            "pause_condition": "string",
            "stop_condition": "string",
        },
    ),
    "core_company": _table(
        "name",
        {
            "name": "string",
            "vendor": "boolean",
            "customer": "boolean",
            "primary": "boolean",
            "city": "string",
            "country": "string",
            "u_erp_number": "string",
        },
    ),
    "cmdb_ci": _table(
        "name",
        {
            "name": "string",
            "short_description": "string",
            "vendor": "-> core_company",
            "operational_status": {"1": "Operational", "2": "Non-Operational"},
            "sys_class_name": "string",
        },
    ),
    "cmn_schedule": _table("name", {"name": "string", "time_zone": "string"}),
    "sys_user": _table(
        "name",
        {
            "user_name": "string",
            "name": "string",
            "email": "string",
            "company": "-> core_company",
            "active": "boolean",
        },
    ),
    "sys_user_group": _table("name", {"name": "string", "company": "-> core_company", "active": "boolean"}),
}


def reference(kind: FieldType) -> str | None:
    """The table a field refers to, None where it is no reference."""
    return kind.removeprefix("-> ") if isinstance(kind, str) and kind.startswith("-> ") else None
