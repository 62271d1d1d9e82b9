"""The documentation of the rules names every kind, every term and every limit."""

import re
from pathlib import Path

import pytest

from obligations import risk
from obligations.model import Outcome
from obligations.terms import CLASSES, KINDS

PAGES = sorted((Path(__file__).parents[2] / "docs" / "rules").glob("*.md"))
PAGE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
OVERVIEW = next(page for page in PAGES if page.name == "README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_documented_with_every_term(kind: str) -> None:
    section = SECTIONS[kind]
    unnamed = [name for name in CLASSES[kind].model_fields if name != "kind" and f"`{name}`" not in section]
    assert not unnamed
    assert "*How it is counted:*" in section
    assert "| outcome | when |" in section
    assert f"`{kind}`" in OVERVIEW


def test_every_outcome_and_every_limit_is_documented() -> None:
    assert all(f"`{outcome.value}`" in PAGE for outcome in Outcome)
    assert f"{risk.SHARE_USED:.0%}".replace("%", " %") in PAGE
    assert f"at most {risk.DUE_LEAD.days} days away" in PAGE
    assert f"the notice day at most {risk.NOTICE_LEAD.days} days" in PAGE
