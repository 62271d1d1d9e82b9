"""rebate: money paid back on the volume of a period, by tiers."""

import re
from collections.abc import Iterator

from extraction.context import Context
from extraction.drafting import from_row, from_sentence
from extraction.model import Draft
from extraction.quantities import durations
from extraction.tables import Row
from extraction.volume_tiers import Ladder, ladders, spans_of
from obligations.quantities import Duration
from obligations.terms import Rebate
from obligations.terms.volume import VolumeTier

KIND = "rebate"


def read(context: Context) -> Iterator[Draft]:
    """One draft for all tiers of a rebate."""
    for ladder in ladders(context):
        if not ladder.back:
            continue
        terms = _terms(ladder)
        if ladder.sentence is not None:
            sketch = from_sentence(context, ladder.sentence, terms, *spans_of(ladder))
        else:
            assert ladder.grid is not None
            run = Row((), ladder.rows[0].start, ladder.rows[-1].end)
            sketch = from_row(context, ladder.grid, run, terms, certain=True)
        sketch.debtor = context.roles.provider
        yield sketch.draft(context)


def _terms(ladder: Ladder) -> Rebate:
    first = ladder.tiers[0]
    one = len({tier.threshold for tier in ladder.tiers}) < 2
    per = ladder.per
    return Rebate(
        percent=first.percent if one else None,
        threshold=first.threshold if one else None,
        tiers=()
        if one
        else tuple(VolumeTier(threshold=t.threshold, percent=t.percent) for t in ladder.tiers),
        currency=first.currency,
        unit=first.unit,
        boundary=ladder.boundary,
        method="incremental" if ladder.on_excess else "retroactive" if ladder.on_all else None,
        per=per if per != "order" else None,
        year=ladder.year,
        within=_within(ladder),
    )


def _within(ladder: Ladder) -> Duration | None:
    """How long after the end of the period it is paid or credited."""
    for length in durations(ladder.words):
        if re.match(
            r"\W{0,3}(?:of|after|from|following)\b[^.;]{0,60}\b(?:end|close[sd]?|ended|year|quarter"
            r"|period)\b",
            ladder.words[length.end :],
        ):
            return length.duration
    return None
