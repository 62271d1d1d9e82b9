"""How contracts number their clauses: recognising the start of a clause, its label and its depth.

Used by the parsers (a clause starts a new line) and by the chunker (sections and their path).
"""

import re
from dataclasses import dataclass
from typing import Literal

Style = Literal["part", "markdown", "heading", "article", "decimal", "paren"]

_PART = re.compile(
    r"(?P<word>Schedule|Exhibit|Annex(?:ure)?|Appendix|Attachment|Addendum|Part)\s+"
    r"(?P<no>\d{1,3}(?:[-.]\d{1,3})*[A-Za-z]?|[A-Z](?:-\d{1,2})?|[IVXLC]{1,6})\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_ARTICLE = re.compile(
    r"(?P<word>Article|Artikel|Chapter)\s+(?P<no>\d{1,3}|[IVXLC]{1,7})\b[.:)]?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(
    r"(?:Section|Clause|Paragraph|Ziffer|§)\s*(?P<no>\d{1,3}(?:\.\d{1,3}){0,4})(?!\d)[.:)]?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DECIMAL = re.compile(r"(?P<no>\d{1,3}(?:\.\d{1,3}){1,4})[.):]?(?P<rest>\s.*|$)", re.DOTALL)
_NUMBER = re.compile(r"(?P<no>\d{1,3})[.)](?P<rest>\s.*|[A-Z\"“].*|$)", re.DOTALL)
_BARE_NUMBER = re.compile(r"(?P<no>\d{1,2})(?P<rest>\s+[A-Z][A-Za-z ,&/-]{2,70})$")
_PAREN = re.compile(r"\((?P<no>[a-z]{1,2}|[ivxl]{1,6}|[A-Z]|\d{1,2})\)(?P<rest>\s.*|$)", re.DOTALL)
_LETTER = re.compile(
    r"(?P<no>[a-z]|[ivx]{1,5})(?:\)(?P<rest>\s.*|$)|\.(?P<sentence>\s+[\"“(]?[A-Z].*))", re.DOTALL
)
_NAMED_REFERENCES = re.compile(r"\s*\([^)]{2,60}\)\s*(?:\([^)]{2,60}\)\s*)?(?:[,;]|[a-z])")
_BULLET = re.compile(r"[•●▪◦‣·\-–*]\s+\S")
_MARKDOWN = re.compile(r"(?P<hashes>#{1,6})\s+(?P<rest>.*)", re.DOTALL)
_TITLE = re.compile(
    r"\s*(?P<title>[A-Z\"“](?:(?!\s{2})[^.:;|]){1,70}?)(?:[.:](?=\s|$)|\s[–—-]\s|\s{2}|$)",
    re.DOTALL,
)
_SMALL_WORDS = re.compile(
    "a|an|and|as|at|by|for|from|in|into|of|on|or|per|the|to|under|upon|with|without|und|der|die|das",
    re.IGNORECASE,
)
_NO_TITLE = re.compile("if|this|such|each|no|any", re.IGNORECASE)
_CHINESE = re.compile(
    r"(?P<label>第(?P<no>[零〇一二三四五六七八九十百千两\d]{1,6})(?P<depth>[编編章节節条條款]))(?P<rest>(?:[\s、:：].*|$))",
    re.DOTALL,
)
_CHINESE_RANK = {"编": 1.2, "編": 1.2, "章": 1.4, "节": 1.6, "節": 1.6, "条": 2, "條": 2, "款": 2.5}
_UNIT = re.compile(
    r"\s*(?:%|per\s?cent|times\b|(?:full |clear )?(?:business |working |calendar |banking |consecutive )?"
    r"(?:minute|hour|day|week|month|year|quarter)s?\b|million|EUR|USD|GBP|units?\b|copies\b|percent)",
    re.IGNORECASE,
)
_MONTH_OR_YEAR = re.compile(r"\s*(?:monthly|annual|yearly|quarterly|-)", re.IGNORECASE)
_LEADERS = re.compile(r"(?:\s?\.){5,}|\u2026{3,}")
_ENDS_SENTENCE = re.compile(r"[.;:!?…。！？；：؟۔।][\"”’')\]」』）]*\s*$")
_REFERENCE = re.compile(
    r"\s*(?:[,;)]|(?:of|to|and|or|above|below|hereof|shall|is|are|was|were|applies|apply|sets?|will|may|"
    r"has|have|contains?|in|as|by|for|which|that|this|the|herein|hereto|attached)\b)"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """The start of a clause: `label` as written ("3.2", "(a)", "Schedule 2"), `title` if it has one.

    `rank` orders styles from the outermost (0, a schedule) inwards; "(a)" and below share rank 20 and
    are nested by the order in which their styles first appear. `alone` is True when the line holds
    nothing but the heading. `series` tells "(a)", "(i)", "(A)" and "(1)" apart once their order is known.
    """

    style: Style
    label: str
    title: str
    rank: float
    alone: bool
    series: str = ""

    @property
    def section(self) -> str:
        return f"{self.label} {self.title}".strip()


def title_of(rest: str) -> tuple[str, bool]:
    """The clause title at the start of `rest` and whether nothing follows it.

    "Resolution. Acme shall …" -> ("Resolution", False); "SERVICE LEVELS" -> ("SERVICE LEVELS", True).
    """
    rest = rest.strip().lstrip(":–—-. ").strip()
    match = _TITLE.match(rest)
    if not match:
        return "", not rest
    title = match["title"].strip()
    if not is_title(title):
        return "", False
    alone = not rest[match.end() :].strip()
    return title, alone


def is_title(text: str) -> bool:
    """Reads like a heading: few words, each capitalised but for small ones."""
    words = re.findall(r"[^\W\d_][\w'’&/-]*", text)
    if not words or len(words) > 10 or len(text) > 90:
        return False
    if len(words) == 1 and (_SMALL_WORDS.fullmatch(words[0]) or _NO_TITLE.fullmatch(words[0])):
        return False
    return all(word[0].isupper() or _SMALL_WORDS.fullmatch(word) for word in words)


def ends_sentence(text: str) -> bool:
    return bool(_ENDS_SENTENCE.search(text))


def marker(line: str) -> Marker | None:
    """The clause marker at the start of a line, None where the line only continues or has none.

    A line that starts with a reference in running text ("Section 4.2 applies …", "Schedule 2, which …")
    is no marker.
    """
    text = line.strip()
    if not text or _LEADERS.search(text):
        return None
    hashes = _MARKDOWN.match(text)
    if hashes:
        return _markdown(hashes)
    return (
        _part(text) or _article(text) or _chinese(text) or _numbered(text) or _paren(text) or _heading(text)
    )


def starts_clause(line: str) -> bool:
    """A numbered clause, schedule or list item starts here (unnumbered headings are not counted)."""
    found = marker(line)
    return bool(_BULLET.match(line.strip())) or (found is not None and found.style != "heading")


def _markdown(match: re.Match[str]) -> Marker:
    inner = marker(match["rest"]) if not match["rest"].startswith("#") else None
    if inner and inner.style in ("part", "article", "decimal"):
        return inner
    return Marker("markdown", "", match["rest"].strip(), 1 + len(match["hashes"]) / 10, True)


def _part(text: str) -> Marker | None:
    match = _PART.match(text)
    if not match or len(text) > 140 or ends_sentence(text) or _REFERENCE.match(match["rest"]):
        return None
    word = match["word"]
    if word[0].islower() or (word.lower() == "part" and not word.isupper() and match["rest"].strip() == ""):
        return None
    title = match["rest"].strip().lstrip(":–—-. ()").strip()
    if title and not (is_title(title) or title.isupper() or title[0].isupper()):
        return None
    return Marker("part", f"{word.capitalize()} {match['no']}", title.rstrip(")"), 0, True)


def _article(text: str) -> Marker | None:
    match = _ARTICLE.match(text)
    if not match or text[0].islower() or _REFERENCE.match(match["rest"]):
        return None
    title, alone = title_of(match["rest"])
    return Marker("article", f"Article {match['no']}", title, 2, alone)


def _chinese(text: str) -> Marker | None:
    """Chapters and articles of Chinese and Japanese contracts: 第一条, 第3章."""
    match = _CHINESE.match(text)
    if match is None:
        return None
    rest = match["rest"].strip(" \u3000\t、:：")
    alone = len(rest) <= 30 and not ends_sentence(rest)
    return Marker("article", match["label"], rest if alone else "", _CHINESE_RANK[match["depth"]], alone)


def _numbered(text: str) -> Marker | None:
    match = _SECTION.match(text)
    if match:
        if text[0].islower() or _REFERENCE.match(match["rest"]):
            return None
    else:
        match = _DECIMAL.match(text) or _NUMBER.match(text) or _BARE_NUMBER.match(text)
    if not match:
        return None
    number, rest = match["no"], match["rest"]
    if _NAMED_REFERENCES.match(rest):
        return None  # "5.4 (Usage Data), 8.4 (Disclaimers)": a list of references
    if rest.strip() and not re.match(r"\s*[\"“'‘(\[*_]*[^\W\d_a-z]|\s*[\"“'‘(\[]|\s*[a-z]\w+", rest):
        return None
    if "." in number and (_measures(rest) or any(part.startswith("00") for part in number.split("."))):
        return None
    if "." not in number and _is_date(rest):
        return None
    title, alone = title_of(rest)
    return Marker("decimal", number, title, 3 + number.count("."), alone)


def _measures(rest: str) -> bool:
    """ "99.9 percent", "(30) days", "1.5 times": a figure, not a clause number."""
    return bool(_UNIT.match(rest))


def _is_date(rest: str) -> bool:
    """ "31. Dezember 2026": a date that opens a line."""
    months = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez"
    return bool(re.match(rf"\s*(?:{months})[a-zä]*\.?\s+\d{{4}}", rest, re.IGNORECASE))


def _paren(text: str) -> Marker | None:
    match = _PAREN.match(text)
    if match and match["no"].isdigit() and (_measures(match["rest"]) or _MONTH_OR_YEAR.match(match["rest"])):
        return None
    match = match or _LETTER.match(text)
    if not match:
        return None
    title, alone = title_of(match["rest"] or match.groupdict().get("sentence") or "")
    return Marker("paren", f"({match['no']})", title, 20, alone)


def _heading(text: str) -> Marker | None:
    """An unnumbered heading: a short line in capitals."""
    if len(text) > 90:
        return None
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 4 or "|" in text or ends_sentence(text.rstrip(":")):
        return None
    if sum(c.isupper() for c in letters) < 0.9 * len(letters) or len(text.split()) > 12:
        return None
    return Marker("heading", "", text.rstrip(":").strip(), 1.9, True)
