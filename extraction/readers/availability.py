"""availability: the share of time a service must be up, and how that share is measured."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from extraction import patterns
from extraction.clauses import addresses_reader, in_condition, is_example, is_failure, preposition
from extraction.context import Context
from extraction.drafting import Sketch, from_row, from_sentence
from extraction.model import Draft
from extraction.periods import period_near
from extraction.places import zone_in
from extraction.quantities import DurationMention, PercentMention, durations, percents
from extraction.sentences import Sentence
from extraction.tables import Grid, Row, column_kind
from obligations.document import Span
from obligations.terms import Availability, Per

KIND = "availability"
UP = re.compile(
    r"\bavailab\w+|\bup-?\s?time\b|\baccessible\b|\boperational\b|\bin operation\b|\bfully functional\b"
    r"|\bonline\b|\bunavailab\w+|\breachable\b|\busable\b|\b(?:be|is|are) up\b|\bup and running\b",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"(?<!not )(?<!never )(?<!to )\b(?:falls?|fell|drops?|dropped|goes|is|are|was|be|being|of)?\s?"
    r"(?:below|less than|lower than|under|beneath|fewer than|short of)\s*(?:the\s)?$|<\s*$",
    re.IGNORECASE,
)
_NOT_BELOW = re.compile(
    r"\b(?:not|never|no)\s(?:to\s|be\s|fall\s|drop\s|go\s|is\s)*(?:below|less than|lower than|under)\s*$",
    re.IGNORECASE,
)
_OTHER_SHARE = re.compile(
    r"\bon[- ]time\b|\bin[- ]full\b|\bOTIF\b|\baccura|\berror rate|\bfill rate|\bdeliver(?:y"
    r"|ies)\b.*\brate\b|\bsatisfaction|\bcapacity\b|\bquantity\b|\bcalls? (?:are )?answered|"
    r"\bof (?:all |the )?(?:incidents|tickets|calls|orders|order lines|requests|responses)\b|\bshares?\b"
    r"|\bvoting\b|\byield\b|\bpurity\b|\bdiscount|\bnet sales\b|\bstock\b",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft]:
    """Every promised share of time, in tables and in prose."""
    measuring = measure(context)
    for grid in context.grids:
        yield from _table(context, grid, measuring)
    for sentence in context.prose():
        yield from _prose(context, sentence, measuring)


def _prose(context: Context, sentence: Sentence, measuring: "Measuring") -> Iterator[Draft]:
    text = sentence.text
    if not UP.search(text) or is_example(text) or addresses_reader(text):
        return
    found = context.percents(sentence)
    levels = [p for p in found if is_level(sentence, p)]
    for level in levels:
        following = next((p.start for p in found if p.start > level.end), None)
        per = period_near(text, level.start, level.end, following)
        service = service_of(context, sentence, level.start)
        terms, assumed, basis = _terms(context, level.value, per, service, measuring, sentence.section)
        sketch = from_sentence(context, sentence, terms, level)
        sketch.debtor = context.roles.subject(sentence, level.start)
        if sketch.debtor in ("", context.roles.payer):
            sketch.debtor = context.roles.provider
        yield _finish(context, sketch, assumed, basis)


def is_level(sentence: Sentence, percent: PercentMention) -> bool:
    """A share from 80 to 100 percent that is promised, not one that triggers a consequence."""
    text = sentence.text
    if not Decimal(80) <= percent.value <= 100:
        return False
    before = text[: percent.start]
    if (_BELOW.search(before) and not _NOT_BELOW.search(before)) or is_failure(text, percent.start):
        return False
    said = preposition(text, percent.start)
    if said.startswith(("between", "and ", "to ", "down", "by ")) and not UP.search(
        text[percent.end : percent.end + 40]
    ):
        return False
    if patterns.search(r"\bcredit|\brebate|\brefund", text) and in_condition(text, percent.start):
        return False
    if _OTHER_SHARE.search(text) and not patterns.search(r"\bup-?time\b|\bavailability\b", text):
        return False
    if patterns.match(
        r"\s?of (?:the |its |all |such |any )?(?:monthly|annual|fees?|charges?|price|amount|total(?! "
        r"(?:number|minutes|hours|time))|net|service fee|purchase|agreed)",
        text[percent.end :],
    ):
        return False
    near = text[max(0, percent.start - 220) : percent.end + 120]
    return bool(UP.search(near)) and not patterns.search(r"\bterminat\w+\b", text[: percent.start])


_SERVICE = (
    re.compile(
        r"\b(?i:availability|up-?time) (?:of|for|to) (?:the |its |each |all |any |their )?"
        r"(?P<name>[A-Z][\w&/-]*(?: (?:[A-Z][\w&/-]*|of|and)){0,4})"
    ),
    re.compile(
        r"\b(?:[Tt]he |[Ii]ts |[Tt]hat |[Ee]ach |[Aa]ll )?(?P<name>[A-Z][\w&/-]*(?: (?:[A-Z][\w&/-]*|of"
        r"|and)){0,4}) (?:shall |will |must |is |are |generally |to |be ){1,4}(?:publicly )?(?:available"
        r"|accessible|operational|up\b|online|fully)"
    ),
    re.compile(
        r"\b(?:make|makes|keep|keeps|provide|maintain) (?:the |its |each )?(?P<name>[A-Z][\w&/-]*(?: "
        r"(?:[A-Z][\w&/-]*|of|and)){0,4}) (?:generally |publicly |up and )?(?:available|accessible"
        r"|operational|running|online|at or above)"
    ),
    re.compile(
        r"\b(?P<name>[A-Z][\w&/-]*(?: [A-Z][\w&/-]*){0,3}?) (?:Availability|Uptime|availability|uptime"
        r"|up-time)\b"
    ),
)
_NO_SERVICE = re.compile(
    r"^(?:Service Level|Network Availability|Monthly|Target|Minimum|The|This|Availability|Uptime"
    r"|Provider|Supplier|Customer|Guaranteed|Each|Annual|System Level|"
    r"Percentage|Service Levels?|SLA|Scheduled|Vendor|Client|Contractor|It|In|If|Where|When|Should"
    r"|Whenever|Unless|For|And|But|That|Agreed|Committed|Required|Actual|Overall|Measured|Calculated"
    r"|Such)$"
)
_GENERIC = re.compile(
    r"^(?:services?|system|platform|solution|software|product|subscription service|hosted service"
    r"|application)$",
    re.IGNORECASE,
)


def service_of(context: Context, sentence: Sentence, at: int) -> str | None:
    """The service whose availability is meant, by its own name where the contract defines one."""
    for text in (sentence.text, sentence.section, *(sentence.path or ())):
        for pattern in _SERVICE:
            for match in pattern.finditer(text):
                name = re.sub(r"^(?:The|Its|Each|All) ", "", match["name"]).strip()
                if not _NO_SERVICE.match(name) and name not in context.roles.names:
                    return _proper_name(context, name)
    return None


def _proper_name(context: Context, name: str) -> str:
    """What a general word such as "Service" stands for, if its definition gives a proper name."""
    if not _GENERIC.match(name):
        return name
    for sentence in context.sentences:
        match = re.search(
            rf"\"(?:the )?{re.escape(name)}\"\s?(?:or \"[^\"]+\" )?(?:means?|is|refers to|shall mean)\s"
            rf"(?P<body>.{{5,300}})",
            sentence.text,
        )
        if not match:
            continue
        if called := re.search(
            r"\b(?:called|known as|named|marketed as|marketed under the name|designated|branded|brand"
            r"(?:ed)? as) (?:the )?\"?(?P<n>[A-Z][\w-]*(?: [A-Z][\w-]*){0,3})",
            match["body"],
        ):
            return called["n"]
        if proper := re.match(
            r"(?:the |an? )?(?:\w+[ -]){0,4}?(?P<n>[A-Z][\w-]*(?: [A-Z][\w-]*){1,3})", match["body"]
        ):
            if (
                not any(word in context.roles.names for word in proper["n"].split())
                or len(proper["n"].split()) > 1
            ):
                return proper["n"]
    return name


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
    r"\bmaintenance\b|\bscheduled (?:downtime|outage|work)|\bplanned (?:downtime|outage|work)|\bupgrades?\b",
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


def measure(context: Context) -> Measuring:
    """Read the rules of measurement from every sentence that speaks of downtime or maintenance."""
    found = Measuring()
    for sentence in context.sentences:
        if sentence.form == "heading" or is_example(sentence.text):
            continue
        lead = sentence.lead.text if sentence.lead else ""
        about = bool(_DOWN.search(sentence.text) or UP.search(sentence.text) or (lead and _DOWN.search(lead)))
        maintenance = bool(_MAINTENANCE.search(sentence.text))
        if not about and not (
            maintenance and (_DOWN.search(sentence.topic) or "maintenance" in sentence.topic)
        ):
            if not (maintenance and bool(durations(sentence.text))):
                continue
        before = (
            len(found.excludes),
            found.maintenance_cap,
            found.maintenance_notice,
            found.minimum_outage,
            found.rounding,
            found.denominator,
        )
        _exclusions(found, sentence, lead)
        _maintenance(found, sentence)
        _precision(found, sentence)
        after = (
            len(found.excludes),
            found.maintenance_cap,
            found.maintenance_notice,
            found.minimum_outage,
            found.rounding,
            found.denominator,
        )
        if before != after:
            found.basis.append(context.span(sentence))
    return found


def _exclusions(found: Measuring, sentence: Sentence, lead: str) -> None:
    text = sentence.text
    if not _LEFT_OUT.search(text) and not _LEFT_OUT.search(lead):
        return
    if patterns.search(
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
    shorter = patterns.search(
        r"\b(?:total|available|agreed|scheduled|possible|all)\b[^.;=]{0,50}\b(?:minutes|hours"
        r"|time)\b[^.;=]{0,60}\b(?:minus|less|excluding|net of|reduced by|without)\b"
        r"[^.;=]{0,60}\b(?:maintenance|scheduled downtime|excluded)\b",
        text,
    )
    if shorter and not patterns.search(r"\bdown-?time\b[^.;]{0,20}\bmeans\b|\"downtime", text):
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
        notified = patterns.search(
            r"\bnotice|\bannounc|\bnotif|\binform|\badvance", f"{text[: length.start]} {after}"
        )
        if found.maintenance_notice is None and ahead and notified and not patterns.search(r"\bobject", text):
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
    if (rounded := _DECIMALS.search(text)) and not patterns.search(
        r"\b(?:not|without)\b[^.;]{0,20}\bround", text
    ):
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
        if (
            found.minimum_outage is None
            and lasting
            and (consecutive or re.search(r"\blast(?:s|ing)\b", before))
        ):
            if patterns.search(r"\bdown-?time|\boutage|\bunavailab|\binterruption", text):
                found.minimum_outage = length
    if found.zone is None and patterns.search(r"\bcalendar month|\bmonth\b|\bminutes\b", text):
        found.zone = zone_in(text)
    if found.per is None and patterns.search(
        r"\bmeasured|\bcalculated|\btotal (?:number of )?(?:minutes|hours)|\bper cent", text
    ):
        found.per = period_near(text, 0, 0)


def _terms(
    context: Context,
    percent: Decimal,
    per: Per | None,
    service: str | None,
    measuring: Measuring,
    section: str,
) -> tuple[Availability, list[str], list[Span]]:
    chosen = per or measuring.per
    terms = Availability(
        percent=percent,
        per=chosen or "month",
        zone=measuring.zone or context.zone,
        service=service,
        excludes=tuple(measuring.excludes),
        denominator=measuring.denominator,
        maintenance_cap=measuring.maintenance_cap.duration if measuring.maintenance_cap else None,
        maintenance_notice=_notice(measuring),
        minimum_outage=measuring.minimum_outage.duration if measuring.minimum_outage else None,
        rounding=measuring.rounding,
    )
    return terms, ([] if chosen else ["per"]), list(measuring.basis)


def _notice(measuring: Measuring):  # type: ignore[no-untyped-def]
    return measuring.maintenance_notice.duration if measuring.maintenance_notice else None


def _finish(context: Context, sketch: Sketch, assumed: list[str], basis: list[Span]) -> Draft:
    terms = sketch.terms
    assert isinstance(terms, Availability)
    sketch.key = (terms.service or "").lower()
    sketch.assumed = assumed
    sketch.basis += basis
    if assumed:
        sketch.notes.append("measuring period not stated; a calendar month is assumed")
    return sketch.draft(context)


def _table(context: Context, grid: Grid, measuring: Measuring) -> Iterator[Draft]:
    """Rows of services with their level; tables that also state credits are tiers, not levels."""
    if grid.columns("credit"):
        return
    columns = [n for n in grid.columns("availability") if n > 0] or (
        [1] if not grid.head and len(grid.rows[0].cells) == 2 else []
    )
    for row in grid.rows:
        for number in columns or range(1, len(row.cells)):
            cell = row.cell(number)
            label = row.cells[0].text
            titled = bool(
                grid.head and number < len(grid.head) and column_kind(grid.head[number]) == "availability"
            )
            if (
                cell is None
                or not (titled or UP.search(label))
                or _OTHER_SHARE.search(f"{label} {grid.head}")
            ):
                continue
            level = next((p for p in percents(cell.text) if 80 <= p.value <= 100), None)
            if level is None or _BELOW.search(cell.text[: level.start]):
                continue
            yield _row_draft(context, grid, row, level, titled=titled, measuring=measuring)


def _row_draft(
    context: Context, grid: Grid, row: Row, level: PercentMention, *, titled: bool, measuring: Measuring
) -> Draft:
    label = row.cells[0].text
    per = period_near(row.text, 0, 0) or period_near(" ".join(grid.head), 0, 0)
    service = (
        None
        if UP.search(label) and not re.search(r"\bof\b|\bfor\b", label)
        else re.sub(r"^.*\b(?:of|for) (?:the )?", "", label).strip() or None
    )
    terms, assumed, basis = _terms(context, level.value, per, service, measuring, grid.section)
    sketch = from_row(context, grid, row, terms, certain=titled or bool(UP.search(label)))
    sketch.debtor = context.roles.provider
    return _finish(context, sketch, assumed, basis)
