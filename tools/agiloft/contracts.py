"""From Agiloft's contract records to ours, pure; what is unreadable becomes a problem."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, get_args

from obligations.document import Problem
from obligations.model import Relation
from tools.agiloft.fields import day, files, shown, text
from tools.kit.contracts import RawContract
from tools.kit.errors import Skippable
from tools.kit.paging import Row
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.agiloft.connector import AgiloftSettings


def contract_of(settings: AgiloftSettings, system: str, raw: RawRecord) -> RawContract:
    """A contract's metadata. Raises Skippable for one without number, title or time of change."""
    return _Reader(settings, system, raw).contract()


class _Reader:
    """Reads the fields of one record."""

    def __init__(self, settings: AgiloftSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._row: Row = raw.data.get("row") or {}
        self._place = f"{settings.table}/{raw.id}"
        self._problems: list[Problem] = []

    def contract(self) -> RawContract:
        row, names = self._row, self._settings.fields
        number, title = text(row, names.number), text(row, names.title)
        if not number or not title or self._raw.updated_at is None:
            what = "a contract without number, title or time of change"
            remedy = "Complete it in Agiloft, or `fields` in the settings."
            raise Skippable(self._system, what, place=self._place, remedy=remedy)
        kind = text(row, names.type)
        attached = files(row.get(self._settings.attachment))
        last = self._settings.attachment_position == "last"
        return RawContract(
            id=number,
            record_id=shown(row.get("id")),
            title=title,
            type=self._settings.types.get(kind, kind),
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
            document_name=attached[-1 if last else 0] if attached else None,
            updated_at=self._raw.updated_at,
            source=self._settings.source(self._system, shown(row.get("id")), title),
            problems=tuple(self._problems),
        )

    def _relation(self) -> Relation | None:
        """What the record says it is to its parent. Without a word for it, a contract with a parent stays
        open; one without stands alone, as far as the settings name a field for parents."""
        names = self._settings.fields
        said = text(self._row, names.relation)
        known: dict[str, Relation] = {word: word for word in get_args(Relation)}
        known |= {word.casefold(): relation for word, relation in self._settings.relations.items()}
        if said.casefold() in known:
            return known[said.casefold()]
        if said:
            self._problem(f"unknown relation {said[:40]!r}", "Add it to `relations` in the settings.")
            return None
        return "standalone" if names.parent and not self._raw.data.get("parent") else None

    def _day(self, names: Sequence[str]) -> date | None:
        """The first filled field as a day; a problem where it is none."""
        held = next((name for name in names if shown(self._row.get(name))), "")
        if not held:
            return None
        try:
            return day(self._row.get(held), self._settings.date_format, self._settings.zone)
        except ValueError:
            said = shown(self._row.get(held))[:40]
            self._problem(f"{held} is no day: {said!r}", "Correct it in Agiloft, or `date_format`.")
            return None

    def _problem(self, what: str, remedy: str) -> None:
        self._problems.append(Problem(stage="sync", what=what, place=self._place, remedy=remedy))
