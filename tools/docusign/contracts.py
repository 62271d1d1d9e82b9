"""From the fields of a document or agreement to a contract, pure; what is unreadable becomes a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from obligations.document import Problem
from obligations.model import Relation
from tools.docusign.fields import day, shown
from tools.kit.contracts import RawContract
from tools.kit.downloads import safe_name
from tools.kit.errors import Skippable
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.docusign.settings import DocusignSettings


def text(values: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first filled field as text."""
    return next((held for name in names if (held := shown(values.get(name)))), "")


def contract_of(
    settings: DocusignSettings,
    system: str,
    raw: RawRecord,
    values: Mapping[str, Any],
    document: str,
    notes: Sequence[str] = (),
) -> RawContract:
    """A contract's metadata. `values` are its fields by name, `document` the signed document's name, empty
    where there is none; `notes` become problems. Raises Skippable for one without number, title or time of
    change."""
    reader = _Reader(settings, system, raw, values)
    for what in notes:
        reader.problem(what, "Complete `our_names` in the settings, or the agreement.")
    return reader.contract(document)


class _Reader:
    """Reads the fields of one record."""

    def __init__(
        self, settings: DocusignSettings, system: str, raw: RawRecord, values: Mapping[str, Any]
    ) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._values = values
        self._problems: list[Problem] = []

    def contract(self, document: str) -> RawContract:
        own, names = self._settings, self._settings.names
        number, title = self._text(names.number), self._text(names.title)
        if not number or not title or not self._raw.id or self._raw.updated_at is None:
            what = "a contract without number, title or time of change"
            remedy = "Complete it in DocuSign, or `fields` in the settings."
            raise Skippable(self._system, what, place=self._raw.id, remedy=remedy)
        kind = self._text(names.type)
        aliases = (part.strip() for part in self._text(names.aliases).split(","))
        return RawContract(
            id=number,
            record_id=self._raw.id,
            title=title,
            type=own.types.get(kind, kind),
            relation=self._relation(),
            parent=shown(self._raw.data.get("parent")) or None,
            business_unit=self._text(names.business_unit),
            counterparty=self._text(names.counterparty),
            aliases=tuple(filter(None, aliases)),
            party_keys={key: held for key, at in names.party_keys.items() if (held := self._text(at))},
            us=self._text(names.us),
            agreed_on=self._day(names.agreed_on),
            effective_on=self._day(names.effective_on),
            expires_on=self._day(names.expires_on),
            governing_law=self._text(names.governing_law),
            status=self._text(names.status),
            document_name=safe_name(document) if document else None,
            updated_at=self._raw.updated_at,
            source=own.source(self._system, self._raw.id, title),
            problems=tuple(self._problems),
        )

    def problem(self, what: str, remedy: str) -> None:
        self._problems.append(Problem(stage="sync", what=what, place=self._raw.id, remedy=remedy))

    def _relation(self) -> Relation | None:
        """What the record says it is to its parent. Navigator tells a type of agreement only: words that are
        not configured say nothing there. Without a word, a record with a parent stays open."""
        own, names = self._settings, self._settings.names
        said = self._text(names.relation)
        known: dict[str, Relation] = {word: word for word in get_args(Relation)}
        known |= {word.casefold(): relation for word, relation in own.relations.items()}
        if said.casefold() in known:
            return known[said.casefold()]
        if said and names.relation != names.type:
            self.problem(f"unknown relation {said[:40]!r}", "Add it to `relations` in the settings.")
            return None
        return "standalone" if names.parent and not self._raw.data.get("parent") else None

    def _text(self, names: Sequence[str]) -> str:
        return text(self._values, names)

    def _day(self, names: Sequence[str]) -> date | None:
        """The first filled field as a day; a problem where it is none."""
        held = next((name for name in names if shown(self._values.get(name))), "")
        if not held:
            return None
        try:
            return day(self._values[held], self._settings.zone, self._settings.date_formats)
        except ValueError:
            said = shown(self._values[held])[:40]
            self.problem(f"{held} is no day: {said!r}", "Correct it in DocuSign, or set `date_formats`.")
            return None
