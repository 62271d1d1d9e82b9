"""Golden sentences: for each kind, what must be read in a text, and what must not."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from extraction import read
from extraction.model import Draft
from extraction.readers import READERS
from obligations.quantities import Duration
from obligations.terms import CreditTier, ServiceCredit
from tests.extraction.conftest import GOLDEN, cases, document

ALL = [(kind, number, case) for kind in READERS for number, case in enumerate(cases(kind), start=1)]


def shown(value: Any) -> Any:
    """A term as the golden files write it."""
    if isinstance(value, Duration):
        return value.iso
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value
    if isinstance(value, tuple):
        return list(value)
    return value


def _tier(tier: CreditTier) -> list[float | None]:
    share = tier.percent if tier.percent is not None else (tier.amount.amount if tier.amount else Decimal(0))
    return [float(tier.below), float(tier.at_least) if tier.at_least else None, float(share)]


def stated(draft: Draft, names: list[str]) -> dict[str, Any]:
    terms = dict(draft.terms)
    if isinstance(draft.terms, ServiceCredit):
        terms["tiers"] = [_tier(tier) for tier in draft.terms.tiers]
        terms["base"] = draft.terms.base.amount if draft.terms.base else None
    return {
        name: None if name in draft.assumed and name != "starts" else shown(terms[name]) for name in names
    }


@pytest.mark.parametrize(
    ("kind", "case"),
    [(kind, case) for kind, _, case in ALL],
    ids=[f"{kind}-{number}" for kind, number, _ in ALL],
)
def test_reads_what_the_text_promises(kind: str, case: dict[str, Any]) -> None:
    extraction = read(document(case["text"]))
    drafts = [d for d in extraction.drafts if d.kind == kind]
    wanted = case["reads"]
    found = [stated(d, list(w)) for d, w in zip(drafts, wanted, strict=False)]
    assert found == wanted, f"{case['text']}\nread {[d.terms for d in drafts]}"
    assert len(drafts) == len(wanted), f"{case['text']}\nread {[d.terms for d in drafts]}"
    if "unread" in case:
        left = [u.why for u in extraction.unread if u.kind == kind]
        assert len(left) == case["unread"], f"{case['text']}\nleft open {left}"


@pytest.mark.parametrize("kind", list(READERS))
def test_every_kind_has_enough_cases_and_negatives(kind: str) -> None:
    of_kind = cases(kind)
    assert len(of_kind) >= 22
    assert sum(not case["reads"] for case in of_kind) >= 8
    assert (GOLDEN / f"{kind}.yaml").exists()
