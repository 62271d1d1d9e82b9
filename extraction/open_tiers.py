"""Tiers of volume with a figure blacked out, and discounts listed below the volume from which they hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from extraction.clauses import addresses_reader, is_example, is_negated, is_recital
from extraction.context import Context
from extraction.quantities import REDACTED, Mention
from extraction.redacted import has_gap, redacted_percents
from extraction.sentences import Sentence
from extraction.volume_tiers import CASH, OFF, is_threshold
from extraction.volumes import Volume, volumes

_GAP = re.compile(REDACTED, re.IGNORECASE)
_NAMED = re.compile(
    r"(?:\b(?:volume |quantity )?(?:discounts?|rebates?|bonus|pric(?:es?|ing))\W{0,4})?"
    r"\b(?:tier|level|bracket|band)\s?(?:#|no\.?)?\s?(?:\d{1,2}|[ivx]{1,4}|[a-h])\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:discounts?|rebates?|bonus(?:es)?|price reductions?)\b", re.IGNORECASE)
_VOLUME = re.compile(r"\b(?:volumes?|quantit\w+|purchas\w+|orders?|units?|spend|turnover)\b", re.IGNORECASE)


@dataclass(frozen=True)
class OpenTier:
    """One tier as far as it is printed, and where it stands in its sentence."""

    start: int
    end: int
    percent: Decimal | None = None
    threshold: Decimal | None = None
    currency: str | None = None
    unit: str | None = None


def named_tiers(sentence: Sentence) -> Iterator[OpenTier]:
    """Rows such as "Tier 2 [***] [***]" that a schedule of volume discounts runs together."""
    text = sentence.text
    rows = list(_NAMED.finditer(text)) if has_gap(text) else []
    about = f"{text[:200]} {sentence.topic}"
    if len(rows) < 2 or not _ABOUT.search(about) or not _VOLUME.search(about):
        return
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        end = following.start() if following is not None else min(len(text), row.end() + 120)
        gaps = [g.end() for g in _GAP.finditer(text, row.end(), end)]
        if gaps and not re.search(r"\d", text[row.end() : gaps[-1]]):
            yield OpenTier(row.start(), gaps[-1])


def open_prose(context: Context, sentence: Sentence) -> Iterator[OpenTier]:
    """ "a discount of [***]% on orders of at least [***] Trays": a share off, a volume, one of them open."""
    text = sentence.text
    if not has_gap(text) or not OFF.search(text) or CASH.search(text):
        return
    if is_example(text) or is_recital(text) or addresses_reader(text):
        return
    shares: list[tuple[Mention, Decimal | None]] = [(gap, None) for gap in redacted_percents(text)]
    shares += [(p, p.value) for p in context.percents(sentence)]
    left = [v for v in volumes(context, sentence) if is_threshold(text, v) is not None]
    for place, value in sorted(shares, key=lambda share: share[0].start):
        volume = min(left, key=lambda v: abs(v.place.start - place.start), default=None)
        if volume is None or abs(volume.place.start - place.start) > 200:
            continue
        left.remove(volume)
        if (value is None or volume.amount is None) and not is_negated(text, 0, place.start):
            yield _open_tier(place, value, volume)


def _open_tier(place: Mention, value: Decimal | None, volume: Volume) -> OpenTier:
    return OpenTier(
        min(place.start, volume.place.start),
        max(place.end, volume.place.end),
        value,
        volume.amount,
        volume.unit if volume.is_money else None,
        None if volume.is_money else volume.unit,
    )


_BELOW = re.compile(
    r"\b(?:discounts?|rebates?)\b[^.;]{0,60}:\s*$|\bfollowing (?:\w+ )?(?:discounts|rebates)\W*$",
    re.IGNORECASE,
)
_REACH = 4


def listed_below(context: Context) -> Iterator[tuple[Sentence, OpenTier]]:
    """Shares off in the lines below "who buys more than EUR 900 has the following discounts:"."""
    from_on: Volume | None = None
    lead: Sentence | None = None
    for sentence in context.sentences:
        text = sentence.text
        if sentence.form == "heading":
            continue
        if _BELOW.search(text[-120:]):
            lead = sentence
            from_on = next((v for v in volumes(context, sentence) if is_threshold(text, v) is not None), None)
            continue
        if lead is None or from_on is None:
            continue
        shares = [p for p in context.percents(sentence) if 0 < p.value <= 90]
        if sentence.index - lead.index > _REACH or not shares or CASH.search(text):
            lead = lead if not shares and sentence.index - lead.index <= 1 else None
            continue
        before = 0
        for share in shares:
            yield (
                sentence,
                OpenTier(
                    before,
                    share.end,
                    share.value,
                    from_on.amount,
                    from_on.unit if from_on.is_money else None,
                    None if from_on.is_money else from_on.unit,
                ),
            )
            before = share.end + 1
        lead = None
