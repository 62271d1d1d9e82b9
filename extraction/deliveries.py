"""The grammar of supplying: verbs of delivering and finishing, what is delivered, and the limits in time.

`supplied` finds the verb that a time limit in a clause belongs to; `limits` finds the limits themselves:
lengths ("within ten days after …"), printed days ("on or before June 1, 2027") and blacked-out ones.
"""

import re
from calendar import month_name, monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from extraction.clauses import MODAL, clause_at
from extraction.context import Context
from extraction.dates import dates
from extraction.quantities import REDACTED, DurationMention, Mention
from extraction.sentences import Sentence

_STRONG = (
    r"deliver(?:s|ed|ing)?|(?:re-?)?ship(?:s|ped|ping)?|dispatch(?:es|ed)?|despatch(?:es|ed)?|install(?:s"
    r"|ed)?"
    r"|suppl(?:y|ies|ied)|furnish(?:es|ed)?|hands? over|handed over|hands? (?=(?:each|the|every|it|all|any"
    r"|them) )|commission(?:s|ed)?|launch(?:es|ed)?"
    r"|complet(?:e|es|ed)|finali[sz](?:e|es|ed)|finish(?:es|ed)?|implement(?:s|ed)?|deploy(?:s|ed)?"
    r"|integrat(?:e|es|ed)|build(?:s)?|built|construct(?:s|ed)?|manufactur(?:e|es|ed)|erect(?:s|ed)?"
    r"|connect(?:s|ed)?|configur(?:e|es|ed)|ma(?:ke|kes|de) (?:\w+ ){0,4}?(?:available|operational|ready"
    r"|live)"
    r"|be (?:ready|available|operational|live|in place)|(?:is|are) (?:ready|operational|live)|go(?:es)? live"
    r"|stored and booked|put at|arrives?|leaves? (?:our|its|the) (?:works|plant|factory)|tak(?:e|es) place"
    r"|open(?:s|ed)?|relocat(?:e|es|ed)|migrat(?:e|es|ed)|translat(?:e|es|ed)|encod(?:e|es|ed)|releas(?:e"
    r"|es|ed)|fill(?:s|ed)?|train(?:s|ed)?"
    r"|ha(?:ve|s) (?:[\w'-]+ ){1,5}?(?:operational|available|in operation|completed|installed)"
)
_WEAK = (
    r"provid(?:e|es|ed(?! that\b|, however))|submit(?:s|ted)?|sen(?:d|ds|t)|produc(?:e|es|ed)|prepar(?:e"
    r"|es|ed)|develop(?:s|ed)?"
    r"|design(?:s|ed)?|present(?:s|ed)?|forward(?:s|ed)?|transmit(?:s"
    r"|ted)?"
    r"|fulfil(?:l|ls|led|s)?|tender(?:s|ed)?|execut(?:e|es|ed) and deliver\w*"
    r"|upload(?:s|ed)?|distribut(?:e|es|ed)|turn(?:s|ed)? over|post(?:s|ed)?"
)
_VERB = re.compile(rf"\b(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))\b(?!-)", re.IGNORECASE)
_NOUN = re.compile(
    r"\b(?:deliver(?:y|ies)(?: (?:date|time|period|schedule))?s?|shipment(?: date)?|installation|completion"
    r"|launch(?: date)?|construction(?: period)?|lead[- ]?times?|turn-?around(?: time)?|availability date"
    r"|implementation|go-?live(?: date)?)\b",
    re.IGNORECASE,
)
_RIVAL = re.compile(
    r"\b(?:notice (?:is|was|has been|be) received|pa(?:y|ys|id|yable|yments?)|remit\w*|reimburs\w*"
    r"|invoic\w+|refund\w*|credit(?:ed)?|notif\w+"
    r"|inform\w*"
    r"|advis\w+|respond\w*|repl(?:y|ies)|approv\w*|reject\w*|accept(?:s|ed|ance)?|object\w*|disput\w*"
    r"|review\w*"
    r"|inspect\w*|terminat\w*|cancel\w*|cur(?:e|es|ed)\b|remed\w+|renew\w*|expir\w*|elect\w*|request\w*"
    r"|meets?\b|met\b"
    r"|agree(?:s|d)? (?:on|upon|to)|negotiat\w*|consult\w*|confirm\w*|acknowledg\w*|appoint\w*|designat\w*"
    r"|exercis\w+|commenc\w+|initiat\w+|begins?\b|began|retain\w*|keep\b|keeps\b|kept\b|maintain\w*"
    r"|preserv\w+|surviv\w+|remain\w*"
    r"|repair\w*|replac\w+|correct(?:s|ed)?|resolv\w+|restor\w+|report(?:s|ed)? (?:to|in|all|any|each|every"
    r"|the)|audit\w*"
    r"|vacat\w+|dismiss\w*|discharg\w+|destroy\w*|remov\w+|withdraw\w*|order(?:s|ed)?\b|forecast\w*|claim\w*"
    r"|indemnif\w+|disclos\w+|arbitrat\w*|mediat\w*|escalat\w*|schedul\w+|convene\w*|decid\w+|determin\w+"
    r"|calculat\w*"
    r"|cease[sd]?|stop(?:s|ped)?|suspend\w*|employ(?:s|ed)?\b|hire[sd]?|solicit\w*|deemed)\b",
    re.IGNORECASE,
)
_HOW = (
    r"(?:(?:a|an|the|its|any|such|each|every|all|requested|relevant|draft|final(?! report)|update|progress"
    r"|necessary|supporting"
    r"|additional|other"
    r"|written|prior|prompt|advance|reasonable|reasonably"
    r"|detailed|monthly|quarterly"
    r"|annual|weekly|daily|itemi[sz]ed|accurate|complete|full|true|further|timely|at least|not less than|in "
    r"writing|sales|royalty"
    r"|financial|copies of|copy of|updated|revised|initial|rolling|firm|binding|status|certified|duly"
    r"|signed|correct|audited|unaudited"
    r"|electronic|computer|media|data|mutually|acceptable|separate|with|good|faith|and|or|and/or"
    r"|[\w]+-[\w]+)\s){0,9}?"
)
_PAPER = (
    r"(?:notices?|notifications?|reports?|statements?|forecasts?|accountings?|invoices?|payments?|funds"
    r"|fees?|amounts?|comments?|feedback"
    r"|approvals?|responses?|consent|reply|replies|acceptance|objections?|confirmations?|purchase orders?"
    r"|press release"
    r"|refunds?|credits?|reimbursements?|budgets?|estimates?|summar(?:y|ies)|reconciliations?|claims?"
    r"|election|accounts?|nominations?"
    r"|records|requests?|proposals?|quotes?|quotations?|warrant\w*|services?\b(?! (?:level|plan|manual"
    r"|cent))|support|assistance"
    r"|certificate of tax|data file|opportunity|confidential information|proprietary information|proof"
    r"|evidence of (?:the|such) force"
    r"|written decision|decision|award|minutes|instructions?|directions?|information (?:regarding"
    r"|concerning|about|relating|as to)|detailed information"
    r"|advice|counsel|details of|assurances?|security|collateral|notice|information\b|documentation"
    r"|documents? (?:evidencing|demonstrating|supporting)|evidence|certificates?"
    r"|certifications?|list of|policy of insurance|insurance|polic(?:y|ies)|minutes|training|letters?"
    r"|analysis|results?|resolution|figures|(?:sales|business|marketing) plans?|complaints?|review"
    r"|material (?:changes|safety)|agenda|agreements?|representatives?|committee|returns?|written|sales "
    r"data|copies of (?:all )?(?:such )?(?:records|policies))"
)
_NO_OBJECT = re.compile(
    rf"\W{{0,2}}(?:(?:or|and) (?:destroy|delete)\b|(?:and \w+ )?{_HOW}(?:to )?(?i:{_PAPER})\b"
    rf"|(?:to |with )?(?:the |each |his |her |their |our |your |us\b|you\b|it\b|them\b"
    rf"|other |[A-Z][\w'.-]*(?: [A-Z][\w'.-]*){{0,2}}\b|part(?:y|ies)\b|\s)*[,:]?\s?(?:\(\w{{1,3}}\)\s)?"
    rf"(?:with |for )?{_HOW}(?i:{_PAPER})\b"
    rf"|(?:to [^,;.]{{2,30}}\s|[A-Z][\w'.-]*\swith\s|with\s)?(?:an?|the|its|written|each|any)\s(?!final "
    rf"(?:written )?report)"
    rf"(?:[^\s,;.]+\s){{0,4}}?(?i:forecasts?|reports?|statements?|minutes|notices?|consent|response)\b)",
)
_ORDER = re.compile(rf"\W{{0,2}}{_HOW}orders?\b", re.IGNORECASE)
COVER = re.compile(
    r"\b(?:certificates?|polic(?:y|ies)|evidence|proof|cop(?:y|ies))\b[^.;]{0,90}?\b(?:insur\w*|coverage"
    r"|polic(?:y|ies))\b",
    re.IGNORECASE,
)
"""A certificate of insurance or the like: what has to be handed over, not the policy that has to be held."""
_SUBJECT_NO = re.compile(
    r"\b(?:notices?|notifications?|reports?|statements?|forecasts?|invoices?|payments?|funds|fees|comments?"
    r"|approvals?|consent"
    r"|responses?|amounts?|accounting|purchase orders?|reconciliations?|meetings?|arbitration|hearing"
    r"|mediation|closing|audits?"
    r"|transactions?|merger|bankruptcy|offering|conversion|claims?|disputes?|insurance premiums?|award"
    r"|budgets?|certificates? of occupancy"
    r"|cure|remedy|termination|nominations?|confirmations?|instructions?|directions?|events?|requests?"
    r"|press release|confidential information|decision|vote"
    r"|minutes|sale\b(?! of)|certificates?|evidence|insurance|records|information|documentation|results"
    r"|purchase|assignment|adjudication|negotiations?|figures|(?:sales|business|marketing) plans?"
    r"|lists?|committees?|agreements?|policies|policy|proof)\b[^,;]{0,60}$",
    re.IGNORECASE,
)
_CAP = (
    r"(?:(?:but |and )?(?:in (?:any|no) (?:event|case),? )?(?:with ?in|no(?:t)? (?:later|more) than|by no "
    r"later than|not exceed(?:ing)?"
    r"|inside|up to|in no more than|in less than|in under|not (?:to )?exceed|at the latest|at most)|\bin\b)"
)
_WITHIN = re.compile(
    rf"\b{_CAP}\s(?:the |a |an |approximately |about |maximum of |period of |term of |next |first |of |up "
    rf"to |around |such |no |not |later |than |\w+ (?:\(\d+\) )?(?:to|or|-|–) )*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\bplace (?:about |approximately )?$", re.IGNORECASE)
_AHEAD = re.compile(
    r"\W{0,2}(?:calendar |business |working )?(?:days'? )?(?:before|prior to|in advance|ahead of)\b",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"\b(?:at least|not less than|no less than|no(?:t)? later than|no fewer than|within|not? fewer "
    r"than)\s(?:the |a )?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\s)?(?:period |time |or (?:less|sooner|earlier) )?(?:after|from|following|of"
    r"|as of|upon|since|starting"
    r"|beginning|counted|calculated|thereafter|later)\b",
    re.IGNORECASE,
)
_BY_DAY = re.compile(
    r"\b(?:by|on or before|on or prior to|before|prior to|no(?:t)? later than|at the latest (?:by|on)|not "
    r"after|latest by|due|on or about|or about"
    r"|for (?:launch|delivery) (?:by|on)|on|target date(?: of)?)\W{0,3}"
    r"(?:(?:the |close of business |end of |business |midnight |noon |\d{1,2}(?::\d\d)? ?[ap]\.?m\.? |on "
    r"|of |day |date of |and including |by )*)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d\b")
_GAP = re.compile(
    rf"\b(?:by|on or before|no(?:t)? later than|within"
    rf"|at least)\s(?P<gap>{REDACTED}(?:\s?\(?{REDACTED}\)?)?(?:\s?(?:(?:business|working|calendar)\s)?"
    rf"(?:days?|weeks?|months?))?)(?=\s(?:after|from|of|following|prior|before)\b|[.,;]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Limit:
    """A limit in time: a length or a day, or neither where it is blacked out.

    `before`: it ends before another event; `named`: a time is said to be so long ("the lead time is 6 days").
    """

    place: Mention
    length: DurationMention | None = None
    day: date | None = None
    before: bool = False
    named: bool = False


@dataclass(frozen=True)
class Supply:
    """The act a limit belongs to: `at..end` is its verb or noun; `firm` is a clear verb, not a vague one."""

    at: int
    end: int
    firm: bool
    verb: bool = True
    voice: Literal["active", "passive", "noun"] = "active"


_EACH_PERIOD = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\s)?(?:after|from|following|of)\s(?:the\s)?(?:(?:end|close|last day"
    r"|expiration|conclusion) of\s)?"
    r"(?:each|every|any|the|such|a|said)\s(?:(?:calendar|fiscal|contract|financial|royalty|such|preceding"
    r"|license)\s){0,2}"
    r"(?:month|quarter|year|week|period)",
    re.IGNORECASE,
)


def limits(context: Context, sentence: Sentence) -> Iterator[Limit]:
    """Every limit in time that the sentence states, in order of lengths, days and gaps."""
    text = sentence.text
    for length in context.durations(sentence):
        before, after = text[max(0, length.start - 70) : length.start], text[length.end : length.end + 40]
        if _EACH_PERIOD.match(text, length.end):
            continue
        if length.unit in ("year", "second", "minute") and not (length.unit == "year" and length.value == 1):
            continue
        within = _WITHIN.search(before) and not _AHEAD.match(after)
        about = _ABOUT.search(before) and _AFTER.match(after)
        if _AHEAD.match(after) and _AT_LEAST.search(before):
            yield Limit(length, length=length, before=True)
        elif within or about:
            yield Limit(length, length=length)
        elif re.search(r"\b(?:is|are|be)\W{0,2}(?:about |approximately )?$|:\s$", before):
            yield Limit(length, length=length, named=True)
    for day in dates(text, month_first=context.month_first) if _YEAR.search(text) else ():
        if _BY_DAY.search(text[max(0, day.start - 60) : day.start]):
            yield Limit(day, day=day.day)
    yield from _month_ends(text)
    yield from _defined_days(context, text)
    for gap in _GAP.finditer(text) if "[" in text or "*" in text or "_" in text else ():
        yield Limit(Mention(gap.start("gap"), gap.end("gap"), gap["gap"]))


_MONTH_END = re.compile(
    r"\b(?:by|on or before|no(?:t)? later than)\s(?:the )?"
    rf"(?P<day>end of (?P<month>{'|'.join(month_name[1:])}),? (?P<year>(?:19|20)\d\d))\b",
    re.IGNORECASE,
)


def _month_ends(text: str) -> Iterator[Limit]:
    """ "by the end of March 2027": the last day of that month."""
    for match in _MONTH_END.finditer(text):
        month = list(month_name).index(match["month"].capitalize())
        last = monthrange(int(match["year"]), month)[1]
        place = Mention(match.start("day"), match.end("day"), match["day"])
        yield Limit(place, day=date(int(match["year"]), month, last))


def _defined_days(context: Context, text: str) -> Iterator[Limit]:
    """A day by the name that the document defines for it: "by the Opening Date"."""
    for name, term in context.definitions.days.items():
        if term.day is None or name not in text.lower():
            continue
        for match in re.finditer(
            rf"\b(?:by|on or before|no(?:t)? later than) (?:the )?({re.escape(name)})\b", text, re.I
        ):
            yield Limit(Mention(match.start(1), match.end(1), match[1]), day=term.day)


def supplied(sentence: Sentence, limit: Limit) -> Supply | None:
    """The act of supplying that the limit belongs to, None where it limits something else."""
    text = sentence.text
    clause = clause_at(text, limit.place.start)
    start = max(clause.start, sentence.body)
    words = text[start : limit.place.start]
    if limit.named:
        return _noun(text, start, limit.place.start, ())
    if fronted := _fronted(text, limit, start, clause.end):
        return fronted
    found = _before(text, start, limit)
    if found is not None or MODAL.search(words) or clause.start == 0:
        return found
    return _before(text, 0, limit) if not _RIVAL.search(words) else None


_OPENS = re.compile(
    r"(?:^|[.;:]\s|\(\w{1,4}\)\s|,\s|\band\s|\bthat\s)\W{0,2}(?:\(?\w{1,4}[.)]\s)?"
    r"(?:but |and |or |provided that |however, )*"
    r"(?:within|no(?:t)? later than|by|on or before|at least|not less than|in|on|prior to|before)"
    r"(?:\s(?:the|a|an|approximately|about|or|first|next|period of|end of|close of|business on|no|not|later"
    r"|than))*\s?$",
    re.IGNORECASE,
)
_INTERRUPTS = re.compile(
    r"\b(?:shall|will|must|agrees to|is to|are to),?\s(?:(?:also|use \w+ \w+ efforts to)\s)?(?:within"
    r"|no(?:t)? later than|by"
    r"|on or before|at least|not less than|in|prior to|before)\b[^,]{0,30}$",
    re.IGNORECASE,
)


_PRESENT = re.compile(
    r", (?:the )?(?:[A-Z][\w.&'-]*\s){1,4}(?:\w+ly )?"
    r"(?P<verb>provides|delivers|ships|supplies|furnishes|installs|completes|submits|sends)\b"
)
"""After a limit that leads: "…, no later than ten days before the start, the Sponsor provides …"."""


def _fronted(text: str, limit: Limit, start: int, end: int) -> Supply | None:
    """ "Within ten days after …, the Supplier shall deliver": the verb after the next modal verb."""
    words = text[start : limit.place.start]
    opens, interrupts = _OPENS.search(words), _INTERRUPTS.search(words)
    if not interrupts and (
        not opens or MODAL.search(words, opens.start()) or _VERB.search(words, max(0, opens.start() - 30))
    ):
        return None
    modal = None if interrupts else MODAL.search(text, limit.place.end, end)
    present = _PRESENT.search(text, limit.place.end, min(end, limit.place.end + 110))
    if not interrupts and present and (modal is None or present.start() < modal.start()):
        verb = _VERB.match(text, present.start("verb"))
        return _act(text, verb, limit.place.end, end) if verb else None
    place = limit.place.end if interrupts else (modal.end() if modal else -1)
    if place < 0 or (modal is not None and modal.start() - limit.place.end > 260):
        return None
    reach = min(end, place + (140 if interrupts else 70))
    verb = next((m for m in _VERB.finditer(text, place, reach) if interrupts or _is_verb(text, m)), None)
    rival = _RIVAL.search(text, place, end)
    if verb is None or (rival is not None and rival.start() < verb.start()):
        return None
    return _act(text, verb, limit.place.end, end)


def _before(text: str, start: int, limit: Limit) -> Supply | None:
    """The nearest act before the limit, unless something else that takes time stands between."""
    at = limit.place.start
    rivals = [m for m in _RIVAL.finditer(text, start, at) if _is_rival(text, m)]
    for verb in reversed([m for m in _VERB.finditer(text, start, at) if _is_verb(text, m)]):
        if any(verb.end() < rival.start() for rival in rivals):
            break
        act = _act(text, verb, start, at)
        if act is not None:
            return None if act.voice == "active" and _late_object(text, verb.end(), limit) else act
        if verb["strong"] is None or _NO_OBJECT.match(text, verb.end()):
            break
    return _noun(text, start, at, rivals)


def _late_object(text: str, end: int, limit: Limit) -> bool:
    """Is a report or the like named only after the limit: "shall send to X, within ten days, a report"?"""
    between = text[end : limit.place.start]
    if not re.match(r"\s(?:to\s|with\s)?(?:the\s|each\s)?(?:[\w'.-]+\s?){0,4},?\s(?:[^,]{0,24})$", between):
        return False
    after = text[limit.place.end : limit.place.end + 200]
    return (
        re.search(
            rf"(?:,|\byear|\bmonth|\bquarter|\bperiod|\bend|\badvance)\s{_HOW}{_PAPER}\b",
            after,
            re.IGNORECASE,
        )
        is not None
    )


def _noun(text: str, start: int, at: int, rivals: Sequence[re.Match[str]]) -> Supply | None:
    nouns = [m for m in _NOUN.finditer(text, start, at) if not any(m.end() < r.start() for r in rivals)]
    if nouns and _is_subject(text, nouns[-1], at) and not re.search(r"\bon \W*$", text[:at]):
        return Supply(nouns[-1].start(), nouns[-1].end(), firm=True, verb=False, voice="noun")
    return None


_AFTER_NOUN = re.compile(
    r"\b(?:after|from|following|of|upon|on|in|during|requested|desired|since|to|receipt of|for|prior to"
    r"|before"
    r"|until|with|per|under)\s(?:(?:the|such|each|any|a|an|its|full|actual"
    r"|products?|date|[A-Z]\w+)\s(?:of\s)?){0,3}$",
    re.IGNORECASE,
)


_DETERMINED = re.compile(
    r"\b(?:the|a|an|such|each|any|this|that|its|of|said|their|every|purchase|press|all|no|upon|for|per|by "
    r"or)\s$",
    re.IGNORECASE,
)
_BEFORE_STEM = re.compile(
    r"(?:\b(?:shall|will|must|should|to|not|and|or|and/or|also|then|hereby|either|both|each|\w+ly|we|you|it"
    r"|they)|[,:)\]/-])\s$",
    re.IGNORECASE,
)
_BE = re.compile(
    r"\b(?:be|been|being|is|are|have|has|having|gets?)\s(?:(?:\w+ly|also|not|fully|so|first|then|\w+ed"
    r"|\w+en|\w+t|and|or),?\s){0,5}$",
    re.IGNORECASE,
)


_BE_AND = re.compile(r"\b(?:shall|will|must) be\s[^,;.]{3,50}\sand\s$", re.IGNORECASE)


def _is_verb(text: str, match: re.Match[str]) -> bool:
    """Not a noun ("the launch", "upon request"), not an adjective ("delivered goods", "complete records")."""
    before = text[max(0, match.start() - 60) : match.start()]
    if _DETERMINED.search(before):
        return False
    word = match.group().lower()
    if re.search(r"(?:ed|built|sent|over|aken|ade)\b", word.split()[0]):
        return _BE.search(before) is not None or _BE_AND.search(before) is not None
    if word.startswith(("arrive", "leave")):
        return True
    if word == "supplies" and re.search(r"\b(?:and|or|materials),?\s$", before):
        return False
    if word.endswith("s") or " " in word or word.endswith("ing"):
        return not word.endswith("ing")
    return not before.strip() or _BEFORE_STEM.search(before) is not None


def _is_rival(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 30) : match.start()]
    if match.group().lower().startswith("notice "):
        return True
    if re.search(r"\b(?:and|or)\s(?:\w+\s)?$", before):
        return not match.group().lower().endswith("ed")
    return not re.search(
        r"\b(?:the|a|an|such|each|any|this|that|its|of|for|said|their|every|all|after|upon|following|from"
        r"|as|mutually|duly|firm|written"
        r"|so|is|are|to be|been|was|were|has|have|by)\s(?:\w+\s)?$",
        before,
        re.IGNORECASE,
    ) or bool(re.search(r"\b(?:shall|will|must|may|to|can|should)\s(?:be\s)?$", before))


_RELATIVE = re.compile(
    r"(?:\bwhich|(?<!provided )(?<!however, )(?<!agree )(?<!agrees )(?<!ensure )\bthat)\s(?:the\s)?"
    r"[\w' -]{1,30}\s(?:shall|will|must)\s(?:\w+ly\s)?$",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:shall|will|must|is to|are to|should)\s(?:\w+\s)?(?:be|have been)\s(?:\w+\s){0,2}?$|\b(?:is|are"
    r"|be|been|being)\s(?:\w+\s)?$",
    re.IGNORECASE,
)


def _act(text: str, verb: re.Match[str], start: int, end: int) -> Supply | None:
    """The act a verb states, None where what it supplies is a report, a notice, money or the like."""
    before = text[max(0, start if start < verb.start() else 0) : verb.start()]
    if _PASSIVE.search(before) and verb.group().lower().split()[0].endswith(("ed", "t", "en", "made")):
        if _SUBJECT_NO.search(before[-110:]) and not COVER.search(before[-160:]):
            return None
        return Supply(verb.start(), verb.end(), firm=verb["strong"] is not None, voice="passive")
    if _RELATIVE.search(before):
        return (
            None
            if _SUBJECT_NO.search(before[-110:])
            else Supply(verb.start(), verb.end(), verb["strong"] is not None)
        )
    if COVER.search(text, verb.end(), verb.end() + 170):
        return Supply(verb.start(), verb.end(), firm=verb["strong"] is not None)
    if " " in verb.group() and re.search(rf"\b(?i:{_PAPER})\b", verb.group()):
        return None
    if verb["strong"] is None and _ORDER.match(text, verb.end()):
        return None
    if _NO_OBJECT.match(text, verb.end()) or (" place" in verb.group() and _SUBJECT_NO.search(before[-110:])):
        return None
    return Supply(verb.start(), verb.end(), firm=verb["strong"] is not None)


def _is_subject(text: str, noun: re.Match[str], at: int) -> bool:
    """ "Delivery shall take place within …", "the delivery time is …"."""
    if _AFTER_NOUN.search(text[max(0, noun.start() - 50) : noun.start()]):
        return False
    between = text[noun.end() : at]
    return (
        len(between) < 130
        and re.search(
            r"\b(?:shall|will|must|is|are|occurs?|takes? place|no(?:t)? later than|within|:)(?:\W|$)"
            r"|^[:\s]{1,3}$",
            between,
            re.IGNORECASE,
        )
        is not None
    )
