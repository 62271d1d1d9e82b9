"""volume_discount: a lower price from a volume on, in one order or over a period."""

from collections.abc import Iterator

from extraction.clauses import narrowest
from extraction.context import Context
from extraction.drafting import Sketch, from_row, from_sentence
from extraction.model import Draft, Unread
from extraction.open_tiers import OpenTier, listed_below, named_tiers, open_prose
from extraction.sentences import Sentence
from extraction.volume_tiers import Ladder, Tier, ladders, spans_of
from obligations.terms import VolumeDiscount
from obligations.terms.volume import VolumeTier

KIND = "volume_discount"


def read(context: Context) -> Iterator[Draft | Unread]:
    """One draft for each tier of a table, one for the tiers of a sentence; tiers with a figure left open."""
    for ladder in ladders(context):
        if ladder.back:
            continue
        groups = [[tier] for tier in ladder.tiers] if ladder.grid is not None else [ladder.tiers]
        for number, group in enumerate(groups):
            terms = _terms(ladder, group)
            sketch = _sketch(context, ladder, terms, number)
            sketch.key = f"from {group[0].threshold.normalize():f}" if len(groups) > 1 else ""
            sketch.debtor = context.roles.provider
            yield sketch.draft(context)
    for sentence, tier in listed_below(context):
        yield _listed(context, sentence, tier)
    for sentence in context.sentences:
        if any(word in sentence.lower for word in _WORDS):
            yield from _left_open(context, sentence)


_WORDS = ("discount", "rebate", "bonus", "reduc", "tier", " less")


def _left_open(context: Context, sentence: Sentence) -> Iterator[Unread]:
    """Tiers whose share or volume is blacked out."""
    rows = list(named_tiers(sentence))
    for tier in rows or open_prose(context, sentence):
        clause = narrowest(sentence.text, tier.start, tier.end - 1)
        part = (tier.start, tier.end) if rows else (clause.start, clause.end)
        known = {"percent": tier.percent, "threshold": tier.threshold}
        yield Unread(
            kind=KIND,
            span=context.span(sentence, *part),
            why="a figure of the tier is blacked out",
            known={name: f"{value:f}" for name, value in known.items() if value is not None},
        )


def _listed(context: Context, sentence: Sentence, tier: OpenTier) -> Draft | Unread:
    """A share off in a line below the volume from which it holds."""
    span = context.span(sentence, tier.start, tier.end)
    if tier.threshold is None:
        known = {"percent": f"{tier.percent:f}"}
        return Unread(kind=KIND, span=span, why="the volume is blacked out", known=known)
    terms = VolumeDiscount(
        percent=tier.percent, threshold=tier.threshold, currency=tier.currency, unit=tier.unit
    )
    sketch = Sketch(terms, span, features=["heading_only"], debtor=context.roles.provider)
    return sketch.draft(context)


def _sketch(context: Context, ladder: Ladder, terms: VolumeDiscount, number: int) -> Sketch:
    if ladder.grid is not None:
        return from_row(context, ladder.grid, ladder.rows[number], terms, certain=True)
    assert ladder.sentence is not None
    return from_sentence(context, ladder.sentence, terms, *spans_of(ladder))


def _terms(ladder: Ladder, group: list[Tier]) -> VolumeDiscount:
    first = group[0]
    one = len({tier.threshold for tier in group}) < 2
    return VolumeDiscount(
        percent=first.percent if one else None,
        threshold=first.threshold if one else None,
        tiers=() if one else tuple(VolumeTier(threshold=t.threshold, percent=t.percent) for t in group),
        currency=first.currency,
        unit=first.unit,
        boundary=ladder.boundary,
        per=ladder.per,
        year=ladder.year,
        method="marginal" if ladder.on_excess else "all_units" if ladder.on_all else None,
    )
