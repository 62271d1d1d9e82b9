"""What a document says about itself: dates, law, zone, order of precedence."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from extraction import patterns
from extraction.dates import DateMention, dates
from extraction.definitions import Definitions
from extraction.model import ContractFacts, Draft, PartyMention
from extraction.places import holiday_region_in, places, zone_in
from extraction.quantities import Mention
from extraction.sentences import Sentence, span_of
from extraction.titles import read_title
from obligations.document import Document, Span
from obligations.model import Relation
from obligations.terms import Term

_STOP = (
    r"(?!(?i:without|and|the|this|any|each|united nations|contracts|laws?|convention|section|article"
    r"|courts?|including|excluding|regardless|applicable|as|but|in|which|that|not|shall|will|for|or)\b)"
)
_PLACE_NAME = (
    rf"(?P<place>{_STOP}[A-Z][\w.'-]*(?:(?:,? |,? (?i:and|of|the) ){_STOP}(?!U\.S\.A"
    rf"|USA)[A-Z][\w.'-]*){{0,4}})"
)
_LAW = re.compile(
    r"(?i:\b(?:laws?|legislation|statutes))\s?(?:\([^()]{0,40}\)\s)?(?i:(?:and (?:regulations"
    r"|jurisdiction|decisions|statutes) )?(?:then )?(?:in force in|in effect in|applicable in"
    r"|prevailing in|applied in|of|for|in))\s"
    r"(?i:(?:the )?(?:(?:commonwealth|province|(?:federal |people's )?republic|kingdom|country"
    r"|territory) of (?:the )?)?)(?i:(?:the )?(?:free )?state of )?(?:(?i:the) )?"
    + _PLACE_NAME
    + r"|\b(?P<adjective>English|German|Swedish|French|Swiss|Dutch|Finnish|Polish|Danish|Norwegian"
    r"|Austrian|Irish|Italian|Spanish|Belgian|Japanese|Israeli|Chinese|Indian|"
    r"New York|California|Delaware|Texas|Massachusetts|Ontario|Illinois|Florida|Georgia|Virginia|Nevada"
    r"|PRC) (?:state )?(?:law|statutes)\b"
    r"|\b(?P<state>[A-Z][a-z]+(?: [A-Z][a-z]+)?) law (?:shall |will )?(?:govern|appl)",
)
_ADJECTIVES = {
    "English": "England", "German": "Germany", "Swedish": "Sweden", "French": "France",
    "Swiss": "Switzerland", "Dutch": "Netherlands",
    "Finnish": "Finland", "Polish": "Poland", "Danish": "Denmark", "Norwegian": "Norway",
    "Austrian": "Austria", "Irish": "Ireland",
    "Italian": "Italy", "Spanish": "Spain", "Belgian": "Belgium", "Japanese": "Japan",
    "Israeli": "Israel", "Chinese": "China", "Indian": "India",
}  # fmt: skip
_DIGIT = re.compile(r"\d")
_AGREED = re.compile(
    r"\b(?:dated(?: as of)?|made(?: and entered into)?(?: as)?(?: of| on| this| (?:at|in) \w+ on)?"
    r"|entered into(?: as of| on| this| effective)?|executed(?: as of| on)?|signed(?: (?:in|at) \w+)? on"
    r"|is made|concluded on|agreement is made)\b[\s,:(]*(?:(?:and )?(?:entered into|effective|made)\s)?"
    r"(?:as of |on |this |the |of )*$",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    r"\b(?:(?:shall )?(?:take|takes|become|becomes|come|comes|came|enter|enters)\s(?:into\s)?(?:effect"
    r"|force|effective)|(?:is |be )?effective(?: date)?|with effect|in force|in effect|commenc\w+"
    r"|begins?|beginning|starts?|start date|commencement date|effective date)\b\W{0,3}"
    r"(?:\"?\)? ?(?:is|means|of|as|from|on|date|the|this|and|as of|shall be|be|:|\(|\"|of this|agreement"
    r"|from the|upon|day)[ :]*)*$",
    re.IGNORECASE,
)


@dataclass
class _Dates:
    agreed: date | None = None
    effective: date | None = None
    spans: dict[str, Span] = field(default_factory=dict)


def read_zone(sentences: Sequence[Sentence], law: str) -> tuple[str | None, Sentence | None]:
    """The contract's zone: what it says of times, else its calendars, else where its law is at home."""
    counts: dict[str, tuple[int, Sentence]] = {}
    for sentence in sentences:
        if sentence.form == "heading":
            continue
        said = _times_rule(sentence.text)
        if said:
            return said, sentence
        if zone := zone_in(sentence.text):
            count, first = counts.get(zone, (0, sentence))
            counts[zone] = (count + 1, first)
    if counts:
        zone, (_, sentence) = max(counts.items(), key=lambda item: item[1][0])
        return zone, sentence
    for sentence in sentences:
        if patterns.search(r"\bholidays?\b", sentence.text) and (place := holiday_region_in(sentence.text)):
            return place.zone, sentence
    named = next(iter(places(law)), None)
    return (named.zone, None) if named else (None, None)


def _times_rule(text: str) -> str | None:
    """ "Times of day are times in Munich": a rule on how times are meant."""
    if not patterns.search(
        r"\b(?:times?(?: of (?:the )?day)?|hours|references? to (?:a )?times?"
        r"|dates and times)\b[^.;]{0,40}\b(?:are|is|refer\w*|mean\w*|shall be|expressed)\b",
        text,
    ):
        return None
    if zone := zone_in(text):
        return zone
    place = next(iter(places(text)), None)
    return place.zone if place and patterns.search(r"\btimes?\b[^.;]{0,60}\b(?:in|at|of)\b", text) else None


def read_law(sentences: Sequence[Sentence]) -> tuple[str, Sentence | None]:
    """The governing law as a place ("Germany", "New York")."""
    best: tuple[int, str, Sentence] | None = None
    for sentence in sentences:
        if "law" not in sentence.lower and "legislation" not in sentence.lower:
            continue
        for match in _LAW.finditer(sentence.text):
            place = _ADJECTIVES.get(
                match["adjective"] or "", match["adjective"] or match["state"] or match["place"] or ""
            )
            place = _clean_place(place)
            rank = _law_rank(sentence, match)
            if place and rank and (best is None or rank > best[0]):
                best = (rank, place, sentence)
    return (best[1], best[2]) if best else ("", None)


def _law_rank(sentence: Sentence, match: re.Match[str]) -> int:
    """How surely this is the clause on governing law, not a party's place of incorporation."""
    text = sentence.text
    before = text[max(0, match.start() - 260) : match.end() + 60]
    if patterns.search(
        r"\b(?:organi[sz]ed|incorporated|existing|corporation|registered|duly|partnership|formed)\b",
        text[max(0, match.start() - 70) : match.start() + 6],
    ):
        return 0
    governs = patterns.search(
        r"\bgovern\w*|\bconstru\w+|\binterpret\w*|\bsubject to\b|\bappl(?:y|ies)\b|\bcontrolled\b"
        r"|\bin accordance with\b|\benforced\b",
        before,
    )
    titled = patterns.search(
        r"\bgoverning law|\bapplicable law|\blaw and\b|\bchoice of law|\bjurisdiction|\bgoverning\b",
        f"{sentence.topic} {text[:90]}",
    )
    if not governs and not titled:
        return 0
    strong = patterns.search(r"\bgovern\w*|\bconstru\w+", before)
    document = patterns.search(
        r"\b(?:this|the) (?:\w+ )?(?:agreement|contract|deed|amendment|plan|lease)\b|\bagreement\b",
        text,
    )
    federal = re.match(r"United States|U\.S|America", match["place"] or "")
    return 1 - bool(federal) + 3 * bool(strong) + 2 * bool(titled) + bool(document)


def _clean_place(place: str) -> str:
    place = re.sub(r"\b(?:and|of|the|as|applied|without|applicable)\W*$", "", place.strip(" ,.")).strip(" ,.")
    place = (
        place.title().replace("'S", "'s").replace(" Of ", " of ").replace(" And ", " and ")
        if place.isupper() and len(place) > 3
        else place
    )
    place = re.sub(
        r"^(?:the )?(?:Free State|State|Commonwealth|Federal Republic|Republic|Kingdom|Province) of ",
        "",
        place,
    )
    return re.split(r"\.\s|,? (?:USA|U\.S\.A)", place)[0].strip(" ,.")


def read_dates(
    document: Document, sentences: Sequence[Sentence], definitions: Definitions, *, month_first: bool
) -> _Dates:
    """The day of agreement and the day of effect, from the preamble, the definitions and the term clause."""
    found = _Dates()
    head = [s for s in sentences if s.flat.start < 7000][:60]
    agreed = (
        _agreed(head, month_first) or _signed(sentences, month_first) or _loosely_agreed(head, month_first)
    )
    if agreed is not None:
        sentence, day = agreed
        found.agreed = day.day
        found.spans["agreed_on"] = _span(document, sentence, day)
        if patterns.match(
            r"\W{0,4}\(?(?:the |as )?\W{0,3}(?:effective|commencement) date",
            sentence.text[day.end : day.end + 60],
        ):
            found.effective = day.day
            found.spans["effective_on"] = _span(document, sentence, day)
    _effective(document, sentences, definitions, found, month_first)
    if found.effective is None and agreed is not None:
        sentence, day = agreed
        if _AS_OF.search(sentence.text[: day.start]):
            found.effective = day.day
            found.spans["effective_on"] = _span(document, sentence, day)
    return found


_AS_OF = re.compile(r"\b(?:as of|effective|as from|with effect from)\W{0,3}(?:the |this )?$", re.IGNORECASE)
_OF_ANOTHER = re.compile(
    r"\b(?:under|to|of|in|by|and|amend\w*|supplement\w*) (?:the|that|a|its|certain|that certain) "
    r"(?!this\b)[\w\s,()-]{3,90}\b(?:dated|made|entered into)(?: (?:as )?(?:of|on))?\s$",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^(?:dated(?: as of)?|of|on|date:?|made(?: on)?|agreed(?: on)?)?\s?$", re.IGNORECASE)


def _agreed(head: Sequence[Sentence], month_first: bool) -> tuple[Sentence, DateMention] | None:
    """The day in "made on", "dated", "entered into as of", or alone on a line of the title page."""
    for sentence in head:
        for day in dates(sentence.text, month_first=month_first):
            before = sentence.text[max(0, day.start - 110) : day.start]
            alone = _ALONE.match(sentence.text[: day.start]) and len(sentence.text) - day.end < 3
            if (_AGREED.search(before) and not _OF_ANOTHER.search(before)) or alone:
                return sentence, day
    return None


def _loosely_agreed(head: Sequence[Sentence], month_first: bool) -> tuple[Sentence, DateMention] | None:
    """ "effective as of" counts as the day of agreement where no other is given."""
    for sentence in head:
        for day in dates(sentence.text, month_first=month_first):
            if patterns.search(r"\bas of\W{0,3}(?:the |this )?$", sentence.text[: day.start]):
                return sentence, day
    return None


def _signed(sentences: Sequence[Sentence], month_first: bool) -> tuple[Sentence, DateMention] | None:
    """The last date of a signature block: "Munich, 12 February 2024", "Date: January 9, 2026"."""
    latest: tuple[Sentence, DateMention] | None = None
    for sentence in sentences:
        if len(sentence.text) > 320 or not _DIGIT.search(sentence.text):
            continue
        for day in dates(sentence.text, month_first=month_first):
            before = sentence.text[: day.start]
            if re.search(
                r"(?:^|\|\s?|\b)(?:(?i:date(?: signed)?)\s?:|[A-Z][a-z]+, (?:the )?|(?i:signed on))\s?$",
                before,
            ) and not re.search(r"\b(?:shall|will|means|until|from)\b", before):
                later = latest is None or day.day >= latest[1].day
                latest = (sentence, day) if later else latest
    return latest


def _effective(
    document: Document,
    sentences: Sequence[Sentence],
    definitions: Definitions,
    found: _Dates,
    month_first: bool,
) -> None:
    for name in (
        "effective date",
        "commencement date",
        "amendment date",
        "amendment effective date",
        "start date",
        "term start date",
    ):
        if (term := definitions.days.get(name)) and term.day:
            found.effective = term.day
            found.spans["effective_on"] = term.span
            return
    if found.effective is not None:
        return
    named = next(
        (
            term
            for name, term in definitions.days.items()
            if re.search(r"\b(?:effective|commencement|start)\b", name)
        ),
        None,
    )
    if named is not None and named.day:
        found.effective = named.day
        found.spans["effective_on"] = named.span
        return
    for sentence, day in _printed(sentences, month_first):
        before = sentence.text[max(0, day.start - 110) : day.start]
        own = patterns.search(
            r"\b(?:this|the) (?:\w+ ){0,3}(?:agreement|amendment|schedule|contract|sow|statement of work"
            r"|addendum|order|exhibit|licen[cs]e|term|services)\b|\bsow \d|\bin force from\b|^effective"
            r"|\beffective date|\bterm\b|\bcommencement",
            sentence.text,
        )
        if own and _EFFECTIVE.search(before):
            found.effective = day.day
            found.spans["effective_on"] = _span(document, sentence, day)
            return


def _printed(sentences: Sequence[Sentence], month_first: bool) -> Iterator[tuple[Sentence, DateMention]]:
    for sentence in sentences:
        if _DIGIT.search(sentence.text):
            for day in dates(sentence.text, month_first=month_first):
                yield sentence, day


def _span(document: Document, sentence: Sentence, mention: Mention) -> Span:
    return span_of(document, *sentence.flat.span(mention.start, mention.end), sentence.section)


_DOCUMENTS: tuple[tuple[Relation, re.Pattern[str]], ...] = (
    (
        "amendment",
        re.compile(r"\b(?:amendments?|addend(?:um|a)|variations?|change orders?)\b", re.IGNORECASE),
    ),
    ("sow", re.compile(r"\b(?:statements? of work|SOWs?|work orders?)\b", re.IGNORECASE)),
    ("order", re.compile(r"\b(?:order forms?|purchase orders?|orders?)\b", re.IGNORECASE)),
    (
        "schedule",
        re.compile(
            r"\b(?:schedules?|annex(?:es|ures?)?|exhibits?|appendi(?:x|ces)|attachments?)\b", re.IGNORECASE
        ),
    ),
    (
        "master",
        re.compile(
            r"\b(?:these clauses|the clauses|paragraphs of this|body of th(?:is|e) agreement|terms "
            r"(?:and conditions )?of this|main (?:body|agreement|part)|master (?:\w+ )?agreement"
            r"|this agreement|base terms|MSA|sections of this|general terms|main text|(?:articles"
            r"|provisions|clauses) of (?:this|the) agreement|the agreement|agreement)\b",
            re.IGNORECASE,
        ),
    ),
)
_PREVAILS = re.compile(
    r"\b(?:prevail\w*|precedence|take(?:s)? priority|control(?:s|ling)?|order of priority|shall govern"
    r"|ranks? (?:first|before)|following order)\b",
    re.IGNORECASE,
)
_CONFLICT = re.compile(
    r"\b(?:conflict\w*|inconsisten\w+|contradict\w*|discrepanc\w+|ambiguit\w+|order of|precedence|preva)",
    re.IGNORECASE,
)


def read_precedence(sentences: Sequence[Sentence]) -> tuple[tuple[Relation, ...], Sentence | None]:
    """What prevails, strongest first. The longest order the text gives is taken."""
    best: tuple[tuple[Relation, ...], Sentence | None] = ((), None)
    for number, sentence in enumerate(sentences):
        if not _PREVAILS.search(sentence.text) or not _CONFLICT.search(sentence.text):
            continue
        words = sentence.text
        for following in sentences[number + 1 : number + 10]:
            if not words.endswith((":", ";", ",", "and", "or")) or (
                not following.item and not following.text.startswith("(")
            ):
                break
            words += " " + following.text
        order = _order(words)
        if len(order) > len(best[0]):
            best = (order, sentence)
    return best


def _order(text: str) -> tuple[Relation, ...]:
    listed = re.search(r":\s?(?:\(?[a-z1i]\)|first|\d\.)?|\bfollowing order\b[^:]{0,90}|\bas follows\b", text)
    winner = patterns.search(
        r"(?P<who>[^.,;]{3,90}?)\s(?:shall |will )?(?:always )?(?:prevails?|takes? (?:precedence"
        r"|priority)|controls?|governs?)\b(?P<rest>[^.;]{0,120})",
        text[(listed.end() if listed else 0) :],
    )
    if listed and len(_mentioned(text[listed.end() :])) >= 2:
        return _mentioned(re.split(r"\bexcept\b|\bnevertheless\b|\bunless\b", text[listed.end() :])[0])
    if winner is None:
        return ()
    first = _mentioned(winner["who"])[-1:]
    rest = tuple(
        r for r in (*_mentioned(winner["rest"]), *_mentioned(text[: winner.start()])) if r not in first
    )
    return (*first, *dict.fromkeys(rest)) if first and rest else ()


def _mentioned(text: str) -> tuple[Relation, ...]:
    """The documents named, in order; a document inside another's name counts once."""
    found: list[tuple[int, Relation]] = []
    for name, pattern in _DOCUMENTS:
        found += [(match.start(), name) for match in pattern.finditer(text)]
    return tuple(dict.fromkeys(name for _, name in sorted(found)))


def read_facts(
    document: Document,
    sentences: Sequence[Sentence],
    parties: tuple[PartyMention, ...],
    definitions: Definitions,
    drafts: Sequence[Draft],
    *,
    month_first: bool,
) -> ContractFacts:
    """Everything about the document itself; `drafts` give the term from which its end follows."""
    title = read_title(document)
    law, law_sentence = read_law(sentences)
    zone, zone_sentence = read_zone(sentences, law)
    found = read_dates(document, sentences, definitions, month_first=month_first)
    precedence, precedence_sentence = read_precedence(sentences)
    expires, expires_span = _expiry(drafts, found.effective or found.agreed)
    spans = dict(found.spans)
    if title.end > title.start:
        spans["title"] = span_of(document, title.start, title.end)
    if title.parent and title.parent_span:
        spans["parent_title"] = span_of(document, *title.parent_span)
    for name, sentence in (
        ("governing_law", law_sentence),
        ("zone", zone_sentence),
        ("precedence", precedence_sentence),
    ):
        if sentence is not None:
            spans[name] = span_of(document, sentence.start, sentence.end, sentence.section)
    if expires_span is not None:
        spans["expires_on"] = expires_span
    return ContractFacts(
        title=title.text,
        type=title.type,
        parties=parties,
        agreed_on=found.agreed,
        effective_on=found.effective,
        expires_on=expires,
        governing_law=law,
        zone=zone,
        precedence=precedence,
        parent_title=title.parent,
        relation=title.relation,
        definitions=definitions.all(),
        spans=spans,
    )


def _expiry(drafts: Sequence[Draft], starts: date | None) -> tuple[date | None, Span | None]:
    """The last day of the first term: printed, or counted from the day of effect."""
    for draft in drafts:
        terms = draft.terms
        if not isinstance(terms, Term):
            continue
        if terms.due_on is not None:
            return terms.due_on, draft.span
        if terms.within is not None and starts is not None:
            return last_day(starts, terms.within.months, terms.within.days), draft.span
    return None, None


def last_day(starts: date, months: int, days: int) -> date:
    """The last day of a term that begins on `starts`: the day before its anniversary."""
    year, month = divmod(starts.year * 12 + starts.month - 1 + months, 12)
    day = starts.day
    while True:
        try:
            anniversary = date(year, month + 1, day)
            break
        except ValueError:
            day -= 1
    return anniversary + timedelta(days=days - 1)


def is_month_first(text: str) -> bool:
    """Are printed dates such as 03/04/2024 month first? Yes in a document of the United States."""
    american = len(
        re.findall(
            r"\b(?:Delaware|New York|California|Texas|Nevada|Florida|Massachusetts|New Jersey|Illinois"
            r"|U\.S\.|United States|Inc\.|LLC)\b",
            text[:20000],
        )
    )
    other = len(
        re.findall(
            r"\b(?:England|United Kingdom|Germany|GmbH|plc|Sweden|Finland|Poland|France|Ireland|Europe"
            r"|Ltd)\b",
            text[:20000],
        )
    )
    return american > other
