"""What the amounts of a contract are for: a price, a part of one that an event or a day makes due, or none.

Two readers look at the same amounts: `fee` takes prices, `milestone_payment` what hangs on an event or day.
Each amount of prose is judged by the words around it; rows of lists and tables by the heads above them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from extraction import patterns
from extraction.clauses import addresses_reader, clause_at, is_example, is_recital
from extraction.context import Context
from extraction.dates import dates
from extraction.instalments import (
    PART_OF,
    counted_parts,
    cut_into_parts,
    equal_parts,
    introduced,
    listed_days,
    nth_parts,
    redacted_parts,
    told_apart,
)
from extraction.listings import ListedRow, bare_prices, heads, is_listing, listed_rows
from extraction.owed import COMPARED, TOTAL, is_owed, words_before
from extraction.pricing import Priced, column_prices, price_of
from extraction.quantities import REDACTED, Mention, MoneyMention, money
from extraction.redacted import redacted_money
from extraction.redacted_rows import RedactedList, RedactedRow
from extraction.sentences import Sentence
from extraction.sum_words import (
    EVENT,
    FEE_HEAD,
    MILESTONE_HEAD,
    MILESTONE_WORDS,
    NO_HEAD,
    NOT_BEFORE,
    NOT_HERE,
    ON_DATE,
    SIGNING,
)
from extraction.tables import Grid, Row
from obligations.document import Span

What = Literal["fee", "milestone"]


@dataclass(frozen=True)
class Sum:
    """One amount with its use. `amount` is None where it is blacked out; `listed` is the row's span."""

    what: What
    sentence: Sentence | None
    place: Mention
    amount: Decimal | None
    currency: str
    price: Priced
    event: str = ""
    due_on: object = None
    item: str = ""
    listed: Span | None = None
    features: list[str] = field(default_factory=list)


def sums(context: Context) -> tuple[Sum, ...]:
    """Every amount that someone owes as a price or on an event, in order of the text."""
    return context.once("sums", lambda: tuple(_without_totals(list(_all(context)))))


_TOTAL_REACH = 6
"""So many sentences after a total its last part may stand."""


def _without_totals(found: Sequence[Sum]) -> Iterator[Sum]:
    """An amount that only sums the instalments right after it is not owed on top of them."""
    for number, one in enumerate(found):
        recurs = one.what == "fee" and one.price.per not in (None, "once")
        if one.amount is None or recurs or (one.what == "milestone" and EVENT.search(one.event)):
            yield one
            continue
        rest, parts = one.amount, 0
        for part in found[number + 1 : number + 14]:
            if part.what != "milestone" or part.amount is None or not _follows(one, part):
                break
            rest, parts = rest - part.amount, parts + 1
            if rest <= 0:
                break
        if rest != 0 or parts < 2:
            yield one


def _follows(one: Sum, part: Sum) -> bool:
    if one.sentence is None or part.sentence is None or one.currency != part.currency:
        return False
    return part.sentence.index - one.sentence.index <= _TOTAL_REACH


@dataclass
class _Run:
    """The list that is being read: what its rows are, and the periods of its columns."""

    what: What | None = None
    columns: Sequence[Priced] = ()
    last: int = -100
    about: str = ""
    currency: str = ""
    rows: int = 0


_CARRIES = 14
"""So many sentences of a list may lie between two rows with figures."""


_BARE_CARRIES = 4
"""So many sentences after a row with a currency its list goes on with bare figures."""


def _all(context: Context) -> Iterator[Sum]:
    run, blacked = _Run(), RedactedList()
    for sentence in context.sentences:
        if sentence.form == "row" and "|" in sentence.text:
            continue
        text = sentence.text
        amounts = context.money(sentence)
        if not amounts and run.what == "fee" and sentence.index - run.last <= _BARE_CARRIES:
            amounts = tuple(bare_prices(sentence, run.currency))
        if rows := blacked.rows(sentence, amounts):
            yield from (_blacked(context, sentence, row, blacked.head) for row in rows)
            continue
        yield from _nth(context, sentence)
        gaps = tuple(redacted_money(text)) if amounts else (*redacted_money(text), *_bare_gaps(text))
        if not amounts and not gaps:
            continue
        # An example in brackets explains a word of the promise and is not the promise itself.
        if is_example(_aside_free(text)) or is_recital(text) or addresses_reader(text):
            continue
        places = [m for m in amounts if m.amount > 0]
        if len(re.findall(r"(?<![$€£\d.,/])\d[\d.,]*(?![\d/])", text)) > 24 + 6 * len(places):
            continue
        if is_listing(sentence, places):
            yield from _listed(context, sentence, places, run)
        elif sentence.form != "heading" and (sentence.item or len(text.split()) > 4):
            yield from _prose(context, sentence, sorted((*places, *gaps), key=lambda m: m.start))
    yield from column_sums(context)


def _blacked(context: Context, sentence: Sentence, row: RedactedRow, head: str) -> Sum:
    span = context.span(sentence, row.start, row.end)
    event = row.label or row.place.text
    currency = _currency(row.place.text) or _currency(head)
    return Sum("milestone", sentence, row.place, None, currency, Priced(), event, None, event, span)


_BARE_GAP = re.compile(
    rf"\b(?:sum|amount|payment|fee|instal+ment) (?:of|equal to) (?P<gap>{REDACTED})(?!\s?(?:of|percent"
    rf"|%|days|months|per))",
    re.IGNORECASE,
)


def _bare_gaps(text: str) -> Iterator[Mention]:
    """Sums that are blacked out together with their currency ("the sum of [***]")."""
    if "*" in text and "$" not in text:
        for match in _BARE_GAP.finditer(text):
            yield Mention(match.start("gap"), match.end("gap"), match["gap"])
        yield from redacted_parts(text)


def _prose(context: Context, sentence: Sentence, places: Sequence[Mention]) -> Iterator[Sum]:
    text = sentence.text
    if _DEFINES.match(text, sentence.body):
        return
    about_else = NOT_HERE.search(text) is not None and not _pays_fee(text)
    parts = equal_parts(text, places, month_first=context.month_first)
    blacked: list[int] = []
    for place in places:
        if (about_else and _about_else(text, place)) or not is_owed(context, sentence, place):
            continue
        if parts and place in parts:
            yield from _dated_parts(context, sentence, place)
            continue
        if parts and 0 < parts[0].start - place.start < 260 and not _first_part(text, place):
            continue
        found = _judge(context, sentence, place)
        if found is None or _in_parts(context, found):
            continue
        if found.amount is None:
            near = blacked and place.start - blacked[-1] < 140 and found.due_on is None
            if near and ";" not in text[blacked[-1] : place.start]:
                continue
            blacked.append(place.end)
        yield found


_ELSE_REACH = 240
"""So far around an amount words of insurance, shares or liability tell that it is none of ours."""


def _about_else(text: str, place: Mention) -> bool:
    return NOT_HERE.search(text[max(0, place.start - _ELSE_REACH) : place.end + _ELSE_REACH]) is not None


def _first_part(text: str, place: Mention) -> bool:
    """ "An initial instalment of $900 and ten instalments of $100": the first is no total of the others."""
    return patterns.search(r"\binstal+ment\b[^.;]{0,80}$", text[: place.start]) is not None


_DEFINES = re.compile(
    r"\W{0,3}\"[^\"]{2,60}\"\s(?:means|shall mean|is defined as)\b(?!.{0,60}\b(?:payments? (?:of|equal)"
    r"|per (?:month|year)))"
)


def _pays_fee(text: str) -> bool:
    return bool(
        patterns.search(r"\b(?:fees? of|shall pay|will pay|agrees to pay)\b", text)
    ) and not patterns.search(
        r"\binsurance\b|\bper share\b|\bpar value\b|\bexercise price\b|\bliquidated damages\b", text
    )


def _judge(context: Context, sentence: Sentence, place: Mention) -> Sum | None:
    """A price, or an amount that an event or a day makes due."""
    text = sentence.text
    clause = clause_at(text, place.start)
    price = price_of(text, place, sentence.topic)
    amount = place.amount if isinstance(place, MoneyMention) else None
    currency = place.currency if isinstance(place, MoneyMention) else _currency(place.text)
    day, event = _when(context, sentence, place)
    recurring = price.stated and (price.per not in (None, "once") or bool(price.unit))
    recurring = recurring and not counted_parts(text[clause.start : place.start])
    if (day is not None or event) and not recurring:
        due = _due_then(context, sentence, place, day, event)
        if due == "milestone":
            return Sum("milestone", sentence, place, amount, currency, price, event, day)
    elif not recurring and patterns.search(
        r"\binstal+ment\b(?! (?:fee|sale))[^.;]{0,60}$", text[clause.start : place.start]
    ):
        return Sum("milestone", sentence, place, amount, currency, price, event, day)
    if amount is None:
        if patterns.search(r"\bmilestone", text[clause.start : clause.end]) and not recurring:
            return Sum("milestone", sentence, place, None, currency, price, event, day)
        return None
    return Sum("fee", sentence, place, amount, currency, price, event, day)


def _currency(words: str) -> str:
    signs = {
        "$": "USD",
        "dollar": "USD",
        "€": "EUR",
        "eur": "EUR",
        "£": "GBP",
        "gbp": "GBP",
        "usd": "USD",
        "¥": "JPY",
    }
    return next((code for sign, code in signs.items() if sign in words.lower()), "")


def _due_then(context: Context, sentence: Sentence, place: Mention, day: object, event: str) -> str:
    """What an amount with a day or an event is: "milestone", or "" for a price that only names its day."""
    text = sentence.text
    clause = clause_at(text, place.start)
    lead = sentence.lead.text[-200:] if sentence.lead is not None else ""
    if introduced(context.sentences, sentence, place):
        return "milestone"
    if clause.start and patterns.search(r"\bfollow\w*\b[^.]{0,160}$", text[: clause.start][-300:]):
        return "milestone"
    if patterns.search(
        r"\bas follows\b[^.;]{0,220}$|\binstal+ments?,? (?:as follows|in the following)\b"
        r"|\bas follows:\s(?:[^.]|\.(?=\S))*$",
        text[: place.start],
    ):
        return "milestone"
    if patterns.search(r"\bfollow|\binstal+ment|\bschedule|\bmilestone", lead):
        return "milestone"
    said = f"{text[: place.start][-200:]} {lead} {text[place.end : clause.end][:100]}"
    instalment = bool(MILESTONE_WORDS.search(said))
    if not (event and _is_signing(event)):
        return "milestone" if day is not None or instalment or _strong_event(event, text, place) else ""
    fee = patterns.search(r"\b(?:fee|charge)\b", text[clause.start : clause.end])
    return "milestone" if instalment and not fee else ""


def _is_signing(event: str) -> bool:
    return bool(SIGNING.search(event))


def _strong_event(event: str, text: str, place: Mention) -> bool:
    """An event that makes the amount due, not one that only says when a price applies."""
    if patterns.match(r"within|no(?:t)? later", event) and patterns.search(
        r"\binvoice|\bend of|\bmonth|\bquarter", event
    ):
        return False
    if patterns.search(r"\bdays\b.{0,60}\binvoice\b", event):
        return False
    before = text[max(0, place.start - 160) : place.start]
    opens = r"upon|on |at |after|following|within|no|when|with|once|as soon|prior|\d+\)? (?:\w+ )?days"
    return (
        bool(patterns.match(opens, event))
        and bool(
            patterns.search(
                r"\b(?:pay|paid|payable|due|payment|sum|amount|invoice)\b",
                before + text[place.end : place.end + 80],
            )
        )
        and not patterns.search(
            r"\b(?:fee|charge|rate|price|cost)s? (?:of|is|shall be|will be|equal to"
            r"|in the amount of)\b[^.;]{0,40}$",
            before,
        )
    )


def _aside_free(text: str) -> str:
    """The words without what stands in brackets: "$900 (not refundable) upon delivery"."""
    return re.sub(r"\s?\([^()]{9,}\)", "", text) if "(" in text else text


def _when(context: Context, sentence: Sentence, place: Mention) -> tuple[object, str]:
    """The day or the event an amount is tied to: the words after it, else those that open its clause."""
    text = sentence.text
    clause = clause_at(text, place.start)
    after = _aside_free(text[place.end : min(clause.end, place.end + 420)])[:150]
    stop = re.search(r"\.\s[A-Z]|[$€£]\s?\d", after)
    after = after[: stop.start()] if stop else after
    for day in dates(after, month_first=context.month_first):
        if ON_DATE.search(after[: day.start]) and day.start < 90:
            return day.day, after[: day.end].strip()
    if (event := EVENT.search(after)) is not None and event.start() < 70:
        return None, after[event.start() :][:120].strip()
    opened = text[clause.start : place.start]
    if len(opened) < 420 and (opening := EVENT.search(opened[:90])) is not None and opening.start() < 26:
        return None, opened[opening.start() :][:160].strip()
    before = text[max(clause.start, place.start - 200) : place.start]
    for day in dates(before, month_first=context.month_first):
        if ON_DATE.search(before[: day.start]) and (len(before) - day.end < 60 or day.start < 30):
            return day.day, before[day.start :].strip()
    events = list(EVENT.finditer(before))
    if events and (events[0].start() < 40 or len(before) - events[-1].end() < 60):
        return None, before[events[0].start() :][:160].strip()
    return None, ""


def _dated_parts(context: Context, sentence: Sentence, place: Mention) -> Iterator[Sum]:
    price = price_of(sentence.text, place, sentence.topic)
    amount = place.amount if isinstance(place, MoneyMention) else None
    currency = place.currency if isinstance(place, MoneyMention) else _currency(place.text)
    days = listed_days(sentence.text, place, month_first=context.month_first)
    dated = [day for day in days if day.dated]
    recurs = patterns.match(
        r"[^.;]{0,200}?\b(?:(?:each|every) (?:\w+ ){0,2}year|thereafter during)\b", sentence.text[place.end :]
    )
    if not dated or (recurs and price.per not in (None, "once")):
        yield Sum("fee", sentence, place, amount, currency, price)
        return
    for words, day in told_apart(days):
        yield Sum("milestone", sentence, place, amount, currency, price, words, day)


def _nth(context: Context, sentence: Sentence) -> Iterator[Sum]:
    """Parts told by their order, with the amount that these words or the two sentences before give each."""
    for part in nth_parts(sentence.text):
        for earlier in reversed(context.sentences[max(0, sentence.index - 2) : sentence.index + 1]):
            amounts: list[Mention] = [
                m for m in context.money(earlier) if PART_OF.search(earlier.text[: m.start][-70:])
            ]
            if each := [*amounts, *redacted_parts(earlier.text)]:
                amount = each[0].amount if isinstance(each[0], MoneyMention) else None
                currency = each[0].currency if isinstance(each[0], MoneyMention) else ""
                # The time to pay stays a due date of its own, so the event stands in the item alone.
                item = part.place.text
                yield Sum("milestone", sentence, part.place, amount, currency, Priced(), item=item)
                break


def _in_parts(context: Context, found: Sum) -> bool:
    """Is it a price whose parts are told on their own, or the amount of parts that the next words name?"""
    sentence = found.sentence
    if sentence is None or found.due_on is not None:
        return False
    if PART_OF.search(sentence.text[: found.place.start][-70:]):
        following = context.sentences[sentence.index : sentence.index + 2]
        return any(True for each in following for _ in nth_parts(each.text))
    once = found.what == "fee" and found.price.per in (None, "once") and not found.price.unit
    return once and cut_into_parts(context.sentences, sentence)


def _listed(context: Context, sentence: Sentence, places: Sequence[MoneyMention], run: _Run) -> Iterator[Sum]:
    """Rows of a list, by what the heads above and the rows themselves say they are."""
    above = heads(context.sentences, sentence)
    own = sentence.lower[: places[-1].end + 30]
    carried = sentence.index - run.last <= _CARRIES and run.what is not None
    what = _listed_what(own, above.split(" / ")[0] if carried else above)
    if what is None and carried and not NO_HEAD.search(own):
        what = run.what
    if what is None:
        return
    ruled = own.split("---")[0] if "---" in own else ""
    named = column_prices(f"{ruled} / {above}" if ruled else above)
    columns = run.columns if carried and not ruled and run.columns else named
    about = f"{above} {own}" if not carried else f"{run.about} {above} {own}"
    run.what, run.columns, run.last, run.about = what, columns, sentence.index, about[-900:]
    run.currency, run.rows = places[-1].currency, run.rows if carried else 0
    for row in listed_rows(sentence, places):
        yield from _row(context, sentence, row, run)


_LONG_LIST = 5
"""From so many prices on a list that names a fee is one, whatever else its rows speak of."""


def _listed_what(own: str, above: str) -> What | None:
    scheduled = patterns.search(r"\bfollowing (?:payment )?schedule|\binstal+ments\b", own)
    priced = len(re.findall(r"[$€£]", own)) >= _LONG_LIST and FEE_HEAD.search(own) is not None
    if NO_HEAD.search(own) and not scheduled and not priced:
        return None
    if patterns.search(r"\bdiscount level|\brevenue(?:s)? (?:of|target)", own):
        return None
    if MILESTONE_HEAD.search(own) or (
        not priced
        and patterns.search(
            r"\b(?:upon|on or before|(?:on|at|after) (?:the )?(?:\w+ )?(?:completion|signing|execution)"
            r"|down payment)\b"
            r"|^\W*(?:\w+ )?(?:completion|signing|execution)\b",
            own,
        )
    ):
        return "milestone"
    near = above[:700]
    if NO_HEAD.search(near[:260]) and not MILESTONE_HEAD.search(near[:260]):
        return None
    fee, milestone = FEE_HEAD.search(near), MILESTONE_HEAD.search(near)
    if milestone is not None and (fee is None or milestone.start() <= fee.start()):
        return "milestone"
    if fee is not None or FEE_HEAD.search(own):
        return "fee"
    return None


_MEASURED = re.compile(
    r"\b(?:net sales|gross sales|revenues?|threshold|retail|list price|msrp|sales level|annual sales)\b",
    re.IGNORECASE,
)


def _row(context: Context, sentence: Sentence, row: ListedRow, run: _Run) -> Iterator[Sum]:
    span = context.span(sentence, row.start, row.end)
    text = sentence.text
    blanks = len(re.findall(r"\b(?:n/a|included|free|none|waived|tbd|no charge)\b", row.label[-60:].lower()))
    figures = [figure for figure in row.figures if isinstance(figure, MoneyMention)]
    if len(figures) == 2 and _MEASURED.search(run.about):
        figures = figures[1:]
    since = row.start
    if any(COMPARED.search(text[row.start : figure.start]) for figure in figures):
        return
    if (opening := list(_OPENS.finditer(text, row.start, row.figures[0].start))) and opening[
        -1
    ].end() < row.end:
        span = context.span(sentence, opening[-1].end(), row.end)
    for number, figure in enumerate(figures):
        if TOTAL.match(text, figure.end):
            continue
        if NOT_BEFORE.search(
            words_before(text, figure)[-60:] if since < figure.start - 60 else text[since : figure.start]
        ) or (figure.text.endswith("-") and not figure.text.endswith(".-")):
            since = figure.end
            continue
        price = price_of(text[since : row.end], _moved(figure, -since), "", listed=True)
        since = figure.end
        columns = run.columns
        per_unit = patterns.search(r"\bper (?!month|year|quarter|week|day)\w", row.label[-80:])
        if price.per is None and not price.unit and columns and not per_unit:
            column = number + (blanks if len(figures) + blanks == len(columns) else 0)
            price = columns[min(column, len(columns) - 1)]
        label = _row_label(row)
        if patterns.match(r"\W*(?:sub-?|grand )?total\b(?! (?:quantity|number|units))", label) and (
            run.what == "milestone" or run.rows > 1
        ):
            continue
        run.rows += 1
        what = run.what or "fee"
        if what == "milestone" and (each := _RECURS.search(label)):
            what, price = "fee", Priced("month" if each["month"] else price.per, price.unit, price.stated)
        yield Sum(
            what,
            sentence,
            figure,
            figure.amount,
            figure.currency,
            price,
            label or text[figure.end : figure.end + 120],
            None,
            label,
            span,
            ["heading_only"],
        )


_RECURS = re.compile(
    r"\b(?:each|every)\b[^$€£]{0,60}?(?P<month>\bmonths?\b)"
    r"|\b(?:cp[mca]|cost per \w+|per (?:click|thousand|unit))\b"
    r"|\b(?:each|every) (?:quarter|year|week|day)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"(?:follow\w*|schedule)\s?:\s", re.IGNORECASE)


def _row_label(row: ListedRow) -> str:
    """The name of a row, without the words that introduce the list."""
    return re.split(r"(?:follow\w*|schedule)\s?:", row.label)[-1].strip()


def _moved(figure: MoneyMention, by: int) -> MoneyMention:
    return MoneyMention(
        figure.start + by, figure.end + by, figure.text, figure.conflict, figure.amount, figure.currency
    )


def column_sums(context: Context) -> Iterator[Sum]:
    """Amounts in the cells of a table, by the titles of its columns and what introduces it."""
    for grid in context.grids:
        titles = [title.lower() for title in grid.head]
        about = f"{' '.join(titles)} / {grid.topic} / {grid.section.lower()}"
        if NO_HEAD.search(" ".join(titles)):
            continue
        milestone = MILESTONE_HEAD.search(" ".join(titles)) or (
            MILESTONE_HEAD.search(grid.topic[-260:]) and not FEE_HEAD.search(" ".join(titles))
        )
        if milestone is None and not FEE_HEAD.search(about):
            continue
        for row in grid.rows:
            yield from _grid_row(context, grid, row, titles, "milestone" if milestone else "fee")


def _grid_row(context: Context, grid: Grid, row: Row, titles: Sequence[str], what: What) -> Iterator[Sum]:
    priced = [number for number, cell in enumerate(row.cells) if money(cell.text)]
    words = " ".join(cell.text for number, cell in enumerate(row.cells) if number not in priced)
    label = next(
        (cell.text for number, cell in enumerate(row.cells) if cell.text and number not in priced), ""
    )
    for number in priced:
        title = titles[number] if number < len(titles) else ""
        cell = row.cells[number].text
        if (not titles and number == 0) or patterns.match(r"\W*(?:sub)?total\b", label):
            continue
        if len(priced) > 1 and patterns.search(r"\b(?:retail|msrp|list price|total|limit|minimum)\b", title):
            continue
        for amount in money(cell):
            if len(cell.split()) > 8 and amount.start > 12:
                continue
            line = f"{words} {cell}"
            topic = f"{title} / {grid.topic[-110:]} / {grid.section.lower()}"
            price = price_of(line, _moved(amount, len(words) + 1), topic, listed=True)
            item = f"{label}, {title}" if title and len(priced) > 1 else label
            span = context.row_span(grid, row)
            yield Sum(
                what, None, amount, amount.amount, amount.currency, price, label, None, item, span, ["table"]
            )


def payer_of(context: Context, found: Sum) -> str:
    """Who owes the amount: who "shall pay" it in the sentence, else the payer of the contract."""
    if found.sentence is None:
        return context.roles.payer
    return paying_party(context, found.sentence, found.place)


def paying_party(context: Context, sentence: Sentence, place: Mention) -> str:
    """The party that the sentence says pays, remits or owes; else the payer of the contract."""
    text = sentence.text
    clause = clause_at(text, place.start)
    for at, name in context.roles.mentions(text, clause.start, min(clause.end, place.end + 120)):
        tail = text[at + len(name) : at + len(name) + 60]
        if patterns.match(
            r",?\s(?:(?:shall|will|must|hereby|also|agrees? to|may|further|then|\w+ly)\s)*(?:pays?"
            r"|remits?|owes?)\b",
            tail,
        ):
            return name
        if patterns.search(r"\b(?:paid|payable|owed|borne|due) by (?:the )?$", text[max(0, at - 24) : at]):
            return name
    return context.roles.payer
