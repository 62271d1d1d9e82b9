"""Whether a document surely lacks a clause that its text refers to. In doubt it does not.

Its neighbours must be there, and its number must stand nowhere else: a text whose clauses the chunks did not
find is not said to lack them. An amendment names clauses of what it amends, and a schedule may be kept in
another file; neither is said to lack anything.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from retrieval.clause_places import Clauses, Key

_AMENDS = re.compile(r"hereby (?:amend|delet|replac)\w+|(?:is|are|shall be) (?:amended|deleted|replaced)\b")
_AMENDMENT = re.compile(r"\bamendment\b", re.IGNORECASE)
_TITLE = 800
"""Characters at the start of a text that say what it is."""
_DECIMAL = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3})+(?!\d)")
_WHOLE = re.compile(r"(?<![\w.])(\d{1,2})(?:[.)]\s*|\s+)[\"“(]?[^\W\d_]")
_NEIGHBOURS = 3
_LEAST_CLAUSES = 6


class AbsentClauses:
    """What one document lacks; `cited` are the places of its references, in order."""

    def __init__(self, clauses: Clauses, cited: Sequence[tuple[int, int]]) -> None:
        self._clauses, self._cited = clauses, cited
        self._text = clauses.document.text

    def surely(self, key: Key, index: int) -> bool:
        """The chunk `index` refers to a clause that is not there. `key` is a clause's, not a schedule's."""
        if self._amends:
            return False
        above, _, last = key[1].rpartition(".")
        held = self._numbers.get(self._clauses.parts[index], set())
        if above:
            beside = {int(n.rpartition(".")[2]) for n in held if n.rpartition(".")[0] == above}
            whole = beside >= set(range(1, len(beside) + 1)) and len(beside) >= _NEIGHBOURS
            return whole and key[1] not in self._decimals
        if not last.isdigit():
            return False
        tops = {int(n) for n in held if "." not in n}
        whole = tops == set(range(1, len(tops) + 1)) and len(tops) >= _LEAST_CLAUSES
        return whole and key[1] not in self._wholes

    @cached_property
    def _amends(self) -> bool:
        return bool(_AMENDMENT.search(self._text, 0, _TITLE) or _AMENDS.search(self._text))

    @cached_property
    def _numbers(self) -> dict[str, set[str]]:
        """The numbers of articles and clauses in each part of the document."""
        held: dict[str, set[str]] = defaultdict(set)
        for (kind, number), found in self._clauses.by_key.items():
            if kind in ("number", "article"):
                for clause in found:
                    held[clause.part].add(number)
        return held

    @cached_property
    def _decimals(self) -> set[str]:
        """Every number such as "7.2" in the text, whatever it stands for; references are left out."""
        return {match[0] for match in _DECIMAL.finditer(self._text) if self._free(match)}

    @cached_property
    def _wholes(self) -> set[str]:
        """Every number that words follow: "12. Notices", "12 Notices"; references are left out."""
        return {match[1] for match in _WHOLE.finditer(self._text) if self._free(match)}

    def _free(self, match: re.Match[str]) -> bool:
        at = bisect_right(self._cited, (match.start(), len(self._text))) - 1
        return at < 0 or self._cited[at][1] <= match.start()
