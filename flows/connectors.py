"""The configured connectors: which there are, whether they work, what they would give, what they gave."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flows.errors import FlowError
from obligations.document import Problem
from obligations.facts import Fact
from store import Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from tools.kit.errors import Misconfigured
    from tools.kit.profile import Profile
    from tools.kit.verbs import Connector, Health


@dataclass(frozen=True)
class Listed:
    """One entry of the settings. `state` is `ready`, `problems` (of the last syncs) or `wrong settings`;
    `synced_at` the newest reading of any stream, by stream in `streams`."""

    system: str
    kind: str
    title: str
    area: str
    does: tuple[str, ...]
    state: str
    synced_at: str
    streams: Mapping[str, str]
    problem: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Previewed:
    """The first things a stream would give, newest version of each record; nothing was stored."""

    system: str
    stream: str
    facts: tuple[Fact, ...]
    contracts: tuple[Any, ...] = ()
    problems: tuple[Problem, ...] = field(default=())


def listed(pacta: "Pacta") -> list[Listed]:
    """Every configured connector, without reaching any."""
    marks: dict[str, dict[str, str]] = {}
    for row in pacta.store.watermarks():
        marks.setdefault(row["system"], {})[row["kind"]] = row["updated_at"]
    connectors = sorted(pacta.each_connector().items())
    return [_listed(pacta, name, made, marks.get(name, {})) for name, made in connectors]


def _listed(
    pacta: "Pacta", name: str, made: "Connector | Misconfigured", streams: Mapping[str, str]
) -> Listed:
    from tools.kit.errors import Misconfigured
    from tools.registry import KINDS, profile

    given = pacta.settings.connectors.get(name)
    kind = str(given.get("kind", name)) if isinstance(given, Mapping) else name
    known = profile(kind) if kind in KINDS else None
    wrong = made if isinstance(made, Misconfigured) else None
    newest = wrong.problem() if wrong else next(iter(_problems(pacta, name, streams)), None)
    return Listed(
        system=name,
        kind=kind,
        title=known.title if known else "",
        area=known.area if known else "",
        does=_does(known) if known else (),
        state="wrong settings" if wrong else "problems" if newest else "ready",
        synced_at=max(streams.values(), default=""),
        streams=streams,
        problem=f"{newest.what} ({newest.place})" if newest else "",
        remedy=newest.remedy if newest else "",
    )


def _does(known: "Profile") -> tuple[str, ...]:
    return tuple(word for word, what in (("reads", known.reads), ("writes", known.writes)) if what)


def _problems(pacta: "Pacta", name: str, streams: Mapping[str, str]) -> Iterator[Problem]:
    """What went wrong when this system was last read, newest first: nothing that a later reading mended."""
    for found in pacta.store.problems(Scope.all()):
        problem = Problem.model_validate({k: v for k, v in found.items() if k in Problem.model_fields})
        of_stream = problem.place.startswith(f"{name}/")
        if problem.stage != "sync" or not (of_stream or problem.what.startswith(f"{name}: ")):
            continue
        stream = problem.place.removeprefix(f"{name}/")
        read_at = streams.get(stream, "") if of_stream else min(streams.values(), default="")
        if found["found_at"] >= read_at:
            yield problem


def checked(pacta: "Pacta", systems: Sequence[str] | None = None) -> "list[Health]":
    """Reach each of the named (or all) connectors and try its rights; a failure is a Health that says so."""
    from tools.kit.errors import Misconfigured
    from tools.kit.verbs import Health

    results: list[Health] = []
    for name, made in _chosen(pacta, systems):
        if isinstance(made, Misconfigured):
            wrong = (made.problem("check"),)
            results.append(Health(system=name, ok=False, detail="wrong settings", problems=wrong))
        else:
            results.append(made.check())
    return results


def _chosen(
    pacta: "Pacta", systems: Sequence[str] | None
) -> "Iterator[tuple[str, Connector | Misconfigured]]":
    made = pacta.each_connector()
    for name in systems or sorted(made):
        yield name, made[name] if name in made else pacta.connector(name)


def preview(pacta: "Pacta", kind: str, count: int, system: str | None = None) -> list[Previewed]:
    """The first `count` records of every stream that is called `kind` or gives facts of that kind.

    Raises FlowError where no connector has it, ConnectorError where one cannot be read.
    """
    from tools.kit.errors import Misconfigured

    found = []
    known: set[str] = set()
    for _, made in _chosen(pacta, [system] if system else None):
        if isinstance(made, Misconfigured):
            if system:
                raise made
            continue
        for stream in made.discover():
            known |= {stream.kind, *stream.facts}
            if kind == stream.kind or kind in stream.facts:
                found.append(_first(made, stream.kind, count, "" if kind == stream.kind else kind))
    if not found:
        raise FlowError(
            f"no connector gives {kind!r}", remedy=f"ask for one of: {', '.join(sorted(known)) or 'none'}"
        )
    return found


def _first(connector: "Connector", stream: str, count: int, only: str) -> Previewed:
    """Records from the beginning of a stream until there are enough; of facts `only` one kind, if named."""
    from tools.kit.errors import Skippable
    from tools.kit.verbs import harvest

    facts: dict[tuple[str, str], Fact] = {}
    contracts: list[Any] = []
    problems: list[Problem] = []
    to_contract = getattr(connector, "to_contract", None)
    for batch in connector.read(stream, None):
        crop = harvest(connector, batch.records)
        for fact in sorted(crop.facts, key=lambda f: f.known_at):
            if only in ("", fact.data.kind):
                facts[fact.source.record, fact.data.kind] = fact
        problems += [*batch.problems, *crop.problems]
        if to_contract is not None and not crop.facts:
            for raw in batch.records:
                try:
                    contracts.append(to_contract(raw))
                except Skippable as error:
                    problems.append(error.problem())
        if len(facts) >= count or len(contracts) >= count:
            break
    shown = tuple(facts.values())[:count]
    return Previewed(connector.name, stream, shown, tuple(contracts[:count]), tuple(problems[:count]))


def counted(pacta: "Pacta") -> dict[tuple[str, str], int]:
    """Versions of facts held in the store, by system and kind."""
    return pacta.store.count_facts(Scope.all())
