"""Settings of the Salesforce connector: where, whose words mean what, which fields hold what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from obligations.facts import TicketStatus
from obligations.quantities import Frozen
from tools.kit.settings import VendorSettings

Names = tuple[str, ...]
Side = Literal["provider", "customer"]
Path = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w*(\.[A-Za-z]\w*)*$")]
"""A field, also one of a parent record: "Account.Name"."""

_STATES: dict[str, TicketStatus] = {
    "new": "open",
    "working": "in_progress",
    "in progress": "in_progress",
    "escalated": "in_progress",
    "on hold": "on_hold",
    "awaiting customer": "awaiting_customer",
    "waiting on customer": "awaiting_customer",
    "waiting for customer": "awaiting_customer",
    "resolved": "resolved",
    "closed": "closed",
    "cancelled": "cancelled",
}
_PRIORITIES = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}
_WRITTEN = {"P1": "High", "P2": "High", "P3": "Medium", "P4": "Low", "P5": "Low"}
_WORDS: dict[str, Mapping[str, Any]] = {"states": _STATES, "priorities": _PRIORITIES}


class CaseAuthors(Frozen):
    """Who is who among those who write on cases.

    Patterns over user names and e-mail addresses come first. Else the org's own users are on the side
    that `our_users` says, portal users and incoming e-mails on the other, and the platform's automatic
    user is `system`.
    """

    system: Names = ()
    provider: Names = ()
    customer: Names = ()
    our_users: Side = "provider"


class Entity(Frozen):
    """An object that we write: its name there, the external id field that holds our reference (empty:
    only fields of records that stand are set), and our field names with theirs."""

    object: str = Field(pattern=r"^[A-Za-z]\w*$")
    reference_field: str = Field(default="Pacta_Reference__c", pattern=r"^([A-Za-z]\w*)?$")
    fields: dict[str, str] = Field(default={})


_ENTITIES = {
    "case": Entity(
        object="Case",
        fields={"title": "Subject", "text": "Description", "priority": "Priority", "account": "AccountId"},
    )
}


_MORE: dict[str, Names] = {
    "case": ("MasterRecordId", "IsEscalated", "Origin"),
    "account": ("AccountNumber", "ParentId"),
    "entitlement": (
        *("ServiceContractId", "SlaProcessId", "BusinessHoursId", "StartDate", "EndDate", "Status", "Type"),
        *("IsPerIncident", "CasesPerEntitlement", "RemainingCases"),
    ),
    "service_contract": ("ParentServiceContractId", "StartDate", "EndDate", "Status", "Term", "GrandTotal"),
}
"""What is kept of records that give no facts; an org may hide each of these fields from our user."""


class SalesforceSettings(VendorSettings):
    """Settings of the Salesforce connector; `base_url` is the org's own address."""

    kind: Literal["salesforce"] = "salesforce"
    api_version: str = Field(default="62.0", pattern=r"^\d{2,3}\.0$")
    page_size: int = Field(
        default=500, ge=200, le=2000, description="rows of a page; the server may give fewer"
    )
    case_filter: str = Field(default="", description="SOQL condition that narrows the cases read")
    party_fields: tuple[Path, ...] = Field(
        default=("Account.Name",), description="on Case; the first filled one"
    )
    more_fields: dict[str, tuple[Path, ...]] = Field(
        default=_MORE, description="kind -> more fields of it to keep, in place of the usual ones"
    )
    service_fields: tuple[Path, ...] = ("Asset.Name",)
    contract_fields: tuple[Path, ...] = Field(default=(), description="on Case, a contract reference")
    entitlements: bool = Field(default=True, description="the org has entitlement management")
    said_in: tuple[Literal["CaseComment", "FeedItem", "EmailMessage"], ...] = Field(
        default=("CaseComment", "FeedItem", "EmailMessage"), description="where people write on cases"
    )
    states: dict[str, TicketStatus] = _STATES
    priorities: dict[str, str] = _PRIORITIES
    authors: CaseAuthors = CaseAuthors()
    history: bool = Field(default=True, description="one fact version per recorded change")
    tasks_as: Literal["Task", "Case"] = "Task"
    priorities_written: dict[str, str] = Field(
        default=_WRITTEN, description="our priority -> the org's on a case that we write"
    )
    task_reference_field: str = Field(default="Pacta_Reference__c", pattern=r"^[A-Za-z]\w*$")
    entities: dict[str, Entity] = _ENTITIES

    @field_validator("states", "priorities")
    @classmethod
    def _over_defaults(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """The org's own words, in any case, over the usual ones."""
        return {**_WORDS[info.field_name or ""], **{key.casefold(): held for key, held in given.items()}}

    @field_validator("more_fields")
    @classmethod
    def _with_usual(cls, given: dict[str, Names]) -> dict[str, Names]:
        return {**_MORE, **given}

    @field_validator("entities")
    @classmethod
    def _with_case(cls, given: dict[str, Entity]) -> dict[str, Entity]:
        return {**_ENTITIES, **given}

    @field_validator("case_filter")
    @classmethod
    def _one_condition(cls, text: str) -> str:
        if any(f" {word} " in f" {text.upper()} " for word in ("ORDER", "LIMIT", "SELECT", "OFFSET", "ALL")):
            raise ValueError("case_filter may hold conditions only")
        return text

    def page(self, record_id: str) -> str:
        """Where people see a record."""
        return f"{self.base_url.rstrip('/')}/{record_id}"
