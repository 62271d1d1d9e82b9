"""What was found, as data for machines and as text for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from benchmarks.incident_policy.clock import Ran
from benchmarks.incident_policy.limits import within
from benchmarks.incident_policy.log import HALVES, Incident
from benchmarks.incident_policy.policy import limit_words
from benchmarks.incident_policy.search import Found

_EDGE = 15
_SHOWN = 4
_NONE = {"incidents": 0}


@dataclass(frozen=True)
class Verdicts:
    """Incidents of one half, the minutes on their clocks, and what a policy says of each."""

    incidents: Sequence[Incident]
    ran: Sequence[Ran]
    made: Sequence[bool]

    @classmethod
    def of(cls, incidents: Sequence[Incident], ran: Sequence[Ran], limits: Mapping[str, int]) -> "Verdicts":
        return cls(incidents, ran, [within(parts, limits) for parts in ran])

    def accuracy(self) -> dict[str, Any]:
        """Right and all, in total, by priority, and as a confusion of said and recorded."""
        return {
            **_share(zip(self.incidents, self.made, strict=True)),
            "by_priority": {
                name: _share(
                    (i, made) for i, made in zip(self.incidents, self.made, strict=True) if i.priority == name
                )
                for name in sorted({incident.priority for incident in self.incidents})
            },
            "confusion": {
                f"{_word(said)}, recorded as {_word(recorded)}": sum(
                    made == said and incident.made == recorded
                    for incident, made in zip(self.incidents, self.made, strict=True)
                )
                for said in (True, False)
                for recorded in (True, False)
            },
        }

    def missed(self, limits: Mapping[str, int], bulk: frozenset[datetime]) -> list[dict[str, Any]]:
        """Every incident of which the policy says something else than the log, grouped by `_why`; `bulk` as
        of `bulk_hours`."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for incident, parts, made in zip(self.incidents, self.ran, self.made, strict=True):
            if made != incident.made:
                miss = _miss(incident, parts, limits)
                groups.setdefault(_why(incident, miss["past_limit_minutes"], bulk), []).append(miss)
        ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        return [{"why": why, "count": len(some), "incidents": some} for why, some in ordered]


def _share(pairs: Iterable[tuple[Incident, bool]]) -> dict[str, Any]:
    right = [made == incident.made for incident, made in pairs]
    share = round(sum(right) / len(right), 5) if right else None
    return {"incidents": len(right), "right": sum(right), "accuracy": share}


def _word(made: bool) -> str:
    return "made" if made else "missed"


def _miss(incident: Incident, parts: Ran, limits: Mapping[str, int]) -> dict[str, Any]:
    """`past_limit_minutes` is negative where the clock was within the limit."""
    name, minutes = max(parts, key=lambda part: part[1] - limits.get(part[0], 0), default=("", 0))
    return {
        "number": incident.number,
        "priority": name or incident.priority,
        "recorded": _word(incident.made),
        "clock_minutes": minutes,
        "past_limit_minutes": minutes - limits.get(name, 0),
        "updates_not_in_log": incident.updates_not_in_log,
    }


def bulk_hours(incidents: Sequence[Incident]) -> frozenset[datetime]:
    """The hours in which more than a twentieth of all incidents were closed: not by hand, one by one."""
    hours = Counter(_hour(i.closed_at) for i in incidents if i.closed_at is not None)
    return frozenset(hour for hour, count in hours.items() if count * 20 > len(incidents))


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0)


def _why(incident: Incident, past: int, bulk: frozenset[datetime]) -> str:
    """The first circumstance that can account for a miss. What the log cannot account for is said so."""
    if abs(past) <= _EDGE:
        return f"within {_EDGE} minutes of the limit: the log keeps no seconds, and a mark is set late"
    if len({update.priority for update in incident.updates}) > 1:
        return "its priority changed: the log does not say under which priorities a clock ran"
    if any(a.state == "Closed" and b.state != "Closed" for a, b in pairwise(incident.updates)):
        return "closed, reopened and closed again: the mark may stand for either closing"
    if incident.made and incident.closed_at is not None and _hour(incident.closed_at) in bulk:
        return "past the limit but left marked as made when a bulk run closed it with many others"
    if incident.made and incident.updates_not_in_log:
        return "past the limit but left marked as made; the log lacks some of its updates"
    if incident.made:
        return "past the limit but left marked as made: no reason in the log"
    return "within the limit but marked as missed: no reason in the log"


def text(result: Mapping[str, Any]) -> str:
    """The report for people."""
    policy, halves = result["policy"], result["halves"]
    lines = ["The policy", f"  {policy['sentence']}", ""]
    lines += ["Incidents whose made_sla is told rightly"]
    lines += [f"  {'':28}{'search half':>22}{'held-out half':>22}"]
    lines.append(_row("this policy", [halves[half]["policy"] for half in HALVES]))
    both = [halves[half]["policy"]["by_priority"] for half in HALVES]
    lines += [_row(f"  {p}", [by.get(p, _NONE) for by in both]) for p in sorted({*both[0], *both[1]})]
    lines.append(_row("wall clock to resolution", [halves[half]["baseline"] for half in HALVES]))
    lines += _baseline_note(result)
    lines.append(
        f"  {policy['policies_tried']} policies were tried; the search half, with limits that fit its other "
        f"folds, has {policy['misses_with_limits_of_other_folds']} misses."
    )
    lines += ["", "Confusion on the held-out half"]
    confusion = halves["held_out"]["policy"]["confusion"]
    lines += [f"  {name:28}{count:>22}" for name, count in confusion.items()]
    for half, title in (("held_out", "held-out"), ("search", "search")):
        lines += ["", f"Misses of the {title} half", *_missed_lines(halves[half]["missed"])]
    lines += ["", f"  The log lacks updates of {result['lacking_updates']:.0%} of all incidents."]
    lines += ["", "What each part is worth (misses on the search half, all else as found)"]
    lines += _trial_lines(policy["parts"])
    lines += ["", "Limits the search half cannot tell apart", *_limit_lines(policy)]
    lines += ["", *_product_lines(result["product"])]
    goal = "reached" if result["reached"] else "MISSED"
    lines.append(f"Goal 99.0 % on the held-out half: {goal}; ambition 99.5 %: {result['ambition']}")
    return "\n".join(lines)


def _row(name: str, cells: Sequence[Mapping[str, Any]]) -> str:
    return f"  {name:28}{_cell(cells[0]):>22}{_cell(cells[1]):>22}"


def _cell(row: Mapping[str, Any]) -> str:
    if not row["incidents"]:
        return "-"
    return f"{row['right']} of {row['incidents']} {row['accuracy']:.2%}"


def _baseline_note(result: Mapping[str, Any]) -> list[str]:
    baseline = result["halves"]["held_out"]["baseline"]
    limits = ", ".join(f"{p} {limit_words(m)}" for p, m in result["baseline_limits"].items())
    return [
        "",
        f"  The wall clock runs from opened_at to resolved_at, with the limits that fit best: {limits}.",
        f"  It is judged on the {baseline['incidents']} held-out incidents that state resolved_at; on those",
        f"  this policy tells {_cell(result['halves']['held_out']['policy_where_resolved'])}.",
    ]


def _missed_lines(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [] if groups else ["  none"]
    for group in groups:
        lines.append(f"  {group['count']:>3}  {group['why']}")
        for miss in group["incidents"][:_SHOWN]:
            past = miss["past_limit_minutes"]
            gap = f"{limit_words(abs(past))} {'past' if past > 0 else 'within'} the limit"
            lacking = miss["updates_not_in_log"]
            more = f", {lacking} updates not in the log" if lacking else ""
            lines.append(
                f"       {miss['number']} {miss['priority']} recorded as {miss['recorded']}, {gap}{more}"
            )
        if group["count"] > _SHOWN:
            lines.append(f"       and {group['count'] - _SHOWN} more")
    return lines


def _trial_lines(parts: Mapping[str, Any]) -> list[str]:
    lines = []
    for part, trial in parts.items():
        lines.append(f"  {part:16} {trial['misses']:>5}  {trial['value']}")
        others = trial["others"][:_SHOWN]
        lines += [f"  {'':16} {other['misses']:>5}    not {other['value']}" for other in others]
    return lines


def _limit_lines(policy: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, (low, high) in policy["limit_ranges_minutes"].items():
        top = f"to under {limit_words(high)}" if high is not None else "upwards"
        lines.append(f"  {name:16}{limit_words(low)} {top}")
    tied = policy["tied_hours"][1:]
    lines.append("  Hours as good as those chosen:" if tied else "  No other hours are as good.")
    return [*lines, *(f"    {hours}" for hours in tied)]


def _product_lines(product: Mapping[str, Any]) -> list[str]:
    return [
        f"The product's own rule on {product['tickets']} tickets read by its own connector:",
        f"  disagreements with the search's arithmetic: {product['disagreements']}"
        f" ({', '.join(product['examples']) or 'none'}); undetermined: {product['undetermined']}",
        f"  held-out half by the product: {_cell(product['held_out'])}",
    ]


def parts_of(found: Found) -> dict[str, Any]:
    """Each part of the policy with what its other values cost, cheapest first."""
    parts: dict[str, Any] = {}
    for trial in found.trials:
        if trial.chosen:
            parts[trial.part] = {"value": trial.value, "misses": trial.misses, "others": []}
        else:
            parts[trial.part]["others"].append({"value": trial.value, "misses": trial.misses})
    return parts
