"""Smartsheet: rows of configured sheets by a column map in; rows and comments out.

A sheet keeps when its rows changed, but gives them in its own order: `read` goes through a sheet's changed
rows and moves its watermark at the end. `smartsheet_rows` turns a row into facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator, model_validator

from obligations.document import Problem
from obligations.facts import Fact
from obligations.quantities import Frozen
from tools.files.columns import DateOrder, KindName, TableMap
from tools.files.kinds import KINDS
from tools.kit.call import Answer, Params
from tools.kit.errors import Misconfigured, NotFound, Skippable, Unauthorised, WrongAnswer
from tools.kit.known import gone, packed, unpacked
from tools.kit.paging import LoopGuard, Row
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, shaped, unknown_kind
from tools.kit.watermark import furthest, marks, marks_cursor, resume_at
from tools.kit.webhooks import (
    Handshake,
    WebhookEvent,
    WebhookSettings,
    delivery,
    echoed_challenge,
    event_id,
    hmac_hex,
    json_object,
    moment,
    within,
)
from tools.smartsheet.rows import RowFacts, rows

if TYPE_CHECKING:
    from tools.kit.http import Client
    from tools.smartsheet.writer import SmartsheetWriter

_DEEPEST = 20  # how far up a row inherits; sheets are indented a few levels
_ROUNDS = 3  # a sheet changed while it is read is read again, this many times at most


class SheetMap(Frozen):
    """How the rows of a sheet are read: `kind` and roles as for files (docs/connectors/files.md).

    `columns` maps roles to column titles, `constants` roles to one value for the whole sheet, `values`
    translates words. `inherit` are roles that an indented row takes from the rows above it where its own
    cell is empty. `history` are roles whose cells are asked for what they held before, one request for each
    cell; `versions: false` gives each row as it stands now only.
    """

    sheet: str = Field(pattern=r"^\d+$")
    kind: KindName
    columns: dict[str, str] = Field(default={})
    constants: dict[str, str] = Field(default={})
    values: dict[str, dict[str, str]] = Field(default={})
    date_order: DateOrder = "year_first"
    inherit: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    versions: bool = True

    @model_validator(mode="after")
    def _readable(self) -> SheetMap:
        if self.kind in ("ignore", "ticket") or KINDS[self.kind].grouped:
            raise ValueError(f"a row of a sheet cannot be a {self.kind}")
        own = {"known_at", "record"} & {*self.columns, *self.constants}
        if own:
            raise ValueError(f"{', '.join(sorted(own))} is told by Smartsheet itself")
        unmapped = [role for role in (*self.history, *self.inherit) if role not in self.columns]
        if unmapped:
            raise ValueError(f"{unmapped[0]} under history or inherit has no column")
        assert self.table  # wrong roles and words are refused now
        return self

    @cached_property
    def table(self) -> TableMap:
        return TableMap(
            file=f"sheet {self.sheet}",
            kind=self.kind,
            columns=self.columns,
            constants=self.constants,
            values=self.values,
            date_order=self.date_order,
        )


class WriteMap(Frozen):
    """A sheet that is written: our names to column titles, and the column that holds our reference."""

    sheet: str = Field(pattern=r"^\d+$")
    reference: str
    columns: dict[str, str] = Field(min_length=1)


class SmartsheetSettings(VendorSettings):
    """Settings of the Smartsheet connector; `base_url` ends in /2.0."""

    kind: Literal["smartsheet"] = "smartsheet"
    sheets: tuple[SheetMap, ...] = Field(min_length=1)
    zone: Zone = Field(description="where a day begins, and of times that name no zone")
    ambiguous: Literal["refuse", "earlier", "later"] = "refuse"
    page_size: int = Field(default=500, ge=1, le=10_000)
    entities: dict[str, WriteMap] = Field(default={}, description="our words for rows that are written")
    tasks: WriteMap | None = Field(
        default=None, description="columns of title, text, due_on, priority, state, about"
    )
    deleted: bool = Field(default=True, description="tell of rows that are no longer there")
    shared: bool = Field(default=True, description="others than our own people see the sheets")
    webhook: WebhookSettings = WebhookSettings()

    @field_validator("sheets")
    @classmethod
    def _once(cls, sheets: tuple[SheetMap, ...]) -> tuple[SheetMap, ...]:
        maps = Counter((each.sheet, each.kind) for each in sheets)
        twice = next((sheet for (sheet, _), count in maps.items() if count > 1), "")
        if twice:
            raise ValueError(f"sheet {twice} is mapped twice to the same kind")
        return sheets


@dataclass(frozen=True)
class Sheet:
    """One page of a sheet."""

    rows: list[Row]
    columns: dict[str, str]
    types: dict[str, str]
    version: object
    more: bool
    permalink: str
    answered_at: datetime | None


class Sheets:
    """Smartsheet's interface to sheets."""

    def __init__(self, name: str, http: Client) -> None:
        self.name = name
        self.http = http

    def one(self, path: str, params: Params | None = None) -> Row:
        return self.object(self.http.get(path, params), f"GET {path}")

    def object(self, answer: Answer, place: str) -> Row:
        if not isinstance(answer.data, dict):
            raise WrongAnswer(self.name, "no object in the answer", place=place)
        return answer.data

    def page(self, sheet: str, number: int, size: int, params: Params | None = None) -> Sheet:
        """A page of a sheet, counted from 1. Its total may count rows that a filter leaves out, so the
        pages go on until that total is passed."""
        path = f"/sheets/{sheet}"
        answer = self.http.get(path, {"page": number, "pageSize": size, **(params or {})})
        data = self.object(answer, f"GET {path}")
        found, columns, total = data.get("rows"), data.get("columns"), data.get("totalRowCount")
        if not isinstance(columns, list) or not isinstance(found, list):
            raise WrongAnswer(self.name, "no rows and columns in the answer", place=f"GET {path}")
        if not all(isinstance(row, dict) for row in found):
            raise WrongAnswer(self.name, "a row that is no object", place=f"GET {path}")
        more = number * size < total if isinstance(total, int) else len(found) >= size
        return Sheet(
            rows=found,
            columns={str(c.get("title")): str(c.get("id")) for c in rows(columns)},
            types={str(c.get("id")): str(c.get("type")) for c in rows(columns)},
            version=data.get("version"),
            more=more,
            permalink=str(data.get("permalink") or ""),
            answered_at=answer.made_at,
        )

    def pages(self, sheet: str, size: int, params: Params | None = None) -> Iterator[Sheet]:
        guard = LoopGuard(self.name, f"GET /sheets/{sheet}")
        number = 1
        while True:
            page = self.page(sheet, number, size, params)
            guard.rows([row.get("id") for row in page.rows], number)
            yield page
            if not page.more:
                return
            number += 1


class Smartsheet:
    """Reads rows of configured sheets."""

    def __init__(self, settings: SmartsheetSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._sheets = Sheets(self.name, http)
        self._seen: dict[str, tuple[str, str]] = {}  # of a sheet: its version, the id of a mapped column

    def check(self) -> Health:
        trials: dict[str, Callable[[], object]] = {"our user": lambda: self._sheets.one("/users/me")}
        for each in self.settings.sheets:
            trials[f"sheet {each.sheet}"] = lambda own=each: self._mapped(  # type: ignore[misc]
                own, self._sheets.page(own.sheet, 1, 1)
            )
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        kinds = dict.fromkeys(each.kind for each in self.settings.sheets)
        return tuple(
            Stream(kind=kind, label=f"Rows: {kind}", facts=(KINDS[kind].fact,), watermark="modifiedAt")
            for kind in kinds
        )

    def writer(self) -> SmartsheetWriter:
        from tools.smartsheet.writer import SmartsheetWriter

        return SmartsheetWriter(self.settings, self._sheets)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Rows of the sheets of one kind that changed since the cursor, sheet by sheet.

        The cursor holds a watermark for each sheet. A sheet that is gone, or lacks a mapped column, becomes
        a problem and is tried again the next time.
        """
        own = [(n, each) for n, each in enumerate(self.settings.sheets) if each.kind == kind]
        if not own:
            raise unknown_kind(self.name, kind, self.discover())
        held = marks(self.name, cursor)
        for number, each in own:
            since = resume_at(self.name, held.get(each.sheet), self.settings.overlap)
            read: set[str] = set()
            try:
                for records, problems, reached in self._changed(number, each, since):
                    if reached is not None:
                        held[each.sheet] = furthest(held.get(each.sheet), reached)
                    read |= {record.id.partition("/")[2] for record in records if self._tells(record)}
                    yield Batch(records=records, cursor=marks_cursor(held), problems=problems)
                if self.settings.deleted and each.sheet in held:
                    lost = self._remember(each, held, read)
                    yield Batch(records=(), cursor=marks_cursor(held), problems=lost)
            except (NotFound, Unauthorised, Misconfigured) as error:
                if error.status == 401:
                    raise
                yield Batch(records=(), cursor=marks_cursor(held), problems=(error.problem(),))

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The versions of a row, pure. Raises Skippable with sheet and row."""
        return RowFacts(self.settings, self.name, raw).facts()

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent | Handshake:
        """The answer to a challenge, or the events of a delivery, upon which the sheet's kinds are read
        again. Raises SignatureError."""
        given = delivery(self.name, raw_body, headers, at)
        challenge = echoed_challenge(given, "Smartsheet-Hook-Challenge", "Smartsheet-Hook-Response")
        if challenge is not None:
            return challenge
        own = self.settings.webhook
        hmac_hex("smartsheet-hmac-sha256")(given, [secret.get_secret_value() for secret in own.secrets])
        body = json_object(given)
        events = rows(body.get("events"))
        sheet = str(body.get("scopeObjectId") or "")
        kinds = dict.fromkeys(each.kind for each in self.settings.sheets if each.sheet == sheet)
        stated = moment(body.get("timestamp"))
        return WebhookEvent(
            id=event_id(given),
            event=",".join(dict.fromkeys(str(e.get("eventType") or "") for e in events)) or "status",
            streams=tuple(kinds) if events else (),
            sent_at=within(given, stated, own.window) if stated or events else None,
            webhook=str(body.get("webhookId") or ""),
            payload=body,
        )

    def _changed(
        self, number: int, own: SheetMap, since: datetime | None
    ) -> Iterator[tuple[tuple[RawRecord, ...], tuple[Problem, ...], datetime | None]]:
        """Pages of a sheet's changed rows, and at their end how far they reach: no further than when the
        reading began. A sheet whose version changed meanwhile, or with a row on two pages, shifted under them
        and is read again until nothing new is found; one that never rests moves no watermark."""
        params: dict[str, str | int] = {"include": "rowPermalink", "exclude": "nonexistentCells"}
        if since is not None:
            params["rowsModifiedSince"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        guard = LoopGuard(self.name, f"GET /sheets/{own.sheet}")
        began: datetime | None = None
        newest: datetime | None = None
        seen: set[tuple[str, datetime]] = set()
        for again in range(_ROUNDS):
            versions: set[object] = set()
            passed: set[str] = set()
            shifted = found_more = False
            for page in self._sheets.pages(own.sheet, self.settings.page_size, params):
                began = began or page.answered_at
                versions.add(page.version)
                titles = self._mapped(own, page)
                self._seen[own.sheet] = (str(page.version or ""), next(iter(titles.values()), ""))
                fresh, problems = self._fresh(page.rows, seen, guard, since)
                above = self._above(own, fresh, page.rows)
                records = tuple(self._composed(number, own, page, row, above) for row in fresh)
                times = [record.updated_at for record in records if record.updated_at]
                newest = max([*times, *([newest] if newest else [])], default=None)
                ids = {str(row.get("id")) for row in page.rows}
                shifted, found_more = shifted or not passed.isdisjoint(ids), found_more or bool(fresh)
                passed |= ids
                yield records, () if again else tuple(problems), None
            if (len(versions) <= 1 and not shifted) or (again and not found_more):
                yield (), (), min(newest, began) if newest and began else newest
                return

    def _tells(self, record: RawRecord) -> bool:
        """Is there a fact in a row, or something in it that cannot be read?"""
        try:
            with shaped(self.name, f"row {record.id}"):
                return bool(self.to_facts(record))
        except Skippable:
            return True

    def _remember(self, own: SheetMap, held: dict[str, str], read: set[str]) -> tuple[Problem, ...]:
        """Remember which rows told something; what a person is told of those that are no longer there. They
        are looked for only in a sheet whose version is another one."""
        mark, stamp = f"known {own.sheet}", f"version {own.sheet}"
        known = unpacked(self.name, held.get(mark, ""))
        version, column = self._seen.get(own.sheet, ("", ""))
        lost = self._gone(own, known - read, column) if version != held.get(stamp) else set()
        held[mark], held[stamp] = packed((known | read) - lost), version
        return gone(self.name, "a row was deleted", [f"sheet {own.sheet}, row {n}" for n in sorted(lost)])

    def _gone(self, own: SheetMap, known: set[str], column: str) -> set[str]:
        """Those rows that the sheet no longer has. A sheet may shift under its pages, so each that they lack
        is asked for by itself."""
        if not known:
            return set()
        params: dict[str, str | int] = {"columnIds": column} if column else {}
        for page in self._sheets.pages(own.sheet, self.settings.page_size, params):
            known = known - {str(row.get("id")) for row in page.rows}
        lost: set[str] = set()
        for row in sorted(known):
            try:
                self._sheets.one(f"/sheets/{own.sheet}/rows/{row}")
            except NotFound:
                lost.add(row)
        return lost

    def _fresh(
        self, found: list[Row], seen: set[tuple[str, datetime]], guard: LoopGuard, since: datetime | None
    ) -> tuple[list[Row], list[Problem]]:
        """Rows not met before, and a problem for each that does not say when it changed."""
        fresh, problems = [], []
        for row in found:
            changed_at = moment(row.get("modifiedAt"))
            if changed_at is None or not row.get("id"):
                what = "a row without id or modifiedAt"
                problems.append(Skippable(self.name, what, place=str(row.get("id"))).problem())
                continue
            stamp = (str(row["id"]), changed_at)
            guard.not_before([stamp], since)
            if stamp not in seen:
                seen.add(stamp)
                fresh.append(row)
        return fresh, problems

    def _composed(
        self, number: int, own: SheetMap, page: Sheet, row: Row, above: Mapping[str, Row]
    ) -> RawRecord:
        """A row with its mapped columns' ids, what it inherits, and what some of its cells held before."""

        def typed(held: Row) -> list[Row]:
            cells = rows(held.get("cells"))
            return [{**cell, "columnType": page.types.get(str(cell.get("columnId")))} for cell in cells]

        titles = self._mapped(own, page)
        data = {
            "map": number,
            "row": {**row, "cells": typed(row)},
            "above": [{"cells": typed(each)} for each in _chain(row, above)],
            "columns": titles,
            "permalink": page.permalink,
            "histories": {
                role: self._history(own.sheet, str(row["id"]), titles[own.columns[role]])
                for role in own.history
            },
        }
        record = f"{own.sheet}/{row['id']}"
        return RawRecord(kind=own.kind, id=record, data=data, updated_at=moment(row.get("modifiedAt")))

    def _above(self, own: SheetMap, fresh: list[Row], page: list[Row]) -> dict[str, Row]:
        """The rows above some rows, by id, up to the top: those of the page, others asked for."""
        if not own.inherit:
            return {}
        held = {str(row.get("id")): row for row in page}
        wanted = {str(row["parentId"]) for row in fresh if row.get("parentId")}
        for _ in range(_DEEPEST):
            wanted |= {str(held[n]["parentId"]) for n in wanted if n in held and held[n].get("parentId")}
            missing = sorted(wanted - set(held))
            if missing:
                for start in range(0, len(missing), 100):
                    asked = {"rowIds": ",".join(missing[start : start + 100])}
                    for found in self._sheets.pages(own.sheet, 100, asked):
                        held |= {str(row.get("id")): row for row in found.rows}
                held |= {n: {} for n in missing if n not in held}
            elif all(str(held[n].get("parentId") or n) in wanted for n in wanted):
                break
        return held

    def _history(self, sheet: str, row: str, column: str) -> list[Row]:
        path = f"/sheets/{sheet}/rows/{row}/columns/{column}/history"
        found: list[Row] = []
        guard = LoopGuard(self.name, f"GET {path}")
        for number in range(1, 1000):
            data = self._sheets.one(path, {"page": number, "pageSize": 100})
            listed = [dict(cell) for cell in rows(data.get("data"))]
            guard.rows([(cell.get("modifiedAt"), str(cell.get("value"))) for cell in listed], number)
            found += listed
            last = data.get("totalPages")
            if not isinstance(last, int) or number >= last:
                break
        return found

    def _mapped(self, own: SheetMap, page: Sheet) -> dict[str, str]:
        """Column ids by title. Misconfigured for a sheet without a mapped column."""
        missing = next((title for title in own.columns.values() if title not in page.columns), "")
        if missing:
            raise Misconfigured(
                self.name,
                f"sheet {own.sheet} has no column {missing[:60]!r}",
                place=f"sheet {own.sheet}",
                remedy="Correct `columns` of the sheet in the settings, or the sheet's titles.",
            )
        return {title: page.columns[title] for title in own.columns.values()}


def _chain(row: Row, above: Mapping[str, Row]) -> list[Row]:
    """The rows above a row, the nearest first."""
    found: list[Row] = []
    while len(found) < _DEEPEST and (row := above.get(str(row.get("parentId")), {})):
        found.append(row)
    return found


PROFILE = Profile(
    kind="smartsheet",
    title="Smartsheet",
    area="work",
    settings=SmartsheetSettings,
    make=Smartsheet,
    reads=("rows of configured sheets by a column map, with the history of configured cells", "webhooks"),
    writes=("rows as records and tasks", "comments"),
    proved=(
        ("specification", "every request"),
        ("own client", "smartsheet-python-sdk 4.4.0 drives the same stand-in"),
        ("documentation", "reads, writes and webhooks against that stand-in"),
    ),
    waits=("whether pages are counted before or after rows are left out by rowsModifiedSince",),
)
