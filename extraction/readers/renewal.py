"""renewal: what happens after the first term, automatic or by agreement, and for how long."""

import re
from collections.abc import Iterator

from extraction.clauses import addresses_reader, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft
from extraction.patterns import search
from extraction.quantities import NUMBER_WORDS, DurationMention, Mention, number_value
from extraction.sentences import Sentence
from obligations.quantities import Duration
from obligations.terms import Renewal

KIND = "renewal"
RENEWS = re.compile(
    r"\b(?:renew(?:s|ed|al|als|ing|able)?|extend(?:s|ed|ing|able|ible)?|extensions?|(?-i:prolong)(?:s|ed"
    r"|ation)?|roll"
    r"(?:s|ed)? over|continue(?:s|d)? (?:automatically|thereafter|from year to year|on a month|"
    r"(?:in force )?for (?:another|a further|further|additional|successive))|successive"
    r"|year[- ]to[- ]year|month[- ]to[- ]month|evergreen|automatically continues?"
    r"|continue(?:s|d)? (?:\w+ ){0,4}?on an? (?:month|year|day|annual)"
    r"|thereafter,? (?:it|this|the) (?:\w+ ){0,2}?(?:shall|will|may) (?:\w+ )?continues?"
    r"|thereafter,? (?:only )?(?:by|upon|on|with|subject to) (?:the )?(?:\w+ )?mutual)\b",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"\bautomatic(?:ally)?\b|\btacit(?:ly)?\b|\bself-renew|\bwithout notice\b[^.;]{0,60}\b(?:renew"
    r"|extend|continu|prolong)\w*|\bwithout (?:further|any) (?:action|notice|act)\b|\bevergreen\b"
    r"|\bbe deemed (?:to be )?(?:renewed|extended)|\b(?:shall|will) (?:thereafter )?(?:be )?(?:renew"
    r"(?:ed)?|extend(?:ed)?)\b[^.;]{0,140}\bunless\b|"
    r"\bunless\b[^.;]{0,160}\b(?:shall|will) (?:be )?(?:renewed?|extend(?:ed)?)\b|\b(?:renews|is "
    r"(?:thereafter )?(?:renewed|extended|prolonged)|extends)\b[^.;]{0,140}\bunless\b"
    r"|\bunless\b[^.;]{0,200}\b(?:renews|is (?:renewed|extended|prolonged)|extends|continues)\b|"
    r"\bcontinue(?:s)? (?:thereafter )?(?:from year to year|for (?:successive|additional|further))"
    r"|\b(?:continues?|remains?)\b[^.;]{0,40}\b(?:year|month)[- ]to[- ](?:year|month) basis\b",
    re.IGNORECASE,
)
_BY_CHOICE = re.compile(
    r"\brenewable\b|\b(?:may|can|option\w*|right|entitled|elects?|election|mutual\w*|agree(?:s|d)?|consent"
    r"|sole discretion|request|negotiat\w+|signed|signature|in writing by both)\b[^.;]{0,140}\b"
    r"(?:renew\w*|extend\w*|extension|prolong\w*)\b|"
    r"\b(?:renew\w*|extend\w*|extension|prolong\w*) (?:requires?|needs?|is possible only|only)\b|"
    r"\b(?:renew\w*|extend\w*|extension|prolong\w*)\b[^.;]{0,90}\b(?:by|upon|with|at|subject to"
    r"|only)\b[^.;]{0,50}\b(?:mutual|agreement|consent|option|election|written|discretion|signed"
    r"|amendment)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|no|never|nor)\b[^.;,]{0,24}\b(?:renew\w*|extend\w*|prolong\w*|extension)\b|\b(?:renew\w*"
    r"|extension|prolong\w*)\b[^.;,]{0,24}\b(?:excluded|not (?:apply|occur|available)|requires? a new)\b",
    re.IGNORECASE,
)
_OTHER_MATTER = re.compile(
    r"\b(?:insurance|polic(?:y|ies)|domain|patent|trademark|registration|lease of|permit|licen[cs]es? "
    r"(?:and permits)|letters? of credit|l/?c|certificate|payment (?:date|term)|deadline|time for"
    r"|delivery date"
    r"|due date|"
    r"force majeure|cure period|warranty|completion|milestone|patents?|copyrights?|guarantee)\b",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft]:
    """Each clause that says the agreement goes on after its term, and how."""
    seen: set[tuple[str | None, bool | None]] = set()
    last = count = 0
    for sentence in context.sentences:
        if sentence.form == "heading" or not RENEWS.search(sentence.text):
            continue
        if _DEFINED_ELSEWHERE.search(sentence.text):
            continue
        if is_example(sentence.text) or is_recital(sentence.text) or addresses_reader(sentence.text):
            continue
        found = _read(context, sentence)
        if found is None:
            continue
        terms, places = found
        mark = (terms.within.iso if terms.within else None, terms.automatic)
        again = mark in seen and sentence.index - last < _APART
        if again or (terms.within is None and seen):
            continue
        seen.add(mark)
        last = sentence.index
        count += 1
        sketch = from_sentence(context, sentence, terms, *places)
        sketch.key = "" if count == 1 else f"renewal {count}"
        yield sketch.draft(context)


_APART = 12
"""Sentences after which the same words are another agreement's, printed in the same document."""
_DEFINED_ELSEWHERE = re.compile(r"\bha(?:s|ve) the meanings? (?:\w+ ){0,3}?(?:in|to)\b", re.IGNORECASE)
_OF_ANOTHER_PAPER = re.compile(
    r"(?:\W|\d)*(?:the|each|any|such) (?:l/?c|letters? of credit|guarantee|bond|permit|polic(?:y|ies))\b",
    re.IGNORECASE,
)


def _read(context: Context, sentence: Sentence) -> tuple[Renewal, list[Mention]] | None:
    text = sentence.text
    if _OF_ANOTHER_PAPER.match(text):
        return None
    about = search(
        r"\b(?:terms?|agreement|contract|plan|lease|periods?|sow|order|subscription|duration|franchise"
        r"|licen[cs]e"
        r"|engagement|statement of work|services?|it)\b",
        text,
    )
    if not about:
        return None
    if denied := _denial(text):
        return Renewal(automatic=False), [Mention(denied.start(), denied.end(), denied.group())]
    verb = next(
        (m for m in RENEWS.finditer(text) if not _other(text, m) and _of_agreement(sentence, m)), None
    )
    if verb is None:
        return None
    automatic: bool | None = None
    if _AUTOMATIC.search(text):
        automatic = True
    elif (
        _BY_CHOICE.search(text)
        or _BY_BOTH.search(text)
        or search(r"\bmay\b|\boption", text[max(0, verb.start() - 120) : verb.start()])
    ):
        automatic = False
    if automatic is False and _PRICE.search(text) and not search(r"\bmay (?:be )?(?:renew|extend)", text):
        return None
    if automatic is None and not search(r"\b(?:shall|will|is|are|be)\b[^.;]{0,60}$", text[: verb.start()]):
        return None
    length, place = _length(context, sentence, verb)
    if length is None and _BY_BOTH.search(text):
        return Renewal(automatic=False), [Mention(verb.start(), verb.end(), verb.group())]
    if length is None and (automatic is None or not _WHOLE.search(text) or _IF_EXTENDED.search(text)):
        return None
    places = [place] if place else [Mention(verb.start(), verb.end(), verb.group())]
    return Renewal(within=length, automatic=automatic, most=_most(text)), places


_GOES_ON = r"(?:renew\w*|extend\w*|prolong\w*|roll(?:s|ed)? over)"
_WHOLE = re.compile(
    rf"\b(?:this|the|such|initial|said) (?:[\w-]+ ){{0,3}}?(?:agreement|contract|term|sow|subscription"
    rf"|engagement|plan|lease|licen[cs]e)\b"
    rf"(?: [\w'()-]+){{0,4}}? (?:may|shall|will|can|is|are|does|renews|(?=renewable))\b[^.;]{{0,50}}?\b"
    rf"{_GOES_ON}"
    rf"|\b(?:renewal|extension) (?:of|to) (?:the|this) (?:term|agreement|contract)\b|\b(?:an|any"
    rf"|the) (?:extension|renewal) (?:requires|needs)"
    rf"|\b(?:may|option to|right to|opportunity to|agree to|can|will|shall)(?: \w+){{0,4}}? (?:renew|extend"
    rf"|prolong) (?:this|the) (?:[\w-]+ ){{0,3}}?(?:agreement|contract|term|sow|subscription)"
    rf"|\bautomatic(?:ally)? (?:{_GOES_ON}|continue|extension)"
    rf"|\bthereafter,? (?:this|the) \w+ (?:shall|will) (?:\w+ )?continue "
    rf"(?:in (?:full )?(?:force|effect) )?until (?:\w+ ){{0,6}}?(?:terminat|gives|notice)"
    rf"|\b{_GOES_ON} automatically|\brenewable\b|\bit (?:is"
    rf"|shall be|may be|does|will)(?: \w+){{0,3}}? {_GOES_ON}",
    re.IGNORECASE,
)
"""The agreement itself goes on: asked of a clause that gives no length."""
_IF_EXTENDED = re.compile(
    r"\b(?:amended|modified)\b[^.;]{0,40}\b(?:renewed|extended)\b|\bconstrued as\b|\b(?:unless|as|if|until"
    r"|whether or not)(?: it| the same)?(?: is| may be| shall be| be)?(?: (?:sooner|earlier"
    r"|otherwise|so|later))*(?: (?:terminated|cancell?ed|ended),?)?(?: or)?(?: otherwise)? (?:extended"
    r"|renewed|prolonged)\b",
    re.IGNORECASE,
)
_BY_BOTH = re.compile(
    r"\bunless (?:and until )?(?:both |the |mutually |)?(?:parties )?[^.;,]{0,40}?\b"
    r"(?:extend|renew|prolong)\w*\b[^.;]{0,70}?\b(?:by|in|upon)\b[^.;]{0,30}\b(?:both|mutual\w*|writing|written)\b"
    r"|\bunless (?:both |the )?parties (?:mutually )?agree\b[^.;]{0,30}\bto (?:extend|renew|prolong)\b"
    r"|\b(?:term|period|agreement|contract|year|years)\b[^.;]{0,14}\bmay be"
    r" (?:renewed|extended|prolonged) (?:by|upon|on) (?:the )?(?:mutual|written)"
    r"|\bthereafter,? (?:only )?(?:by|upon|on|with|subject to) (?:the )?(?:\w+ )?mutual",
    re.IGNORECASE,
)
"""It goes on only where both sides agree, for as long as they then say."""
_PRICE = re.compile(r"\b(?:increase\w*|adjust\w*|price|fees? (?:for|applicable)|rates?)\b", re.IGNORECASE)


def _denial(text: str) -> re.Match[str] | None:
    """ "shall not renew automatically" denies; "non-renewal" and "unless it is not renewed" do not."""
    match = _DENIED.search(text)
    if match is None or not search(
        r"\b(?:agreement|contract|term|sow|order|it|subscription|automatic\w*|itself)\b",
        match.group() + text[:60],
    ):
        return None
    if _OTHER_MATTER.search(text) or search(
        r"\bunless\b|\bnotice of (?:its )?(?:intent\w* )?(?:not|non)|\bnon-?renew|\bdoes not wish"
        r"|\bintent\w*|\belects? not|\bdecides? not|\bdesires? not|\bif\b|\bexcept\b|\bupon\b",
        text,
    ):
        return None
    return match


_AGREEMENT = re.compile(
    r"\b(?:agreement|contract|term|terms|plan|sow|statement of work|order form|subscription|engagement"
    r"|lease|schedule|licen[cs]e|franchise|initial period|original period|renewal period|services"
    r"|appointment|concession|amendment|it)\b",
    re.IGNORECASE,
)


_SUBJECT_ELSE = re.compile(
    r"\b(?:right|warrant\w*|obligations?|cure period|review period|(?<!initial )(?<!original )period"
    r"|(?<!the )date(?! of (?:the|this) (?:agreement|contract))|time|deadline|policy|insurance|patents?"
    r"|provisions?)\s(?:[\w'()-]+\s){0,5}?(?:shall|will|may"
    r"|can|is|are|must)\s(?:be\s|automatically\s|thereafter\s|also\s|further\s)*$",
    re.IGNORECASE,
)


def _of_agreement(sentence: Sentence, verb: re.Match[str]) -> bool:
    """Is it the agreement, or its term, that goes on: named just before or just after the verb?"""
    text = sentence.text
    words = verb.group().lower()
    if words == "successive" and not search(r"\b(?:renew|extend|continu|prolong|extension)", text):
        return False
    near = text[max(0, verb.start() - 90) : verb.start()]
    if _SUBJECT_ELSE.search(near) or re.match(
        r"\s(?:the |its |such |any |an? )?(?:time|date|deadline|period|offers?|invitation"
        r"|warranty|licen[cs]e grants?|scope|credit)\b",
        text[verb.end() :],
    ):
        return False
    elided = search(
        r"(?:\band\b|\bthen\b|,|\bor\b|\([a-z]\))\s(?:(?:shall|will|may|thereafter|be|also|automatically"
        r"|then|can|with|an?|is|are|option\w*|further)\s|,\s?)*$",
        near,
    )
    before = (
        text[max(0, verb.start() - 420) : verb.start()]
        if elided
        else re.split(r"[;.]|, (?:and|but|or) ", near)[-1]
    )
    own = _AGREEMENT.search(before) or _AGREEMENT.search(words)
    if not own and not words.startswith("automatically"):
        own = _AGREEMENT.search(text[verb.end() : verb.end() + 45])
    return bool(own) or "renew" in sentence.topic


def _other(text: str, verb: re.Match[str]) -> bool:
    """Is something else than the agreement renewed here: a policy, a patent, a deadline?"""
    before, after = text[max(0, verb.start() - 50) : verb.start()], text[verb.end() : verb.end() + 40]
    words = verb.group().lower()
    if words.startswith("extend") and re.match(
        r"\s(?:to|beyond|the (?:foregoing|offer|benefit|time|deadline|cure)|credit)\b", after
    ):
        return True
    if words in ("successive", "extension", "extensions") and re.match(
        r"\s?(?:business |calendar )?(?:days?|weeks?)\b|\scord", after
    ):
        return True
    return bool(_OTHER_MATTER.search(before) or _OTHER_MATTER.search(after[:24]))


_ON_A_BASIS = re.compile(
    r"\bon an? (?P<each>year|month|annual|quarter)(?:ly)?(?:[- ]to[- ]\w+|[- ]by[- ]\w+)? basis",
    re.IGNORECASE,
)
_BASIS = {"year": "P1Y", "annual": "P1Y", "quarter": "P3M", "month": "P1M"}


def _length(
    context: Context, sentence: Sentence, verb: re.Match[str]
) -> tuple[Duration | None, Mention | None]:
    """The length of each renewal: the first length after the verb, or an adverb such as "annually"."""
    text = sentence.text
    if basis := _ON_A_BASIS.search(text[verb.end() : verb.end() + 45]):
        return Duration.model_validate(_BASIS[basis["each"].lower()]), None
    for length in context.durations(sentence):
        if length.end < verb.start() - 70 or not _of_renewal(text, length, verb):
            continue
        return length.duration, length
    yearly = search(
        r"\b(?:year[- ]to[- ]year|every year|annual(?:ly)?(?! (?:licen|fee|meeting|charge|market|report|vot"
        r"|minimum"
        r"|pay))|yearly|each year|like (?:term|period)s? of one year|on a yearly basis|one[- ]year)\b",
        text[verb.start() - min(12, verb.start()) :],
    )
    if yearly:
        return Duration.model_validate("P1Y"), None
    if search(r"\bmonth[- ]to[- ]month|\bmonthly (?:basis|periods?|terms?)", text):
        return Duration.model_validate("P1M"), None
    return None, None


def _of_renewal(text: str, length: DurationMention, verb: re.Match[str]) -> bool:
    if length.unit in ("minute", "hour", "second") or (length.unit == "day" and length.value < 28):
        return False
    after = text[length.end : length.end + 40].lower()
    before = text[max(0, length.start - 60) : length.start].lower()
    if re.match(r"[\s'-]{0,2}(?:prior|advance|written|notice|before|in advance)\b", after):
        return False
    if re.search(
        r"\b(?:at least|not less than|no later than|no less than|within|prior|more than|notice|initial"
        r"(?: \w+)? (?:term|period) of)\b[^,;]{0,26}$",
        before,
    ):
        return False
    if re.match(
        r"[\s'-]{0,3}(?:\w+\s){0,4}?\(?(?:the |each,? an? )?\"(?:initial |original |first )?(?:term"
        r"|period)\"",
        after,
    ):
        return False
    if length.start >= verb.start():
        again = re.search(
            r"\b(?:successive|additional|further|consecutive|another|renewal|extended?|extend|extension"
            r"|renew\w*|prolong\w*|subsequent|like)\b[\w\s(),'-]{0,46}$",
            before,
        )
        between = text[verb.end() : length.start]
        direct = re.match(r"\W{0,3}$", between) or (
            len(between) < 90
            and re.search(
                r"\b(?:for|of|by)\W{0,2}(?:an? |the |up to )?(?:\w+ )?(?:term|period|periods|terms)?"
                r"(?: of)?\W*$",
                between,
            )
        )
        return bool(again or direct) and not search(
            r"\b(?:commenc\w+|continue in|remain|initial term (?:of(?! (?:this|the|such)\b)|is))\b", between
        )
    return bool(
        re.match(r"[\s'-]{0,2}(?:renewal|extension|period|term|successive|extensions?|additional)", after)
    ) or bool(
        re.search(
            r"\b(?:successive|additional|further|renewal|consecutive|each|optional)\b[\w\s(),-]{0,30}$",
            before,
        )
    )


_COUNT = re.compile(
    rf"\b(?:up to|maximum of|at most|no more than|for|of|not more than)?\s?(?P<n>\d{{1,2}}"
    rf"|{NUMBER_WORDS})(?:\s?\(\d{{1,2}}\))?\s(?:successive |additional |further |consecutive |optional "
    rf"|automatic |renewal |separate |more |subsequent )+"
    rf"(?:\w+[- ]){{0,5}}?(?:terms?|periods?|times|renewals?|extensions?|years?|options?)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"\b(?:renew\w*|extend\w*|extension)\b[^.;]{{0,50}}\b(?:(?P<once>once|one time)|(?P<twice>twice)|"
    rf"(?P<n>\d|{NUMBER_WORDS}) times)\b",
    re.IGNORECASE,
)


def _most(text: str) -> int | None:
    """The most renewals allowed ("up to two additional one-year terms"); None if not limited."""
    if (times := _TIMES.search(text)) and not re.search(r"\bonce (?:the|this|a)\b", times.group()):
        if times["once"] or times["twice"]:
            return 1 if times["once"] else 2
        value = number_value(times["n"])
        return int(value) if value else None
    for match in _COUNT.finditer(text):
        value = number_value(match["n"])
        unit = match.group().lower()
        rest = text[match.start() : match.end() + 40].lower()
        several_lengths = re.search(
            r"(?:one|two|three|four|five|six|twelve|\d+)(?: ?\(\d+\))?[ -]?(?:year|month)",
            rest[len(match["n"]) :],
        )
        if value and value <= 12 and several_lengths and not re.search(r"years?$", unit):
            return int(value)
    return None
