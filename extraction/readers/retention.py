"""retention: for how long records must be kept."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from extraction.clauses import clause_at, is_negated
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.duties import actor, promising
from extraction.model import Draft, Unread
from extraction.quantities import REDACTED, DurationMention, Mention, redacted_durations
from extraction.sentences import Sentence
from obligations.terms import Retention

KIND = "retention"
_QUICK = re.compile(
    r"record|book|data|document|log|papers|account|file|cop(?:y|ies)|report|sample|certificate|correspond"
)
_KEEPS = re.compile(
    r"\b(?:keep(?:s|ing)?|kept|maintain(?:s|ed|ing)?|retain(?:s|ed|ing)?|retention|preserv(?:e|es|ed|ing)"
    r"|stor(?:e|es|ed|ing)|archiv(?:e|es|ed|ing)|hold(?:s)?|held|remain(?:s)? available|delet(?:e|es|ed)"
    r"|destroy(?:s|ed)?|saved?)\b",
    re.IGNORECASE,
)
_RECORDS = re.compile(
    r"\b(?:books?|records?|accounts?(?= of|\s?,| and records| books|\b(?! with| at| manager))|documents?"
    r"|documentation|data|files|logs?|papers|samples|correspondence|vouchers|ledgers|receipts|invoices"
    r"|copies|reports?|history|recordings?|certificates)\b",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:for|until|during|plus|period of|least|than|minimum of|term of|to|up to|after|through|the|of|over"
    r"|within)\W{0,2}(?:an? |the |at least |not less than |no less than |a minimum of |least |additional "
    r"|subsequent |(?:\w+ )?period of (?:at least |not less than |no less than )?)*$",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(
    r"(?:\s?\([^()]{0,20}\))?\W{0,3}(?:period |time )?(?:thereafter|after|following|from|subsequent|beyond"
    r"|of|past|since|or\b|and\b|as\b|in\b|to\b|,|;|\.|\)|$|the|any|any|all|at|by|unless|such|proper"
    r"|accurate|true|full|complete"
    r"|which|on|with|prior|\w+ing\b|during)",
    re.IGNORECASE,
)
_NOT_IT = re.compile(
    r"\b(?:in (?:strict )?(?:confidence|trust)|confidential(?:ity|ly)?|secret|insurance"
    r"|(?<!accounting )polic(?:y|ies)(?! and (?:practices|procedures))"
    r"|licen[cs]e|warranty|escrow|spare|inventory|in (?:full )?force|domain|website|web site|employment"
    r"|exclusiv\w+|patent|trademark|stock of"
    r"|bank account|deposit|balance|ratio|accreditation|registration|employ\w* in|competit\w+)\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"\b(?:deliver|submit|provide|furnish|send|pay|notify|notice|respond|remit|give[ns]?|return|inspect"
    r"|audit|examine|correct|cure|commence|renew|warrant)\w*\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(?:shall|will|must|agrees?|agreed|undertakes?|required|obligated|covenants?|to|keeps?|maintains?"
    r"|retains?|preserves?|stores?|are kept|is kept|deletes?|remain)\b",
    re.IGNORECASE,
)
_LONGEST = re.compile(
    r"\b(?:sooner|longer|greater|later|earlier|lesser)\b(?:[^.;]{0,140}\b(?:or|and)\W+|(?: of| to)?)"
    r"\W*(?:\(?\w{1,3}\)\W*)?$",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"\b(?:within|(?<!until )more than|later than)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_PARTICIPLE = re.compile(
    r"\b(?:records|books|accounts|files|documents|copies|data|electronically|information)\s(?:kept"
    r"|maintained|stored|held|retained)$",
    re.IGNORECASE,
)
_YEAR_END = re.compile(
    r"[^.;]{0,30}?\b(?:end|close|expir\w+) of (?:the |each |that |such |any )?(?:\w+ )?(?:calendar |fiscal "
    r"|contract |financial |accounting )?(?:year|quarter|period to|month)\b",
    re.IGNORECASE,
)
_CONTRACT_END = re.compile(
    r"[^.;]{0,40}?\b(?:(?:terminat\w+|expir\w+|end|completion|conclusion) (?:or \w+ )?(?:of|hereof"
    r"|date)?(?: (?:the|this|such))? ?(?:term|agreement|contract|hereof|period)?|agreement (?:has ended"
    r"|ends|is terminated)|the term\b)",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"[^.;]{0,40}?\b(?:creat\w+|was made|were made|made|date of (?:each|the|such)|shipment|transaction"
    r"|to which (?:it|they) relate|each invoice|delivery)\b",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every duty to keep records for a time; a second length of a sentence is not a second duty."""
    for sentence in promising(context):
        text = sentence.text
        if not _QUICK.search(sentence.lower) or not (
            "make available" in sentence.lower or _KEEPS.search(text)
        ):
            continue
        taken: list[int] = []
        last = 0
        for length in context.durations(sentence):
            clause = clause_at(sentence.text, length.start)
            again = clause.start in taken and not _KEEPS.search(sentence.text, last, length.start)
            if again or not _is_kept(sentence, length):
                continue
            taken.append(clause.start)
            last = length.end
            yield _draft(context, sentence, length)
        if not taken:
            yield from _redacted(context, sentence)


def _redacted(context: Context, sentence: Sentence) -> Iterator[Unread]:
    """A time that is blacked out, or left to the law: "for the periods that the Act requires"."""
    text = sentence.text
    gaps = [*redacted_durations(text), *_blanks(text)]
    for gap in gaps:
        length = DurationMention(gap.start, gap.end, gap.text, value=Decimal(3), unit="year")
        if _is_kept(sentence, length) or (_closes(text, gap) and _kept_as_required(text)):
            why = "the time for which records are kept is redacted"
            yield Unread(kind=KIND, span=context.span(sentence), why=why)
            return
    left = any(piece in sentence.lower for piece in ("period", "times", "long as"))
    if left and _BY_LAW.search(text) and _kept_as_required(text):
        why = "the time for which records are kept is left to the law or to another document"
        yield Unread(kind=KIND, span=context.span(sentence), why=why)


_BLANK = re.compile(
    rf"\b(?:until|for|period of|least|longer of"
    rf"|expiration of)\s(?P<gap>{REDACTED}(?:\s?\(\s?{REDACTED}\s?\))?)(?!\s?%)"
    rf"|\b(?:keeps?|maintains?|retains?)\s(?P<bare>{REDACTED})\s(?:complete|accurate|full|true|all|proper)\b",
    re.IGNORECASE,
)
_BY_LAW = re.compile(
    r"\bfor (?:the|any|such|as long as|so long as|all)\b[^.;,]{0,40}?\b(?:periods?|times?"
    r"|long as)\b[^.;]{0,50}?"
    r"\b(?:required|prescribed|specified|mandated|set forth)\b[^.;]{0,20}?\b(?:by|in|under)\b"
    r"|\bas long as (?:is )?(?:required|prescribed) (?:by|under)\b",
    re.IGNORECASE,
)


def _blanks(text: str) -> Iterator[Mention]:
    """Blanks that stand for a time without its unit ("until [***]")."""
    if "*" in text or "_" in text:
        for match in _BLANK.finditer(text):
            name = "gap" if match["gap"] else "bare"
            yield Mention(match.start(name), match.end(name), match[name])


def _closes(text: str, gap: Mention) -> bool:
    """Does the sentence end in "until [***]", or is the blank between the verb and the records?"""
    before, after = text[: gap.start].lower(), text[gap.end :]
    return (before.endswith("until ") and len(after) < 3) or before.endswith(("keeps ", "keep ", "maintain "))


def _kept_as_required(text: str) -> bool:
    """Must books or records be kept, and nothing that is only like it?"""
    keeps = _KEEPS.search(text)
    return bool(
        keeps
        and re.search(r"\b(?:books|records|accounts|documentation)\b", text, re.IGNORECASE)
        and re.search(r"\b(?:shall|will|must|agrees? to)\b", text, re.IGNORECASE)
        and not _NOT_IT.search(text)
        and not is_negated(text, 0, keeps.start())
    )


def _is_kept(sentence: Sentence, length: DurationMention) -> bool:
    """Is the length the time for which something is kept on record?"""
    text = sentence.text
    if length.unit in ("second", "minute", "hour") or (length.unit == "day" and length.value < 28):
        return False
    clause = clause_at(text, length.start)
    start = max(text.rfind(";", 0, length.start) + 1, length.start - _FAR, 0)
    before, after = text[start : length.start], text[length.end : clause.end]
    if (
        not (_FOR.search(before[-60:]) or _LONGEST.search(before))
        or _LIMIT.search(before[-40:])
        or not _AFTERWARDS.match(after)
    ):
        return False
    keeps = [
        verb
        for verb in _KEEPS.finditer(before)
        if not _PARTICIPLE.search(before[max(0, verb.start() - 40) : verb.end()])
    ]
    if keeps and length.start - start - keeps[-1].start() < _FAR:
        return _kept_before(before, after, keeps[-1])
    return _kept_after(before, after)


_FAR = 900
"""Characters between the verb and the time at most: what is kept may be a long list."""


def _kept_before(before: str, after: str, keeps: re.Match[str]) -> bool:
    """ "keep the books for three years", "records shall be retained for three years"."""
    between = before[keeps.end() :]
    around = f"{before[max(0, keeps.start() - 160) : keeps.start()]} {between}"
    if not _RECORDS.search(around) and not re.match(r"[^.;]{0,200}?\b(?:records|books)\b", after):
        return False
    if _NOT_IT.search(between) or _NOT_IT.search(before[max(0, keeps.start() - 50) : keeps.start()]):
        return False
    if _ANOTHER.search(between) and not re.search(r"\bfor\W+(?:[\w'()-]+\W+){0,6}$", between):
        return False
    if re.search(r"\b(?:open|available|subject)\b[^.;]{0,120}$", between) and not re.search(
        r"\b(?:keep|kept|maintain|retain|preserv)", between
    ):
        return "remain" in keeps.group().lower() or (
            bool(re.search(r"\bfor\b[^.;,]{0,40}$", between)) and not re.search(r"\b(?:may|right)\b", between)
        )
    if re.match(r"delet|destroy", keeps.group(), re.IGNORECASE) and not re.search(
        r"\bafter\W+(?:\w+\W+){0,3}$", between
    ):
        return False
    if is_negated(before, max(0, keeps.start() - 40), len(before)):
        return False
    return bool(_MODAL.search(before))


_SHOWN = re.compile(r"\bmake available\b", re.IGNORECASE)
"""Records that must be shown on request until a day must be kept until then."""


def _kept_after(before: str, after: str) -> bool:
    """ "For three years after …, X shall keep the books"."""
    if not re.search(r"\b(?:for|during|until|period of|least)\b[^.;]{0,40}$", before[-60:], re.IGNORECASE):
        return False
    keeps = _KEEPS.search(after[:260]) or _SHOWN.search(after[:200])
    if keeps is None or not re.search(
        r"\b(?:shall|will|must|agrees? to|undertakes? to|to)\b",
        f"{before[-200:]} {after[: keeps.start()]}",
        re.IGNORECASE,
    ):
        return False
    words = after[keeps.end() : keeps.end() + (160 if keeps.re is _SHOWN else 110)]
    if re.match(r"delet|destroy", keeps.group(), re.IGNORECASE) or _NOT_IT.search(after[: keeps.end() + 60]):
        return False
    return bool(_RECORDS.search(words))


def _draft(context: Context, sentence: Sentence, length: DurationMention) -> Draft:
    text = sentence.text
    records = _named(text, length)
    terms = Retention(records=records or None, within=length.duration, starts=_starts(text, length))
    sketch = from_sentence(context, sentence, terms, length)
    sketch.key = records
    verb = next(_KEEPS.finditer(text, max(0, length.start - 330)), None)
    sketch.debtor = context.roles.subject(sentence, verb.start() if verb else length.start) or actor(
        context, sentence, length.start
    )
    return sketch.draft(context)


def _named(text: str, length: DurationMention) -> str:
    """What is kept, by the noun nearest to its verb."""
    verb = next((m for m in reversed(list(_KEEPS.finditer(text, 0, length.start)))), None) or _KEEPS.search(
        text, length.end
    )
    if verb is None:
        return ""
    passive = re.search(r"\b(?:be|are|is)\s(?:\w+ )?$", text[: verb.start()][-16:])
    where = (
        text[max(0, verb.start() - 120) : verb.start()] if passive else text[verb.end() : verb.end() + 120]
    )
    nouns = [m.group().lower() for m in _RECORDS.finditer(where)]
    return " and ".join(dict.fromkeys(nouns[:2])) if nouns else ""


def _starts(text: str, length: DurationMention) -> Literal["creation", "year_end", "contract_end"] | None:
    after, before = text[length.end : length.end + 110], text[max(0, length.start - 90) : length.start]
    if re.match(r"\W{0,3}thereafter", after) or re.search(
        r"\bduring the term\b[^.;]{0,60}$", before, re.IGNORECASE
    ):
        return "contract_end"
    counted = re.match(r"\W{0,3}(?:period )?(?:after|following|from|beyond|of)\b", after)
    if counted is None:
        return None
    rest = after[counted.end() :]
    if _YEAR_END.match(rest):
        return "year_end"
    if _CONTRACT_END.match(rest):
        return "contract_end"
    return "creation" if _MADE.match(rest) else None
