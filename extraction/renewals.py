"""What a contract says of its renewal as a whole: for how long it renews, and the notice that stops it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.model import Draft
from extraction.patterns import search
from extraction.quantities import durations
from extraction.sentences import Sentence, span_of
from obligations.document import Document, Span
from obligations.quantities import Duration
from obligations.terms import Renewal, RenewalNotice, Term, TerminationNotice


@dataclass(frozen=True)
class Renewed:
    """`perpetual`: after its first term the contract goes on until somebody ends it."""

    length: Duration | None = None
    perpetual: bool = False
    span: Span | None = None
    notice: Duration | None = None
    notice_span: Span | None = None


_GOES_ON = re.compile(
    r"\b(?:thereafter|(?:after|following|upon|at) (?:the )?(?:such |that |expir\w+ of |end of )*(?:the "
    r"|such )?"
    r"(?:initial |original |first |primary )?(?:term|period))\b[^.;]{0,140}\b(?:continu\w+|remains?|renew\w*"
    r"|extend\w*|be (?:in force|effective|month))\b[^.;]{0,90}"
    r"\b(?:indefinitely|perpetual\w*|until (?:\w+ ){0,3}?(?:terminated|cancell?ed)"
    r"|(?:un)?til (?:either|one|any|a|the other) (?:of the )?part(?:y|ies)\b)",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:agreement|contract|term)\b", re.IGNORECASE)
_NOTICE_AFTER = re.compile(
    r"[\s'-]{0,3}(?:calendar |business )?(?:\w+'? ){0,2}?(?:prior |advance |written )*(?:prior|advance"
    r"|written|notice|before)\b",
    re.IGNORECASE,
)


def read_renewed(document: Document, sentences: Sequence[Sentence], drafts: Sequence[Draft]) -> Renewed:
    """The first renewal with a length, an automatic one before one that has to be agreed."""
    open_ended = next((s for s in sentences if s.form != "heading" and _open(s)), None)
    renewals = [draft for draft in drafts if isinstance(draft.terms, Renewal)]
    if open_ended is not None:
        renewals = [d for d in renewals if not open_ended.start <= d.span.start < open_ended.end]
    sized = [d for d in renewals if isinstance(d.terms, Renewal) and (d.terms.within or _same_again(d))]
    sized.sort(key=lambda d: not (isinstance(d.terms, Renewal) and d.terms.automatic))
    notice, notice_span = _notice(drafts, automatic=_automatic(renewals) or open_ended is not None)
    if sized:
        return Renewed(_length(sized[0], drafts), False, sized[0].span, notice, notice_span)
    if open_ended is None:
        return Renewed(notice=notice, notice_span=notice_span)
    span = span_of(document, open_ended.start, open_ended.end, open_ended.section)
    said = _notice_in(open_ended.text)
    return Renewed(None, True, span, said or notice, span if said else notice_span)


def _open(sentence: Sentence) -> bool:
    """ "shall thereafter continue until terminated by either party", with no length for what follows."""
    found = _GOES_ON.search(sentence.text)
    if found is None or not _OWN.search(sentence.text[: found.end()]):
        return False
    if search(r"\b(?:confidential\w*|surviv\w+|insurance|warrant\w+|lien)\b", found.group()):
        return False
    lengths = (length for length in durations(found.group()) if length.unit in ("month", "year"))
    return not any(True for _ in lengths) and not search(
        r"\bsuccessive\b|\byear[- ]to[- ]year\b", found.group()
    )


def _notice_in(text: str) -> Duration | None:
    found = _GOES_ON.search(text)
    start = found.start() if found else 0
    for length in durations(text):
        if length.start > start and _NOTICE_AFTER.match(text[length.end : length.end + 50]):
            return length.duration
    return None


def _same_again(draft: Draft) -> bool:
    return bool(
        search(
            r"\b(?:same|equal|like|identical|similar) (?:duration|length|periods?|terms?)\b"
            r"|\bof (?:the same|equal|like) (?:duration|length)\b|\bequal to the initial\b",
            draft.span.quote,
        )
    )


def _length(draft: Draft, drafts: Sequence[Draft]) -> Duration | None:
    """The stated length, or that of the first term where the renewal is "of the same duration"."""
    if isinstance(draft.terms, Renewal) and draft.terms.within is not None:
        return draft.terms.within
    terms = (d.terms for d in drafts if isinstance(d.terms, Term))
    return next((term.within for term in terms if term.within is not None), None)


def _automatic(renewals: Sequence[Draft]) -> bool:
    return any(isinstance(d.terms, Renewal) and d.terms.automatic for d in renewals)


_STOPS = re.compile(
    r"\bnon-?renew\w*|\bnot (?:to |be )?(?:\w+ )?(?:renew|extend|continu)\w*|\bunless\b|\bterminat\w+"
    r"|\bcancel\w*"
    r"|\bdeclin\w+|\bnotice of (?:its )?intent\w*",
    re.IGNORECASE,
)


def _notice(drafts: Sequence[Draft], *, automatic: bool) -> tuple[Duration | None, Span | None]:
    """The notice that stops a renewal; one that takes an option up is none.

    Where the contract renews by itself and states no such notice, the right to end it without cause is what
    stops the renewal.
    """
    for draft in drafts:
        terms = draft.terms
        if isinstance(terms, RenewalNotice) and (automatic or _STOPS.search(draft.span.quote)):
            return terms.within, draft.span
    if automatic:
        for draft in drafts:
            if isinstance(draft.terms, TerminationNotice) and draft.terms.within is not None:
                return draft.terms.within, draft.span
    return None, None
