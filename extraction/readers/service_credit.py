"""service_credit: what is credited when an availability level is missed, tier by tier."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from extraction import patterns
from extraction.bands import BAND_PART, LOWER, UPPER, Band, read_band
from extraction.clauses import addresses_reader, clauses, is_example, is_negated, preposition
from extraction.context import Context
from extraction.drafting import Sketch, from_row, from_sentence
from extraction.measuring import UP
from extraction.model import DefinedTerm, Draft, Unread
from extraction.quantities import DurationMention, PercentMention, money, percents
from extraction.readers.availability import is_level, service_of
from extraction.redress import redresses
from extraction.sentences import Sentence
from extraction.tables import Grid, Row
from obligations.document import Span
from obligations.quantities import Money
from obligations.terms import CreditTier, Per, ServiceCredit

KIND = "service_credit"
CREDIT = re.compile(
    r"\bservice credits?\b|\bcredits?\b(?! (?:card|rating|check|note|risk|line|facility|terms|history"
    r"|worth|limit|memo|insurance|support|agreement|bureau|union|quality|review))|\brebates?\b"
    r"|\brefund\w*\b|\bprice reduction|\bfee reduction|\breduction (?:of|in) the\b",
    re.IGNORECASE,
)
_SHARE_OF = re.compile(
    r"^\s?(?:\w+ )?(?:of|from|on) (?:the |its |such |that |all |any |applicable |affected |customer's "
    r"|then-current )*(?P<base>[\w'-]+(?: [\w'-]+){0,8})",
    re.IGNORECASE,
)
_CHARGE = re.compile(
    r"\b(?:fees?|charges?|price|cost|amounts?|rent|payments?|invoice|subscription|remuneration|bill)\b",
    re.IGNORECASE,
)


@dataclass
class Tiers:
    """Tiers found together, with the ranges of text they stand in."""

    tiers: list[CreditTier] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    grid: Grid | None = None
    sentences: list[Sentence] = field(default_factory=list)
    words: str = ""
    notes: list[str] = field(default_factory=list)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Credit schedules in tables and prose; a credit by formula is reported as unread."""
    rules = _rules(context)
    groups = [tiers for grid in context.grids if (tiers := _from_grid(grid))]
    found = bool(groups)
    groups += _from_prose(context, skip=found)
    for group in groups:
        yield from _drafts(context, group, rules)
    if not groups:
        yield from _flat_rates(context, rules)
    for redress in redresses(context):
        yield Unread(
            kind=KIND,
            span=context.span(redress.sentence),
            why="what is given back is not tied to a level of availability",
            known=redress.known,
        )


def _from_grid(grid: Grid) -> Tiers | None:
    """Tiers of a table with a column of levels and a column of credits."""
    credit = grid.column("credit")
    if credit is None:
        return None
    levels = [
        n
        for n in range(len(grid.head))
        if n != credit
        and any(read_band(row.cells[n].text, grid.head[n]) for row in grid.rows if n < len(row.cells))
    ]
    if not levels or not (
        UP.search(" ".join(grid.head)) or UP.search(grid.topic) or "service level" in grid.topic
    ):
        return None
    found = Tiers(grid=grid, words=" ".join((*grid.head, grid.topic)))
    bands: list[tuple[Band, PercentMention | None, Money | None, Row]] = []
    for row in grid.rows:
        band = _row_band(grid, row, levels)
        cell = row.cell(credit)
        if band is None or cell is None:
            continue
        share = next((p for p in percents(cell.text)), None)
        amount = next((m.money for m in money(cell.text)), None)
        if (share is not None and share.value > 0) or amount is not None:
            bands.append((band, share, amount, row))
            found.words += " " + cell.text
        elif band.at_least is not None and band.below is None:
            bands.append((band, None, None, row))
    _close(found, bands)
    tiers = _meeting(found.tiers)
    if len(tiers) < len(found.tiers):
        found.notes.append("rows whose ranges overlap were left out")
        found.rows = [row for tier, row in zip(found.tiers, found.rows, strict=True) if tier in tiers]
        found.tiers = tiers
    return found if found.tiers else None


def _row_band(grid: Grid, row: Row, levels: Sequence[int]) -> Band | None:
    """The band of a row; two columns may hold its two ends."""
    below: Decimal | None = None
    at_least: Decimal | None = None
    doubtful = False
    for number in levels:
        cell = row.cell(number)
        band = read_band(cell.text, grid.head[number]) if cell and cell.text else None
        if band is None:
            continue
        below = band.below if band.below is not None else below
        at_least = band.at_least if band.at_least is not None else at_least
        doubtful = doubtful or (band.doubtful and len(levels) == 1)
    return Band(below, at_least, doubtful) if below is not None or at_least is not None else None


def _close(found: Tiers, bands: Sequence[tuple[Band, PercentMention | None, Money | None, Row]]) -> None:
    """Make bands meet: a printed "99.00% - 99.89%" ends where the next better one begins."""
    ordered = sorted(
        bands, key=lambda b: b[0].below if b[0].below is not None else Decimal(101), reverse=True
    )
    floor: Decimal | None = None
    for number, (band, share, amount, row) in enumerate(ordered):
        below, at_least = band.below, band.at_least
        if share is None and amount is None:
            floor = at_least
            continue
        if below is None:
            below = floor if floor is not None else Decimal(100)
        if band.doubtful and floor is not None and 0 < floor - below <= Decimal("0.11"):
            below = floor
        following = next(
            (b.below for b, s, a, _ in ordered[number + 1 :] if b.below is not None and (s or a)), None
        )
        if at_least is None and following is not None and following < below:
            at_least = following
        if at_least is not None and at_least >= below:
            continue
        if band.doubtful and band.at_least is None:
            found.notes.append(f"tier at {below}%: taken as availability below that figure")
        found.tiers.append(
            CreditTier(
                below=below,
                at_least=at_least,
                percent=share.value if share else None,
                amount=None if share else amount,
            )
        )
        found.rows.append(row)
        floor = at_least


def _from_prose(context: Context, *, skip: bool) -> list[Tiers]:
    """Tiers in sentences and lists: a level that is missed and the share that is credited for it."""
    if skip:
        return []
    current = Tiers()
    level = _only_level(context)
    for sentence in context.prose():
        around = f"{sentence.text} {sentence.lead.text if sentence.lead else ''} {sentence.topic}"
        if (
            not CREDIT.search(around)
            or not _LEVEL.search(around)
            or is_example(sentence.text)
            or addresses_reader(sentence.text)
        ):
            continue
        tiers = _sentence_tiers(sentence, level)
        if tiers:
            current.tiers += tiers
            current.sentences.append(sentence)
            current.words += f" {sentence.text} {sentence.lead.text if sentence.lead else ''}"
    current.tiers = _meeting(current.tiers)
    return [current] if current.tiers else []


_LEVEL = re.compile(
    r"\bavailab|\bup-?\s?time|\bservice levels?\b|\bdown-?time|\bSLA\b|\boutage|\bunavailab", re.IGNORECASE
)


def _sentence_tiers(sentence: Sentence, level: Decimal | None) -> list[CreditTier]:
    """The tiers one sentence states; each credit takes the levels just before it, else just after.

    `level` is the promised availability, for "when the agreed level is missed".
    """
    led = (
        patterns.search(r"\b(?:below|under|less than|at least)\W*$", sentence.lead.text)
        if sentence.lead
        else None
    )
    text = f"{led.group()} {sentence.text[sentence.body :]}" if led else sentence.text
    marks = list(percents(text))
    thresholds = [p for p in marks if _is_threshold(text, p)]
    credits = [p for p in marks if p not in thresholds and p.value <= 100 and not _capping(text, p)]
    if not any(_is_credit(text, p) for p in credits):
        return []
    found: list[CreditTier] = []
    claimed, low = -1, 0
    for number, credit in enumerate(credits):
        high = credits[number + 1].start if number + 1 < len(credits) else len(text)
        words = text[max(low, claimed) : credit.start]
        band = read_band(words) or _below_that(words, found)
        if band is None and (band := read_band(text[credit.end : high])):
            claimed = max(p.end for p in thresholds if credit.end <= p.start < high)
        if (
            band is None
            and level is not None
            and patterns.search(
                r"\b(?:agreed|promised|target|guaranteed|committed|this|the)\b[^.;%]{0,40}\b(?:is|was) "
                r"(?:missed|not (?:met|reached|achieved))",
                words,
            )
        ):
            band = Band(level, None)
        if band and band.below is not None and (band.at_least is None or band.at_least < band.below):
            found.append(CreditTier(below=band.below, at_least=band.at_least, percent=credit.value))
        low = credit.end
    return found


def _is_threshold(text: str, percent: PercentMention) -> bool:
    """A level of availability: a high share, or one that "below", "at least", … introduce."""
    if percent.value < 20:
        return False
    before = text[max(0, percent.start - 40) : percent.start].strip()
    return percent.value >= 80 or bool(
        BAND_PART.search(before) and patterns.search(rf"(?:{UPPER}|{LOWER})\s*$", before)
    )


def _capping(text: str, percent: PercentMention) -> bool:
    return bool(
        patterns.search(
            r"\b(?:exceed|capped at|cap of|maximum(?: of)?|up to|limited to|more than|at most"
            r"|the most)\b[^.;,%]{0,24}$",
            text[: percent.start],
        )
    )


def _below_that(words: str, found: Sequence[CreditTier]) -> Band | None:
    """ "below that": under the lower end of the tier before."""
    if (
        found
        and found[-1].at_least is not None
        and patterns.search(r"\b(?:below|under|less than) (?:that|this|it)\b", words)
    ):
        return Band(found[-1].at_least, None)
    return None


def _is_credit(text: str, percent: PercentMention) -> bool:
    """A share that is credited: "10% of the Monthly Fee", "a credit of 10%"."""
    after = text[percent.end : percent.end + 90]
    share = _SHARE_OF.match(after)
    if share and _CHARGE.search(share["base"]):
        return True
    before = text[max(0, percent.start - 60) : percent.start]
    if patterns.match(r"\s(?:service )?(?:credit|rebate|reduction)", after):
        return True
    said = preposition(text, percent.start)
    return bool(
        patterns.search(r"\b(?:credit|rebate|reduction|refund|credited)\b[^.;%]{0,40}$", before)
        or said.startswith((":", "="))
    ) and not patterns.search(
        r"(?:below|less than|least|under|above|availab\w+|up-?time)\s*(?:of |is )?$", before
    )


def _meeting(tiers: Sequence[CreditTier]) -> list[CreditTier]:
    """Order tiers and let each end where the next worse one begins, if its own end is not stated."""
    ordered = sorted({(t.below, t.percent): t for t in tiers}.values(), key=lambda t: t.below, reverse=True)
    closed: list[CreditTier] = []
    for number, tier in enumerate(ordered):
        following = ordered[number + 1].below if number + 1 < len(ordered) else None
        if tier.at_least is None and following is not None and following < tier.below:
            tier = tier.model_copy(update={"at_least": following})
        if closed and (closed[-1].at_least is None or closed[-1].at_least < tier.below):
            continue
        closed.append(tier)
    return closed


@dataclass(frozen=True)
class _Rules:
    """What holds for all credits of the document."""

    cap: PercentMention | None = None
    claim: DurationMention | None = None
    apply: DurationMention | None = None
    base: DefinedTerm | None = None
    basis: tuple[Span, ...] = ()


def _rules(context: Context) -> _Rules:
    rules = _Rules()
    named = False
    for sentence in context.prose():
        carried, named = named, bool(CREDIT.search(sentence.text))
        if not (named or carried or "credit" in sentence.topic) or is_example(sentence.text):
            continue
        updated = _claim_and_apply(context, sentence, _cap(context, sentence, rules))
        if updated != rules:
            rules = replace(updated, basis=(*updated.basis, context.span(sentence)))
    return rules


_CAPPED = re.compile(
    r"\b(?:capped|cap|exceed|maximum|most|more than|limit(?:ed)?|in excess|aggregate)\b[^.;]{0,110}$",
    re.IGNORECASE,
)


def _cap(context: Context, sentence: Sentence, rules: _Rules) -> _Rules:
    text = sentence.text
    if rules.cap is not None or not CREDIT.search(text):
        return rules
    for percent in context.percents(sentence):
        limited = _CAPPED.search(text[: percent.start])
        whole = limited and patterns.search(r"\bcredits?\b[^.;%]{0,70}$", text[: percent.start])
        most = (
            re.match(
                r"[^.%]{0,60}\b(?:which|this) is (?:also )?the (?:most|limit|maximum|upper limit)\b",
                text[percent.end :],
            )
            is not None
        )
        if not most and not (limited and (whole or _CHARGE.search(text[percent.end : percent.end + 80]))):
            continue
        monthly = patterns.search(r"\bmonth|\bperiod\b|\bbilling", text)
        yearly = patterns.search(r"\bannual|\bper year|\ba year|\bcontract year|\bterm\b", text)
        if monthly or not yearly:
            return replace(rules, cap=percent)
    return rules


def _claim_and_apply(context: Context, sentence: Sentence, rules: _Rules) -> _Rules:
    text = sentence.text
    if not CREDIT.search(text) and not patterns.search(
        r"\bthe claim\b|\bclaims? (?:must|shall|is|are)\b", text
    ):
        return rules
    for length in context.durations(sentence):
        after = text[length.end : length.end + 90].lower()
        if not re.match(
            r"within|no(?:t)? later than|in\b", preposition(text, length.start)
        ) or length.unit in ("hour", "minute"):
            continue
        before = text[max(0, length.start - 200) : length.start]
        if not re.match(r"\W{0,2}(?:of|after|from|following|to|a credit)\b", after) and not re.search(
            r"\bend of\b|\bmonth\b", after
        ):
            continue
        claims = patterns.search(
            r"\b(?:claim\w*|asks?|request\w*|notif\w+|submit\w*|appl(?:y|ies) for|assert\w*|demand\w*)\b",
            before,
        )
        pays = patterns.search(
            r"\b(?:issue[sd]?|appl(?:y|ied|ies)(?! for)|credited|shall credit|will credit|credits? "
            r"(?:the|such|each|customer)|gives? it|paid|pay|grant(?:ed|s)?|set off|deduct(?:ed|s)?)\b",
            before,
        )
        without = patterns.search(r"\bwithout (?:a |any )?(?:claim|request)", before)
        if claims and not without and rules.claim is None:
            rules = replace(rules, claim=length)
        elif pays and rules.apply is None:
            rules = replace(rules, apply=length)
    return rules


def _drafts(context: Context, group: Tiers, rules: _Rules) -> Iterator[Draft]:
    base = _base(context, group)
    terms = ServiceCredit(
        tiers=tuple(group.tiers),
        base=base.amount if base else None,
        base_per=_base_per(group.words),
        cap_percent=rules.cap.value if rules.cap else None,
        claim_within=rules.claim.duration if rules.claim else None,
        apply_within=rules.apply.duration if rules.apply else None,
    )
    sketch = _sketch(context, group, terms)
    sketch.key = (_service(context, group) or "").lower()
    sketch.debtor = context.roles.provider
    sketch.basis += [*rules.basis, *([base.span] if base else [])]
    sketch.notes += group.notes
    if group.notes:
        sketch.features.append("ambiguous")
    if base is None and any(tier.percent for tier in group.tiers):
        sketch.notes.append("the charge that credits are a share of has no amount in this document")
    yield sketch.draft(context)


def _base_per(words: str) -> Per:
    """The period of the charge that credits are a share of; a month unless the text says otherwise."""
    share = patterns.search(
        r"\bof (?:the |its |that |such )*(?:[\w'-]+ ){0,4}?(?P<per>monthly|quarterly|annual|yearly"
        r"|weekly)\b|\b(?:fees?|charges?) (?:of|for) (?:that|the|such|this) (?:calendar )?(?P<of>month"
        r"|quarter|year|week)\b",
        words,
    )
    if share is None:
        return "month"
    said = (share["per"] or share["of"]).lower()
    pers: dict[str, Per] = {"q": "quarter", "a": "year", "y": "year", "w": "week"}
    return pers.get(said[0], "month")


def _sketch(context: Context, group: Tiers, terms: ServiceCredit) -> Sketch:
    if group.grid is not None:
        rows = sorted(group.rows, key=lambda row: row.start)
        run = Row((), rows[0].start, rows[-1].end)
        return from_row(context, group.grid, run, terms, certain=True)
    first, last = group.sentences[0], group.sentences[-1]
    sketch = from_sentence(context, first, terms)
    if last is not first and last.index - first.index <= 2 * len(group.sentences):
        start, end = first.start, last.end
        sketch.span = sketch.span.model_copy(
            update={"start": start, "end": end, "quote": context.document.text[start:end]}
        )
    return sketch


def _base(context: Context, group: Tiers) -> DefinedTerm | None:
    """The charge named beside the share; the words at the tiers first, then the whole section."""
    if named := context.definitions.amount_named(group.words):
        return named
    section = group.grid.section if group.grid else group.sentences[0].section
    for sentence in context.prose():
        near = sentence.section == section or "credit" in sentence.topic
        named = (
            context.definitions.amount_named(sentence.text) if near and CREDIT.search(sentence.text) else None
        )
        if named:
            return named
    return None


def _service(context: Context, group: Tiers) -> str | None:
    candidates = list(group.sentences)
    if group.grid is not None:
        start = group.grid.start
        candidates = [
            s
            for s in context.sentences
            if start - 900 <= s.flat.start < group.grid.end and (UP.search(s.text) or s.form == "row")
        ]
    for sentence in candidates:
        if UP.search(sentence.text) and (named := service_of(context, sentence, 0)):
            return named
    return next(
        (
            named
            for s in context.prose()
            if UP.search(s.text) and context.percents(s) and (named := service_of(context, s, 0))
        ),
        None,
    )


def _formula(text: str) -> bool:
    """A credit for missed service that is owed; not how one is asked for, nor a refund at the end."""
    if patterns.search(r"\bterminat\w+|\bprepaid|\bpre-paid|\bexpir\w+", text):
        return False
    return bool(
        _FORMULA.search(text)
        and re.search(r"\b(?:shall|will|entitled|eligible|receive|credit(?:ed)? (?:to|against))\b", text)
    )


_FORMULA = re.compile(
    r"\b(?:credit|rebate|refund|reduction)\w*\b[^.;]{0,120}\b(?:equal to|of|for|amounting to"
    r"|pro[- ]?rata|proportion\w*|each|every|per)\b",
    re.IGNORECASE,
)


def _only_level(context: Context) -> Decimal | None:
    """The one level of availability that the document names, None where it names none or several."""
    levels = {
        p.value for s in context.prose() if UP.search(s.text) for p in context.percents(s) if is_level(s, p)
    }
    return levels.pop() if len(levels) == 1 else None


def _flat_rates(context: Context, rules: _Rules) -> Iterator[Draft | Unread]:
    """One share for any miss, or a credit by formula."""
    level = _only_level(context)
    for sentence in context.prose():
        text = sentence.text
        if not CREDIT.search(text) or is_example(text) or addresses_reader(text):
            continue
        if not patterns.search(
            r"\bavailab|\bup-?time|\bservice level|\bSLA\b|\boutage|\bdown-?time|\bfail(?:s|ure)? to "
            r"(?:meet|achieve)",
            f"{text} {sentence.topic}",
        ):
            continue
        share = next(
            (
                p
                for p in context.percents(sentence)
                if _is_credit(text, p) and not _CAPPED.search(text[: p.start])
            ),
            None,
        )
        if (
            share is not None
            and level is not None
            and not is_negated(text, clauses(text)[0].start, share.start)
        ):
            tier = CreditTier(below=level, percent=share.value)
            group = Tiers(tiers=[tier], sentences=[sentence], words=text)
            yield from _drafts(context, group, rules)
        elif _formula(text) and (
            share
            or patterns.search(
                r"\bpro[- ]?rat|\bproportion|\bone day|\bper (?:hour|day|minute)|\b(?:each|every) "
                r"(?:full |consecutive |additional )?(?:\w+ ){0,3}(?:hour|day|minute)",
                text,
            )
        ):
            yield Unread(
                kind=KIND,
                span=context.span(sentence),
                why="the credit is given by a formula or for a level that is not stated as a percentage",
            )
