"""Which clauses, schedules and exhibits a text refers to, and where in the document they stand.

"Sections 4.1 and 4.2", "Clause 3(b) above", "paragraph (a)", "Schedule B", "this Section", "Article IV". What
belongs to another document or to a statute is told apart and not looked up.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from obligations.document import Chunk, Document
from retrieval.absent_clauses import AbsentClauses
from retrieval.clause_places import PARTS, Clause, Clauses, Key, Place, arabic
from retrieval.numbering import marker

Standing = Literal["here", "elsewhere", "missing", "unclear"]
"""Whether a reference is resolved, is to another document, names what is not there, or cannot be told."""

_WORD = re.compile(
    r"(?:[Ss]ub-?)?(?:[Ss]ection|[Cc]lause|[Pp]aragraph)s?|[Aa]rticles?|SECTIONS?|CLAUSES?|PARAGRAPHS?|ARTICLES?"
    r"|Schedules?|SCHEDULES?|Exhibits?|EXHIBITS?|Annex(?:e?s|ures?)?|ANNEX|Appendi(?:x|ces)|APPENDIX"
    r"|Attachments?|ATTACHMENTS?|Ziffern?|Artikel|Anlagen?|Secs?\.|§§?"
)
# looked for as they are, which is faster than the pattern alone: what every form of a word has in common
_STEMS = (
    "ection", "lause", "aragraph", "rti", "chedule", "xhibit", "nnex", "ppendi", "ttachment", "nlage",
    "iffer", "ECTION", "LAUSE", "ARAGRAPH", "RTICLE", "CHEDULE", "XHIBIT", "NNEX", "PPENDI", "TTACHMENT",
    "Sec.", "§",
)  # fmt: skip
_ITEMS = r"(?:\s?\((?:[A-Za-z]{1,5}|\d{1,2})\))"
_NUMBER = rf"(?:\d{{1,4}}[A-Z]?(?:\.\d{{1,4}}){{0,4}}(?:\.?[a-z](?!\w))?{_ITEMS}*|{_ITEMS}+)"
_ROMAN = rf"[IVXLC]{{1,6}}(?:\.\d{{1,3}})*{_ITEMS}*"
_PART = r"(?:\d{1,2}(?:[-.]\d{1,3})*[A-Za-z]?|[A-Z]{1,2}(?:[-.]?\d{1,2})?(?:\.\d{1,2})?|[IVX]{1,5})"
_END = r"(?![\w%/]|[.,]\d|\s?(?:%|per ?cent|days?\b|months?\b|hours?\b|years?\b|business\b|USD|EUR))"
_JOIN = r"(?P<join>\s*(?:,\s*(?:and/or|and|or)?|and/or|and|or|through|to|&|–|-|und|bis)\s*)"
_AGAIN = r"(?:(?:[Ss]ection|[Cc]lause|[Pp]aragraph|[Aa]rticle|[Ee]xhibit|[Ss]chedule|[Aa]nnex|§)s?\s*)?"
_FIRST = {
    "clause": re.compile(rf"\s*[\"“]?(?P<no>{_NUMBER}|{_ROMAN}){_END}"),
    "part": re.compile(rf"\s*(?:No\.?\s)?[\"“]?(?P<no>{_PART}){_END}"),
}
_NEXT = {
    "clause": re.compile(rf"{_JOIN}{_AGAIN}(?P<no>{_NUMBER}|{_ROMAN}(?=\W)){_END}"),
    "part": re.compile(rf"{_JOIN}{_AGAIN}(?P<no>{_PART}){_END}"),
}
_SPLIT = re.compile(r"\(([A-Za-z0-9]+)\)")
_HERE = re.compile(
    r"\s*,?\s*(?:above\b|below\b|here(?:of|to|in|under|inabove|inbelow|inafter)\b|attached\b"
    r"|(?:of|in|to|under)\s+(?:this|these|the present)\b|(?:which is )?attached)",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\s*,?\s*(?:of|in|to|under)\s+(?:the\s+)?(?P<word>Schedule|Exhibit|Annex(?:ure)?|Appendix|Attachment"
    r"|Article|Section|Clause|Paragraph)\s*(?P<no>[\w.-]*\w)",
    re.IGNORECASE,
)
_OF = re.compile(
    r"\s*(?:\([^()]{0,60}\)\s*)?,?\s*(?P<how>of|in|under|to|from)\s+"
    r"(?:(?:the|that|such|said|its|their|any|each|an?|our|your|certain|applicable|existing|original|new)\s+)*"
    r"(?P<name>(?:[^\W\d_a-z][\w.&’'-]*|\d{4}(?=\s[A-Z]))"
    r"(?:[ \n]+(?:[^\W\d_a-z][\w.&’'-]*|of|and|for|the|on|\d{4}))*"
    r"|agreement|contract|act|code|law|regulations?|plan|lease|license|policy|indenture|bylaws|statute)\b"
)
_OUTSIDE = re.compile(
    r"\s*,?\s*(?:there(?:of|to|under|in)\b|Abs\.|Satz\b|et seq|BGB|HGB|UStG|ZPO|DSGVO"
    r"|U\.?S\.?C|C\.?F\.?R|UCC\b)"
)
_DOCUMENT = re.compile(
    r"(?:Agreements?|Contracts?|Acts?|Codes?|Laws?|Regulations?|Rules?|Plan|Lease|Licen[cs]e|Order|Policy|Policies"
    r"|Indenture|Note|Deed|Charter|By-?[Ll]aws|Directive|GDPR|Statutes?|Ordinance|Terms|Conditions|Amendment"
    r"|Statement|SOW|MSA|NDA|Guarant(?:ee|y)|Instrument|Certificate|Treaty|Convention|Manual|U\.?S\.?C\.?"
    r"|C\.?F\.?R\.?)\b"
)
_FURTHER_ON = re.compile(
    r"[^.;]*?(?:\.\d[^.;]*?)*\b(?:of|under|in|to) (?:the|that|such|its|their|any|each|an?)\b[^.;]*?"
    rf"{_DOCUMENT.pattern}"
)
_BEFORE = re.compile(
    r"(?P<this>\b[Tt]his )?(?P<name>\b(?:[^\W\d_a-z][\w.&-]* ){0,4}?[\w.]+)(?:[’']s)?\s*,?\s*"
    r"(?:\(|at |in |— |- )?$"
)
_NAMES_A_DOCUMENT = frozenset({
    "Code", "Act", "Reg", "Regs", "Regulation", "Regulations", "U.S.C", "USC", "C.F.R", "CFR", "Rule",
    "Rules", "Law", "UCC", "Statute", "Statutes", "Ordinance", "Directive", "GDPR", "Agreement", "Lease",
    "Contract", "Plan", "Indenture", "Terms", "MSA", "NDA", "Amendment", "SEC", "IRC", "ERISA", "BGB", "HGB",
})  # fmt: skip
"""Words before a reference that make it one to another document: "Code Section 409A", "42 U.S.C. § 1320"."""
_THIS = re.compile(r"\b[Tt]h(?:is|e present)\s+$")
_LARGEST = 60
"""A whole number above this is a statute's, where nothing else tells: "Section 409", "Section 1542"."""
_MOST_IN_A_RANGE = 20
_HEADING = 16
"""A reference this near to the clause that it leads to is its heading: "Section 14. Review" in a line."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference with its words and place in the text; `place` is where it leads to if that is known."""

    said: str
    start: int
    end: int
    standing: Standing
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """One number of a reference as it is written, before it is looked up.

    `word` is "section", "article", "exhibit"; `number` and `items` are "7.2" and ("b", "ii"). `outer` is what
    it belongs to by the text: "paragraph 3 of Schedule 2". `sure` is True where the text says that it is in
    this document.
    """

    word: str
    number: str
    items: tuple[str, ...]
    start: int
    end: int
    elsewhere: bool = False
    sure: bool = False
    outer: Key | None = None


def cited(text: str, own: Collection[str] = ()) -> Iterator[Cited]:
    """Every reference that a text makes, in order; headings are none.

    `own` are names of the document itself: what belongs to one of them is not elsewhere.
    """
    done = 0
    for match in _words(text):
        if match.start() < done:
            continue
        word = _singular(match[0])
        listed = list(_numbers(text, match.end(), "part" if word in PARTS else "clause"))
        if listed and _page_number(text, match.end(), *listed[0][1:]):
            listed = []
        this = bool(_THIS.search(text, max(0, match.start() - 14), match.start()))
        if not listed:
            if this and text[match.end() : match.end() + 1] in " ,.;:)\n":
                yield Cited(word, "", (), match.start(), match.end(), sure=True)
            continue
        if _heading(text, match.start(), match[0]):
            continue
        end = listed[-1][2]
        context = _context(text, match.start(), end, own)
        for number, start, stop in listed:
            base, items = _base(number)
            one = Cited(word, base, items, match.start() if start == listed[0][1] else start, stop)
            yield replace(one, elsewhere=context[0], sure=context[1] or this, outer=context[2])
        done = end


def _words(text: str) -> Iterator[re.Match[str]]:
    """The words for clauses and parts, in order of the text."""
    ends = []
    for stem in _STEMS:
        at = text.find(stem)
        while at >= 0:
            ends.append(at)
            at = text.find(stem, at + 1)
    for at in sorted(ends):
        start = at
        while start > 0 and at - start < 8 and (text[start - 1].isalpha() or text[start - 1] == "-"):
            start -= 1
        if match := _WORD.match(text, start):
            yield match


def _page_number(text: str, end: int, start: int, stop: int) -> bool:
    """A number on a line of its own below "this Section" is that of the page."""
    return "\n" in text[end:start] and text[start:stop].isdigit() and text[stop : stop + 1] in ("\n", "")


def _singular(word: str) -> str:
    plain = word.lower().replace("-", "").rstrip(".")
    if plain in ("§", "§§", "sec", "secs", "ziffer", "ziffern"):
        return "section"
    if plain in ("appendices", "anlagen"):
        return plain[:-3] + "x" if plain == "appendices" else "anlage"
    return plain[:-1] if plain.endswith("s") else plain


def _numbers(text: str, at: int, kind: Literal["clause", "part"]) -> Iterator[tuple[str, int, int]]:
    """The numbers after the word, with their places; those that a range leaves out are put in."""
    match = _FIRST[kind].match(text, at)
    while match:
        yield match["no"], match.start("no"), match.end("no")
        before = match["no"]
        match = _NEXT[kind].match(text, match.end("no"))
        if match and not _alike(before, match["no"]):
            return
        if match and match["join"].strip() in ("through", "to", "–", "-", "bis"):
            yield from ((no, match.start("no"), match.end("no")) for no in _amid(before, match["no"]))


def _alike(before: str, number: str) -> bool:
    """ "Section 7.2 and 30" names one clause: a list goes on with numbers of the same form."""
    if number.startswith("(") or before.startswith("("):
        return number.startswith("(") or "." in number
    return before[:1].isdigit() == number[:1].isdigit() and (("." in number) or ("." not in before))


def _amid(first: str, last: str) -> Iterator[str]:
    """What stands between the ends of a range: 4.2 and 4.3 for "4.1 through 4.4"."""
    above, _, a = first.rpartition(".")
    same, _, b = last.rpartition(".")
    if above == same and a.isdigit() and b.isdigit() and 0 < int(b) - int(a) <= _MOST_IN_A_RANGE:
        yield from (f"{above}.{n}" if above else str(n) for n in range(int(a) + 1, int(b)))


def _base(number: str) -> tuple[str, tuple[str, ...]]:
    """ "7.2(b)(ii)" -> "7.2", ("b", "ii")"""
    items = tuple(_SPLIT.findall(number))
    base = number.partition("(")[0].strip()
    letter = re.fullmatch(r"(\d{1,2}(?:\.\d+)*)\.?([A-Za-z])", base)
    return (letter[1], (letter[2], *items)) if letter else (base, items)


def _heading(text: str, start: int, word: str) -> bool:
    """A line that begins with "Section 7.2 Fees" is the clause itself or a line of the contents."""
    line = text.rfind("\n", 0, start) + 1
    if start - line > 80 or any(c.isalnum() for c in text[line:start]):
        return False
    if word.isupper() and _singular(word) in PARTS:
        return True
    end = text.find("\n", start)
    return marker(text[start : end if end > 0 else len(text)][:200]) is not None


def _context(text: str, start: int, end: int, own: Collection[str]) -> tuple[bool, bool, Key | None]:
    """Whether a reference is to another document, whether surely to this one, and what it is part of."""
    after = text[end : end + 160]
    if _of_what_stands_before(text[max(0, start - 60) : start], own):
        return True, False, None
    if _OUTSIDE.match(after):
        return True, False, None
    if within := _WITHIN.match(after):
        word, number = _singular(within["word"]), within["no"]
        outer = (PARTS[word], number.upper()) if word in PARTS else _key(word, number)
        rest = _context(text, start, end + within.end(), own) if number else (False, False, None)
        return rest[0], rest[1], rest[2] or outer
    if _HERE.match(after):
        return False, True, None
    of = _OF.match(after)
    if of is None or _named(name := of["name"], own):
        return False, of is not None, None
    return of["how"] == "of" or bool(_DOCUMENT.search(name)) or name[0].islower(), False, None


def _of_what_stands_before(before: str, own: Collection[str]) -> bool:
    last = re.split(r"\s", before.rstrip(" ,(—-").removesuffix(" at").removesuffix(" in").rstrip(" ,("))[-1]
    if last.removesuffix("’s").removesuffix("'s").rstrip(".") not in _NAMES_A_DOCUMENT:
        return False
    match = _BEFORE.search(before)
    return match is not None and not match["this"] and not _named(match["name"].strip(), own)


def _named(name: str, own: Collection[str]) -> bool:
    return any(name == each or name.startswith(f"{each} ") for each in own)


def _key(word: str, number: str) -> Key:
    """What a number is looked up by."""
    if word in PARTS:
        return PARTS[word], number.upper()
    plain = arabic(number.split(".")[0])
    if "." in number:
        return "number", ".".join([plain, *number.split(".")[1:]])
    return ("article", plain) if word in ("article", "artikel") else ("number", plain)


class References:
    """Looks up what a document's chunks refer to; made once for a document."""

    def __init__(self, document: Document, chunks: Sequence[Chunk], own: Collection[str] = ()) -> None:
        self.clauses = Clauses(document, chunks)
        self.found = list(cited(document.text, own))
        self._text = document.text
        self._places = [(one.start, one.end) for one in self.found]
        self._absent = AbsentClauses(self.clauses, self._places)

    def of_chunks(self) -> dict[str, tuple[Reference, ...]]:
        """The references of each chunk, by the chunk's id, in order of the text."""
        held: dict[str, list[Reference]] = {chunk.id: [] for chunk in self.clauses.chunks}
        for one in self.found:
            index = self.clauses.at(one.start)
            if reference := self._resolved(one, index):
                held[self.clauses.chunks[index].id].append(reference)
        return {key: tuple(references) for key, references in held.items()}

    def _resolved(self, one: Cited, index: int) -> Reference | None:
        """The reference as it stands; None where it is the heading of the clause itself."""
        said = " ".join(self._text[one.start : one.end].split())
        if one.number not in said:
            said = one.number  # what a range leaves out
        if one.elsewhere or _of_a_statute(one):
            return Reference(said, one.start, one.end, "elsewhere")
        named = one.number or one.items
        place = self._place(one, index) if named else self._this(one, index)
        if place and named and abs(place.start - one.start) < _HEADING:
            return None
        if place is None and self._missing(one, index):
            return Reference(said, one.start, one.end, "missing")
        return Reference(said, one.start, one.end, "here" if place else "unclear", place)

    def _missing(self, one: Cited, index: int) -> bool:
        if one.word in PARTS or not one.number[:1].isdigit() or (one.outer and not one.sure):
            return False
        if self._text[one.end : one.end + 1] in ("\n", ""):
            return False  # the number of a page, which ends its line
        # "Section 4.6 or 4.7, respectively, of the applicable Transfer Agreement"
        if not one.sure and _FURTHER_ON.match(self._text, one.end, one.end + 160):
            return False
        return self._absent.surely(_key(one.word, one.number), index)

    def _this(self, one: Cited, index: int) -> Place | None:
        """ "this Section", "this Article", "this Exhibit": what the reference itself stands in."""
        for clause in self.clauses.own(index):
            kind = clause.key[0]
            if one.word in PARTS:
                fits = kind == PARTS[one.word]
            elif one.word == "article":
                fits = kind == "article" or (kind == "number" and "." not in clause.key[1])
            else:
                fits = kind == "number"
            if fits:
                return self.clauses.place(clause)
        return None

    def _place(self, one: Cited, index: int) -> Place | None:
        if not one.number:
            return self._item(one, index)
        key = _key(one.word, one.number)
        outer = one.outer
        if outer and outer[0] in PARTS.values():
            names = [c.trail[0] for c in self.clauses.by_key.get(outer, ())]
            clause = self.clauses.choose(key, index, names[0]) if names else None
            return self._with_items(clause, one) if clause else None
        clause = self._clause(key, index, outer)
        return self._with_items(clause, one) if clause else self.clauses.line(key, index)

    def _clause(self, key: Key, index: int, outer: Key | None) -> Clause | None:
        """By its number, else as the other of article and clause: "Article 5" may be headed "5. Fees"."""
        if outer and key[0] == "number" and (above := self.clauses.choose(outer, index)):
            inner = [c for c in self.clauses.by_key.get(key, ()) if above.first <= c.first <= above.last]
            if inner:
                return inner[0]
        other: Key = ("number" if key[0] == "article" else "article", key[1])
        found = self.clauses.choose(key, index)
        return found if found or key[0] in PARTS.values() else self.clauses.choose(other, index)

    def _with_items(self, clause: Clause, one: Cited) -> Place:
        if one.items:
            found = self.clauses.item(one.items, self.clauses.span_of(clause), self._places)
            if found:
                return replace(found, section=clause.trail[-1].partition(" ")[0] + _letters(one.items))
        return self.clauses.place(clause)

    def _item(self, one: Cited, index: int) -> Place | None:
        """ "paragraph (a)": of the clause that is named after it, else of its own, else of the one above."""
        clauses = self.clauses.own(index)
        if one.outer:
            named = self.clauses.choose(one.outer, index)
            clauses = [named] if named else []
        for clause in clauses:
            if clause.key[0] in ("number", "article"):
                found = self.clauses.item(one.items, self.clauses.span_of(clause), self._places)
                if found:
                    return replace(found, section=clause.trail[-1].partition(" ")[0] + _letters(one.items))
        return None


def _letters(items: Sequence[str]) -> str:
    return "".join(f"({item})" for item in items)


def _of_a_statute(one: Cited) -> bool:
    """ "Section 409A", "Section 365(n)", "Section 1542": no contract has so many clauses."""
    if one.word in PARTS or one.sure or not one.number[:1].isdigit():
        return False
    first = re.match(r"\d+", one.number)
    return bool(first and int(first[0]) > _LARGEST)
