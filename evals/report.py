"""Results as Markdown and as JSON: figures first, then each case that is wrong or that flipped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evals.gate import Flip, GateReport, Row, Spent
from evals.passes import passes
from evals.provenance import Provenance
from evals.score import Item, Measure, TaskResult

LISTED = 200
"""Most items listed one by one; the rest is counted."""


def run_markdown(
    results: Sequence[TaskResult],
    baselines: Mapping[str, Sequence[Row]],
    rests_on: Mapping[str, Provenance],
) -> str:
    """A run: for each eval its figures beside the baseline, by group, and the items that failed."""
    parts = ["# Eval run"]
    for result in results:
        parts += [f"## {result.task}", _origin(result.engine, rests_on.get(result.task))]
        held = baselines.get(result.task)
        parts.append(_rows_table(held, "baseline", "now") if held else _measures_table(result.measures))
        parts += _groups(result)
        failed = [item for item in result.items if not item.passed]
        parts.append(f"### {len(failed)} of {len(result.items)} items not as expected")
        parts += [_item(item) for item in failed[:LISTED]]
        if len(failed) > LISTED:
            parts.append(f"… and {len(failed) - LISTED} more.")
    return "\n\n".join(parts) + "\n"


def gate_markdown(report: GateReport) -> str:
    """A gate's report: the result, the figures of both, and every item that flipped."""
    parts = [
        f"# Gate: {report.candidate} against {report.live}",
        f"**{'Passed' if report.passed else 'Stopped'}.**" + _reasons(report.stops),
        _origin(f"eval {report.task}", report.provenance),
        _gate_table(report),
        *_spent(report),
        f"## {len(report.flips)} items flipped",
    ]
    parts += [_flip(flip) for flip in report.flips[:LISTED]]
    if len(report.flips) > LISTED:
        parts.append(f"… and {len(report.flips) - LISTED} more.")
    return "\n\n".join(parts) + "\n"


def run_json(
    results: Sequence[TaskResult],
    baselines: Mapping[str, Sequence[Row]],
    rests_on: Mapping[str, Provenance],
    replicates: int = 1,
) -> dict[str, Any]:
    """The same content as plain values, with pass^1 and pass^k over the replicates."""
    return {
        "tasks": [
            {
                **result.model_dump(mode="json"),
                "passes": held.model_dump() if (held := passes(result, replicates)) else None,
                "provenance": rests.model_dump(mode="json") if (rests := rests_on.get(result.task)) else None,
                "baseline": [row.model_dump(mode="json") for row in baselines.get(result.task, ())],
            }
            for result in results
        ]
    }


def gate_json(report: GateReport) -> dict[str, Any]:
    return {"passed": report.passed, **report.model_dump(mode="json")}


def figure(value: float | None, signed: bool = False) -> str:
    """A figure with three decimals, or a dash."""
    if value is None:
        return "–"
    shown = round(value, 3) + 0.0  # no minus in front of zero
    return f"{shown:+.3f}" if signed else f"{shown:.3f}"


def _reasons(stops: Sequence[str]) -> str:
    return (
        "".join(f"\n- {stop}" for stop in stops) if stops else " Nothing that gates got worse than allowed."
    )


def _origin(engine: str, rests_on: Provenance | None) -> str:
    if rests_on is None:
        return f"Engine: {engine}."
    prompts = ", ".join(f"{name} `{digest}`" for name, digest in rests_on.prompts.items())
    parts = [f"Engine: {engine}", f"cases `{rests_on.cases}`", f"code `{rests_on.code}`"]
    parts += [f"prompts {prompts}"] if prompts else []
    parts += [f"model {rests_on.model}"] if rests_on.model else []
    return "; ".join(parts) + "."


def _rows_table(rows: Sequence[Row], live: str, candidate: str) -> str:
    head = ("metric", live, candidate, "difference", "floor", "")
    return _table(head, [(r.metric, *figures(r), said(r)) for r in rows])


def figures(row: Row) -> tuple[str, str, str, str]:
    """Live, candidate, difference and floor as text."""
    difference = figure(row.difference, signed=True)
    return figure(row.live), figure(row.candidate), difference, figure(row.floor)


def said(row: Row) -> str:
    return f"{row.verdict} ({row.note})" if row.note else row.verdict


def _gate_table(report: GateReport) -> str:
    head = (
        "metric",
        f"live {report.live}",
        f"candidate {report.candidate}",
        "difference",
        "95 %",
        "floor",
        "",
    )
    return _table(head, [(r.metric, *gate_figures(r), said(r)) for r in report.rows])


def gate_figures(row: Row) -> tuple[str, str, str, str, str]:
    """Live, candidate, difference, the interval of the difference and the floor as text."""
    live, candidate, difference, floor = figures(row)
    ends = "" if row.low is None else f"{figure(row.low, signed=True)} … {figure(row.high, signed=True)}"
    if row.low is not None and row.low == row.high:
        ends = "no case differs"
    return live, candidate, difference, ends, floor


def _spent(report: GateReport) -> list[str]:
    rows = spent_rows(report)
    return ["## What it took", _table(("", "live", "candidate"), rows)] if rows else []


def spent_rows(report: GateReport) -> list[tuple[str, str, str]]:
    """Calls, tokens, seconds and money of both sides as text; nothing where it was not counted."""
    if report.spent is None:
        return []
    sides = (report.spent_live, report.spent)

    def both(of: Callable[[Spent], str]) -> tuple[str, str]:
        first, second = ("–" if side is None else of(side) for side in sides)
        return first, second

    rows = [
        ("calls", *both(lambda s: str(s.usage.calls))),
        ("replies repaired", *both(lambda s: str(s.usage.repaired))),
        ("tokens in and out", *both(lambda s: f"{s.usage.input_tokens} + {s.usage.output_tokens}")),
        ("tokens per case", *both(lambda s: f"{s.tokens_per_case:.0f}")),
        ("median seconds per case", *both(lambda s: f"{s.median_s:.2f}")),
    ]
    if report.spent.cost is not None:
        rows.append(("cost", *both(lambda s: "–" if s.cost is None else f"{s.currency} {s.cost:.4f}")))
    return rows


def _measures_table(measures: Sequence[Measure]) -> str:
    body = [
        (m.metric, figure(m.value), str(m.scored), str(m.unscored or ""), m.note or _informs(m))
        for m in measures
    ]
    return _table(("metric", "value", "scored", "unscored", ""), body)


def _informs(measure: Measure) -> str:
    return "" if measure.gated else "informs"


def _groups(result: TaskResult) -> list[str]:
    """The gated figures of each group, where there are several."""
    if len(result.by_group) < 2:
        return []
    names = [m.metric for m in result.measures if m.gated]
    body = []
    for group, measures in result.by_group.items():
        held = {m.metric: m.value for m in measures}
        body.append((group, *(figure(held.get(name)) for name in names)))
    return ["### By class", _table(("class", *names), body)]


def _item(item: Item) -> str:
    return (
        f"- **{cell(item.title)}** ({item.group}, `{cell(item.id)}`)\n"
        f"  - expected: {cell(item.expected)}\n  - got: {cell(item.got)}"
    )


def _flip(flip: Flip) -> str:
    mark = "better" if flip.better else "worse"
    return (
        f"- {mark}: **{cell(flip.title)}** ({flip.group})\n  - expected: {cell(flip.expected)}\n"
        f"  - live: {cell(flip.live)}\n  - candidate: {cell(flip.candidate)}"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_line(head), "|" + "---|" * len(head)]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell(c) for c in cells) + " |"


def cell(text: str) -> str:
    """Outside text in Markdown: one line, nothing that reads as a table, a link or HTML."""
    flat = " ".join(text.split())
    for character in "\\|<>[]`*_":
        flat = flat.replace(character, "\\" + character)
    return flat
