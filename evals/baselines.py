"""Baselines: what was measured when a state was accepted, as JSON with what it rested on."""

from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from evals.errors import CaseError
from evals.gate import Row, bar, rows
from evals.provenance import Provenance
from evals.score import TaskResult
from obligations.quantities import Frozen

FOLDER = Path(__file__).parent / "baselines"


class Baseline(Frozen):
    """One eval's accepted result: its figures, and which items failed."""

    task: str
    engine: str
    at: AwareDatetime
    provenance: Provenance
    measures: dict[str, float | None]
    items: int
    failed: tuple[str, ...]


def baseline_of(result: TaskResult, rests_on: Provenance, at: datetime) -> Baseline:
    return Baseline(
        task=result.task,
        engine=result.engine,
        at=at,
        provenance=rests_on,
        measures={m.metric: None if m.value is None else round(m.value, 6) for m in result.measures},
        items=len(result.items),
        failed=tuple(sorted(item.id for item in result.items if not item.passed)),
    )


def save(baseline: Baseline, folder: Path = FOLDER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{baseline.task}.json"
    path.write_text(baseline.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def load(task: str, folder: Path = FOLDER) -> Baseline | None:
    """The accepted result of an eval; None when none was kept. Raises CaseError for a damaged file."""
    path = folder / f"{task}.json"
    if not path.exists():
        return None
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise CaseError(f"{path} is not a baseline: {error}", remedy="write it anew") from error


def against(result: TaskResult, held: Baseline) -> tuple[Row, ...]:
    """The result's figures beside the accepted ones."""
    return rows(held.measures, result.measures, bar(result.task))
