"""Ironclad CLM: contract records and their signed copies in; obligations (tasks), comments, properties of
records and records of our own types out.

A contract is not a fact: `read("contract")` gives raw records, `to_contract` turns one into a
RawContract (pure), `document` fetches its signed copy. Property ids differ by tenant, so the settings
map them. Webhooks are verified in `ironclad_webhook`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from obligations.document import Problem
from obligations.facts import Fact
from obligations.model import Relation
from obligations.quantities import Frozen
from tools.ironclad.properties import EntityMap, PropertyTarget
from tools.ironclad.rows import page, source, text
from tools.ironclad.webhook import verify
from tools.ironclad.writer import IroncladWriter
from tools.kit.call import Answer, Call, segment
from tools.kit.contracts import RawContract
from tools.kit.downloads import file_name, safe_name
from tools.kit.errors import Fatal, NotFound, SignatureError, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, shaped, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.kit.webhooks import WebhookEvent

if TYPE_CHECKING:
    from tools.kit.http import Client

__all__ = ["Ironclad", "IroncladSettings", "IroncladWriter", "RawContract", "WebhookEvent", "verify"]

Names = tuple[str, ...]


class PropertyMap(Frozen):
    """Ids of the record properties that hold what we need; the first one present counts."""

    counterparty: Names = ("counterpartyName",)
    aliases: Names = ("counterpartyAliases",)
    party_keys: dict[str, Names] = Field(
        default={"sap_s4hana": ("supplierNumber", "customerNumber")},
        description="connector name -> properties with the counterparty's number there",
    )
    us: Names = ("ourEntity",)
    agreed_on: Names = ("agreementDate",)
    effective_on: Names = ("effectiveDate", "standard_effectiveDate")
    expires_on: Names = ("expirationDate", "standard_expirationDate")
    business_unit: Names = ("businessUnit",)
    relation: Names = ("contractRelation", "relation")
    parent: Names = ("parentRecord",)
    governing_law: Names = ("governingLaw",)


class ObligationMap(Frozen):
    """Ids of the obligation properties we write. An empty id: that part is not written."""

    type_key: str = "reporting"
    reference: str = "externalRef"
    due_on: str = "dueDate"
    text: str = "userFacingObligations_description"
    state: str = ""


class IroncladSettings(VendorSettings):
    """Settings of the Ironclad connector; `base_url` ends in /public/api/v1."""

    kind: Literal["ironclad"] = "ironclad"
    as_user_email: str = Field(default="", description="needed with client credentials")
    record_types: Names = Field(default=(), description="only these record types; empty: all")
    page_size: int = Field(default=100, ge=1, le=100)
    properties: PropertyMap = PropertyMap()
    relations: dict[str, Relation] = Field(default={}, description="property value -> our relation")
    types: dict[str, str] = Field(default={}, description="record type -> our contract type")
    attachment: str = Field(default="signedCopy", description="key of the executed document")
    max_document: int = Field(default=50_000_000, gt=0, description="bytes")
    zone: Zone = Field(default="UTC", description="IANA zone of dates that carry a time of day")
    web_url: str = Field(default="", description="page of a record for people, with {id}")
    obligations: ObligationMap = ObligationMap()
    contract_fields: dict[str, PropertyTarget] = Field(
        default={}, description="our field -> property of a contract's record, for set_fields"
    )
    entities: dict[str, EntityMap] = Field(default={}, description="our word -> what put_record writes")
    read_on: Names = Field(
        default=("workflow_completed", "record_contract_status_changed"),
        description="webhook events upon which a contract is read",
    )
    webhook_window: timedelta = Field(
        default=timedelta(days=4), description="deliveries are repeated for about three days"
    )

    def headers(self) -> dict[str, str]:
        return {"x-as-user-email": self.as_user_email} if self.as_user_email else {}


class Ironclad:
    """Reads contract records, executed documents and webhooks of one Ironclad company."""

    def __init__(self, settings: IroncladSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http
        self._ironclad_ids: dict[str, str] = {}
        self._key: tuple[str, datetime] | None = None

    def check(self) -> Health:
        return probe(self.name, {"records": lambda: self._list("/records", 0, {}, size=1)})

    def discover(self) -> tuple[Stream, ...]:
        return (Stream(kind="contract", label="Contract records", watermark="lastUpdated"),)

    def writer(self) -> IroncladWriter:
        return IroncladWriter(self.settings, self._http)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Records changed since the cursor, oldest change first, each with its parent's Ironclad id."""
        if kind != "contract":
            raise unknown_kind(self.name, kind, self.discover())
        size = self.settings.page_size
        ours = {each.record_type for each in self.settings.entities.values() if each.record_type}
        slack = timedelta(seconds=1)  # the documentation leaves open whether the bound is included
        order = Order(lambda row: text(row, "id"), self._changed_at, size, slack)

        def fetch(since: datetime | None, offset: int) -> Page:
            params = {"sortField": "lastUpdated", "sortDirection": "ASC", "hydrateEntities": "true"}
            if since:
                params["lastUpdated"] = _instant_text(since - slack)
            if self.settings.record_types:
                params["types"] = ",".join(self.settings.record_types)
            return self._list("/records", offset // size, params, size)

        since = resume_at(self.name, cursor, self.settings.overlap)
        for part in by_change(fetch, since, order, LoopGuard(self.name, "GET /records")):
            self._ironclad_ids |= {text(row, "id"): text(row, "ironcladId") for row in part.rows}
            records = tuple(self._raw(row) for row in part.rows if text(row, "type") not in ours)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=part.problems)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """No facts: a contract says what is promised, not what happened."""
        return ()

    def to_contract(self, raw: RawRecord) -> RawContract:
        """The contract in a raw record, pure. Raises Skippable where id or name is missing."""
        with shaped(self.name, raw.id):
            return _Reader(self.settings, self.name, raw).contract()

    def contract(self, record_id: str) -> RawContract:
        """One contract by record id or Ironclad id. Raises NotFound."""
        return self.to_contract(self._raw(self._record(record_id)))

    def document(self, record_id: str) -> tuple[bytes, str]:
        """The executed document's bytes and file name. Raises NotFound where the record has none."""
        record = self._record(record_id)
        key = self.settings.attachment
        attachment = (record.get("attachments") or {}).get(key)
        if not attachment:
            raise NotFound(
                self.name,
                f"{record_id} has no {key}",
                place=record_id,
                remedy="Upload the executed document, or set `attachment` to the key it stands under.",
            )
        path = f"/records/{segment(text(record, 'id'))}/attachments/{segment(key)}"
        answer = self._http.send(Call("GET", path, accept="bytes", max_body=self.settings.max_document))
        if not answer.body or answer.headers.get("content-type", "").startswith("text/html"):
            raise WrongAnswer(
                self.name,
                "the document is empty or a web page",
                place=f"GET {path}",
                remedy="Check base_url, and that the document can be opened in Ironclad.",
            )
        return answer.body, _file_name(attachment.get("filename"), answer)

    def verification_key(self, fresh: bool = False) -> str:
        """The PEM public key that webhooks are signed for; kept after the first call unless `fresh`."""
        if self._key is None or fresh:
            answer = self._http.send(Call("GET", "/webhooks/verification-key", accept="text"))
            self._key = (answer.body.decode("utf-8", "replace").strip(), datetime.now(UTC))
        return self._key[0]

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent:
        """The event in a delivery; its `record` is set when a contract should be read because of it.

        The company's key is fetched anew (at most every five minutes) when the signature does not fit,
        since keys are rotated. Raises SignatureError.
        """
        window = self.settings.webhook_window
        try:
            event = verify(raw_body, headers, self.verification_key(), now=at, window=window)
        except SignatureError:
            if self._key is not None and datetime.now(UTC) - self._key[1] < timedelta(minutes=5):
                raise
            key = self.verification_key(fresh=True)
            event = verify(raw_body, headers, key, now=at, window=window)
        return event if event.event in self.settings.read_on else event.model_copy(update={"record": None})

    def _list(self, path: str, number: int, params: Mapping[str, str], size: int) -> Page:
        """One page of a list endpoint."""
        answer = self._http.get(path, {"page": number, "pageSize": size, **params})
        return page(self.name, path, answer.data, size)

    def _record(self, record_id: str) -> Row:
        """A record by its id, its Ironclad id, or the id of the workflow it came from."""
        try:
            return self._get(f"/records/{segment(record_id)}")
        except NotFound as missing:
            try:
                workflow = self._get(f"/workflows/{segment(record_id)}")
            except Fatal:
                raise missing from None
            if not workflow.get("recordIds"):
                raise missing from None
            return self._get(f"/records/{segment(str(workflow['recordIds'][0]))}")

    def _get(self, path: str) -> Row:
        data = self._http.get(path, {"hydrateEntities": "true"}).data
        if not isinstance(data, dict) or "id" not in data:
            raise WrongAnswer(self.name, "no record in the answer", place=f"GET {path}")
        return data

    def _raw(self, record: Row) -> RawRecord:
        """The record with its parent's Ironclad id, which the record itself names only by uuid."""
        parent = record.get("parentId")
        data: dict[str, Any] = {"record": record}
        if isinstance(parent, str) and parent:
            data["parent"] = self._ironclad_id(parent)
        record_id = text(record, "ironcladId") or text(record, "id")
        return RawRecord(kind="contract", id=record_id, data=data, updated_at=self._changed_at(record))

    def _ironclad_id(self, record_id: str) -> str | None:
        """The Ironclad id of a record; None where we may not see it."""
        if record_id not in self._ironclad_ids:
            try:
                self._ironclad_ids[record_id] = text(self._record(record_id), "ironcladId")
            except NotFound:
                return None
        return self._ironclad_ids[record_id]

    def _changed_at(self, row: Row) -> datetime:
        try:
            moment = datetime.fromisoformat(text(row, "lastUpdated"))
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except ValueError:
            what = "a record without a readable lastUpdated"
            raise Skippable(self.name, what, place=text(row, "ironcladId")) from None


class _Reader:
    """Reads the properties of one record; what is unreadable becomes a problem."""

    def __init__(self, settings: IroncladSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._record: Row = raw.data.get("record") or {}
        self._properties: Row = self._record.get("properties") or {}
        self._problems: list[Problem] = []

    def contract(self) -> RawContract:
        record, names = self._record, self._settings.properties
        ironclad_id, title = text(record, "ironcladId"), text(record, "name")
        if not ironclad_id or not title or self._raw.updated_at is None:
            what = "a record without ironcladId, name or lastUpdated"
            raise Skippable(self._system, what, place=self._raw.id, remedy="Complete it in Ironclad.")
        document = (record.get("attachments") or {}).get(self._settings.attachment)
        status = record.get("contractStatus") or {}
        record_type = text(record, "type")
        return RawContract(
            id=ironclad_id,
            record_id=text(record, "id"),
            title=title,
            type=self._settings.types.get(record_type, record_type),
            relation=self._relation(),
            parent=self._raw.data.get("parent") or self._text(names.parent) or None,
            business_unit=self._text(names.business_unit),
            counterparty=self._text(names.counterparty),
            aliases=tuple(filter(None, (a.strip() for a in self._text(names.aliases).split(",")))),
            party_keys={system: key for system, ids in names.party_keys.items() if (key := self._text(ids))},
            us=self._text(names.us),
            agreed_on=self._date(names.agreed_on),
            effective_on=self._date(names.effective_on),
            expires_on=self._date(names.expires_on),
            governing_law=self._text(names.governing_law),
            status=text(status, "status"),
            document_name=safe_name(text(document, "filename")) if document else None,
            updated_at=self._raw.updated_at,
            source=source(self._settings, self._system, ironclad_id, title),
            problems=tuple(self._problems),
        )

    def _relation(self) -> Relation | None:
        """What the record says it is to its parent: our property first, then the link's type."""
        said = self._text(self._settings.properties.relation)
        known: dict[str, Relation] = {r: r for r in _RELATIONS}
        known |= {key.casefold(): value for key, value in self._settings.relations.items()}
        if said:
            if said.casefold() in known:
                return known[said.casefold()]
            self._problem(f"unknown relation {said!r}", "Add it to `relations` in the settings.")
        if self._record.get("parentLinkType") == "amendment":
            return "amendment"
        has_parent = self._record.get("parentId") or self._text(self._settings.properties.parent)
        return None if has_parent or self._record.get("childIds") else "standalone"

    def _value(self, names: Names) -> Any:
        for name in names:
            held = self._properties.get(name)
            value = held.get("value") if isinstance(held, dict) else held
            if value not in (None, "", []):
                return value
        return None

    def _text(self, names: Names) -> str:
        return _shown(self._value(names))

    def _date(self, names: Names) -> date | None:
        """A date property. It comes as an instant: midnight means that day in its own offset, any other
        time of day means the day in the tenant's zone."""
        value = self._value(names)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self._problem(f"{names[0]} is no date: {str(value)[:40]!r}", "Correct the property in Ironclad.")
            return None
        if moment.tzinfo is None or moment.time() == datetime.min.time():
            return moment.date()
        return moment.astimezone(ZoneInfo(self._settings.zone)).date()

    def _problem(self, what: str, remedy: str) -> None:
        self._problems.append(Problem(stage="sync", what=what, place=self._raw.id, remedy=remedy))


_RELATIONS: tuple[Relation, ...] = ("master", "schedule", "amendment", "sow", "order", "standalone")


def _shown(value: Any) -> str:
    """A property's value as text: plain, the name of a referenced entity, or a list of such."""
    if isinstance(value, dict):
        attributes = value.get("attributes") or {}
        name = attributes.get("name") if isinstance(attributes, dict) else None
        return _shown(name or value.get("value") or value.get("readableId") or value.get("recordId"))
    if isinstance(value, list):
        return ", ".join(filter(None, (_shown(item) for item in value)))
    return "" if value is None else str(value).strip()


def _instant_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _file_name(stated: Any, answer: Answer) -> str:
    """The name the record states, else the one in the download's headers."""
    if isinstance(stated, str) and stated.strip():
        return safe_name(stated)
    return file_name(answer, "document")


PROFILE = Profile(
    kind="ironclad",
    title="Ironclad",
    area="CLM",
    settings=IroncladSettings,
    make=Ironclad,
    reads=("contract records", "executed documents", "webhooks"),
    writes=(
        "obligations as tasks, and of configured types",
        "comments on a contract's workflow",
        "properties of contract records",
        "records of configured types that are linked to a contract, such as audit entries",
    ),
    proved=(("specification", "requests and the stand-in's answers against the vendor's OpenAPI file"),),
    waits=(
        "whether lastUpdated includes its bound",
        "how signAlgorithm is spelled in a webhook",
        "the rate limits",
    ),
)
