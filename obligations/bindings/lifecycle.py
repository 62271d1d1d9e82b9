"""Binding the agreement's own life: a notice hangs on the term that it ends, a renewal on both, and every
promise on the notices that may end the agreement it lives in."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from obligations.amendments import noted
from obligations.bindings.calendar import business_calendar
from obligations.bindings.contract import at_once, starts_on_of
from obligations.bindings.filling import filled, nearest, on_day
from obligations.calendars import Calendar
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.lifecycle.agreement_end import LIFE_KINDS
from obligations.model import Life, Obligation
from obligations.terms import NoticePeriod, Renewal, RenewalNotice, Term, TerminationNotice, Terms
from obligations.terms.duties import CurePeriod

_Changing = TypeVar("_Changing", Term, Renewal, TerminationNotice)


def renewing(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    term = nearest(tree, obligation, held, "term")
    renewal = nearest(tree, obligation, held, "renewal") if obligation.kind == "renewal_notice" else None
    notice = nearest(tree, obligation, held, "renewal_notice") if obligation.kind == "renewal" else None
    recorded = _recorded_term(tree, obligation) if term is None else None
    calendar, source = business_calendar(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Renewal | RenewalNotice):
            return {}, ()
        dated = [d for d in (on_day(term, on), on_day(renewal, on), on_day(notice, on)) if d is not None]
        update: dict[str, Any] = {}
        if terms.initial is None:
            update["initial"] = next((d.terms for d in dated if isinstance(d.terms, Term)), recorded)
        for each in dated:
            if isinstance(terms, RenewalNotice) and isinstance(each.terms, Renewal) and not terms.renewal:
                update["renewal"] = each.terms
            if isinstance(terms, Renewal) and isinstance(each.terms, RenewalNotice) and not terms.notice:
                update["notice"] = _period_of(each.terms, calendar)
        spans = tuple(d.span for d in dated)
        if isinstance(terms, RenewalNotice) and terms.calendar is None and calendar is not None:
            update["calendar"] = calendar
            spans += source
        return update, spans

    bound = filled(obligation, [o for o in (term, renewal, notice) if o is not None], fill)
    if recorded is not None and term is None:
        note = f"No clause on the term was read; the end {recorded.due_on} is that of the contract record."
        return bound.model_copy(update={"notes": noted(bound.notes, note)})
    return bound


def _period_of(notice: RenewalNotice, calendar: Calendar | None) -> NoticePeriod:
    values = {name: getattr(notice, name) for name in NoticePeriod.model_fields}
    return NoticePeriod(**{**values, "calendar": notice.calendar or calendar})


def _recorded_term(tree: ContractTree, obligation: Obligation) -> Term | None:
    """The term by the contract system's own dates, where no clause states one."""
    path = [tree.by_id[obligation.contract], *tree.above(obligation.contract)]
    end = next((c.expires_on for c in path if c.expires_on), None)
    return Term(due_on=end, starts_on=starts_on_of(tree, obligation)) if end is not None else None


def terminating(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The start of the agreement and the calendar of its business days."""
    calendar, source = business_calendar(tree, obligation, held)

    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, TerminationNotice):
            return {}, ()
        update: dict[str, Any] = {"starts_on": terms.starts_on or starts_on_of(tree, obligation)}
        if terms.calendar is not None or calendar is None:
            return update, ()
        return update | {"calendar": calendar}, source

    return filled(obligation, [], fill)


def living(tree: ContractTree, held: Sequence[Obligation]) -> list[Obligation]:
    """Every promise with the life of its agreement, and with the time to cure of the nearest clause on it."""
    about_life = [o for o in held if o.kind in LIFE_KINDS]
    cures = [o for o in held if isinstance(o.terms[-1].terms, CurePeriod) and not o.terms[-1].terms.breach]
    lives: dict[str, Life] = {}
    for scope in sorted(tree.members, key=lambda s: (len(tree.wider(s)), s)):
        lives[scope] = _life(tree, scope, about_life, lives)
    return [
        o.model_copy(update={"life": lives[tree.scope(o.contract)], "cure": o.cure or _cure(tree, o, cures)})
        for o in held
    ]


def _life(tree: ContractTree, scope: str, about_life: Sequence[Obligation], lives: dict[str, Life]) -> Life:
    own = sorted(
        (o for o in about_life if tree.scope(o.contract) == scope), key=lambda o: tree.rank(o.contract)
    )
    said = {o.kind: o.terms[-1] for o in reversed(own) if not o.terms[-1].deleted}
    terms = {kind: dated.terms for kind, dated in said.items()}
    term, renewal, termination = (terms.get(kind) for kind in ("term", "renewal", "termination_notice"))
    wider = tree.wider(scope)
    return Life(
        contracts=tree.members[scope],
        parts=tuple(c for c in tree.members[scope] if c != scope and tree.by_id[c].relation != "amendment"),
        alone=not wider and not _rivals(tree, scope, own, about_life),
        initial=term if isinstance(term, Term) else None,
        renewal=renewal if isinstance(renewal, Renewal) else None,
        initials_before=_before(own, Term),
        renewals_before=_before(own, Renewal),
        termination=termination if isinstance(termination, TerminationNotice) else None,
        terminations_before=_before(own, TerminationNotice),
        expires_on=tree.by_id[scope].expires_on,
        above=lives.get(wider[0]) if wider else None,
        basis=tuple(dated.span for dated in said.values()),
    )


def _before(own: Sequence[Obligation], kind: type[_Changing]) -> tuple[tuple[date, _Changing | None], ...]:
    """What the clause of a kind was before each day on which it changed, None while it was deleted."""
    clauses = sorted(
        (o for o in own if isinstance(o.terms[0].terms, kind)), key=lambda o: o.terms[-1].deleted
    )
    return tuple(
        (changed.from_on, held.terms if isinstance(held.terms, kind) and not held.deleted else None)
        for held, changed in pairwise(clauses[0].terms if clauses else ())
        if changed.from_on is not None
    )


def _rivals(
    tree: ContractTree, scope: str, own: Sequence[Obligation], about_life: Sequence[Obligation]
) -> bool:
    """Whether another agreement with the same party, at the same time, has a life that notices may end."""
    return any(
        other.counterparty is not None
        and other.counterparty == mine.counterparty
        and tree.root(other.contract) != tree.root(scope)
        and at_once(mine, other)
        for mine in own
        for other in about_life
    )


def _cure(tree: ContractTree, obligation: Obligation, cures: Sequence[Obligation]) -> CurePeriod | None:
    """The time to cure of the nearest clause that is for any breach."""
    clause = nearest(tree, obligation, cures, "cure_period") if obligation.kind != "cure_period" else None
    terms = clause.terms[-1].terms if clause is not None and not clause.terms[-1].deleted else None
    return terms if isinstance(terms, CurePeriod) else None
