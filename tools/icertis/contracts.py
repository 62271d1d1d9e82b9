"""From Icertis' agreements to our contracts, pure; what is unreadable becomes a problem."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from obligations.document import Problem
from obligations.facts import Source
from obligations.model import Relation
from tools.icertis.fields import day, shown, text
from tools.kit.contracts import RawContract
from tools.kit.downloads import safe_name
from tools.kit.errors import Skippable
from tools.kit.paging import Row
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.icertis.settings import IcertisSettings


def contract_of(settings: IcertisSettings, system: str, raw: RawRecord) -> RawContract:
    """An agreement's metadata. Raises Skippable for one without number, name or time of change."""
    return _Reader(settings, system, raw).contract()


def source_of(settings: IcertisSettings, system: str, entity: str, record: str, label: str) -> Source:
    """Where a record stands."""
    url = settings.web_url.format(entity=entity, id=record) if settings.web_url else ""
    return Source(system=system, record=f"{entity}/{record}", url=url, label=label)


class _Reader:
    """Reads the attributes of one agreement."""

    def __init__(self, settings: IcertisSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._row: Row = raw.data.get("row") or {}
        self._entity = shown(raw.data.get("type"))
        self._problems: list[Problem] = []

    def contract(self) -> RawContract:
        row, names = self._row, self._settings.fields
        number, title = text(row, names.number), text(row, names.title)
        record = text(row, names.id)
        if not number or not title or not record or self._raw.updated_at is None:
            what = "an agreement without number, title, id or time of change"
            remedy = "Complete it in Icertis, or `fields` in the settings."
            raise Skippable(self._system, what, place=self._raw.id, remedy=remedy)
        document = text(row, names.document)
        return RawContract(
            id=number,
            record_id=record,
            title=title,
            type=self._settings.types.get(self._entity, self._entity),
            relation=self._relation(),
            parent=shown(self._raw.data.get("parent")) or None,
            business_unit=text(row, names.business_unit),
            counterparty=text(row, names.counterparty),
            aliases=tuple(filter(None, (part.strip() for part in text(row, names.aliases).split(",")))),
            party_keys={system: key for system, held in names.party_keys.items() if (key := text(row, held))},
            us=text(row, names.us),
            agreed_on=self._day(names.agreed_on),
            effective_on=self._day(names.effective_on),
            expires_on=self._day(names.expires_on),
            governing_law=text(row, names.governing_law),
            status=text(row, names.status),
            document_name=safe_name(document) if document else None,
            updated_at=self._raw.updated_at,
            source=source_of(self._settings, self._system, self._entity, record, title),
            problems=tuple(self._problems),
        )

    def _relation(self) -> Relation | None:
        """What the agreement is to its parent: its own word, the mark of an amendment, its contract type."""
        names, known = self._settings.fields, self._known()
        said = text(self._row, names.relation)
        if said.casefold() in known:
            return known[said.casefold()]
        if said:
            self._problem(f"unknown relation {said[:40]!r}", "Add it to `relations` in the settings.")
            return None
        if any(_yes(self._row.get(name)) for name in names.is_amendment):
            return "amendment"  # which may be of its parent's contract type
        if self._entity.casefold() in known:
            return known[self._entity.casefold()]
        return None if self._raw.data.get("parent") else "standalone"

    def _known(self) -> dict[str, Relation]:
        known: dict[str, Relation] = {word: word for word in get_args(Relation)}
        return known | {word.casefold(): held for word, held in self._settings.relations.items()}

    def _day(self, names: Sequence[str]) -> date | None:
        """The first filled attribute as a day; a problem where it is none."""
        held = next((name for name in names if shown(self._row.get(name))), "")
        if not held:
            return None
        try:
            return day(self._row.get(held), self._settings.zone)
        except ValueError:
            said = shown(self._row.get(held))[:40]
            self._problem(f"{held} is no day: {said!r}", "Correct it in Icertis.")
            return None

    def _problem(self, what: str, remedy: str) -> None:
        self._problems.append(Problem(stage="sync", what=what, place=self._raw.id, remedy=remedy))


def _yes(value: Any) -> bool:
    return value is True or shown(value).casefold() in ("true", "yes", "1")
