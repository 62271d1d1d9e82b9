"""The checker: no citation, no claim; no value and no name that the evidence does not hold.

Pure: it reads a draft and its evidence and returns what may be said, with the reason for every claim
that may not. The same checker judges the templates and whatever a language model writes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.answer import Block, Claim, Draft
from agent.evidence import Evidence
from agent.lexicon import vocabulary
from agent.phrases import spell
from agent.values import values
from obligations.document import Problem, Span
from obligations.model import Outcome

TOGETHER = 2
"""Most assessments that one claim can be said to tell."""

_QUOTED = re.compile(r"“([^”]*)”")
_CAPITALISED = re.compile(r"(?<![\w’'-])[A-ZÄÖÜ][\w’'-]*")
_WORDS = re.compile(r"[^\W_]+")
_SENTENCE_START = re.compile(r"(?:^|[.:;|!?]\s*|[-–(“]\s*)$")
_NEGATION = (
    r"\b(?:no|not|none|never|nothing|nobody|without|n't|isn't|wasn't|hasn't|didn't)\b"
    r"(?:\s+[^\s.;:!?]+){0,3}?\s+"
)
_BREACH_WORDS = r"(?:breach\w*|violat\w+|missed|failed|late|overdue)\b"
_KEPT_WORDS = r"(?:kept|met|complied|compliant|fulfilled|honou?red|on time|in time)\b"
_DENIED = re.compile(_NEGATION + _BREACH_WORDS)
_BREACH = re.compile(rf"\b{_BREACH_WORDS}")
_UNKEPT = re.compile(_NEGATION + _KEPT_WORDS)
_KEPT = re.compile(rf"(?<!\bbe )\b{_KEPT_WORDS}")
_PLAIN_WORDS = frozenset(
    """
    january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday cet cest est edt gmt bst utc eet eest pst pdt sla eur usd gbp
    i pacta judged assumed likewise money next also kept breached explained around clock mon tue wed thu fri
    sat sun either side better worse records period promise open term renewal notice nothing proposed
    """.split()  # noqa: SIM905 - a word list reads better as text
)


@dataclass(frozen=True)
class Checked:
    """What may be said, and what was dropped with the reason."""

    draft: Draft
    dropped: tuple[Problem, ...]


def check(draft: Draft, evidence: Evidence) -> Checked:
    """The draft without the claims that its evidence does not bear out."""
    dropped: list[Problem] = []
    blocks: list[Block] = []
    for block in draft.blocks:
        kept: list[Claim] = []
        for claim in block.claims:
            located, problems = _locate(claim, evidence)
            problems += objections(located, evidence) if not problems or not located.note else []
            dropped += [Problem(stage="check", what=p, place=_short(claim.words)) for p in problems]
            if not problems:
                kept.append(located)
        if kept:
            blocks.append(block.model_copy(update={"claims": tuple(kept)}))
    return Checked(draft.model_copy(update={"blocks": tuple(blocks)}), tuple(dropped))


def objections(claim: Claim, evidence: Evidence) -> list[str]:
    """Why a claim may not be said; empty when it may."""
    rests_on = claim.assessments or claim.spans or claim.records or claim.contracts or claim.obligations
    if not rests_on and not claim.note:
        return ["it cites nothing"]
    unknown = [i for i in claim.assessments if i not in evidence.assessments]
    if unknown:
        return [f"it cites an assessment that was not made: {unknown[0]}"]
    texts = evidence.texts(claim)
    return [
        *_quotes(claim),
        *_values(claim, evidence),
        *_names(claim, texts, evidence),
        *_outcomes(claim, evidence),
    ]


def _locate(claim: Claim, evidence: Evidence) -> tuple[Claim, list[str]]:
    """The claim with its spans as the document has them; a span that is not there is an objection."""
    spans: list[Span] = []
    for span in claim.spans:
        text = evidence.passage(span.document_id, span.start, span.end)
        if text is None:
            return claim, [f"the quoted document is not at hand: {span.document_id}"]
        if not _same(span, text):
            return claim, [f"the quote does not stand where it is cited: {_short(span.quote)}"]
        spans.append(
            span if text == span.quote else span.model_copy(update={"quote": text, "match": "exact"})
        )
    return claim.model_copy(update={"spans": tuple(spans)}), []


def _same(span: Span, text: str) -> bool:
    """The document says there what the span quotes: to the letter, or as closely as `match` claims."""
    if text == span.quote or span.match == "fuzzy":
        return True
    return span.match == "normalised" and _plain(text) == _plain(span.quote)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _quotes(claim: Claim) -> list[str]:
    """Words in quotation marks must stand in a span that the claim cites, or in the question's plan."""
    if claim.note:
        return []
    held = [_plain(span.quote) for span in claim.spans]
    wrong = [q for q in _QUOTED.findall(claim.words) if not any(_plain(q) in quote for quote in held)]
    return [f"the words “{_short(q)}” are in none of the clauses cited" for q in wrong]


def _values(claim: Claim, evidence: Evidence) -> list[str]:
    said = values(re.sub(r"\bone\b", " ", _QUOTED.sub(" ", claim.words), flags=re.I))
    if said.wrong:
        return [f"there is no such day: {said.wrong[0]}"]
    held = evidence.values(claim)
    found = [f"the date {d} is not in the evidence" for d in sorted(said.dates - held.dates)]
    found += [f"day {d}.{m}. is not in the evidence" for m, d in sorted(said.days - held.days)]
    found += [f"the month {y}-{m:02d} is not in the evidence" for y, m in sorted(said.months - held.months)]
    found += [f"the time {t} is not in the evidence" for t in sorted(said.times - held.times)]
    found += [f"the amount {c} {n:,f} is not in the evidence" for c, n in sorted(said.money - held.money)]
    found += [f"{i} is not in the evidence" for i in sorted(said.ids - held.ids)]
    amounts = {n for _, n in held.money}
    years = {d.year for d in held.dates} | {y for y, _ in held.months}
    strange = {n for n in said.numbers - held.numbers - amounts if n not in years}
    return found + [f"the number {n:f} is not in the evidence" for n in sorted(strange)]


def _names(claim: Claim, texts: Sequence[str], evidence: Evidence) -> list[str]:
    """Parties that the evidence does not name, and capitalised words that nothing explains."""
    said = _QUOTED.sub(" ", claim.words)
    low = said.casefold()
    for party in evidence.parties.values():
        name = party.name.casefold()
        if not party.us and name in low and not any(name in _lower(text) for text in texts):
            return [f"{party.name} is not in the evidence of this claim"]
    strange = []
    for match in _CAPITALISED.finditer(said):
        parts = [w.casefold() for w in _WORDS.findall(match[0].removesuffix("'s").removesuffix("’s"))]
        if all(_explained(part, texts) for part in parts):
            continue
        if not _opens(said, match) or _names_somebody(said, match):
            strange.append(match[0])
    return [f"{name} is not in the evidence" for name in strange]


def _explained(word: str, texts: Sequence[str]) -> bool:
    """The word is one of the language's, or stands in the evidence; values are judged elsewhere."""
    if word in _PLAIN_WORDS or word in vocabulary() or any(c.isdigit() for c in word):
        return True
    return any(word in _words_of(text) for text in texts)


@lru_cache(maxsize=4096)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(_lower(text)))


@lru_cache(maxsize=4096)
def _lower(text: str) -> str:
    return text.casefold()


def _opens(text: str, match: re.Match[str]) -> bool:
    """The word stands where any word has a capital."""
    return bool(_SENTENCE_START.search(text[: match.start()]))


def _names_somebody(text: str, match: re.Match[str]) -> bool:
    """A sentence that opens with a possessive, or with two capitalised words, opens with a name."""
    after = text[match.end() :]
    return match[0].endswith(("'s", "’s")) or bool(re.match(r"\s+[A-ZÄÖÜ][a-zäöüß]", after))


def _outcomes(claim: Claim, evidence: Evidence) -> list[str]:
    """What a claim says about keeping a promise must be how its assessments came out.

    A step of their trail repeated word for word is evidence itself and says what it says.
    """
    if claim.note:
        return []
    cited = evidence.cited(claim)
    wrong = _contradiction(_QUOTED.sub(" ", claim.words).casefold(), {a.outcome for a in cited})
    steps = (spell(step.says) for a in cited for step in a.trail)
    repeated = wrong and any(_plain(claim.text).rstrip(".") == _plain(says).rstrip(".") for says in steps)
    return [wrong] if wrong and not repeated else []


def _contradiction(said: str, outcomes: set[Outcome]) -> str:
    """How a text and the outcomes behind it disagree; empty when they do not."""
    denied = _DENIED.search(said)
    breach = _BREACH.search(_DENIED.sub(" ", said))
    unkept = _UNKEPT.search(said)
    kept = _KEPT.search(_UNKEPT.sub(" ", said))
    if not outcomes and (denied or breach or unkept or kept):
        return "it says how a promise was kept and cites no judgement"
    if denied and Outcome.BREACHED in outcomes:
        return "it denies a breach that was found"
    if (breach or unkept) and Outcome.BREACHED not in outcomes:
        return "it states a breach that was not found"
    if kept and Outcome.MET not in outcomes:
        return "it states that a promise was kept that was not judged so"
    return ""


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"


def uncovered(draft: Draft, must_cite: Sequence[str]) -> list[str]:
    """Ids of assessments that the answer must tell and no claim tells: a claim about more than a few of
    them together, such as the verdict, tells none of them."""
    telling = [c for c in draft.claims if not c.note and len(c.assessments) <= TOGETHER]
    cited = {i for claim in telling for i in claim.assessments}
    return [i for i in must_cite if i not in cited]
