"""From Ariba's contract workspaces to our contracts, pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from obligations.document import Problem
from obligations.facts import Source
from obligations.model import Relation
from tools.ariba.fields import day, inner, rows, shown, text
from tools.kit.contracts import RawContract
from tools.kit.errors import Skippable
from tools.kit.paging import Row
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.ariba.settings import AribaSettings

_HIERARCHY: dict[str, Relation] = {
    "standalone": "standalone",
    "standaloneagreement": "standalone",
    "masteragreement": "master",
}
_VALUES = ("textValue", "value", "bigDecimalValue", "integerValue", "dateValue", "simpleTextValue")


def contract_of(settings: AribaSettings, system: str, raw: RawRecord) -> RawContract:
    """A workspace's metadata. Raises Skippable for one without number, title or time of change."""
    row: Row = raw.data.get("row") or {}
    number, title = named(row, settings.contract_number), text(row, "title")
    record = text(row, "contractId")
    if not number or not title or not record or raw.updated_at is None:
        remedy = "Complete the workspace, or `contract_number` in the settings."
        raise Skippable(system, "a workspace without number, title or change", place=raw.id, remedy=remedy)
    problems: list[Problem] = []

    def read(name: str) -> date | None:
        try:
            return day(row.get(name), ZoneInfo(settings.zone))
        except ValueError:
            what = f"{name} is no day: {shown(row.get(name))[:40]!r}"
            problems.append(
                Problem(stage="sync", what=what, place=raw.id, remedy="Correct it in the workspace.")
            )
            return None

    key = text(row, "supplier.systemID")
    kind = text(row, "contractType", "templateId")
    parent = shown(raw.data.get("parent"))
    departments = rows(row, "departments")
    agreed, effective, expires = (read(n) for n in ("agreementDate", "effectiveDate", "expirationDate"))
    return RawContract(
        id=number,
        record_id=record,
        title=title,
        type=settings.types.get(kind, kind),
        relation=_relation(settings, row, parent),
        parent=parent or None,
        business_unit=text(departments[0], "name", "uniqueName") if departments else "",
        counterparty=text(row, "supplier.name"),
        party_keys={system: key} if key else {},
        agreed_on=agreed,
        effective_on=effective,
        expires_on=expires,
        status=text(row, "contractStatus"),
        updated_at=raw.updated_at,
        source=source_of(settings, system, record, number),
        problems=tuple(problems),
    )


def parent_of(row: Row) -> str:
    """The id of the workspace above; empty where there is none."""
    return text(row, "parentAgreement.contractId", "parentAgreement", "parentAgreementId")


def source_of(settings: AribaSettings, system: str, record: str, label: str) -> Source:
    """Where a workspace stands."""
    url = settings.web_url.format(id=record) if settings.web_url else ""
    return Source(system=system, record=f"contract/{record}", url=url, label=label)


def named(row: Row, names: Sequence[str]) -> str:
    """The first filled field of a workspace, one of its own or a custom one by its id."""
    return next((held for name in names if (held := text(row, name) or custom(row, name))), "")


def custom(row: Row, field: str) -> str:
    """The value of a custom field; empty where there is none."""
    for each in rows(row, "customFields"):
        if shown(each.get("fieldId")) == field:
            values = (inner(each, name) for name in _VALUES)
            flat = (held[0] if isinstance(held, list) and held else held for held in values)
            return next((found for one in flat if (found := shown(one))), "")
    return ""


def _relation(settings: AribaSettings, row: Row, parent: str) -> Relation | None:
    """What it is to its parent: by the settings' word for the kind of amendment or for its place in the
    hierarchy, else by Ariba's."""
    word = text(row, "hierarchicalType")
    ours = {key.casefold(): held for key, held in settings.relations.items()}
    amended = ours.get(text(row, "amendmentType").casefold())
    known = amended or (_HIERARCHY | ours).get(word.replace(" ", "").casefold())
    return known or (None if parent or word else "standalone")
