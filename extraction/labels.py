"""Drafts as flat label rows: `{"kind", "start", "end", "terms"}`, one for each figure, for scoring.

The rows follow the labelling guide of the scorers: a credit schedule gives a row for each tier, a term
that only holds a default is left out, an unread promise keeps its place with empty terms.
"""

from typing import Any

from extraction.model import Draft, Extraction
from obligations.terms import AuditRight, PaymentDue, Reporting, ServiceCredit
from obligations.terms.volume import Tiered

Label = dict[str, Any]

_CORE = (
    "within",
    "priority",
    "clock",
    "percent",
    "amount",
    "per",
    "starts",
    "day",
    "every",
    "due_on",
    "automatic",
    "notice",
    "unit",
    "threshold",
    "currency",
)
_FILED_UNDER = {"rebate": "volume_discount"}
"""Kinds that the labelling guide files under another kind's name."""


def labels(extraction: Extraction) -> list[Label]:
    """One row for each promise and figure of an extraction, in order of the text."""
    rows = [row for draft in extraction.drafts for row in _rows(draft)]
    printed = {(draft.kind, draft.span.start) for draft in extraction.drafts}
    for change in extraction.changes:
        if change.draft is not None and (change.draft.kind, change.span.start) not in printed:
            rows += [_only(row, change.stated) for row in _rows(change.draft)]
    rows += [
        _row(unread.kind, unread.span.start, unread.span.end, dict(unread.known))
        for unread in extraction.unread
    ]
    return sorted(rows, key=lambda row: (row["start"], row["end"], row["kind"]))


def _rows(draft: Draft) -> list[Label]:
    terms = draft.terms
    if isinstance(terms, ServiceCredit):
        return [
            _row(
                draft.kind,
                draft.span.start,
                draft.span.end,
                {
                    "percent": _plain(tier.percent),
                    "amount": _plain(tier.amount.amount if tier.amount else None),
                },
            )
            for tier in terms.tiers
        ]
    if isinstance(terms, Tiered) and terms.tiers:
        return [
            _row(
                draft.kind,
                draft.span.start,
                draft.span.end,
                {"percent": _plain(tier.percent), "threshold": _plain(tier.threshold)},
            )
            for tier in terms.tiers
        ]
    values = {name: _plain(value) for name, value in terms if name in _CORE and name not in draft.assumed}
    if isinstance(terms, Reporting) and terms.within is None and terms.day is not None:
        values["within"] = f"P{terms.day}D"
    if isinstance(terms, (PaymentDue, Reporting)) and values.get("clock") == "calendar":
        values.pop("clock")
    if isinstance(terms, AuditRight) and terms.times > 1:
        values.pop("every")
    return [_row(draft.kind, draft.span.start, draft.span.end, values)]


def _only(row: Label, stated: tuple[str, ...]) -> Label:
    """What the amendment itself says: the terms it states and the priority it names."""
    terms = {name: value for name, value in row["terms"].items() if name in (*stated, "priority")}
    return {**row, "terms": terms}


def _row(kind: str, start: int, end: int, values: dict[str, Any]) -> Label:
    return {
        "kind": _FILED_UNDER.get(kind, kind),
        "start": start,
        "end": end,
        "terms": {k: v for k, v in values.items() if v is not None},
    }


def _plain(value: Any) -> Any:
    """Durations and days as text, decimals as numbers."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "iso"):
        return value.iso
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return float(value)
