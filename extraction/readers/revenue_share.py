"""Royalties, commissions and other shares of what is sold or earned: "5% of Net Sales"."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from extraction import patterns
from extraction.clauses import addresses_reader, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.listings import heads, is_listing, listed_rows
from extraction.model import Draft, Unread
from extraction.paying import pays_within
from extraction.quantities import REDACTED, Mention, PercentMention
from extraction.redacted import has_gap, redacted_percents
from extraction.sentences import Sentence
from extraction.shares import is_factor, is_part, redacted_points, stated_elsewhere
from extraction.sums import paying_party
from obligations.terms import RevenueShare
from obligations.terms.common import Per

KIND = "revenue_share"

_STRONG = (
    r"(?:sales?|revenues?|receipts|proceeds|turnover|profits?|margins?|income|earnings|billings?"
    r"|collections?"
    r"|takings|premiums?|royalt(?:y|ies)|commissions?|(?:sub)?licen[cs]\w* (?:fees|revenues?|income"
    r"|consideration)|subscription fees"
    r"|(?:retail|selling|sales|invoice|wholesale) prices?|(?:aggregate )?consideration (?:received|paid)"
    r"|(?:daily|average|monthly|fund|net) (?:net )?assets?|assets under management|net asset value"
    r"|receivables? balances?|(?-i:Consideration))"
)
_WEAK = (
    r"(?:prices?|fees?|amounts?|monies|moneys|sums?|consideration|invoices?|subscriptions?|value"
    r"|savings|payments?"
    r"|rentals?|charges?|funds|total|cost)"
)
_BASE = re.compile(
    r"(?:\s?\([^()]{0,60}\))?[\s,]*(?:commission |royalty |share |fee )?(?:of|on|from|in|against)\s"
    r"(?:(?!(?:such understate|the understate|shares?\b|voting|votes|outstanding|equity|stock|time\b"
    r"|issued|tax|advance|royalty advance|requirement|guarante|minimum|annual minimum|receipt\b|expir"
    r"|sales force|original billing))"
    rf"[\w'\",:&/()\[\]*.-]+\s){{0,11}}?[\"(]{{0,2}}(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))\b",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"\b(?:royalt(?:y|ies)|commissions?|revenue[- ]shar\w+|shar(?:e|es|ed|ing) (?:of|in|the|with"
    r"|equally)|share\b"
    r"|referral fees?|finder'?s?'? fees?|override|residuals?|split|profit[- ]sharing|success fees?"
    r"|bount(?:y|ies)"
    r"|percentage fee|promotion fees?|sales fees?|continuing fees?"
    r"|advertising (?:fees?|contributions?|fund)|marketing fund|contribution)\b",
    re.IGNORECASE,
)
_PAYS = re.compile(
    r"\b(?:pay(?:s|able|ments?|ing)?|paid|receiv(?:e|es)|entitled|remit\w*|earn(?:s|ed)?|retain(?:s"
    r"|ed)?|ow(?:e|es|ed)"
    r"|due|charg(?:e|es|ed)|compensat\w+|credit(?:ed)?|contribut\w+|distribut(?:e|es|ed)|allocat\w+"
    r"|apportion\w+"
    r"|equal to|split|shared?|fees?|royalt\w+|commission\w*|remunerat\w+|accrues?|ours|bears?|belongs?"
    r"|keep|given|granted)\b",
    re.IGNORECASE,
)
_NO_SHARE_BEFORE = re.compile(
    r"\b(?:(?:more|greater|less|fewer|higher|lower) than|exceed\w*(?: by)?|excess of|at least|(?:reduc"
    r"|increas|decreas"
    r"|understat|overstat|underpa)\w*[^.;%]{0,40}\bby|maximum(?: of)?|minimum(?: of)?|up to"
    r"|not (?:be )?below|less"
    r"|understat\w*[^.;%]{0,30}|deficien\w+[^.;%]{0,30}|discrepanc\w+[^.;%]{0,30}|error[^.;%]{0,30}"
    r"|reimburs\w+[^.;%]{0,60}"
    r"|restocking[^.;%]{0,50}|cancellation[^.;%]{0,50}|credit(?:s|ed)?\b[^.;%]{0,30}|deposit[^.;%]{0,40}"
    r"|(?:maintenance|support)\b[^.;%]{0,50}|bears?\b[^.;%]{0,30}|costs? [^.;%]{0,30}"
    r"|refund[^.;%]{0,40}|invest[^.;%]{0,50}|withh\w+[^.;%]{0,40}|discount[^.;%]{0,30}|deduct(?:ing"
    r"|ion)?[^.;%]{0,40}"
    r"|interest[^.;%]{0,60}|own\w*[^.;%]{0,40}|liquidated damages[^.;%]{0,60}|penalt\w+[^.;%]{0,40}"
    r"|equals? or|such)"
    r"(?: of| a| an| the| by| approximately| about| to| or| equal to| than| in| is| as much as"
    r"| additional| further)* ?\(?$",
    re.IGNORECASE,
)
_NO_SHARE_AFTER = re.compile(
    r"\s?\)?\s?(?:or (?:more|greater|less|higher)|per (?:month|annum|year|day)|interest|discount"
    r"|reduction|increase"
    r"|decrease|(?:annual )?growth|more than|less than|greater than|higher than|lower than|above|below"
    r"|vat\b|tax\b"
    r"|owned|ownership|of such (?:understate|deficien|shortfall)|late|off\b|uptime|availab|working interest"
    r"|of the (?:time|shares|voting|outstanding|work|units|total number|principal)"
    r"|of (?:all )?(?:shares|employees"
    r"|calls|orders|cases|customers|subscribers))",
    re.IGNORECASE,
)
_RATE_AFTER_NAME = re.compile(
    r"\b(?:royalt(?:y|ies)|commissions?|revenue[- ]share(?: percentage)?|referral fee|finder'?s?'? fee"
    r"|override"
    r"|shar(?:e|ing)(?: ratio| percentage)? of (?:the )?(?:net |gross )?(?:revenues?|profits?|income"
    r"|proceeds"
    r"|sales?)(?=for|\b)"
    r"|profit share|sales fee|success fee|share percentage)(?:\b|(?=for))(?: (?:rate|fee|percentage"
    r"|payments?"
    r"|schedule|amount))?"
    r"(?P<between>[^.;%]{0,70}?)(?:\b(?:of|at|to|is|be|are|as|equals?|rate|amounts? to)\b|:|=|-"
    r"|\()\s?(?:an? |the |rate of )*$",
    re.IGNORECASE,
)
_BEFORE_NAME = re.compile(
    r"\s?\(?[^()%.;]{0,24}?\)?\s?(?:royalt(?:y|ies)|commissions?|referral fee|finder'?s fee"
    r"|revenue[- ]share"
    r"|share of (?:the )?(?:\w+ )?(?:revenues?|profits?|sales|proceeds))\b",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\b(?:royalt(?:y|ies)(?: rates?)?|commissions?(?: rates?| schedule)?|revenue[- ]shar\w+"
    r"|share of (?:net |gross )?"
    r"revenues?|referral fees?|percentage of (?:net|gross) (?:sales|revenues?))\b",
    re.IGNORECASE,
)
_HALVES = re.compile(
    r"\b(?P<one>\d{1,2})\s?%?\s?[/:]\s?(?P<two>\d{1,2})\s?%?(?![\d/])|\b(?P<fifty>fifty[-/ ]fifty"
    r"|equally)\b",
    re.IGNORECASE,
)
_BARE_GAP = re.compile(rf"(?<![$€£\w]){REDACTED}(?=\s?(?:of|on)\s)", re.IGNORECASE)

_CHAINED = re.compile(r"\s(?:of|on|for)\b[^.%()]{0,80}?(?:[;,]| and|[;,] and)\s")
_ON = re.compile(r"\s(?:of|on|for)\s")
"""A share goes on with the one before: "a royalty of [*]% on books; and [*]% on films"."""
_BAND = re.compile(
    r"^\W{0,4}(?:\(?\w{1,4}[.)]\s|o\s)?(?:for|on) (?:annual |gross |net |monthly )?(?:revenues?|sales"
    r"|receipts)"
    r" (?:between|in excess of|above|over|from|up to)\s?$",
    re.IGNORECASE,
)
"""A line of a scale whose bounds and share are blacked out as one."""
_OF_SALES = re.compile(r"\s?of (?:all |the |such |gross |net )*(?:sales|revenues?|receipts)\b", re.IGNORECASE)
_BEFORE_GAP = re.compile(
    r"\b(?:royalt\w+|commissions?|pay|paid|equal to|retain|share|receive|entitled to|fee of|to be"
    r"|at the rate of"
    r"|remit)\b[^.;]{0,40}$|^\W{0,6}(?:\(?\w{1,4}\)?\s)?$",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every share: of sales, revenue or profit in prose, rows of a schedule, and those stated elsewhere."""
    yield from _stated(context)
    for sentence in context.prose():
        if not stated_elsewhere(sentence.text) or context.percents(sentence) or _gaps(sentence):
            continue
        if not is_example(sentence.text) and not addresses_reader(sentence.text):
            yield Unread(kind=KIND, span=context.span(sentence), why="the share is left to another place")


def _stated(context: Context) -> Iterator[Draft | Unread]:
    for sentence in context.sentences:
        if sentence.form == "heading" or not _may_share(sentence.lower):
            continue
        text = sentence.text
        if is_example(text) or is_recital(text) or addresses_reader(text):
            continue
        if patterns.search(r"\bunderstat|\bunderpa|\bunderreport", text):
            continue
        shares = [p for p in context.percents(sentence) if _is_share(sentence, p)]
        shares = _with_tiers(sentence, context.percents(sentence), shares)
        if not shares:
            shares = _halves(text)
        if not shares and context.percents(sentence):
            yield from _listed(context, sentence)
        for share in shares:
            yield _draft(context, sentence, share)
        for gap in _gaps(sentence):
            yield Unread(
                kind=KIND,
                span=from_sentence(context, sentence, RevenueShare(), gap).span,
                why="the share is redacted",
            )


_SIGNS = ("%", "cent", "/50", "fifty", "[", "**", "{*", "xxx", "__")
_BASES = (
    "royalt", "commission", "sale", "revenue", "receipt", "proceeds", "profit", "margin", "turnover", "incom"
                    "e", "fee",
    "asset", "balance", "price", "share", "premium", "billing", "collect", "amount", "monies", "receiv",
)  # fmt: skip


def _may_share(lower: str) -> bool:
    """A cheap look before the rest; a short line may be a row of a schedule and name no base."""
    if not any(sign in lower for sign in _SIGNS):
        return False
    return (len(lower) < 160 and "%" in lower) or any(word in lower for word in _BASES)


def _is_share(sentence: Sentence, place: Mention) -> bool:
    """Is the figure a share of a base that someone pays, by its own words?"""
    text = sentence.text
    if isinstance(place, PercentMention) and not 0 < place.value <= 100:
        return False
    before, after = text[max(0, place.start - 110) : place.start], text[place.end : place.end + 170]
    if _IN_RANGE.search(before) and patterns.search(_FEE, text[: place.start]):
        after = _TO_OTHER_END.sub("", after)
    elif _NO_SHARE_BEFORE.search(before):
        return False
    if _NO_SHARE_AFTER.match(after):
        return False
    if patterns.search(r"\b(?:spend|expend)\b[^.]{0,240}$", text[: place.start]):
        return False
    about = f"{sentence.topic} {sentence.lead.text[-200:]}" if sentence.lead is not None else sentence.topic
    if is_factor(text, place, about) or is_part(text, place):
        return True
    base = _BASE.match(after)
    if base is not None and base["weak"] and isinstance(place, PercentMention) and place.value == 100:
        return False
    if base is not None and base["strong"]:
        around = text[max(0, place.start - 330) : place.end + 200]
        opens = place.start - sentence.body < 4 and bool(_SHARED.search(about))
        return (opens or bool(_PAYS.search(around))) and not _is_condition(text, place)
    near = text[max(0, place.start - 260) : place.end + 120]
    if patterns.search(
        r"\b(?:parties|party|sides?|each)\b[^.;]{0,30}\b(?:shares?|splits?"
        r"|receives?)(?: equally)? $",
        before,
    ):
        return bool(patterns.match(r"\s?of\b", after))
    if base is not None:
        return bool(_SHARED.search(near)) and not _is_condition(text, place)
    named = _RATE_AFTER_NAME.search(before)
    if named is not None:
        return not _is_condition(text, place) and not patterns.search(r"\breduc|\boff\b", named["between"])
    return bool(_BEFORE_NAME.match(after)) and not patterns.match(r"\s?(?:of|less)\b", after)


_FEE = r"\b(?:royalt\w+|commissions?|fees?|shares?|revenue[- ]shar\w+)\b"
_IN_RANGE = re.compile(
    r"\b(?:range|ranging|between|varies|vary)\b[^.;]{0,30}$|\b(?:range|ranging"
    r"|between)\b[^.;]{0,40}\d ?(?:%|percent)\)?"
    r" (?:to|and) [^.;]{0,20}$",
    re.IGNORECASE,
)
_TO_OTHER_END = re.compile(
    r"^\s?\)?\s?(?:to|and|-) (?:an? )?(?:maximum |minimum )?(?:of )?(?:[a-z-]+ \(?)?\d[\d.]*\s?(?:%"
    r"|percent)\)?",
    re.IGNORECASE,
)
"""A fee "between 5% and 9% of the proceeds": both ends are shares of the base that follows the second."""


def _is_condition(text: str, place: Mention) -> bool:
    """ "if sales exceed 20% of …": a figure that decides whether something holds, and promises no share."""
    before = text[max(0, place.start - 160) : place.start]
    opened = patterns.search(
        r"\b(?:if|unless|in the event|provided that|to the extent)\b(?![^.;]*,)[^.;]{0,150}$", before
    )
    if opened is None:
        return False
    return not patterns.search(r"\b(?:pay|paid|receive|then|shall be|will be|equal to)\b", opened.group())


_RANGE = re.compile(
    r"[\s,;.()|]*(?:(?:[$€£<>≤≥=+-]|\d[\d.,]*%?|(?:us|usd|eur|million|thousand|billion|under|over|above"
    r"|below|up|to|and|or"
    r"|from|between|more|less|than|units?|copies|subscribers?|net|sales|of|for|greater|the|next|first"
    r"|thereafter"
    r"|all|excess|in)\b)[\s,;.()|+-]*)*",
    re.IGNORECASE,
)


def _with_tiers(
    sentence: Sentence, percents: Sequence[PercentMention], shares: list[PercentMention]
) -> list[PercentMention]:
    """The steps of a table that was run together with a sentence: between them stand only their ranges."""
    text = sentence.text
    if len(percents) < 3:
        return shares
    runs: list[list[PercentMention]] = [[percents[0]]]
    for percent in percents[1:]:
        between = text[runs[-1][-1].end : percent.start]
        if re.search(r"\d", between) and _RANGE.fullmatch(between):
            runs[-1].append(percent)
        else:
            runs.append([percent])
    found = list(shares)
    for run in runs:
        if len(run) < 3 or not all(0 < p.value < 100 for p in run):
            continue
        if _HEAD.search(text[max(0, run[0].start - 260) : run[0].start]):
            found += [p for p in run if all(p.start != other.start for other in found)]
    return sorted(found, key=lambda p: p.start)


def _halves(text: str) -> list[PercentMention]:
    """ "50/50" between two sides is a half each."""
    if not patterns.search(r"\b(?:revenues?|profits?|proceeds|income|sales|earnings|commissions?)\b", text):
        return []
    if not patterns.search(r"\b(?:shar\w+|split|divid\w+|distribut\w+|apportion\w+|allocat\w+)\b", text):
        return []
    for match in _HALVES.finditer(text):
        if match["fifty"]:
            if match["fifty"].lower() == "equally" and not patterns.search(
                r"\b(?:net|gross) (?:revenues?|profits?|proceeds|income|sales)\b", text
            ):
                continue
            return [PercentMention(match.start(), match.end(), match.group(), False, Decimal(50))]
        one, two = int(match["one"]), int(match["two"])
        if one + two == 100:
            found = [PercentMention(match.start(), match.end(), match.group(), False, Decimal(one))]
            if one != two:
                found.append(PercentMention(match.start(), match.end(), match.group(), False, Decimal(two)))
            return found
    return []


def _listed(context: Context, sentence: Sentence) -> Iterator[Draft]:
    """Rows of a schedule under words for royalties: "0 - 5000 6.25% 5001 - 7500 6.75%"."""
    percents = [p for p in context.percents(sentence) if 0 < p.value < 100]
    if not is_listing(sentence, percents) or not _HEAD.search(
        f"{heads(context.sentences, sentence, 6)} / {sentence.lower}"
    ):
        return
    if patterns.search(
        r"\bdiscount|\buptime|\bavailab|\binterest|\bcredit\b|\bmarket share|\btax\b"
        r"|\bweight",
        sentence.text,
    ):
        return
    for row in listed_rows(sentence, percents):
        for figure in row.figures:
            if not isinstance(figure, PercentMention):
                continue
            sketch = from_sentence(context, sentence, RevenueShare(percent=figure.value), figure)
            sketch.span = context.span(sentence, row.start, row.end)
            sketch.key = _key(sentence.text)
            sketch.features = ["heading_only"]
            yield sketch.draft(context)


def _gaps(sentence: Sentence) -> list[Mention]:
    """Shares whose figure is blacked out, with or without the sign."""
    text = sentence.text
    if not has_gap(text):
        return []
    gaps = (*redacted_percents(text), *redacted_points(text))
    found = list[Mention]()
    for gap in sorted(gaps, key=lambda g: g.start):
        goes_on = found and _CHAINED.fullmatch(text, found[-1].end, gap.start) and _ON.match(text, gap.end)
        if goes_on or _is_share(sentence, gap):
            found.append(gap)
    for match in _BARE_GAP.finditer(text):
        gap = Mention(match.start(), match.end(), match.group())
        if _BAND.search(text[sentence.body : gap.start]) and _OF_SALES.match(text, gap.end):
            found.append(gap)
            continue
        if not _BEFORE_GAP.search(text[max(0, gap.start - 90) : gap.start]):
            continue
        apart = all(gap.end <= other.start or other.end <= gap.start for other in found)
        if apart and _is_share(sentence, gap) and (base := _BASE.match(text[gap.end :])) and base["strong"]:
            found.append(gap)
    return found


def _draft(context: Context, sentence: Sentence, share: PercentMention) -> Draft:
    text = sentence.text
    period = patterns.search(
        r"\b(?:each|every|a|that|such|per|the|any) (?:calendar |fiscal |contract "
        r"|agreement )?(?P<unit>month|quarter|year)\b"
        r"|\b(?P<adverb>monthly|quarterly|annual|annually|yearly)\b",
        text,
    )
    paid = next((d for d in context.durations(sentence) if pays_within(sentence, d)), None)
    terms = RevenueShare(
        percent=share.value,
        per=_PERIODS[(period["unit"] or period["adverb"]).lower()] if period is not None else None,
        within=paid.duration if paid is not None else None,
    )
    sketch = from_sentence(context, sentence, terms, share)
    sketch.key = _key(text[max(0, share.start - 200) : share.end + 160])
    sketch.debtor = paying_party(context, sentence, share)
    if not _SHARED.search(text):
        sketch.features.append("ambiguous")
    return sketch.draft(context)


_PERIODS: dict[str, Per] = {
    "month": "month", "monthly": "month", "quarter": "quarter", "quarterly": "quarter", "year": "year",
    "annual": "year", "annually": "year", "yearly": "year",
}  # fmt: skip


def _key(words: str) -> str:
    for name, pattern in (
        ("royalty", r"\broyalt"),
        ("commission", r"\bcommission"),
        ("referral fee", r"\breferral"),
        ("advertising contribution", r"\badvertising (?:fee|fund|contribution)|\bmarketing fund"),
    ):
        if patterns.search(pattern, words):
            return name
    return "share"
