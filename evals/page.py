"""The gate's report as a page of its own: one HTML file without scripts, styles inside, all text escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from evals.gate import STOPS, Flip, GateReport
from evals.report import gate_figures, said, spent_rows

STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --bad: #cf222e; --dim: #6e7781; --line: #d0d7de; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); }
th { text-align: left; } td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .dim { color: var(--dim); }
.verdict { font-weight: 600; font-size: 1.2rem; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
dl { margin: .4rem 0 .4rem 1.4rem; display: grid; grid-template-columns: 6rem 1fr; gap: .2rem 1rem; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
"""


def gate_html(report: GateReport) -> str:
    """The whole page."""
    title = f"Gate: {report.candidate} against {report.live}"
    verdict = ("good", "Passed") if report.passed else ("bad", "Stopped")
    worse = [flip for flip in report.flips if not flip.better]
    better = [flip for flip in report.flips if flip.better]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="verdict {verdict[0]}">{verdict[1]}</p>',
        _reasons(report.stops),
        f'<p class="dim">{escape(_origin(report))}</p>',
        _rows(report),
        *_spent(report),
        f"<h2>{len(worse)} cases worse, {len(better)} better</h2>",
        *(_flip(flip) for flip in (*worse, *better)),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _origin(report: GateReport) -> str:
    rests_on = report.provenance
    parts = [f"eval {report.task}", f"{report.at:%Y-%m-%d %H:%M %Z}"]
    if rests_on is not None:
        prompts = (f"{name} {digest}" for name, digest in rests_on.prompts.items())
        parts += [f"model {rests_on.model}", f"cases {rests_on.cases}", f"code {rests_on.code}", *prompts]
    return " · ".join(parts)


def _reasons(stops: Sequence[str]) -> str:
    if not stops:
        return "<p>Nothing that gates got worse than allowed.</p>"
    return "<ul>" + "".join(f'<li class="bad">{escape(stop)}</li>' for stop in stops) + "</ul>"


def _rows(report: GateReport) -> str:
    head = ("metric", f"live {report.live}", report.candidate, "difference", "95 %", "floor", "")
    lines = []
    for row in report.rows:
        mark = "bad" if row.verdict in STOPS else "dim"
        figures = "".join(f'<td class="n">{escape(cell)}</td>' for cell in gate_figures(row))
        lines.append(f'<td>{escape(row.metric)}</td>{figures}<td class="{mark}">{escape(said(row))}</td>')
    return _table(head, lines)


def _spent(report: GateReport) -> list[str]:
    rows = [
        f'<td>{escape(name)}</td><td class="n">{escape(live)}</td><td class="n">{escape(now)}</td>'
        for name, live, now in spent_rows(report)
    ]
    return ["<h2>What it took</h2>", _table(("", "live", "candidate"), rows)] if rows else []


def _table(head: Iterable[str], lines: Iterable[str]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return f"<table><tr>{top}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _flip(flip: Flip) -> str:
    mark, word = ("good", "better") if flip.better else ("bad", "worse")
    said_ = (("expected", flip.expected), ("live", flip.live), ("candidate", flip.candidate))
    body = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in said_)
    return (
        f'<details><summary><span class="{mark}">{word}</span> {escape(flip.title)} '
        f'<span class="dim">{escape(flip.group)}</span></summary><dl>{body}</dl></details>'
    )
