"""What a tenant of Icertis needs to be told: where, its contract types and the names of attributes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from obligations.model import Relation
from obligations.quantities import Frozen
from tools.kit.settings import VendorSettings, Zone


def _not_ours(kind: str) -> str:
    if kind == "contract":
        raise ValueError("this stream holds the agreements")
    return kind


Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")]
Names = tuple[Name, ...]
Kind = Annotated[str, Field(pattern=r"^[a-z_]+$"), AfterValidator(_not_ours)]
Path = Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_{}-]*$")]


class AgreementFields(Frozen):
    """Attributes of agreements; of several the first filled one counts. Empty: it is not asked for."""

    id: Names = Field(default=("SysId", "EntityInstanceId"), min_length=1)
    number: Names = Field(default=("ICMAgreementCode", "Name"), min_length=1)
    title: Names = Field(default=("Name",), min_length=1)
    counterparty: Names = ()
    aliases: Names = ()
    party_keys: dict[str, Names] = Field(
        default={}, description="connector name -> attributes with the counterparty's number there"
    )
    us: Names = ()
    agreed_on: Names = ()
    effective_on: Names = ("ICMEffectiveDate",)
    expires_on: Names = ("ICMExpiryDate",)
    business_unit: Names = ()
    relation: Names = ()
    is_amendment: Names = ("ICMIsAmendment",)
    parent: Names = Field(default=("ParentEntityInstanceID",), description="the parent's id or number")
    governing_law: Names = ()
    status: Names = ("Status",)
    document: Names = Field(default=(), description="file name of the signed document")

    def every(self) -> Names:
        """All attributes that are asked for."""
        held = [value for value in dict(self).values() if isinstance(value, tuple)]
        return tuple(name for names in [*held, *self.party_keys.values()] for name in names)


class EntityMap(Frozen):
    """A contract type that we write, associated with agreements: `reference` is its attribute for our
    reference, `parent` the one for the agreement's id, `fields` are ours -> theirs."""

    entity: Name
    reference: Name
    parent: Name | Literal[""] = "ParentEntityInstanceID"
    fields: dict[str, Name]


class TaskMap(Frozen):
    """The contract type of tasks. A part of a task that has no attribute is refused, not lost."""

    entity: Name = "Obligations"
    reference: Name
    parent: Name | Literal[""] = "ParentEntityInstanceID"
    title: Name = "Name"
    text: Name | Literal[""] = ""
    due_on: Name | Literal[""] = ""
    priority: Name | Literal[""] = ""
    state: Name | Literal[""] = ""
    priorities: dict[str, str] = Field(default={}, description="P1 to P5 -> their choice")
    states: dict[Literal["open", "done"], str] = Field(default={}, description="-> their choice")


class DutyMap(Frozen):
    """A contract type below agreements whose records are read as milestones; of several attributes the
    first filled one counts. `parties` says whose completion a word means."""

    entity: Name = "Obligations"
    title: Names = Field(default=("Name",), min_length=1)
    due_on: Names = ()
    done_on: Names = ()
    status: Names = ("Status",)
    withdrawn: tuple[str, ...] = Field(default=("Cancelled", "Canceled"), description="statuses")
    party: Names = ()
    parties: dict[str, Literal["us", "counterparty", "unknown"]] = Field(default={})
    amount: Names = ()
    currency: Names = ()
    parent: Names = Field(default=("ParentEntityInstanceID",), description="the agreement's id or number")

    def every(self) -> Names:
        """All attributes that are asked for."""
        held = [value for key, value in dict(self).items() if isinstance(value, tuple) and key != "withdrawn"]
        return tuple(name for names in held for name in names)


class Paths(Frozen):
    """Where things stand, below `base_url` (list, detail, document) and `classic_url` (instance, save)."""

    list: Path = "/agreements/{type}"
    detail: Path = "/agreements/{type}/{id}"
    document: Path = "/agreements/{type}/{id}/download"
    instance: Path = "/Instance/GetInstance"
    save: Path = "/Instance/SaveInstance"


class IcertisSettings(VendorSettings):
    """Settings of the Icertis connector; `base_url` is the business API, ending in /api/v1."""

    kind: Literal["icertis"] = "icertis"
    classic_url: str = Field(default="", description="of the classic API; derived where the host tells it")
    contract_types: Names = Field(min_length=1, description="names of the contract types of agreements")
    subject: str = Field(default="", description="SubjectIdentifier, sent beside an IcmAuthToken")
    changed: Name = Field(default="ModifiedOn", description="attribute with the time of the last change")
    filter: str = Field(default="", description="a condition that agreements must fit, in Icertis' words")
    sort: str = Field(default="Sort", pattern=r"^[A-Za-z]+$", description="parameter that orders a list")
    details: bool = Field(default=False, description="fetch each record: a list may leave attributes out")
    fields: AgreementFields = AgreementFields()
    page_size: int = Field(default=100, ge=1, le=100)
    zone: Zone = Field(default="UTC", description="IANA zone of times without an offset")
    relations: dict[str, Relation] = Field(default={}, description="their word or contract type -> ours")
    types: dict[str, str] = Field(default={}, description="their contract type -> ours")
    paths: Paths = Paths()
    max_document: int = Field(default=50_000_000, gt=0, description="bytes")
    web_url: str = Field(default="", description="page of a record for people, with {entity} and {id}")
    duties: dict[Kind, DutyMap] = Field(
        default={}, description="our name of a stream -> records below agreements, read as milestones"
    )
    tasks: TaskMap | None = None
    entities: dict[str, EntityMap] = Field(default={}, description="our word -> a contract type we write")
    agreement_fields: dict[str, Name] = Field(default={}, description="our field -> theirs, for set_fields")

    def headers(self) -> dict[str, str]:
        return {"SubjectIdentifier": self.subject} if self.subject else {}

    def classic(self) -> str:
        """The address of the classic API; empty where it is not known."""
        if self.classic_url:
            return self.classic_url
        host, found, _ = self.base_url.partition("-business-api.icertis.com")
        return f"{host}-api.icertis.com/api" if found else ""
