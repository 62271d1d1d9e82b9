"""Compare a clause with the house's clause library and judge it by the playbook.

The nearest clause of the library is found by kind and by shared words. The judgement rests on the typed
terms alone: a rule applies when the clause states its term and the terms of its `when`; the worst rule
gives the position. What the clause does not state is not judged.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field

from extraction.flat import plain
from extraction.library import Comparison, Library, LibraryClause, PlaybookRule, Side
from extraction.model import Draft
from obligations.document import Chunk
from obligations.quantities import Duration, Frozen

_COMMON = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "for",
        "by",
        "on",
        "with",
        "at",
        "from",
        "as",
        "is",
        "are",
        "be",
        "shall",
        "will",
        "may",
        "must",
        "any",
        "each",
        "such",
        "that",
        "this",
        "it",
        "its",
        "which",
        "not",
        "no",
        "other",
        "than",
        "if",
        "under",
        "within",
        "after",
        "before",
        "their",
        "one",
        "per",
    ]
)
_ORDER = ("preferred", "fallback", "deviation")


class RuleResult(Frozen):
    """How one rule of the playbook judges the clause."""

    term: str
    stated: str
    position: Literal["preferred", "fallback", "deviation"]
    asks: str = Field(description='what the playbook asks for, such as "at most PT15M"')
    why: str = ""


class PlaybookPosition(Frozen):
    """Where a clause stands against the playbook, with both texts side by side.

    `position` is None when no rule applies. `library_clause` is the nearest clause of the library and
    `similarity` how many of the words the two share (0..1).
    """

    kind: str
    position: Literal["preferred", "fallback", "deviation"] | None
    text: str
    library_clause: LibraryClause | None = None
    preferred_clause: LibraryClause | None = None
    similarity: float = 0.0
    rules: tuple[RuleResult, ...] = ()
    escalate_to: str = ""


def playbook(clause: Draft | Chunk, library: Library, side: Side = "customer") -> PlaybookPosition:
    """Judge a draft, or find the nearest library clause of a chunk of text.

    A chunk has no typed terms: it gets its nearest clause and that clause's kind, but no judgement.
    """
    if isinstance(clause, Chunk):
        return _of_chunk(clause, library, side)
    stated = terms_of(clause)
    results = tuple(r for rule in library.playbook.rules(clause.kind, side) if (r := _judge(rule, stated)))
    position = max((r.position for r in results), key=_ORDER.index, default=None)
    near, similarity = nearest(
        clause.span.quote, library.of_kind(clause.kind, side) or library.of_kind(clause.kind), stated
    )
    return PlaybookPosition(
        kind=clause.kind,
        position=position,
        text=clause.span.quote,
        library_clause=near,
        preferred_clause=_preferred(clause, library, side, stated),
        similarity=similarity,
        rules=results,
        escalate_to=library.playbook.escalate_to.get(side, "") if position == "deviation" else "",
    )


def _of_chunk(chunk: Chunk, library: Library, side: Side) -> PlaybookPosition:
    likely = tuple(c for kind, weight in chunk.kinds if weight >= 0.3 for c in library.of_kind(kind, side))
    near, similarity = nearest(chunk.text, likely or library.clauses, {})
    kind = near.kind if near else (chunk.kinds[0][0] if chunk.kinds else "")
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


def _preferred(draft: Draft, library: Library, side: Side, stated: Mapping[str, Any]) -> LibraryClause | None:
    """What we would rather have: the nearest clause of the kind that the playbook prefers."""
    wanted = [c for c in library.of_kind(draft.kind, side) if c.position == "preferred"]
    same = [c for c in wanted if c.terms.get("priority") == stated.get("priority")]
    return nearest(draft.span.quote, same or wanted, stated)[0]


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    return frozenset(w for w in re.findall(r"[a-z0-9]+", plain(text).lower()) if w not in _COMMON)


def terms_of(draft: Draft) -> dict[str, Any]:
    """The stated terms as plain values: durations as ISO text, days as text, numbers as Decimal."""
    return {
        name: _plain(value)
        for name, value in draft.terms
        if name != "kind" and name not in draft.assumed and value is not None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Duration):
        return value.iso
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Frozen):
        return {name: _plain(item) for name, item in value}
    return value


def _judge(rule: PlaybookRule, stated: Mapping[str, Any]) -> RuleResult | None:
    """The result of one rule; None if it does not apply."""
    value = _lookup(stated, rule.term)
    if value is None or any(_lookup(stated, name) != wanted for name, wanted in rule.when.items()):
        return None
    position: Literal["preferred", "fallback", "deviation"] = "deviation"
    if holds(rule.preferred, value):
        position = "preferred"
    elif rule.fallback is not None and holds(rule.fallback, value):
        position = "fallback"
    return RuleResult(
        term=rule.term, stated=str(value), position=position, asks=_asks(rule.preferred), why=rule.why
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
    for name in ("at_least", "at_most", "equals"):
        if (wanted := getattr(comparison, name)) is not None:
            return f"{name.replace('_', ' ')} {wanted}"
    return "one of " + ", ".join(str(option) for option in comparison.one_of or ())
