"""delivery_performance: the share of what was due in a period that came on time, in full, or both."""

import re
from collections.abc import Iterator
from typing import Literal

from extraction.clauses import addresses_reader, is_example, is_recital, modality
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft
from extraction.periods import period_mentions
from extraction.quantities import PercentMention
from extraction.sentences import Sentence
from obligations.terms import DeliveryPerformance, Per

KIND = "delivery_performance"
_WORDS = (
    "on time",
    "on-time",
    "in full",
    "otif",
    "fill rate",
    "punctual",
    "promised day",
    "confirmed date",
    "due date",
    "complete",
)
_ON_TIME = re.compile(
    r"\bon[- ]time\b(?! to time)|\bpunctual\w*|\bno later than (?:their|its|the) (?:due|promised|confirmed"
    r"|delivery) da(?:te|y)|\bon or before the (?:due|promised|confirmed|requested|delivery)"
    r" da(?:te|y)|\bon the (?:promised|confirmed|requested|due) da(?:te|y)|\bby (?:their|its|the) (?:due"
    r"|promised|confirmed) da(?:te|y)",
    re.IGNORECASE,
)
_IN_FULL = re.compile(r"\bin full\b|\bcomplete(?:ly)?\b|\bfill rates?\b|\bin their entirety\b", re.IGNORECASE)
_OTIF = re.compile(
    r"\bOTIF\b|\bon[- ]time (?:and |, )?in[- ]full\b|\bin full (?:and|,) on time\b", re.IGNORECASE
)
_GOODS = re.compile(
    r"\b(?:orders?|order lines?|lines?|cases|deliver\w*|shipments?|shipped|dispatch\w*|consignments?|goods"
    r"|products?|units)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:pay(?:s|able|ment|ments)?|paid|invoice\w*|rent|taxes|royalt\w*|interest|availability|tickets?"
    r"|incidents?|ownership|voting|shares|credit|penalt\w*|lump sum"
    r"|damages|discount|force and effect|performed in full|satisf\w+ in full|full-?time)\b",
    re.IGNORECASE,
)
_LEVELS: tuple[tuple[Literal["case", "line", "order"], str], ...] = (
    ("case", r"\bcases\b|\bcartons\b"),
    ("line", r"\b(?:order |delivery )?lines\b"),
    ("order", r"\borders\b|\bshipments\b|\bconsignments\b|\bdeliveries\b"),
)


def read(context: Context) -> Iterator[Draft]:
    """Every share of deliveries that somebody promises."""
    for sentence in context.prose():
        lower, text = sentence.lower, sentence.text
        if not ("%" in lower or "cent" in lower) or not any(word in lower for word in _WORDS):
            continue
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        if not _GOODS.search(text) and not _OTIF.search(text):
            continue
        measure = _measure(text)
        share = next((p for p in context.percents(sentence) if _is_level(text, p)), None)
        if (
            measure is None
            or share is None
            or _OTHER.search(text[max(0, share.start - 160) : share.end + 160])
        ):
            continue
        yield _draft(context, sentence, share, measure)


def _measure(text: str) -> Literal["on_time", "in_full", "otif"] | None:
    timely, full = _ON_TIME.search(text), _IN_FULL.search(text)
    if _OTIF.search(text) or (timely and full):
        return "otif"
    return "on_time" if timely else "in_full" if full else None


def _is_level(text: str, share: PercentMention) -> bool:
    """A share that is to be reached, 50% or more; not one that a lower one is told by."""
    return share.value >= 50 and not re.search(
        r"\b(?:by|additional|within)\W{0,2}$", text[max(0, share.start - 14) : share.start]
    )


def _draft(
    context: Context,
    sentence: Sentence,
    share: PercentMention,
    measure: Literal["on_time", "in_full", "otif"],
) -> Draft:
    text = sentence.text
    pers = [
        m.per for m in period_mentions(text) if m.per in ("week", "month", "quarter", "half_year", "year")
    ]
    per: Per = pers[0] if pers else "month"
    delivered = re.search(
        r"\b(?:orders?|lines|cases) (?:it|that (?:it|were|are)) (?:delivers?|delivered)\b", text
    )
    terms = DeliveryPerformance(
        measure=measure,
        percent=share.value,
        per=per,
        level=next((name for name, pattern in _LEVELS if re.search(pattern, text, re.IGNORECASE)), None),
        of="delivered" if delivered and not re.search(r"\bdue\b|\bordered\b", text) else "ordered",
        excused="left_out" if re.search(r"\bexcus|\bleft out|\bexcluding|\bother than", text) else None,
    )
    sketch = from_sentence(context, sentence, terms, share)
    sketch.debtor = context.roles.subject(sentence, share.start) or context.roles.provider
    if not pers:
        sketch.assumed.append("per")
    if modality(text, share.start) == "":
        sketch.features.append("ambiguous")
    return sketch.draft(context)
