"""The question cases are valid, many enough, and rest on contracts and records that are there."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from evals.case import load_questions
from evals.errors import CaseError
from evals.scorers.citation import bare
from obligations.terms import KINDS
from sandbox import world

CORPUS = Path("corpus")
CASES = load_questions()
INDEX = {e["ironclad"]: e["key"] for e in yaml.safe_load((CORPUS / "index.yaml").read_text())}


def test_there_are_enough_of_every_class() -> None:
    counts = Counter(case.group for case in CASES)
    assert sum(counts.values()) >= 60
    assert min(counts.values()) >= 4
    least = {"verdict": 15, "wording": 10, "date": 8, "money": 8, "list": 8, "reason": 8, "unanswerable": 6}
    assert all(counts[group] >= least.get(group, 4) for group in counts)


def test_every_clause_wanted_stands_in_its_contract() -> None:
    texts = {
        i: bare(re.sub(r"\*", "", (CORPUS / f"source/{key}.md").read_text())) for i, key in INDEX.items()
    }
    lost = [
        (case.id, clause.contains)
        for case in CASES
        for clause in case.expect.cites
        if bare(clause.contains) not in texts[clause.contract]
    ]
    assert lost == []


def test_what_is_expected_is_about_known_kinds_contracts_and_records() -> None:
    records = _records()
    for case in CASES:
        wanted = case.expect
        assert {v.kind for v in wanted.verdicts} <= set(KINDS), case.id
        assert {v.contract for v in wanted.verdicts if v.contract} | set(wanted.not_breached) <= set(INDEX)
        assert set(wanted.records) <= records, case.id


def test_a_case_asks_for_something() -> None:
    bare_ones = [c.id for c in CASES if c.expected == "answered"]
    assert bare_ones == []


def _records() -> set[str]:
    """Everything in the sandbox's records that looks like a ticket or an invoice number."""
    folder = Path(world.__file__).parent
    text = "\n".join(path.read_text() for path in folder.glob("*.yaml"))
    return set(re.findall(r"\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b|\bINC\d+\b", text))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{id: a, class: verdict, question: Q, expect: {must_say: [x], colour: red}}", "colour"),
        ("{id: a, class: riddle, question: Q, expect: {must_say: [x]}}", "class"),
        ("{id: a, class: verdict, expect: {must_say: [x]}}", "question"),
        ("{id: a, class: follow_up, turns: [one], expect: {must_say: [x]}}", "two turns"),
        ("{id: a, class: verdict, question: Q, expect: {verdicts: [{kind: x, result: fine}]}}", "result"),
    ],
)
def test_a_wrong_case_is_named_with_its_field(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(f"- {row}\n")
    with pytest.raises(CaseError, match=says) as caught:
        load_questions(path)
    assert "cases.yaml" in str(caught.value)


def test_days_stay_text_and_names_are_unique(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    row = "- {id: a, class: date, question: Q, expect: {must_say: [2026-11-13, [one, two]]}}\n"
    path.write_text(row)
    assert load_questions(path)[0].expect.must_say == (("2026-11-13",), ("one", "two"))
    path.write_text(row * 2)
    with pytest.raises(CaseError, match="two cases are called a"):
        load_questions(path)
