"""The clause library and the playbook: the house's own clauses, and how far it gives way.

Both are data. `load_library(folder)` reads `folder/library/*.yaml` and `folder/playbook.yaml`; the
format is described beside the files. Values keep the names of the typed terms.
"""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ConfigDict, Field, ValidationError, model_validator

from extraction.errors import LibraryError
from obligations.quantities import Frozen

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast safe loader where libyaml is there."""

Position = Literal["preferred", "fallback", "not_acceptable"]
Side = Literal["customer", "supplier"]


class LibraryClause(Frozen):
    """One clause of the library; `side` is the side we are on when we use or meet it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str
    kind: str
    title: str
    position: Position
    side: Side = Field(alias="for")
    text: str
    terms: dict[str, Any] = Field(default_factory=dict)
    why: str = ""


class Comparison(Frozen):
    """One comparison of a stated value: exactly one of the four is given."""

    at_least: Any = None
    at_most: Any = None
    equals: Any = None
    one_of: tuple[Any, ...] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Comparison":
        given = [
            value for value in (self.at_least, self.at_most, self.equals, self.one_of) if value is not None
        ]
        if len(given) != 1:
            raise ValueError("a comparison states exactly one of at_least, at_most, equals, one_of")
        return self


class PlaybookRule(Frozen):
    """What we ask for in one term, for clauses whose terms are those of `when`."""

    term: str
    when: dict[str, Any] = Field(default_factory=dict)
    preferred: Comparison
    fallback: Comparison | None = None
    why: str = ""


class Playbook(Frozen):
    version: int = 1
    escalate_to: dict[Side, str] = Field(default_factory=dict)
    kinds: dict[str, dict[Side, tuple[PlaybookRule, ...]]] = Field(default_factory=dict)

    def rules(self, kind: str, side: Side) -> tuple[PlaybookRule, ...]:
        return self.kinds.get(kind, {}).get(side, ())


class Library(Frozen):
    clauses: tuple[LibraryClause, ...] = ()
    playbook: Playbook = Playbook()

    def of_kind(self, kind: str, side: Side | None = None) -> tuple[LibraryClause, ...]:
        return tuple(c for c in self.clauses if c.kind == kind and (side is None or c.side == side))


def load_library(folder: Path) -> Library:
    """Read the library and the playbook under `folder`.

    Raises LibraryError naming the file and the field when one is missing, is no YAML, or holds what it
    must not hold.
    """
    directory = folder / "library"
    if not directory.is_dir():
        raise LibraryError(
            f"no clause library at {directory}",
            remedy="give the folder that holds library/ and playbook.yaml",
        )
    clauses: list[LibraryClause] = []
    for path in sorted(directory.glob("*.yaml")):
        clauses += _clauses(path)
    doubled = {clause.id for clause in clauses if sum(c.id == clause.id for c in clauses) > 1}
    if doubled:
        raise LibraryError(
            f"clause id {min(doubled)!r} is used twice in {directory}", remedy="give each clause its own id"
        )
    return Library(clauses=tuple(clauses), playbook=_playbook(folder / "playbook.yaml"))


def _clauses(path: Path) -> list[LibraryClause]:
    found = []
    entries = _yaml(path)
    if not isinstance(entries, list):
        raise LibraryError(f"{path} is not a list of clauses", remedy="start each clause with '- id:'")
    for number, entry in enumerate(entries, start=1):
        try:
            clause = LibraryClause.model_validate(entry)
        except ValidationError as error:
            raise LibraryError(
                f"{path}, clause {number}: {_first(error)}", remedy="correct the field named"
            ) from error
        if clause.kind != path.stem:
            raise LibraryError(
                f"{path}, clause {clause.id}: kind is {clause.kind!r}", remedy="move it to its kind's file"
            )
        found.append(clause)
    return found


def _playbook(path: Path) -> Playbook:
    try:
        return Playbook.model_validate(_yaml(path) or {})
    except ValidationError as error:
        raise LibraryError(f"{path}: {_first(error)}", remedy="correct the field named") from error


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe loaders
    except FileNotFoundError as error:
        raise LibraryError(f"{path} is missing", remedy="add the file or give another folder") from error
    except yaml.YAMLError as error:
        raise LibraryError(f"{path} is not YAML: {error}", remedy="correct the line named") from error


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    return f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
