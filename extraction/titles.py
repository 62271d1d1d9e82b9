"""What a document is called, what type it is, and what other document it hangs on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction import patterns
from extraction.flat import Flat, flatten, plain
from obligations.document import Document
from obligations.model import Relation

_SKIP = re.compile(
    r"^(?:exhibit\s+[\d.()a-z-]+.*|ex-?\d.*|confidential.*|execution (?:copy|version).*|draft.*"
    r"|page \d+.*|\W*\d+\W*|dated .*|between|and|by and between|by|effective .*|version .*|"
    r"source:.*|\(?translation\)?|\[.*\]|table of contents|contents|private (?:&|and) confidential|final"
    r"|copy|agreement no.*|contract no.*|ref.*|reference.*|"
    r"certain (?:confidential|information|identified).*|.*omitted.*|.*redacted.*|.*treatment.*|\*+.*"
    r"|.*https?:.*|concerning .*|relating to .*|signed in .*|made between|parties)$",
    re.IGNORECASE,
)
_DOCUMENT_WORD = re.compile(
    r"\b(?:agreement|contract|schedule|amendment|addendum|statement of work|sow|order form"
    r"|purchase order|terms|licen[cs]e|lease|annex|appendix|attachment|memorandum|deed|nda|plan|"
    r"service level|letter|policy|conditions|work order|variation|supplement|undertaking|charter)\b",
    re.IGNORECASE,
)
_PART = re.compile(
    r"^(?:schedule|annex(?:ure)?|appendix|attachment|exhibit|amendment|addendum|statement of work|sow"
    r"|change order|work order|order form|variation|supplement)\b\s*(?:(?:no\.?|number|#"
    r"|nr\.?)\s*)?[\dA-Z]{0,4}(?:[-.]\d+)?\s*[:–-]?$",
    re.IGNORECASE,
)
_RELATION_WORDS: tuple[tuple[Relation, str], ...] = (
    (
        "amendment",
        r"\bamendment\b(?! and restate)|\baddendum\b|\bvariation\b|\bside letter\b|\bsupplement"
        r"(?:al)? agreement\b|\bchange order\b",
    ),
    ("schedule", r"^(?:schedule|annex(?:ure)?|appendix|attachment|exhibit)\b"),
    (
        "sow",
        r"\bstatements? of work\b|\bSOW\b|\bwork order\b|\btask order\b|\bproject (?:order|schedule)\b",
    ),
    ("order", r"\border form\b|\bpurchase order\b|\bservice order\b|\bcall-?off\b"),
    ("master", r"\bmaster\b|\bframework\b|\bumbrella\b"),
)
_RELATIONS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _RELATION_WORDS)
_TYPES = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("amendment", r"\bamendment\b(?! and restate)|\baddendum\b|\bvariation\b"),
        ("sow", r"\bstatement of work\b|\bSOW\b|\bwork order\b"),
        ("sla", r"\bservice[- ]levels?\b|\bSLA\b"),
        ("nda", r"\bnon-?\s?disclosure\b|\bconfidentiality\b|\bNDA\b"),
        ("dpa", r"\bdata processing\b|\bdata protection\b"),
        ("msa", r"\bmaster (?:\w+ ){0,3}agreement\b|\bmanaged services?\b|\bframework agreement\b|\bMSA\b"),
        ("data", r"\bdata (?:subscription|licen[cs]e|services?|supply|access|feed)\b"),
        (
            "saas",
            r"\bsoftware[- ]as[- ]a[- ]service\b|\bsaas\b|\bcloud (?:service|terms|subscription)\b"
            r"|\bsubscription (?:service|agreement)\b",
        ),
        ("hosting", r"\bhosting\b|\bcolocation\b"),
        ("network", r"\bnetwork\b|\btelecom\w*\b|\bconnectivity\b|\bwide area\b|\bWAN\b"),
        ("logistics", r"\blogistics?\b|\bwarehous\w+\b|\btransport\w*\b|\bcarrier\b|\bfreight\b"),
        ("facilities", r"\bfacilit(?:y|ies) (?:management|services)\b|\bcleaning\b"),
        ("professional_services", r"\bprofessional services\b|\bconsult\w+\b|\badvisory\b"),
        ("reseller", r"\bresell\w*\b"),
        ("distribution", r"\bdistribut\w+\b"),
        ("manufacturing", r"\bmanufactur\w+\b"),
        ("supply", r"\bsupply\b|\bpurchas\w+\b|\bprocurement\b|\bpurchase\b"),
        ("sales", r"\bsales?\b"),
        ("maintenance", r"\bmaintenance\b|\bsupport\b"),
        ("licence", r"\blicen[cs]\w+\b"),
        ("outsourcing", r"\boutsourcing\b"),
        (
            "marketing",
            r"\bmarketing\b|\bpromotion\b|\bco-?branding\b|\baffiliate\b|\bagency\b|\bendorsement\b"
            r"|\bsponsorship\b",
        ),
        (
            "development",
            r"\bdevelopment\b|\bcollaboration\b|\bjoint venture\b|\bstrategic alliance\b|\bcooperation\b",
        ),
        ("franchise", r"\bfranchis\w+\b"),
        ("lease", r"\blease\b"),
        ("services", r"\bservices?\b"),
    )
)
_PARENT = re.compile(
    r"\b(?:(?P<link>schedule|annex|appendix|attachment|exhibit|amendment|addendum|supplement"
    r"|statement of work|order|sow|made|entered into|issued|forms? (?:an integral )?part|incorporated|"
    r"(?:is )?governed|subject|work)\b[\w\s.,#\"“”()–-]{0,70}?\s)?"
    r"(?:to|under|of|pursuant to|by|amends|into)\s(?:and (?:is )?(?:governed|subject) (?:by|to) )?"
    r"(?:the |that certain |a |our |their )(?P<name>(?:[A-Z][\w&-]*|of|and|for|as|a|the|-)(?:[ -]"
    r"(?:[A-Z][\w&-]*|of|and|for|as|a)){0,6}? (?:Agreement|Contract|MSA|Terms))\b",
)


@dataclass(frozen=True)
class Title:
    text: str
    start: int
    end: int
    type: str
    relation: Relation
    parent: str = ""
    parent_span: tuple[int, int] | None = None


def read_title(document: Document) -> Title:
    """Title, type, relation and parent, read from the first lines of the document."""
    text = plain(document.text)
    lines = _lines(text)
    chosen = _choose(lines)
    title = " - ".join(line.text for line in chosen) if chosen else ""
    head = flatten(text, 0, min(len(text), 2600))
    parent = _parent(head, title)
    words = title
    if (
        chosen
        and parent
        and patterns.match(
            r"(?:amendment|addendum|variation|supplement)\b(?:\s(?:no\.?|number|#|nr\.?))?\s?\w{0,4}$",
            title,
        )
    ):
        title = f"{title} to the {parent[0]}"
    shown = _as_printed(document, chosen, title)
    first, last = (chosen[0].start, chosen[-1].end) if chosen else (0, 0)
    relation = _relation(words, bool(parent), head.text)
    return Title(
        shown,
        first,
        last,
        _type(words, head.text),
        relation,
        parent[0] if parent and relation not in ("master", "standalone") else "",
        parent[1] if parent else None,
    )


def _lines(text: str) -> list[Flat]:
    lines, position = [], 0
    for raw in text[:4000].splitlines(keepends=True):
        start, position = position, position + len(raw)
        cut = re.split(r"\s{6,}", raw.strip()) if len(raw) > 90 else [raw.strip()]
        offset = start
        for piece in cut:
            at = text.find(piece, offset) if piece else -1
            if at >= 0:
                lines.append(flatten(text, at, at + len(piece)))
                offset = at + len(piece)
        if len(lines) > 60:
            break
    return [line for line in lines if line.text]


def _choose(lines: Sequence[Flat]) -> list[Flat]:
    """The first line that names a kind of document; a bare "Schedule 2" takes the next one along."""
    for number, line in enumerate(lines[:25]):
        said = re.sub(r"^[#*\s]+|[*\s]+$", "", line.text)
        if (_SKIP.match(said) and not _PART.match(said)) or len(said) > 110:
            continue
        if not _DOCUMENT_WORD.search(said) or (
            patterns.search(r"\b(?:shall|this agreement|is made|dated as of)\b", said) and not said.isupper()
        ):
            continue
        if re.match(r"(?:to|under|of) the\b|\d+\.\d|\(?[a-z]\)", said) or (
            said.endswith(".") and len(said.split()) > 6
        ):
            continue
        chosen = [line]
        following = lines[number + 1] if number + 1 < len(lines) else None
        bare = _PART.match(said) and following is not None and len(following.text) < 90
        if bare and following is not None and not _SKIP.match(following.text):
            goes_on = patterns.match(r"(?:to|under|of|between|dated|this|between|\d)\b", following.text)
            chosen += [] if goes_on else [following]
        return chosen
    first = next(
        (
            line
            for line in lines[:4]
            if 3 < len(line.text) < 90 and not _SKIP.match(line.text) and not line.text.endswith((".", ","))
        ),
        None,
    )
    return [first] if first else []


def _as_printed(document: Document, chosen: Sequence[Flat], title: str) -> str:
    if not chosen:
        return title
    printed = " – ".join(
        " ".join(document.text[line.start : line.end].split()).strip("#* ") for line in chosen
    )
    return (
        printed
        if " to the " not in title or " to the " in printed
        else printed + title[title.index(" to the ") :]
    )


def _parent(head: Flat, title: str) -> tuple[str, tuple[int, int]] | None:
    for match in _PARENT.finditer(head.text):
        name = match["name"]
        if name.lower() in title.lower() and not patterns.match(
            r"(?:schedule|annex|amendment|statement|appendix|exhibit|attachment|addendum|sow)",
            title,
        ):
            continue
        if re.match(r"(?:This|The|Such|Said|Any|Parties|Definitive)\b", name) or name in (
            "Agreement",
            "Contract",
            "Terms",
        ):
            continue
        return name, head.span(match.start("name"), match.end("name"))
    return None


def _relation(title: str, has_parent: bool, head: str) -> Relation:
    for name, pattern in _RELATIONS:
        if not pattern.search(title):
            continue
        if name == "schedule" and not has_parent:
            continue
        return name
    if patterns.search(r"\bmanaged services?\b|\bMSA\b", title) and not has_parent:
        return "master"
    return "standalone"


def _type(title: str, head: str) -> str:
    for name, pattern in _TYPES:
        if pattern.search(title):
            return name
    for name, pattern in _TYPES:
        if pattern.search(head[:400]):
            return name
    return "other"
