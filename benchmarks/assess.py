"""How fast is the core? Clocks against businesstimedelta, a million tickets, one new fact, cost against size.

    python -m benchmarks.assess [--json] [--only clock|million|size|fact] [--tickets 1000000] [--facts 100000]

- clock: `elapsed` and `due` of `OpenTime` (one call each) and of `obligations.bulk` (all at once) against
  businesstimedelta on the same pairs. Results are compared first: a figure is only printed for equal results.
- million: tickets with pauses and priority changes against response and resolution of four priorities. What
  counts is everything from the columns of the export to outcomes: ordering events, histories, pauses, clocks,
  due times, and the full rule for the tickets that leave a doubt. What does not: inventing the tickets, and
  the words and trail of each, which the full rule writes when a ticket is looked at. A sample is judged both
  ways.
- size: the same at three sizes, per ticket.
- fact: one more version of a ticket, or one more ticket, among many facts in a `Ledger`.

Each part runs in a process of its own, so that its memory is its own.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks.business_time import SUPPORT, ZONE, clock, timed
from obligations.document import Span
from obligations.facts import Ticket, TicketEvent
from obligations.ledger import Ledger
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.rules import assess
from obligations.service.ticket_clock import ticket_clock
from obligations.terms import ResolutionTime, ResponseTime

PARTS = ("clock", "million", "size", "fact")
LIMITS = {"P1": ("PT1H", "PT6H"), "P2": ("PT2H", "PT12H"), "P3": ("PT4H", "PT24H"), "P4": ("PT8H", "PT48H")}
SAMPLE = 1_000


def promises() -> list[Obligation]:
    """Response and resolution of four priorities; P1 and P2 around the clock, P3 and P4 in support hours."""
    found = []
    for priority, (response, resolution) in LIMITS.items():
        business = priority in ("P3", "P4")
        shared: dict[str, Any] = {
            "priority": priority,
            "clock": "business" if business else "calendar",
            "calendar": SUPPORT if business else None,
            "pauses_on": ("awaiting_customer",),
        }
        for terms in (ResponseTime(within=response, **shared), ResolutionTime(within=resolution, **shared)):
            quote = f"{priority} {terms.kind}"
            span = Span(document_id="IC-1", start=0, end=len(quote), quote=quote)
            found.append(
                Obligation(
                    id=f"IC-1/{quote}",
                    contract="IC-1",
                    kind=terms.kind,
                    key=priority,
                    debtor="vendor",
                    creditor="us",
                    us="us",
                    zone=ZONE,
                    terms=(DatedTerms(terms=terms, span=span, contract="IC-1"),),
                )
            )
    return found


def million(tickets: int) -> dict[str, Any]:
    """All promises on all tickets, with the memory of the whole process."""
    from benchmarks.tickets import NOW, ticket_columns

    started = time.perf_counter()
    columns = ticket_columns(tickets)
    invented = time.perf_counter() - started
    found = _assessed(columns, AsOf.at(NOW))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    checked, words = _checked(columns, found.pop("verdicts"), AsOf.at(NOW))
    return {
        "tickets": tickets,
        "events": len(columns.events.at),
        "promises": len(promises()),
        **found,
        "peak_rss_mb": round(peak),
        "same_as_the_full_rule": checked,
        "not_counted": {"inventing_s": round(invented, 2), **words},
    }


def _assessed(columns: Any, at: AsOf) -> dict[str, Any]:
    """From columns to outcomes, the doubtful tickets by the full rule."""
    from benchmarks.tickets import fact_of
    from obligations.bulk.tickets import NEEDS_RULE, OUTCOMES, assess_columns

    started = time.perf_counter()
    asked = promises()
    verdicts = assess_columns(asked, columns, at)
    by_columns = time.perf_counter() - started
    outcomes: Counter[str] = Counter()
    doubtful = 0
    for promise, verdict in zip(asked, verdicts, strict=True):
        for code, name in enumerate(OUTCOMES):
            outcomes[name.value] += int((verdict.outcome == code).sum())
        facts = [fact_of(columns, int(number)) for number in verdict.ticket[verdict.outcome == NEEDS_RULE]]
        doubtful += len(facts)
        outcomes.update(assessment.outcome.value for assessment in assess(promise, facts, at))
    total = time.perf_counter() - started
    return {
        "total_s": round(total, 2),
        "by_columns_s": round(by_columns, 2),
        "by_full_rule_s": round(total - by_columns, 2),
        "by_full_rule": doubtful,
        "outcomes": dict(sorted((name, count) for name, count in outcomes.items() if count)),
        "verdicts": verdicts,
    }


def _checked(columns: Any, verdicts: Any, at: AsOf) -> tuple[int, dict[str, float]]:
    """Verdicts on a sample of tickets that are the same by the full rule, and what the full rule costs. Any
    difference ends the run."""
    from benchmarks.tickets import fact_of
    from obligations.bulk.arrays import instant_of
    from obligations.bulk.columns import columns_of
    from obligations.bulk.tickets import NEEDS_RULE, OUTCOMES
    from obligations.trail import zone_of

    numbers = sorted(random.Random(1).sample(range(columns.size), min(SAMPLE, columns.size)))  # noqa: S311
    facts = [fact_of(columns, number) for number in numbers]
    reading_facts, _ = timed(lambda: columns_of(facts, at.known_at), 3)
    checked, rule_s = 0, 0.0
    for promise, verdict in zip(promises(), verdicts, strict=True):
        terms = promise.terms[0].terms
        assert isinstance(terms, ResponseTime | ResolutionTime)
        reading = ticket_clock(terms, zone_of(promise, terms, at))
        assert not isinstance(reading, str)
        judged = {int(number): row for row, number in enumerate(verdict.ticket)}
        started = time.perf_counter()
        by_rule = {int(found.occurrence.key[3:]): found for found in assess(promise, facts, at)}
        rule_s += time.perf_counter() - started
        for number in numbers:
            row, found = judged.get(number), by_rule.get(number)
            if row is not None and verdict.outcome[row] == NEEDS_RULE:
                continue
            if row is None or found is None:
                same = row is None and found is None
            else:
                same = OUTCOMES[verdict.outcome[row]] is found.outcome
                if found.occurrence.due_at is not None:
                    same = same and instant_of(found.occurrence.due_at) == verdict.due_at[row]
                    same = same and found.measured == reading.quantity(int(verdict.used[row]))
            if not same:
                raise SystemExit(f"ticket {number}, {promise.id}: the columns and the rule differ")
            checked += found is not None
    costs = {"full_rule_us": rule_s / max(1, checked), "columns_of_facts_us": reading_facts / len(facts)}
    return checked, {name: round(cost * 1e6, 1) for name, cost in costs.items()}


def size(largest: int) -> list[dict[str, Any]]:
    """Cost per ticket at three sizes, and how it compares with that at the smallest."""
    from benchmarks.tickets import NOW, ticket_columns

    rows: list[dict[str, Any]] = []
    for count in (largest // 100, largest // 10, largest):
        columns = ticket_columns(count)
        best, _ = timed(lambda columns=columns: _assessed(columns, AsOf.at(NOW)), 2)  # type: ignore[misc]
        rows.append({"tickets": count, "s": round(best, 3), "us_per_ticket": round(best / count * 1e6, 2)})
    for row in rows:
        row["of_the_smallest"] = round(row["us_per_ticket"] / rows[0]["us_per_ticket"], 2)
    return rows


def fact(count: int) -> dict[str, Any]:
    """A new version of a ticket, and a new ticket, in a ledger of many."""
    from benchmarks.tickets import NOW, fact_of, ticket_columns

    added = 200
    columns = ticket_columns(count + added)
    at = AsOf.at(NOW)
    resolution = next(p for p in promises() if p.kind == "resolution_time" and p.key == "P3")
    facts = [fact_of(columns, number) for number in range(count)]
    started = time.perf_counter()
    ledger = Ledger(resolution, facts, at)
    whole = time.perf_counter() - started
    news = [fact_of(columns, number) for number in range(count, count + added)]
    comment = TicketEvent(at=NOW, change="comment", value="any news?", by="customer")
    for held in facts[:: max(1, count // added)]:
        assert isinstance(held.data, Ticket)
        newer = held.data.model_copy(update={"events": (*held.data.events, comment)})
        news.append(held.model_copy(update={"id": f"{held.id}/2", "known_at": NOW, "data": newer}))
    times = []
    for new in news:
        started = time.perf_counter()
        ledger.add(new)
        times.append((time.perf_counter() - started) * 1000)
    return {
        "facts": count,
        "whole_s": round(whole, 2),
        "added": len(news),
        "one_fact_ms": round(statistics.median(times), 3),
        "one_fact_ms_p95": round(sorted(times)[int(len(times) * 0.95)], 3),
    }


def table(part: str, found: Any) -> str:
    """The figures of a part as lines that people read, beside what is aimed at."""
    return "\n".join([f"{part}", *(f"  {line}" for line in _LINES[part](found))])


def _clock_lines(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "microseconds a call; all results are equal. Goal: 150x one by one, 500x at once; ambition 300x, 700x"
    ]
    for calendar in dict.fromkeys(row["calendar"] for row in rows):
        lines += [calendar, "  up to   call     businesstimedelta   one by one          all at once"]
        lines += [
            f"  {row['days_apart']:>2} days {row['call']:<8} {row['businesstimedelta_us']:>17.1f}"
            f"   {row['pure_us']:>6.2f} ({row['pure_times_faster']:>5,}x)"
            f"   {row['vectorised_us']:>8.4f} ({row['vectorised_times_faster']:>8,}x)"
            for row in rows
            if row["calendar"] == calendar
        ]
    return lines


def _million_lines(found: dict[str, Any]) -> list[str]:
    return [
        f"{found['tickets']:,} tickets with {found['events']:,} events against {found['promises']} promises",
        f"{found['total_s']} s, goal 20 s, ambition 10 s",
        f"{found['peak_rss_mb']} MB peak memory of the process, goal 1,500 MB, ambition 1,000 MB",
        f"of it {found['by_full_rule_s']} s by the full rule for {found['by_full_rule']:,} in doubt",
        f"outcomes: {', '.join(f'{name} {count:,}' for name, count in found['outcomes'].items())}",
        f"{found['same_as_the_full_rule']:,} verdicts of a sample are the same by the full rule",
        "counted: from the columns of the export to outcomes, time used and due times",
        f"not counted: inventing the tickets ({found['not_counted']['inventing_s']} s)",
        f"not counted: words and trails (full rule: {found['not_counted']['full_rule_us']} µs a verdict)",
        f"not counted: columns of facts, where there are facts already "
        f"({found['not_counted']['columns_of_facts_us']} µs a ticket)",
    ]


def _size_lines(rows: list[dict[str, Any]]) -> list[str]:
    return ["goal: linear, the same for each ticket at every size"] + [
        f"{row['tickets']:>9,} tickets {row['s']:>7.3f} s {row['us_per_ticket']:>6.2f} µs a ticket, "
        f"{row['of_the_smallest']:.2f} of that at the smallest"
        for row in rows
    ]


def _fact_lines(found: dict[str, Any]) -> list[str]:
    return [
        f"one more among {found['facts']:,}: {found['one_fact_ms']} ms, 95 of 100 within "
        f"{found['one_fact_ms_p95']} ms; goal 5 ms. Assessing all of them takes {found['whole_s']} s"
    ]


_LINES: dict[str, Callable[[Any], list[str]]] = {
    "clock": _clock_lines,
    "million": _million_lines,
    "size": _size_lines,
    "fact": _fact_lines,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed of the core.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        parts: dict[str, Callable[[], Any]] = {
            "clock": clock,
            "million": lambda: million(given.tickets),
            "size": lambda: size(given.tickets),
            "fact": lambda: fact(given.facts),
        }
        print(json.dumps(parts[given.only]()))
        return
    found = {}
    for part in (given.only,) if given.only else PARTS:
        sizes = ["--tickets", str(given.tickets), "--facts", str(given.facts)]
        command = [sys.executable, "-m", "benchmarks.assess", "--here", "--only", part, *sizes]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SystemExit(run.stderr)
        found[part] = json.loads(run.stdout)
        if not given.json:
            print(table(part, found[part]), flush=True)
    if given.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
