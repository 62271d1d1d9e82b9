"""volume_discount: a lower price from a volume on, in one order or over a period."""

from collections.abc import Iterator

from extraction.context import Context
from extraction.drafting import Sketch, from_row, from_sentence
from extraction.model import Draft
from extraction.volume_tiers import Ladder, Tier, ladders, spans_of
from obligations.terms import VolumeDiscount
from obligations.terms.volume import VolumeTier

KIND = "volume_discount"


def read(context: Context) -> Iterator[Draft]:
    """One draft for each tier of a table, one for the tiers of a sentence."""
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
