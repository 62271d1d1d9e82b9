"""Money kept back from what is paid as security, and given back in stages (retention money)."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction import patterns
from extraction.clauses import addresses_reader, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.quantities import PercentMention, durations
from extraction.sentences import Sentence
from obligations.quantities import Money
from obligations.terms import Holdback
from obligations.terms.money import Release

KIND = "holdback"

_KEEPS = re.compile(
    r"\b(?:(?:hold|held|keep|kept|keeps|holds|holding)[- ]?back|retainage|retention(?: money| sum"
    r"| amount)?|withh(?:old|eld|olds|olding)"
    r"|retain(?:s|ed)?|leaves? (?:\S+ ){1,8}?unpaid)\b",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:invoices?|payments?|instal+ments?|price|amounts? (?:due|payable|invoiced)|progress|fees?"
    r"|interim|sums? due|contract sum)\b",
    re.IGNORECASE,
)
_NOT_SECURITY = re.compile(
    r"\b(?:tax(?:es)?|withholding|disput\w+|good faith|commission|royalt\w+|management fee|employees?"
    r"|payroll|(?<!installation )records?|title|equity|shares?"
    r"|voting|customers? retention|retention rate|revenues?|profits?|recover(?:y|ies)|net sales)\b",
    re.IGNORECASE,
)
_RELEASED = re.compile(
    r"\b(?:releas(?:e|es|ed)|paid out|pays? out|given back|return(?:s|ed)?|receives? it|repaid"
    r"|falls? due|until|payable)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\b(?:after|of|from|until|at|when|upon|on|following|before)\s(?:the\s|its\s|all\s"
    r"|of\s)*(?P<event>(?:final |provisional |practical |mechanical )?"
    r"(?:acceptance|completion|delivery|installation record|installation|handover|warranty"
    r"|commissioning|defects (?:have been|were) made good"
    r"|works are accepted|warranty has run out|equipment has been delivered"
    r"|end of (?:the )?warranty(?: period)?|approval))",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(?:(?P<half>one half|half)|the (?P<rest>rest|remainder|balance|other half))\b", re.IGNORECASE
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every right to keep part of what is due, with the words on giving it back that follow."""
    prose = list(context.prose())
    for number, sentence in enumerate(prose):
        text = sentence.text
        if not _KEEPS.search(text) or ("%" not in text and "cent" not in text.lower()):
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        percent = next((p for p in context.percents(sentence) if _is_kept(text, p)), None)
        if percent is None:
            continue
        following = prose[number + 1] if number + 1 < len(prose) else None
        yield _draft(context, sentence, percent, following)


def _is_kept(text: str, percent: PercentMention) -> bool:
    """Is this the part that is kept back, as security?"""
    near = text[max(0, percent.start - 120) : percent.end + 130]
    if percent.value > 30 or _NOT_SECURITY.search(near):
        return False
    return bool(_KEEPS.search(near)) and bool(_FROM.search(near))


def _draft(
    context: Context, sentence: Sentence, percent: PercentMention, following: Sentence | None
) -> Draft:
    text = sentence.text
    words = text
    spans = []
    if following is not None and _RELEASED.search(following.text) and _AFTER.search(following.text):
        words = f"{text} {following.text}"
        spans.append(context.span(following))
    percents = context.percents(sentence)
    capped = next(
        (
            p
            for p in percents
            if p is not percent and patterns.search(r"\buntil\b[^.;]{0,20}$", text[: p.start])
        ),
        None,
    )
    price = next(
        (m for m in context.money(sentence) if patterns.search(r"\bprice of $", text[: m.start])), None
    )
    cap = next(
        (
            m
            for m in context.money(sentence)
            if patterns.search(r"\b(?:not more than|at most|up to|maximum)\b[^.;]{0,20}$", text[: m.start])
        ),
        None,
    )
    terms = Holdback(
        percent=percent.value,
        base="gross"
        if patterns.search(r"\bgross\b", text)
        else "net"
        if patterns.search(r"\bnet\b", text)
        else None,
        cap=Money(amount=cap.amount, currency=cap.currency) if cap is not None else None,
        cap_percent=capped.value if capped is not None else None,
        contract_price=Money(amount=price.amount, currency=price.currency) if price is not None else None,
        releases=tuple(_releases(words)),
    )
    sketch = from_sentence(context, sentence, terms, percent)
    sketch.key, sketch.debtor = "retention", context.roles.payer
    sketch.basis += spans
    if not terms.releases:
        sketch.features.append("ambiguous")
        sketch.notes.append("the text does not say when it is given back")
    return sketch.draft(context)


def _releases(words: str) -> Iterator[Release]:
    """The stages: each event, with the time after it and the share given back."""
    found = list(_AFTER.finditer(words))[:4]
    released = _RELEASED.search(words)
    if released is None:
        return
    seen: set[str] = set()
    for match in found:
        event = _event(match["event"])
        if event in seen or (event == "completion" and seen):
            continue
        seen.add(event)
        before = words[max(0, match.start() - 90) : match.start()]
        after = words[match.end() : match.end() + 70]
        length = next((d for d in reversed(durations(before)) if len(before) - d.end < 30), None) or next(
            (d for d in durations(after) if patterns.search(r"\bwithin\b[^.;]{0,14}$", after[: d.start])),
            None,
        )
        shares = list(_SHARE.finditer(before))
        half = bool(shares) and bool(shares[-1]["half"] or "half" in shares[-1].group().lower())
        share = Decimal(50) if half and len(found) > 1 else None
        yield Release(percent=share, after=event, within=length.duration if length is not None else None)


def _event(words: str) -> str:
    """The event by a short name."""
    said = " ".join(words.lower().split())
    for name, pattern in (
        ("defects made good", r"defects"),
        ("end of warranty", r"warranty"),
        ("acceptance", r"^works are accepted"),
        ("delivery", r"delivered"),
    ):
        if patterns.search(pattern, said):
            return name
    return said
