"""Reports that a sentence makes somebody send: what they are called, and the words that make it a duty."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extraction.clauses import MODAL, Clause, clause_at, is_failure, is_negated
from extraction.quantities import money
from extraction.report_times import Act
from extraction.sentences import Sentence

NOUN = (
    r"(?:reports?|statements?|forecasts?|accounting|accounts(?= of| for| showing)|reconciliations?"
    r"|summar(?:y|ies)|scorecards?|dashboards?|projections?|balance sheets?"
    r"|financials|status notes?|budgets?(?: report)?|estimates?(?= of)|status updates?|progress updates?"
    r"|(?:sales|marketing|purchas(?:e|ing)|production|annual|quarterly|development|promotion\w*) plans?"
    r"|agendas?(?! items?)|(?<=\w )(?<!regulatory )reporting(?=[ ,.](?!obligations?|requirements?|periods?"
    r"|systems?|dates?"
    r"|part))"
    r"|results(?= of| and)|(?:test|quality|study|trial|audit|inspection) results"
    r"|(?:corrective action|remediation|recovery|action|mitigation|commerciali[sz]ation|launch|media"
    r"|capacity|staffing|contingency) plans?|minutes(?= of (?:[\w-]+ ){0,5}?meetings?)|meeting minutes"
    r"|calculations?(?= of|,)"
    r"|computations?(?= of|,)|written (?:assessments?|evaluations?)(?= of)|time ?sheets?"
    r"|(?<!for the )(?<!on )account of|analys[ei]s)"
)
_LOOSE = (
    r"(?:data files?|data|information|lists?(?= of|,)|listing|certificates?|documentation|evidence|logs?"
    r"|schedules?(?= of| showing| for)|breakdown|records(?= of| (?:show|substantiat|support"
    r"|demonstrat)\w+)|details|updates?|snapshots?|confirmations?"
    r"|metrics|statistics|figures|numbers of|files?|feedback|certifications?|correspondence|documents"
    r"|cop(?:y|ies)(?= of)|pricing)"
)
_STOPS = frozenset(
    words
    for line in (
        "shall will must the a an each every its such any all to with of and or by in that this other party",
        "from for submit deliver provide send furnish give written full complete detailed accurate true",
        "providing preparing furnishing sending",
        "sends gives provides receive receives submits prepares delivers issues issue day days following",
        "within customer client supplier provider prepare regular certified also first is are be on may if",
        "including more one new good faith utilize implementing as at their our your his her promptly",
        "include includes included upon so which these those make made under please not no both",
    )
    for words in line.split()
)
_STRONG = re.compile(rf"\b{NOUN}\b", re.IGNORECASE)
_LOOSELY = re.compile(rf"\b{_LOOSE}\b", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"([\w'/-]+)\s$")
_OF = re.compile(
    r" (?:of|on|for|showing|about) (?!each|every|the end|time|the (?:month|quarter|week)|such|any|that"
    r"|which|all|review|approval|information)"
    r"(?:the |its |all |an? )?(?:[\w'-]+ ){0,2}(?!and\b|or\b|the\b|to\b|for\b|in\b)[\w'-]+",
    re.IGNORECASE,
)
DUTIFUL = re.compile(
    r"\b(?:shall|will|must|agrees?|undertakes?|required|obligated|covenants?|to|sends|delivers|provides"
    r"|submits|renders|we|is|are|reported)\b|(?:^\W*|[•·▪]\s)(?:\(?\w{1,4}[.)]\s)?(?:preparing|providing"
    r"|furnishing"
    r"|submitting"
    r"|sending|issuing|compiling|delivering|supplying|distributing)\b",
    re.IGNORECASE,
)
_TIMES = (
    *("month", "quarter", "each", "every", "within", "request", "annual", "daily", "day", "week", "year"),
    *("hour", "later than", "regular", "periodic", "accompan", "together with", "along with", "aware"),
    *("prior to", "before", "terminat", "expir", "complet", "conclu", "period", "*", "___", "exhibit"),
    *("schedule", "appendi", "annex", "attachment"),
)
_NAMES = (
    *("report", "statement", "forecast", "account", "reconcil", "summar", "scorecard", "dashboard"),
    *("projection", "balance sheet", "financials", "status", "budget", "estimate", "update", "plan"),
    *("agenda", "result", "analys", "minutes", "calculation", "computation", "assessment", "evaluation"),
    *("time sheet", "timesheet"),
)
"""Pieces of which any report's name has one: looked for before the costly pattern."""


def timed(sentence: Sentence) -> bool:
    """Does the sentence name anything that could be a time or an occasion?"""
    return any(piece in sentence.lower for piece in _TIMES)


_SENT = (
    r"(?:deliver(?:s|ed|ing)?|provid(?:e|es|ing|ed(?! that|,? however))|submit(?:s|ted|ting)?|sen(?:d|ds|t"
    r"|ding)|furnish(?:es"
    r"|ed|ing)?|prepar(?:e|es|ed|ing)|suppl(?:y|ies|ied|ying)|giv(?:e|es|en|ing)"
    r"|issu(?:e|es|ed|ing)|render(?:s|ed|ing)?|ma(?:ke|kes|de|king) available|present(?:s|ed|ing)?"
    r"|produc(?:e|es|ed|ing)|forward(?:s|ed|ing)?|transmit(?:s|ted|ting)?|compil(?:e|es|ed)|upload(?:s|ed)?"
    r"|publish(?:es|ed)?|circulat(?:e|es|ed)|distribut(?:e|es|ed)|complet(?:e|es|ed)|tender(?:s|ed)?"
    r"|e-?mail(?:s|ed)?|fax(?:es|ed)?|hands? over|communicat(?:e|es|ed)|ma(?:ke|kes|king)|notif(?:y|ies)"
    r"|advises?|informs?|updates?|disclos(?:e|es|ed|ing)|shar(?:e|es|ed)|reconciles?)"
)
_SENDS = re.compile(rf"\b{_SENT}\b", re.IGNORECASE)
_DUTY = re.compile(
    rf"\b(?:shall|will|must|agrees?(?: that it (?:shall|will))?(?: to)?|undertakes? to|required to"
    rf"|obligated to|covenants? to|is to|are to|(?:cause|causes|require|requires)\b[^.;]{{0,70}}? to"
    rf"|^\W*(?:\(?\w{{1,3}}\)\s)?to)\b(?P<gap>(?:(?!\b(?:shall|will|must|may)\b)[^;]){{0,230}}?)\b"
    rf"(?P<verb>{_SENT})\b",
    re.IGNORECASE,
)
_INDICATIVE = re.compile(
    r"\b(?P<verb>delivers|provides|sends|submits|prepares|furnishes|issues|supplies|renders|makes available"
    r"|transmits|forwards|(?<=we )(?:deliver|provide|send|submit|prepare|furnish|give|issue|supply))\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"^(?:(?!\b(?:shall|will|must|may)\b)[^;]){0,170}?\b(?P<verb>(?:shall|will|must|is|are)\b"
    r"(?:,[^,;]{0,80},)?\s(?:to\s)?(?:be\s)?(?:\w+\s){0,2}?(?:due\b|deliver|provid|submit|sent|furnish"
    r"|prepar|suppl|issu|made\b|render|given|present|forward|produc|upload|publish|transmit|accompany"
    r"|shared|conduct"
    r"|perform|available))",
    re.IGNORECASE,
)
_REPORTS = re.compile(
    r"\b(?:shall|will|must|agrees to)\b:? (?P<verb>(?:[\w,()]+ ){0,9}?report"
    r"|(?:(?!\b(?:shall|will|must|may)\b)[^.;]){0,260}?(?:(?<=\bto )|(?<=\band )|(?<=, )|(?<=\) )|(?<=also )"
    r"|(?<=then )|(?<=fully )|(?<=promptly )|(?<=immediately ))report)"
    r"(?: back)?(?: in writing)?(?: to (?:the |its )?[\w&' ]{2,30}?)?(?: (?:in|via"
    r"|by) (?:an? )?[\w -]{3,40}?)?,?"
    r" (?P<what>(?:on |its |the |all |any |each |every |how |in writing|monthly|quarterly|weekly|annually"
    r"|daily|promptly|within|such |results|sales)[^.;]{0,80})",
    re.IGNORECASE,
)
_ACCOUNTS = re.compile(
    r"\b(?:shall|will|must"
    r"|agrees? to) (?P<verb>(?:\w+ ){0,4}?account)(?: in writing)? to (?P<what>[^.;]{3,80})",
    re.IGNORECASE,
)
_RECEIVES = re.compile(
    r"\b(?:shall|will|must) (?:also |\w+ly )?(?P<verb>receive|be (?:provided|furnished|supplied) with)\b"
    r"(?![^;]{0,200}\b(?:shall|will|must|may)\b[^;]*$)",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?P<verb>(?:is|are|shall be|will be|must be)(?: to be)? (?:\w+ )?reported)\b (?:in writing )?(?:to"
    r"|by)\b",
    re.IGNORECASE,
)
_INFORMS = re.compile(
    r"\b(?:shall|will|must|agrees to)\b[^.;]{0,60}?\b(?P<verb>inform|notify|advise|update|keep"
    r"(?= (?:[\w']+ ){1,5}(?:informed|advised|apprised|updated))) (?:[\w' ]{2,50}?) (?:of|about|on|as to"
    r"|regarding)"
    r" (?P<what>(?:any |all |each |every |the |its )?(?:\w+ )?(?:adverse (?:events?|reactions?)|accidents?"
    r"|incidents?|safety (?:events?|incidents?)|progress|status|results|quantit(?:y|ies)|volumes?"
    r"|developments)[\w ]{0,30})",
    re.IGNORECASE,
)
_ACCOMPANIED = re.compile(
    rf"\b(?P<verb>accompanied by|together with|along with|accompany|accompanying|include with)\b(?: (?:an?"
    rf"|the|its|such|each|any|all|written|detailed|full|itemized|corresponding|complete|true|accurate|\w+ly"
    rf"|and|reasonably|certified))* (?P<name>(?:[\w'-]+ ){{0,3}}?(?:{NOUN}|documentation|breakdown"
    rf"|worksheets?"
    rf"|supporting (?:details?|information|data|records)))\b",
    re.IGNORECASE,
)
_TELLINGS = (
    (("accompan", "together with", "along with", "include with"), _ACCOMPANIED),
    (("report",), _REPORTS),
    (("account",), _ACCOUNTS),
    (("reported",), _REPORTED),
    (("inform", "notify", "advise", "update", "keep"), _INFORMS),
)
"""Duties told by a verb alone, with the words to look for before the costly pattern."""
_TOLD_AS = {_REPORTS: "report", _ACCOUNTS: "account", _INFORMS: "update"}
_OTHER_REPORT = re.compile(
    r"\b(?:statements? of work|(?:annual|current|quarterly) reports? on form|form 10-?[kq]|credit report"
    r"|registration statement"
    r"|proxy statement|private placement|false statement|public statements?|press|mission statement"
    r"|bank statement"
    r"|police report|financing statements?|(?:untrue|mis-?leading) statements?|backup copy|draft (?:agenda"
    r"|copy)|opening statement|any statement|no statement|make and file|this report|statement is"
    r"|expense reports"
    r"|billing statements?|account statements?|forward-looking|trouble reports?|objects? to|objection"
    r"|disput\w+|written statement (?:of|setting forth) (?:its|the) (?:objection|reason|basis|disagree)"
    r"|certificates? of (?:insurance|incorporation|occupancy|good standing|deposit|designation|title)"
    r"|insurance certificates?|stock certificates?|gift certificates?|confidential information"
    r"|information technology|business plans?|benefit plans?|statement of (?:its )?reasons"
    r"|purchase orders?|price lists?|customer lists?|prospectus|edgar|sec\b|commission under"
    r"|officer'?s certificate|closing|on appeal|arbitrat\w*|mediator|notice of termination|invoices? (?:and"
    r"|or) statements?(?! (?:for|of|setting|showing|detailing)))\b",
    re.IGNORECASE,
)
_MENTIONED = re.compile(
    r"\b(?:in|under|of|at|from|per|into|against|pursuant to|based on|within|those|these|said|including"
    r"|reflected in|reviews?|reviewing|receipt of|receives?|after|following|upon|objecti\w+ to|for (?:each"
    r"|any) such|with respect to|by|information in|covered by|containing|showing|setting forth|detailing)\s"
    r"(?:the |such |any |its |each |that |applicable |then-current |most recent |previous |relevant |last "
    r"|[A-Z][\w-]+'s )*$"
)
_ACCEPTS = re.compile(
    r"\b(?:object\w*|disput\w*|accept\w*|deemed|audit\w* the|inspect\w*|keep\w*|retain\w*|considered"
    r"|not binding|rely|relying|access to)\b",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"\b(?:may|entitled to|right to|can|could|might|fails? to|failure to|failed to|refus\w+ to|in order to"
    r"|ability to|able to|sufficient to|necessary to|used to|designed to|purposes? of)"
    r"\W+(?:[\w-]+\W+){0,2}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Noun:
    """A report as the text names it: the range of its name, and what it is of."""

    start: int
    end: int
    name: str
    loose: bool


def sends(text: str) -> bool:
    """Is there a verb of sending in the words?"""
    return _SENDS.search(text) is not None


def acts(sentence: Sentence) -> Iterator[Act]:
    """The reports that the sentence makes somebody send, in order."""
    text = sentence.text
    lower = sentence.lower
    named = any(piece in lower for piece in _NAMES)
    for loose, pattern in ((False, _STRONG), (True, _LOOSELY)):
        found = False
        if not (loose or named):
            continue
        for noun in _nouns(text, pattern, loose=loose):
            act = _sent(sentence, noun)
            if act is not None:
                found = True
                yield act
        if found:
            return
    for words, pattern in _TELLINGS:
        if not any(word in lower for word in words):
            continue
        for match in pattern.finditer(text):
            if told := _told(sentence, match):
                yield told
                return


def _nouns(text: str, pattern: re.Pattern[str], *, loose: bool) -> Iterator[_Noun]:
    """Every noun for a report with the words that name it ("monthly stock report")."""
    for match in pattern.finditer(text):
        start = match.start()
        for _ in range(4):
            word = _WORD_BEFORE.search(text[max(0, start - 40) : start])
            if word is None or word.group(1).lower() in _STOPS or text[start - 1] != " ":
                break
            start -= len(word.group())
        name = text[start : match.end()]
        if " " not in name and not loose and (of := _OF.match(text, match.end())):
            name += of.group()
        elif re.search(r"(?:report|statement|forecast)s$", name, re.IGNORECASE):
            name = name[:-1]
        yield _Noun(start, match.end(), name, loose)


def _told(sentence: Sentence, match: re.Match[str]) -> Act | None:
    """ "shall report … to", "is reported to", "accompanied by a statement"."""
    text = sentence.text
    clause = clause_at(text, match.start())
    accompanies = match.re is _ACCOMPANIED
    if is_negated(text, clause.start, match.start()) or is_failure(text, match.start()):
        return None
    if accompanies and not MODAL.search(text[clause.start : match.end()]):
        return None
    if accompanies and not _STRONG.search(match["name"]) and not _PAYMENT.search(text[: match.start()]):
        return None
    if accompanies:
        if _OTHER_REPORT.search(text[match.start() : match.end() + 30]):
            return None
        return Act(
            match.start("name"),
            match.end("name"),
            match.start("verb"),
            match["name"],
            clause.start,
            clause.end,
            accompanies=True,
        )
    groups = match.groupdict()
    what = groups.get("what") or " ".join(text[clause.start : match.start()].split()[:4])
    freely = match.re in (_REPORTS, _ACCOUNTS, _INFORMS)
    if not freely and not INCIDENT.search(what):
        return None
    name = _incident(what) if INCIDENT.search(what) else _TOLD_AS[match.re]
    at = match.start("what") if groups.get("what") else match.start("verb")
    end = match.end("verb") if match.re is _ACCOUNTS else match.end()
    loose = name == "update"
    return Act(min(at, end), end, match.start("verb"), name, clause.start, clause.end, loose=loose)


_PAYMENT = re.compile(r"\b(?:pay\w*|paid|royalt\w+|remit\w*|invoices?|commissions?)\b", re.IGNORECASE)
INCIDENT = re.compile(
    r"\b(?:incidents?|accidents?|damages?|differences?|discrepanc\w+|loss\w*|defects?|events?|breach\w*"
    r"|deviation\w*|injur\w+|spills?|failures?|thefts?|occurrences?|complaints?|reactions?)\b",
    re.IGNORECASE,
)


def _incident(what: str) -> str:
    words = re.sub(r"^(?:every|each|any|all|such|the|on|its)\s", "", what.strip(), flags=re.IGNORECASE)
    return re.sub(r"\s(?:that|which|are|is|to|and|on|in|within|of|with).*$", "", words)


def _sent(sentence: Sentence, noun: _Noun) -> Act | None:
    """The act of sending a named report, if somebody must do it."""
    text = sentence.text
    clause = _line(text, clause_at(text, noun.start), noun.start)
    if _OTHER_REPORT.search(text[max(0, noun.start - 30) : noun.end + 50]) or _AFTER_NOUN.match(
        text[noun.end :]
    ):
        return None
    mentioned = text[max(0, noun.start - 60) : noun.start]
    if (_MENTIONED.search(mentioned) and not _SENDS_THESE.search(mentioned)) or is_failure(text, noun.start):
        return None
    if _FAILS.match(text[clause.start :]) or _IF_A.search(text[max(0, noun.start - 24) : noun.start]):
        return None
    verb = _verb(sentence, noun, clause.start, clause.end)
    if verb is not None and _UNLESS.search(text, max(clause.start, verb - 60), verb):
        return None
    if verb is None or is_negated(_unsaid(text), max(clause.start, verb - 60), noun.start):
        return None
    beside = noun.loose and _BESIDE.search(text[verb : noun.start])
    if beside and not _PAYMENT.search(text[: noun.start]):
        return None
    if noun.loose and (noun.start - verb > 130 or money(text[verb : noun.start])):
        return None
    if noun.loose and _COPY.search(noun.name) and not _COPIED.match(text, noun.end):
        return None
    first = _first(text, clause.start)
    received = text.startswith(("receive", "be "), verb)
    return Act(
        noun.start,
        noun.end,
        verb,
        noun.name,
        first,
        clause.end,
        loose=noun.loose,
        own=clause.start,
        received=received,
    )


_AFTER_NOUN = re.compile(
    r"\s(?:of work|principles|standards|firms?|shall not|is not|are not|delivered|received|under|described"
    r"|referred|required|lists?"
    r"|plans?|contained|set forth|technology|systems?)\b|(?<=reports)\s(?:the|an?|any|its|it)\b",
    re.IGNORECASE,
)
_UNLESS = re.compile(r"\bunless\W(?:[\w'-]+\W+){1,3}$|\bdeemed\b[^.;]{0,60}$", re.IGNORECASE)
_BESIDE = re.compile(r"\b(?:together|along) with\b", re.IGNORECASE)
_COPY = re.compile(r"\bcop(?:y|ies)$", re.IGNORECASE)
_COPIED = re.compile(
    r" of (?!(?:such|the|any) notice\b|the (?:draft|proposed|signed)|(?:any )?(?:draft|proposed|press"
    r"|executed|signed)\b)[^.;]{0,60}?\b"
    r"(?:communications?|correspondence|notices?|reports?|complaints?|claims|filings|records?|statements"
    r"|charts"
    r"|logs?|lists?|invoices|receipts|submissions|documents|schedules?"
    r"|(?:\w+ )?certificates?(?! of insurance))\b",
    re.IGNORECASE,
)
"""What gives account when it is copied; a signed lease or a draft does not."""
_SENDS_THESE = re.compile(
    r"\b(?:submit|provide|deliver|send|furnish)\w*\s(?:these|those|said|such)\s$", re.IGNORECASE
)
_FAILS = re.compile(r"\W*(?:\(?\w{1,3}\)\s)?(?:fails?|failure|failed)\b", re.IGNORECASE)
_IF_A = re.compile(r"\bif (?:an? |the |any |such )?(?:\w+ )?$", re.IGNORECASE)


def _first(text: str, start: int) -> int:
    """Where the words begin that can tell the time of a clause: an inline list shares its introduction."""
    if start == 0 or not re.match(r"\(?\w{1,3}\)", text[start:]):
        return start
    colon = text.rfind(":", 0, start)
    if colon > 0 and start - colon < 400:
        return 0
    return 0 if start < 260 and not MODAL.search(text[:start]) else start


def _verb(sentence: Sentence, noun: _Noun, start: int, end: int) -> int | None:
    """Where the verb stands that makes somebody send: before the report, after it, or in the lead."""
    text = sentence.text
    before = _unsaid(text[start : noun.start])
    chosen = _duty_verb(before)
    if chosen is None and not noun.loose:
        chosen = next((m for m in _INDICATIVE.finditer(before) if len(before) - m.end() < 120), None)
    if chosen is not None:
        between = before[chosen.end() :]
        if (
            not _ACCEPTS.search(between)
            and not re.search(r"\bnotice of\b", between)
            and not re.search(r"\b(?:shall|will|must|may|which|if)\b", between)
        ):
            return start + chosen.start()
        return None
    if not noun.loose and (received := _RECEIVES.search(before)) and len(before) - received.end() < 150:
        return start + received.start("verb")
    if passive := _PASSIVE.match(text[noun.end : end]):
        return noun.end + passive.start("verb")
    return _led(sentence, noun, start)


def _duty_verb(before: str) -> re.Match[str] | None:
    """The verb of sending that a duty governs and that reaches to the end of the words."""
    for duty in _DUTY.finditer(before):
        for sends in _SENDS.finditer(before, duty.start("verb")):
            between = before[sends.end() :]
            if (
                len(between) < 175
                and not _RIGHTS.search(before[: sends.start()][-60:])
                and not _ANEW.search(between)
            ):
                return sends
    return None


_ASIDE = re.compile(r"\((?=[^()]{8,160}\b(?:shall|will|must|may|not)\b)[^()]{8,160}\)", re.IGNORECASE)
"""Words in brackets with a duty of their own do not part a verb from its report."""
_ANEW = re.compile(r"\b(?:shall|will|must)\b", re.IGNORECASE)
"""A second duty: the verb before it does not reach beyond."""


_BARE = re.compile(
    r"\W*(?:(?:\(?\w{1,4}\)|\d+(?:\.\d+)+\.?)\s)?(?:(?:and|also|\w+ly|(?:up)?on [\w' ]{0,30}?(?:request"
    r"|demand),?"
    r"|within [^,]{4,90},"
    r"|keep [^;]{3,120}\binformed\b[^;]{0,90}? by) )*$",
    re.IGNORECASE,
)
"""What may stand before the bare verb of an item."""
_FOLLOWING = re.compile(r"\b(?:following|these)\b[^:]{0,40}:\W*(?:\(?\w{1,3}\)[^:]*)?$", re.IGNORECASE)


def _led(sentence: Sentence, noun: _Noun, start: int) -> int | None:
    """An item of a list: its own bare verb under a lead with a duty, or a noun under a lead that sends."""
    text = sentence.text
    if start > sentence.body:
        stem, first = text[sentence.body : start], start
    else:
        stem, first = sentence.lead.text if sentence.lead else "", sentence.body
    orphan = (not stem and sentence.item) or _SERVICE.match(text, first) is not None
    if not orphan and not MODAL.search(stem[-260:]) and not MODAL.search(stem[:300]):
        return None
    bare = _SENDS.search(text, first, noun.start)
    if bare is not None and _BARE.match(text[first : bare.start()]):
        return bare.start()
    if orphan or not _SENDS.search(stem):
        return None
    if _FOLLOWING.search(stem) and not MODAL.search(text, first, noun.start):
        return first if noun.start - first < 110 else None
    near = noun.start - first < 60 or (
        noun.start - first < 190
        and _TIMED_FIRST.match(text, first)
        and not MODAL.search(text, first, noun.start)
        and not _GIVEN_BACK.search(text, first, noun.start)
    )
    return first if near and not _STRONG.search(stem[-60:]) else None


_BULLET = re.compile(r"(?:^|\s)[•·▪]\s")


def _line(text: str, clause: Clause, at: int) -> Clause:
    """The clause, or that line of it which holds a place when it is a run of bulleted lines."""
    start, end = clause.start, clause.end
    for bullet in _BULLET.finditer(text, clause.start, clause.end):
        if bullet.end() <= at:
            start = bullet.end()
        else:
            end = bullet.start()
            break
    return Clause(start, end)


def _unsaid(text: str) -> str:
    """The words without brackets that hold a duty of their own, at the same places."""
    return _ASIDE.sub(lambda m: " " * len(m.group()), text) if "(" in text else text


_SERVICE = re.compile(
    r"\W*(?:(?:\(?\w{1,4}[.)]|\d+(?:\.\d+)+\.?)\s)?(?:and )?(?:preparing|providing|furnishing|submitting"
    r"|sending|issuing"
    r"|compiling|delivering|supplying|distributing|producing|transmitting|preparation|provision)\b",
    re.IGNORECASE,
)
"""A line of a list of services, whose lead is lost: "Providing monthly reports"."""
_GIVEN_BACK = re.compile(r"\b(?:return|destroy|erase|cease|pay)\b", re.IGNORECASE)
_TIMED_FIRST = re.compile(
    r"\W*(?:(?:\(?\w{1,4}\)|\d+(?:\.\d+)+\.?)\s)?(?:and |also )?(?:within|with ?in|by|not? later than"
    r"|on or before|before|prior"
    r"|at|each|every|during|after|following|as soon as|upon|promptly|annually|quarterly|monthly|for each"
    r"|in)\b",
    re.IGNORECASE,
)
"""An item that tells the time before it names the report."""
