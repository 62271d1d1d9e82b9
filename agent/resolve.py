"""Names to parties, records and services to contracts: who and what a plan is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.answer import Clarify, Option
from agent.deps import NameMatch
from agent.desk import Desk
from agent.intents import looks_like_a_name
from agent.plan import Plan

CLOSE = 0.02
"""Scores this near are equal: the name is ambiguous."""

_ORDINALS = {
    "first": 0,
    "1": 0,
    "1st": 0,
    "one": 0,
    "second": 1,
    "2": 1,
    "2nd": 1,
    "third": 2,
    "3": 2,
    "3rd": 2,
}


@dataclass
class Resolved:
    """The plan with ids, the contracts it is about, or why it cannot be resolved."""

    plan: Plan
    contracts: list[str] = field(default_factory=list)
    clarify: Clarify | None = None
    missing: str = ""


def resolve(plan: Plan, desk: Desk) -> Resolved:
    """Fills parties and contracts. `clarify` when a name means several, `missing` when something the
    question names is not there."""
    parties, contracts = list(plan.parties), list(plan.contracts)
    notes = list(plan.notes)
    if not parties and not contracts:
        for said in plan.names:
            matches = _best(said, desk.names(said))
            if not matches:
                return Resolved(plan, missing=f"name:{said}")
            if len(matches) > 1:
                return Resolved(plan, clarify=_ask_back(said, matches))
            (parties if matches[0].kind == "party" else contracts).append(matches[0].id)
    if not (plan.has_subject or plan.follow_up) and _points_nowhere(plan):
        return Resolved(plan, clarify=Clarify(question="Which party, contract or record do you mean?"))
    if not (parties or contracts or plan.records or plan.services):
        described, understood = _described(plan, desk)
        contracts += described
        # "Have we received the hygiene report?" is about one promise, though it names nobody.
        one = bool(described and plan.intent == "list" and plan.yes_no)
        known = {"unknown": tuple(w for w in plan.unknown if w not in understood)}
        plan = plan.model_copy(update={**known, **({"intent": "status"} if one else {})})
    stranger = _stranger(plan)
    if stranger and not (parties or contracts):
        return Resolved(plan, missing=f"name:{stranger}")
    named = {c.casefold(): c for c in desk.contracts}
    contracts += [named[r.casefold()] for r in plan.records if r.casefold() in named]
    plan = plan.model_copy(update={"records": tuple(r for r in plan.records if r.casefold() not in named)})
    if plan.services and not (parties or contracts or plan.records) and not _scope(plan, desk):
        return Resolved(plan, missing=f"name:{plan.services[0]}")
    if plan.records:
        found = _of_records(plan.records, desk)
        if found is None:
            return Resolved(plan, missing=f"record:{plan.records[0]}")
        contracts = contracts or found
    own = {
        w.casefold().strip(".,") for p in parties if p in desk.parties for w in desk.parties[p].name.split()
    }
    plan = plan.model_copy(
        update={
            "unknown": tuple(w for w in plan.unknown if w.casefold() not in own),
            "parties": tuple(dict.fromkeys(parties)),
            "contracts": tuple(dict.fromkeys(contracts)),
            "notes": tuple(notes),
        }
    )
    return Resolved(plan, _scope(plan, desk))


def _best(said: str, matches: Sequence[NameMatch]) -> list[NameMatch]:
    """The matches of the whole name where there are any, best score first; parties before contracts."""
    matches = [m for m in matches if m.said.casefold() == said.casefold()] or list(matches)
    if not matches:
        return []
    top = max(m.score for m in matches)
    near = [m for m in matches if m.score >= top - CLOSE]
    parties = [m for m in near if m.kind == "party"]
    return list({m.id: m for m in parties or near}.values())


def _points_nowhere(plan: Plan) -> bool:
    """ "Why is it a breach?" and "what happened?" at the start of a conversation."""
    alone = plan.intent in ("reason", "timeline") and not (plan.kinds or plan.outcomes or plan.priorities)
    return alone or (plan.refers_back and plan.intent in ("reason", "wording", "date", "status", "timeline"))


def _stranger(plan: Plan) -> str:
    """A word nobody understood that stands where a name would: most likely somebody we do not know."""
    if plan.intent in ("help", "out_of_scope"):
        return ""
    capitalised = [w for w in plan.unknown if looks_like_a_name(w)]
    if capitalised:
        return capitalised[0]
    lonely = plan.intent in ("status", "reason", "date", "timeline") and not plan.has_subject
    return plan.unknown[0] if plan.unknown and lonely else ""


def _described(plan: Plan, desk: Desk) -> tuple[list[str], set[str]]:
    """Contracts that a word nobody else understood describes, and those words: by their title ("the catering
    agreement"), by a report they promise or a service they promise to keep up."""
    words = {w for w in plan.unknown if len(w) > 3 and not looks_like_a_name(w)}
    if not words or plan.intent in ("help", "out_of_scope"):
        return [], set()
    told = {c: _words_of(held.title) for c, held in desk.contracts.items()}
    for o in desk.obligations(list(desk.contracts)):
        if o.kind in ("reporting", "availability"):
            told.setdefault(o.contract, set()).update(_words_of(o.key))
    meant = {w: [c for c, held in told.items() if {w, w.removesuffix("s")} & held] for w in words}
    return list(dict.fromkeys(c for held in meant.values() for c in held)), {w for w, c in meant.items() if c}


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.casefold()))


def _ask_back(said: str, matches: Sequence[NameMatch]) -> Clarify:
    options = tuple(Option(id=m.id, name=m.name, say=m.name) for m in sorted(matches, key=lambda m: m.name))
    return Clarify(question=f'Which "{said}" do you mean?', options=options)


def _of_records(records: Sequence[str], desk: Desk) -> list[str] | None:
    """Contracts that may govern these records; None when a record is not known."""
    contracts: list[str] = []
    for record in records:
        facts = desk.facts(records=[record])
        if not facts:
            return None
        for fact in facts:
            contracts += [fact.contract] if fact.contract in desk.contracts else []
            contracts += desk.contracts_of([fact.party]) if fact.party else []
    return list(dict.fromkeys(contracts))


def _scope(plan: Plan, desk: Desk) -> list[str]:
    """Contract ids the plan is about; all of them where it names nobody."""
    if plan.contracts:
        named = [c for contract in plan.contracts for c in desk.below(desk.amends(contract))]
        others = desk.contracts_of(plan.parties) if plan.parties and not _covered(plan, desk) else []
        return list(dict.fromkeys(named + others))
    if plan.parties:
        return desk.contracts_of(plan.parties)
    if plan.services:
        wanted = {s.casefold() for s in plan.services}
        return list(
            dict.fromkeys(
                o.contract
                for o in desk.obligations(desk.contracts)
                if any((getattr(d.terms, "service", None) or "").casefold() in wanted for d in o.terms)
            )
        )
    return [c for c in desk.contracts if plan.role == "any" or desk.we_sell(c) == (plan.role == "customer")]


def _covered(plan: Plan, desk: Desk) -> bool:
    """Each party named already has one of the contracts named ("the Acme MSA" names both)."""
    of = {held.counterparty for c in plan.contracts if (held := desk.contracts.get(c))}
    return set(plan.parties) <= of


def choose(reply: str, clarify: Clarify) -> Option | None:
    """The option a reply picks: by name, by a word that only it has, or by its place in the list."""
    said = set(re.findall(r"[^\W_]+", reply.casefold()))
    for option in clarify.options:
        if option.id.casefold() == reply.strip().casefold() or option.name.casefold() in reply.casefold():
            return option
    own = [(set(re.findall(r"[^\W_]+", o.name.casefold())), o) for o in clarify.options]
    common = set.intersection(*(words for words, _ in own)) if own else set()
    by_word = [o for words, o in own if (words - common) & said]
    if len(by_word) == 1:
        return by_word[0]
    place = next((_ORDINALS[w] for w in said if w in _ORDINALS), None)
    if by_word or place is None or place >= len(clarify.options):
        return None
    return clarify.options[place]
