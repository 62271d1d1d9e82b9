"""What answers asked again came to, for people and programs (`flows.drift` asks them)."""

from typing import Any

from flows.drift import DRIFT, Drift

MEANS = {
    "same": "word for word the same",
    "wording": "the same in other words",
    "data": "records or contracts of that instant are others than then",
    "outcome": "another outcome, or judgements of other promises",
    "figures": "other numbers, dates, amounts or record numbers",
    "citations": "other clauses cited",
}
"""Each class of change, the harmless ones first."""


def rows(found: Drift) -> list[tuple[str, str, str]]:
    """Each class with how many answers fell into it and what it means; what counts as drift in capitals."""
    counts = found.counts
    return [
        (change.upper() if change in DRIFT else change, str(counts.get(change, 0)), means)
        for change, means in MEANS.items()
    ]


def summary(found: Drift) -> str:
    """One sentence: the share that drifted, beside what is allowed."""
    said = f"{found.share:.1%} of {len(found.again)} answers drifted, {found.bound:.1%} allowed"
    left = ", ".join(f"{count} {reason}" for reason, count in found.skipped.items())
    return f"{said}; not asked again: {left}" if left else said


def watch_json(found: Drift) -> dict[str, Any]:
    """Everything, as JSON values."""
    body: dict[str, Any] = found.model_dump(mode="json")
    return {**body, "counts": found.counts, "share": round(found.share, 4), "passed": found.passed}
