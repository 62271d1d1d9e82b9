"""How well did each vendor deliver, year by year, on real order lines?

    python -m benchmarks.deliveries --data DIR [--json] [--target 90]

DIR holds `scms_delivery_history.csv`, the public delivery history of the Supply Chain Management System
(USAID): 7,779 order lines. Every line becomes an order line and a delivery of the product, and its own rule
`delivery_performance` counts: lines delivered by their scheduled day, and lines delivered on that very day
(early is also late). The year is that of the scheduled day. Bad dates are listed, and none is guessed.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.delivery_history import DELIVERED, SCHEDULED, Line, facts_of, read
from obligations.document import Span
from obligations.facts import Fact
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Outcome
from obligations.rules import assess
from obligations.terms import DeliveryPerformance, DeliveryTime

_READINGS = {"on_time": None, "on_the_day": "P0D"}
"""What counts: in time however early, or on the scheduled day itself."""

ALL = "all vendors"


def run(folder: Path, target: str) -> dict[str, Any]:
    """Read the history, ask the rule about every vendor and about all of them together."""
    began = time.perf_counter()
    lines = read(folder)
    facts = facts_of(lines)
    years = sorted({on.year for line in lines if (on := line.sure(SCHEDULED)) is not None})
    at = _after(lines)
    every = [fact for own in facts.by_vendor.values() for fact in own]
    rows = _rows(ALL, tuple(facts.by_vendor), every, (years, at, target))
    for vendor in sorted(facts.by_vendor):
        rows += _rows(vendor, (vendor,), facts.by_vendor[vendor], (years, at, target))
    bad = [vars(each) for line in lines for each in line.bad]
    return {
        "lines": len(lines),
        "vendors": len(facts.by_vendor),
        "target_percent": target,
        "performance": rows,
        "bad_dates": bad,
        "bad_dates_by_field_and_reason": _grouped(bad),
        "delivered_days_not_relied_on": sum(line.sure(DELIVERED) is None for line in lines),
        "lines_in_no_year": sum(line.sure(SCHEDULED) is None for line in lines),
        "orders_without_a_day": facts.undated_orders,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _after(lines: Iterable[Line]) -> AsOf:
    """The first day of the year after the last date of the history."""
    last = max(on for line in lines for on in line.dates.values() if on is not None)
    return AsOf.at(datetime(last.year + 1, 1, 1, tzinfo=UTC))


def _rows(
    name: str, vendors: tuple[str, ...], facts: Sequence[Fact], how: tuple[Sequence[int], AsOf, str]
) -> list[dict[str, Any]]:
    """The years of one vendor in which anything was due, by both readings."""
    years, at, target = how
    found: dict[str, dict[str, Any]] = {}
    for reading, early in _READINGS.items():
        promise = _promise(vendors, (years[0], years[-1]), target, early)
        for assessment in assess(promise, facts, at, date(years[0], 1, 1)):
            if assessment.outcome is not Outcome.NOT_APPLICABLE:
                year = assessment.occurrence.key
                row = found.setdefault(
                    year, {"vendor": name, "year": int(year), "lines": _counted(assessment)}
                )
                row[reading] = _measured(assessment)
    return [found[year] for year in sorted(found)]


def _promise(vendors: tuple[str, ...], years: tuple[int, int], target: str, early: str | None) -> Obligation:
    """At least `target` percent of a year's lines by the day promised for the line."""
    given: dict[str, Any] = {"date_kind": "promised", "evidence": "receipt", "early": early, "zone": "UTC"}
    terms = DeliveryPerformance(
        measure="on_time",
        level="line",
        percent=target,
        per="year",
        excused="left_out",
        zone="UTC",
        promise=DeliveryTime(**given),
    )
    quote = f"{target} % of the lines of a year by their scheduled day"
    span = Span(document_id="benchmark", start=0, end=len(quote), quote=quote)
    return Obligation(
        id=f"history/{early or 'by'}",
        contract="history",
        kind="delivery_performance",
        debtor=vendors[0] if len(vendors) == 1 else None,
        creditor="us",
        us="us",
        affiliates=vendors,
        zone="UTC",
        starts_on=date(years[0], 1, 1),
        ends_on=date(years[1], 12, 31),
        terms=(DatedTerms(terms=terms, span=span, contract="history"),),
    )


def _counted(found: Assessment) -> int:
    return sum(step.rule.endswith(".line") for step in found.trail)


def _measured(found: Assessment) -> dict[str, Any]:
    share = found.measured.value if found.measured else None
    return {
        "percent": str(round(share, 2)) if share is not None else None,
        "outcome": found.outcome.value,
        "missing": list(found.missing),
    }


def _grouped(bad: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    """Bad dates counted: those that are none by their text, contradictions together."""
    kinds = Counter((b["field"], b["value"] if b["reason"] == "not a date" else "contradiction") for b in bad)
    return [{"field": name, "value": value, "count": n} for (name, value), n in kinds.most_common()]


def text(result: dict[str, Any]) -> str:
    """The result as a table."""
    shown = [
        f"{result['lines']} order lines of {result['vendors']} vendors. Share of lines delivered by their "
        f"scheduled day, and on that very day, against {result['target_percent']} %.",
        "",
        f"{'vendor':46} {'year':>5} {'lines':>6} {'on time':>10} {'that day':>10}  outcome",
    ]
    for row in result["performance"]:
        percents = (f"{row[reading]['percent'] or '?':>8} %" for reading in _READINGS)
        outcome = row["on_time"]["outcome"]
        shown.append(
            f"{row['vendor'][:46]:46} {row['year']:>5} {row['lines']:>6} {' '.join(percents)}  {outcome}"
        )
    shown += [
        "",
        f"{len(result['bad_dates'])} dates that are none or contradict another (--json lists them):",
    ]
    shown += [f"{g['count']:>6}  {g['field']}: {g['value']}" for g in result["bad_dates_by_field_and_reason"]]
    contradictions = [b for b in result["bad_dates"] if b["reason"] != "not a date"]
    shown += ["", "Contradictions:"] if contradictions else []
    shown += [f"  row {b['row']}: {b['field']} {b['value']} {b['reason']}" for b in contradictions]
    shown += [
        "",
        f"{result['delivered_days_not_relied_on']} delivered days contradict another date and were given to "
        "the rule as not known: they count as not in time; where that could matter it is undetermined.",
        f"{result['lines_in_no_year']} lines have no scheduled day to rely on and are in no year.",
        f"{result['orders_without_a_day']} orders have no day of order; no figure rests on it.",
        f"{result['seconds']} s",
    ]
    return "\n".join(shown)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="delivery performance of real order lines")
    parser.add_argument("--data", type=Path, required=True, help="folder with the history")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--target", default="90", help="promised share in percent")
    given = parser.parse_args(argv)
    result = run(given.data, given.target)
    print(json.dumps(result, indent=2) if given.json else text(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
