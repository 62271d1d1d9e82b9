"""The verbs every connector speaks, and the nouns they pass: Stream, RawRecord, Batch, Health.

A connector reads: `check`, `discover`, `read`, and `to_facts`, which is pure: the same raw record
gives the same facts, without network or clock. A writer finds before it creates.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from pydantic import AwareDatetime, Field

from obligations.document import Problem
from obligations.facts import Fact, Source
from obligations.model import Action
from obligations.quantities import Frozen
from tools.kit.errors import ConnectorError, Fatal, Skippable


class Stream(Frozen):
    """One kind of record a system can be asked for. `facts` are the fact kinds it may yield."""

    kind: str
    label: str
    facts: tuple[str, ...] = ()
    watermark: str = Field(default="", description="what `read` resumes on, in the system's own words")


class RawRecord(Frozen):
    """A record as the system gave it, with what else was needed to read it, before interpretation.

    `id` is the system's own identifier; `data` is plain JSON (numbers with decimals are Decimal);
    `updated_at` is the source's last change where it states one.
    """

    kind: str
    id: str
    data: dict[str, Any]
    updated_at: AwareDatetime | None = None


class Batch(Frozen):
    """Records read together. Storing `cursor` after them lets the next `read` go on from there.

    Records may come again in a later batch or read: consumers key them by fact id.
    """

    records: tuple[RawRecord, ...]
    cursor: str
    problems: tuple[Problem, ...] = ()


class Health(Frozen):
    """What `check` found: can we reach the system, and do our rights suffice."""

    system: str
    ok: bool
    detail: str
    problems: tuple[Problem, ...] = ()


@runtime_checkable
class Connector(Protocol):
    """What every system we read offers."""

    @property
    def name(self) -> str:
        """The connector's name in the settings; `Source.system` of its facts."""

    def check(self) -> Health:
        """Reach the system and try our rights. Raises nothing: a failure is a Health that says so."""

    def discover(self) -> tuple[Stream, ...]:
        """The kinds of record this connector can read."""

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Batches changed since `cursor` (None: everything).

        Raises Retryable, or Fatal where a person must act; batches already given stay valid.
        """

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a record, possibly several versions of one. Raises Skippable for a bad one."""


@runtime_checkable
class Writer(Protocol):
    """What every system we write to offers. Everything it writes comes from an approved Action."""

    @property
    def name(self) -> str: ...

    def find(self, reference: str, target: str = "") -> Source | None:
        """The outside record that carries our `reference`; `target` narrows the search."""

    def create(self, action: Action) -> Source:
        """Carry out the action once: an outside record with its reference is returned, not repeated.

        Raises Retryable (`maybe_done` when the answer was lost) or Fatal.
        """


class Harvest(Frozen):
    """The facts of some records, and what was wrong with the records that gave none."""

    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...] = ()


_SHAPES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@contextmanager
def shaped(vendor: str, place: str) -> Iterator[None]:
    """Reading one record: what it raises because nobody foresaw the record's shape becomes Skippable, so
    that one strange record does not stop the reading of all others."""
    try:
        yield
    except ConnectorError:
        raise
    except _SHAPES as error:
        raise Skippable(
            vendor,
            f"the record has another shape than expected ({type(error).__name__})",
            place=place,
            remedy="Compare it with others of its kind in the source; if it is as it should be, report it.",
        ) from error


@contextmanager
def readable(vendor: str, place: str, remedy: str) -> Iterator[None]:
    """Interpreting one record: a value that is none of its kind becomes Skippable, with what is wrong."""
    try:
        yield
    except Skippable:
        raise
    except ValueError as error:
        raise Skippable(vendor, f"cannot be read: {error}", place=place, remedy=remedy) from error


def harvest(connector: Connector, records: Iterable[RawRecord]) -> Harvest:
    """Facts of all records; an unusable one becomes a problem and the rest goes on."""
    facts: list[Fact] = []
    problems: list[Problem] = []
    for raw in records:
        try:
            with shaped(connector.name, f"{raw.kind} {raw.id}"):
                facts.extend(connector.to_facts(raw))
        except Skippable as error:
            problems.append(error.problem())
    return Harvest(facts=tuple(facts), problems=tuple(problems))


def probe(system: str, trials: Mapping[str, Callable[[], object]]) -> Health:
    """Health from some trial requests: each is named, runs on its own and may raise ConnectorError."""
    problems: list[Problem] = []
    works: list[str] = []
    for name, trial in trials.items():
        try:
            trial()
        except ConnectorError as error:
            problems.append(error.problem("check"))
        else:
            works.append(name)
    detail = f"can read {', '.join(works)}" if works else "can read nothing"
    return Health(system=system, ok=not problems, detail=detail, problems=tuple(problems))


def unknown_kind(vendor: str, kind: str, streams: Iterable[Stream]) -> Fatal:
    """The error for a kind that the connector does not have."""
    known = ", ".join(stream.kind for stream in streams)
    return Fatal(vendor, f"there is no kind {kind!r}", remedy=f"Ask for one of: {known}.")
