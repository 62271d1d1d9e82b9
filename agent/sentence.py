"""A question rewritten for the planner's rules: what it names is masked, its words become concepts.

"Was Acme's P1 resolution late in October?" becomes "was NAME PRIORITY RESOLVE LATE in PERIOD" with the
name, the priority and the period kept beside it. Capitals are concepts of `lexicon`; the rest stays.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from agent.deps import NameMatch
from agent.lexicon import FLAGS, FUNCTION_WORDS, PRIORITY_WORDS, concept_of, no_data_of, topic_of, vocabulary
from agent.windows import Found, Frame, periods
from agent.words import Word, mend_months, words

_RECORD = re.compile(
    r"(?<![\w-])(?=[A-Za-z0-9-]*\d)(?:[A-Za-z]{2,8}\s?\d{4,}|[A-Za-z]{2,6}(?:-[A-Za-z0-9]{1,8})*-\d[\w-]*|\d{7,12})(?![\w])"
)
_NUMBERED = r"-\w*\d"
"""What makes a record's number of a name before it ("KHG-7001")."""
_NOT_A_RECORD = re.compile(
    r"^(?:(?:q[1-4]|h[12]|w\d\d?|kw\d*|fy)[- ]?\d*|[a-z]{3,9}[- ]?(?:19|20)\d\d|p\d-.*|net-?\d+)$", re.I
)
_PRIORITY = re.compile(r"\b(?:p(?:rio(?:rity)?)?|sev(?:erity)?)[\s-]*([1-5])\b", re.I)
_SECTION = re.compile(r"\b(?:clause|section|article|paragraph|§)\s*(\d{1,3}(?:\.\d{1,3})*)", re.I)
_MASK = {
    "section": "SECTION",
    "name": "NAME",
    "record": "RECORD",
    "priority": "PRIORITY",
    "service": "SERVICE",
    "period": "PERIOD",
    "ours": "WE",
}
_AHEAD = re.compile(
    r"\b(?:due|expir\w*|upcoming|next|coming|deadlines?|renew\w*|will|ahead|future|must|forthcoming|outlook|"
    r"have to|need to|ends?)\b"
)
_PAST = re.compile(
    r"\b(?:did|was|were|had|expired|renewed|ended|breached|missed|late|been|sent|paid|received)\b"
)
_KIND_OF_NOISE = {"s", "t", "re", "ve", "ll"}


@dataclass(frozen=True, slots=True)
class Mask:
    """A part of the question that is not words: what it is and where it stands."""

    kind: str
    start: int
    end: int


@dataclass
class Sentence:
    """A question with its parts told apart. `shape` is the rewritten text that rules match on."""

    text: str
    shape: str = ""
    concepts: set[str] = field(default_factory=set)
    names: list[list[NameMatch]] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    priorities: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    periods: list[Found] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def has(self, *concepts: str) -> bool:
        return any(c in self.concepts for c in concepts)

    def matches(self, pattern: str) -> bool:
        return bool(re.search(pattern, self.shape))

    @property
    def forms(self) -> set[str]:
        return {w.form for w in self.words}


@dataclass(frozen=True)
class Known:
    """What a sentence may name: `names` finds parties and contracts in a text, `services` are names of
    services, `ours` names of the company we act for."""

    names: Callable[[str], Sequence[NameMatch]]
    services: Sequence[str] = ()
    ours: Sequence[str] = ()


def read(text: str, today: date, known: Known) -> Sentence:
    """The sentence of a cleaned question."""
    text = mend_months(text)
    sentence = Sentence(text)
    masks: list[Mask] = []
    _mask_ours(sentence, masks, known.ours)
    _mask_names(sentence, masks, known.names)
    _mask_records(sentence, masks)
    for match in _PRIORITY.finditer(_blank(text, masks)):
        sentence.priorities.append(f"P{match[1]}")
        masks.append(Mask("priority", match.start(), match.end()))
    _mask_services(sentence, masks, known.services)
    for match in _SECTION.finditer(_blank(text, masks)):
        sentence.sections.append(match[1])
        masks.append(Mask("section", match.start(1), match.end(1)))
    low = text.lower()
    frame = Frame(today, ahead=bool(_AHEAD.search(low)) and not _PAST.search(low))
    sentence.periods = periods(_blank(text, masks), frame)
    masks += [Mask("period", f.start, f.end) for f in sentence.periods]
    _rewrite(sentence, masks)
    return sentence


def _blank(text: str, masks: Sequence[Mask]) -> str:
    """The text with masked parts blanked out, offsets unchanged."""
    letters = list(text)
    for mask in masks:
        letters[mask.start : mask.end] = "\x01" * (mask.end - mask.start)
    return "".join(letters)


def _free(masks: Sequence[Mask], start: int, end: int) -> bool:
    return all(end <= m.start or m.end <= start for m in masks)


def _mask_names(sentence: Sentence, masks: list[Mask], names: Callable[[str], Sequence[NameMatch]]) -> None:
    """Longest names first; several matches for the same words stay together (they are ambiguous)."""
    places: dict[tuple[int, int], list[NameMatch]] = {}
    low = sentence.text.casefold()
    for match in names(sentence.text):
        said = match.said.casefold().strip()
        at = low.find(said) if said else -1
        if (
            at < 0
            or re.match(_NUMBERED, low[at + len(said) :])
            or all(part.form in vocabulary() for part in words(match.said))
        ):
            continue
        places.setdefault((at, at + len(said)), []).append(match)
    found: list[tuple[int, list[NameMatch]]] = []
    for (start, end), matches in sorted(places.items(), key=lambda p: (p[0][0] - p[0][1], p[0][0])):
        if not _free(masks, start, end):
            continue
        best = max(m.score for m in matches)
        close = [m for m in matches if m.score >= best - 0.02]
        found.append((start, _one_kind(close)))
        masks.append(Mask("name", start, end))
    sentence.names = [group for _, group in sorted(found, key=lambda f: f[0])]


def _one_kind(matches: list[NameMatch]) -> list[NameMatch]:
    """Where the same words name a party and its contracts, the party is meant."""
    parties = [m for m in matches if m.kind == "party"]
    chosen = parties or matches
    return list({m.id: m for m in chosen}.values())


def _mask_ours(sentence: Sentence, masks: list[Mask], ours: Sequence[str]) -> None:
    """Our own name is read as "we"."""
    for name in sorted(ours, key=len, reverse=True):
        pattern = rf"(?<![\w-]){re.escape(name)}(?!\w|{_NUMBERED})"
        match = re.search(pattern, _blank(sentence.text, masks), re.I)
        if match:
            sentence.concepts.add("we")
            masks.append(Mask("ours", match.start(), match.end()))


def _mask_records(sentence: Sentence, masks: list[Mask]) -> None:
    for match in _RECORD.finditer(_blank(sentence.text, masks)):
        if _NOT_A_RECORD.match(match[0]):
            continue
        sentence.records.append(match[0].replace(" ", "").upper())
        masks.append(Mask("record", match.start(), match.end()))


def _mask_services(sentence: Sentence, masks: list[Mask], services: Sequence[str]) -> None:
    for service in sorted({s for s in services if s.strip()}, key=len, reverse=True):
        pattern = r"\b" + r"\s+".join(re.escape(p) for p in service.split()) + r"\b"
        match = re.search(pattern, _blank(sentence.text, masks), re.I)
        if match:
            sentence.services.append(service)
            masks.append(Mask("service", match.start(), match.end()))


def _rewrite(sentence: Sentence, masks: list[Mask]) -> None:
    pieces: list[tuple[int, str]] = [(m.start, _MASK[m.kind]) for m in masks]
    for word in words(_blank(sentence.text, masks)):
        if word.form in _KIND_OF_NOISE:
            continue
        concept = concept_of().get(word.form)
        sentence.words.append(word)
        if concept:
            sentence.concepts.add(concept)
        elif word.form in PRIORITY_WORDS:
            sentence.priorities.append(PRIORITY_WORDS[word.form])
        elif _unknown(word):
            # A capital at the start of a sentence says nothing about the word.
            sentence.unknown.append(word.said if word.start else word.said.lower())
        shown = concept.upper() if concept and concept not in FLAGS else word.form
        pieces.append((word.start, shown))
    sentence.shape = " ".join(piece for _, piece in sorted(pieces))


def _unknown(word: Word) -> bool:
    form = word.form
    return not (form in FUNCTION_WORDS or form in topic_of() or form in no_data_of() or form.isdigit())
