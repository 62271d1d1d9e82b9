"""A folder of CSV files as a source: propose how to read it, preview, then sync it like any system."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import FlowError
from flows.parties import slug
from obligations.document import Problem
from obligations.facts import Fact

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from tools.files import FilesDrop

ROWS = 5
HEAD = ("record", "occurred", "party", "contract", "what")


@dataclass(frozen=True)
class Sample:
    """The first rows of one file as facts."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class FolderPreview:
    """How a folder of CSV files would be read; nothing was stored."""

    map_yaml: str
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]


def folder(path: Path, map_file: Path) -> "FilesDrop":
    """The connector of a folder; its name, and so its watermarks, come from the folder's name."""
    from tools.files import FilesDrop

    return FilesDrop(_there(path), map_file, f"files-{slug(path.resolve().name)}")


def preview_folder(pacta: "Pacta", path: Path, map_file: Path | None) -> FolderPreview:
    """The given map, or a proposed one, with what the first rows of each file would give."""
    from tools.files import dump_map, load_map, preview, propose_map

    zone = pacta.settings.company.zone
    column_map = load_map(map_file) if map_file is not None else propose_map(_there(path), zone)
    samples: list[Sample] = []
    problems: list[Problem] = []
    for shown in preview(_there(path), column_map, ROWS):
        rows = tuple(
            (
                fact.source.label or fact.source.record,
                f"{fact.occurred_at:%Y-%m-%d %H:%M %Z}",
                fact.party_hint,
                fact.contract_hint,
                what(fact),
            )
            for fact in shown.facts
        )
        samples.append(Sample(f"{shown.file} as {shown.kind}", HEAD, rows))
        problems += shown.problems
    return FolderPreview(dump_map(column_map), tuple(samples), tuple(problems))


def what(fact: Fact) -> str:
    """What a fact says beyond when and about whom, on one line."""
    data = fact.data.model_dump(mode="json", exclude={"kind", "events"}, exclude_defaults=True)
    return ", ".join(f"{name} {value}" for name, value in data.items())


def _there(path: Path) -> Path:
    if not path.is_dir():
        raise FlowError(f"{path} is not a folder", remedy="give the folder that holds the CSV files")
    return path
