"""The embedded planner against phrasings, periods, typing errors and bad input."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.answer import QUESTION_LIMIT
from agent.deps import NameMatch
from agent.errors import QuestionError
from agent.lexicon import CONCEPTS
from agent.plan import Plan
from agent.planner import PlanContext, plan
from agent.windows import Frame, periods
from agent.words import clean, correct, distance, mend_months
from tests.agent.contracts import AS_OF
from tests.agent.world import World

HERE = Path(__file__).parent
PHRASINGS: list[dict[str, Any]] = yaml.safe_load((HERE / "phrasings.yaml").read_text(encoding="utf-8"))
WINDOWS: list[dict[str, Any]] = yaml.safe_load((HERE / "windows.yaml").read_text(encoding="utf-8"))
MORE_NAMES = {
    "Acmee": "acme",
    "Cirrus Ledger": "cirrus",
    "Baltica": "b",
    "Datavane": "d",
    "Pellworm": "p",
    "Fenwick": "f",
}
SERVICES = ("Order Platform", "Storefront", "WAN")


def names(text: str) -> list[NameMatch]:
    more = [n for n in MORE_NAMES if n.casefold() in text.casefold()]
    found = [NameMatch("party", MORE_NAMES[n], n, n, 0.9) for n in more]
    return [*World().names(text), *found]


CONTEXT = PlanContext(AS_OF, names, SERVICES, ("Tessaly Instruments GmbH", "Tessaly"))


def test_there_are_enough_phrasings() -> None:
    assert len(PHRASINGS) >= 150
    assert len({case["q"] for case in PHRASINGS}) == len(PHRASINGS)


@pytest.mark.parametrize("case", PHRASINGS, ids=lambda c: c["q"])
def test_phrasing(case: dict[str, Any]) -> None:
    found = plan(case["q"], CONTEXT)
    for field, wanted in case.items():
        if field != "q":
            assert _said(found, field, wanted) == wanted, field


def _said(found: Plan, field: str, wanted: Any) -> Any:
    if field == "say":
        return list(found.names)
    if field == "period":
        return [found.window.start, found.window.end]
    if field == "topic_has":
        return wanted if wanted in found.topic.lower() else found.topic
    if field == "notes_have":
        return wanted if any(wanted in note for note in found.notes) else found.notes
    if field == "judged_at":
        return found.judged_at.isoformat() if found.judged_at else None
    held = getattr(found, field)
    return list(held) if isinstance(held, tuple) else held


@pytest.mark.parametrize("case", WINDOWS, ids=lambda c: c["text"])
def test_period(case: dict[str, Any]) -> None:
    ahead = any(word in case["text"] for word in ("due", "renews"))
    found = periods(mend_months(case["text"]), Frame(date(2026, 11, 10), ahead))
    if case["is"] is None:
        assert found == []
    else:
        (only,) = found
        assert [only.window.start, only.window.end, only.window.key] == case["is"]


def test_a_day_that_does_not_exist_is_not_read_as_a_month() -> None:
    (found,) = periods("on 31 February", Frame(date(2026, 11, 10)))
    assert found.role == "invalid"


def test_two_periods_stay_apart() -> None:
    found = periods("September and October", Frame(date(2026, 11, 10)))
    assert [f.window.key for f in found] == ["2026-09", "2026-10"]


def test_every_form_has_one_concept() -> None:
    forms = [form for forms in CONCEPTS.values() for form in set(forms.split())]
    assert sorted(forms) == sorted(set(forms))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("brech", "breach"),
        ("availabilty", "availability"),
        ("recieved", "received"),
        ("invocie", "invoice"),
        ("resolutoin", "resolution"),
        ("acme", "acme"),
        ("arden", "arden"),
        ("globex", "globex"),
    ],
)
def test_typing_errors(typed: str, meant: str) -> None:
    assert correct(typed) == meant


@given(st.text(max_size=12), st.text(max_size=12))
def test_distance_is_symmetric_and_zero_only_for_equal_words(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)


@pytest.mark.parametrize("question", ["", "   ", "\x00\x07", "???", "\u200b\u200b"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        plan(question, CONTEXT)


def test_a_question_that_is_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(QuestionError, match="4,000"):
        clean("a" * 100_000)
    assert clean("Is Acme late? " + "x" * (QUESTION_LIMIT - 20))


def test_control_characters_are_dropped() -> None:
    assert clean("Is\x00 Acme\x1b[31m in\u202e breach\n?") == "Is Acme [31m in breach ?"


@given(st.text(max_size=300))
def test_any_text_gives_a_plan_or_is_refused(text: str) -> None:
    try:
        found = plan(text, CONTEXT)
    except QuestionError:
        return
    assert found.windows
    assert found == Plan.model_validate_json(found.model_dump_json())
