"""Tiers of volume: what share off or back holds from which quantity or turnover on, in prose or tables.

Discounts (`volume_discount`) and money paid back (`rebate`) are both stated in tiers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from extraction.clauses import addresses_reader, is_example, is_recital
from extraction.context import Context
from extraction.patterns import search
from extraction.periods import period_mentions
from extraction.quantities import FIGURES, Mention, PercentMention, figures_value, money, percents
from extraction.sentences import Sentence
from extraction.tables import Grid, Row
from extraction.volumes import Volume, volumes
from obligations.terms import Per

_WORDS = (
    "discount",
    "rebate",
    "bonus",
    "less than the list",
    "lowered",
    "reduc",
    "paid back",
    "refund",
    " back",
    "credit",
)
OFF = re.compile(
    r"\bdiscounts?\b|\brebates?\b|\bbonus(?:es)?\b|\bprice reductions?\b|\b(?:pays?|is|are) (?:[\w ]+ "
    r")?(?:\d|less)\b[^.;]{0,60}\bless\b|\bless than the list"
    r"|\b(?:list )?prices? (?:is|are|will be|shall be) (?:lowered|reduced)|\breduced by\b|\bpaid back\b"
    r"|\brefunded\b|\bgets? [^.;]{0,60} back\b|\boff (?:the )?(?:list|price)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\brebates?\b|\bbonus(?:es)?\b|\bpaid back\b|\brefund(?:ed|s)?\b|\bback to\b|\sback\b|\bcredit "
    r"notes?\b|\bkick-?back",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:in excess of|exceed(?:s|ing|ed)?|above|beyond|more than|greater than|over)\W{0,2}(?:the |an? "
    r"|amount |sum |of |total )*$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:at least|not less than|no less than|minimum(?: of)?|from|reach(?:es|ed|ing)?|starting at"
    r"|equals?(?: or exceeds)?|amounts? to|orders?(?: of)?|buys?"
    r"|purchas(?:es?|ing)(?: of)?|volume of|quantit(?:y|ies) of|for|each)\W{0,2}(?:the |an? |total |of "
    r"|least )*(?:[A-Za-z -]{3,60}\(\s?)?$",
    re.IGNORECASE,
)
_OR_MORE = re.compile(
    r"\W{0,2}(?:[\w'-]+ ){0,4}?(?:or more|or greater|or above|and (?:above|more|over|up)|upwards?|\+)(?:\W"
    r"|$)|\W{0,2}(?:[\w'-]+ )?(?:is|are) (?:reached|exceeded)",
    re.IGNORECASE,
)
CASH = re.compile(
    r"\b(?:early|prompt|cash) (?:payment )?discount|\bif paid within|\bpaid (?:early|within)|\bpayment "
    r"within|\binterest\b|\broyalt|\bcommission|\bnet sales\b"
    r"|\bservice credit|\bavailab|\bup-?time|\bshortfall|\bunderpa|\baudit|\bdelay|\blate\b|\bwarrant"
    r"|\bterminat|\bunderwrit|\bshares\b|\bunit-?holder",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\bcontract year\b", re.IGNORECASE)


@dataclass(frozen=True)
class Tier:
    """`percent` holds from `threshold` on; `reaches` where the threshold itself counts already."""

    percent: Decimal
    threshold: Decimal
    reaches: bool | None
    unit: str | None = None
    currency: str | None = None
    places: tuple[Mention, ...] = ()


@dataclass
class Ladder:
    """The tiers that one sentence or one table states, lowest first."""

    tiers: list[Tier]
    words: str
    sentence: Sentence | None = None
    grid: Grid | None = None
    rows: list[Row] = field(default_factory=list)

    @property
    def back(self) -> bool:
        """Money paid back afterwards, not a lower price."""
        return _BACK.search(self.words) is not None

    @property
    def per(self) -> Per | Literal["order"] | None:
        if search(
            r"\b(?:in|per|of|each|an|single) (?:an? |one |single )?orders?\b|\borders? of\b|\bat once\b",
            self.words,
        ):
            return "order" if not search(r"\b(?:year|quarter|month)\b", self.words) else self._period
        return self._period

    @property
    def _period(self) -> Per | None:
        named = [
            m.per for m in period_mentions(self.words) if m.per in ("year", "half_year", "quarter", "month")
        ]
        return named[0] if named else None

    @property
    def year(self) -> Literal["contract", "calendar"] | None:
        if self._period != "year":
            return None
        return (
            "contract"
            if _YEAR.search(self.words)
            else "calendar"
            if search(r"\bcalendar year", self.words)
            else None
        )

    @property
    def boundary(self) -> Literal["reaches", "exceeds"] | None:
        said = {tier.reaches for tier in self.tiers}
        return None if said != {True} and said != {False} else "reaches" if said == {True} else "exceeds"

    @property
    def on_excess(self) -> bool:
        """Only what lies above the threshold counts: "on the portion that exceeds"."""
        return (
            search(
                r"\bon the (?:portion|part|excess)\b|\bportion of\b|\bin excess of\b|\bon the part\b|\bthat "
                r"(?:lies|exceeds)|\bbeyond\b|\babove it\b|\bincremental",
                self.words,
            )
            is not None
        )

    @property
    def on_all(self) -> bool:
        return (
            search(
                r"\b(?:whole|all (?:of|purchases|its)|entire|first (?:euro|dollar|unit)|for all)\b",
                self.words,
            )
            is not None
        )


def ladders(context: Context) -> list[Ladder]:
    """Every ladder of the document; worked out once for both kinds."""
    return context.once("volume tiers", lambda: [*_in_tables(context), *_in_prose(context)])


def _in_prose(context: Context) -> Iterator[Ladder]:
    for sentence in context.prose():
        lower = sentence.lower
        if not any(word in lower for word in _WORDS) or not ("%" in lower or "cent" in lower):
            continue
        text = sentence.text
        if (
            not OFF.search(text)
            or is_example(text)
            or is_recital(text)
            or addresses_reader(text)
            or CASH.search(text)
        ):
            continue
        if search(r"\bconsiders?\b", text):
            continue
        if tiers := _tiers(context, sentence):
            yield Ladder(tiers, f"{text} {_next(context, sentence)}", sentence)


def _next(context: Context, sentence: Sentence) -> str:
    """The sentence after it, which often says on what and when: "It is reckoned on the whole turnover"."""
    later = context.sentences[sentence.index + 1] if sentence.index + 1 < len(context.sentences) else None
    starts = later is not None and re.match(
        r"\W*(?:It|The (?:bonus|rebate|discount)|This|They)\b", later.text
    )
    return later.text if later is not None and starts else ""


def _tiers(context: Context, sentence: Sentence) -> list[Tier]:
    """Each share with the threshold nearest to it: before it in its clause, else after it."""
    text = sentence.text
    thresholds = [
        (v, reaches)
        for v in volumes(context, sentence)
        if v.amount is not None
        for reaches in [is_threshold(text, v)]
        if reaches is not None
    ]
    shares = [
        p
        for p in context.percents(sentence)
        if p.value <= 90 and not search(r"\bexceed|\bmore than $", text[max(0, p.start - 14) : p.start])
    ]
    found: list[Tier] = []
    left = list(thresholds)
    for share in shares:
        if not left:
            break
        volume, reaches = min(left, key=lambda t: abs(t[0].place.start - share.start))
        if abs(volume.place.start - share.start) > 200:
            continue
        left.remove((volume, reaches))
        found.append(_tier(share, volume, reaches))
    return sorted(found, key=lambda t: t.threshold)


def _tier(share: PercentMention, volume: Volume, reaches: bool) -> Tier:
    assert volume.amount is not None
    return Tier(
        percent=share.value,
        threshold=volume.amount,
        reaches=reaches,
        unit=None if volume.is_money else volume.unit,
        currency=volume.unit if volume.is_money else None,
        places=(share, volume.place),
    )


def is_threshold(text: str, volume: Volume) -> bool | None:
    """True for "from 100 on", False for "more than 100", None where the quantity is no threshold."""
    before, after = text[max(0, volume.place.start - 60) : volume.place.start], text[volume.place.end :]
    if _OR_MORE.match(after):
        return True
    if re.match(r"\W{0,2}or (?:less|fewer)", after):
        return None
    if _ABOVE.search(before):
        return False
    return True if _FROM.search(before) else None


_SHARE_HEAD = re.compile(r"\b(?:discounts?|rebates?|bonus|reduction|%|percent\w*)(?:\W|$)", re.IGNORECASE)
_VOLUME_HEAD = re.compile(
    r"\b(?:volumes?|quantit\w+|units?|orders?|purchases?|turnover|from|pieces|threshold|spend|sales"
    r"|revenues?|litres?|cases)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"(?<![\d.,]){FIGURES}")


def _in_tables(context: Context) -> Iterator[Ladder]:
    for grid in context.grids:
        about = f"{' '.join(grid.head)} {grid.topic}"
        share = next((i for i, title in enumerate(grid.head) if _SHARE_HEAD.search(title)), None)
        volume = next(
            (
                i
                for i, title in enumerate(grid.head)
                if i != share and _VOLUME_HEAD.search(title) and _numbers(grid, i)
            ),
            None,
        )
        if share is None or volume is None or CASH.search(" ".join(grid.head)):
            continue
        tiers, rows = list[Tier](), list[Row]()
        for row in grid.rows:
            tier = _row_tier(row, volume, share, grid.head[volume])
            if tier is not None:
                tiers.append(tier)
                rows.append(row)
        if len(tiers) >= 2:
            yield Ladder(tiers, about, grid=grid, rows=rows)


_CELL = re.compile(
    rf"\W{{0,3}}(?:(?:from|over|above|more than|at least|[A-Z]{{3}}|US)\s?){{0,2}}[$€£>≥]?\s?{FIGURES}",
    re.IGNORECASE,
)


def _numbers(grid: Grid, column: int) -> bool:
    """Does every cell of the column begin with a quantity ("from 25", "EUR 100,000", "1 - 99")?"""
    cells = [row.cell(column) for row in grid.rows]
    return bool(cells) and all(cell is not None and _CELL.match(cell.text) for cell in cells)


def _row_tier(row: Row, volume: int, share: int, title: str) -> Tier | None:
    quantity, rate = row.cell(volume), row.cell(share)
    if quantity is None or rate is None:
        return None
    said = percents(rate.text) or percents(f"{rate.text} %")
    sums = money(quantity.text)
    number = _NUMBER.search(quantity.text)
    value = sums[0].amount if sums else figures_value(number.group(), money=True) if number else None
    if not said or value is None:
        return None
    above = search(r"^\W{0,2}(?:over|above|more than|>)(?!=)", quantity.text) or search(
        r"\b(?:over|above|more than)\b", title
    )
    return Tier(said[0].value, value, not above, currency=sums[0].currency if sums else None)


def spans_of(ladder: Ladder) -> Sequence[Mention]:
    """The places of the figures in the sentence of a ladder."""
    return [place for tier in ladder.tiers for place in tier.places]
