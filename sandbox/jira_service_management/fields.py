"""The fields and values of the company's Jira site: statuses, priorities, custom fields and their numbers."""

from dataclasses import dataclass

from sandbox.jira_service_management.records import (
    CONTRACT,
    FIRST_RESPONSE,
    ORGANIZATIONS,
    READING,
    REFERENCE,
    REQUEST_TYPE,
    RESOLUTION,
    SERVICE,
    SUPPLIER,
)

# name: id, category
STATUSES = {
    "Waiting for support": ("10001", "indeterminate"),
    "In Progress": ("3", "indeterminate"),
    "Waiting for customer": ("10002", "indeterminate"),
    "Pending": ("10003", "indeterminate"),
    "Resolved": ("5", "done"),
    "Closed": ("6", "done"),
    "Canceled": ("10004", "done"),
}
CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
RESOLUTIONS = {"Done": "10000", "Won't Do": "10001", "Duplicate": "10002"}
ISSUE_TYPE = ("10011", "[System] Service request")


@dataclass(frozen=True)
class Field:
    """A field as `/field` lists it. `custom` is the key of a custom field's type, `clauses` are JQL names."""

    name: str
    type: str
    clauses: tuple[str, ...] = ()
    items: str = ""
    custom: str = ""


SD, CUSTOM = "com.atlassian.servicedesk:", "com.atlassian.jira.plugin.system.customfieldtypes:"
SLA = "sd-servicelevelagreement"
FIELDS: dict[str, Field] = {
    "summary": Field("Summary", "string", ("summary",)),
    "description": Field("Description", "string", ("description",)),
    "issuetype": Field("Issue Type", "issuetype", ("issuetype", "type")),
    "project": Field("Project", "project", ("project",)),
    "status": Field("Status", "status", ("status",)),
    "priority": Field("Priority", "priority", ("priority",)),
    "resolution": Field("Resolution", "resolution", ("resolution",)),
    "labels": Field("Labels", "array", ("labels",), items="string"),
    "assignee": Field("Assignee", "user", ("assignee",)),
    "reporter": Field("Reporter", "user", ("reporter",)),
    "creator": Field("Creator", "user", ("creator",)),
    "created": Field("Created", "datetime", ("created", "createdDate")),
    "updated": Field("Updated", "datetime", ("updated", "updatedDate")),
    "resolutiondate": Field("Resolved", "datetime", ("resolutiondate", "resolved")),
    "duedate": Field("Due date", "date", ("due", "duedate")),
    "issuelinks": Field("Linked Issues", "array", items="issuelinks"),
    "comment": Field("Comment", "comments-page", ("comment",)),
    ORGANIZATIONS: Field(
        "Organizations", "array", ("organizations",), "sd-customerorganization",
        SD + "sd-customer-organizations",
    ),
    REQUEST_TYPE: Field(
        "Request Type", "sd-customerrequesttype", ("request type",), custom=SD + "vp-origin"
    ),
    FIRST_RESPONSE: Field("Time to first response", SLA, custom=SD + "sd-sla-field"),
    RESOLUTION: Field("Time to resolution", SLA, custom=SD + "sd-sla-field"),
    SUPPLIER: Field("Supplier", "option", ("supplier",), custom=CUSTOM + "select"),
    SERVICE: Field("Affected service", "string", ("affected service",), custom=CUSTOM + "textfield"),
    CONTRACT: Field("Contract", "string", ("contract",), custom=CUSTOM + "textfield"),
    REFERENCE: Field("External reference", "string", ("external reference",), custom=CUSTOM + "textfield"),
    READING: Field("Last reading", "string", ("last reading",), custom=CUSTOM + "textfield"),
}  # fmt: skip
