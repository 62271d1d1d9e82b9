"""Audits on record: announced, held, refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from obligations.duties.happenings import done_on, named, today_of
from obligations.facts import Deed, Event, Fact, Notice
from obligations.matching import belongs, records, same_service, words
from obligations.model import AsOf, Obligation
from obligations.terms.duties import AuditRight

_AUDITS = ("audit", "inspect", "examin", "verif", "visit")
_REFUSED = ("refus", "denied", "deny", "declin", "reject")


@dataclass(frozen=True)
class Audit:
    """An audit held or refused on a day; `of` is what the record refers to."""

    on: date
    says: str
    fact: Fact
    of: str
    refused: bool
    sure: bool


@dataclass(frozen=True)
class Announced:
    """A notice of an audit with what came of it."""

    key: str
    fact: Fact
    notice: Notice
    sure: bool
    held: Audit | None = None
    refused: Audit | None = None


def audits(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, terms: AuditRight
) -> list[Audit]:
    """The audits held or refused by the day judged, in order."""
    found = [
        (e.at.astimezone(zone).date() if e.at else e.on, e.name, e.reference, f)
        for f, e in records(obligation, facts, at.known_at, Event)
    ]
    found += [
        (done_on(d, zone), d.of, d.occurrence, f) for f, d in records(obligation, facts, at.known_at, Deed)
    ]
    found += [
        (n.sent_on, n.subject, n.about, f)
        for f, n in records(obligation, facts, at.known_at, Notice)
        if n.effect != "audit" and _refuses(n.subject)
    ]
    today = today_of(at, zone)
    held = [
        Audit(on, f"{name} on {on}", fact, of, _refuses(name), belongs(obligation, fact) == "yes")
        for on, name, of, fact in found
        if on <= today and _is_audit(name, terms.what or obligation.key)
    ]
    return sorted(held, key=lambda a: (a.on, a.fact.id))


def announced(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, zone: tzinfo, held: Sequence[Audit]
) -> list[Announced]:
    """The audits announced by the side that holds the right, in order, each with what came of it: what names
    it, else what came next before another was announced."""
    today = today_of(at, zone)
    notices = sorted(
        (
            (n.sent_on, f.id, f, n)
            for f, n in records(obligation, facts, at.known_at, Notice)
            if n.effect == "audit" and n.sent_on <= today and _by_holder(obligation, n)
        ),
        key=lambda entry: entry[:2],
    )
    keys = [named(f.source) for _, _, f, _ in notices]
    found = []
    for number, (sent_on, _, fact, notice) in enumerate(notices):
        key = keys[number]
        if keys.count(key) > 1:
            key = f"{key} ({fact.source.system} {fact.source.record})"
        following = notices[number + 1][0] if number + 1 < len(notices) else date.max
        own = [a for a in held if a.of and a.of in (key, keys[number], notice.subject)]
        own = own or [a for a in held if not a.of and sent_on <= a.on < following]
        found.append(
            Announced(
                key=key,
                fact=fact,
                notice=notice,
                sure=belongs(obligation, fact) == "yes",
                held=next((a for a in own if not a.refused), None),
                refused=next((a for a in own if a.refused), None),
            )
        )
    return found


def _by_holder(obligation: Obligation, notice: Notice) -> bool:
    we_owe = obligation.we_owe
    return we_owe is None or (notice.by == "us") != we_owe


def _is_audit(name: str, what: str) -> bool:
    return any(word.startswith(_AUDITS) for word in words(name)) or bool(what and same_service(what, name))


def _refuses(name: str) -> bool:
    return any(word.startswith(_REFUSED) for word in words(name))
