"""What a new version of a contract changes: which promise took the place of which, and how they differ.

A promise in the same words with the same terms is the same promise, wherever in the document it now stands.
Of the others, one that is gone and one that is new belong together when they are of one kind, have the same
key and much the same words; each has at most one partner, the likest first. What is left has come or gone.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from obligations.model import Obligation
from obligations.quantities import Frozen
from obligations.terms.words import each_in_words

_LIKE = 0.4
"""Least share of words that two versions of a promise have in common."""
_ONLY = 0.2
"""The same where no other promise of the kind and key has come or gone."""
_WORD = re.compile(r"[^\W\d_]+")


class TermChange(Frozen):
    """One term before and after, in words; empty where it is not stated."""

    term: str
    before: str = ""
    after: str = ""


class Revision(Frozen):
    """A promise whose words or terms another version of its document changed."""

    before: Obligation
    after: Obligation

    @property
    def terms(self) -> tuple[TermChange, ...]:
        """The terms that differ; none where only the words do."""
        before, after = (each_in_words(o.terms[-1].terms) for o in (self.before, self.after))
        names = dict.fromkeys([*before, *after])
        return tuple(
            TermChange(term=name, before=before.get(name, ""), after=after.get(name, ""))
            for name in names
            if before.get(name) != after.get(name)
        )

    @property
    def says(self) -> str:
        """Such as "within: 4 hours, now 8 hours"."""
        if not self.terms:
            return "other words, the same terms"
        return "; ".join(
            f"{t.term.replace('_', ' ')}: {t.before or 'not stated'}, now {t.after or 'not stated'}"
            for t in self.terms
        )


def revisions(gone: Sequence[Obligation], came: Sequence[Obligation]) -> tuple[Revision, ...]:
    """Which of the promises that came took the place of one that is gone, in order of `came`."""
    pairs = sorted(
        (
            (-_alike(old, new), old_at, new_at)
            for old_at, old in enumerate(gone)
            for new_at, new in enumerate(came)
            if (old.kind, old.key) == (new.kind, new.key) and _alike(old, new) >= _least(old, gone, came)
        )
    )
    partner: dict[int, int] = {}
    for _, old_at, new_at in pairs:
        if new_at not in partner and old_at not in partner.values():
            partner[new_at] = old_at
    return tuple(Revision(before=gone[partner[at]], after=came[at]) for at in sorted(partner))


def _least(old: Obligation, gone: Sequence[Obligation], came: Sequence[Obligation]) -> float:
    """Less will do where there is nothing else that it could be."""
    alone = all(sum((o.kind, o.key) == (old.kind, old.key) for o in each) == 1 for each in (gone, came))
    return _ONLY if alone else _LIKE


def _alike(one: Obligation, other: Obligation) -> float:
    """The shared part of the words of two promises, figures left out."""
    mine, theirs = _words(one.terms[-1].span.quote), _words(other.terms[-1].span.quote)
    return len(mine & theirs) / (len(mine | theirs) or 1)


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
