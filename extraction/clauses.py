"""The grammar the readers share: clauses of a sentence, modal verbs, conditions, negations, limits.

A promise is found compositionally: a quantity, the words that make it a limit ("within", "no later
than"), the action it limits, and the modal verb that makes it binding. None of it is tied to one kind.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from extraction import patterns

_BARRIER = re.compile(
    r";\s*(?:and\s|or\s|but\s)?|(?<=[\s;:,])(?=\((?:[a-z]|[ivx]{1,4})\)\s)|(?<=[;:,]\s)(?=\(\d\)\s)|"
    r"(?<=\w)(?<!\.[A-Z])(?<!\bInc)(?<!\bLtd)(?<!\bCorp)(?<!\bNo)(?<!\bCo)[.?!]\s(?=[A-Z\"(])"
)
MODAL = re.compile(
    r"\b(?:shall|will|must|agrees? to|undertakes? to|commits? to|covenants? to|guarantees?|warrants?"
    r"|promises?|"
    r"ensures?|(?:is|are|be) (?:hereby )?(?:required|obliged|obligated|bound|due|payable|committed) ?(?:to)?|"
    r"(?:is|are|has|have) to(?! say)|needs? to|should|undertakes?)\b",
    re.IGNORECASE,
)
_WEAK_MODAL = re.compile(
    r"\b(?:commercially )?reasonable (?:efforts|endeavou?rs)|best (?:efforts|endeavou?rs)|\b"
    r"(?:endeavou?rs?|strives?|aims?|"
    r"targets?|seeks?|attempts?|intends?|should|objective|goal)\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:may|can|could|might|is entitled to|are entitled to|has the right|reserves the right)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:shall|will|must|does|do|is|are|be|need|has|have) not\b(?!\s(?:later|less|more|exceed|be "
    r"(?:later|less|more|longer)|"
    r"take (?:longer|more)|fall|drop|unreasonably))|\b(?:no|any) (?:obligation|duty|commitment|guarantee"
    r"|promise)\b|"
    r"\bnot (?:be )?(?:obliged|required|obligated|bound|promised|guaranteed|apply)\b|\bneither\b"
    r"|\bnever\b|\bnothing\b|"
    r"\bwithout any (?:obligation|commitment)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if(?! (?:any|applicable|so|necessary|appropriate|required|requested)\s?[,)])|where|whenever|when"
    r"|should|in case|in the event|unless|until|upon|once|provided that"
    r"|to the extent|"
    r"so long as|as long as|whether)\b",
    re.IGNORECASE,
)
_FAILING = re.compile(
    r"\b(?:fails?|failed|failure|failing|neglects?|unable|misses|missed|missing|delays?|exceeds?|late|"
    r"(?:does|do|did|has|have|is|are|was|were|been|be|can|could) not|cannot|not been|lapses?|expires?"
    r"|breach(?:es)?)\b",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|by way of (?:example|illustration)|example:?|e\.g\.|worked example|"
    r"illustrat(?!ions?\b)\w+|hypothetical\w*|purely indicative|sample calculation)",
    re.IGNORECASE,
)
_RECITAL = re.compile(r"^(?:\(?[a-z]\)?\.?\s)?(?:whereas|recitals?|background)\b", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"\b(?:ignore|disregard|forget|override|overrule)\b.{0,40}\b(?:rules?|instructions?|prompts?"
    r"|guidelines?|checks?)\b|"
    r"\b(?:ai|language model|llm|chatbot|machine|automated|software) (?:reader|assistant|system|agent"
    r"|tool|reviewer)s?\b.{0,80}"
    r"\b(?:must|shall|should|approve|treat|mark|report|record|answer|note|ignore|classify)\b|"
    r"\b(?:language models?|llms?|chatbots?|ai models?) (?:\w+ )?(?:must|shall|should|will)\b|"
    r"\battention:? (?:any |all )?(?:ai\b|automated|machine|software)|"
    r"\b(?:note|message|instruction|attention)s? (?:to|for) (?:any |the |all |an )?(?:ai\b|artificial"
    r"|language|automated|software|machine|"
    r"reviewing|computer|llm|model|assistant|system that reads)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    start: int
    end: int


@lru_cache(maxsize=4096)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a sentence, cut at semicolons and inline enumerators, as flat ranges."""
    found: list[Clause] = []
    start = 0
    for barrier in _BARRIER.finditer(text):
        if barrier.end() - start > 3:
            found.append(Clause(start, barrier.end()))
            start = barrier.end()
    if start < len(text):
        found.append(Clause(start, len(text)))
    return tuple(found) or (Clause(0, len(text)),)


def clause_at(text: str, index: int) -> Clause:
    """The clause that holds a flat index."""
    for clause in clauses(text):
        if clause.start <= index < clause.end:
            return clause
    return Clause(0, len(text))


def preposition(text: str, at: int) -> str:
    """The limiting words right before a quantity: "within", "no later than", "" where there is none.

    Up to five words are looked at, so that "within a period of" and "not more than" are seen whole.
    """
    before = text[max(0, at - 60) : at]
    match = patterns.search(
        r"(?:\b(?:with ?in|not? (?:event )?(?:later|more|longer) than|(?:not|never) (?:to )?exceed(?:ing)?"
        r"|no earlier than|not less than|"
        r"at least|less than|fewer than|more than|in excess of|under|up to|at most|at the latest|"
        r"(?:a )?maximum(?: period)?(?: of)?|max\.?|"
        r"minimum(?: of)?|by(?: the)?(?: end of)?|in|after|before|every|each|for|of|is|are|be|at|over"
        r"|during|net|prior|than|until|"
        r"from|on|and|or|to|time|target|period of|term of|next|following|first|inside)|(?<=\s)-|<=|≤|<|:"
        r"|\||=|\()"
        r"(?:\s(?:the|an?|a period of|any|its|each|such|about|approximately|next|first|following|initial"
        r"|further|period|"
        r"additional|successive|consecutive|maximum of|total of|least|not|exceed|more|than|of|to|but"
        r"|later|in no event|any case|case|event|"
        r"renewal|up|rolling|given))*\s*$",
        before,
    )
    return " ".join(match.group().lower().split()) if match else ""


def is_limit(text: str, at: int) -> bool:
    """Do the words before a quantity make it the most that may be taken?"""
    said = preposition(text, at)
    return bool(
        re.match(
            r"with ?in|no(?:t)? (?:event )?(?:later|more|longer) than|(?:not|never) (?:to )?exceed"
            r"|(?:and|or) (?:\w+ )*later than|up to|at most|at the latest|under|inside|"
            r"less than|fewer than|(?:a )?max|in\b|by\b|<|≤|:|-|\||=|\(|is\b|are\b|be\b|of\b|time|target"
            r"|at\b|to\b|net\b|after\b|for\b",
            said,
        )
    )


def open_condition(text: str, at: int) -> int | None:
    """Where the "if …" clause begins that holds the index and that no modal verb has closed yet."""
    clause = clause_at(text, at)
    opened = None
    for match in _CONDITION.finditer(text, clause.start, at):
        if match.group().lower() == "should" and match.start() > clause.start + 3:
            continue
        opened = match.start()
    if opened is None:
        return None
    closed = any(_closes(text, opened, modal) for modal in MODAL.finditer(text, opened + 4, at))
    return None if closed else opened


def in_condition(text: str, at: int) -> bool:
    """Does the index stand in an "if …" clause that no modal verb has closed yet?"""
    return open_condition(text, at) is not None


_NOUN_CONDITION = re.compile(r"(?:in the event of|in case of|upon|once)\b", re.IGNORECASE)


def _closes(text: str, opened: int, modal: re.Match[str]) -> bool:
    """Does the main clause begin before this modal verb: after a comma, or after enough words?"""
    between = text[opened : modal.start()]
    if "," in between or _NOUN_CONDITION.match(between):
        return True
    firm = patterns.match(r"shall|will|must", modal.group())
    return bool(firm) and len(between.split()) >= 7 and not re.match(r"\s(?:not|fail)", text[modal.end() :])


def is_failure(text: str, at: int) -> bool:
    """Is the quantity one that was missed ("fails to respond within 2 hours"), not one promised?"""
    clause = clause_at(text, at)
    before = text[clause.start : at]
    failing = None
    for match in _FAILING.finditer(before):
        if not re.match(r"\s?(?:later|less|more|exceed|longer)", before[match.end() :]):
            failing = match
    if failing is None:
        return False
    between = before[failing.end() :]
    reopened = any(re.search(r",|\band\b", between[: modal.start()]) for modal in MODAL.finditer(between))
    return not reopened and (
        in_condition(text, at) or (len(between) < 70 and bool(re.match(r"\s?(?:to|by|of|in)\b", between)))
    )


_ASIDE = re.compile(
    r",\s(?:(?:and|but)\s)?(?:so far as|to the extent|unless|except|where|if|provided|as long as|insofar"
    r"|in so far)\b[^,]*,",
    re.IGNORECASE,
)


def is_negated(text: str, start: int, at: int) -> bool:
    """Is there a negation between `start` and the quantity that is not part of a limit?"""
    return bool(_NEGATED.search(_ASIDE.sub(", ", text[start:at])))


@lru_cache(maxsize=4096)
def is_example(text: str) -> bool:
    return bool(_EXAMPLE.search(text))


def is_recital(text: str) -> bool:
    return bool(_RECITAL.match(text))


@lru_cache(maxsize=4096)
def addresses_reader(text: str) -> bool:
    """Text that talks to whoever reads the contract by machine; it promises nothing."""
    return bool(_ADDRESSED.search(text))


def modality(text: str, at: int) -> str:
    """ "firm", "weak" (efforts, targets), "may" or "" for the clause that holds the index."""
    clause = clause_at(text, at)
    piece = text[clause.start : clause.end]
    if _WEAK_MODAL.search(piece):
        return "weak"
    if MODAL.search(piece):
        return "firm"
    return "may" if _MAY.search(piece) else ""


def modals(text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
    return MODAL.finditer(text, start, len(text) if end is None else end)


def narrowest(text: str, *places: int, longest: int = 420) -> Clause:
    """The shortest run of whole clauses over all the places; the whole text while it is short."""
    if len(text) <= longest:
        return Clause(0, len(text))
    first, last = min(places), max(places)
    return Clause(clause_at(text, first).start, clause_at(text, last).end)
