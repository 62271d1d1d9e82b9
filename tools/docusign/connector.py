"""DocuSign: contracts, their hierarchy and signed documents in; reminders and attributes of documents out.

One entry reads one product: CLM (documents of folders with their attributes) or Navigator (agreements as it
understood them). Connect announces that an envelope was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from obligations.document import Problem
from obligations.facts import Fact
from tools.docusign.clm import Clm
from tools.docusign.contracts import contract_of, text
from tools.docusign.fields import shown
from tools.docusign.navigator import Navigator
from tools.docusign.settings import GUID, DocusignSettings
from tools.docusign.writer import ClmWriter, NoWriter
from tools.kit.contracts import RawContract
from tools.kit.downloads import safe_name
from tools.kit.errors import NotFound, Skippable
from tools.kit.paging import Row
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, shaped, unknown_kind
from tools.kit.webhooks import WebhookEvent, delivery, hmac_base64, json_object, moment, within

if TYPE_CHECKING:
    from tools.kit.http import Client


class Docusign:
    """Reads the contracts of one account."""

    def __init__(self, settings: DocusignSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        clm = settings.product == "clm"
        self._held: Clm | Navigator = (Clm if clm else Navigator)(settings, self.name, http)
        self._numbers: dict[str, str] = {}

    def check(self) -> Health:
        return probe(self.name, self._held.trials())

    def discover(self) -> tuple[Stream, ...]:
        mark = "UpdatedDate" if self.settings.product == "clm" else "metadata.modified_at"
        return (Stream(kind="contract", label="Contracts", watermark=mark),)

    def writer(self) -> ClmWriter | NoWriter:
        if isinstance(self._held, Clm):
            return ClmWriter(self.settings, self._held)
        return NoWriter(self.settings)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Contracts changed since the cursor, each with its parent's number."""
        if kind != "contract":
            raise unknown_kind(self.name, kind, self.discover())
        for rows, reached, problems in self._held.read(cursor):
            records, unread = self._raws(rows)
            yield Batch(records=records, cursor=reached or cursor or "", problems=(*problems, *unread))

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """No facts: a contract says what is promised, not what happened."""
        return ()

    def to_contract(self, raw: RawRecord) -> RawContract:
        """The contract in a raw record, pure. Raises Skippable where number or title is missing."""
        with shaped(self.name, raw.id):
            row = raw.data.get("row") or {}
            values, notes = self._held.values(row)
            return contract_of(self.settings, self.name, raw, values, self._held.document_name(row), notes)

    def contract(self, contract_id: str) -> RawContract:
        """One contract by its number or DocuSign's id. Raises NotFound."""
        return self.to_contract(self._raw(self._held.record(contract_id)))

    def document(self, contract_id: str) -> tuple[bytes, str]:
        """The document's bytes and file name. Raises NotFound where there is none."""
        data, name = self._held.document(self._held.record(contract_id))
        return data, safe_name(name)

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent:
        """The event in a delivery of Connect, in its JSON form; upon `read_on` the contract is read that a
        custom field of the envelope names.

        A repetition counts its attempts in the body, so the id is made of what stays the same.
        Raises SignatureError.
        """
        own = self.settings.webhook
        given = delivery(self.name, raw_body, headers, at)
        hmac_base64("x-docusign-signature-*")(given, [key.get_secret_value() for key in own.secrets])
        body = json_object(given)
        sent_at = within(given, moment(body.get("generatedDateTime")), own.window)
        event, data = str(body.get("event") or ""), body.get("data")
        envelope = str(data.get("envelopeId") or "") if isinstance(data, dict) else ""
        recipient = str(data.get("recipientId") or "") if isinstance(data, dict) else ""
        parts = (event, envelope, recipient, str(body.get("configurationId") or ""), sent_at.isoformat())
        digest = hashlib.sha256("|".join(parts).encode("utf-8", "replace")).hexdigest()
        return WebhookEvent(
            id=f"{self.name}:{digest}",
            event=event,
            record=self._announced(body) if event in self.settings.read_on else None,
            sent_at=sent_at,
            webhook=str(body.get("configurationId") or ""),
            payload=body,
        )

    def _announced(self, body: Row) -> str | None:
        """The contract that a signed envelope is. Navigator's agreements come to be hours later: none."""
        if self.settings.product != "clm":
            return None
        named = {shown(each.get("name")): shown(each.get("value")) for each in _custom_fields(body)}
        return next((named[name] for name in self.settings.envelope_fields if named.get(name)), None)

    def _raws(self, rows: list[Row]) -> tuple[tuple[RawRecord, ...], list[Problem]]:
        """Raw records; a problem for each row that does not say what or when it is. Papers are left out."""
        records: list[RawRecord] = []
        problems: list[Problem] = []
        needed = self.settings.contract_if
        for row in rows:
            if needed and not text(self._held.values(row)[0], needed):
                continue
            try:
                records.append(self._raw(row))
            except Skippable as error:
                problems.append(error.problem())
        return tuple(records), problems

    def _raw(self, row: Row) -> RawRecord:
        """The record with its parent's number, which it may name only by DocuSign's id."""
        own_id, changed_at = self._held.own_id(row), self._held.changed_at(row)
        with shaped(self.name, own_id):
            values, _ = self._held.values(row)
            parent = text(values, self.settings.names.parent)
        data: dict[str, Any] = {"row": row}
        if parent:
            data["parent"] = self._number(parent)
        return RawRecord(kind="contract", id=own_id, data=data, updated_at=changed_at)

    def _number(self, parent: str) -> str:
        """The number of a contract named by its id; the id where that is the number, or is not to be seen."""
        names = self.settings.names.number
        if not GUID.fullmatch(parent) or names == ("id",):
            return parent
        if parent not in self._numbers:
            try:
                found = text(self._held.values(self._held.record(parent))[0], names)
            except NotFound:
                return parent
            self._numbers[parent] = found or parent
        return self._numbers[parent]


def _custom_fields(body: Row) -> Iterator[Row]:
    """The custom fields in a message of Connect, where it holds them."""
    found: Any = body
    for step in ("data", "envelopeSummary", "customFields"):
        found = found.get(step) if isinstance(found, dict) else None
    for kind in ("textCustomFields", "listCustomFields"):
        held = found.get(kind) if isinstance(found, dict) else None
        yield from (each for each in (held if isinstance(held, list) else ()) if isinstance(each, dict))


PROFILE = Profile(
    kind="docusign",
    title="DocuSign CLM and Navigator",
    area="CLM",
    settings=DocusignSettings,
    make=Docusign,
    reads=(
        "CLM: documents of folders with their attributes and hierarchy, and the documents themselves",
        "Navigator: agreements, their parent and documents",
        "webhooks of Connect",
    ),
    writes=("CLM: tasks as reminders, or by a configured workflow", "CLM: attributes of documents"),
    proved=(
        ("specification", "Navigator: every request against the vendor's OpenAPI file"),
        ("documentation", "reads, writes and webhooks against a stand-in"),
    ),
    waits=(
        "CLM: whether folders list attributes with `expand`; else each document is asked for",
        "CLM: whether a search finds a contract by a number in its attributes, and by a folder alone",
        "CLM: how days of attributes are told; whether changing one attribute leaves its group's others",
        "CLM: which document was deleted: the lists do not say",
        "CLM: how soon a workflow's work item is there: until then a task may be repeated",
        "Navigator: whether its filter knows the time of change; without it the whole list is read",
        "Navigator: whether the link to a document takes the same token",
    ),
)
