"""Publish what was judged for business intelligence: obligations, assessments, money at stake (Tableau).

Each goes whole the first time, then only the rows that changed and the keys of those that are no more. What
was sent last is remembered by a digest of each row, in a file beside the rest of the state; the store holds
the name of the last run, so that a file that somebody else's run has overtaken is not trusted.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import FlowError
from obligations import derived
from obligations.model import Assessment, Obligation
from store import LOCAL
from tools.kit.errors import ConnectorError, NotFound

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from tools.tableau.connector import Published, Tableau
    from tools.tableau.tables import Name, Row

KIND = "tableau"


@dataclass(frozen=True)
class Sent:
    """What became of one data source: rows sent and taken away, all of them where `whole`."""

    system: str
    table: str
    rows: int = 0
    removed: int = 0
    whole: bool = False
    title: str = ""
    url: str = ""
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class _Last:
    """What was sent last: by which run, with which columns, the digest of each row by its key."""

    run: str = ""
    columns: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)


def publish(pacta: "Pacta", systems: Sequence[str] | None = None, *, whole: bool = False) -> list[Sent]:
    """Publish to the named systems, or to all that take it; one result for each data source.

    What is sent is what the last `assess` kept, all of it: whoever may see the data source there sees every
    contract. Raises FlowError where no system publishes.
    """
    made: list[Sent] = []
    publishers = _publishers(pacta, systems)
    tables = _tables(pacta)
    for publisher in publishers:
        for name, rows in tables.items():
            try:
                made.append(_publish(pacta, publisher, name, rows, whole))
            except ConnectorError as error:
                pacta.store.put_problems([error.problem("publish")], at=pacta.clock())
                made.append(
                    Sent(
                        publisher.name,
                        name,
                        title=_title(publisher, name),
                        error=str(error),
                        remedy=error.remedy,
                    )
                )
    return made


def _publishers(pacta: "Pacta", systems: Sequence[str] | None) -> "list[Tableau]":
    from tools.tableau.connector import Tableau

    given = pacta.settings.connectors
    names = systems or sorted(name for name, one in given.items() if one.get("kind", name) == KIND)
    found = [pacta.connector(name) for name in names]
    for connector in found:
        if not isinstance(connector, Tableau):
            raise FlowError(f"{connector.name} publishes no data sources", remedy="name one of kind tableau")
    if not found:
        remedy = "add one of kind tableau under `connectors:` in pacta.yaml; see docs/connectors/tableau.md"
        raise FlowError("no system is configured that publishes data sources", remedy=remedy)
    return [connector for connector in found if isinstance(connector, Tableau)]


def _tables(pacta: "Pacta") -> "dict[Name, list[Row]]":
    """The rows of every data source, as they are now."""
    from tools.tableau.tables import assessment_rows, obligation_rows, stake_rows

    world = pacta.worlds.of(LOCAL.scope)
    held = [a for a in pacta.store.assessments(LOCAL.scope) if a.obligation in world.obligations]
    by_contract: dict[str, list[tuple[Assessment, Obligation]]] = {}
    for each in held:
        by_contract.setdefault(each.contract, []).append((each, world.obligations[each.obligation]))
    stakes = [
        (party, line)
        for party in world.parties.values()
        if not party.us
        for line in derived.at_stake(
            pair for contract in world.of_party(party.id) for pair in by_contract.get(contract, ())
        )
    ]
    return {
        "obligations": list(obligation_rows(world.obligations.values())),
        "assessments": list(assessment_rows(held)),
        "stakes": list(stake_rows(stakes)),
    }


def _publish(pacta: "Pacta", publisher: "Tableau", name: "Name", rows: "Sequence[Row]", whole: bool) -> Sent:
    from tools.tableau.tables import TABLES

    columns = digest(f"{column}:{kind}" for column, kind in TABLES[name].columns)
    now = {str(row[0]): digest(str(value) for value in row) for row in rows}
    file = pacta.settings.home / "published" / f"{publisher.name}-{name}.json"
    last = _Last() if whole else _last(file, pacta.store.watermark(publisher.name, _mark(name)))
    changed = [row for row in rows if last.rows.get(str(row[0])) != now[str(row[0])]]
    removed = sorted(last.rows.keys() - now.keys())
    run = digest((last.run, columns, *(f"{key} {now[key]}" for key in sorted(now))))
    if last.run and last.columns == columns:
        try:
            done = publisher.update(name, changed, run, removed)
        except NotFound:
            done = publisher.publish(name, rows)
    else:
        done = publisher.publish(name, rows)
    if done.anew or changed or removed:
        _remember(pacta, publisher.name, name, file, _Last(run, columns, now), done)
    return Sent(
        publisher.name,
        name,
        done.rows,
        done.removed,
        done.anew,
        title=done.source.label,
        url=done.source.url,
    )


def digest(parts: Iterable[str]) -> str:
    """A short name for some texts; the same texts always have the same one."""
    made = hashlib.blake2b(digest_size=12)
    for part in parts:
        made.update(part.encode("utf-8", "surrogatepass") + b"\x00")
    return made.hexdigest()


def _mark(name: str) -> str:
    return f"published {name}"


def _title(publisher: "Tableau", name: str) -> str:
    return str(getattr(publisher.settings.datasources, name))


def _last(file: Path, run: str | None) -> _Last:
    """What was sent last; nothing where the file is not that of the last run, or cannot be read."""
    try:
        held: Any = json.loads(file.read_text(encoding="utf-8"))
        found = _Last(
            str(held["run"]), str(held["columns"]), {str(k): str(v) for k, v in held["rows"].items()}
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Last()
    return found if found.run == run else _Last()


def _remember(pacta: "Pacta", system: str, name: str, file: Path, last: _Last, done: "Published") -> None:
    """The file first, then the store: a kill between the two makes the next run send everything."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"run": last.run, "columns": last.columns, "rows": dict(last.rows)}))
    part.replace(file)
    at = pacta.clock()
    pacta.store.set_watermark(system, _mark(name), last.run, at=at)
    told = {"table": name, "rows": done.rows, "removed": done.removed, "whole": done.anew}
    pacta.store.note(at, "publish", "publish", f"{system}/{done.source.record}", told)
