"""Agiloft: contracts with their hierarchy and signed documents in; tasks, obligations, audit entries and
fields of contracts out.

Nothing in a knowledge base is fixed: tables and fields are named in the settings. A search has no order
and runs anew for every page, so a read takes the ids and times of change of everything in one search,
and then the records themselves, some at a time, oldest change first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from obligations.document import Problem
from obligations.facts import Fact, Source
from obligations.model import Relation
from obligations.quantities import Frozen
from tools.agiloft.contracts import contract_of
from tools.agiloft.fields import instant, shown, text
from tools.agiloft.rest import AgiloftLogin, Rest, condition
from tools.agiloft.writer import AgiloftWriter
from tools.kit.auth import ClientCredentials, RefreshToken
from tools.kit.contracts import RawContract
from tools.kit.downloads import safe_name
from tools.kit.errors import NotFound, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Row
from tools.kit.profile import Profile
from tools.kit.settings import HttpSettings, VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, shaped, unknown_kind
from tools.kit.watermark import furthest, resume_at

if TYPE_CHECKING:
    from tools.kit.http import Client

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Names = tuple[Name, ...]


class AgiloftHttp(HttpSettings):
    """The server rests about a second after each call, and runs the rules of a record within it."""

    read_timeout: float = Field(default=60, gt=0)
    requests_per_second: float | None = Field(default=2, gt=0)
    concurrency: int = Field(default=1, ge=1)


class ContractFields(Frozen):
    """Fields of the contract table; of several the first filled one counts. Empty: it is not asked for."""

    number: Names = Field(default=("id",), min_length=1, description="what people call a contract")
    title: Names = Field(default=("contract_title1",), min_length=1)
    type: Names = ()
    counterparty: Names = ("company_name",)
    aliases: Names = ()
    party_keys: dict[str, Names] = Field(
        default={}, description="connector name -> fields with the counterparty's number there"
    )
    us: Names = ()
    agreed_on: Names = ()
    effective_on: Names = ("contract_start_date",)
    expires_on: Names = ("contract_end_date",)
    business_unit: Names = ()
    relation: Names = ()
    parent: Names = Field(default=(), description="the parent's number, or its id")
    governing_law: Names = ()
    status: Names = ("wfstate",)

    def every(self) -> Names:
        """All fields that are asked for."""
        held = [value for value in dict(self).values() if isinstance(value, tuple)]
        return tuple(name for names in [*held, *self.party_keys.values()] for name in names)


class TableMap(Frozen):
    """A table that we write: `reference` is its field for our reference, `fields` are ours -> theirs.
    `contract` is the field that links a row to the contract that the action targets."""

    table: Name
    reference: Name = "external_id"
    contract: Name | Literal[""] = ""
    fields: dict[str, Name]


class TaskMap(Frozen):
    """The table of tasks and its fields. A part of a task that has no field is refused, not lost."""

    table: Name = "task"
    reference: Name = "external_id"
    title: Name = "summary"
    text: Name | Literal[""] = ""
    due_on: Name | Literal[""] = ""
    priority: Name | Literal[""] = ""
    state: Name | Literal[""] = ""
    target: Name | Literal[""] = Field(default="", description="what the task is about, as text")
    contract: Name | Literal[""] = Field(default="", description="links it to the contract it is about")
    priorities: dict[str, str] = Field(default={}, description="P1 to P5 -> their choice")
    states: dict[Literal["open", "done"], str] = Field(default={}, description="-> their choice")


class AgiloftSettings(VendorSettings):
    """Settings of the Agiloft connector; `base_url` ends in /ewws/alrest/ and the knowledge base."""

    kind: Literal["agiloft"] = "agiloft"
    auth: Annotated[AgiloftLogin | ClientCredentials | RefreshToken, Field(discriminator="type")]
    http: AgiloftHttp = AgiloftHttp()
    overlap: timedelta = Field(
        default=timedelta(minutes=65), ge=timedelta(), description="times have no offset: an hour comes twice"
    )
    language: str = Field(default="en", pattern=r"^[A-Za-z]{2}$")
    table: Name = Field(default="contract", description="the table of contracts")
    changed: Name = Field(default="date_updated", description="its field that tells the last change")
    filter: str = Field(default="", description="a condition that contracts must fit, in Agiloft's words")
    fields: ContractFields = ContractFields()
    page_size: int = Field(default=50, ge=1, le=500, description="records in one request")
    search_params: dict[str, int] = Field(
        default={}, description="what a search needs to give all records (limit: 0)"
    )
    zone: Zone = Field(default="UTC", description="IANA zone in which our user is told times")
    time_format: str = Field(default="%Y-%m-%d %H:%M:%S", description="of times, read and asked with")
    date_format: str = Field(default="%Y-%m-%d", description="of days, read and written")
    relations: dict[str, Relation] = Field(default={}, description="their word -> our relation")
    types: dict[str, str] = Field(default={}, description="their contract type -> ours")
    attachment: Name = Field(default="attached_file", description="the field of the signed document")
    attachment_position: Literal["first", "last"] = Field(
        default="last", description="which of several files; new ones are added at the end"
    )
    max_document: int = Field(default=50_000_000, gt=0, description="bytes")
    web_url: str = Field(default="", description="page of a contract for people, with {id}")
    tasks: TaskMap | None = None
    entities: dict[str, TableMap] = Field(default={}, description="our word -> a table that we write")
    contract_fields: dict[str, Name] = Field(default={}, description="our field -> theirs, for set_fields")

    def source(self, system: str, record_id: str, label: str) -> Source:
        """Where a contract stands."""
        url = self.web_url.format(id=record_id) if self.web_url else ""
        return Source(system=system, record=f"{self.table}/{record_id}", url=url, label=label)


# Values that can stand in a query; anything else is no contract's number.
_ASKABLE = re.compile(r"[^'\\\x00-\x1f]{1,100}")
_ID = re.compile(r"\d{1,18}")


class Agiloft:
    """Reads the contracts of one knowledge base."""

    def __init__(self, settings: AgiloftSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rest = Rest(self.name, http, settings.language, settings.search_params)

    def check(self) -> Health:
        """Ask for a record that there is not, with all fields: a field that is missing is told."""
        own = self.settings
        trials: dict[str, Any] = {
            own.table: lambda: self._rest.search(own.table, condition("id", "=", "0"), self._asked())
        }
        maps: list[TableMap | TaskMap] = [*own.entities.values(), *([own.tasks] if own.tasks else [])]
        for each in maps:
            trials[each.table] = lambda each=each: self._rest.search(
                each.table, condition("id", "=", "0"), ["id", each.reference]
            )
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return (Stream(kind="contract", label="Contracts", watermark=self.settings.changed),)

    def writer(self) -> AgiloftWriter:
        return AgiloftWriter(self.settings, self._rest, self._record)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Contracts changed since the cursor, oldest change first, each with its parent's number."""
        if kind != "contract":
            raise unknown_kind(self.name, kind, self.discover())
        changed, problems = self._changed(resume_at(self.name, cursor, self.settings.overlap))
        if not changed:
            yield Batch(records=(), cursor=cursor or "", problems=problems)
        size = self.settings.page_size
        for start in range(0, len(changed), size):
            part = changed[start : start + size]
            rows = self._rows([record_id for _, record_id in part])
            records, unread = self._raws(rows)
            cursor = furthest(cursor, part[-1][0])
            yield Batch(records=records, cursor=cursor, problems=(*problems, *unread))
            problems = ()

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """No facts: a contract says what is promised, not what happened."""
        return ()

    def to_contract(self, raw: RawRecord) -> RawContract:
        """The contract in a raw record, pure. Raises Skippable where number or title is missing."""
        with shaped(self.name, f"{self.settings.table}/{raw.id}"):
            return contract_of(self.settings, self.name, raw)

    def contract(self, contract_id: str) -> RawContract:
        """One contract by its number or Agiloft's id. Raises NotFound."""
        records, problems = self._raws([self._record(contract_id)])
        if not records:
            raise WrongAnswer(self.name, problems[0].what, place=contract_id, remedy=problems[0].remedy)
        return self.to_contract(records[0])

    def document(self, contract_id: str) -> tuple[bytes, str]:
        """The signed document's bytes and file name. Raises NotFound where the contract has none."""
        own = self.settings
        record = shown(self._record(contract_id).get("id"))
        held = self._rest.attachments(own.table, record, own.attachment)
        if not held:
            raise NotFound(
                self.name,
                f"{contract_id} has no {own.attachment}",
                place=contract_id,
                remedy="Attach the signed document, or set `attachment` to the field it stands in.",
            )
        at = len(held) - 1 if own.attachment_position == "last" else 0
        stated = held[at].get("filePosition")
        position = stated if isinstance(stated, int) else at
        data = self._rest.file(own.table, record, own.attachment, position, own.max_document)
        return data, safe_name(shown(held[at].get("fileName")))

    # -- asking -------------------------------------------------------------------------------------

    def _changed(self, since: datetime | None) -> tuple[list[tuple[datetime, str]], tuple[Problem, ...]]:
        """Time of change and id of all contracts changed since then, in that order, as they are at once."""
        own = self.settings
        parts = [f"({own.filter})"] if own.filter else []
        if since is not None:
            local = since.astimezone(ZoneInfo(own.zone)).strftime(own.time_format)
            parts.append(condition(own.changed, ">=", local))
        found: dict[str, datetime] = {}
        problems: list[Problem] = []
        for row in self._rest.search(own.table, " && ".join(parts), ["id", own.changed]):
            try:
                found[self._id(row)] = self._changed_at(row)
            except Skippable as error:
                problems.append(error.problem())
        # Times without offset leave an hour in doubt; one older than that says that nothing was filtered.
        guard = LoopGuard(self.name, f"POST /{own.table}/search")
        guard.not_before(list(found.items()), since - timedelta(hours=1) if since else None)
        return sorted((moment, record_id) for record_id, moment in found.items()), tuple(problems)

    def _rows(self, ids: Sequence[str]) -> list[Row]:
        """These contracts, in this order; one that was deleted meanwhile is left out."""
        table, wanted = self.settings.table, set(ids)
        query = " || ".join(condition("id", "=", each) for each in ids)
        found: dict[str, Row] = {}
        for row in self._rest.search(table, query, self._asked()):
            record_id = shown(row.get("id"))
            if record_id not in wanted:
                raise WrongAnswer(
                    self.name,
                    f"record {record_id[:20]!r} was not asked for, so the query was ignored",
                    place=f"POST /{table}/search",
                    remedy="Check base_url and search_params in the connector's settings.",
                )
            found[record_id] = row
        return [found[each] for each in ids if each in found]

    def _asked(self) -> list[str]:
        own = self.settings
        return list(dict.fromkeys(["id", own.changed, *own.fields.every(), own.attachment]))

    def _record(self, contract_id: str) -> Row:
        """A contract by its number or id; the search alone is not trusted. Raises NotFound."""
        own = self.settings
        names = dict.fromkeys([*own.fields.number, *(["id"] if _ID.fullmatch(contract_id) else [])])
        for name in names if _ASKABLE.fullmatch(contract_id) else ():
            if name == "id" and not _ID.fullmatch(contract_id):
                continue
            for row in self._rest.search(own.table, condition(name, "=", contract_id), self._asked()):
                if shown(row.get(name)) == contract_id and _ID.fullmatch(shown(row.get("id"))):
                    return row
        raise NotFound(
            self.name,
            f"there is no contract {contract_id[:60]!r}",
            place=f"POST /{own.table}/search",
            remedy="Name it by what `fields.number` holds, or by Agiloft's id.",
        )

    # -- records ------------------------------------------------------------------------------------

    def _raws(self, rows: Sequence[Row]) -> tuple[tuple[RawRecord, ...], tuple[Problem, ...]]:
        """The records with their parents' numbers; a problem for each that does not say when it changed."""
        numbers = self._parents(rows)
        records: list[RawRecord] = []
        problems: list[Problem] = []
        for row in rows:
            try:
                record_id, moment = self._id(row), self._changed_at(row)
            except Skippable as error:
                problems.append(error.problem())
                continue
            parent = text(row, self.settings.fields.parent)
            data: dict[str, Any] = {"row": row}
            if parent:
                data["parent"] = numbers.get(parent, parent)
            records.append(RawRecord(kind="contract", id=record_id, data=data, updated_at=moment))
        return tuple(records), tuple(problems)

    def _parents(self, rows: Sequence[Row]) -> dict[str, str]:
        """The number of each parent that is named by its id. Without numbers of its own there is nothing
        to look up."""
        own = self.settings
        if own.fields.number == ("id",) or not own.fields.parent:
            return {}
        ids = {name for row in rows if _ID.fullmatch(name := text(row, own.fields.parent))}
        if not ids:
            return {}
        query = " || ".join(condition("id", "=", each) for each in sorted(ids))
        found = self._rest.search(own.table, query, ["id", *own.fields.number])
        return {shown(row.get("id")): number for row in found if (number := text(row, own.fields.number))}

    def _id(self, row: Row) -> str:
        held = shown(row.get("id"))
        if not _ID.fullmatch(held):
            remedy = "Report it to the vendor: every record has an id."
            raise Skippable(
                self.name, "a record without a readable id", place=self.settings.table, remedy=remedy
            )
        return held

    def _changed_at(self, row: Row) -> datetime:
        own = self.settings
        try:
            return instant(row.get(own.changed), own.time_format, own.zone)
        except ValueError:
            raise Skippable(
                self.name,
                f"a record without a readable {own.changed}",
                place=f"{own.table}/{shown(row.get('id'))[:20]}",
                remedy="Check `changed` and `time_format` in the connector's settings.",
            ) from None


PROFILE = Profile(
    kind="agiloft",
    title="Agiloft",
    area="CLM",
    settings=AgiloftSettings,
    make=Agiloft,
    reads=("contracts with their hierarchy", "signed documents"),
    writes=("tasks", "obligations, audit entries and other configured tables", "fields of contracts"),
    proved=(("documentation", "stand-in written from the vendor's documentation, reads, writes and faults"),),
    waits=(
        "whether a search without page and limit gives all records of a large table",
        "in which form and zone times are told and compared",
        "how linked and file fields look in a search",
        "what an upsert answers, and how a locked record is refused",
        "OAuth2 with a real knowledge base",
    ),
)
