"""Personal data of a document, replaced by tokens before text leaves the process, and put back after.

| token | stands for |
|---|---|
| `[PERSON_1]` | a natural person, in every form in which the document writes the name |
| `[EMAIL_1]`, `[PHONE_1]` | an e-mail address; a telephone or fax number |
| `[ACCOUNT_1]` | an IBAN whose check digits hold, or a number called an account's |
| `[NUMBER_1]` | a number called one of a passport, tax payer, social security or identity card |
| `[ADDRESS_1]` | street and house number, or a post box |

Companies, their roles and job titles stay: without them nobody can say who owes whom.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.people import is_company_name, people_in, surname

_KINDS = ("PERSON", "EMAIL", "PHONE", "ACCOUNT", "NUMBER", "ADDRESS")
_LEAST_DIGITS = 4
_TOKEN = re.compile(rf"\[?\b(?P<token>(?:{'|'.join(_KINDS)})_\d+)\b\]?")

_STREETS = (
    r"Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Ct|Pl|Parkway|Pkwy|Highway|"
    r"Hwy|Square|Sq|Terrace|Circle|Quay|Crescent|Broadway|Turnpike|Pike|Trail|Embankment|Gardens"
    r"|(?:Court|Place|Row|Way|Plaza)(?=\s{0,3}(?:[,.;|\n]|$|[A-Z]))"
)
_NUMBER_WORDS = "One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten"
_INSIDE = (
    r"(?:,?\s{1,3}(?:Suite|Ste\.?|Floor|Fl\.?|Unit|Apt\.?|Room|Building|Bldg\.?|#)\s{0,2}[\w-]{1,6}"
    r"|,?\s\d{1,2}(?:st|nd|rd|th)\s(?:Floor|Fl\.?))?"
)
_SUCH = r"(?i:\s(?:no|nr|number|num|code|id|card|account)\b\.?){0,3}\s{0,2}(?:[:#.]|\(s\)|is)?\s{0,3}"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("EMAIL", re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}\s?@\s?[\w-]+(?:\.[\w-]+)+")),
    ("ACCOUNT", re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{2,4}){3,8}\b")),
    (
        "ACCOUNT",
        re.compile(
            rf"(?i:\b(?:(?:bank\s)?account(?=\s(?:no|nr|number|#|:))|iban|routing|aba|sort\scode|kontonummer|konto)){_SUCH}"
            r"(?P<it>\d[\d -]{4,30}\d)"
        ),
    ),
    ("NUMBER", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")),
    (
        "NUMBER",
        re.compile(
            r"(?i:\b(?:passport|taxpayer|tax\s?(?:id|identification|payer)|federal\s(?:id|tax)|tin|ein|ssn|vat|ust-?id|"
            r"steuernummer|social\s(?:security|insurance)|national\s(?:insurance|id(?:entity)?)|identity|id\scard|driver'?s?"
            rf"\slicen[cs]e)(?:\s(?:identification|registration|security|insurance)\b)?){_SUCH}"
            r"(?P<it>(?=[A-Z0-9/.\s-]*\d{2})[A-Z0-9][A-Z0-9/.-]*(?:\s[A-Z0-9]*\d[A-Z0-9]*){0,4})"
        ),
    ),
    (
        "PHONE",
        re.compile(
            r"(?i:\b(?:tel|phone|telephone|fax|facsimile|telecopier|telecopy|mobile|cell|call|hotline)\b\.?)"
            r"(?:\s(?:no|nr|number)\b\.?)?[\s:.]{0,6}(?P<it>[+(]{0,2}\d[\d\s().\-–/]{5,22}\d)"
        ),
    ),
    ("PHONE", re.compile(r"(?<![\w+])\+\d{1,3}[\d\s().\-–/]{6,18}\d(?!\d)")),
    ("PHONE", re.compile(r"(?<![\w.-])\(?\d{3}\)?[-.\s]{1,2}\d{3}[-.\s]\d{4}(?![\w-])")),
    (
        "ADDRESS",
        re.compile(
            rf"\b(?:\d{{1,5}}[A-Za-z]?(?:-\d{{1,5}})?|{_NUMBER_WORDS})\s{{1,2}}(?:[NSEW]{{1,2}}\.?\s)?(?:(?!\d+\.)[A-Z0-9][\w'’.-]*\s"
            rf"{{1,2}}){{1,4}}?(?:{_STREETS})\b\.?(?:\s(?:North|South|East|West|[NSEW]{{1,2}})\b\.?)?{_INSIDE}"
        ),
    ),
    (
        "ADDRESS",
        re.compile(
            r"\b\d{1,5},?\s(?i:avenue|rue|boulevard|place|quai|via|calle)\s"
            rf"(?:(?:de|du|des|la|le|of|the)\s){{0,3}}[A-Z][\w'’-]+{_INSIDE}"
        ),
    ),
    (
        "ADDRESS",
        re.compile(
            r"\b(?:[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer|chaussee)|"
            r"(?:Am|An der|An den|Auf dem|Im|In der|Zum|Zur)\s[A-ZÄÖÜ][\wäöüß-]+)\s\d{1,4}\s?[a-z]?\b"
        ),
    ),
    ("ADDRESS", re.compile(r"\b(?:P\.?\s?O\.?\s?Box|Post\s(?:Office\s)?Box|Postfach)\s\d[\d\s-]{0,8}\d")),
)  # fmt: skip


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    token: str


@dataclass
class PersonalData:
    """What was found in the texts of one document, and the token of each.

    One value has one token, whatever its spacing; one person has one token in all forms of the name.
    """

    _forms: dict[str, list[str]] = field(default_factory=dict)
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    _people: list[tuple[str, re.Pattern[str], str]] = field(default_factory=list)
    _next: dict[str, int] = field(default_factory=dict)

    @classmethod
    def found_in(cls, texts: Sequence[str]) -> "PersonalData":
        """The personal data of texts that belong together: a name signed in one is known in all."""
        whole = "\n\n".join(texts)
        held = cls()
        for match in _TOKEN.finditer(whole):
            kind, number = match["token"].split("_")
            held._next[kind] = max(held._next.get(kind, 0), int(number))
        held._know(people_in(whole), whole)
        return held

    def mask(self, text: str) -> str:
        """The text with a token in the place of each value."""
        parts: list[str] = []
        at = 0
        for found in self._found(text):
            form = text[found.start : found.end]
            if form not in self._forms.setdefault(found.token, []):
                self._forms[found.token].append(form)
            parts += [text[at : found.start], f"[{found.token}]"]
            at = found.end
        return "".join([*parts, text[at:]])

    def restore(self, said: str, source: str = "") -> str:
        """What was said with the values back in place, in the form in which `source` writes them there.

        A token that was never given out stays as it is: no value is invented.
        """
        if not _TOKEN.search(said):
            return said
        first = _TOKEN.sub(lambda m: self._forms.get(m["token"], [m[0]])[0], said)
        if not source or first in source:
            return first
        match = re.search(self._pattern(said), source)
        return match[0] if match else first

    def masked(self, value: Any) -> Any:
        """A JSON value with tokens in every text of it."""
        return _each_text(value, self.mask)

    def restored(self, value: Any) -> Any:
        """A JSON value with the values back in every text of it."""
        return _each_text(value, self.restore)

    def _pattern(self, said: str) -> str:
        """A pattern of all the ways in which the document may write what was said with tokens."""
        parts: list[str] = []
        at = 0
        for match in _TOKEN.finditer(said):
            forms = self._forms.get(match["token"], [match[0]])
            options = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
            parts += [_spaced(said[at : match.start()]), f"(?:{options})"]
            at = match.end()
        return "".join([*parts, _spaced(said[at:])])

    def _found(self, text: str) -> list[_Found]:
        """What is personal in a text, in order and without overlaps; the longer of two wins."""
        found = [*self._values(text), *self._names(text)]
        found.sort(key=lambda f: (f.start, -f.end))
        kept: list[_Found] = []
        for each in found:
            if not kept or each.start >= kept[-1].end:
                kept.append(each)
            elif each.end - each.start > kept[-1].end - kept[-1].start:
                kept[-1] = each
        return kept

    def _values(self, text: str) -> Iterator[_Found]:
        for kind, pattern in _PATTERNS:
            for match in pattern.finditer(text):
                group = "it" if "it" in pattern.groupindex else 0
                value = match[group].rstrip(" .-")
                if group == 0 and kind == "ACCOUNT" and not is_iban(value):
                    continue
                if kind == "NUMBER" and sum(char.isdigit() for char in value) < _LEAST_DIGITS:
                    continue
                start = match.start(group)
                yield _Found(start, start + len(value), self._token(kind, _plain(value)))

    def _names(self, text: str) -> Iterator[_Found]:
        folded = text.casefold()
        for last, pattern, token in self._people:
            for match in pattern.finditer(text) if last in folded else ():
                if not is_company_name(text, match.start(), match.end()):
                    yield _Found(match.start(), match.end(), token)

    def _know(self, names: Sequence[str], whole: str) -> None:
        """Give each person a token and say how the document may write the name.

        A surname on its own is taken where it is no word of the language there and in no company's name.
        """
        ordinary = {word for word in re.findall(r"\w+", whole) if word.islower()}
        for name in sorted(names, key=lambda n: (-len(n.split()), names.index(n))):
            last = surname(name)
            token = self._person(name, last)
            self._people.append((last.casefold(), _written(name), token))
            alone = re.compile(rf"\b{re.escape(last)}\b")
            places = list(alone.finditer(whole))
            if len(last) > 2 and last.casefold() not in ordinary and places and not any(
                is_company_name(whole, place.start(), place.end()) for place in places
            ):  # fmt: skip
                self._people.append((last.casefold(), alone, token))

    def _person(self, name: str, last: str) -> str:
        """The token of a person: the same for "Ann B. Cole", "ANN COLE", "A. Cole" and "Ms. Cole"."""
        words = name.split()
        initial = words[0][0].casefold() if len(words) > 1 else ""
        known = [
            key for kind, key in self._tokens if kind == "PERSON" and key.endswith(f"|{last.casefold()}")
        ]
        same = next((k for k in known if not initial or k.startswith((f"{initial}|", "|"))), None)
        token = self._token("PERSON", same or f"{initial}|{last.casefold()}")
        self._forms.setdefault(token, []).append(name)
        return token

    def _token(self, kind: str, value: str) -> str:
        if (kind, value) not in self._tokens:
            self._next[kind] = self._next.get(kind, 0) + 1
            self._tokens[kind, value] = f"{kind}_{self._next[kind]}"
        return self._tokens[kind, value]


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN by its length and check digits (ISO 13616, modulus 97)."""
    plain = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def _written(name: str) -> re.Pattern[str]:
    """A name with or without the initials in its middle, in any case and with any spacing."""
    words = [re.escape(word) for word in name.split()]
    parts = [words[0]]
    for word in words[1:]:
        middle = re.fullmatch(r"\w(?:\\\.)?", word) and word is not words[-1]
        parts.append(rf"(?:\s+{word})?" if middle else rf"(?:\s+\w\.?)?\s+{word}")
    return re.compile(rf"(?<!\w){''.join(parts)}(?!\w)", re.IGNORECASE)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _each_text(each, change) for key, each in value.items()}
    return [_each_text(each, change) for each in value] if isinstance(value, list | tuple) else value


def _plain(value: str) -> str:
    return re.sub(r"[\s().\-–/]", "", value).casefold()


def _spaced(said: str) -> str:
    """A pattern for words as said, with any white space between them."""
    return re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(said))
