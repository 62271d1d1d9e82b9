"""A model lists the rows of a table one by one: tiers of a credit, prices of a card. They are one promise."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from extraction.model import Draft
from obligations.document import Document, Problem, Span
from obligations.terms import Terms
from obligations.terms.volume import Tiered

_TERMS: TypeAdapter[Any] = TypeAdapter(Terms)
_LISTS = ("tiers", "prices")
_CLOSE = 300
"""Most characters between two rows of one table."""
_MATCHES = ("exact", "normalised", "fuzzy")


def join_parts(
    document: Document, ours: Sequence[Draft], theirs: Sequence[Draft]
) -> tuple[list[Draft], list[Problem]]:
    """The drafts with the rows of each table in one draft; rows that contradict each other are a problem.

    Rows belong together that an embedded draft (`ours`) reads as one promise, or that follow each other in
    one section where the embedded reader reads none.
    """
    joined: list[Draft] = []
    problems: list[Problem] = []
    for group in _groups(ours, theirs):
        if len(group) == 1 and not _as_row(ours, group[0]):
            joined += group
            continue
        try:
            joined.append(_joined(document, group))
        except ValidationError as error:
            problems.append(_contradicting(group, error))
    return joined, problems


def _groups(ours: Sequence[Draft], theirs: Sequence[Draft]) -> Iterator[list[Draft]]:
    group: list[Draft] = []
    rows = sorted((d for d in theirs if _is_row(d)), key=lambda d: (d.kind, d.span.start))
    for draft in rows:
        if group and _together(ours, group[-1], draft):
            group.append(draft)
            continue
        if group:
            yield group
        group = [draft]
    if group:
        yield group
    yield from ([draft] for draft in theirs if not _is_row(draft))


def _is_row(draft: Draft) -> bool:
    """Whether the draft may be one row of a table: one tier or price, however it is written."""
    terms = draft.terms
    return any(getattr(terms, name, ()) for name in _LISTS) or (
        isinstance(terms, Tiered) and terms.percent is not None and terms.threshold is not None
    )


def _together(ours: Sequence[Draft], before: Draft, after: Draft) -> bool:
    if before.kind != after.kind or not _agree(before, after):
        return False
    whole = any(o.kind == after.kind and _overlaps(o, before) and _overlaps(o, after) for o in ours)
    alone = not any(o.kind == after.kind and (_overlaps(o, before) or _overlaps(o, after)) for o in ours)
    near = before.span.section == after.span.section and after.span.start - before.span.end <= _CLOSE
    return whole or (near and alone)


def _as_row(ours: Sequence[Draft], draft: Draft) -> bool:
    """Whether the embedded reader writes as a row what the model writes as terms of their own."""
    single = isinstance(draft.terms, Tiered) and not draft.terms.tiers
    return single and any(_overlaps(o, draft) and getattr(o.terms, "tiers", ()) for o in ours)


def _overlaps(one: Draft, other: Draft) -> bool:
    return one.span.start < other.span.end and other.span.start < one.span.end


def _agree(one: Draft, other: Draft) -> bool:
    """Whether no term outside the rows is stated by both and different."""
    a, b = _rest(one), _rest(other)
    return all(b[name] == value for name, value in a.items() if name in b)


def _rest(draft: Draft) -> dict[str, Any]:
    """The stated terms outside the rows."""
    row = {"kind", *_LISTS, *(("percent", "threshold") if isinstance(draft.terms, Tiered) else ())}
    return {name: getattr(draft.terms, name) for name in draft.terms.model_fields_set - row}


def _joined(document: Document, group: Sequence[Draft]) -> Draft:
    first = group[0]
    stated: dict[str, Any] = {"kind": first.kind}
    rows: dict[str, list[Any]] = {}
    for draft in group:
        stated |= _rest(draft)
        for name, row in _rows(draft):
            if row not in rows.setdefault(name, []):
                rows[name].append(row)
    if first.kind == "service_credit" and "tiers" in rows:
        rows["tiers"] = _bounded(rows["tiers"])
    terms = _TERMS.validate_python({**stated, **rows})
    return first.model_copy(update={"terms": terms, "span": _around(document, [d.span for d in group])})


def _rows(draft: Draft) -> Iterator[tuple[str, Any]]:
    for name in _LISTS:
        for row in getattr(draft.terms, name, ()):
            yield name, row.model_dump(exclude_unset=True)
    if isinstance(draft.terms, Tiered) and draft.terms.percent is not None:
        yield "tiers", {"threshold": draft.terms.threshold, "percent": draft.terms.percent}


def _bounded(tiers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tiers of a credit from the highest down, each reaching down to where the next one begins.

    A row read by itself states only its upper bound, "below 99.9 %".
    """
    ordered = sorted(tiers, key=lambda tier: -tier["below"])
    for tier in ordered:
        lower = [other["below"] for other in ordered if other["below"] < tier["below"]]
        if tier.get("at_least") is None and lower:
            tier["at_least"] = max(lower)
    return ordered


def _around(document: Document, spans: Sequence[Span]) -> Span:
    """One span over all, as close to the text as the least close of them."""
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    match = max((span.match for span in spans), key=_MATCHES.index)
    quote = document.text[start:end]
    return spans[0].model_copy(update={"start": start, "end": end, "quote": quote, "match": match})


def _contradicting(group: Sequence[Draft], error: ValidationError) -> Problem:
    why = error.errors()[0]["msg"]
    return Problem(
        stage="extract",
        what=f"the rows of {group[0].kind} that the model reads contradict each other: {why}",
        place=group[0].span.section,
        remedy="read the table and enter its terms by hand",
    )
