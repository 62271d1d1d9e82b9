"""Rows of payment schedules and milestone lists whose amounts are blacked out.

"Milestone | Payment: design approved $[***], machine shipped $[***]": a filing prints such a list as one run
of text, as items, or as short lines. Each row is a payment whose figure is open, also where its event is
blacked out as well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.quantities import REDACTED, Mention
from extraction.redacted import redacted_money
from extraction.sentences import Sentence

_HEADED = re.compile(r"milestone|payment|amount|payable|paid|instal|event|following|due|bonus")
_HEAD = re.compile(
    r"\bmilestone (?:events?|payments?|amounts?|fees?|table|schedule)\b|\b(?:event|milestone)s?\b[^.;]{0,60}?"
    r"\b(?:amount|payment)s?(?: \(in [\w .$]+\))?(?=\W+(?:\(?[a-z0-9]{1,2}[.)]|\[|\$|[A-Z]))"
    r"|\bpayment schedule\b|\bschedule of payments\b|\b(?:due|payment) dates? (?:\w+ )?amounts?\b"
    r"|\b(?:date|time|amount) of payment\b"
    r"|\b(?:payable|paid|payments?|due|instal+ments?)[^.;:]{0,40}\b(?:as follows|(?:as )?set forth below"
    r"|according to the following|in accordance with the following|following (?:schedule|table))\b"
    r"|\bfollowing (?:[\w-]+ ){0,5}?(?:payments|instal+ments|milestones|amounts|bonuses)\b"
    r"|\bin the (?:[\w-]+ )?amounts? (?:set forth|set out|shown|specified|indicated)"
    r" (?:below|in the table)\b",
    re.IGNORECASE,
)
_OTHER_HEAD = re.compile(
    r"\b(?:royalt(?:y|ies) (?:rates?|percent\w*)|net sales royalt\w*|percentages?|price per|unit price"
    r"|per unit|per kg|minimum|forecast|budget|costs? of|insur\w+|salar(?:y|ies)|fte\b|hourly"
    r"|purchase price|discounts?|example|calculation|commission rates?)",
    re.IGNORECASE,
)
_GAP = re.compile(REDACTED, re.IGNORECASE)
_NO_AMOUNT = re.compile(
    r"\s?(?:\(\s?(?:\[[^\]]*\]|\*+)\s?\)\s?)?(?:%|percent\b|per\s?cent\b|(?:business |calendar )?days?\b"
    r"|months?\b|years?\b|weeks?\b|hours?\b|units?\b|kg\b|patients?\b|subjects?\b)",
    re.IGNORECASE,
)
_PROMISES = re.compile(
    r"\b(?:shall|will|must|may|agrees?|pays?|notif\w+|submits?|means|warrants?|undertakes?|remit\w*"
    r"|increased|reduced|decreased|calculated|equals|omitted)\b|[=×]",
    re.IGNORECASE,
)
_LIMITS = re.compile(
    r"\b(?:exceed\w*|equal(?:s|ing)?(?: to)?(?: or)?|at least|more than|greater than|less than|up to|over"
    r"|in excess of|above|below|between|and|reach\w*|of|additional|maximum|minimum|least|than|to)\s*"
    r"(?:[A-Z]{3}|US|U\.S\.)?\s*\W{0,2}$",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\b(?:sub-?total|total|in no event|aggregate|maximum)\b", re.IGNORECASE)
_PARTED = re.compile(r"\b(?:instal+ments?|payments) of\b", re.IGNORECASE)
_YEAR = re.compile(r"\W*(?:(?:contract |calendar |fiscal )?year\W*\w*|(?:19|20)\d\d)\W*", re.IGNORECASE)
_NOTE = re.compile(
    r"\s?(?:the |certain )?(?:omitted|text|information|portions?|confidential|indicates?)\b", re.IGNORECASE
)
_ENUMERATOR = re.compile(r"(?:(?<=\s)|^)\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)](?=\s|\[|\*)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]{2,}")
_MARKS = re.compile(r"[\s()\[\]|:;,./-]*(?:(?:[A-Z]{3}|US|U\.S\.)\s?)?[($€£¥\s]*$")
_LONGEST_ROW = 420
_SHORT_HEAD = 60
"""So much may follow the words of a head when its rows stand below it."""
_REACH = 3
"""So many sentences may lie between two rows of a list or before its first."""


@dataclass(frozen=True)
class RedactedRow:
    """One row: the flat range of the whole, the place of its amount, and its words."""

    start: int
    end: int
    place: Mention
    label: str


@dataclass
class RedactedList:
    """The list that is being read: the sentence of its last row or head, whether rows may follow bare, and
    the words of its head, which may name the currency of all rows."""

    last: int = -100
    begun: bool = False
    head: str = ""

    def rows(self, sentence: Sentence, amounts: Sequence[Mention]) -> list[RedactedRow]:
        """The rows of this sentence: of a list that it opens itself or that goes on in it."""
        text = sentence.text
        if sentence.index - self.last > _REACH and not _HEADED.search(sentence.lower):
            return []
        heads = list(_HEAD.finditer(text))
        if not heads and sentence.index - self.last > _REACH:
            return []
        begin = _body(sentence)
        if heads:
            first = _GAP.search(text, heads[0].end())
            self.head = text[heads[0].start() : heads[-1].end() + 20]
            begin = max(h.end() for h in heads if first is None or h.end() <= first.start())
            self.last, self.begun = sentence.index, first is None and len(text) - begin < _SHORT_HEAD
        if _OTHER_HEAD.search(text[max(0, begin - 160) :]) or any(a.start >= begin for a in amounts):
            return []
        if timed := list(_timed_rows(text, begin)):
            self.last, self.begun = sentence.index, True
            return timed
        found = list(_rows(text, begin))
        if len(found) < 2 and not (found and self._goes_on(sentence, found[0], bool(heads))):
            return []
        self.last, self.begun = sentence.index, True
        return found

    def _goes_on(self, sentence: Sentence, row: RedactedRow, headed: bool) -> bool:
        """A lone row counts as an item of a list, or as a short line that ends with its amount."""
        text = sentence.text
        if row.end < len(text.rstrip(" .;,")) - 6 or (row.start > _body(sentence) + 3 and not headed):
            return False
        signed = redacts_money(row.place.text)
        if not signed and len(_GAP.findall(text[row.start :])) < 2 and (headed or len(row.label) < 6):
            return False
        return _body(sentence) > 0 or (self.begun and len(text) < 160)


def _body(sentence: Sentence) -> int:
    """Where a row's words begin; "(a) EUR …" is numbered too, though a currency follows."""
    numbered = _ENUMERATOR.match(sentence.text)
    return sentence.body or (numbered.end() if numbered else 0)


def redacts_money(text: str) -> bool:
    return any(True for _ in redacted_money(text))


def _rows(text: str, begin: int) -> Iterator[RedactedRow]:
    """Each amount with the words before it, or after it where the list puts its amounts first."""
    cells = _cells(text, begin)
    if not cells or _PARTED.search(text, begin):
        return
    ends = _leading_ends(text, begin, cells)
    if ends:
        yield from _leading(text, cells, ends)
        return
    start = begin
    for cell in cells:
        label = text[start : cell.start]
        if _PROMISES.search(label) or cell.end - start > _LONGEST_ROW or _NOTE.match(text, cell.end):
            return
        if _LIMITS.search(label):
            continue
        words = _GAP.sub("", label).strip(" -|:,.;()")
        row = RedactedRow(_trimmed(text, start), cell.end, cell, words)
        start = cell.end
        if not _TOTAL.search(label) and not _YEAR.fullmatch(words):
            yield row


_TIMED = re.compile(
    rf"(?<![$€£])(?P<gap>{REDACTED})[\s.|,-]{{1,4}}(?P<when>(?:On|Upon|At|After"
    r"|Within|When|Once|Following|Prior to|Completion|Achievement|Receipt|Delivery|Approval|Acceptance"
    r"|Execution|Signing|Submission|Initiation|Enrol+ment|First|Effective Date) [^.;]{3,})"
)


def _timed_rows(text: str, begin: int) -> Iterator[RedactedRow]:
    """Rows of three columns, whose amount stands between what is done and when it may be invoiced."""
    found = list(_TIMED.finditer(text, begin))
    for number, match in enumerate(found):
        start = found[number - 1].end() if number else begin
        following = found[number + 1].start() if number + 1 < len(found) else len(text)
        label = match["when"]
        if _PROMISES.search(text[start : match.start()]) or match.end() - start > _LONGEST_ROW:
            return
        place = Mention(match.start("gap"), match.end("gap"), match["gap"])
        yield RedactedRow(_trimmed(text, start), min(match.end(), following), place, label.strip(" -|:,.;()"))


_OPENS = re.compile(r".*(?:[:;]|(?<=\s)\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)])", re.IGNORECASE)


def _leading_ends(text: str, begin: int, cells: Sequence[Mention]) -> list[int]:
    """Where each row ends in a list that puts its amounts first; empty for other lists."""
    marks = [m.start() for m in _ENUMERATOR.finditer(text, begin)]
    ends: list[int] = []
    previous = begin
    for number, cell in enumerate(cells):
        opened = _OPENS.sub("", text[previous : cell.start])
        if _WORD.search(re.sub(r"\bUS\b", "", opened)) or _GAP.search(opened):
            return []
        following = cells[number + 1].start if number + 1 < len(cells) else len(text)
        mark = [at for at in marks if cell.end <= at < following]
        end = mark[-1] if mark else following
        if len(_WORD.findall(text[cell.end : end])) < 2:
            return []
        ends.append(end)
        previous = end
    return ends


def _leading(text: str, cells: Sequence[Mention], ends: Sequence[int]) -> Iterator[RedactedRow]:
    for cell, end in zip(cells, ends, strict=True):
        label = text[cell.end : end]
        stop = re.search(r"[.;]\s", label)
        label = label[: stop.start()] if stop else label
        if not _PROMISES.search(label) and not _TOTAL.search(label[:40]):
            yield RedactedRow(cell.start, cell.end + len(label), cell, label.strip(" -|:,.;()"))


def _trimmed(text: str, start: int) -> int:
    while start < len(text) and text[start] in " .,;:|)-":
        start += 1
    return start


def _cells(text: str, begin: int) -> list[Mention]:
    """The blacked amounts: those with a currency where there are any, else the last gap of each row."""
    signed = [m for m in redacted_money(text) if m.start >= begin]
    if signed:
        return _apart(text, signed)
    gaps = [
        Mention(m.start(), m.end(), m.group())
        for m in _GAP.finditer(text, begin)
        if not _NO_AMOUNT.match(text, m.end())
    ]
    marks = [m.start() for m in _ENUMERATOR.finditer(text, begin)]
    if len(marks) >= 2 and not _WORD.search(_OPENS.sub("", text[begin : marks[0]])):
        ends = [*marks[1:], len(text)]
        rows = [[g for g in gaps if a <= g.start < b] for a, b in zip(marks, ends, strict=True)]
        return [row[-1] for row in rows if row]
    worded = [gap for gap in gaps if _ends_row(text, gap, gaps)]
    bare = not _WORD.search(text[gaps[0].start :] if gaps else "")
    return gaps[1::2] if bare and len(gaps) % 2 == 0 else worded


def _apart(text: str, cells: Sequence[Mention]) -> list[Mention]:
    """Amounts without those that only repeat the one before ("EUR [***] (€[***])")."""
    kept: list[Mention] = []
    for cell in cells:
        between = text[kept[-1].end : cell.start] if kept else "-"
        if kept and len(between) < 12 and _MARKS.match(between) and "(" in between:
            kept[-1] = Mention(kept[-1].start, cell.end, text[kept[-1].start : cell.end])
        else:
            kept.append(cell)
    return kept


_ENDS = re.compile(r"\s*\W*$|\s*(?:[-•|;]|\d{1,2}(?:st|nd|rd|th)\b|\(?[A-Za-z0-9]{1,3}[.)]\s|[A-Z][a-z])")


def _ends_row(text: str, gap: Mention, gaps: Sequence[Mention]) -> bool:
    """Does a row end with this gap: nothing after it, a mark, or a word with a capital or a figure?"""
    repeated = any(0 <= other.start - gap.end <= 1 for other in gaps)
    return not repeated and _ENDS.match(text, gap.end) is not None
