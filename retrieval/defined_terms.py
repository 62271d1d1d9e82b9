"""The terms that a document defines, and where it uses them.

A term is defined in quotation marks with its meaning (“X” means …), at the start of a line without them
(Business Day means …), in a table or list of definitions, or in passing: (the “X”), hereinafter “X”. It is
used where its capitalised words stand, also in the plural, as a possessive or in capitals; the longest wins.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from obligations.defining import CALLED, DEFINES, IS
from obligations.document import Chunk, Document, Span

LONGEST = 1_500
"""Most characters of the sentence that defines a term."""
_WINDOW = 160
_LONGEST_TERM = 90
_QUOTED = re.compile(r"(?:[\"“„]|``)[*_]*(?P<term>[^\W_a-z][^\"“”„\n]{0,70}?)[.,;:]?[*_]*(?:[\"”“]|'')")
_SINGLE = (
    re.compile(r"‘(?P<term>[^\W\d_a-z][^‘’'\"\n]{1,60}?)[.,;:]?’(?!\w)"),
    re.compile(r"'(?P<term>[^\W\d_a-z][^‘’'\"\n]{1,60}?)[.,;:]?'(?!\w)"),
)
_BETWEEN = re.compile(
    r"\s*(?:\([^()]{0,30}\)\s*)?,?\s*(?:or|and|and/or|/)?\s*(?:each,? )?"
    r"(?:the |an? |individually,? |collectively,? |sometimes )*"
)
_ASIDE = (
    r"(?:\s?\([^()]{0,80}\))?,?\s*(?:(?:as used|when used|wherever used|in relation to|in respect of"
    r"|with respect to|for (?:the )?purposes? of)[^,.;:\"“”]{0,80},?\s*)?"
)
_MEANS = re.compile(
    rf"{_ASIDE}(?:{DEFINES}|shall (?:refer to|include|have)|will (?:refer to|have)|have the|shall have the"
    r"|has the|is defined|are defined|signif(?:y|ies)|includes?)\b",
    re.IGNORECASE,
)
_IS = re.compile(rf"{_ASIDE}(?:(?:{IS}|was|comprises?|consists? of)\b|\s?[:=|–—-]\s)", re.IGNORECASE)
_OPENS = re.compile(
    r"(?:^|[.;:]\s)[\s*_>•(]*(?:[\divxa-zA-Z.]{1,8}[.)]?\s+)?(?:the (?:terms?|words?) )?$", re.IGNORECASE
)
_CALLED = re.compile(
    rf"(?:^|[(,;:\s])(?:{CALLED}|hereafter,? |herein,? |(?:herein|hereinafter|hereafter|sometimes|jointly"
    r"|individually|both|as) |called,? |known as |defined as |designated as |the terms? |this |these |the "
    r"|an? |its |their |our |your |such |all |every |and |or |[,:] )*[*_]*$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:hereinafter|hereafter|herein|referred to|called|known as|defined as)\b", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"\b(?:as defined|defined in|meaning|entitled|titled|see|e\.g|such as|including|i\.e|the words?)\b",
    re.IGNORECASE,
)
# "This Supply Agreement (the “Agreement”)", "this Agreement, dated … (the “Contract”)"
_ITSELF = re.compile(
    r"\b(?:[Tt]his|THIS)\s+(?:(?:[^\W\d_a-z][\w&’'/-]*|of|and|for),?\s+){1,10}"
    r"(?:(?:is|made|dated|effective|entered|by|between|as|MADE|IS|DATED)\b[^.;()]{0,120})?$"
)
_THIS = re.compile(r"\bthis\s*$", re.IGNORECASE)
_POINTS = re.compile(
    r"(?:shall have|has|have|with)\s+the\s+(?:same\s+|respective\s+)?meanings?\b[^.;]{0,60}?"
    r"\b(?:in|by|to|under|forth|below|above)\b|\b(?:is|are) defined in\b",
    re.IGNORECASE,
)
_NUMBER = r"(?:(?:\d{1,3}(?:\.\d{1,3})*|\(?[a-zA-Z]{1,4}\))[.)]?\s+)?"
_WORDS = r"[^\W\d_a-z][\w&’'/-]*(?: (?:[^\W\d_a-z][\w&/’'-]*|\d{1,4}|of|and|for|to|the|in|or|per)){0,6}"
_VERB = re.compile(r"mean|refers? to|denote")
_BARE = re.compile(
    rf"[ \t*_>•]*{_NUMBER}(?:The term |The |An? )?[*_]{{0,2}}(?P<term>{_WORDS})[*_]{{0,2}},? "
    r"(?:shall |will )?(?:has the meaning|have the meanings?|means?|refers? to|denotes?)\b"
)
_LISTED = re.compile(
    rf"^[ \t*_>•]*{_NUMBER}[*_]{{0,2}}(?P<term>{_WORDS})[*_]{{0,2}}\s?[:–—]\s+\S.{{20}}", re.MULTILINE
)
_LIST_OF_TERMS = re.compile(
    r"\b(?:definitions?|interpretation|glossary|defined terms|terms used|begriffe|definitionen)\b", re.I
)
_TERM_HEAD = re.compile(r"(?:defined )?(?:terms?|expressions?|words?|begriffe?)(?: and .*)?", re.IGNORECASE)
_MEANING_HEAD = re.compile(r"(?:meanings?|definitions?|descriptions?|bedeutung)\b.*", re.IGNORECASE)
_STOP = re.compile(r"\.[\"”’)]*\s+(?=[\"“‘(\[]?[^\W\d_a-z]|\d{1,2}(?:\.\d{1,2})*[.)]?\s+[\"“A-Z])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Nos?|Inc|Ltd|Corp|Co|LLC|L\.P|Sec|Art|Mr|Ms|Dr|St|vs|e\.g|i\.e|U\.S|B\.V|S\.A))$"
)
_GOES_ON = re.compile(r"(?:[:;,–—-]|\b(?:and|or|of|the|means))\s*$")
# what is left of the next definition's opening where a sentence is cut before it
_REMNANT = re.compile(
    r"(?:(?<=[.;\n])\s*\(?(?:[a-z]{1,4}[.)]|\d{1,2}(?:\.\d{1,2})*[.)]?)|;\s*(?:and|or))?[\s;,(“‘*_]*$"
)
_NO_TERM = re.compile(
    r"(?:this|that|these|it|if|as is|by|each|any|all|no|nothing|where|when|what|such|which|there|as available"
    r"|for|in|includ\w+|source|note|attention|re|name|title|date)(?:\b.{0,4}$|\s*:)|.*[{}<>=@]",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"[A-Z\u00c0-\u00de][\w&/]*")
_LEADING = re.compile(r"(?:the|an?|this|these|its|their)\s+", re.IGNORECASE)
_PART = re.compile(r"Schedule|Exhibit|Annex|Appendix|Attachment|Addendum|Part ")
_SMALL = frozenset(
    word
    for line in (
        "the a an this that these those each any all no such every either neither both if in on of for to by",
        "with and or upon unless where when its their our your as under at from other said until during only",
        "not shall will is are be may than but which who whose non",
    )
    for word in line.split()
)
"""Words before a term that are no part of a longer name."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and the sentence that defines it. `names` are all it is called there (“X” or “Y”).

    `how` is `meaning` where the text says what the term means, `name` where it only gives a name in passing
    (the “Supplier”), `elsewhere` where it points to where the meaning is told. `own` is True for names of the
    document itself: this “Agreement”.
    """

    term: str
    names: tuple[str, ...]
    how: Literal["meaning", "name", "elsewhere"]
    span: Span
    chunk: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class TermUse:
    """A defined term that a chunk uses, with its places in the document's text."""

    term: str
    definition: Definition
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """Terms with the place of the first and the end of the last, before the sentence is known."""

    names: tuple[str, ...]
    start: int
    end: int
    how: Literal["meaning", "name"]
    own: bool = False


def definitions(document: Document, chunks: Sequence[Chunk]) -> tuple[Definition, ...]:
    """Every definition of a document in order of its text; a term may have several."""
    found = sorted(
        [*_quoted(document.text), *_bare(document.text), *_listed(document.text, chunks)],
        key=lambda f: f.start,
    )
    spans = [*_with_sentences(document.text, found), *_tabled(document)]
    starts = [chunk.start for chunk in chunks]
    made: dict[tuple[str, int], Definition] = {}
    for one, start, end in sorted(spans, key=lambda s: s[1]):
        place = bisect_right(starts, one.start) - 1
        if place < 0 or end <= start or (one.names[0], start) in made:
            continue
        made[one.names[0], start] = _definition(document, chunks[place], one, (start, end))
    return tuple(made.values())


def _definition(document: Document, chunk: Chunk, one: _Found, place: tuple[int, int]) -> Definition:
    start, end = place
    quote = document.text[start:end]
    points = one.how == "meaning" and _POINTS.search(quote[: one.end - start + 200], max(one.end - start, 0))
    span = Span(
        document_id=document.id, start=start, end=end, quote=quote, section=chunk.section, page=chunk.page
    )
    return Definition(one.names[0], one.names, "elsewhere" if points else one.how, span, chunk.id, one.own)


def _quoted(text: str) -> Iterator[_Found]:
    """Terms in quotation marks that are defined; a quotation of other words is not."""
    single = (
        [m for m in pattern.finditer(text) if not text[m.start() - 1 : m.start()].strip(" ([\n")]
        for pattern in _SINGLE
    )
    for matches in (_QUOTED.finditer(text), *single):
        group: list[re.Match[str]] = []
        for match in matches:
            if group and not (
                match.start() - group[-1].end() < 60
                and _BETWEEN.fullmatch(text, group[-1].end(), match.start())
            ):
                yield from _defined(text, group)
                group = []
            group.append(match)
        if group:
            yield from _defined(text, group)


def _defined(text: str, group: Sequence[re.Match[str]]) -> Iterator[_Found]:
    names = tuple(name for match in group if (name := _name(match["term"])))
    if not names:
        return
    start, end = group[0].start(), group[-1].end()
    before, after = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    line = before.rsplit("\n", 1)[-1]
    opened = line.rfind("(")
    inside = line[opened + 1 :] if opened > line.rfind(")") else None
    if _MEANS.match(after) or (_IS.match(after) and _OPENS.search(line[-40:])):
        yield _Found(names, start, end, "meaning")
    elif inside is not None:
        if ")" in after and _CALLED.search(inside) and not _NO_NAME.search(inside):
            own = bool(_THIS.search(inside) or _ITSELF.search(line[:opened]))
            yield _Found(names, start, end, "name", own)
    elif (called := _CALLED.search(line)) and _NAMED.search(called[0]):
        yield _Found(names, start, end, "name", bool(_ITSELF.search(line[: called.start()])))


def _name(term: str) -> str:
    """A term without its article; empty for what is no term."""
    plain = _LEADING.sub("", " ".join(term.strip(" *_").split()), count=1)
    return "" if len(plain) < 2 or _NO_TERM.match(plain) or not plain[:1].isupper() else plain


def _bare(text: str) -> Iterator[_Found]:
    """Terms without quotation marks at the start of a line, followed by a verb that defines."""
    read = -1
    for verb in _VERB.finditer(text):
        line = text.rfind("\n", 0, verb.start()) + 1
        if line == read or verb.start() - line > _WINDOW:
            continue
        read = line
        match = _BARE.match(text, line)
        if match and (name := _name(match["term"])):
            yield _Found((name,), match.start("term"), match.end("term"), "meaning")


def _listed(text: str, chunks: Sequence[Chunk]) -> Iterator[_Found]:
    """Lines "Business Day: a day …" of a clause that is called a list of definitions."""
    called = {name for c in chunks for name in (c.section, *c.path[-1:])}
    lists = {name for name in called if _LIST_OF_TERMS.search(name)}
    for chunk in chunks if lists else ():
        if chunk.section in lists or (chunk.path and chunk.path[-1] in lists):
            for match in _LISTED.finditer(text, chunk.start, chunk.end):
                if name := _name(match["term"]):
                    yield _Found((name,), match.start("term"), match.end("term"), "meaning")


def _tabled(document: Document) -> Iterator[tuple[_Found, int, int]]:
    """Rows of a table whose head says that it defines terms."""
    for table in document.tables:
        rows = [list(cells) for _, cells in groupby(table.cells, key=lambda cell: cell.row)]
        head = [document.text[cell.start : cell.end].strip(" *_\n") for cell in rows[0][:2]] if rows else []
        if len(head) < 2 or not (_TERM_HEAD.fullmatch(head[0]) and _MEANING_HEAD.fullmatch(head[1])):
            continue
        for cells in rows[1:]:
            name = _name(document.text[cells[0].start : cells[0].end].strip(" \"“”‘’'")) if cells else ""
            if name and len(name) <= 70 and len(cells) > 1:
                start, end = cells[0].start, cells[-1].end
                yield _Found((name,), start, cells[0].end, "meaning"), start, end


def _with_sentences(text: str, found: Sequence[_Found]) -> Iterator[tuple[_Found, int, int]]:
    """Each with the sentence it stands in; a meaning ends where the next one of its line begins."""
    meanings = [one.start for one in found if one.how == "meaning"]
    for one in found:
        start = _sentence_start(text, one.start)
        following = bisect_right(meanings, one.end)
        limit = meanings[following] if one.how == "meaning" and following < len(meanings) else len(text)
        end = _sentence_end(text, one.end, min(limit, start + LONGEST, len(text)))
        cut = _REMNANT.search(text, start, end) if end == limit else None
        yield one, start, start + len(text[start : cut.start() if cut else end].rstrip(" \n;,(“‘"))


def _sentence_start(text: str, at: int) -> int:
    start = max(text.rfind("\n", 0, at) + 1, at - LONGEST // 2)
    for stop in _STOP.finditer(text, start, at):
        if not _ABBREVIATION.search(text[max(0, stop.start() - 6) : stop.start()]) and stop.end() <= at:
            start = stop.end()
    return start + len(text[start:at]) - len(text[start:at].lstrip())


def _sentence_end(text: str, at: int, limit: int) -> int:
    """Where the sentence ends: at a full stop, or at the end of a line that does not go on in the next."""
    while True:
        line = text.find("\n", at, limit)
        line = limit if line < 0 else line
        for stop in _STOP.finditer(text, at, line):
            if not _ABBREVIATION.search(text[max(0, stop.start() - 6) : stop.start()]):
                return stop.start() + len(stop[0].rstrip())
        if line >= limit or not _GOES_ON.search(text[max(at, line - 8) : line]):
            return line
        at = line + 1 + len(text[line + 1 : limit]) - len(text[line + 1 : limit].lstrip("\n "))


class TermUses:
    """Finds the uses of a document's terms; made once for a document."""

    def __init__(self, found: Iterable[Definition]) -> None:
        self.by_name: dict[str, list[Definition]] = defaultdict(list)
        for definition in found:
            for name in definition.names:
                self.by_name[name].append(definition)
        self._spans = {
            name: [(d.span.start, d.span.end) for d in held] for name, held in self.by_name.items()
        }
        forms: dict[str, str] = {name: name for name in self.by_name}
        for name in self.by_name:
            for form in (*_numbers(name), name.upper(), *(n.upper() for n in _numbers(name))):
                forms.setdefault(form, name)
        self._by_first: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for form, name in sorted(forms.items(), key=lambda f: -len(f[0])):
            first = _CAPITAL.match(form)
            self._by_first[first[0] if first else form].append((form, name))

    def of(self, document: Document, chunks: Sequence[Chunk]) -> dict[str, tuple[TermUse, ...]]:
        """The terms that each chunk uses, by the chunk's id, in order of their first use."""
        text = document.text.replace("\n", " ")
        parts = {chunk.id: part_of(chunk) for chunk in chunks}
        best: dict[tuple[str, str], Definition] = {}
        return {chunk.id: tuple(self._uses(text, chunk, parts, best)) for chunk in chunks}

    def _uses(
        self, text: str, chunk: Chunk, parts: dict[str, str], best: dict[tuple[str, str], Definition]
    ) -> Iterator[TermUse]:
        """Of one chunk; `best` keeps which definition of a name counts in a part."""
        places: dict[str, list[tuple[int, int]]] = {}
        done = _after_heading(chunk)
        for match in _CAPITAL.finditer(text, done, chunk.end):
            forms = self._by_first.get(match[0])
            if forms is None or (at := match.start()) < done:
                continue
            wide = "  " in text[at : at + _LONGEST_TERM]
            for form, name in forms:
                stop = at + len(form) if text.startswith(form, at) else wide and _spaced(text, at, form)
                if stop and self._is_use(text, name, at, stop, form):
                    places.setdefault(name, []).append((at, stop))
                if stop and _ends(text, stop):
                    done = stop
                    break
        part = parts[chunk.id]
        for name, held in places.items():
            if (name, part) not in best:
                best[name, part] = _best(self.by_name[name], parts, part)
            yield TermUse(name, best[name, part], tuple(held))

    def _is_use(self, text: str, name: str, at: int, stop: int, form: str) -> bool:
        """The term stands there as a word of its own, outside the sentences that define it."""
        if not _ends(text, stop) or text[at - 1 : at] in ("-", "_"):
            return False
        spans = self._spans[name]
        before = bisect_right(spans, (at, len(text))) - 1
        if before >= 0 and at < spans[before][1]:
            return False
        return " " in form or not _in_a_name(text, at, self._by_first)


def _spaced(text: str, at: int, form: str) -> int:
    """Where `form` ends when only the spaces between its words differ; 0 where it does not stand at `at`."""
    for word in form.split(" "):
        while text.startswith(" ", at):
            at += 1
        if not text.startswith(word, at):
            return 0
        at += len(word)
    return at


def _ends(text: str, stop: int) -> bool:
    """A word ends at `stop`: no letter follows, nor a hyphen with more of the word."""
    after = text[stop : stop + 2]
    if after[:1] == " ":
        return True
    return not (after[:1].isalnum() or after[:1] == "_" or (after[:1] == "-" and after[1:].isalpha()))


def _in_a_name(text: str, at: int, known: Container[str]) -> bool:
    """ "Master Services Agreement" is no use of the term "Agreement": the word before belongs to the name."""
    if text[at - 1 : at] != " ":
        return False
    word = text[text.rfind(" ", max(0, at - 40), at - 1) + 1 : at - 1]
    return word[:1].isupper() and word[-1:].isalnum() and word.lower() not in _SMALL and word not in known


def _numbers(name: str) -> tuple[str, ...]:
    """The plural of a name, or its singular: "Party", "Parties"."""
    if name.endswith("ies"):
        return (f"{name[:-3]}y",)
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return (name[:-1], *([name[:-2]] if name.endswith(("xes", "ches", "shes", "sses")) else []))
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return (f"{name[:-1]}ies",)
    return (f"{name}es",) if name.endswith(("x", "ch", "sh", "ss")) else (f"{name}s",)


def _after_heading(chunk: Chunk) -> int:
    """Where the words of a chunk begin: a term in its heading is a title."""
    start = chunk.start
    for section in (*chunk.path[-1:], chunk.section):
        title = section.partition(" ")[2]
        at = chunk.text.find(title, 0, 160) if title else -1
        if at >= 0 and (section == chunk.section or chunk.text[at + len(title) :][:1] == "\n"):
            start = max(start, chunk.start + at + len(title))
    return start


def part_of(chunk: Chunk) -> str:
    """The schedule or exhibit a chunk stands in, empty for the body of the contract."""
    first = (*chunk.path, chunk.section)[0]
    return first if _PART.match(first) else ""


def _best(found: Sequence[Definition], parts: dict[str, str], part: str) -> Definition:
    """The definition that counts in a part: its own, else the body's; one that says a meaning first."""
    order = ("meaning", "name", "elsewhere")
    return min(
        found,
        key=lambda d: (
            parts.get(d.chunk) != part,
            bool(parts.get(d.chunk)),
            order.index(d.how),
            d.span.start,
        ),
    )
