"""Where sentences, list items, headings and table rows begin and end, with their offsets.

A document becomes lines, lines become blocks (a paragraph, an item, a row, a heading), blocks become
sentences. A block cut by a page break is joined again. Each sentence knows its section, the list it
hangs on (`lead`) and how long its own numbering is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from extraction import patterns
from extraction.flat import Flat, flatten, plain
from obligations.document import Chunk, Document, Span

Form = Literal["sentence", "heading", "row"]

LONGEST = 3000
"""Longest sentence in characters; longer ones are cut at the last clause end before it."""

NUMBERING = re.compile(
    r"(?:(?:#{1,6}|[•●▪◦‣·*o-])\s+)?"
    r"(?:(?:section|article|clause|paragraph|§)\s*)?"
    r"(?:\(?(?:\d{1,3}(?:\s?\.\s?\d{1,3}){0,5}[a-z]?|[a-z]{1,2}|[ivxlc]{1,6})\)|"
    r"\d{1,3}(?:\s?\.\s?\d{1,3}){1,5}[.):]?|\d{1,3}[.):]|[a-h][.)]|[ivxl]{1,5}[.)])(?=\s|$)"
    r"(?!\s*(?:%|per\s?cent|hours?|days?|minutes?|months?|million|eur|usd|gbp)\b|\s*%)\s*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•●▪◦‣·*-]\s+")
_PART_HEADING = re.compile(
    r"(?:schedule|exhibit|annex(?:ure)?|appendix|attachment|article|part|section)\s+[\dA-Z]{1,5}\b",
    re.IGNORECASE,
)
_STARTERS = (
    r"(?:The|This|These|If|In|Each|Either|Any|For|Such|Upon|Unless|All|No|It|Where|When|Neither|A|An|As|At|"
    r"Provided|However|Customer|Supplier|Provider|Payment|Invoices?)\b"
)
_END = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[]*(?:[A-Z0-9§]|[a-z]\)|\([a-z]))|[.!?][\"')\]]*\s*\n\s*\n")
_ALWAYS_ABBREVIATION = re.compile(
    r"(?:\b(?:No|Nos|Nr|Art|Arts|Sec|Sect|Cl|para|paras|Sch|Ex|Exh|approx|e\.g|i\.e|vs|v|Mr|Mrs|Ms|Dr"
    r"|Prof|St|Messrs|cf|"
    r"incl|excl|Tel|Fig|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|p|pp|resp|Sp|z o|S\.p|P\.O|Ref"
    r"|Attn|Reg|Str)"
    r"|(?:^|[\s(])[A-Z])\.$",
    re.IGNORECASE,
)
_MAYBE_ABBREVIATION = re.compile(
    r"\b(?:Inc|Ltd|Co|Corp|Bros|etc|a\.m|p\.m|p\.a|hrs?|mins?|U\.S|U\.K|S\.A|N\.V|B\.V|L\.P|L\.L\.C|D\.C"
    r"|Pty|plc|Cie|GmbH)"
    r"\.$",
    re.IGNORECASE,
)
_LOOSE_NUMBER = re.compile(r"(?:^|\s)\(?\d{1,3}(?:\s?\.\s?\d{1,3}){0,4}\.$")
_CUT = re.compile(r";\s|:\s|,\s|\s")
_SENTENCE_STARTER = re.compile(r"[\"'(\[]*" + _STARTERS)
_TERMINAL = re.compile(r"[.!?;:,][\"')\]]*$")
_FOOTER = re.compile(
    r"^(?:-?\s*\d{1,3}\s*-?|page\s+\d+(?:\s+of\s+\d+)?|source:.{0,120}|confidential|\[?signature page.*)$",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:shall|will|must|is|are|was|were|means|may|has|have|does|do|did|can|ends?|begins?|applies"
    r"|apply|pays?|renews?|remains?|continues?|expires?|agrees?|"
    r"responds?|provides?|delivers?|runs?|lasts?|starts?)\b"
)
_OPENING = re.compile(
    r"(?:The|This|These|Each|Every|If|It|Any|All|No|An?|In|On|At|For|Where|When|Neither|Either)\b"
)
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "on",
        "or",
        "per",
        "the",
        "to",
        "under",
        "upon",
        "with",
        "without",
    ]
)


@dataclass(frozen=True)
class Sentence:
    """One sentence, heading or row. `body` is the flat index after its own numbering."""

    flat: Flat
    form: Form
    index: int
    section: str = ""
    path: tuple[str, ...] = ()
    body: int = 0
    item: bool = False
    lead: "Sentence | None" = field(default=None, repr=False)
    kinds: tuple[tuple[str, float], ...] = ()

    @property
    def text(self) -> str:
        return self.flat.text

    @cached_property
    def lower(self) -> str:
        return self.flat.lower

    @property
    def start(self) -> int:
        return self.flat.at(self.body)

    @property
    def end(self) -> int:
        return self.flat.end

    @cached_property
    def topic(self) -> str:
        """Lower-case words of the headings above: what the section says it is about."""
        return " / ".join((*self.path, self.section)).lower()


@dataclass(frozen=True)
class _Block:
    start: int
    end: int
    form: Form


class Outline:
    """Which section a document offset stands in: from the chunks, or from headings seen on the way."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = sorted(chunks, key=lambda chunk: chunk.start)
        self._starts = [chunk.start for chunk in self._chunks]

    def chunk_at(self, offset: int) -> Chunk | None:
        place = bisect_right(self._starts, offset) - 1
        if place < 0:
            return None
        chunk = self._chunks[place]
        return chunk if offset < chunk.end else None


def segment(document: Document, chunks: Sequence[Chunk] = ()) -> tuple[Sentence, ...]:
    """All sentences, headings and table rows of a document, in order."""
    text = plain(document.text)
    outline = Outline(chunks)
    found: list[Sentence] = []
    heading = ""
    lead: Sentence | None = None
    for block in _joined(text, _blocks(text, document)):
        for number, (start, end) in enumerate(_sentence_ranges(text, block)):
            flat = flatten(text, start, end)
            if not flat.text:
                continue
            form: Form = block.form
            if form == "sentence" and _looks_like_heading(flat.text):
                form = "heading"
            numbered = NUMBERING.match(flat.text)
            body = numbered.end() if numbered and numbered.end() < len(flat.text) else 0
            if not body and (bullet := _BULLET.match(flat.text)):
                body = bullet.end()
            if form == "heading":
                heading = flat.text.rstrip(". :")[:120]
            chunk = outline.chunk_at(flat.start)
            item = bool(body) and number == 0
            sentence = Sentence(
                flat=flat,
                form=form,
                index=len(found),
                section=chunk.section if chunk and chunk.section else heading,
                path=chunk.path if chunk else (),
                body=body,
                item=item,
                lead=lead if item or form == "row" else None,
                kinds=chunk.likely if chunk else (),
            )
            found.append(sentence)
            open_end = form == "sentence" and not item and not re.search(r"[.;!?][\"')\]]*$", flat.text)
            if flat.text.endswith(":") or open_end:
                lead = sentence
            elif form == "heading" or (form == "sentence" and not item):
                lead = None
    return tuple(found)


def span_of(document: Document, start: int, end: int, section: str = "") -> Span:
    """A grounded Span over a document range, trimmed of outer white space."""
    text = document.text
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(
        document_id=document.id,
        start=start,
        end=end,
        quote=text[start:end],
        section=section,
        page=document.page_at(start),
    )


def _blocks(text: str, document: Document) -> Iterator[_Block]:
    """Paragraphs, items, rows and headings, as ranges of whole lines."""
    tables = sorted((table.start, table.end) for table in document.tables)
    current: tuple[int, int] | None = None
    position = 0
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        stripped = line.strip()
        if not stripped or _FOOTER.match(stripped):
            if current and not stripped:
                yield _Block(*current, "sentence")
                current = None
            continue
        row = " | " in stripped or stripped.startswith("|") or _inside(tables, start)
        if row or _starts_block(stripped):
            if current:
                yield _Block(*current, "sentence")
            current = None
            if row:
                yield _Block(start, position, "row")
                continue
        current = (start, position) if current is None else (current[0], position)
        if _looks_like_heading(" ".join(text[current[0] : current[1]].split())) and current[0] == start:
            yield _Block(*current, "heading")
            current = None
    if current:
        yield _Block(*current, "sentence")


def _inside(tables: Sequence[tuple[int, int]], offset: int) -> bool:
    place = bisect_right(tables, (offset, 1 << 60)) - 1
    return place >= 0 and tables[place][0] <= offset < tables[place][1]


def _starts_block(line: str) -> bool:
    if _BULLET.match(line) or _PART_HEADING.match(line):
        return True
    numbered = NUMBERING.match(line)
    return bool(numbered) and not patterns.match(r"\(?[a-z]{2}\)", line)


def _joined(text: str, blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Join a paragraph that a page break cut: open at its end, lower case after the break."""
    held: _Block | None = None
    for block in blocks:
        if held is not None:
            before, after = text[held.start : held.end].rstrip(), text[block.start : block.end].lstrip()
            cut = not _TERMINAL.search(before[-12:]) and after[:1].islower() and not _starts_block(after[:60])
            if held.form == block.form == "sentence" and cut and len(before) > 40:
                held = _Block(held.start, block.end, "sentence")
                continue
            yield held
        held = block
    if held is not None:
        yield held


def _sentence_ranges(text: str, block: _Block) -> Iterator[tuple[int, int]]:
    if block.form != "sentence":
        yield block.start, block.end
        return
    start = block.start
    for end in _sentence_ends(text, block):
        yield from _cut_long(text, start, end)
        start = end
    if text[start : block.end].strip():
        yield from _cut_long(text, start, block.end)


def _sentence_ends(text: str, block: _Block) -> Iterator[int]:
    """Ends of sentences inside a block; an abbreviation or a clause number does not end one."""
    start = block.start
    for match in _END.finditer(text, block.start, block.end):
        before = text[max(start, match.start() - 24) : match.start() + 1]
        at_start = not text[start : match.start() + 1].rstrip(".").strip().rstrip("0123456789. ")
        follows = text[match.end() : match.end() + 14]
        if at_start or (_LOOSE_NUMBER.search(before) and follows[:1].isdigit()):
            continue
        if match.group().startswith("."):
            if _ALWAYS_ABBREVIATION.search(before):
                continue
            if _MAYBE_ABBREVIATION.search(before) and not _SENTENCE_STARTER.match(follows):
                continue
        yield match.end()
        start = match.end()


def _cut_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST:
        cut = 0
        for pattern in (";", ",", " "):
            cut = text.rfind(pattern, start + LONGEST // 2, start + LONGEST)
            if cut > 0:
                break
        cut = cut if cut > 0 else start + LONGEST
        yield start, cut + 1
        start = cut + 1
    yield start, end


def _looks_like_heading(line: str) -> bool:
    """A short line without a verb's punctuation: numbered title, capitals, or Title Case."""
    if len(line) > 100 or line.endswith((",", ";")) or '"' in line or " | " in line:
        return False
    numbered = NUMBERING.match(line)
    rest = line[numbered.end() :] if numbered else line
    if rest.endswith(":") and len(rest) > 60:
        return False
    rest = rest.rstrip(". :-")
    if not rest:
        return True
    if re.search(r"[.!?:]\s|\d{2}|%", rest):
        return (
            bool(_PART_HEADING.match(rest))
            and len(rest) < 80
            and not re.search(r"\b(?:shall|will|must)\b", rest)
        )
    words = rest.split()
    capital = sum(word[:1].isupper() or word.lower() in _SMALL for word in words)
    if _VERB.search(rest) and not rest.isupper():
        return False
    if numbered:
        if line.endswith(".") and (len(words) > 6 or _OPENING.match(rest)):
            return False
        return len(words) <= 9 and words[0][:1].isupper() and not line.endswith(":")
    return capital == len(words) and len(words) <= 10 and words[0][:1].isupper()
