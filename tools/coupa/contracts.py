"""From Coupa's contracts to ours, pure: number, parties, days, and what hangs below what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obligations.facts import Source
from tools.coupa.fields import text
from tools.kit.contracts import RawContract
from tools.kit.errors import Skippable
from tools.kit.paging import Row
from tools.kit.values import day
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.coupa.connector import CoupaSettings


def contract_of(settings: CoupaSettings, system: str, raw: RawRecord) -> RawContract:
    """A contract's metadata. Raises Skippable for one without number or name."""
    row: Row = raw.data.get("row") or {}
    number, name = contract_number(settings, row), text(row, "name")
    path = f"contracts/{raw.id}"
    if not number or not name or raw.updated_at is None:
        remedy = "Complete the contract, or `contract_fields` in the settings."
        raise Skippable(system, "no number or no name", place=path, remedy=remedy)
    parents = (row.get(key) for key in ("parent", "master-contract"))
    parent: Row = next((held for held in parents if isinstance(held, dict) and held), {})
    key, kind = text(row, "supplier.number"), text(row, "contract-type.name")
    return RawContract(
        id=number,
        record_id=text(row, "id"),
        title=name,
        type=settings.types.get(kind, kind),
        relation=settings.relations.get(kind) or (None if parent else "standalone"),
        parent=contract_number(settings, parent) or None,
        counterparty=text(row, "supplier.name"),
        party_keys={system: key} if key else {},
        agreed_on=day(row.get("execution-date")),
        effective_on=day(row.get("start-date")),
        expires_on=day(row.get("end-date")),
        status=text(row, "status"),
        updated_at=raw.updated_at,
        source=Source(system=system, record=path, url=settings.page(path), label=number),
    )


def contract_number(settings: CoupaSettings, row: Row) -> str:
    """What people call a contract: the first of the configured fields that is filled."""
    return next((held for field in settings.contract_fields if (held := text(row, field))), "")
