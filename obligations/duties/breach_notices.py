"""Notices of breach, and what is on record of the breach being mended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from obligations.duties.duty_deeds import Done, Share, after_triggers
from obligations.duties.happenings import (
    Happening,
    counted_from,
    distinct,
    done_on,
    named,
    order_of,
    today_of,
)
from obligations.facts import Decision, Deed, Fact, Notice, latest
from obligations.matching import belongs, records, same_service, words
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.terms.duties import CurePeriod

_MENDING = ("cure", "remedy", "mending", "rectification")


@dataclass(frozen=True)
class BreachNotice:
    """A notice of breach; `happening` tells the day from which the time to cure counts. `ours` is true where
    the breach is ours to mend."""

    happening: Happening
    notice: Notice
    dated: DatedTerms
    ours: bool


def breach_notices(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo
) -> list[BreachNotice]:
    """The notices of the breaches that a clause is for, sent by the instant judged, in order."""
    today = today_of(at, zone)
    found = []
    for fact, notice in records(obligation, facts, at.known_at, Notice):
        dated = obligation.in_force(notice.sent_on) if notice.sent_on <= today else None
        if dated is not None and _is_for(obligation, dated, notice):
            found.append(_breach_notice(obligation, fact, notice, dated, today))
    by_key = dict(zip((h.key for h in distinct([n.happening for n in found])), found, strict=True))
    named_apart = [replace(n, happening=replace(n.happening, key=key)) for key, n in by_key.items()]
    return sorted(named_apart, key=lambda n: order_of(n.happening))


def _is_for(obligation: Obligation, dated: DatedTerms, notice: Notice) -> bool:
    terms = dated.terms
    if notice.effect != "breach" or not isinstance(terms, CurePeriod):
        return False
    if obligation.we_owe is not None and obligation.we_owe != (notice.by == "counterparty"):
        return False
    said = f"{notice.subject} {notice.about}"
    if terms.except_for is not None and same_service(terms.except_for, said):
        return False
    return terms.breach is None or bool(same_service(terms.breach, said))


def _breach_notice(
    obligation: Obligation, fact: Fact, notice: Notice, dated: DatedTerms, today: date
) -> BreachNotice:
    terms = dated.terms
    assert isinstance(terms, CurePeriod)
    ours = notice.by == "counterparty"
    on, lacking = counted_from(ours, notice, terms.counts_from, today)
    received = f", received {notice.received_on}" if notice.received_on else ""
    by = "the other side" if ours else "us"
    withdrawn = notice.withdrawn_on if notice.withdrawn_on and notice.withdrawn_on <= today else None
    happening = Happening(
        key=named(fact.source),
        says=f"{notice.subject}, notice of breach by {by}, sent {notice.sent_on}{received}",
        on=on,
        source=fact.source,
        sure=belongs(obligation, fact) == "yes",
        lacking=lacking,
        withdrawn_on=withdrawn,
    )
    return BreachNotice(happening, notice, dated, ours)


def mended(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, noticed: Sequence[BreachNotice]
) -> dict[str, Share]:
    """What is on record of each breach being mended: deeds of the side that broke it, and decisions."""
    today = today_of(at, zone)
    done = [*_deeds(obligation, facts, at, noticed), *_decisions(obligation, facts, at, today, noticed)]
    held = sorted(
        (d for d in done if done_on(d[1], zone) <= today), key=lambda d: (done_on(d[1], zone), d[0].id)
    )
    return after_triggers([n.happening for n in noticed], held, zone)


def _deeds(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, noticed: Sequence[BreachNotice]
) -> Iterator[Done]:
    for fact, deed in records(obligation, facts, at.known_at, Deed):
        about = [n for n in noticed if _answers(deed, n) and not _by_the_other(deed, n)]
        general = bool(set(words(deed.of)) & set(_MENDING)) or deed.of == obligation.id
        if len(about) == 1:
            yield fact, deed.model_copy(update={"occurrence": about[0].happening.key})
        elif about or general:
            yield fact, deed


def _answers(deed: Deed, noticed: BreachNotice) -> bool:
    """Whether a deed is of what a notice is about: it names the notice, its subject or the promise broken."""
    notice = noticed.notice
    if deed.occurrence:
        return deed.occurrence == noticed.happening.key
    return bool(notice.about and same_service(notice.about, deed.of)) or bool(
        same_service(notice.subject, deed.of)
    )


def _by_the_other(deed: Deed, noticed: BreachNotice) -> bool:
    return deed.by == ("counterparty" if noticed.ours else "us")


def _decisions(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date, noticed: Sequence[BreachNotice]
) -> Iterator[Done]:
    """What a person decided to be cured, and did not take back, about the clause or the promise broken."""
    known = latest((f for f in facts if isinstance(f.data, Decision)), at.known_at)
    held = [(f, f.data) for f in known if isinstance(f.data, Decision)]
    for breach in noticed:
        own = sorted(
            (
                (d.on, f.known_at, f.id, f, d)
                for f, d in held
                if d.decision in ("cured", "not_cured")
                and d.occurrence in ("", breach.happening.key)
                and d.obligation in (obligation.id, breach.notice.about)
                and d.on >= breach.notice.sent_on
                and d.on <= today
            ),
            key=lambda entry: entry[:3],
        )
        if own and own[-1][4].decision == "cured":
            fact, decision = own[-1][3], own[-1][4]
            by = decision.by or "a person"
            evidence = f"the decision of {by}"
            key = breach.happening.key
            yield fact, Deed(of=obligation.id, occurrence=key, done_on=decision.on, evidence=evidence)


def termination_after(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, breach: BreachNotice
) -> tuple[Fact, Notice] | None:
    """The first notice of termination by the side that gave the notice of breach, after it."""
    found = [
        (f, n)
        for f, n in records(obligation, facts, at.known_at, Notice)
        if n.effect == "termination"
        and n.by == breach.notice.by
        and breach.notice.sent_on <= n.sent_on <= today_of(at, zone)
    ]
    return min(found, key=lambda entry: (entry[1].sent_on, entry[0].id), default=None)
