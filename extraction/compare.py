"""Compare a clause with the house's clause library and judge it by the playbook.

The nearest clause of the library is found by kind and by shared words. The judgement rests on the typed
terms: a rule applies when the clause states its term and the terms of its `when`; the worst rule gives the
position. What the clause does not state is not judged.

A rule may ask for a thing by the house's own name ("return of data"), which no contract needs to use. Such a
name is met by a text that has all of its words, or by a clause that is much like the library's clause of
that name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field

from extraction.flat import plain
from extraction.library import Comparison, Library, LibraryClause, PlaybookRule, Side
from extraction.model import Draft
from obligations.document import Chunk
from obligations.model import Obligation
from obligations.quantities import Duration, Frozen
from obligations.terms import CLASSES, Terms

_COMMON = frozenset({
    "the", "a", "an", "and", "or", "of", "to", "in", "for", "by", "on", "with", "at", "from", "as", "is",
    "are", "be", "shall", "will", "may", "must", "any", "each", "such", "that", "this", "it", "its",
    "which", "not", "no", "other", "than", "if", "under", "within", "after", "before", "their", "one",
    "per",
})  # fmt: skip
NAMESAKE = 0.3
"""From this similarity on a clause is about what the library's clause is about."""
_ORDER = ("preferred", "fallback", "deviation")


class RuleResult(Frozen):
    """How one rule of the playbook judges the clause."""

    term: str
    stated: str = Field(description='what the clause states, in words, such as "4 hours"')
    position: Literal["preferred", "fallback", "deviation"]
    asks: str = Field(description='what the playbook asks for, such as "at most 15 minutes"')
    accepts: str = Field(default="", description="what it can live with; empty where nothing else")
    why: str = ""


class PlaybookPosition(Frozen):
    """Where a clause stands against the playbook, with both texts side by side.

    `position` is None when no rule applies. `library_clause` is the nearest clause of the library,
    `preferred_clause` the one that we would rather have, and `similarity` how many of the words the clause
    shares with the nearest (0..1).
    """

    kind: str
    side: Side = "customer"
    position: Literal["preferred", "fallback", "deviation"] | None
    text: str
    library_clause: LibraryClause | None = None
    preferred_clause: LibraryClause | None = None
    similarity: float = 0.0
    rules: tuple[RuleResult, ...] = ()
    escalate_to: str = ""


def playbook(
    clause: Draft | Chunk | Obligation, library: Library, side: Side = "customer"
) -> PlaybookPosition:
    """Judge a draft or an obligation, or find the nearest library clause of a chunk of text.

    An obligation is judged by the terms that were said of it last. A chunk has no typed terms: it gets its
    nearest clause and that clause's kind, but no judgement.
    """
    if isinstance(clause, Chunk):
        return _of_chunk(clause, library, side)
    text = (clause.span if isinstance(clause, Draft) else clause.terms[-1].span).quote
    stated = terms_of(clause)
    own = library.of_kind(clause.kind, side) or library.of_kind(clause.kind)
    near, similarity = nearest(text, own, stated)
    names = _House(clause.kind, near.terms if near is not None and similarity >= NAMESAKE else {})
    rules = library.playbook.rules(clause.kind, side)
    results = tuple(r for rule in rules if (r := _judge(rule, stated, names)))
    position = max((r.position for r in results), key=_ORDER.index, default=None)
    return PlaybookPosition(
        kind=clause.kind,
        side=side,
        position=position,
        text=text,
        library_clause=near,
        preferred_clause=_preferred(text, library.of_kind(clause.kind, side), stated, names),
        similarity=similarity,
        rules=results,
        escalate_to=library.playbook.escalate_to.get(side, "") if position == "deviation" else "",
    )


@dataclass(frozen=True)
class _House:
    """What the house calls things in clauses of a kind: `terms` are those of a clause much like this one."""

    kind: str
    terms: Mapping[str, Any]

    def meets(self, name: str, wanted: Any, stated: Any) -> bool:
        """Is a term what a rule asks for: the same value, or for a free text another name of the same?"""
        if stated == wanted:
            return True
        if not isinstance(wanted, str) or not _is_free_text(self.kind, name):
            return False
        return _names(str(stated or ""), wanted) or self.terms.get(name) == wanted


def _is_free_text(kind: str, name: str) -> bool:
    """Is the term a text of any words, no duration and none of a few fixed values?"""
    model = CLASSES.get(kind)
    field = model.model_fields.get(name) if model is not None else None
    return field is not None and field.annotation in (str, str | None)


def _names(stated: str, wanted: str) -> bool:
    """Does a text have all words of a name, in whatever form ("notify" for "notification")?"""
    said = _words(stated)
    return bool(said) and all(any(each[:5] == word[:5] for each in said) for word in _words(wanted))


def _of_chunk(chunk: Chunk, library: Library, side: Side) -> PlaybookPosition:
    likely = tuple(c for kind, weight in chunk.kinds if weight >= 0.3 for c in library.of_kind(kind, side))
    near, similarity = nearest(chunk.text, likely or library.clauses, {})
    kind = near.kind if near else next((kind for kind, _ in chunk.likely), "")
    return PlaybookPosition(
        kind=kind, position=None, text=chunk.text, library_clause=near, similarity=similarity
    )


def nearest(
    text: str, clauses: Sequence[LibraryClause], stated: Mapping[str, Any]
) -> tuple[LibraryClause | None, float]:
    """The clause that shares most words with a text; equal priorities and clocks count in its favour."""
    best: tuple[float, LibraryClause] | None = None
    mine = _words(text)
    for clause in clauses:
        theirs = _words(clause.text)
        shared = len(mine & theirs) / (len(mine | theirs) or 1)
        agreeing = sum(
            0.1
            for name in ("priority", "clock", "every", "automatic")
            if name in stated and stated[name] == clause.terms.get(name)
        )
        if best is None or shared + agreeing > best[0]:
            best = (shared + agreeing, clause)
    if best is None:
        return None, 0.0
    theirs = _words(best[1].text)
    return best[1], round(len(mine & theirs) / (len(mine | theirs) or 1), 3)


def _preferred(
    text: str, of_kind: Sequence[LibraryClause], stated: Mapping[str, Any], names: _House
) -> LibraryClause | None:
    """What we would rather have: the nearest clause of the kind that the playbook prefers, about the same
    thing or for the same priority where there is one."""
    wanted = [clause for clause in of_kind if clause.position == "preferred"]
    same = [c for c in wanted if c.terms.get("priority") == stated.get("priority")]
    about = [
        c
        for c in same or wanted
        if any(_is_free_text(c.kind, n) and names.meets(n, v, stated.get(n)) for n, v in c.terms.items())
    ]
    return nearest(text, about or same or wanted, stated)[0]


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    return frozenset(w for w in re.findall(r"[a-z0-9]+", plain(text).lower()) if w not in _COMMON)


def terms_of(clause: Draft | Obligation) -> dict[str, Any]:
    """The stated terms as plain values: durations as ISO text, days as text, numbers as Decimal.

    A term that holds its usual value in an obligation may never have been stated: it is left out.
    """
    terms = clause.terms if isinstance(clause, Draft) else clause.terms[-1].terms
    assumed = clause.assumed if isinstance(clause, Draft) else _usual(terms)
    return {
        name: _plain(value)
        for name, value in terms
        if name != "kind" and name not in assumed and value is not None
    }


def _usual(terms: Terms) -> list[str]:
    return [name for name, field in type(terms).model_fields.items() if getattr(terms, name) == field.default]


def _plain(value: Any) -> Any:
    if isinstance(value, Duration):
        return value.iso
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Frozen):
        return {name: _plain(item) for name, item in value}
    return value


def _judge(rule: PlaybookRule, stated: Mapping[str, Any], names: _House) -> RuleResult | None:
    """The result of one rule; None if it does not apply."""
    value = _lookup(stated, rule.term)
    if value is None:
        return None
    if not all(names.meets(name, wanted, _lookup(stated, name)) for name, wanted in rule.when.items()):
        return None
    position: Literal["preferred", "fallback", "deviation"] = "deviation"
    if holds(rule.preferred, value):
        position = "preferred"
    elif rule.fallback is not None and holds(rule.fallback, value):
        position = "fallback"
    return RuleResult(
        term=rule.term,
        stated=_said(value),
        position=position,
        asks=_asks(rule.preferred),
        accepts=_asks(rule.fallback) if rule.fallback is not None else "",
        why=rule.why,
    )


def _lookup(stated: Mapping[str, Any], path: str) -> Any:
    """Read a term by its path: "within", "tiers.0.percent"."""
    value: Any = stated
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, Sequence) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def holds(comparison: Comparison, value: Any) -> bool:
    """Does a stated value meet the comparison? Values of different sorts never do."""
    if comparison.equals is not None:
        return _same(value, comparison.equals)
    if comparison.one_of is not None:
        return any(_same(value, option) for option in comparison.one_of)
    limit = comparison.at_least if comparison.at_least is not None else comparison.at_most
    ours, theirs = _measure(value), _measure(limit)
    if ours is None or theirs is None:
        return False
    return ours >= theirs if comparison.at_least is not None else ours <= theirs


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    ours, theirs = _measure(value), _measure(wanted)
    return ours == theirs if ours is not None and theirs is not None else str(value) == str(wanted)


def _measure(value: Any) -> Decimal | None:
    """A number to compare by: hours for durations (a month is 30 days, here only), else the number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and value.startswith("P"):
        try:
            length = Duration.model_validate(value)
        except ValueError:
            return None
        return Decimal(length.months * 30 * 24 + length.days * 24) + Decimal(length.seconds) / 3600
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _asks(comparison: Comparison) -> str:
    if comparison.equals is not None:
        return _said(comparison.equals)
    for name in ("at_least", "at_most"):
        if (wanted := getattr(comparison, name)) is not None:
            return f"{name.replace('_', ' ')} {_said(wanted)}"
    return "one of " + ", ".join(_said(option) for option in comparison.one_of or ())


def _said(value: Any) -> str:
    """A value in words: "15 minutes", "yes", "invoice receipt"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith("P"):
        try:
            return Duration.model_validate(value).words()
        except ValueError:
            return value
    return str(value).replace("_", " ")
