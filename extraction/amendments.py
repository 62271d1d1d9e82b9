"""Amendments: what is replaced by what, from which day, as changes to typed promises.

An amendment speaks of another document: "in the row for Priority P1, the target for Resolution
“8 hours” is replaced by “6 hours”". A Change carries the promise as it reads afterwards. What the
amendment does not state is taken from the parent's draft of the same kind and key, where it is known.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from extraction.context import Context
from extraction.dates import dates
from extraction.model import Change, Draft
from extraction.patterns import search
from extraction.quantities import DurationMention, MoneyMention, PercentMention, durations, money, percents
from extraction.sentences import Sentence
from obligations.terms import Terms

_REPLACES = re.compile(
    r"\b(?:(?:is|are|be|shall be|hereby)\s(?:\w+\s){0,3}?(?:deleted (?:and|in its entirety and) replaced"
    r"|replaced|substituted|amended|changed|modified|increased|reduced|extended|shortened|raised|lowered"
    r"|revised|restated|adjusted|deleted|struck)|"
    r"(?:replace|replaces|substitute|amend|delete|reduce|increase|extend|change|strike)s?|shall (?:now "
    r"|henceforth |instead )?read|reads? as follows|instead of|in place of|in lieu of)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"(?P<q>[^\"]{1,400})\"")
_FROM_TO = re.compile(
    r"\bfrom\s(?P<old>(?:[^,;.]|(?<=\d)[.,](?=\d)){2,60}?)\sto\s(?P<new>(?:[^,;.]|(?<=\d)[.,](?=\d)){2,60})",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"(?P<new>[^,;.\"]{2,60}?)\s(?:instead of|in place of|in lieu of|rather than)\s(?P<old>(?:[^,;.\"]|"
    r"(?<=\d)[.,](?=\d)){2,60})",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:clause|section|paragraph|article|table|schedule|annex|appendix|exhibit|row|item|§)\s?"
    r"(?:for\s)?[\w.()-]{1,20}(?:\s(?:of|in|to)\s(?:the\s)?(?:clause|section|paragraph|article|table"
    r"|schedule|annex|appendix|exhibit|SLA|MSA|agreement)(?:\s[\d.]+\w?)?){0,3}",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("renewal_notice", r"\bnotice (?:of non-?renewal|period|to (?:prevent|stop))|\bnon-?renewal"),
        ("renewal", r"\brenewal (?:term|period)|\bextension"),
        ("service_credit", r"\bservice credits?\b|\bcredits?\b"),
        ("resolution_time", r"\bresol(?:ution|ve)|\brestor|\brepair|\brectif"),
        ("response_time", r"\brespon[sd]|\breaction|\backnowledg"),
        ("availability", r"\bavailab|\bup-?time"),
        ("payment_due", r"\bpay(?:ment|able|s)?\b|\binvoic"),
        ("reporting", r"\breport|\bstatement\b"),
        ("term", r"\binitial term\b|\bterm of the|\bexpir|\bend date|\bterm\b"),
    )
)


@dataclass(frozen=True)
class _Replacement:
    old: str
    new: str


def read_changes(context: Context, drafts: Sequence[Draft], effective: date | None) -> tuple[Change, ...]:
    """Every change the amendment makes, in order; a draft it prints anew is a change too."""
    found: list[Change] = []
    for sentence in context.sentences:
        if sentence.form == "heading" or not _REPLACES.search(sentence.text) or _unchanged(sentence.text):
            continue
        found += [
            _change(context, sentence, replacement, drafts, effective)
            for replacement in _replacements(sentence.text)
        ]
    covered = {change.target for change in found}
    for draft in drafts:
        if in_replaced_words(draft, found):
            continue
        target = _target(draft.kind, draft.key)
        if target in covered and any(
            c.draft and c.target == target and _same_value(c.draft, draft) for c in found
        ):
            continue
        if _restates(context, draft, found):
            continue
        found.append(
            Change(effective_on=effective, target=target, draft=draft, stated=_stated(draft), span=draft.span)
        )
    return tuple(found)


def in_replaced_words(draft: Draft, changes: Sequence[Change]) -> bool:
    """Was the draft read in a sentence that replaces words? Then its figure may be the old one."""
    return any(
        (c.old or c.new) and c.span.start < draft.span.end and draft.span.start < c.span.end for c in changes
    )


def _unchanged(text: str) -> bool:
    return bool(
        search(
            r"\b(?:remain\w*|continues?) (?:\w+ )?(?:unchanged|in (?:full )?(?:force|effect)|unaffected"
            r"|unmodified|as they are)",
            text,
        )
    ) or bool(search(r"\b(?:except as|save as)\b[^.;]{0,60}\b(?:amended|changed|modified)", text))


def _replacements(text: str) -> Iterator[_Replacement]:
    """Pairs of old and new words: quoted, "from … to …", or "… instead of …"."""
    quoted = [
        match["q"].strip()
        for match in _QUOTED.finditer(text)
        if not re.match(r"[A-Z][\w ]{1,30}$", match["q"].strip()) or any(c.isdigit() for c in match["q"])
    ]
    if len(quoted) >= 2:
        for old, new in zip(quoted[::2], quoted[1::2], strict=False):
            reverse = search(
                r"\b(?:substitut\w+|insert\w*)\b[^\"]{0,20}\"[^\"]+\"\s(?:for|in place of|instead of)",
                text,
            )
            yield _Replacement(new, old) if reverse else _Replacement(old, new)
        return
    if (match := _FROM_TO.search(text)) and (re.search(r"\d", match["new"]) or _has_value(match["new"])):
        yield _Replacement(match["old"].strip(), match["new"].strip())
        return
    if (match := _INSTEAD.search(text)) and _has_value(match["new"]):
        yield _Replacement(match["old"].strip(), match["new"].strip())
        return
    if search(
        r"\b(?:replaced|amended|changed|reduced|increased|extended|shortened|raised|lowered|revised)\s"
        r"(?:\w+\s){0,4}?(?:to|by|with)\s(?:read\s)?",
        text,
    ):
        tail = re.split(
            r"\b(?:replaced|amended|changed|reduced|increased|extended|shortened|raised|lowered|revised)\b",
            text,
            maxsplit=1,
        )[1]
        if _has_value(tail):
            yield _Replacement(
                quoted[0] if len(quoted) == 1 and _has_value(quoted[0]) and quoted[0] not in tail else "",
                tail.strip(" ."),
            )


def _has_value(text: str) -> bool:
    return any(True for source in (durations, percents, money, dates) for _ in source(text))


def _change(
    context: Context,
    sentence: Sentence,
    replacement: _Replacement,
    drafts: Sequence[Draft],
    effective: date | None,
) -> Change:
    kind = _kind_of(sentence.text)
    key = _key_of(context, sentence, kind)
    place = _PLACE.search(sentence.text)
    if not kind and (meant := _at_clause(context, sentence, replacement)):
        kind, key = meant.kind, meant.key
    draft, stated = _amended(context, sentence, kind, key, replacement, drafts)
    target = (
        _target(kind, draft.key if draft else key) if kind else (place.group() if place else sentence.section)
    )
    return Change(
        effective_on=_own_date(context, sentence) or effective,
        target=target,
        draft=draft,
        stated=stated,
        old=replacement.old,
        new=replacement.new,
        span=context.span(sentence),
    )


_CLAUSE = re.compile(r"\b(?:clause|section|paragraph|§)\s?(?P<number>\d+(?:\.\d+)*)", re.IGNORECASE)


def _at_clause(context: Context, sentence: Sentence, replacement: _Replacement) -> Draft | None:
    """The one promise of the document above whose clause the sentence numbers and whose words it replaces."""
    numbered = _CLAUSE.search(sentence.text)
    if numbered is None or not replacement.old:
        return None
    old = " ".join(replacement.old.split()).casefold()
    found = [
        draft
        for parent in context.hints.parents
        for draft in parent.drafts
        if draft.span.section == numbered["number"] and old in " ".join(draft.span.quote.split()).casefold()
    ]
    return found[0] if len(found) == 1 else None


def _kind_of(text: str) -> str:
    """The kind the sentence names; the words nearest to the replaced ones decide."""
    verb = _REPLACES.search(text)
    end = verb.start() if verb else len(text)
    named = [
        (max(m.start() for m in found), kind)
        for kind, pattern in _KINDS
        if (found := list(pattern.finditer(text[:end])))
    ]
    if not named:
        named = [(-first.start(), kind) for kind, pattern in _KINDS if (first := pattern.search(text))]
    if not named:
        return ""
    notice = next((kind for _, kind in named if kind == "renewal_notice"), None)
    return notice or max(named)[1]


def _key_of(context: Context, sentence: Sentence, kind: str) -> str:
    if kind in ("response_time", "resolution_time"):
        mention = next(context.priorities.mentions(sentence.text), None)
        return mention.priorities[0] if mention else ""
    earlier = [d for parent in context.hints.parents for d in parent.drafts if d.kind == kind]
    named = [d.key for d in earlier if d.key and d.key in sentence.lower]
    if named:
        return max(named, key=len)
    keys = {d.key for d in earlier}
    return keys.pop() if len(keys) == 1 else ""


def _target(kind: str, key: str) -> str:
    return f"{kind}/{key}" if key else kind


def _amended(
    context: Context,
    sentence: Sentence,
    kind: str,
    key: str,
    replacement: _Replacement,
    drafts: Sequence[Draft],
) -> tuple[Draft | None, tuple[str, ...]]:
    """The promise after the change: the parent's draft with the new value, or a bare one."""
    stated = _new_values(kind, replacement.new)
    if not kind or not stated:
        return None, ()
    here = [
        d for d in drafts if d.kind == kind and d.span.start < sentence.end and sentence.start < d.span.end
    ]
    agreeing = [d for d in drafts if d.kind == kind and d.key == key and _agrees(d.terms, stated)]
    own = next(iter([*agreeing, *here]), None)
    earlier = next(
        (d for parent in context.hints.parents for d in parent.drafts if d.kind == kind and d.key == key),
        None,
    )
    base = own or earlier
    terms = _with(base.terms, stated) if base else _bare(kind, key, stated)
    if terms is None:
        return None, ()
    span = context.span(sentence)
    basis = tuple(dict.fromkeys((*((own.span,) if own else ()), *(base.basis if base else ()))))
    notes = (
        ("what the amendment does not state keeps its earlier value",)
        if base is None or base is earlier
        else ()
    )
    draft = Draft(
        kind=kind,
        key=base.key if base else key,
        terms=terms,
        span=span,
        basis=basis,
        debtor_role=base.debtor_role if base else context.roles.provider,
        creditor_role=base.creditor_role if base else context.roles.payer,
        confidence=0.94 if base else 0.86,
        notes=notes,
    )
    return draft, tuple(stated)


def _new_values(kind: str, words: str) -> dict[str, object]:
    """The terms that the new words state, by name."""
    length: DurationMention | None = next(iter(durations(words)), None)
    share: PercentMention | None = next(iter(percents(words)), None)
    amount: MoneyMention | None = next(iter(money(words)), None)
    day = next(iter(dates(words)), None)
    if kind == "availability":
        return {"percent": share.value} if share else {}
    if kind == "service_credit":
        return {"base": amount.money} if amount else ({"cap_percent": share.value} if share else {})
    if kind == "term":
        values: dict[str, object] = {"within": length.duration} if length else {}
        return values | ({"due_on": day.day} if day else {})
    return {"within": length.duration} if length else {}


def _agrees(terms: Terms, stated: dict[str, object]) -> bool:
    return all(getattr(terms, name, None) == value for name, value in stated.items())


def _with(terms: Terms, stated: dict[str, object]) -> Terms:
    return type(terms).model_validate({**dict(terms), **stated})


def _bare(kind: str, key: str, stated: dict[str, object]) -> Terms | None:
    """A promise of which the amendment states only the new value."""
    if kind == "service_credit":
        return None
    named: dict[str, object] = {"kind": kind}
    if kind in ("response_time", "resolution_time"):
        named["priority"] = key or None
    return _TERMS.validate_python({**named, **stated})


_TERMS: TypeAdapter[Terms] = TypeAdapter(Terms)


def _own_date(context: Context, sentence: Sentence) -> date | None:
    """A day of effect in the sentence itself ("with effect from 1 January 2027")."""
    for day in dates(sentence.text, month_first=context.month_first):
        if search(
            r"\b(?:with effect (?:from|as of)|effective(?: as of| from| on)?|from|as of|starting(?: on)?"
            r"|beginning(?: on)?)\W{0,2}(?:the )?$",
            sentence.text[max(0, day.start - 40) : day.start],
        ):
            return day.day
    return None


def _same_value(one: Draft, other: Draft) -> bool:
    for name in ("within", "percent", "due_on"):
        if getattr(one.terms, name, None) != getattr(other.terms, name, None):
            return False
    return True


def _restates(context: Context, draft: Draft, found: Sequence[Change]) -> bool:
    """A printed-again promise that the parent already makes in the same words changes nothing."""
    for parent in context.hints.parents:
        for earlier in parent.drafts:
            if (earlier.kind, earlier.key) == (draft.kind, draft.key) and _same_value(earlier, draft):
                return True
    return not context.hints.parents and bool(found) and "for convenience" in _before(context, draft)


def _before(context: Context, draft: Draft) -> str:
    earlier = [s for s in context.sentences if s.flat.start < draft.span.start and s.form == "sentence"]
    return earlier[-1].lower if earlier else ""


def _stated(draft: Draft) -> tuple[str, ...]:
    return tuple(
        name
        for name, value in draft.terms
        if name != "kind" and value not in (None, (), False) and name not in draft.assumed
    )
