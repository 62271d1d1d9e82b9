"""Prices with their amounts: recurring, paid once, or for each unit."""

from collections.abc import Iterator

from extraction import patterns
from extraction.context import Context
from extraction.drafting import Sketch, from_sentence
from extraction.model import Draft, Unread
from extraction.owed import words_before
from extraction.sums import Sum, payer_of, sums
from obligations.terms import Fee
from obligations.terms.common import Per

KIND = "fee"


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every price: of prose, of lists and of tables."""
    for found in sums(context):
        if found.what == "fee" and found.amount is not None:
            yield _draft(context, found)


def _draft(context: Context, found: Sum) -> Draft:
    per = found.price.per or _per_by_words(found)
    terms = Fee(
        amount=found.amount,
        currency=found.currency,
        per=per,
        unit=found.price.unit or None,
        item=_item(found) or None,
    )
    if found.sentence is None:
        assert found.listed is not None
        sketch = Sketch(terms, found.listed, features=list(found.features))
    else:
        sketch = from_sentence(context, found.sentence, terms, found.place)
        if found.listed is not None:
            sketch.span, sketch.features = found.listed, list(found.features)
    sketch.debtor = payer_of(context, found)
    sketch.key = (_item(found) or "fee")[:60]
    if not found.price.stated:
        sketch.features.append("ambiguous")
    return sketch.draft(context)


def _per_by_words(found: Sum) -> Per | None:
    """A sum in prose without a period or a unit is paid once, unless it is the price of a thing."""
    if found.price.unit or found.sentence is None or found.listed is not None:
        return None
    if patterns.search(r"\w:\s*$", found.sentence.text[: found.place.start]):
        return None
    if patterns.search(
        r"\b(?:price|rate|cost)s?\b[^.;]{0,50}$", words_before(found.sentence.text, found.place)[-90:]
    ):
        return None
    return "once"


def _item(found: Sum) -> str:
    if found.item:
        return " ".join(found.item.split())[:80]
    if found.sentence is None:
        return ""
    before = found.sentence.text[max(0, found.place.start - 120) : found.place.start]
    named = list(
        patterns.words(
            r"\b((?:[\w-]+ ){0,2}(?:fees?|charges?|rent|retainer|price|rate|salary|royalt(?:y|ies)"
            r"|commission|payment|deposit))\b"
        ).finditer(before)
    )
    return named[-1][1].lower() if named else ""
