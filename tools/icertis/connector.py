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
from typing import Any

from obligations.facts import Fact
from tools.icertis.contracts import contract_of
from tools.icertis.duties import milestones_of
from tools.icertis.fields import instant, shown, text
from tools.icertis.rest import Rest, condition, fields_of
from tools.icertis.settings import IcertisSettings
from tools.icertis.walk import unordered
from tools.icertis.writer import IcertisWriter
from tools.kit.call import Answer, segment
from tools.kit.contracts import RawContract
from tools.kit.downloads import file_name, safe_name
from tools.kit.errors import NotFound, Skippable, WrongAnswer
from tools.kit.http import Client, Transport
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, shaped, unknown_kind
from tools.kit.watermark import furthest, marks, marks_cursor, resume_at

Names = tuple[str, ...]

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
        for duty in own.duties.values():
            trials[duty.entity] = lambda d=duty: self._page(d.entity, d.every(), "", 1, size=1)
        for each in (*own.entities.values(), *([own.tasks] if own.tasks else ())):
            trials[each.entity] = lambda each=each: self._page(each.entity, (each.reference,), "", 1, size=1)
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        changed = self.settings.changed
        more = (
            Stream(kind=kind, label=duty.entity, facts=("milestone",), watermark=changed)
            for kind, duty in self.settings.duties.items()
        )
        return (Stream(kind="contract", label="Agreements", watermark=changed), *more)

    def writer(self) -> IcertisWriter:
        return IcertisWriter(self.settings, self._rest, self._named, self._found)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Agreements changed since the cursor, type by type, oldest change first, each with its parent."""
        held, duty = marks(self.name, cursor), self.settings.duties.get(kind)
        if kind != "contract" and duty is None:
            raise unknown_kind(self.name, kind, self.discover())
        for entity in [duty.entity] if duty else self.settings.contract_types:
            for batch in self._of_type(entity, kind, held.get(entity)):
                held[entity] = batch.cursor
                yield batch.model_copy(update={"cursor": marks_cursor(held)})

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The milestone in a record below an agreement, pure; nothing for an agreement itself, which says
        what is promised, not what happened. Raises Skippable for missing or unreadable attributes."""
        duty = self.settings.duties.get(raw.kind)
        if duty is None:
            return ()
        with readable(self.name, raw.id, "Correct the record in the source, or the settings."):
            return tuple(milestones_of(self.settings, duty, self.name, raw))

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

    def _of_type(self, entity: str, kind: str, cursor: str | None) -> Iterator[Batch]:
        """The records of one contract type, with its own watermark."""
        own, size = self.settings, self.settings.page_size
        duty = own.duties.get(kind)
        names, chosen = (duty.every(), "") if duty else (own.fields.every(), own.filter)
        slack = timedelta(seconds=1)  # only `$gt` is documented for times, which leaves its bound out

        def fetch(since: datetime | None, offset: int) -> Page:
            parts = [chosen] if chosen else []
            if since is not None:
                bound = f"{since - slack:%Y-%m-%dT%H:%M:%SZ}"
                parts.append(condition(own.changed, "$gt", bound))
            joined = f"({' $and '.join(parts)})" if len(parts) > 1 else "".join(parts)
            return self._page(entity, names, joined, offset // size + 1, size)

        order = Order(self._id, self._changed_at, size, 2 * slack)  # the bound is cut to whole seconds
        since = resume_at(self.name, cursor, own.overlap)
        guard = LoopGuard(self.name, f"GET {self._path(own.paths.list, entity)}")
        walk = by_change if self._sorts(entity, chosen) else unordered
        for part in walk(fetch, since, order, guard):
            rows = [self._detailed(entity, row) for row in part.rows]
            records = tuple(self._raw(entity, row, kind) for row in rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor or "", problems=part.problems)

    def _sorts(self, entity: str, chosen: str) -> bool:
        """Does the tenant order a list by change when asked to? Only a tenant can tell: the oldest and the
        newest are asked for. Where the two are the same there is nothing to order."""
        ends: list[datetime] = []
        for direction in ("asc", "desc"):
            rows = self._page(entity, (), chosen, 1, 1, direction).rows
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

    def _raw(self, entity: str, row: Row, kind: str = "contract") -> RawRecord:
        """The record with its parent's number, which it names itself by its id."""
        own = self.settings
        record, duty = text(row, own.fields.id), own.duties.get(kind)
        if duty is None:
            self._numbers[record] = text(row, own.fields.number)
        data: dict[str, Any] = {"row": row, "type": entity}
        parent = text(row, duty.parent if duty else own.fields.parent)
        if parent:
            data["parent"] = self._number(parent)
        return RawRecord(kind=kind, id=f"{entity}/{record}", data=data, updated_at=self._changed_at(row))

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
    reads=("agreements with their hierarchy", "signed documents", "obligations as milestones"),
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
