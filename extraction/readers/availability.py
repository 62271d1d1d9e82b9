"""availability: the share of time a service must be up, and how that share is measured."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from extraction import patterns
from extraction.clauses import (
    MODAL,
    addresses_reader,
    clause_at,
    in_condition,
    is_example,
    is_failure,
    is_negated,
    preposition,
)
from extraction.context import Context
from extraction.drafting import Sketch, from_row, from_sentence
from extraction.measuring import UP, Measuring, measure
from extraction.model import Draft, Unread
from extraction.periods import period_near
from extraction.quantities import DurationMention, PercentMention, percents
from extraction.sentences import Sentence
from extraction.tables import Grid, Row, column_kind
from obligations.document import Span
from obligations.quantities import Duration
from obligations.terms import Availability, Per

KIND = "availability"
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


_ALL_HOURS = re.compile(
    r"\b(?P<what>web ?sites?|sites?|services?|systems?|platforms?|servers?|software|applications?|networks?"
    r"|portals?|links?|pages?)\b(?P<between>[^.;]{0,90}?)\b(?:available|accessible|operational|online"
    r"|up and running"
    r"|in operation)\b[^.;]{0,110}?(?:\b(?:24|twenty-?four)\W{0,3}(?:\(24\)\s)?(?:hours?|hrs?)?\s?(?:a"
    r"|per|each|every"
    r"|/|x)[\s-]?(?:day|7)|\b7 days (?:a|per) week and 24 hours|\baround the clock|\bat all times)",
    re.IGNORECASE,
)
""" "the Site will be available 24 hours a day": a promise of being up that names no share."""
_STAFFED = re.compile(
    r"\b(?:support|help ?desk|technicians?|engineers?|personnel|staff|telephone|phone|hotline|on call"
    r"|consult\w*)\b",
    re.IGNORECASE,
)


def _around_the_clock(context: Context, sentence: Sentence) -> Iterator[Unread]:
    text, lower = sentence.text, sentence.lower
    if not any(hint in lower for hint in ("24", "twenty", "around the clock", "at all times")):
        return
    found = _ALL_HOURS.search(text)
    if found is None or _STAFFED.search(text, max(0, found.start() - 60), found.end()):
        return
    clause = clause_at(text, found.start())
    promised = MODAL.search(text, clause.start, found.end())
    if promised and not is_negated(text, clause.start, found.end()) and not context.percents(sentence):
        span = context.span(sentence)
        yield Unread(kind=KIND, span=span, why="it has to be up at all hours; no share of time is stated")


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every promised share of time, in tables and in prose."""
    measuring = measure(context)
    for grid in context.grids:
        yield from _table(context, grid, measuring)
    for sentence in context.prose():
        yield from _prose(context, sentence, measuring)
        yield from _around_the_clock(context, sentence)


def _prose(context: Context, sentence: Sentence, measuring: Measuring) -> Iterator[Draft]:
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
    if percent.value == 100 and not re.search(r"\b[Uu]p-?time|\b[Aa]vailability", text):
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
    r"^(?:(?:Exhibit|Schedule|Section|Annex|Appendix|Attachment|Table|Article|Clause)\b.*|Users?"
    r"|Service Level|Network Availability|Monthly|Target|Minimum|The|This|Availability|Uptime"
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
                    return context.once(f"proper name of {name}", partial(_proper_name, context, name))
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
        proper = re.match(
            r"(?:the |an? )?(?:\w+[ -]){0,4}?(?P<n>[A-Z][\w-]*(?: [A-Z][\w-]*){1,3})", match["body"]
        )
        if proper and not _NO_SERVICE.match(proper["n"]):
            return proper["n"]
    return name


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
        maintenance_cap=_length(measuring.maintenance_cap),
        maintenance_notice=_length(measuring.maintenance_notice),
        minimum_outage=_length(measuring.minimum_outage),
        rounding=measuring.rounding,
    )
    return terms, ([] if chosen else ["per"]), list(measuring.basis)


def _length(mention: DurationMention | None) -> Duration | None:
    return mention.duration if mention else None


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
        yield from _uncredited(context, grid, measuring)
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


def _uncredited(context: Context, grid: Grid, measuring: Measuring) -> Iterator[Draft]:
    """The row of a table of credits for which none is given is the level promised."""
    credit = grid.columns("credit")[0]
    for row in grid.rows:
        cell = row.cell(credit)
        if cell is None or not patterns.match(r"(?:none|no credit|nil|n/?a|0 ?%?|-)$", cell.text):
            continue
        for other in row.cells[:credit]:
            level = next((p for p in percents(other.text) if 80 <= p.value < 100), None)
            if level and patterns.search(
                r"or (?:higher|more|above|greater|better)|at least|>=|≥", other.text
            ):
                yield _row_draft(context, grid, row, level, titled=True, measuring=measuring)
                return


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
