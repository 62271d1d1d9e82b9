"""What a plan needs looked up beyond its promises, and what to say when nothing was found."""

from collections.abc import Iterable

from agent.desk import Desk
from agent.evidence import record_key
from agent.plan import Plan
from obligations.facts import Fact, Source
from obligations.model import Assessment

NEEDS_JUDGED = frozenset({"status", "reason", "compare"})
"""Intents that cannot be answered without a judgement."""

_LOOKS_BACK = frozenset({"status", "reason", "compare", "list", "count"})


def points_at_judged(asked: Plan) -> bool:
    """What a contract says needs no judgement, unless it is the clause of something that was judged."""
    judged = asked.focus or asked.records or "breached" in asked.outcomes
    return asked.intent != "wording" or bool(judged)


def records_of(asked: Plan, desk: Desk, contracts: Iterable[str]) -> list[Fact]:
    """The records a timeline or a date is told from; an invoice comes with its payments."""
    if asked.records and asked.intent in ("timeline", "date"):
        found = desk.facts(records=asked.records)
        numbers = {f.data.number for f in found if f.data.kind == "invoice"}
        paid = [
            f for f in desk.facts(kinds=["payment"]) if f.data.kind == "payment" and f.data.invoice in numbers
        ]
        return [*found, *paid] if numbers else found
    if asked.intent == "timeline":
        parties = {c.counterparty for i in contracts if (c := desk.contracts.get(i)) and c.counterparty}
        return desk.facts(parties=sorted(parties)) if parties else []
    return []


def behind(records: Iterable[Source], desk: Desk) -> dict[tuple[str, str], tuple[Fact, ...]]:
    """What stands in the records that claims cite, by system and record."""
    wanted = {record_key(r) for r in records}
    if not wanted:
        return {}
    found: dict[tuple[str, str], tuple[Fact, ...]] = {}
    for fact in desk.facts(records=sorted({record for _, record in wanted})):
        key = record_key(fact.source)
        if key in wanted:
            found[key] = (*found.get(key, ()), fact)
    return found


def narrowed(asked: Plan, selected: list[Assessment], desk: Desk) -> tuple[Plan, list[Assessment]]:
    """Words nobody understood may name a service that only tickets know ("Mail"): keep what they fit."""
    if not asked.unknown or not selected:
        return asked, selected
    parties = {c.counterparty for a in selected if (c := desk.contracts.get(a.contract)) and c.counterparty}
    tickets = desk.facts(parties=sorted(parties), kinds=["ticket", "outage"])
    for word in asked.unknown:
        fitting = {
            record_key(f.source)
            for f in tickets
            if word.casefold() in getattr(f.data, "service", "").casefold().split()
        }
        kept = [a for a in selected if any(record_key(r) in fitting for r in a.records)]
        if kept:
            rest = tuple(w for w in asked.unknown if w != word)
            return asked.model_copy(update={"unknown": rest, "services": (*asked.services, word)}), kept
    return asked, selected


def unjudged(asked: Plan, selected: list[Assessment], around: list[Assessment], desk: Desk) -> str:
    """What to say is missing when nothing is left to answer from; empty when something is."""
    window = asked.window
    if (
        asked.intent in _LOOKS_BACK
        and not asked.upcoming
        and window.start
        and window.start > desk.as_of.date()
    ):
        return "future"
    if selected:
        return ""
    if asked.intent in NEEDS_JUDGED:
        return "assessments"
    if asked.intent in ("list", "count") and not any(window.holds(a.occurrence.counts_on) for a in around):
        return "" if asked.upcoming and around else "assessments"
    return ""
