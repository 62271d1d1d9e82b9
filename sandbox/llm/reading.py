"""Reading clauses: what promises a few patterns find in them, shaped by what the instructions ask for.

A quote is copied faithfully only when told to copy it character by character, durations are written as ISO
8601 only when told so, a table row is split into its promises only when told so; only kinds and fields that
the instructions list are named. Definitions, examples and internal escalation are taken for promises unless
told that they are none, and an instruction inside a clause is obeyed unless told that clauses are data.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.llm.instructions import Instructions, instructions

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_LENGTH = re.compile(
    r"(?:\((\d+)\)|\b(\d+))\s+(minute|hour|business day|working day|day|week|month|year)s?\b", re.I
)
_UNITS = {"minute": "PT{}M", "hour": "PT{}H", "day": "P{}D", "week": "P{}W", "month": "P{}M", "year": "P{}Y"}
_DATE = re.compile(
    rf"\b(?:(\d{{1,2}}) ({'|'.join(_MONTHS)})|({'|'.join(_MONTHS)}) (\d{{1,2}}),?) (\d{{4}})\b"
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?(?:%|per cent)")
GRADES = ("critical", "high", "medium", "low", "planning")
"""What priorities are called by one who was not told how to call them."""
_NUMBER = re.compile(r"^(?:§ ?\d+|(?:[A-Z]\.)?\d+(?:\.\d+)+|[A-Z]\.\d+|\d+\.)\s+")
_SENTENCE_END = re.compile(r"(?<=[a-z)0-9][.;])\s+(?=[A-Z])")
_LABEL = re.compile(r"\b(?:P|Priority |Severity )([1-5])\b")
ORDER = re.compile(
    r"(?:ignore|disregard) (?:all |any )?(?:the )?(?:previous|prior|above|other) (?:instructions|clauses)"
    r"|(?:ai|language model|assistant)s?\b.{0,40}\b(?:must|shall|should) (?:report|treat|reply|list|ignore)",
    re.I,
)
"""An instruction to whoever reads, in the midst of what is read."""
_LOOKALIKE = re.compile(
    r"\bmeans\b|\bby way of example\b|\bfor example\b|\bescalat|\binternal\b|\bmay exceptionally\b|\btook\b",
    re.I,
)


@dataclass
class Entry:
    """One promise as the stand-in reads it, before the instructions shape what it says about it."""

    kind: str
    quote: str
    terms: dict[str, Any] = field(default_factory=dict)


def read(told: str, given: Sequence[dict[str, Any]]) -> str:
    """The reply to clauses, each with `key` and `text`."""
    asked = instructions(told)
    texts = [str(clause.get("text", "")) for clause in given]
    if not asked.leaves_instructions and any(ORDER.search(text) for text in texts):
        return json.dumps({"obligations": []})
    entries = [
        _formed({"clause": str(clause.get("key", "")), **said}, asked)
        for clause, text in zip(given, texts, strict=True)
        for said in _said(text, asked)
    ]
    body = json.dumps({"obligations": entries}, ensure_ascii=False)
    return body if asked.json_only else f"Here is what I found:\n{body}"


def _formed(said: dict[str, Any], asked: Instructions) -> dict[str, Any]:
    """An entry under the names that the prompt's pattern has for its four parts."""
    return {name: value for name, value in zip(asked.form, said.values(), strict=True) if name}


def clauses(text: str) -> list[dict[str, Any]] | None:
    """The JSON list of clauses in a message; None when it holds none."""
    start = text.find("[")
    if "clauses" not in text[: max(start, 0)]:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return None
    return [each for each in found if isinstance(each, dict)]


def _said(text: str, asked: Instructions) -> Iterator[dict[str, Any]]:
    """The entries of one clause, shaped by the instructions."""
    given: set[str] = set()
    for piece in _pieces(text):
        if asked.knows_lookalikes and _LOOKALIKE.search(piece):
            continue
        for entry in (e for read in READERS for e in read(piece, text)):
            if entry.kind not in asked.fields or (entry.quote in given and not asked.splits_rows):
                continue
            given.add(entry.quote)
            listed = asked.fields[entry.kind]
            terms = {name: _written(value, asked) for name, value in entry.terms.items() if name in listed}
            quote = entry.quote if asked.copies_quotes else _shortened(entry.quote)
            yield {"kind": entry.kind, "quote": quote, "terms": terms}


def _pieces(text: str) -> list[str]:
    """Sentences and table rows, without clause numbers in front."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parts = [part for line in lines for part in ([line] if "|" in line else _SENTENCE_END.split(line))]
    return [_NUMBER.sub("", part) for part in parts]


def _written(value: Any, asked: Instructions) -> Any:
    if isinstance(value, str) and re.fullmatch(r"PT?\d+[A-Z]", value) and not asked.iso_durations:
        return value.strip("PT")
    if isinstance(value, str) and re.fullmatch(r"P[1-5]", value) and not asked.short_priorities:
        return GRADES[int(value[1]) - 1]
    return value


def _shortened(quote: str) -> str:
    words = quote.split()
    return quote if len(words) <= 6 else " ".join([*words[:4], "…", *words[-2:]])


def _length(text: str) -> tuple[str, bool] | None:
    """The first length as ISO 8601, and whether it counts business days."""
    match = _LENGTH.search(text)
    if match is None:
        return None
    unit = match[3].lower()
    return _UNITS[unit.split()[-1]].format(match[1] or match[2]), " " in unit


def _day(text: str) -> str | None:
    match = _DATE.search(text)
    if match is None:
        return None
    day, month = match[1] or match[4], match[2] or match[3]
    return f"{match[5]}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}"


def _has(text: str, *patterns: str) -> bool:
    return all(re.search(pattern, text, re.I) for pattern in patterns)


def _targets(piece: str, clause: str) -> Iterator[Entry]:
    """A row with a priority and one or two times, or a sentence about answering or mending."""
    label = _LABEL.search(piece)
    cells = [cell.strip() for cell in piece.split("|")]
    if label and len(cells) > 2:
        times = [cell for cell in cells if _LENGTH.search(cell) and not _has(cell, r"a day|a week")]
        business = not _has(clause, r"24 hours a day|around the clock|at any time") or _has(
            piece, r"support|business"
        )
        for kind, cell in zip(("response_time", "resolution_time"), times, strict=False):
            length = _length(cell)
            if length:
                clock = "business" if business or length[1] else "calendar"
                yield Entry(kind, piece, {"within": length[0], "priority": f"P{label[1]}", "clock": clock})
        return
    length = _length(piece)
    if length is None or not _has(piece, r"\bshall\b|\bwithin\b"):
        return
    terms = {"within": length[0], "priority": f"P{label[1]}" if label else None}
    terms["clock"] = "business" if length[1] or _has(piece, r"working hours") else "calendar"
    if _has(piece, r"restore|repair|make safe", r"within"):
        yield Entry("resolution_time", piece, terms)
    elif _has(piece, r"respond|answer|attendance", r"within", r"call|question|ticket|request|fault"):
        yield Entry("response_time", piece, terms)


def _availability(piece: str, clause: str) -> Iterator[Entry]:
    percent = _PERCENT.search(piece)
    if percent and "|" not in piece and _has(piece, r"availab", r"calendar month", r"at least|no less than"):
        yield Entry("availability", piece, {"percent": percent[1], "per": "month"})


def _credit(piece: str, clause: str) -> Iterator[Entry]:
    cells = [cell.strip() for cell in piece.split("|")]
    if len(cells) != 2 or not re.match(r"(?:below|less than)", cells[0], re.I):
        return
    levels, share = _PERCENT.findall(cells[0]), _PERCENT.search(cells[1])
    if levels and share:
        tier = {"below": levels[0], "at_least": levels[1] if len(levels) > 1 else None, "percent": share[1]}
        yield Entry("service_credit", piece, {"tiers": [tier]})


def _payment(piece: str, clause: str) -> Iterator[Entry]:
    length = _length(piece)
    if length is None or not _has(piece, r"invoice", r"\bpay|payable|for payment"):
        return
    if _has(piece, r"dispute|interest|discount|object|suspend|terminate"):
        return
    terms: dict[str, Any] = {"within": length[0], "clock": "business" if length[1] else "calendar"}
    if _has(piece, r"receipt|received"):
        terms["starts"] = "invoice_receipt"
    elif _has(piece, r"invoice date|date of (?:the )?invoice|date of issue"):
        terms["starts"] = "invoice_date"
    yield Entry("payment_due", piece, terms)


def _report(piece: str, clause: str) -> Iterator[Entry]:
    if not _has(piece, r"\breport\b|\bstatement\b", r"deliver|send|provide|make available"):
        return
    every = next((e for e in ("week", "month", "quarter") if _has(piece, rf"\b{e}")), None)
    order = re.search(r"\((\d+)(?:st|nd|rd|th)\) business day", piece, re.I)
    length = _length(piece)
    if every is None or (length is None and order is None and every != "week"):
        return
    terms: dict[str, Any] = {"every": every}
    if every != "week":
        terms["within"] = f"P{order[1]}D" if order else (length or ("", False))[0]
    yield Entry("reporting", piece, terms)


def _term(piece: str, clause: str) -> Iterator[Entry]:
    if _has(piece, r"initial term|fixed (?:term|period)|definite period|runs for|continue for a period"):
        length, day = (
            _length(piece),
            _day(re.split(r"until|ending|through|expiring|ends?\b|last day", piece)[-1]),
        )
        if (length or day) and not _has(piece, r"renew|notice"):
            yield Entry("term", piece, {"within": length[0] if length else None, "due_on": day})


def _renewal(piece: str, clause: str) -> Iterator[Entry]:
    if not _has(piece, r"renew|extended automatically|prolonged"):
        return
    length = _length(piece)
    if _has(piece, r"\bnot\b.{0,20}(?:renew|prolonged)"):
        yield Entry("renewal", piece, {"automatic": False})
    elif _has(piece, r"automatically") and length:
        yield Entry("renewal", piece, {"automatic": True, "within": length[0]})
    if _has(piece, r"notice", r"before|prior to|\bend\b") and (after := piece.lower().find("unless")) >= 0:
        notice = _length(piece[after:])
        if notice:
            yield Entry("renewal_notice", piece, {"within": notice[0]})


READERS: tuple[Callable[[str, str], Iterator[Entry]], ...] = (
    _targets,
    _availability,
    _credit,
    _payment,
    _report,
    _term,
    _renewal,
)
