"""Whom a record means: from keys and names that outside systems use to one of our parties.

A wrong match is worse than none: it would hold one company's tickets against another's promises. So a
match is sure only by key, by exact name, by an unambiguous alias or by a near-identical name far ahead
of any other; what is merely similar is left to a person, with the candidates.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from obligations.model import Party
from obligations.quantities import Frozen

SURE = 93.0
"""Likeness (0 to 100) from which a name is taken for a typing variant of a party's name."""
UNSURE = 80.0
"""Likeness from which a party is worth showing to a person."""
MARGIN = 8.0
"""How far the best must be ahead of the second best."""

_FORMS: dict[str, str] = {
    "limited": "ltd",
    "ltd": "ltd",
    "incorporated": "inc",
    "inc": "inc",
    "corporation": "corp",
    "corp": "corp",
    "company": "co",
    "co": "co",
    "llc": "llc",
    "llp": "llp",
    "lp": "lp",
    "plc": "plc",
    "public limited company": "plc",
    "gmbh": "gmbh",
    "gesellschaft mit beschrankter haftung": "gmbh",
    "gmbh and co kg": "gmbh co kg",
    "gmbh co kg": "gmbh co kg",
    "ag": "ag",
    "aktiengesellschaft": "ag",
    "kg": "kg",
    "ohg": "ohg",
    "ug": "ug",
    "se": "se",
    "ab": "ab",
    "aktiebolag": "ab",
    "oy": "oy",
    "oyj": "oyj",
    "as": "as",
    "aps": "aps",
    "bv": "bv",
    "b v": "bv",
    "nv": "nv",
    "n v": "nv",
    "sa": "sa",
    "s a": "sa",
    "sas": "sas",
    "s a s": "sas",
    "sarl": "sarl",
    "s a r l": "sarl",
    "srl": "srl",
    "s r l": "srl",
    "spa": "spa",
    "s p a": "spa",
    "sl": "sl",
    "s l": "sl",
    "sp z o o": "sp zoo",
    "spolka z o o": "sp zoo",
    "pty ltd": "pty ltd",
    "pte ltd": "pte ltd",
    "kk": "kk",
}
_LONGEST_FORM = max(len(form.split()) for form in _FORMS)


class PartyHint(Frozen):
    """What a record says about a party: a name, and identifiers by system (connector name)."""

    name: str = ""
    keys: dict[str, str] = Field(default={})


class Candidate(Frozen):
    """A party that may be meant, how alike (0 to 100) and why."""

    party: Party
    likeness: float
    why: str


class Resolution(Frozen):
    """`party` is set when the match is sure. Unsure: a person chooses among `candidates`."""

    outcome: Literal["sure", "unsure", "unknown"]
    party: Party | None = None
    candidates: tuple[Candidate, ...] = ()
    why: str = ""

    @property
    def sure(self) -> bool:
        return self.outcome == "sure"


@dataclass(frozen=True)
class Name:
    """A company name in comparable form: `core` without the legal form, `form` canonical or empty."""

    core: str
    form: str

    def fits(self, other: "Name") -> bool:
        """Same core, and no two different legal forms: Acme Ltd is not Acme GmbH."""
        return self.core == other.core and (not self.form or not other.form or self.form == other.form)


def normalise(name: str) -> Name:
    """A name without case, accents and punctuation, its legal form split off."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ł", "l").replace("Ł", "L"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold().replace("&", " and ")
    words = re.findall(r"[^\W_]+", plain.replace("'", ""))
    for size in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        form = _FORMS.get(" ".join(words[-size:]))
        if form:
            rest = words[:-size]
            return Name(" ".join(rest[:-1] if rest[-1] == "and" and len(rest) > 1 else rest), form)
    return Name(" ".join(words), "")


def resolve(hint: PartyHint, parties: Sequence[Party]) -> Resolution:
    """The party a hint means: sure, unsure with candidates, or unknown."""
    keyed = _by_key(hint, parties)
    named = _by_name(hint.name, parties)
    if len(keyed) > 1:
        return _unsure(keyed, "several parties have this key")
    if keyed:
        contradicted = named is not None and named.sure and named.party != keyed[0].party
        if contradicted and named is not None and named.party is not None:
            other = Candidate(party=named.party, likeness=100, why=named.why)
            return _unsure([*keyed, other], "the key says one party and the name another")
        return Resolution(outcome="sure", party=keyed[0].party, candidates=tuple(keyed), why=keyed[0].why)
    return named or Resolution(outcome="unknown", why="no party has this key or name")


def _by_key(hint: PartyHint, parties: Sequence[Party]) -> list[Candidate]:
    found = []
    for party in parties:
        for system, key in hint.keys.items():
            if key and _key(party.keys.get(system, "")) == _key(key):
                found.append(Candidate(party=party, likeness=100, why=f"{system} {key}"))
                break
    return found


def _key(text: str) -> str:
    """A key without padding: SAP shows 17300001 where its tables hold 0017300001."""
    text = text.strip().casefold()
    return text.lstrip("0") if text.isdigit() else text


def _by_name(text: str, parties: Sequence[Party]) -> Resolution | None:
    """The best match by name; None where the text is no name or nothing is alike."""
    wanted = normalise(text)
    if not re.search(r"[^\W\d_]", wanted.core):
        return None
    for why, names in (("name", _names), ("alias", _names_and_aliases)):
        fitting = [party for party in parties if any(wanted.fits(name) for name in names(party))]
        fitting = _same_form(wanted, fitting) or fitting
        if len(fitting) == 1:
            candidate = Candidate(party=fitting[0], likeness=100, why=f"same {why}")
            return Resolution(outcome="sure", party=fitting[0], candidates=(candidate,), why=f"same {why}")
        if fitting:
            same = [Candidate(party=party, likeness=100, why=f"same {why}") for party in fitting]
            return _unsure(same, f"several parties have this {why}")
    return _alike(wanted, parties)


def _names(party: Party) -> list[Name]:
    return [normalise(party.name)]


def _names_and_aliases(party: Party) -> list[Name]:
    return [normalise(text) for text in (party.name, *party.aliases)]


def _same_form(wanted: Name, parties: Iterable[Party]) -> list[Party]:
    """Those whose name has the very same legal form."""
    return [party for party in parties if wanted.form and wanted in _names_and_aliases(party)]


def _alike(wanted: Name, parties: Sequence[Party]) -> Resolution | None:
    """Names that are nearly the same."""
    from rapidfuzz import fuzz

    ranked: list[tuple[float, Name, Party]] = []
    for party in parties:
        scored = [(fuzz.token_sort_ratio(wanted.core, name.core), name) for name in _names_and_aliases(party)]
        score, name = max(scored, key=lambda pair: pair[0])
        if _contains(wanted, [name for _, name in scored]):
            score = max(score, UNSURE)
        ranked.append((score, name, party))
    ranked.sort(key=lambda entry: -entry[0])
    close = [entry for entry in ranked if entry[0] >= UNSURE]
    if not close:
        return None
    score, name, party = close[0]
    candidates = tuple(
        Candidate(party=p, likeness=round(s, 1), why=f"like {n.core!r}") for s, n, p in close[:5]
    )
    ahead = len(ranked) == 1 or score - ranked[1][0] >= MARGIN
    if score >= SURE and ahead and _typing_variant(wanted, name):
        return Resolution(outcome="sure", party=party, candidates=candidates, why=f"nearly {name.core!r}")
    return _unsure(candidates, "the name is similar only")


def _typing_variant(wanted: Name, name: Name) -> bool:
    """May the difference be a slip? Not in short names, numbers or the legal form."""
    same_form = not wanted.form or not name.form or wanted.form == name.form
    numbers = (re.findall(r"\d+", wanted.core), re.findall(r"\d+", name.core))
    return same_form and numbers[0] == numbers[1] and min(len(wanted.core), len(name.core)) >= 8


def _contains(wanted: Name, names: Iterable[Name]) -> bool:
    """Are all words of one name in the other? "Acme" and "Acme Managed Services" may be the same."""
    mine = set(wanted.core.split())
    return any(mine <= theirs or theirs <= mine for name in names if (theirs := set(name.core.split())))


def _unsure(candidates: Iterable[Candidate], why: str) -> Resolution:
    return Resolution(outcome="unsure", candidates=tuple(candidates), why=why)
