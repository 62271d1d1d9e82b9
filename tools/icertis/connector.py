"""Icertis Contract Intelligence: agreements with their hierarchy and signed documents in; tasks,
obligations and other associated records, and attributes of agreements out.

Agreements are listed by contract type through the business API. What is written goes through the classic
API, whose instances are known from clients in production use. Attributes differ by tenant, so the settings
map them.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from obligations.facts import Fact
from obligations.model import Relation
from obligations.quantities import Frozen
from tools.icertis.contracts import contract_of
from tools.icertis.fields import instant, shown, text
from tools.icertis.rest import Rest, condition, fields_of
from tools.icertis.walk import unordered
from tools.icertis.writer import IcertisWriter
from tools.kit.call import Answer, segment
from tools.kit.contracts import RawContract
from tools.kit.downloads import file_name, safe_name
from tools.kit.errors import NotFound, Skippable, WrongAnswer
from tools.kit.http import Client, Transport
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, shaped, unknown_kind
from tools.kit.watermark import furthest, marks, marks_cursor, resume_at

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")]
Names = tuple[Name, ...]
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


_ASKABLE = re.compile(r"[^'\x00-\x1f\x7f]{1,200}")


class Icertis:
    """Reads the agreements of one tenant."""

    def __init__(self, settings: IcertisSettings, transport: Transport | None = None) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        at = (settings.auth, settings.http, transport, settings.headers())
        classic = settings.classic()
        self._rest = Rest(
            self.name,
            Client(self.name, settings.base_url, *at),
            Client(self.name, classic, *at) if classic else None,
        )
        self._numbers: dict[str, str] = {}

    def check(self) -> Health:
        """One agreement of each contract type, and one record of each that we write."""
        own = self.settings
        trials: dict[str, Any] = {
            each: lambda each=each: self._page(each, own.fields.every(), "", 1, size=1)
            for each in own.contract_types
        }
        for each in (*own.entities.values(), *([own.tasks] if own.tasks else ())):
            trials[each.entity] = lambda each=each: self._page(each.entity, (each.reference,), "", 1, size=1)
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return (Stream(kind="contract", label="Agreements", watermark=self.settings.changed),)

    def writer(self) -> IcertisWriter:
        return IcertisWriter(self.settings, self._rest, self._named, self._found)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Agreements changed since the cursor, type by type, oldest change first, each with its parent."""
        if kind != "contract":
            raise unknown_kind(self.name, kind, self.discover())
        held = marks(self.name, cursor)
        for entity in self.settings.contract_types:
            for batch in self._of_type(entity, held.get(entity)):
                held[entity] = batch.cursor
                yield batch.model_copy(update={"cursor": marks_cursor(held)})

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """No facts: an agreement says what is promised, not what happened."""
        return ()

    def to_contract(self, raw: RawRecord) -> RawContract:
        """The contract in a raw record, pure. Raises Skippable where number, title or id is missing."""
        with shaped(self.name, raw.id):
            return contract_of(self.settings, self.name, raw)

    def contract(self, contract_id: str) -> RawContract:
        """One agreement by its number or Icertis' id. Raises NotFound."""
        entity, row = self._named(contract_id)
        return self.to_contract(self._raw(entity, row))

    def document(self, contract_id: str) -> tuple[bytes, str]:
        """The signed document's bytes and file name. Raises NotFound where the agreement has none."""
        own = self.settings
        entity, row = self._named(contract_id)
        path = self._path(own.paths.document, entity, text(row, own.fields.id))
        answer = self._rest.file(path, own.max_document)
        content = answer.headers.get("content-type", "").partition(";")[0].lower()
        if "json" in content:
            data, named = _enclosed(answer)
        else:
            data, named = answer.body if content != "text/html" else b"", ""
        if not data:
            raise WrongAnswer(
                self.name,
                "the document is empty, a web page or not enclosed as expected",
                place=f"GET {path}",
                remedy="Check base_url and paths.document, and that the document can be opened in Icertis.",
            )
        stated = text(row, own.fields.document) or named
        return data, safe_name(stated) if stated else file_name(answer, text(row, own.fields.number))

    # -- lists --------------------------------------------------------------------------------------

    def _of_type(self, entity: str, cursor: str | None) -> Iterator[Batch]:
        """The agreements of one contract type, with its own watermark."""
        own, size = self.settings, self.settings.page_size
        slack = timedelta(seconds=1)  # only `$gt` is documented for times, which leaves its bound out

        def fetch(since: datetime | None, offset: int) -> Page:
            parts = [own.filter] if own.filter else []
            if since is not None:
                bound = f"{since - slack:%Y-%m-%dT%H:%M:%SZ}"
                parts.append(condition(own.changed, "$gt", bound))
            joined = f"({' $and '.join(parts)})" if len(parts) > 1 else "".join(parts)
            return self._page(entity, own.fields.every(), joined, offset // size + 1, size)

        order = Order(self._id, self._changed_at, size, 2 * slack)  # the bound is cut to whole seconds
        since = resume_at(self.name, cursor, own.overlap)
        guard = LoopGuard(self.name, f"GET {self._path(own.paths.list, entity)}")
        walk = by_change if self._sorts(entity) else unordered
        for part in walk(fetch, since, order, guard):
            rows = [self._detailed(entity, row) for row in part.rows]
            records = tuple(self._raw(entity, row) for row in rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor or "", problems=part.problems)

    def _sorts(self, entity: str) -> bool:
        """Does the tenant order a list by change when asked to? Only a tenant can tell: the oldest and the
        newest are asked for. Where the two are the same there is nothing to order."""
        ends: list[datetime] = []
        for direction in ("asc", "desc"):
            rows = self._page(entity, (), self.settings.filter, 1, 1, direction).rows
            try:
                ends += [self._changed_at(row) for row in rows]
            except Skippable:
                return False
        return len(ends) == 2 and ends[0] < ends[1]

    def _page(
        self, entity: str, names: Names, query: str, number: int, size: int, direction: str = "asc"
    ) -> Page:
        """A page of a contract type, counted from 1, oldest change first unless told."""
        own = self.settings
        asked = (*own.fields.id, own.changed, *names)
        params: dict[str, str | int] = {"Page": number, "Select": fields_of(asked)}
        params[own.sort] = f"{own.changed} {direction}"
        if query:
            params["Filter"] = query
        return self._rest.page(self._path(own.paths.list, entity), params, size)

    def _found(self, entity: str, attribute: str, value: str, names: Names = ()) -> Row | None:
        """The record whose attribute is exactly `value`; the filter alone is not trusted."""
        query = condition(attribute, "$eq", value)
        for row in self._page(entity, (attribute, *names), query, 1, self.settings.page_size).rows:
            if shown(row.get(attribute)) == value and text(row, self.settings.fields.id):
                return row
        return None

    def _named(self, contract_id: str) -> tuple[str, Row]:
        """The contract type and row of an agreement by its number or id. Raises NotFound."""
        own = self.settings
        looked = dict.fromkeys((*own.fields.number, *own.fields.id[:1]))
        for attribute in looked if _ASKABLE.fullmatch(contract_id) else ():
            for entity in own.contract_types:
                row = self._found(entity, attribute, contract_id, own.fields.every())
                if row is not None:
                    return entity, self._detailed(entity, row)
        raise NotFound(
            self.name,
            f"there is no agreement {contract_id[:60]!r}",
            place=f"GET {own.paths.list}",
            remedy="Name it by what `fields.number` holds, or by Icertis' id; check contract_types.",
        )

    def _detailed(self, entity: str, row: Row) -> Row:
        """The row, or the whole record where the settings ask for it."""
        if not self.settings.details:
            return row
        record = text(row, self.settings.fields.id)
        return {**row, **self._rest.detail(self._path(self.settings.paths.detail, entity, record))}

    # -- records ------------------------------------------------------------------------------------

    def _raw(self, entity: str, row: Row) -> RawRecord:
        """The agreement with its parent's number, which the record itself names by its id."""
        own = self.settings
        record, number = text(row, own.fields.id), text(row, own.fields.number)
        self._numbers[record] = number
        data: dict[str, Any] = {"row": row, "type": entity}
        parent = text(row, own.fields.parent)
        if parent:
            data["parent"] = self._number(parent)
        return RawRecord(
            kind="contract", id=f"{entity}/{record}", data=data, updated_at=self._changed_at(row)
        )

    def _number(self, record: str) -> str:
        """The number of an agreement named by its id; what it is named by, where we cannot see it."""
        if record not in self._numbers:
            self._numbers[record] = record
            for entity in self.settings.contract_types if _ASKABLE.fullmatch(record) else ():
                names = self.settings.fields.number
                row = self._found(entity, self.settings.fields.id[0], record, names)
                if row is not None:
                    self._numbers[record] = text(row, names) or record
                    break
        return self._numbers[record]

    def _id(self, row: Row) -> str:
        return text(row, self.settings.fields.id)

    def _changed_at(self, row: Row) -> datetime:
        record = self._id(row)
        try:
            if not record:
                raise ValueError
            return instant(row.get(self.settings.changed), self.settings.zone)
        except ValueError:
            raise Skippable(
                self.name,
                f"an agreement without id or readable {self.settings.changed}",
                place=record,
                remedy="Check `changed` and `fields.id` in the settings.",
            ) from None

    @staticmethod
    def _path(template: str, entity: str, record: str = "") -> str:
        return template.replace("{type}", segment(entity)).replace("{id}", segment(record))


def _enclosed(answer: Answer) -> tuple[bytes, str]:
    """A document that comes in JSON, encoded in base 64, with its name; empty where it does not."""
    try:
        data = json.loads(answer.body)
        held = data.get("Data", data) if isinstance(data, dict) else data
        if isinstance(held, str):
            return base64.b64decode(held, validate=True), ""
        lower = {key.lower(): value for key, value in held.items()}
        coded = next((lower[key] for key in ("filedata", "content", "file") if lower.get(key)), "")
        return base64.b64decode(coded, validate=True), shown(lower.get("filename"))
    except (AttributeError, TypeError, ValueError, RecursionError, binascii.Error):
        return b"", ""


PROFILE = Profile(
    kind="icertis",
    title="Icertis",
    area="CLM",
    settings=IcertisSettings,
    make=Icertis,
    reads=("agreements with their hierarchy", "signed documents"),
    writes=(
        "tasks, as obligations",
        "obligations and other associated records",
        "attributes of agreements",
    ),
    proved=(("documentation", "reads, writes and faults against a stand-in made from public facts"),),
    waits=(
        "the path and form of a document's download",
        "which attribute tells the last change, and how times are compared",
        "how associated records are listed and made: what is written follows clients of the classic API",
        "whether the classic API answers what it saved",
        "rate limits",
    ),
    http=False,
)
