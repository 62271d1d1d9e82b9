"""OneTrust: certificates kept as objects of a configured type, and vendors in; rows of configured types and
fields of certificates out.

OneTrust has no certificates of its own: a tenant keeps them as an object type of the Object Manager, whose
name and attributes stand in the settings. Lists can be sorted by name only, so a read takes the whole list
of what changed and gives it out in order of change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from obligations.facts import Fact, Source
from obligations.quantities import Currency, Frozen
from tools.kit.call import Call
from tools.kit.errors import Retryable, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.onetrust.certificates import facts_of, shown
from tools.onetrust.writer import OneTrustWriter

if TYPE_CHECKING:
    from tools.kit.http import Client

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$")]
Names = tuple[Name, ...]
TypeName = Annotated[str, Field(min_length=1, max_length=255)]


class CertificateMap(Frozen):
    """The object type of certificates and its attributes, the first filled one of each counts."""

    entity: TypeName = Field(description="name of the object type")
    type: Names = Field(min_length=1)
    effective_on: Names = Field(min_length=1)
    expires_on: Names = Field(min_length=1)
    party: Names = Field(default=(), description="the vendor")
    contract: Names = Field(default=(), description="what names the contract")
    insured: Names = ()
    insurer: Names = ()
    rating: Names = ()
    policy: Names = ()
    issued_on: Names = ()
    cancelled_on: Names = ()
    retroactive_on: Names = ()
    each_occurrence: Names = ()
    aggregate: Names = ()
    currency: Names = Field(default=(), description="of the limits")
    aggregate_applies: Names = ()
    basis: Names = ()
    additional_insured: Names = ()
    waiver_of_subrogation: Names = ()
    primary: Names = ()
    endorsements: Names = ()


class EntityMap(Frozen):
    """An object type that we write: `reference` is its attribute for our reference."""

    entity: TypeName
    reference: Name
    name: str = Field(
        default="", description="our field that becomes the object's name; empty: our reference"
    )
    organization: str = Field(default="", pattern=r"^[0-9a-fA-F-]*$", description="id of who is responsible")
    fields: dict[str, Name]


class OneTrustSettings(VendorSettings):
    """Settings of the OneTrust connector; `base_url` is the tenant's host, such as app-eu.onetrust.com."""

    kind: Literal["onetrust"] = "onetrust"
    certificates: CertificateMap
    page_size: int = Field(default=50, ge=1, le=1000)
    filter_changes: bool = Field(default=True, description="ask for what changed only, not for everything")
    zone: Zone = Field(default="UTC", description="IANA zone of days that are told as instants")
    types: dict[str, str] = Field(default={}, description="their type of certificate -> ours")
    words: dict[str, str] = Field(default={}, description="their choices -> ours (claims_made, project)")
    yes: tuple[str, ...] = ("yes", "true", "1")
    no: tuple[str, ...] = ("no", "false", "0")
    default_currency: Currency | None = None
    web_url: str = Field(default="", description="page of an object for people, with {id}")
    entities: dict[str, EntityMap] = Field(default={}, description="our word -> an object type that we write")
    certificate_fields: dict[str, Name] = Field(
        default={}, description="our field -> attribute of a certificate"
    )

    def source(self, system: str, record: str, label: str) -> Source:
        """Where an object stands; `record` is kind and id."""
        url = self.web_url.format(id=record.rpartition("/")[2]) if self.web_url else ""
        return Source(system=system, record=record, url=url, label=label or record)


SEARCH = "/api/custom-entity/v1/entities/search"
_VENDORS = "/api/inventory/v2/inventories/vendors"
_MOST_PER_PAGE = 50
_PASSES = 3


class OneTrust:
    """Reads one tenant."""

    def __init__(self, settings: OneTrustSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http

    def check(self) -> Health:
        entity = self.settings.certificates.entity
        return probe(
            self.name,
            {
                entity: lambda: self.search(entity, (), 0, 1),
                "vendors": lambda: self._vendors(0, 1),
            },
        )

    def discover(self) -> tuple[Stream, ...]:
        return (
            Stream(
                kind="certificate", label="Certificates", facts=("certificate",), watermark="lastModifiedDate"
            ),
            Stream(kind="vendor", label="Vendors"),
        )

    def writer(self) -> OneTrustWriter:
        return OneTrustWriter(self.settings, self._http, self.every)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Certificates changed since the cursor, oldest change first; of vendors always all, as they do not
        say when they changed."""
        if kind == "vendor":
            rows = self._whole(_VENDORS, lambda number: self._vendors(number, _MOST_PER_PAGE))
            records = tuple(RawRecord(kind=kind, id=shown(row.get("id")), data={"row": row}) for row in rows)
            yield Batch(records=tuple(each for each in records if each.id), cursor=cursor or "")
            return
        if kind != "certificate":
            raise unknown_kind(self.name, kind, self.discover())
        yield from self._certificates(cursor)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The fact in a certificate, pure; none in a vendor. Raises Skippable for what cannot be read."""
        if raw.kind != "certificate":
            return ()
        with readable(self.name, f"certificate/{raw.id}", "Correct the object in OneTrust, or the settings."):
            return facts_of(self.settings, self.name, raw)

    # -- asking -------------------------------------------------------------------------------------

    def every(self, entity: str, filters: Sequence[Row]) -> list[Row]:
        """All objects of a type that fit the filters, each once."""
        size = self.settings.page_size
        return self._whole(SEARCH, lambda number: self.search(entity, filters, number, size))

    def search(self, entity: str, filters: Sequence[Row], number: int, size: int) -> tuple[Page, int | None]:
        """One page of objects, and how many there are on all pages where the answer says it."""
        params: dict[str, str | int] = {
            "page": number,
            "size": size,
            "sort": "name,asc",
            "entityTypeName": entity,
        }
        body = {"queryRequest": {"criteria": {"filters": list(filters)}}}
        answer = self._http.send(Call("POST", SEARCH, params, body=body, repeatable=True))
        return self._page("POST", SEARCH, answer.data, "content", answer.data, size)

    def _vendors(self, number: int, size: int) -> tuple[Page, int | None]:
        data = self._http.get(_VENDORS, {"page": number, "size": size}).data
        meta = data.get("meta") if isinstance(data, dict) else None
        about = meta.get("page") if isinstance(meta, dict) else None
        return self._page("GET", _VENDORS, data, "data", about, size)

    def _page(
        self, verb: str, path: str, data: Any, key: str, about: Any, size: int
    ) -> tuple[Page, int | None]:
        rows = data.get(key) if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no list in the answer", place=f"{verb} {path}")
        last, total = (
            about.get(name) if isinstance(about, dict) else None for name in ("last", "totalElements")
        )
        more = not last if isinstance(last, bool) else len(rows) >= size
        return Page(rows, more=more), total if isinstance(total, int) else None

    def _whole(self, path: str, fetch: Callable[[int], tuple[Page, int | None]]) -> list[Row]:
        """A list from its first page to its last. What is renamed or removed meanwhile moves others across
        the border of two pages: then fewer come than there are, and the list is read again."""
        for _ in range(_PASSES):
            found: dict[str, Row] = {}
            totals: list[int] = []

            def page(number: int, totals: list[int] = totals) -> Page:
                given, total = fetch(number)
                totals.extend([] if total is None else [total])
                return given

            for each in by_number(page, lambda row: shown(row.get("id")), LoopGuard(self.name, path)):
                found |= {shown(row.get("id")) or repr(row): row for row in each.rows}
            if not totals or len(found) >= totals[-1]:
                return list(found.values())
        raise Retryable(
            self.name,
            f"{len(found)} of {totals[-1]} records came: the list changes while it is read",
            place=path,
            remedy="It is tried again later.",
        )

    def _certificates(self, cursor: str | None) -> Iterator[Batch]:
        since = resume_at(self.name, cursor, self.settings.overlap)
        filters: list[Row] = []
        if since is not None and self.settings.filter_changes:
            text = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            filters = [{"field": "lastModifiedDate", "operator": "GREATER_THAN_EQUAL_TO", "value": text}]
        changed: list[tuple[datetime, str, Row]] = []
        problems = []
        for row in self.every(self.settings.certificates.entity, filters):
            try:
                changed.append((self._changed_at(row), shown(row.get("id")), row))
            except Skippable as error:
                problems.append(error.problem())
        # The filter is not trusted to leave out what is older.
        changed = sorted(
            (each for each in changed if since is None or each[0] >= since), key=lambda each: each[:2]
        )
        if not changed:
            yield Batch(records=(), cursor=cursor or "", problems=tuple(problems))
        for start in range(0, len(changed), self.settings.page_size):
            part = changed[start : start + self.settings.page_size]
            cursor = furthest(cursor, part[-1][0])
            records = tuple(
                RawRecord(kind="certificate", id=key, data={"row": row}, updated_at=moment)
                for moment, key, row in part
            )
            yield Batch(records=records, cursor=cursor, problems=tuple(problems))
            problems = []

    def _changed_at(self, row: Row) -> datetime:
        audit = row.get("auditFields")
        inner = audit.get("lastUpdatedDate") if isinstance(audit, dict) else None
        try:
            moment = datetime.fromisoformat(shown(row.get("lastModifiedDate")) or shown(inner))
            moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            moment = None
        if moment is None or not shown(row.get("id")):
            raise Skippable(
                self.name,
                "an object without id or readable lastModifiedDate",
                place=f"certificate/{shown(row.get('id'))[:40]}",
                remedy="Report it to the vendor: every object has both.",
            )
        return moment


PROFILE = Profile(
    kind="onetrust",
    title="OneTrust",
    area="risk and BI",
    settings=OneTrustSettings,
    make=OneTrust,
    reads=("certificates as objects of a configured type", "vendors"),
    writes=("objects of configured types", "attributes of certificates"),
    proved=(
        (
            "specification",
            "every request, and every answer of the stand-in, against the vendor's OpenAPI files",
        ),
        ("documentation", "reads, writes and faults against that stand-in"),
    ),
    waits=(
        "whether lastModifiedDate can be filtered by; without it the whole list is read",
        "whether objects of a type of the tenant's own can be made and changed by the interface",
        "how attributes of choices, dates and amounts are told",
        "which certificates were deleted: the list does not say",
        "the rate limits",
    ),
)
