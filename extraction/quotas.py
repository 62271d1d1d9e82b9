"""Least quantities that no clause commits to in full: quotas, lines that name a guarantee, shares of needs.

A quota keeps a right alive ("exclusive as long as the agent sells 300 Kilns a year"), a line names what is
guaranteed and its number ("Guaranteed visits per month: 40,000"), a list hangs on "a minimum of:", and a
share is one of requirements or orders ("shall buy 80% of its needs").
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from extraction.clauses import clauses, in_condition, is_negated
from extraction.context import Context
from extraction.patterns import search
from extraction.periods import period_mentions
from extraction.quantities import FIGURES, REDACTED, Mention, figures_value
from extraction.redacted import has_gap, redacted_percents
from extraction.sentences import Sentence
from extraction.volumes import Volume, volumes
from obligations.terms import Per

_THINGS = (
    r"(?:impressions?|circulation|click-?\s?throughs?|clicks|page ?views|visits|visitors|exposures"
    r"|units|purchases?"
    r"|orders?|quantit(?:y|ies)|volumes?|sales|revenues?|royalt(?:y|ies)|spend|tickets|subscribers"
    r"|spots|leads"
    r"|registrations|downloads|copies|hours)"
)
_KEY_LINE = re.compile(
    rf"(?:\b(?:minimum|guarante\w+|committed|quota)\b(?:[ ,/&'-]+\w+){{0,5}}?[ ,/&'-]+(?P<one>{_THINGS})"
    rf"|\b(?P<two>{_THINGS})(?: \w+){{0,2}} (?:guarante\w+|committed|minimum|quota)|\b(?P<three>MOQ))\b"
    r"(?P<per>(?: (?:per|each|a|an|in each|for each) \w+| (?:annually|monthly|quarterly))?)"
    rf"(?: \([^()]{{0,30}}\))?\s?(?:[:=–-]|\bis\b|\bof\b)?\s?(?P<number>{FIGURES}|{REDACTED})(?![\d%])"
    r"(?!\s?(?:days|months|years|per ?cent)\b)",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"[$€£]\s?$")


_SINGULAR = {"impression": "impressions", "click": "clicks", "page view": "page views"}


def key_lines(context: Context, sentence: Sentence) -> Iterator[tuple[Volume, Per | None]]:
    """ "Total guaranteed impressions: 45,000": a key that says it is promised, its number and its period."""
    text = sentence.text
    for line in _KEY_LINE.finditer(text):
        at, end = line.span("number")
        number = line["number"]
        value = figures_value(number, money=True) if number[0].isdigit() else None
        if _MONEY_BEFORE.search(text[:at]) or (number[0].isdigit() and (value is None or value < 10)):
            continue
        if in_condition(text, at) or is_negated(text, max(0, at - 140), at):
            continue
        unit = (line["one"] or line["two"] or _counted(text, end)).lower()
        around = f"{text[max(0, line.start() - 12) : at]} {_AFTER_NUMBER.match(text, end)[0]}"  # type: ignore[index]
        per = next((mention.per for mention in period_mentions(around)), None)
        yield Volume(Mention(at, end, number), _SINGULAR.get(unit, unit), value), per


def _counted(text: str, end: int) -> str:
    """What a "MOQ: 500 Trays" counts: the word after its number, or plain units."""
    named = re.match(r"\s(?P<unit>[A-Za-z]{3,}s)\b", text[end : end + 24])
    return named["unit"] if named is not None else "units"


_AFTER_NUMBER = re.compile(r"(?:\s?[(/]?\s?(?:per|each|a|every) \w+\)?)?", re.IGNORECASE)
_LEADS = re.compile(
    r"\b(?:minimum|at least|not less than|no less than|no fewer than|guarante\w+|quota"
    r"|benchmarks?)\b[^.;]{0,90}:\s*$",
    re.IGNORECASE,
)
_ITEM_OPENS = re.compile(
    r"^\W{0,4}(?:\(?\w{1,4}[.)]\s)?(?:(?:in|for|during) [^,:]{3,40}[,:]\s)?(?:at least |a total of )?$",
    re.IGNORECASE,
)
_REACH = 8


def led_items(context: Context) -> Iterator[tuple[Sentence, Sentence, Volume]]:
    """Lines that each begin with a quantity, below words such as "a monthly minimum of:"; with their lead."""
    lead: Sentence | None = None
    for sentence in context.sentences:
        if _LEADS.search(sentence.text[-160:]) and not search(r"\binsur|\bcoverage\b", sentence.text):
            lead = sentence
            continue
        if lead is None or sentence.form == "heading":
            lead = None
            continue
        first = next(volumes(context, sentence), None)
        opens = first is not None and _ITEM_OPENS.match(sentence.text[: first.place.start])
        if first is None or not opens or sentence.index - lead.index > _REACH:
            lead = None
            continue
        yield sentence, lead, first


_EXCLUSIVE = re.compile(
    r"\b(?:maintain|keep|retain|preserve|remain|continu\w+|sustain)\b[^.;]{0,70}\b(?:exclusiv\w+"
    r"|sole distribut\w+)"
    r"|\bexclusiv\w+\b[^.;]{0,160}\b(?:subject to|condition(?:ed|al) (?:up)?on|contingent (?:up)?on"
    r"|provided(?: that)?"
    r"|so long as|as long as|only if|in return for|when)\b",
    re.IGNORECASE,
)
_REACHES = re.compile(
    r"\b(?:purchas\w+|orders?|buy\w*|sells?|selling|sold|sales|achiev\w+|execut\w+|deploy\w*|generat\w+"
    r"|deliver\w*"
    r"|install\w*|place[sd]?|secur\w+|totals?|reach\w*|attain\w*|meet\w*|produc\w+|open\w*)\b",
    re.IGNORECASE,
)
_NO_QUOTA = re.compile(
    r"\binsur\w+|\bterritor|\bnotice\b|\bshares\b|\bstock\b|\bpric(?:e|ing)\b|\broyalt|\bcommission"
    r"|\bup to\b|\bfees?\b"
    r"|\bpay(?:s|ment)?\b|\bper unit\b",
    re.IGNORECASE,
)


def exclusive_quotas(context: Context, sentence: Sentence) -> Iterator[Volume]:
    """What has to be bought or sold so that a right stays exclusive, wherever it stands in the sentence."""
    text = sentence.text
    if "xclusiv" not in text or not (found := _EXCLUSIVE.search(text)):
        return
    for clause in clauses(text):
        if clause.end < found.start():
            continue
        for volume in volumes(context, sentence):
            at = volume.place.start
            if not clause.start <= at < clause.end or (volume.amount is not None and volume.amount < 2):
                continue
            near = text[max(clause.start, at - 150) : volume.place.end + 60]
            if (
                _REACHES.search(near)
                and not _NO_QUOTA.search(near)
                and not is_negated(text, clause.start, at)
            ):
                yield volume
                break


_NEEDS = re.compile(
    r"\s?\)?\s?of (?:(?:all|each|the|its|their|his|any|such|total|annual|aggregate|entire"
    r"|[A-Z][\w.&'’-]*) ){0,5}?"
    r"(?:[\w-]+ ){0,4}?(?:requirements?|needs|demand|purchases|quantit(?:y|ies)|volumes?|capacity"
    r"|transactions|orders?"
    r"|forecasts?|consumption)\b(?!['’]s)",
    re.IGNORECASE,
)
_TAKES = re.compile(
    r"\b(?:shall|will|must|agrees? to|commits? to|undertakes? to|covenants? (?:to|that)|(?:required"
    r"|obligated|obliged"
    r"|bound) to)\b[^.;]{0,120}\b(?:purchas\w+|buy|order|issue (?:\w+ )?(?:purchase )?orders?|procure"
    r"|obtain|source"
    r"|acquire|take|supply|deliver|settled?|use|sell)\b[^.;]{0,120}$"
    r"|\bcovenants? that\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_NO_NEEDS = re.compile(
    r"\b(?:up to|not more than|no more than|exceed\w*|maximum(?: of)?|less than|discount\w*|pric\w+|fee"
    r"|invoice\w*"
    r"|deposit|payment|pay)\b[^.;]{0,30}$",
    re.IGNORECASE,
)
_HALF = re.compile(r"\b(?P<share>one[- ]half|two[- ]thirds|three[- ]quarters)(?=\sof\b)", re.IGNORECASE)
_HALVES = {"half": Decimal(50), "quarters": Decimal(75)}


def shares_of_needs(context: Context, sentence: Sentence) -> Iterator[Volume]:
    """Shares of what a side needs, orders or handles that it has to buy or place with the other."""
    text = sentence.text
    places: list[tuple[Mention, Decimal | None]] = [(p, p.value) for p in context.percents(sentence)]
    if has_gap(text):
        places += [(gap, None) for gap in redacted_percents(text)]
    for half in _HALF.finditer(text):
        mention = Mention(half.start(), half.end(), half.group())
        places.append((mention, _HALVES.get(half["share"].lower().replace("-", " ").split()[-1])))
    for place, share in places:
        if not _NEEDS.match(text, place.end):
            continue
        before = text[max(0, place.start - 220) : place.start]
        if not _TAKES.search(before) or _NO_NEEDS.search(before):
            continue
        if in_condition(text, place.start) or is_negated(text, max(0, place.start - 120), place.start):
            continue
        yield Volume(place, "percent", share)


_OPEN_PURCHASE = re.compile(
    r"\b(?:shall|will|must|(?:agrees?|commits?|undertakes?) to|(?:is|are|be) (?:required|obligated"
    r"|obliged|committed)"
    rf" to) (?:\w+ )?(?:purchase|buy|order|procure)(?: \(?\w+\)?){{0,4}}? (?P<gap>{REDACTED})"
    r"(?!\s?(?:%|per ?cent|days?|months?|business|prior|\(\s?[\[*\d])|\s+[A-Za-z][\w-]*s\b)",
    re.IGNORECASE,
)


def open_purchases(sentence: Sentence, known: Sequence[Volume]) -> Iterator[Volume]:
    """ "shall be required to buy [***]": a firm purchase whose quantity and unit are both blacked out."""
    text = sentence.text
    if not has_gap(text):
        return
    for match in _OPEN_PURCHASE.finditer(text):
        at, end = match.span("gap")
        if any(v.place.start < end and at < v.place.end for v in known) or in_condition(text, at):
            continue
        if not is_negated(text, max(0, at - 100), at):
            yield Volume(Mention(at, end, match["gap"]), "")


def period_of_lead(lead: Sentence) -> Per | None:
    """The period that the words above a list name: "a monthly minimum of"."""
    named = list(period_mentions(lead.text[-200:]))
    return named[-1].per if named else None


_DEFINED = re.compile(
    r"^\W*(?:\(?[\w.]{1,6}[.)]?\s)?[\"“](?P<name>(?:[A-Z][\w-]+ ){0,2}Minimum(?: [A-Z][\w-]+){1,4})[\"”]"
    r"[^.;]{0,40}?\b(?:means|shall mean|is defined as)\b"
)
_DUE = (
    r"\b(?:shall|will|must|agrees? to|required to|obligated to|commits? to|(?:do|does) not"
    r"|fails? to)\b[^.;]{0,90}?"
    r"\b(?:purchase|order|buy|sell|meet|pay|take|satisfy|achieve|reach)\b[^.;]{0,50}?\b(?:the|its|such"
    r"|each) "
)


def defined_least(sentence: Sentence) -> str | None:
    """The name that a definition such as "Minimum Order means 40 Trays a year" gives to a least quantity."""
    found = _DEFINED.match(sentence.text) if "inimum" in sentence.text else None
    return found["name"] if found is not None else None


def obliged_to(context: Context, name: str) -> Sentence | None:
    """The first sentence that obliges somebody to a least quantity by its defined name."""
    owed = re.compile(_DUE + re.escape(name) + r"\b")
    return next((s for s in context.prose() if name in s.text and owed.search(s.text)), None)
