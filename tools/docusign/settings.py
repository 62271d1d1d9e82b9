"""Settings of the DocuSign connector: which product, which account, and how this tenant files contracts."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from obligations.facts import Source
from obligations.model import Relation
from obligations.quantities import Frozen
from tools.kit.errors import Misconfigured
from tools.kit.settings import HttpSettings, VendorSettings, Zone
from tools.kit.webhooks import WebhookSettings

Name = Annotated[str, Field(min_length=1)]
Names = tuple[Name, ...]
Guid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
Product = Literal["clm", "navigator"]


class DocusignHttp(HttpSettings):
    """CLM takes 6,250 calls in a quarter of an hour."""

    requests_per_second: float | None = Field(default=6, gt=0)


class ContractFields(Frozen):
    """Where a contract's metadata stands; of several the first filled one counts.

    CLM: a property of the document (`Name`) or an attribute as `Group/Attribute`. Navigator: a field, with
    the fields inside it behind strokes (`provisions/effective_date`); `parties/other`, `parties/aliases` and
    `parties/us` are made of its parties.
    """

    number: Names = Field(default=("id",), min_length=1, description="what people call a contract")
    title: Names = Field(default=("Name",), min_length=1)
    type: Names = ()
    counterparty: Names = ()
    aliases: Names = ()
    party_keys: dict[str, Names] = Field(
        default={}, description="connector name -> fields with the counterparty's number there"
    )
    us: Names = ()
    agreed_on: Names = ()
    effective_on: Names = ()
    expires_on: Names = ()
    business_unit: Names = ()
    relation: Names = ()
    parent: Names = Field(default=(), description="the parent's number, or its id")
    governing_law: Names = ()
    status: Names = ()


CLM_FIELDS = ContractFields(
    number=("Contract/Contract Number", "id"),
    type=("Contract/Contract Type",),
    counterparty=("Contract/Counterparty",),
    agreed_on=("Contract/Signature Date",),
    effective_on=("Contract/Effective Date",),
    expires_on=("Contract/Expiration Date",),
    relation=("Contract/Relation",),
    parent=("Contract/Parent Contract",),
    governing_law=("Contract/Governing Law",),
    status=("Contract/Status",),
)
NAVIGATOR_FIELDS = ContractFields(
    title=("title", "file_name"),
    type=("type",),
    counterparty=("parties/other",),
    aliases=("parties/aliases",),
    us=("parties/us",),
    agreed_on=("provisions/execution_date",),
    effective_on=("provisions/effective_date",),
    expires_on=("provisions/expiration_date",),
    relation=("type",),
    parent=("related_agreement_documents/parent_agreement_document_id",),
    governing_law=("provisions/governing_law",),
    status=("status",),
)


class AttributeMap(Frozen):
    """An attribute of a document that we write, and its type in the account."""

    attribute: str = Field(pattern=r"^[^/]+/[^/]+$", description="`Group/Attribute`")
    type: Literal["String", "Number", "Decimal", "Date", "DropDown", "Boolean"] = "String"


class ReminderMap(Frozen):
    """Whom the reminders go to by which tasks are told."""

    to: tuple[str, ...] = Field(min_length=1)
    sender: str = Field(default="", description="address they come from; empty: the account's own")
    at: time = Field(default=time(8), description="in the settings' zone, on the task's day")


Element = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")]


class WorkflowMap(Frozen):
    """A workflow that is started for a task, and the elements of its parameters. It makes a work item of the
    contract's document, whose instructions hold the task's text."""

    name: str = Field(min_length=1, description="as in the workflow designer")
    root: Element = "Params"
    title: Element = "Title"
    text: Element = "Instructions"
    due_on: Element | Literal[""] = "DueDate"
    priority: Element | Literal[""] = ""
    constants: dict[Element, str] = Field(default={}, description="further elements, such as an assignee")


class DocusignSettings(VendorSettings):
    """`base_url`: for CLM where the account is looked up (https://auth.springcm.com, authuat for trials),
    for Navigator https://api.docusign.com (api-d for trials)."""

    kind: Literal["docusign"] = "docusign"
    product: Product = "clm"
    account: Guid
    http: DocusignHttp = DocusignHttp()
    hosts: tuple[str, ...] = Field(
        default=("springcm.com", "docusign.com", "docusign.net"),
        description="our token also goes to these and what lies below them, where the account is served",
    )
    folders: Names = Field(default=("/Contracts",), min_length=1, description="CLM: where contracts are kept")
    subfolders: bool = Field(default=True, description="CLM: and in the folders below")
    search: dict[str, str | bool] = Field(
        default={}, description="CLM: find the documents in the folders by a search with these criteria"
    )
    search_number: Literal["Phrase", "AllWords", "Title", "Content"] = Field(
        default="Phrase", description="CLM: the search criterion that finds a contract by its number"
    )
    search_wait: float = Field(default=60, gt=0, description="CLM: seconds that a search may take")
    our_names: tuple[str, ...] = Field(default=(), description="Navigator: which parties are us")
    filter: str = Field(default="", max_length=2000, description="Navigator: its `$filter`")
    fields: ContractFields | None = Field(default=None, description="None: those of the product")
    contract_if: Names = Field(
        default=(), description="where none of these fields is filled, it is a paper and no contract"
    )
    page_size: int = Field(default=100, ge=2, le=100)
    zone: Zone = Field(default="UTC", description="IANA zone of days that are told as instants")
    date_formats: tuple[str, ...] = Field(default=(), description="of days, where they are not ISO 8601")
    relations: dict[str, Relation] = Field(default={}, description="their word -> our relation")
    types: dict[str, str] = Field(default={}, description="their contract type -> ours")
    as_pdf: bool = Field(default=False, description="CLM: documents as PDF, whatever they are kept as")
    max_document: int = Field(default=50_000_000, gt=0, description="bytes")
    web_url: str = Field(default="", description="page of a contract for people, with {id}")
    reminders: ReminderMap | None = None
    workflow: WorkflowMap | None = Field(
        default=None, description="CLM: tasks are told by it instead of by reminders"
    )
    contract_fields: dict[str, AttributeMap] = Field(
        default={}, description="our field -> an attribute of the document, for set_fields"
    )
    webhook: WebhookSettings = WebhookSettings()
    read_on: tuple[str, ...] = Field(
        default=("envelope-completed",), description="events upon which a contract is read"
    )
    envelope_fields: Names = Field(
        default=("CLM Document", "Contract Number"),
        description="CLM: custom fields of an envelope that name the contract, by number or id",
    )

    @property
    def names(self) -> ContractFields:
        """Where metadata stands: as set, else as the product has it."""
        return self.fields or (CLM_FIELDS if self.product == "clm" else NAVIGATOR_FIELDS)

    def source(self, system: str, record_id: str, label: str) -> Source:
        """Where a contract stands."""
        place = "documents" if self.product == "clm" else "agreements"
        url = self.web_url.format(id=record_id) if self.web_url else ""
        return Source(system=system, record=f"{place}/{record_id}", url=url, label=label)

    def vouched(self, vendor: str, address: str) -> str:
        """An address that the vendor told us, if our token may go there. Raises Misconfigured."""
        host, own = ((urlsplit(each).hostname or "") for each in (address, self.base_url))
        if host and (host == own or any(host == one or host.endswith(f".{one}") for one in self.hosts)):
            return address
        raise Misconfigured(
            vendor,
            f"the account is said to be at {host[:60] or 'no host'}, where our token does not go",
            place=f"connectors.{vendor}.hosts",
            remedy="Add the host there if it is DocuSign's.",
        )
