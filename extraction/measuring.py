"""How availability is measured: what is left out, how maintenance is limited, how figures are rounded."""

import re
from dataclasses import dataclass, field
from typing import Literal

from extraction.clauses import is_example
from extraction.context import Context
from extraction.patterns import search
from extraction.periods import period_near
from extraction.places import zone_in
from extraction.quantities import DurationMention, durations
from extraction.sentences import Sentence
from obligations.document import Span
from obligations.terms import Per

UP = re.compile(
    r"\bavailab\w+|\bup-?\s?time\b|\baccessible\b|\boperational\b|\bin operation\b|\bfully functional\b"
    r"|\bonline\b|\bunavailab\w+|\breachable\b|\busable\b|\b(?:be|is|are) up\b|\bup and running\b",
    re.IGNORECASE,
)


@dataclass
class Measuring:
    """How availability is measured in this document, and where it says so."""

    excludes: list[Literal["maintenance", "customer", "force_majeure"]] = field(default_factory=list)
    denominator: Literal["total", "less_maintenance"] = "total"
    maintenance_cap: DurationMention | None = None
    maintenance_notice: DurationMention | None = None
    minimum_outage: DurationMention | None = None
    rounding: int | None = None
    per: Per | None = None
    zone: str | None = None
    basis: list[Span] = field(default_factory=list)

    def state(self) -> tuple[object, ...]:
        """What has been found so far; it changes when a sentence adds something."""
        return (
            tuple(self.excludes),
            self.maintenance_cap,
            self.maintenance_notice,
            self.minimum_outage,
            self.rounding,
            self.denominator,
        )


_DOWN = re.compile(
    r"\bdown-?time|\bavailab|\bunavailab|\bup-?time|\boutage|\binterruption|\bservice level", re.IGNORECASE
)
_LEFT_OUT = re.compile(
    r"\b(?:does|do|is|are|shall|will) not (?:be )?(?:count|constitute|considered|downtime|include"
    r"|included|regarded|deemed|treated|taken|apply)|"
    r"\bexclud\w+|\bexclusive of\b|\bother than\b|\bexcept(?:ing)?\b|\bdisregard|\bnot (?:be )?"
    r"(?:downtime|count|includ|consider|regard|unavailab|an outage)|\bsave (?:for|to)\b|"
    r"\bminus\b|\bless\b|\bnot taken into account\b|\bleft out\b|\bdoes not (?:apply|extend)"
    r"|\bnot .{0,20}\bso far as\b|\bnor\b|\bneither\b",
    re.IGNORECASE,
)
_MAINTENANCE = re.compile(
    r"\bmaintenance\b|\b(?:scheduled|planned) (?:downtime|outage|work|servic(?:e|ing)\b(?! (?:level|credit)))"
    r"|\bupgrades?\b",
    re.IGNORECASE,
)
_CUSTOMER_FAULT = re.compile(
    r"\b(?:caused|attribut\w+|due|result\w*|aris\w+|reason|because|fault|act|acts|breach|misuse|failure"
    r"|failures?|equipment|negligen\w+|omission|use|misconfigur\w+|within the (?:control|responsibility)"
    r"|changes?|instruction)\b[^.;]{0,60}\b"
    r"(?:customer|client|subscriber|licensee|user|buyer|you)(?:'s|s)?\b|\b(?:customer|client|subscriber"
    r"|licensee|user) (?:has |itself |or its \w+ )?(?:caused|causes|is responsible|was responsible"
    r"|denied|refused)|\b(?:customer|client|subscriber|licensee|your)(?:'s|s')?\s(?:\w+\s){0,4}(?:act"
    r"|acts|actions?|omission|breach|negligen\w+|misuse|equipment|systems?|software|network|"
    r"application|connect\w+|fault|failure|hardware|infrastructure|environment|content|request"
    r"|responsib\w+|use|side)\b|\bsuspen\w+ [^.;]{0,40}\bnon-?payment",
    re.IGNORECASE,
)
_FORCE = re.compile(
    r"\bforce majeure\b|\bacts? of god\b|\b(?:outside|beyond) (?:of )?(?:the |its |their |\w+'s )?"
    r"(?:\w+ )?(?:reasonable )?control\b|\bunforeseeable\b|"
    r"\bevents? (?:under|described in|within the meaning of|referred to in|according to) (?:clause"
    r"|section|article|§)",
    re.IGNORECASE,
)


_RELEVANT = re.compile(
    r"down|avail|up-?\s?time|outage|mainten|interrupt|service level|accessib|operat|online|reach|usab"
    r"|upgrade|planned|schedul|\bround"
)


def measure(context: Context) -> Measuring:
    """Read the rules of measurement from every sentence that speaks of downtime or maintenance."""
    found = Measuring()
    for sentence in context.sentences:
        if sentence.form == "heading" or (sentence.lead is None and not _RELEVANT.search(sentence.lower)):
            continue
        if is_example(sentence.text):
            continue
        lead = sentence.lead.text if sentence.lead else ""
        about = bool(_DOWN.search(sentence.text) or UP.search(sentence.text) or (lead and _DOWN.search(lead)))
        timed = bool(_MAINTENANCE.search(sentence.text)) and bool(durations(sentence.text))
        if (
            not about
            and not timed
            and not (_MAINTENANCE.search(sentence.text) and "maintenance" in sentence.topic)
        ):
            continue
        before = found.state()
        _exclusions(found, sentence, lead)
        _maintenance(found, sentence)
        _precision(found, sentence)
        if found.state() != before:
            found.basis.append(context.span(sentence))
    return found


def _exclusions(found: Measuring, sentence: Sentence, lead: str) -> None:
    text = sentence.text
    if not _LEFT_OUT.search(text) and not _LEFT_OUT.search(lead):
        return
    if search(
        r"\b(?:fees?|charges?|costs?|liabilit|warrant|credits? (?:are|is|shall be) the)\b",
        text,
    ) and not _DOWN.search(text):
        return
    kinds: tuple[tuple[Literal["maintenance", "customer", "force_majeure"], re.Pattern[str]], ...] = (
        ("maintenance", _MAINTENANCE),
        ("customer", _CUSTOMER_FAULT),
        ("force_majeure", _FORCE),
    )
    for name, pattern in kinds:
        if name not in found.excludes and pattern.search(text):
            found.excludes.append(name)
    found.excludes.sort(key=["maintenance", "customer", "force_majeure"].index)
    shorter = search(
        r"\b(?:total|available|agreed|scheduled|possible|all)\b[^.;=]{0,50}\b(?:minutes|hours"
        r"|time)\b[^.;=]{0,60}\b(?:minus|less|excluding|net of|reduced by|without)\b"
        r"[^.;=]{0,60}\b(?:maintenance|scheduled downtime|excluded)\b",
        text,
    )
    if shorter and not search(r"\bdown-?time\b[^.;]{0,20}\bmeans\b|\"downtime", text):
        found.denominator = "less_maintenance"


def _maintenance(found: Measuring, sentence: Sentence) -> None:
    text = sentence.text
    if not (_MAINTENANCE.search(text) or "maintenance" in sentence.topic):
        return
    for length in durations(text):
        before, after = (
            text[max(0, length.start - 70) : length.start].lower(),
            text[length.end : length.end + 60].lower(),
        )
        ahead = re.match(
            r"\W{0,3}(?:\w+ ){0,3}?(?:ahead|in advance|before|prior|advance|beforehand|earlier|notice"
            r"|written notice)\b",
            after,
        )
        notified = search(r"\bnotice|\bannounc|\bnotif|\binform|\badvance", f"{text[: length.start]} {after}")
        if found.maintenance_notice is None and ahead and notified and not search(r"\bobject", text):
            found.maintenance_notice = length
            continue
        capped = re.search(
            r"(?:\bexceed|\bup to|\bat most|\bmaximum|\bno(?:t)? more than|\blimited to|\b(?:no|not) "
            r"(?:be )?longer than|\btotal of|\bless than)[^.;]{0,30}$",
            before,
        )
        if (
            found.maintenance_cap is None
            and capped
            and length.unit in ("hour", "minute")
            and re.search(r"\b(?:month|week|quarter|year|period)", after + before)
        ):
            found.maintenance_cap = length


_DECIMALS = re.compile(
    r"\bround\w*\b[^.;]{0,40}?\b(?P<n>one|two|three|four|1|2|3|4|nearest (?:whole|hundredth|tenth))\b"
    r"(?: \(\d\))?(?: (?:decimals?|digits?|places?)|\s?$|\b)",
    re.IGNORECASE,
)
_PLACES = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "1": 1,
    "2": 2,
    "3": 3,
    "4": 4,
    "nearest whole": 0,
    "nearest hundredth": 2,
    "nearest tenth": 1,
}


def _precision(found: Measuring, sentence: Sentence) -> None:
    text = sentence.text
    if (rounded := _DECIMALS.search(text)) and not search(r"\b(?:not|without)\b[^.;]{0,20}\bround", text):
        found.rounding = _PLACES[rounded["n"].lower()]
    for length in durations(text):
        if length.unit not in ("minute", "second"):
            continue
        before, after = (
            text[max(0, length.start - 60) : length.start].lower(),
            text[length.end : length.end + 30].lower(),
        )
        consecutive = re.search(
            r"\b(?:consecutive|continuous)", before[-30:] + length.text.lower() + after[:20]
        )
        lasting = re.search(
            r"\b(?:at least|more than|longer than|exceed\w*|of|for|least)\b[^.;]{0,16}$", before
        )
        down = search(r"\bdown-?time|\boutage|\bunavailab|\binterruption", text)
        long = lasting and (consecutive or re.search(r"\blast(?:s|ing)\b", before))
        if found.minimum_outage is None and down and long:
            found.minimum_outage = length
    if found.zone is None and search(r"\bcalendar month|\bmonth\b|\bminutes\b", text):
        found.zone = zone_in(text)
    if found.per is None and search(
        r"\bmeasured|\bcalculated|\btotal (?:number of )?(?:minutes|hours)|\bper cent", text
    ):
        found.per = period_near(text, 0, 0)
