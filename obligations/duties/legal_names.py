"""Whether two printed names are one company: the same words and the same legal form.

"Acme Services Ltd" and "ACME Services Limited" are; "Acme Services Ltd" and "Acme Services GmbH" are two
companies; of "Acme Services" alone nobody can tell which.
"""

import unicodedata
from collections.abc import Iterable

from obligations.matching import words

_FORMS: dict[str, str] = {
    "ltd": "limited",
    "limited": "limited",
    "inc": "incorporated",
    "incorporated": "incorporated",
    "corp": "corporation",
    "corporation": "corporation",
    "llc": "llc",
    "llp": "llp",
    "lp": "lp",
    "plc": "plc",
    "gmbh": "gmbh",
    "ag": "ag",
    "kg": "kg",
    "kgaa": "kgaa",
    "ohg": "ohg",
    "ug": "ug",
    "se": "se",
    "sa": "sa",
    "sas": "sas",
    "sarl": "sarl",
    "srl": "srl",
    "spa": "spa",
    "sl": "sl",
    "bv": "bv",
    "nv": "nv",
    "ab": "ab",
    "as": "as",
    "aps": "aps",
    "oy": "oy",
    "oyj": "oyj",
    "pty": "pty",
    "kk": "kk",
    "dac": "dac",
    "clg": "clg",
    "cic": "cic",
}
_IGNORED = frozenset({"the", "and", "co", "company", "und", "et", "cie"})
_LONGEST_FORM = 5


def same_company(printed: str, expected: Iterable[str]) -> bool | None:
    """Whether a printed name is one of the expected ones; None where only its legal form is missing."""
    verdicts = [_same(printed, name) for name in expected]
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _same(one: str, other: str) -> bool | None:
    (name, form), (wanted, wanted_form) = _parts(one), _parts(other)
    if not name or name != wanted:
        return False
    if form == wanted_form:
        return True
    return False if form and wanted_form else None


def _parts(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that name the company, and its legal form ("GmbH & Co. KG" is two)."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    found = _joined(words(folded))
    form: list[str] = []
    while len(found) > 1 and (found[-1] in _FORMS or found[-1] in _IGNORED):
        last = found.pop()
        if last in _FORMS:
            form.append(_FORMS[last])
    return tuple(w for w in found if w not in _IGNORED), tuple(sorted(form))


def _joined(found: list[str]) -> list[str]:
    """Words with single letters at the end put together: "Sp z o o", "S A", "B V" as they are abbreviated."""
    tail: list[str] = []
    while len(found) > 1 and len(found[-1]) == 1 and len(tail) < _LONGEST_FORM:
        tail.insert(0, found.pop())
    joined = "".join(tail)
    if joined in _FORMS:
        return [*found, joined]
    return [*found, *tail]
